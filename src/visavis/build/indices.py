"""Which of MediaPipe's 478 face-mesh landmarks are lips, lids, brows, nose and oval.

Comes in: nothing. Goes out: index lists. Left and right are the character's own (left = the
picture's right). Numbering: MediaPipe Face Mesh with iris refinement (468 mesh points, then
5 points an iris).
"""

from __future__ import annotations

OVAL = [
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
    152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
]  # fmt: skip
"""Face oval, closed, from the forehead's middle towards the picture's right."""

LIP_RINGS = [
    [61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185],
    [76, 77, 90, 180, 85, 16, 315, 404, 320, 307, 306, 408, 304, 303, 302, 11, 72, 73, 74, 184],
    [62, 96, 89, 179, 86, 15, 316, 403, 319, 325, 292, 407, 272, 271, 268, 12, 38, 41, 42, 183],
    [78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191],
]
"""Four closed rings, outermost to innermost: entry 0 the image-left corner, 1..9 the lower lip,
10 the image-right corner, 11..19 the upper lip back."""

EYE_RIGHT = [33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246]
"""Closed: outer corner, lower lid 1..7, inner corner (8), upper lid back."""

EYE_LEFT = [263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466]
"""Closed: outer corner, lower lid 1..7, inner corner (8), upper lid back."""

BROW_RIGHT = [70, 63, 105, 66, 107, 46, 53, 52, 65, 55]
BROW_LEFT = [300, 293, 334, 296, 336, 276, 283, 282, 295, 285]

IRIS_RIGHT = [468, 469, 470, 471, 472]
IRIS_LEFT = [473, 474, 475, 476, 477]
"""Centre, then four points on the rim."""

NOSE = [
    1, 2, 4, 5, 6, 168, 197, 195, 98, 327, 97, 326, 64, 294, 129, 358, 48, 278, 94, 19, 45, 275,
    220, 440, 49, 279, 102, 331,
]  # fmt: skip

CHEEKS = [205, 425, 50, 280, 36, 266]
"""Points of plain skin, for the colour of the face."""
