"""A contact sheet: everything an avatar's face can do, in one picture to be looked at.

Comes in: an avatar. Goes out: uint8 (h, w, 3) RGB, labelled cells: rest, the 15 visemes, blink,
gaze, smile, the source picture's expression, head turns, emotions, gestures at their peak.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import cv2
import numpy as np
import numpy.typing as npt

from visavis.errors import InvalidOption
from visavis.pose import Pose, make

if TYPE_CHECKING:
    from visavis.avatar import Avatar
    from visavis.render import Renderer

Crop = Literal["picture", "face", "mouth", "eyes"]
"""What a cell shows: the whole picture, the head, or a close view of mouth or eyes."""

Picture = npt.NDArray[np.uint8]
Box = tuple[float, float, float, float]

HEIGHTS: dict[Crop, float] = {"picture": 1.0, "face": 1.0, "mouth": 0.75, "eyes": 0.4}
"""Height of a cell, in its widths."""

GAP = 4
"""Space between cells, px."""
PAPER, INK = (250, 250, 250), (40, 40, 40)

PICTURE_SUFFIXES = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}


def cells() -> dict[str, Pose]:
    """Label to pose, in the sheet's order."""
    from visavis.motion import EMOTIONS, GESTURES, VISEMES, emotion_pose, gesture_peak

    return {
        "rest": make(),
        **VISEMES,
        "blink, half": make(eyeBlink=0.5),
        "blink": make(eyeBlink=1.0),
        "gaze left": make(gazeX=-9.0),
        "gaze right": make(gazeX=9.0),
        "gaze up": make(gazeY=-7.0),
        "gaze down": make(gazeY=7.0),
        "smile": make(mouthSmile=1.0),
        "source expression": make(sourceExpression=1.0),
        "yaw -6°": make(headYaw=-6.0),
        "yaw 6°": make(headYaw=6.0),
        "pitch -4°": make(headPitch=-4.0),
        "pitch 4°": make(headPitch=4.0),
        "roll -4°": make(headRoll=-4.0),
        "roll 4°": make(headRoll=4.0),
        **{f"{name}, felt": emotion_pose(name) for name in EMOTIONS if name != "neutral"},
        **{f"{name}, made": gesture_peak(name) for name in GESTURES},
    }


