"""OpenCV, untyped.

Its own stubs refuse calls that OpenCV takes (no second map for ``remap``) and forget the dtype of
every result; our annotations say what comes back.
"""

from typing import Any

import cv2 as _cv2

cv2: Any = _cv2
