"""A transparent picture for VP9: Y, U, V and alpha planes.

Comes in: uint8 (h, w, 4) RGBA with straight alpha, even sides. Goes out: an ``av.VideoFrame`` in
yuva420p, BT.601 limited range.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import av


def yuva420(image: npt.NDArray[np.uint8]) -> av.VideoFrame:
    """Convert one picture.

    Args:
        image: uint8 (h, w, 4) RGBA, straight alpha.

    Returns:
        A frame in yuva420p.
    """
    import av
    import cv2

    height, width = image.shape[:2]
    colour = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGBA2YUV_I420)).reshape(-1)
    luma, chroma = height * width, height * width // 4
    planes = (
        colour[:luma].reshape(height, width),
        colour[luma : luma + chroma].reshape(height // 2, width // 2),
        colour[luma + chroma :].reshape(height // 2, width // 2),
        image[:, :, 3],
    )
    frame = av.VideoFrame(width, height, "yuva420p")
    for plane, values in zip(frame.planes, planes, strict=True):
        rows = np.zeros((plane.height, plane.line_size), np.uint8)
        rows[:, : plane.width] = values
        plane.update(rows.tobytes())
    return frame
