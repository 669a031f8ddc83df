"""Hard pictures made of good ones: each is built or refused in words, and all are looked at.

Comes in: portraits. Goes out: a sheet with a row a portrait and a column a variant (the picture
given, the character at rest, saying "aa" and "ee", with a smile, blinking and turned; or the words
of its refusal) and a line for each.

    python benchmarks/variants.py portraits/*.jpg --out variants.png
    python benchmarks/variants.py portraits/*.jpg --out variants.png --sample 30
    python benchmarks/variants.py portraits/001.jpg --out 001.png --side 320    # large
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import textwrap
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

import visavis
from visavis.build import build_with_report, detect
from visavis.motion import VISEMES
from visavis.pose import make

Picture = npt.NDArray[np.uint8]

POSES = (
    make(),
    VISEMES["aa"],
    VISEMES["E"],
    make(mouthSmile=1.0, cheekSquint=0.8, eyeSquint=0.5),
    make(eyeBlink=1.0, headYaw=5.0),
)
ROWS, COLUMNS = 2, 3
"""Of a cell: the picture given, and the character in each of `POSES`."""


def curve(levels: Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]]) -> Picture:
    """A table of 256 grey levels for a curve from 0..1 to 0..1."""
    table = np.clip(levels(np.arange(256) / 255), 0, 1) * 255
    return np.asarray(np.round(table), np.uint8)


def box_of(picture: Picture) -> tuple[float, float, float]:
    """Middle and side of the largest face, px; the picture's own middle where none is found."""
    faces = detect.find_faces(picture)
    if not faces:
        height, width = picture.shape[:2]
        return width / 2, height / 2, min(width, height) / 2
    x0, y0, x1, y1 = faces[0].box
    return (x0 + x1) / 2, (y0 + y1) / 2, faces[0].side


def crop(picture: Picture, x0: float, y0: float, x1: float, y1: float) -> Picture:
    """A part of a picture, as much of it as there is."""
    height, width = picture.shape[:2]
    left, top = max(0, round(x0)), max(0, round(y0))
    part = picture[top : min(height, round(y1)), left : min(width, round(x1))]
    return np.ascontiguousarray(part)


def half(picture: Picture, other: Picture) -> Picture:
    """Half the size."""
    return np.asarray(cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA))


def jpeg(picture: Picture, other: Picture) -> Picture:
    """JPEG quality 40."""
    _, data = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 40])
    return np.ascontiguousarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1])


def dark(picture: Picture, other: Picture) -> Picture:
    """Two and a half stops under."""
    return np.asarray(cv2.LUT(picture, curve(lambda v: 0.5 * v**1.6)))


def warm(picture: Picture, other: Picture) -> Picture:
    """Light of a bulb."""
    tables = [curve(lambda v, k=k: k * v) for k in (1.15, 0.92, 0.6)]
    return np.stack([cv2.LUT(picture[..., c], t) for c, t in enumerate(tables)], -1)


def contrast(picture: Picture, other: Picture) -> Picture:
    """Strong contrast, clipped at both ends."""
    return np.asarray(cv2.LUT(picture, curve(lambda v: 0.5 + 1.8 * (v - 0.5))))


