"""Filling the parts of a picture that have to be invented, from the parts that are kept.

Comes in: float32 images and masks of what is known. Goes out: whole float32 images. Smooth colour
comes from a push-pull pyramid (Gortler et al., "The Lumigraph", SIGGRAPH 1996), fine texture from
mirroring the detail of the known side across its border, so that a filled beard stays a beard.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.float32]
"""float32 (H, W) or (H, W, C), C up to 4."""

_TINY = 1e-4


def push_pull(image: Image, known: npt.NDArray[np.generic], levels: int = 16) -> Image:
    """Fill where nothing is known with smooth colour from all sides.

    Args:
        image: float32 (H, W) or (H, W, C), C <= 4, any range.
        known: (H, W) weights 0..1 or bool; 1 = this pixel counts and is kept, 0 = unknown.
            In between, a pixel counts for less and is mixed with its surroundings.
        levels: halvings of the size at most; stops by itself once a side is under 4 px.

    Returns:
        float32, the shape of ``image``. Where nothing at all is known, a copy of ``image``.
    """
    image = np.asarray(image, np.float32)
    weight = np.ascontiguousarray(known, np.float32)
    if not float(weight.sum()) > _TINY:
        return image.copy()
    colours = image if image.ndim == 3 else image[..., None]
    pyramid = [(colours * weight[..., None], weight)]
    for _ in range(levels):
        colour, weight = pyramid[-1]
        if min(weight.shape) < 4:
            break
        smaller = np.asarray(cv2.pyrDown(weight), np.float32)
        pyramid.append((_channels(cv2.pyrDown(colour)), smaller))
    colour, weight = pyramid[-1]
    # Corners of the coarsest level that nothing reached take the mean of what is known.
    mean: Image = colour.sum((0, 1)) / max(float(weight.sum()), _TINY)
    empty = (weight < _TINY)[..., None]
    filled = np.where(empty, mean, colour / np.maximum(weight, _TINY)[..., None])
    for colour, weight in pyramid[-2::-1]:
        size = (weight.shape[1], weight.shape[0])
        above = _channels(cv2.pyrUp(filled.astype(np.float32), dstsize=size))
        trust = np.minimum(weight * 2, 1)[..., None]
        filled = above + (colour / np.maximum(weight, _TINY)[..., None] - above) * trust
    return filled.reshape(image.shape).astype(np.float32)


def carried(image: Image, known: npt.NDArray[np.bool_]) -> Image:
    """Smooth colours of the known part everywhere; worked out at half size.

    Args:
        image: float32 (H, W, C).
        known: bool (H, W).

    Returns:
        float32 (H, W, C).
    """
    height, width = known.shape
    half = (max(1, width // 2), max(1, height // 2))
    small = cv2.resize(image, half, interpolation=cv2.INTER_NEAREST)
    weight = cv2.resize(known.astype(np.float32), half, interpolation=cv2.INTER_NEAREST)
    filled = push_pull(np.asarray(small, np.float32), np.asarray(weight, np.float32))
    return np.asarray(cv2.resize(filled, (width, height), interpolation=cv2.INTER_LINEAR))


def detail(image: Image, sigma: float) -> Image:
    """What is finer than ``sigma`` px: the image less its blur.

    Args:
        image: float32 (H, W, C).
        sigma: standard deviation of the blur, px.

    Returns:
        float32 (H, W, C), around 0.
    """
    blurred = cv2.GaussianBlur(image, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
    return (image - blurred).astype(np.float32)


def mirrored_detail(
    image: Image, known: npt.NDArray[np.bool_], sigma: float, reach: float = np.inf
) -> Image:
    """Fine texture for the unknown part: the known side's, mirrored at the border.

    Each unknown pixel looks as far behind its nearest known pixel as it lies before it. Where that
    is unknown too, or outside, there is no detail.

    Args:
        image: float32 (H, W, C).
        known: bool (H, W).
        sigma: what counts as detail, px (see :func:`detail`).
        reach: it fades out towards this distance from what is known, px.

    Returns:
        float32 (H, W, C): zero on the known side.
    """
    if known.all() or not known.any():
        return np.zeros_like(image)
    height, width = known.shape
    # Blurring over known pixels only, else the border's own step would count as detail.
    weight = known.astype(np.float32)
    low = cv2.GaussianBlur(image * weight[..., None], (0, 0), sigma)
    around = cv2.GaussianBlur(weight, (0, 0), sigma)
    fine = (image - low / np.maximum(around, _TINY)[..., None]) * weight[..., None]
    away, labels = cv2.distanceTransformWithLabels(
        (~known).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    rows, columns = np.nonzero(known)
    row_of = np.zeros(int(labels.max()) + 1, np.int32)
    column_of = np.zeros_like(row_of)
    row_of[labels[rows, columns]] = rows
    column_of[labels[rows, columns]] = columns
    y, x = np.nonzero(~known)
    near = labels[y, x]
    behind_y, behind_x = 2 * row_of[near] - y, 2 * column_of[near] - x
    inside = (behind_y >= 0) & (behind_y < height) & (behind_x >= 0) & (behind_x < width)
    result = np.zeros_like(image)
    result[y[inside], x[inside]] = fine[behind_y[inside], behind_x[inside]]
    if np.isfinite(reach):
        fading = np.clip(2 - 2 * np.asarray(away) / max(reach, 1e-3), 0, 1)
        result *= fading[..., None].astype(np.float32)
    return result


def grain(shape: tuple[int, int], coarse: float, seed: int) -> Image:
    """Film-like noise: half of it pixel by pixel, half in spots of ``coarse`` px.

    Args:
        shape: (H, W).
        coarse: standard deviation of the spots, px.
        seed: of the random generator; the same seed gives the same grain.

    Returns:
        float32 (H, W), mean 0, standard deviation 1.
    """
    noise = np.random.default_rng(seed).normal(0, 1, shape).astype(np.float32)
    spots = cv2.GaussianBlur(noise, (0, 0), coarse)
    mixed = 0.4 * noise + spots / max(float(spots.std()), _TINY)
    return (mixed / max(float(mixed.std()), _TINY)).astype(np.float32)


def _channels(image: npt.NDArray[np.generic]) -> Image:
    """Image with its channel axis back (OpenCV drops an axis of length one)."""
    array = np.asarray(image, np.float32)
    return array if array.ndim == 3 else array[..., None]
