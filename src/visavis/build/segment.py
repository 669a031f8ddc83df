"""Tells the person in a picture from what is behind.

Comes in: uint8 RGB. Goes out: float32 (H, W), 0 background .. 1 person, soft and somewhat blurred:
:mod:`visavis.build.matte` makes a matte of it. Source: MediaPipe's selfie segmentation (general).
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from visavis.build import models, networks

_SIDE = 256


def segment(picture: npt.NDArray[np.uint8], centre_x: float) -> npt.NDArray[np.float32]:
    """How likely each pixel belongs to the person.

    Args:
        picture: uint8 (H, W, 3) RGB, the person's head in it.
        centre_x: where the face is, px: wide pictures are also looked at in a square about it.

    Returns:
        float32 (H, W), 0..1.
    """
    height, width = picture.shape[:2]
    whole = _both_ways(picture)
    if width <= height * 1.08:
        return whole
    left = int(np.clip(round(centre_x - height / 2), 0, width - height))
    square = _both_ways(picture[:, left : left + height])
    # the square is seen at the better resolution; towards its sides the whole takes over
    x = (np.arange(height) + 0.5) / height
    weight = np.clip(np.minimum(x, 1 - x) / 0.12, 0, 1).astype(np.float32)
    if left == 0:
        weight[: height // 2] = 1
    if left == width - height:
        weight[height // 2 :] = 1
    out = whole.copy()
    part = out[:, left : left + height]
    out[:, left : left + height] = part + (square - part) * weight
    return out


def _both_ways(picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Mean of the answers to the picture and to its mirror image."""
    network = networks.load(models.locate().segmenter)
    small = cv2.resize(picture, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    tensor = np.asarray(small.astype(np.float32) / 255, np.float32)
    straight = network(tensor[None])[0].reshape(_SIDE, _SIDE)
    mirrored = network(tensor[:, ::-1][None])[0].reshape(_SIDE, _SIDE)[:, ::-1]
    mean = (straight + mirrored) / 2
    size = (picture.shape[1], picture.shape[0])
    return np.asarray(cv2.resize(mean, size, interpolation=cv2.INTER_LINEAR), np.float32)
