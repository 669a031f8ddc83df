"""What works on this machine, and what to do about what does not.

Comes in: nothing. Goes out: a list of :class:`Check`.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from visavis.errors import VisavisError

PACKAGES = (
    "numpy", "opencv-python-headless", "pillow", "av", "safetensors", "pydantic", "typer", "rich",
)  # fmt: skip
BUILD_PACKAGES = ("ai-edge-litert", "scipy", "pip")
ENCODERS = {"libx264": "mp4", "aac": "mp4", "libvpx-vp9": "webm", "libopus": "webm",
            "prores_ks": "transparent mov"}  # fmt: skip


@dataclass(frozen=True)
class Check:
    """One thing looked at.

    Attributes:
        name: what.
        state: ok; missing: something optional is not there; broken: avatars will not work.
        detail: what was found, and what to do.
    """

    name: str
    state: Literal["ok", "missing", "broken"]
    detail: str


def examine() -> Iterator[Check]:
    """Look at everything, in order; nothing raises.

    Yields:
        One check after the other.
    """
    yield _python()
    for package in PACKAGES:
        yield _package(package, "broken", "pip install --force-reinstall visavis")
    yield _guarded("drawing", _drawing)
    yield _guarded("kernel", _kernel)
    for name, use in ENCODERS.items():
        yield _guarded(f"encoder {name}", partial(_encoder, name, use))
    for package in BUILD_PACKAGES:
        yield _package(package, "missing", "to build avatars: pip install 'visavis[build]'")
    yield _guarded("networks", _networks)
    yield _guarded("temporary folder", _temporary_folder)
    yield _guarded("rendering", _rendering)


def _guarded(name: str, look: Callable[[], Check]) -> Check:
    try:
        return look()
    except VisavisError as error:
        return Check(name, "broken", str(error))
    except Exception as error:
        return Check(name, "broken", f"{type(error).__name__}: {error}")


def _python() -> Check:
    found = ".".join(map(str, sys.version_info[:3]))
    good = sys.version_info >= (3, 11)
    return Check("python", "ok" if good else "broken", found if good else f"{found}; 3.11 needed")


def _package(name: str, otherwise: Literal["missing", "broken"], remedy: str) -> Check:
    try:
        return Check(name, "ok", version(name))
    except PackageNotFoundError:
        return Check(name, otherwise, f"not installed; {remedy}")


def _drawing() -> Check:
    """OpenCV 5 draws triangles, and in the right place."""
    import cv2
    import numpy as np

    if not hasattr(cv2, "triangleRasterizeColor"):
        return Check(
            "drawing", "broken",
            f"OpenCV {cv2.__version__} cannot draw triangles; "
            "pip install 'opencv-python-headless>=5' (and remove other opencv packages)",
        )  # fmt: skip
    corners = np.array([[-1, -1, -1], [1, -1, -1], [1, 1, -1], [-1, 1, -1]], np.float32)
    triangles = np.array([[0, 1, 2], [0, 2, 3]], np.int32)
    settings = cv2.TriangleRasterizeSettings()
    settings.setCullingMode(cv2.RASTERIZE_CULLING_NONE)
    settings.setShadingType(cv2.RASTERIZE_SHADING_SHADED)
    picture = np.zeros((16, 16, 3), np.float32)
    cv2.triangleRasterizeColor(
        corners, triangles, np.full((4, 3), 0.5, np.float32), picture,
        np.eye(4, dtype=np.float32), float(np.pi / 2), 0.1, 10.0, settings,
    )  # fmt: skip
    if not np.allclose(picture, 0.5, atol=1e-3):
        return Check("drawing", "broken", f"OpenCV {cv2.__version__} draws triangles wrong")
    return Check("drawing", "ok", f"OpenCV {cv2.__version__} draws triangles")


def _kernel() -> Check:
    """The compiled kernel is used, or why not."""
    from visavis import native

    kernel = native.kernel()
    if kernel is not None:
        return Check("kernel", "ok", f"compiled, {kernel.path.name}")
    if os.environ.get("VISAVIS_NATIVE") == "0":
        return Check("kernel", "missing", "switched off by VISAVIS_NATIVE=0; drawing is slower")
    return Check(
        "kernel", "missing",
        "not compiled, drawing is slower; install Visavis again where there is a C compiler",
    )  # fmt: skip


def _encoder(name: str, use: str) -> Check:
    import av

    try:
        av.Codec(name, "w")
    except av.codec.codec.UnknownCodecError:
        return Check(
            f"encoder {name}", "missing",
            f"no {use} files; PyAV's own wheels have it: pip install --force-reinstall av",
        )  # fmt: skip
    return Check(f"encoder {name}", "ok", f"for {use}")


def _networks() -> Check:
    try:
        from visavis.build import models
    except ImportError as error:
        return Check("networks", "missing", f"building is not installed ({error})")
    absent = models.missing()
    if absent:
        return Check("networks", "missing", "needed to build avatars: visavis models fetch")
    return Check("networks", "ok", str(models.folder()))


def _temporary_folder() -> Check:
    folder = tempfile.gettempdir()
    with tempfile.NamedTemporaryFile() as file:
        file.write(os.urandom(4096))
        file.flush()
        return Check("temporary folder", "ok", f"{folder} can be written to")


def _rendering() -> Check:
    """A second of a character that came with us, as a finished video."""
    from visavis.library import characters
    from visavis.library import open as open_avatar
    from visavis.trial import SAMPLE_RATE, speechlike

    names = characters()
    if not names:
        return Check("rendering", "missing", "no character in this installation to try it with")
    sound = speechlike(1.0)
    with tempfile.TemporaryDirectory(prefix="visavis-") as folder, open_avatar(names[0]) as avatar:
        begun = time.perf_counter()
        report = avatar.render((sound, SAMPLE_RATE), Path(folder, "try.mp4"))
        spent = time.perf_counter() - begun
    speed = report.duration / spent
    detail = f"{names[0]}: 1 s of 512x512 video in {spent:.2f} s ({speed:.1f}x real time)"
    return Check("rendering", "ok", detail)
