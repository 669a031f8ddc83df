"""Chooses the canvas: which part of the picture the character is shown in.

Comes in: a picture and the landmarks of its face. Goes out: :class:`Framed`: the canvas at scale 1
and at the textures' scale, and the landmarks in canvas px.

The face (landmarks 10 to 152) takes 55 % of the canvas' height, a little above the middle. The
canvas is as wide as the picture allows, from a square to 16:9. Where the picture ends too early
the face is taken larger, and a narrow border is made up from the mirrored, blurred picture.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float64]
Bytes = npt.NDArray[np.uint8]

TEXTURE_SCALE = 2
FACE = 0.55
"""Height of the face in canvas heights, where the picture allows it."""
FACE_MAX = 0.80
BORDER = 0.06
"""Made-up border that is borne before the face is taken larger, in canvas heights."""
_THIN = 0.0025
"""Above and below the picture it is seen from the first rows on: hair and clothes are cut there."""
_BELOW = 0.02
"""The canvas' middle lies this far under the face's, in canvas heights."""
_SHIFT = 0.07
"""How far it may move from there to avoid a border, in canvas heights."""
WIDEST = 16 / 9
_CALM = np.array([-1, 3, 12, 3, -1], np.float32) / 16
"""Lets pass what a picture of the canvas' size can show (1 up to an eighth of a cycle a texel, .87
at a quarter) and little of what is finer (.25 at a half): of that a moving head shows now this
texel, now that."""


@dataclass(frozen=True)
class Frame:
    """A canvas laid on a picture.

    Attributes:
        x, y: the canvas' top-left corner, picture px.
        scale: canvas px per picture px.
        width, height: of the canvas, px, even.
    """

    x: float
    y: float
    scale: float
    width: int
    height: int

    def to_canvas(self, points: Points) -> Points:
        """Landmarks (n, 3) in picture px as canvas px."""
        return (points - [self.x, self.y, 0.0]) * self.scale

    def missing(self, size: tuple[int, int]) -> tuple[float, float, float, float]:
        """How far the canvas sticks out of a picture (width, height): left, top, right, bottom.

        In canvas heights.
        """
        width, height = self.width / self.scale, self.height / self.scale
        over = (-self.x, -self.y, self.x + width - size[0], self.y + height - size[1])
        left, top, right, bottom = (max(0.0, o) / height for o in over)
        return left, top, right, bottom


@dataclass(frozen=True)
class Framed:
    """A framed picture.

    Attributes:
        picture: uint8 (H, W, 3), the canvas at scale 1, area-filtered.
        picture_hi: uint8 (2H, 2W, 3).
        alpha: float32 (H, W) or None, the file's own alpha.
        landmarks: float64 (478, 3), canvas px.
        frame: where the canvas lies on the picture.
    """

    picture: Bytes
    picture_hi: Bytes
    alpha: npt.NDArray[np.float32] | None
    landmarks: Points
    frame: Frame


def upright(
    rgb: Bytes, alpha: npt.NDArray[np.float32] | None, landmarks: Points
) -> tuple[Bytes, npt.NDArray[np.float32] | None, Points]:
    """Turns a picture by quarter turns until the face stands upright (within 45 degrees)."""
    dx, dy = landmarks[263, :2] - landmarks[33, :2]
    turns = round(np.degrees(np.arctan2(dy, dx)) / 90) % 4
    points = landmarks.copy()
    for _ in range(turns):
        width = rgb.shape[1]
        rgb = np.rot90(rgb)
        alpha = None if alpha is None else np.rot90(alpha).astype(np.float32)
        points[:, 0], points[:, 1] = points[:, 1].copy(), width - points[:, 0]
    return np.ascontiguousarray(rgb), alpha, points


def opened(
    rgb: Bytes, alpha: npt.NDArray[np.float32] | None, landmarks: Points
) -> tuple[Bytes, npt.NDArray[np.float32] | None, Points]:
    """Continues a picture beyond its edges of even colour, or of none (drawings, cut-outs)."""
    reach = int(0.4 * np.linalg.norm(landmarks[152, :2] - landmarks[10, :2]))
    pads = []
    for turn in (0, 2, 1, 3):  # top, bottom, right, left come to the top
        edge = np.rot90(rgb, turn)[:2].reshape(-1, 3).astype(np.float32)
        even = bool((np.abs(edge - np.median(edge, 0)) < 6).all())
        pads.append(reach if even else 0)
    if not any(pads):
        return rgb, alpha, landmarks
    top, bottom, right, left = pads
    rgb = cv2.copyMakeBorder(rgb, top, bottom, left, right, cv2.BORDER_REPLICATE).astype(np.uint8)
    if alpha is not None:
        padded = cv2.copyMakeBorder(alpha, top, bottom, left, right, cv2.BORDER_REPLICATE)
        alpha = np.asarray(padded, np.float32)
    return rgb, alpha, landmarks + np.array([left, top, 0.0])


def choose(size: tuple[int, int], landmarks: Points, height: int) -> Frame:
    """The canvas for a face.

    Args:
        size: the picture's width and height, px.
        landmarks: float64 (478, 3), picture px.
        height: of the canvas, px.
    """
    faces = np.linspace(FACE, FACE_MAX, 51)
    frames = [_square(size, landmarks, height, float(face)) for face in faces]
    overs = [frame.missing(size) for frame in frames]
    for frame, (left, top, right, bottom) in zip(frames, overs, strict=True):
        if max(top, bottom) <= _THIN and max(left, right) <= BORDER:
            return _widened(frame, size)
    for frame, over in zip(frames, overs, strict=True):
        if max(over) <= BORDER:
            return _widened(frame, size)
    return _widened(frames[int(np.argmin([sum(over) for over in overs]))], size)


def _square(size: tuple[int, int], landmarks: Points, height: int, face: float) -> Frame:
    """The square canvas whose face has the given height, moved to need little border."""
    top, chin = landmarks[10, :2], landmarks[152, :2]
    side = float(np.linalg.norm(chin - top)) / face
    middle = (top + chin) / 2 + [0.0, _BELOW * side]
    corner = []
    for centre, extent in zip(middle, size, strict=True):
        low = centre - side / 2
        # inside the picture if it fits, in its middle if it does not
        wanted = float(np.clip(low, 0, extent - side)) if extent >= side else (extent - side) / 2
        corner.append(float(np.clip(wanted, low - _SHIFT * side, low + _SHIFT * side)))
    return Frame(corner[0], corner[1], height / side, height, height)


def inside(frame: Frame, size: tuple[int, int]) -> Frame:
    """The canvas without what sticks out of a picture (width, height) at its sides, even."""
    left = max(0, math.ceil(-frame.x * frame.scale))
    over = (frame.x - size[0]) * frame.scale + frame.width
    right = max(0, math.ceil(over))
    right += (left + right) % 2
    return Frame(
        frame.x + left / frame.scale,
        frame.y,
        frame.scale,
        frame.width - left - right,
        frame.height,
    )


def widest(height: int) -> int:
    """Width of the widest canvas of a height, px: it covers a 16:9 picture, and is even."""
    return 2 * math.ceil(height * WIDEST / 2)


def _widened(frame: Frame, size: tuple[int, int]) -> Frame:
    """The canvas with whatever the picture has at its sides, up to 16:9, even."""
    side = frame.height
    spare = (widest(side) - side) // 2
    left = min(spare, max(0, int(frame.x * frame.scale)))
    right_edge = frame.x + side / frame.scale
    right = min(spare, max(0, int((size[0] - right_edge) * frame.scale)))
    right -= (left + right) % 2
    if right < 0:
        left, right = left - 1, 0
    return Frame(frame.x - left / frame.scale, frame.y, frame.scale, side + left + right, side)


def cut(
    rgb: Bytes,
    alpha: npt.NDArray[np.float32] | None,
    landmarks: Points,
    frame: Frame,
    *,
    calm: bool = False,
) -> Framed:
    """Cuts a canvas out of a picture, at both scales; ``calm`` without what would shimmer."""
    high = _sampled(rgb, frame, TEXTURE_SCALE)
    if calm:
        high = calmed(high)
    high = _softened(high, frame, (rgb.shape[1], rgb.shape[0]))
    size = (frame.width, frame.height)
    low = cv2.resize(high, size, interpolation=cv2.INTER_AREA)
    cover = None
    if alpha is not None:
        levels = _sampled(np.round(alpha * 255).astype(np.uint8), frame, 1)
        cover = np.asarray(levels.astype(np.float32) / 255, np.float32)
    return Framed(low.astype(np.uint8), high, cover, frame.to_canvas(landmarks), frame)


def calmed(texture: Bytes) -> Bytes:
    """A texture of twice a picture's size without what would shimmer in that."""
    near = np.ones((3, 3), np.uint8)
    least, most = cv2.erode(texture, near), cv2.dilate(texture, near)
    low = np.asarray(cv2.sepFilter2D(texture, -1, _CALM, _CALM), np.uint8)
    # a filter this flat rings beside hard edges, such as those of a matte: not beyond its next
    return np.asarray(np.minimum(np.maximum(low, least), most), np.uint8)