def rotated(picture: Picture, other: Picture) -> Picture:
    """Turned by 10 degrees."""
    height, width = picture.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), 10, 1)
    turned = cv2.warpAffine(
        picture, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(turned, np.uint8)


def off_centre(picture: Picture, other: Picture) -> Picture:
    """The face near the left edge."""
    x, _, side = box_of(picture)
    return crop(picture, x - 0.75 * side, 0, picture.shape[1], picture.shape[0])


def tight(picture: Picture, other: Picture) -> Picture:
    """Cut from the forehead to under the chin."""
    x, y, side = box_of(picture)
    return crop(picture, x - 0.68 * side, y - 0.8 * side, x + 0.68 * side, y + 0.68 * side)


def wide(picture: Picture, other: Picture) -> Picture:
    """A small face in a large room: the picture two fifths as large."""
    small = cv2.resize(picture, None, fx=0.42, fy=0.42, interpolation=cv2.INTER_AREA)
    height, width = small.shape[:2]
    room = np.full((picture.shape[0], picture.shape[1] * 3 // 2, 3), np.median(picture, (0, 1)))
    room = room.astype(np.uint8)
    x = (room.shape[1] - width) // 3
    room[-height:, x : x + width] = small
    soft = cv2.GaussianBlur(room, (0, 0), 12)
    mask = np.zeros(room.shape[:2], np.float32)
    mask[-height + 24 :, x + 24 : x + width - 24] = 1
    mask = cv2.GaussianBlur(mask, (0, 0), 8)[..., None]
    return np.asarray(soft + (room - soft.astype(np.float32)) * mask, np.uint8)


def group(picture: Picture, other: Picture) -> Picture:
    """Beside somebody else, a little smaller."""
    height, width = picture.shape[:2]
    beside = np.asarray(cv2.resize(other, (width, height), interpolation=cv2.INTER_AREA))
    smaller = cv2.resize(beside, None, fx=0.85, fy=0.85, interpolation=cv2.INTER_AREA)
    room = cv2.copyMakeBorder(smaller, height - smaller.shape[0], 0, 0, 0, cv2.BORDER_REPLICATE)
    return np.concatenate([picture, np.asarray(room, np.uint8)], 1)


VARIANTS = (half, jpeg, dark, warm, contrast, rotated, off_centre, tight, wide, group)


def cell(job: tuple[str, str, int, int]) -> tuple[str, Picture]:
    """One variant of one portrait: a line for people, and its cell (2 side, 3 side, 3)."""
    cv2.setNumThreads(1)
    photo, other, which, side = job
    variant = VARIANTS[which]
    pictures = [np.asarray(Image.open(path).convert("RGB")) for path in (photo, other)]
    given = variant(pictures[0], pictures[1])
    name = f"{Path(photo).stem} {variant.__name__}"
    paper = np.full((ROWS * side, COLUMNS * side, 3), 24, np.uint8)
    paper[:side, :side] = _fitted(given, side)
    with tempfile.TemporaryDirectory() as folder:
        try:
            report = build_with_report(given, Path(folder, "v.imx"), name=name)
        except visavis.VisavisError as error:
            return f"{name}: refused. {error}", _written(paper, str(error), side)
        with visavis.open(report.path) as avatar:
            renderer = avatar.renderer(2 * side)
            for k, pose in enumerate(POSES, 1):
                small = cv2.resize(renderer.draw(pose), (side, side), interpolation=cv2.INTER_AREA)
                y, x = k // COLUMNS * side, k % COLUMNS * side
                paper[y : y + side, x : x + side] = small
    said = " ".join(report.warnings)
    return f"{name}: built, face {report.face_height:.0f} px. {said}", paper


def _fitted(picture: Picture, side: int) -> Picture:
    image = Image.fromarray(picture)
    image.thumbnail((side, side))
    paper = np.full((side, side, 3), 24, np.uint8)
    paper[: image.height, : image.width] = np.asarray(image)
    return paper


def _written(paper: Picture, words: str, side: int) -> Picture:
    image = Image.fromarray(paper)
    lines = "\n".join(textwrap.wrap(words, 42))
    ImageDraw.Draw(image).text((6, side + 8), lines, (230, 200, 190), ImageFont.load_default(12))
    return np.asarray(image)


def main() -> int:
    """Make the sheet."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("portraits", nargs="+")
    parser.add_argument("--out", type=Path, required=True, help="the sheet, PNG")
    parser.add_argument("--sample", type=int, help="only so many, spread over both")
    parser.add_argument("--side", type=int, default=144, help="of a picture, px; a cell has six")
    parser.add_argument("--jobs", type=int, default=2, help="processes (2)")
    chosen = parser.parse_args()
    photos, count, side = chosen.portraits, len(VARIANTS), chosen.side
    places = [(row, k) for k in range(count) for row in range(len(photos))]
    if chosen.sample and chosen.sample < len(places):
        # a diagonal walk: every variant and every portrait about equally often
        walk = [((k + step) % len(photos), k) for step in range(len(photos)) for k in range(count)]
        places = walk[: chosen.sample]
    jobs = [(photos[row], photos[(row + 1) % len(photos)], k, side) for row, k in places]
    height, width = ROWS * side, COLUMNS * side
    sheet = np.full((len(photos) * height, count * width, 3), 12, np.uint8)
    with ProcessPoolExecutor(chosen.jobs) as pool:
        for (row, k), (line, paper) in zip(places, pool.map(cell, jobs), strict=True):
            print(line, flush=True)
            y, x = row * height, k * width
            sheet[y : y + height, x : x + width] = paper
    Image.fromarray(sheet).save(chosen.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
