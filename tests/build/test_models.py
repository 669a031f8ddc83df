from __future__ import annotations

import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from visavis.build import models
from visavis.errors import MissingDependency


def test_topology_is_that_of_the_face_mesh(networks: models.Models) -> None:
    triangles = models.triangles()
    assert triangles.shape == (852, 3)
    assert triangles.min() == 0 and triangles.max() == 467
    assert len(np.unique(triangles, axis=0)) == 852
    # a surface with holes at mouth and eyes: every edge belongs to one or two triangles
    edges = np.sort(triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    counts = np.unique(edges, axis=0, return_counts=True)[1]
    assert set(counts.tolist()) == {1, 2}


def test_mean_face_is_symmetric_and_in_millimetres() -> None:
    face = models.mean_face()
    assert face.shape == (478, 3)
    assert np.linalg.norm(face[263] - face[33]) == pytest.approx(89, abs=0.1)
    np.testing.assert_allclose(face[263] * [-1, 1, 1], face[33], atol=0.03)
    assert face[152, 1] > face[61, 1] > face[4, 1] > face[10, 1]
    assert face[4, 2] < face[33, 2] < face[234, 2]


def test_missing_names_what_is_not_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VISAVIS_MODELS", str(tmp_path))
    assert models.folder() == tmp_path
    assert len(models.missing()) == 5


def test_damaged_file_counts_as_missing(
    networks: models.Models, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    data = bytearray(networks.segmenter.read_bytes())
    data[1000] ^= 1
    (tmp_path / networks.segmenter.name).write_bytes(data)
    (tmp_path / networks.connections.name).write_bytes(networks.connections.read_bytes())
    monkeypatch.setenv("VISAVIS_MODELS", str(tmp_path))
    assert networks.segmenter.name in models.missing()
    assert networks.connections.name not in models.missing()


def test_without_network_the_message_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("VISAVIS_MODELS", str(tmp_path))
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    monkeypatch.setenv("PIP_RETRIES", "0")
    said: list[tuple[str, float]] = []
    with pytest.raises(MissingDependency, match="visavis models fetch") as caught:
        models.fetch(lambda text, part: said.append((text, part)))
    assert "VISAVIS_MODELS" in str(caught.value)
    assert said and list(tmp_path.iterdir()) == []


def test_without_pip_the_message_names_the_extra(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("VISAVIS_MODELS", str(tmp_path))
    no_pip = tmp_path / "python"
    no_pip.write_text(f"#!/bin/sh\necho '{sys.executable}: No module named pip' >&2\nexit 1\n")
    no_pip.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(no_pip))
    with pytest.raises(MissingDependency, match=r"visavis\[build\]"):
        models.fetch()


def test_foreign_wheel_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VISAVIS_MODELS", str(tmp_path / "models"))
    wheel = tmp_path / "mediapipe-0.10.21-x.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for member in models._MEMBERS.values():
            archive.writestr(member.path, b"something else")
    monkeypatch.setattr(models, "_download", lambda target, say: wheel)
    with pytest.raises(MissingDependency, match="checksum"):
        models.fetch()
    assert not list((tmp_path / "models").iterdir())
