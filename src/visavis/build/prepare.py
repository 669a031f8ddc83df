"""From a picture to a :class:`~visavis.build.subject.Subject`: all that is done before the rig.

Comes in: a picture of any shape, maybe hand-placed landmarks. Goes out: the subject, framed and
matted, and what the checks found.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from visavis.build import (
    CANVAS_PX,
    checks,
    detect,
    framing,
    handmade,
    landmarks,
    matte,
    models,
    photo,
    segment,
    sides,
)
from visavis.build.points_file import Kind
from visavis.build.subject import EYE_CORNERS_MM, Subject
from visavis.errors import InvalidOption, UnsuitablePicture

Source = str | Path | bytes | Image.Image | npt.NDArray[np.uint8]
Progress = Callable[[str, float], None]
SIZES = (256, 1024)
"""Least and greatest height of a canvas, px."""
_SEEN = 0.65
"""Score of the detector from which the user is told that something like a face was seen."""
_SURE = 0.5
"""Less, and what the detector took for a face is none to the face mesh."""


@dataclass(frozen=True)
class Prepared:
    """A picture made ready.

    Attributes:
        subject: framed picture, landmarks, matte.
        findings: what the checks found and let pass.
        measures: what the checks looked at.
        frame: where the canvas lies on the (upright, perhaps shrunk) picture.
        faces: how many faces the picture has; 0 where landmarks were placed by hand.
    """

    subject: Subject
    findings: list[checks.Finding]
    measures: checks.Measures
    frame: framing.Frame
    faces: int


def prepare(
    picture: Source,
    *,
    points: str | Path | dict[str, Any] | None = None,
    face: int = 1,
    size: int = CANVAS_PX,
    progress: Progress | None = None,
) -> Prepared:
    """Reads a picture, finds its face, checks, frames and mattes it.

    Args:
        picture: path, bytes of a file, Pillow image, or uint8 RGB(A) array.
        points: hand-placed landmarks: a JSON file's path or its content (docs/build.md).
        face: which face where there are several; 1 is the largest.
        size: height of the canvas, px, 256 to 1024.
        progress: called with a stage's name and the part done, 0..1.

    Raises:
        UnsuitablePicture: no face, or one the checks refuse.
        InvalidMedia: the picture or the points cannot be read.
        InvalidOption: ``face`` or ``size`` out of range.
        MissingDependency: a package or the networks are missing.
    """
    if isinstance(size, bool) or size % 2 or not SIZES[0] <= size <= SIZES[1]:
        raise InvalidOption(f"size: an even number from {SIZES[0]} to {SIZES[1]}, not {size}")
    if face < 1:
        raise InvalidOption(f"face: counts from 1 (the largest), not {face}")
    say = progress or (lambda text, part: None)
    say("reading the picture", 0.0)
    read = photo.read_picture(picture)
    kind: Kind = "photo"
    rigid = False
    faces = 0
    if points is None:
        missing = bool(models.missing())
        if missing:
            models.fetch(progress)
        say("finding the face", 0.1)
        marks, faces = _found(read.rgb, face)
    else:
        given = handmade.read_landmarks(points, (read.rgb.shape[1], read.rgb.shape[0]))
        marks, kind, rigid = given.landmarks, given.kind, given.rigid
    rgb, alpha, marks = framing.upright(read.rgb, read.alpha, marks)
    measures = checks.measure(rgb, marks, read.reduction)
    findings = checks.enforce(checks.judge(measures, kind))
    if faces > 1 and face == 1:
        text = f"{faces} faces were found; the largest is used (--face 2 takes the next)."
        findings.append(checks.Finding("several", False, text))
    say("framing", 0.2)
    rgb, alpha, marks = framing.opened(rgb, alpha, marks)
    extent = (rgb.shape[1], rgb.shape[0])
    frame = framing.choose(extent, marks, size)
    say("separating the person", 0.25)
    # What is beyond a photo's sides is continued: mirrored hair would be seen twice.
    for tried in (framing.inside(frame, extent), frame) if kind == "photo" else (frame,):
        framed = framing.cut(rgb, alpha, marks, tried, calm=kind == "photo")
        subject = Subject(
            picture=framed.picture,
            picture_hi=framed.picture_hi,
            landmarks=framed.landmarks,
            matte=_matte(framed, kind),
            rigid=rigid,
            kind=kind,
        )
        wide = sides.widen(subject)
        if wide.size[0] >= wide.size[1]:
            break
    return Prepared(wide, findings, measures, tried, faces)


def _found(rgb: npt.NDArray[np.uint8], face: int) -> tuple[npt.NDArray[np.float64], int]:
    """Landmarks of the face asked for, and how many faces there are."""
    found = []
    candidates = detect.find_faces(rgb)
    for candidate in candidates:
        marks, sure = landmarks.find_landmarks(rgb, candidate)
        around = landmarks.crop_of_points(marks)
        view = replace(around, side=1.3 * around.side).matrix(256)
        if sure > _SURE and detect.confirmed(rgb, view):
            found.append(marks)
    if not found and any(candidate.score > _SEEN for candidate in candidates):
        raise UnsuitablePicture(
            "A face was seen, but its eyes and mouth could not be placed: it may be turned too far "
            "to the side, covered or too dark. Use a photo that looks at the camera."
        )
    if not found:
        raise UnsuitablePicture(
            "No face was found. Use a photo of one person from the front, the face at least 160 px "
            "tall; for a drawing or an animal give --landmarks (see docs/build.md)."
        )
    if face > len(found):
        counted = "1 face was" if len(found) == 1 else f"{len(found)} faces were"
        raise UnsuitablePicture(f"--face {face}: only {counted} found in the picture.")
    return found[face - 1], len(found)


def _matte(framed: framing.Framed, kind: Kind) -> npt.NDArray[np.float32]:
    """The file's own alpha; else an even ground flooded away; else segmentation."""
    if framed.alpha is not None:
        return framed.alpha
    marks = framed.landmarks
    if kind == "drawn":
        flat = matte.from_flat_border(framed.picture, marks)
        if flat is not None:
            return flat
        return np.ones(framed.picture.shape[:2], np.float32)
    mm = float(np.linalg.norm(marks[33] - marks[263])) / EYE_CORNERS_MM
    probability = segment.segment(framed.picture, float(marks[4, 0]))
    return matte.from_segmentation(framed.picture, probability, marks, mm)
