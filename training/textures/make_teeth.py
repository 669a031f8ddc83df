"""Makes the teeth and tongue textures of `src/visavis/build/assets/` from two CC0 portraits.

Comes in: portraits 071 (upper teeth) and 089 (tongue) of inter-faces 1.4. Goes out:
teeth_upper.webp, teeth_lower.webp (RGBA, straight alpha) and tongue.webp (RGB), 8 px/mm, colour
relative to the tooth white of the portrait, stored as 255 * (relative / 1.3) ** (1 / 2.2).

    python training/textures/make_teeth.py ../shared/data/portraits

Where the mouths lie in the portraits was measured once and is written below (`UPPER_CROP`,
`TONGUE_CROP`), so no network is needed. The other smiling portrait with many teeth, 089, is
over-exposed: its teeth have no separations left.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy import ndimage

from visavis.build.light import LUMINANCE, to_linear
from visavis.build.mouth import TONGUE_SIZE, store_reflectance
from visavis.build.mouth_view import PX_MM
from visavis.build.tooth_row import GUM, LOWER_EDGE, LOWER_SIZE, UPPER_EDGE, UPPER_SIZE
from visavis.build.window import smoothstep

Array = npt.NDArray[np.float32]

FINE = 16
"""Pixels per millimetre of the working crops."""
CROP = (52, 44)
"""Width and height of a working crop, mm; the mouth's middle lies at (26, 14)."""


@dataclass(frozen=True)
class Crop:
    """Where a mouth lies in its portrait (1000 x 1000 px).

    Attributes:
        middle: px, middle between the inner lips.
        px_mm: portrait px per millimetre (outer eye corners 89 mm apart).
        angle: of the row of teeth, degrees clockwise.
    """

    middle: tuple[float, float]
    px_mm: float
    angle: float


UPPER_CROP = Crop((480.1, 522.1), 3.195, 10.1)
TONGUE_CROP = Crop((476.4, 561.9), 2.534, 0.0)

ROWS_WITH_TEETH = (4.5, 17.3)
"""Rows of portrait 071's crop, mm, between which its upper teeth lie."""
CENTRE = 26.05
"""Column of portrait 071's crop, mm, between the two middle incisors."""
STRETCH = (0.95, 0.98)
"""The donor's row of teeth is drawn this much wider and higher than an average one."""
TONGUE_AT = (27.5, 14.2)
"""Middle of the tongue's texture, and its top, in portrait 089's crop, mm."""
TONGUE_STEP = (0.80, 0.60)
"""Crop millimetres per texture millimetre (the tongue is stretched to its full breadth)."""
TONGUE_WHITE = (252.0, 241.0, 237.0)
"""Tooth white of portrait 089, encoded."""
LOWER_DARKER = 0.86


def straighten(portrait: npt.NDArray[np.uint8], crop: Crop) -> Array:
    """Cut a mouth out, straight, FINE px/mm; float32 encoded."""
    angle = np.radians(crop.angle)
    across = np.array([np.cos(angle), np.sin(angle)])
    down = np.array([-across[1], across[0]])
    step = crop.px_mm / FINE
    origin = np.array(crop.middle) - (across * CROP[0] / 2 + down * 14) * crop.px_mm
    matrix = np.column_stack([across * step, down * step, origin])
    size = (CROP[0] * FINE, CROP[1] * FINE)
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(portrait, matrix, size, flags=flags).astype(np.float32)


def tooth_mask(crop: Array) -> npt.NDArray[np.uint8]:
    """Pixels that are upper teeth: bright, not red, a little yellow, in one piece."""
    soft = cv2.GaussianBlur(crop, (0, 0), 2)
    bright = soft @ np.array([0.3, 0.59, 0.11], np.float32)
    mask = (bright > 62) & (soft[..., 0] - soft[..., 1] < 42) & (soft[..., 1] - soft[..., 2] > 3)
    start, end = (int(v * FINE) for v in ROWS_WITH_TEETH)
    mask[:start] = False
    mask[end:] = False
    opened = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, np.ones((11, 11), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(opened)
    largest = (labels == 1 + np.argmax(stats[1:, cv2.CC_STAT_AREA])).astype(np.uint8)
    return cv2.morphologyEx(largest, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))


