"""Fixtures shared by all tests: where the development data lies, if it lies here."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.livekit_server import LiveKitServer

_ROOT = Path(__file__).resolve().parent.parent
_REAL = {"cloud", "live", "player", "serve", "studio", "talk"}
"""Folders of tests that drive real browsers, room servers and worker processes in real time."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give those a second try: on a machine that is busy elsewhere one of hundreds may be late.

    The summary names every test that needed it (RERUN).
    """
    for item in items:
        folder = item.path.relative_to(_ROOT / "tests").parts[0]
        if folder in _REAL:
            item.add_marker(pytest.mark.flaky(reruns=1))


def _data_folder() -> Path | None:
    named = os.environ.get("VISAVIS_DATA")
    for folder in [Path(named)] if named else [_ROOT.parent / "shared" / "data"]:
        if folder.is_dir():
            return folder
    return None


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of development data (portraits, speech, video); skips where it is absent."""
    folder = _data_folder()
    if folder is None:
        pytest.skip("development data not here (set VISAVIS_DATA to its folder)")
    return folder


@pytest.fixture(scope="session")
def livekit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveKitServer]:
    """A real LiveKit server, one for all tests of a process; skips where there is none."""
    server = LiveKitServer(tmp_path_factory.mktemp("livekit"))
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="session")
def portrait() -> bytes:
    """A real portrait as JPEG, out of scikit-image's wheel; skips without it or the networks."""
    import io

    import numpy as np
    from PIL import Image

    from visavis.build import models
    from visavis.errors import MissingDependency

    data = pytest.importorskip("skimage.data", reason="scikit-image is not installed")
    pytest.importorskip("ai_edge_litert", reason="needs the extra `build`")
    try:
        models.locate()
    except MissingDependency as error:
        pytest.skip(f"networks not here: {error}")
    file = io.BytesIO()
    Image.fromarray(np.asarray(data.astronaut())).save(file, "JPEG", quality=90)
    return file.getvalue()
