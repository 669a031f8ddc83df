"""Makes a character from one picture.

Comes in: a photo, or a drawing with hand-placed landmarks. Goes out: an ``.imx`` file.

    picture ► face ► landmarks ► checks ► framing ► matte ► rig ► textures ► file
"""

from __future__ import annotations

import contextlib
import importlib
import logging
import os
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from visavis.build.prepare import Progress, Source

CANVAS_PX = 480
"""Height of the canvas. Not the usual pictures' 512, nor a simple part of it: where texels fall on
every output pixel alike, a bilinear look-up is sharp when they meet and soft half-way, and the
whole face pulses by half of its finest detail as the head moves half a pixel. At 15/16 all ways of
meeting occur side by side, and 2 % are left (`sharpness`, docs/picture.md)."""

__all__ = ["BuildReport", "build", "build_with_report"]

_log = logging.getLogger("visavis.build")


@dataclass(frozen=True)
class BuildReport:
    """What a build made and noticed.

    Attributes:
        path: the file made.
        warnings: what could be better about the picture, and how, for its owner.
        timings: seconds by stage, and "total".
        canvas: width and height of the character's picture, px.
        face_box: x0, y0, x1, y1 of the face in the canvas, px.
        face_height: of the face in the picture given, forehead to chin, px.
        faces: how many faces the picture has; 0 with hand-placed landmarks.
    """

    path: Path
    warnings: list[str]
    timings: dict[str, float] = field(default_factory=dict)
    canvas: tuple[int, int] = (0, 0)
    face_box: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    face_height: float = 0.0
    faces: int = 0


def build(
    picture: Source,
    out: str | os.PathLike[str],
    *,
    landmarks: str | Path | dict[str, Any] | None = None,
    face: int = 1,
    size: int = CANVAS_PX,
    name: str | None = None,
    licence: str | None = None,
    consent: str | None = None,
    source: str | None = None,
    created: str | None = None,
    progress: Progress | None = None,
) -> Path:
    """Makes a character from one picture.

    What could be better about the picture is logged as warnings of ``visavis.build``;
    :func:`build_with_report` returns it.

    Args:
        picture: path of a JPEG, PNG, WebP … file, its bytes, a Pillow image, or a uint8 array
            (H, W, 3) RGB or (H, W, 4) RGBA. Alpha is used to part the person from the background.
        out: the ``.imx`` file; replaced if it exists, written whole or not at all.
        landmarks: hand-placed points for drawings and animals: a JSON file or its content, as
            described in docs/build.md.
        face: which face where there are several; 1 is the largest.
        size: height of the canvas, px, even, 256 to 1024; its width follows from the picture.
        name: the character's name; else the picture's file name.
        licence: of the picture.
        consent: of the person shown.
        source: where the picture comes from.
        created: ISO 8601, UTC (``2026-01-31T12:00:00Z``); else now. Given, the same picture makes
            the same bytes.
        progress: called with a stage's name and the part done, 0..1.

    Returns:
        The path of the file.

    Raises:
        UnsuitablePicture: no character can be made of it; the message says why and what to do.
        InvalidMedia: the picture or the landmarks cannot be read, or the file not be written.
        InvalidOption: an argument out of its range.
        MissingDependency: what building needs is not installed; the message has the command.
    """
    report = build_with_report(
        picture, out, landmarks=landmarks, face=face, size=size, name=name, licence=licence,
        consent=consent, source=source, created=created, progress=progress,
    )  # fmt: skip
    return report.path


def build_with_report(
    picture: Source,
    out: str | os.PathLike[str],
    *,
    landmarks: str | Path | dict[str, Any] | None = None,
    face: int = 1,
    size: int = CANVAS_PX,
    name: str | None = None,
    licence: str | None = None,
    consent: str | None = None,
    source: str | None = None,
    created: str | None = None,
    progress: Progress | None = None,
) -> BuildReport:
    """Like :func:`build`, and says what was noticed and how long it took."""
    from visavis import imx
    from visavis.build.assemble import About, Stopwatch, assemble
    from visavis.build.prepare import prepare
    from visavis.errors import InvalidMedia

    begun = time.perf_counter()
    _import_ahead()
    target = Path(out)
    if not target.parent.is_dir():
        raise InvalidMedia(f"{target}: the folder {target.parent} does not exist")
    watch = Stopwatch(progress)
    ready = prepare(picture, points=landmarks, face=face, size=size, progress=progress)
    watch.seconds["preparing"] = time.perf_counter() - begun
    for finding in ready.findings:
        _log.warning("%s", finding.message)
    if name is None:
        name = Path(picture).stem if isinstance(picture, str | Path) else target.stem
    model = assemble(ready.subject, About(name, licence, consent, source, created), watch)
    with watch.stage("writing", 0.9):
        try:
            imx.write(target, model)
        except OSError as error:
            reason = error.strerror or error
            raise InvalidMedia(f"{target} cannot be written ({reason})") from error
    if progress is not None:
        progress("done", 1.0)
    watch.seconds["total"] = time.perf_counter() - begun
    return BuildReport(
        path=target,
        warnings=[finding.message for finding in ready.findings],
        timings=watch.seconds,
        canvas=ready.subject.size,
        face_box=model.face.box,
        face_height=ready.measures.height,
        faces=ready.faces,
    )


def _import_ahead() -> None:
    """Starts importing what the later stages need while the picture is read and searched."""

    def imports() -> None:
        for name in ("rig", "textures", "shading", "assemble"):
            with contextlib.suppress(ImportError):  # said where it is needed
                importlib.import_module(f"visavis.build.{name}")

    threading.Thread(target=imports, daemon=True).start()