def contact_sheet(
    avatar: Avatar,
    *,
    columns: int = 6,
    size: int = 256,
    crop: Crop = "picture",
    progress: Callable[[float, float], None] | None = None,
) -> Picture:
    """Draw the sheet.

    Args:
        avatar: whom.
        columns: cells in a row, 1 to 32.
        size: width of a cell, px, 64 to 1024.
        crop: what a cell shows.
        progress: called with the cells drawn and their number.

    Returns:
        uint8 (h, w, 3) RGB.

    Raises:
        InvalidOption: an option outside what is possible.
    """
    if not 1 <= columns <= 32 or not 64 <= size <= 1024:
        raise InvalidOption("a sheet has 1 to 32 columns, and cells of 64 to 1024 px")
    if crop not in HEIGHTS:
        raise InvalidOption(f"crop {crop!r}: one of {', '.join(HEIGHTS)}")
    height = round(size * HEIGHTS[crop])
    draw = _cell_drawer(avatar, size, height, crop)
    poses = cells()
    label = max(14, size // 14)
    step_x, step_y = size + GAP, height + label + GAP
    rows = -(-len(poses) // columns)
    columns = min(columns, len(poses))
    sheet = np.full((rows * step_y + GAP, columns * step_x + GAP, 3), PAPER, np.uint8)
    for index, pose in enumerate(poses.values()):
        row, column = divmod(index, columns)
        y, x = GAP + row * step_y, GAP + column * step_x
        sheet[y : y + height, x : x + size] = draw(pose)
        if progress is not None:
            progress(index + 1, len(poses))
    places = [
        (GAP + i % columns * step_x + size // 2, (i // columns + 1) * step_y - label // 2)
        for i in range(len(poses))
    ]
    return _write_labels(sheet, dict(zip(poses, places, strict=True)), round(label * 0.72))


def _cell_drawer(avatar: Avatar, width: int, height: int, crop: Crop) -> Callable[[Pose], Picture]:
    """A function from a pose to a cell's picture (height, width, 3)."""
    if crop in ("picture", "face"):
        even = width + width % 2
        whole = avatar.renderer(even, framing="auto" if crop == "picture" else "close")
        return lambda pose: whole.draw(pose)[:height, :width]
    box = close_box(avatar, crop)
    canvas = avatar.size[1]
    # drawn no larger than the textures are, then enlarged: as sharp as it gets, not sharper
    scale = min(width / (box[2] - box[0]), avatar.model.manifest.texture_scale, 4096 / canvas)
    side = 2 * round(canvas * max(scale, 64 / canvas) / 2)
    renderer = avatar.renderer(side)
    x0, y0, x1, y1 = in_output(renderer, box)

    def close(pose: Pose) -> Picture:
        part = renderer.draw(pose)[y0:y1, x0:x1]
        return np.asarray(
            cv2.resize(part, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8
        )

    return close


def close_box(avatar: Avatar, crop: Crop) -> Box:
    """The part of the canvas around the mouth or both eyes, canvas px.

    Args:
        avatar: whose.
        crop: "mouth" or "eyes".

    Returns:
        x0, y0, x1, y1, inside the canvas.
    """
    rig = avatar.model.rig
    if crop == "mouth":
        points = rig["vertices"][rig["lip_outer"]][:, :2]
        grow, lower = 1.55, 0.1  # the jaw goes down
    else:
        names = [f"eye_{side}_{lid}" for side in ("left", "right") for lid in ("upper", "lower")]
        points = rig["vertices"][np.concatenate([rig[name] for name in names])][:, :2]
        grow, lower = 1.2, -0.03  # the brows are above
    (x0, y0), (x1, y1) = points.min(0), points.max(0)
    width = min((x1 - x0) * grow, *avatar.size)
    height = width * HEIGHTS[crop]
    left = float(np.clip((x0 + x1 - width) / 2, 0, avatar.size[0] - width))
    top = float(np.clip((y0 + y1 - height) / 2 + lower * width, 0, avatar.size[1] - height))
    return left, top, left + float(width), top + float(height)


def in_output(renderer: Renderer, box: Box) -> tuple[int, int, int, int]:
    """A canvas box (x0, y0, x1, y1) in whole output px, inside the picture."""
    corners = renderer.view.to_output(np.array([box[:2], box[2:]], np.float32))
    width, height = renderer.view.size
    limits = np.array([width, height])
    (x0, y0), (x1, y1) = np.clip(np.round(corners), 0, limits).astype(int)
    return int(min(x0, x1 - 1)), int(min(y0, y1 - 1)), int(x1), int(y1)


def _write_labels(sheet: Picture, places: dict[str, tuple[int, int]], height: int) -> Picture:
    from PIL import Image, ImageDraw, ImageFont

    paper = Image.fromarray(sheet)
    pen = ImageDraw.Draw(paper)
    font = ImageFont.load_default(height)
    for text, place in places.items():
        pen.text(place, text, fill=INK, font=font, anchor="mm")
    return np.asarray(paper, np.uint8)


def picture_kind(name: str) -> str:
    """The kind of a picture file, told by its name: "PNG" (also for ``-``), "JPEG" or "WEBP".

    Raises:
        InvalidOption: an unknown kind.
    """
    kind = "PNG" if name == "-" else PICTURE_SUFFIXES.get(Path(name).suffix.lower())
    if kind is None:
        raise InvalidOption(f"{name}: unknown kind; use .png, .jpg or .webp")
    return kind


def encode_picture(picture: Picture, name: str) -> bytes:
    """A picture uint8 (h, w, 3) RGB as a file's bytes; for the name see :func:`picture_kind`.

    Raises:
        InvalidOption: an unknown kind.
    """
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, picture_kind(name), quality=92)
    return buffer.getvalue()
