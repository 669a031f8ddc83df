"""Cuts the person out of the picture and fills in what was behind.

Comes in: the framed picture and either its own alpha or the segmentation's answer. Goes out: a
matte (float32, 0..1), and by :func:`separate` the person as premultiplied RGBA and the background.

Recipe: segmentation, guided filter (He et al. 2010), steeper ramp; background by push-pull from
what is surely not person; then a difference key in the fringe: the smallest alpha with which
``person + (1 - alpha) * background`` gives the photo back, so that wisps of hair come along.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from visavis.build.doubt import decided
from visavis.build.filling import carried, mirrored_detail, push_pull
from visavis.build.indices import OVAL
from visavis.build.window import smoothstep

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]

_RAMP = (0.22, 0.92)
"""Filtered segmentation that counts as 0 and as 1."""
_SURE_MM = 2.0
"""How far from the last trace of the person the background is surely background."""
_FAR_MM = 14.0
"""Nearer, a pixel that looks more like the person than like the background is taken for hair."""
_CONTINUED_MM = 9.0
"""How deep behind the person the background's edge is carried on before it turns smooth."""
_TEXTURE_MM = (3.5, 90.0)
"""Detail finer than this is mirrored behind the person, up to this depth."""
_BUSY = (2.0, 5.0)
"""Median detail, in levels of 255, of a background that has none worth it and of a busy one: on an
even wall the edge of a shadow would come twice."""
_UNCOVERED_MM = 20.0
"""How much of it a moving head uncovers."""
_DIFFERENT = 4
"""Levels of 255 by which a pixel must differ from the filled background to be keyed."""


def from_segmentation(
    picture: Bytes, probability: Floats, landmarks: npt.NDArray[np.float64], mm: float
) -> Floats:
    """A matte from the segmentation's answer, with edges where the picture has them.

    Args:
        picture: uint8 (H, W, 3).
        probability: float32 (H, W), 0..1.
        landmarks: float64 (478, 3), canvas px; the face itself is always person.
        mm: px per millimetre.
    """
    guide = np.asarray(picture.astype(np.float32) / 255, np.float32)
    probability = decided(picture, probability, landmarks, mm)
    alpha = _guided(guide, probability, int(5 * mm) | 1, 1e-3)
    alpha = smoothstep(*_RAMP, np.clip(alpha, 0, 1))
    alpha = _without_holes(_largest(alpha, landmarks), mm)
    oval = np.zeros(alpha.shape, np.float32)
    cv2.fillPoly(oval, [np.round(landmarks[OVAL, :2]).astype(np.int32)], 1.0)
    return np.maximum(alpha, cv2.GaussianBlur(oval, (0, 0), 1.5 * mm)).astype(np.float32)