def edges(mask: npt.NDArray[np.uint8]) -> tuple[Array, Array]:
    """Row of the teeth's top and bottom in every column, px, smoothed."""
    height, width = mask.shape
    columns = np.arange(width)
    bottom = height - 1 - mask[::-1].argmax(0)
    top = mask.argmax(0)
    good = mask.any(0) & (bottom > 8 * FINE)
    bottom = ndimage.median_filter(np.interp(columns, columns[good], bottom[good]), 15)
    top = ndimage.median_filter(np.interp(columns, columns[good], top[good]), 31)
    return (
        (ndimage.gaussian_filter1d(bottom, 2) - 1).astype(np.float32),
        ndimage.gaussian_filter1d(top, 8).astype(np.float32),
    )


def upper_teeth(portrait: npt.NDArray[np.uint8]) -> tuple[Array, Array]:
    """The upper row: float32 (128, 384, 4) linear relative colour with alpha, and its edge, mm."""
    crop = straighten(portrait, UPPER_CROP)
    mask = tooth_mask(crop)
    bottom, top = edges(mask)
    central = slice(int((CENTRE - 7) * FINE), int((CENTRE + 7) * FINE))
    lowest = float(bottom[central].max()) / FINE
    width, height = (v * PX_MM for v in UPPER_SIZE)
    x = (np.arange(width) + 0.5) / PX_MM - UPPER_SIZE[0] / 2
    y = ((np.arange(height) + 0.5) / PX_MM - UPPER_EDGE)[:, None]
    across = (x / STRETCH[0] + CENTRE) * FINE
    down = (y / STRETCH[1] + lowest) * FINE
    columns = np.arange(crop.shape[1])
    edge, gum_line = np.interp(across, columns, bottom), np.interp(across, columns, top)
    gum_line = gum_line + 0.9 * FINE
    rows = np.clip(down, gum_line, np.maximum(edge - 4, gum_line))
    places = np.broadcast_to(across, rows.shape).astype(np.float32)
    pixels = cv2.remap(crop, places, rows.astype(np.float32), cv2.INTER_LINEAR)
    white = np.percentile(crop[mask > 0], 75, axis=0)
    colour = to_linear(pixels) / to_linear(white)
    teeth = cv2.remap(
        mask.astype(np.float32), places,
        np.broadcast_to(down, rows.shape).astype(np.float32), cv2.INTER_LINEAR,
    )  # fmt: skip
    colour = flatten(colour, teeth)
    colour = colour * (1 - 0.45 * np.clip(np.abs(x) / 24, 0, 1) ** 2.2)[:, None]
    tooth = np.clip(((down - gum_line) / FINE * STRETCH[1] + 0.2), 0, 1)[..., None]
    gum = GUM * (1 + 0.05 * np.sin(1.3 * x))[:, None]
    colour = colour * tooth + gum * (1 - tooth)
    below = (edge / FINE - lowest) * STRETCH[1]
    alpha = np.clip((below - y) * PX_MM * 0.6 + 0.5, 0, 1)
    return np.dstack([np.clip(colour, 0, 1.3), alpha]).astype(np.float32), below