def _sampled(picture: Bytes, frame: Frame, scale: int) -> Bytes:
    """The canvas at a scale; beyond the picture its mirror image, above it its first rows."""
    k = frame.scale * scale
    origin = np.array([frame.x, frame.y])
    if k < 0.8:
        # shrink by area first, so that the cubic below has nothing left to alias
        margin = 8
        low = np.maximum(0, np.floor(origin).astype(int) - margin)
        span = np.array([frame.width, frame.height]) / frame.scale
        high = np.ceil(origin + span).astype(int) + margin
        picture = picture[low[1] : high[1], low[0] : high[0]]
        shrunk = [max(1, round(s * k)) for s in picture.shape[1::-1]]
        ratio = np.array(shrunk) / picture.shape[1::-1]
        picture = cv2.resize(picture, shrunk, interpolation=cv2.INTER_AREA).astype(np.uint8)
        origin = (origin - low) * ratio
        steps = ratio / k
    else:
        steps = np.array([1 / k, 1 / k])
    m = np.array([[steps[0], 0, origin[0]], [0, steps[1], origin[1]]])
    m[:, 2] += m[:, :2] @ [0.5, 0.5] - 0.5  # pixel edges to pixel centres
    flags = (cv2.INTER_LANCZOS4 if k > 1.1 else cv2.INTER_CUBIC) | cv2.WARP_INVERSE_MAP
    size = (frame.width * scale, frame.height * scale)
    warped = cv2.warpAffine(picture, m, size, flags=flags, borderMode=cv2.BORDER_REFLECT)
    above = int(np.clip(np.ceil(-frame.y * k), 0, len(warped) - 1))
    if above:
        # a hair line close to the edge would be seen twice
        rows = warped[above : above + 3].mean(0, keepdims=True).astype(np.float32)
        warped[:above] = cv2.GaussianBlur(rows, (0, 0), 6 * scale * frame.height / 1024)
    return np.asarray(warped, np.uint8)


def _softened(high: Bytes, frame: Frame, size: tuple[int, int]) -> Bytes:
    """The canvas with its made-up border blurred the more the farther it is from the picture."""
    k = frame.scale * high.shape[0] / frame.height
    x = (np.arange(high.shape[1]) + 0.5) / k + frame.x
    y = (np.arange(high.shape[0]) + 0.5) / k + frame.y
    out_x = np.maximum(np.maximum(-x, x - size[0]), 0) * k
    out_y = np.maximum(np.maximum(-y, y - size[1]), 0) * k
    if out_x.max() < 1 and out_y.max() < 1:
        return high
    distance = np.hypot(out_x[None, :], out_y[:, None]).astype(np.float32)
    result = high.astype(np.float32)
    reach = high.shape[0] / 1024
    for sigma in (1.5 * reach, 5.0 * reach, 14.0 * reach):
        blurred = cv2.GaussianBlur(high, (0, 0), sigma).astype(np.float32)
        weight = np.clip(distance / (4 * sigma), 0, 1)[..., None]
        result += (blurred - result) * weight
    return np.round(result).astype(np.uint8)