def from_flat_border(picture: Bytes, landmarks: npt.NDArray[np.float64]) -> Floats | None:
    """The matte of a drawing on an even ground, flooded from the picture's edge.

    Returns:
        float32 (H, W), or None where the ground is not even or the flood reaches the face.
    """
    height, width = picture.shape[:2]
    edge = np.concatenate([picture[0], picture[:, 0], picture[:, -1]]).astype(np.float32)
    ground = np.median(edge, 0)
    if (np.abs(edge - ground).max(1) < 14).mean() < 0.6:
        return None
    mask = np.zeros((height + 2, width + 2), np.uint8)
    flags = 4 | (255 << 8) | cv2.FLOODFILL_MASK_ONLY
    step = (6, 6, 6)
    border = [(x, 0) for x in range(0, width, 4)]
    border += [(x, y) for x in (0, width - 1) for y in range(0, height, 4)]
    for x, y in border:
        even = np.abs(picture[y, x].astype(np.float32) - ground).max() < 14
        if even and not mask[y + 1, x + 1]:
            cv2.floodFill(picture.copy(), mask, (x, y), 0, step, step, flags)
    flooded = mask[1:-1, 1:-1] > 0
    oval = np.zeros((height, width), np.uint8)
    cv2.fillPoly(oval, [np.round(landmarks[OVAL, :2]).astype(np.int32)], 1)
    if flooded[oval > 0].mean() > 0.1 or flooded.mean() < 0.03:
        return None
    # soft edge: how far a pixel at the flood's shore is from the ground's colour
    shore = cv2.dilate(flooded.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    far = np.abs(picture.astype(np.float32) - ground).max(2) / 90
    alpha = np.where(flooded, 0.0, np.where(shore, np.clip(far, 0, 1), 1.0))
    return alpha.astype(np.float32)


def separate(repaired_hi: Bytes, matte: Floats, mm: float = 1.75) -> tuple[Bytes, Bytes]:
    """Splits the picture into person and background.

    Args:
        repaired_hi: uint8 (H*s, W*s, 3) RGB at the textures' scale.
        matte: float32 (H, W), 0..1; ones everywhere: nothing is split.
        mm: canvas px per millimetre.

    Returns:
        Person, uint8 (H*s, W*s, 4), premultiplied RGBA; background, uint8 (H, W, 3) RGB. Put
        over the (enlarged) background, the person gives ``repaired_hi`` back.
    """
    height, width = matte.shape
    low = cv2.resize(repaired_hi, (width, height), interpolation=cv2.INTER_AREA).astype(np.uint8)
    if float(matte.min()) > 0.97:
        return np.dstack([repaired_hi, np.full(repaired_hi.shape[:2], 255, np.uint8)]), low
    sure = _surely_background(low.astype(np.float32), matte, mm)
    background = _background(low.astype(np.float32), sure, mm)
    size = (repaired_hi.shape[1], repaired_hi.shape[0])
    behind = cv2.resize(background, size, interpolation=cv2.INTER_LINEAR).astype(np.float32)
    alpha = np.asarray(cv2.resize(matte, size, interpolation=cv2.INTER_LINEAR), np.float32)
    photo = repaired_hi.astype(np.float32)
    fringe = cv2.resize(sure.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) == 0
    # channel by channel: numpy is slow along a short last axis
    differs = np.zeros(fringe.shape, bool)
    darkest = np.ones(fringe.shape, np.float32)
    for k in range(3):
        differs |= np.abs(photo[..., k] - behind[..., k]) > _DIFFERENT
        darkest = np.minimum(darkest, photo[..., k] / np.maximum(behind[..., k], 1))
    alpha = np.maximum(alpha, (1 - darkest) * (fringe & differs))
    alpha = np.where(fringe, alpha, 0)
    alpha = np.round(alpha * 255)
    person = photo - (1 - alpha / 255)[..., None] * behind
    person = np.where(fringe[..., None], np.clip(np.round(person), 0, 255), 0)
    return np.dstack([person, alpha]).astype(np.uint8), background


def _guided(guide: Floats, values: Floats, side: int, eps: float) -> Floats:
    """Guided filter: what is near ``values`` and locally a linear function of the colours.

    Colours tell a shadowed wall from skin of the same brightness, which grey does not.
    """

    def mean(x: Floats) -> Floats:
        return np.asarray(cv2.boxFilter(x, -1, (side, side)), np.float32)

    middle, level = mean(guide), mean(values)
    spread = mean(guide * values[..., None]) - middle * level[..., None]
    r, g, b = (guide[..., k] for k in range(3))
    mr, mg, mb = (middle[..., k] for k in range(3))
    # the 3 x 3 covariance of the colours, inverted by its cofactors
    rr, gg, bb = mean(r * r) - mr**2 + eps, mean(g * g) - mg**2 + eps, mean(b * b) - mb**2 + eps
    rg, rb, gb = mean(r * g) - mr * mg, mean(r * b) - mr * mb, mean(g * b) - mg * mb
    cr, cg, cb = gg * bb - gb * gb, rb * gb - rg * bb, rg * gb - rb * gg
    determinant = rr * cr + rg * cg + rb * cb
    dg, db, eb = rr * bb - rb * rb, rg * rb - rr * gb, rr * gg - rg * rg
    sr, sg, sb = (spread[..., k] for k in range(3))
    slope = np.stack(
        [cr * sr + cg * sg + cb * sb, cg * sr + dg * sg + db * sb, cb * sr + db * sg + eb * sb], -1
    )
    slope /= np.maximum(determinant, 1e-12)[..., None]
    offset = level - (slope * middle).sum(2)
    return np.asarray((mean(slope) * guide).sum(2) + mean(offset), np.float32)


def _largest(alpha: Floats, landmarks: npt.NDArray[np.float64]) -> Floats:
    """Only what hangs together with the face: drops other people and stray patches."""
    count, labels = cv2.connectedComponents((alpha > 0.3).astype(np.uint8))
    height, width = alpha.shape
    x, y = np.clip(np.round(landmarks[4, :2]).astype(int), 0, [width - 1, height - 1])
    label = int(labels[y, x])
    if count <= 2 or label == 0:
        return alpha
    near = cv2.dilate((labels == label).astype(np.uint8), np.ones((9, 9), np.uint8))
    return alpha * near


def _without_holes(alpha: Floats, mm: float) -> Floats:
    """Closes small gaps within the person (earrings, glints), which would let light through."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats((alpha < 0.9).astype(np.uint8))
    height, width = alpha.shape
    x, y, w, h, area = stats.T
    small = (area < (12 * mm) ** 2) & (x > 0) & (y > 0) & (x + w < width) & (y + h < height)
    small[0] = False
    return np.where(small[labels], 1, alpha).astype(np.float32) if count > 1 else alpha


def _surely_background(picture: Floats, matte: Floats, mm: float) -> npt.NDArray[np.bool_]:
    """Where nothing of the person is within some millimetres, nor a strand of its hair."""
    trace = (matte > 0.03).astype(np.uint8)
    distance = cv2.distanceTransform(1 - trace, cv2.DIST_L2, 5)
    sure = distance > _SURE_MM * mm
    far = distance > _FAR_MM * mm
    inside = matte > 0.97
    if int(far.sum()) < 400 or int(inside.sum()) < 400:
        return np.asarray(sure)
    # the nearest colours of either side, and the background's own detail, carried into the ring
    grey = picture.mean(2)
    coarse = cv2.GaussianBlur(grey, (0, 0), 1.5 * mm)
    detail = cv2.GaussianBlur(np.abs(grey - coarse), (0, 0), 1.5 * mm)
    behind = carried(np.dstack([picture, detail]), far)
    person = carried(picture, inside)
    change, towards = picture - behind[..., :3], person - behind[..., :3]
    size = np.linalg.norm(change, axis=2)
    along = (change * towards).sum(2) / np.maximum(size * np.linalg.norm(towards, axis=2), 1e-3)
    # hair is thin: a wide even patch of another colour is a shadow on the wall
    busy = detail > 3 + 2 * behind[..., 3]
    strand = (size > 14) & (along > 0.8) & busy & sure & ~far
    grown = cv2.dilate(strand.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    # a crumb that hangs on nothing is none of the person's
    _, labels = cv2.connectedComponents((grown | ~sure).astype(np.uint8))
    rooted = np.unique(labels[inside])
    strand = grown & np.isin(labels, rooted[rooted > 0])
    return np.asarray(sure & ~strand)


def _continued(picture: Floats, known: npt.NDArray[np.bool_], mm: float) -> tuple[Floats, Floats]:
    """The known part's colours carried straight inwards, and how deep each pixel lies, px.

    A shadow beside the neck thus goes on behind the neck instead of ending at its outline, which
    would show as a light rim when the head moves.
    """
    weight = known.astype(np.float32)
    spread = cv2.GaussianBlur(picture * weight[..., None], (0, 0), 0.7 * mm)
    blurred = spread / np.maximum(cv2.GaussianBlur(weight, (0, 0), 0.7 * mm), 1e-4)[..., None]
    depth, labels = cv2.distanceTransformWithLabels(
        (~known).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    rows, columns = np.nonzero(known)
    colour = np.zeros((int(labels.max()) + 1, 3), np.float32)
    colour[labels[rows, columns]] = blurred[rows, columns]
    # what is known is not to thin the shadow out
    hole = 1 - weight
    carried = cv2.GaussianBlur(colour[labels] * hole[..., None], (0, 0), 3 * mm)
    carried /= np.maximum(cv2.GaussianBlur(hole, (0, 0), 3 * mm), 1e-4)[..., None]
    return np.asarray(carried, np.float32), np.asarray(depth, np.float32)


def _background(picture: Floats, sure: npt.NDArray[np.bool_], mm: float) -> Bytes:
    """The picture where it is surely background, elsewhere smooth colour from around."""
    if int(sure.sum()) < 50:
        flat = np.empty_like(picture)
        flat[:] = np.median(picture[:2].reshape(-1, 3), 0)
        return flat.astype(np.uint8)
    filled = push_pull(picture, sure.astype(np.float32))
    nearest, depth = _continued(picture, sure, mm)
    filled += (nearest - filled) * np.exp(-((depth / (_CONTINUED_MM * mm)) ** 2))[..., None]
    fine = mirrored_detail(picture, sure, _TEXTURE_MM[0] * mm, _TEXTURE_MM[1] * mm)
    near = (depth > 0) & (depth < _UNCOVERED_MM * mm)
    busy = float(np.median(np.abs(fine[near]))) if near.any() else 0.0
    filled += fine * smoothstep(*_BUSY, busy)
    noise = np.random.default_rng(0).normal(0, 1.0, (*sure.shape, 1)).astype(np.float32)
    soft = cv2.GaussianBlur(sure.astype(np.float32), (0, 0), 0.8 * mm)
    weight = np.where(sure, soft, 0)[..., None]
    mixed = picture * weight + (filled + noise) * (1 - weight)
    return np.asarray(np.clip(np.round(mixed), 0, 255), np.uint8)