def flatten(colour: Array, teeth: Array) -> Array:
    """Take out the light's change from side to side (low-pass of 6 mm, four fifths of it)."""
    total = np.maximum(ndimage.gaussian_filter1d(teeth.sum(0), 6 * PX_MM), 1e-3)
    sums = (colour * teeth[..., None]).sum(0)
    low = ndimage.gaussian_filter1d(sums, 6 * PX_MM, axis=0) / total[:, None]
    middle = low[len(low) // 2 - 60 : len(low) // 2 + 60].mean(0)
    return colour / np.clip(low / middle, 0.15, 2) ** 0.8


def lower_teeth(upper: Array, edge: Array) -> Array:
    """The lower row: the upper upside down, its teeth narrowed to 5.3, 5.9 and 6.4 mm."""
    places = np.array([-24, -19.2, -14.3, -8.2, 0, 8.5, 15.0, 20, 24]) * STRETCH[0]
    targets = np.array([-24, -17.6, -11.2, -5.3, 0, 5.3, 11.2, 17.6, 24])
    width, height = (v * PX_MM for v in LOWER_SIZE)
    x = (np.arange(width) + 0.5) / PX_MM - LOWER_SIZE[0] / 2
    y = ((np.arange(height) + 0.5) / PX_MM - LOWER_EDGE)[:, None]
    from_x = np.interp(x, targets, places)
    from_edge = np.interp(from_x, x, edge)
    own_edge = -0.45 * from_edge + (x / 20) ** 2 * 0.5
    from_y = np.minimum(from_edge - (y - own_edge), from_edge - 0.25)
    columns = np.broadcast_to((from_x + UPPER_SIZE[0] / 2) * PX_MM - 0.5, from_y.shape)
    colour = cv2.remap(
        np.ascontiguousarray(upper[..., :3]), columns.astype(np.float32),
        ((from_y + UPPER_EDGE) * PX_MM - 0.5).astype(np.float32),
        cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    alpha = np.clip((y - own_edge) * PX_MM * 0.6 + 0.5, 0, 1)
    return np.dstack([colour * LOWER_DARKER, alpha]).astype(np.float32)


def tongue(portrait: npt.NDArray[np.uint8]) -> Array:
    """The tongue's back: float32 (112, 272, 3), linear relative colour, evenly lit."""
    crop = straighten(portrait, TONGUE_CROP)
    # A median of 1 mm takes out the bright thread of saliva, the blur the JPEG's blocks.
    crop = cv2.GaussianBlur(ndimage.median_filter(crop, (FINE, FINE, 1)), (0, 0), 3)
    width, height = (v * PX_MM for v in TONGUE_SIZE)
    x = (np.arange(width) + 0.5) / PX_MM - TONGUE_SIZE[0] / 2
    y = (np.arange(height) + 0.5) / PX_MM
    columns, rows = np.meshgrid(
        (x * TONGUE_STEP[0] + TONGUE_AT[0]) * FINE, (y * TONGUE_STEP[1] + TONGUE_AT[1]) * FINE
    )
    pixels = cv2.remap(crop, columns.astype(np.float32), rows.astype(np.float32), cv2.INTER_LINEAR)
    colour = to_linear(pixels) / to_linear(np.array(TONGUE_WHITE))
    wide = cv2.GaussianBlur(colour, (0, 0), 2.5 * PX_MM, borderType=cv2.BORDER_REPLICATE)
    # What is fine stays; what is wide is made the same on both sides and half as strong.
    even = (wide + wide[:, ::-1]) / 2
    even = 0.5 * even + 0.5 * even.mean((0, 1))
    sides = smoothstep(-17, -10, x) * (1 - smoothstep(10, 17, x))
    result = even * (1 + (colour / wide - 1) * sides[:, None])
    # 0.62: the tongue lies in the mouth's shadow; the lit donor shows it as bright as skin.
    return (result * np.array([0.62, 0.62, 0.66])).astype(np.float32)


def save(path: Path, image: Array) -> None:
    """Write a reflectance texture as WebP; colours under transparent pixels are kept."""
    stored = store_reflectance(image)
    mode = "RGBA" if stored.shape[2] == 4 else "RGB"
    Image.fromarray(stored, mode).save(path, quality=97, method=6, exact=True)
    print(f"{path.name}: {stored.shape[1]} x {stored.shape[0]}, {path.stat().st_size} bytes")
    print(
        "  mean", np.round(image[..., :3].mean((0, 1)), 3), LUMINANCE @ image[..., :3].mean((0, 1))
    )


def main() -> None:
    """Read the portraits, write the three textures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("portraits", type=Path, help="folder with 071.jpg and 089.jpg")
    assets = Path(__file__).resolve().parents[2] / "src" / "visavis" / "build" / "assets"
    parser.add_argument("--out", type=Path, default=assets)
    options = parser.parse_args()
    load = lambda name: np.asarray(Image.open(options.portraits / name).convert("RGB"))  # noqa: E731
    upper, edge = upper_teeth(load("071.jpg"))
    options.out.mkdir(parents=True, exist_ok=True)
    save(options.out / "teeth_upper.webp", upper)
    save(options.out / "teeth_lower.webp", lower_teeth(upper, edge))
    save(options.out / "tongue.webp", tongue(load("089.jpg")))


if __name__ == "__main__":
    main()
