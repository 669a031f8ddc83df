"""Where a pose puts eyelids and irises.

Comes in: one eye's contours in the output, its part of `face/face.json`, a pose. Goes out:
:class:`EyeGeometry`: lid margins, the iris' shift, the eyeball's own map. Upper lids close, follow
the iris up and down, widen and squint; lower lids are part of the skin's mesh.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from visavis.imx.documents import Eye
from visavis.pose import INDEX, Pose

Float = npt.NDArray[np.float32]

GAZE_MM_PER_DEGREE = 0.2
"""Iris travel: an eyeball of 12 mm radius."""
GAZE_LIMIT_MM = 2.2
IRIS_MM = 5.9
"""Radius of a person's iris: larger drawn ones travel further by as much."""
ARKIT_LOOK_DEGREES = 25.0
"""Eye turn of an ARKit eyeLook weight of 1."""
LID_FOLLOW = 0.65
"""How far the upper lid goes along with the iris as it looks up or down."""
SQUINT_LID_MM, WIDE_LID_MM = 0.9, 1.4
"""How far the upper lid comes down in a squint, goes up in a wide eye."""
MOST_WIDE_MM = 1.6
SLACK_MM = 0.4
"""A drawn lid stays up until it is wanted so much lower: nothing of it is drawn for a glance, and
its line does not come to lie beside the one above."""
MOST_LOWERED = 0.38
"""Share of the opening that a lid covers at most without blinking."""
RISEN_LOWER_LID = 0.8
"""A blink raises the lower lid as this much squint does."""
LOWER_LID_RISE = 0.02
"""Where lids meet, as a share of the opening above the lower lid: more leaves a slit of eye."""


_DIRECTIONS = ("In", "Out", "Up", "Down")


def share(value: float) -> float:
    """A weight kept within 0..1."""
    return min(max(float(value), 0.0), 1.0)


def eye_size(eye: Eye, mm: float) -> float:
    """How many times as far as a person's an iris travels; ``mm`` in canvas px."""
    return 1.0 if eye.roll[1] > 0 else max(1.0, eye.iris[2] / mm / IRIS_MM)


@dataclass(frozen=True)
class EyeGeometry:
    """One eye in output px.

    Attributes:
        upper: (E, 2) margin of the upper lid as photographed, image-left to image-right.
        lower: (E, 2) margin of the lower lid.
        margin: (E, 2) margin of the upper lid where it has gone.
        down: (2,) unit vector in which the upper lid closes.
        blink: how far it has gone in its middle: 0 as photographed … 1 shut, less than 0 wider.
        gaze: (2,) iris shift in canvas px (texture space: along the face's axes).
        ball: (2, 3) output px to canvas px on the eyeball, which lids and skin do not bend.
    """

    upper: Float
    lower: Float
    margin: Float
    down: Float
    blink: float
    gaze: Float
    ball: Float


def eye_geometry(
    side: str,
    eye: Eye,
    pose: Pose,
    contours: tuple[Float, Float],
    corners: Float,
    turn: Float,
    frame: Float,
    mm: float,
) -> EyeGeometry:
    """One eye's geometry.

    Args:
        side: "left" or "right", the character's own.
        eye: what the avatar says of it.
        pose: float32 (POSE_SIZE,).
        contours: (E, 2) upper and lower lid margin where the mesh has them, output px.
        corners: (2, 2) the eye's corners at rest, canvas px.
        turn: (3, 3) the head's rotation, from canvas to output px.
        frame: (3, 3) the face's axes in canvas space, as columns.
        mm: canvas px per millimetre.

    Returns:
        The geometry.
    """
    # plain floats: numpy takes ten times as long over two numbers
    upper, lower = contours
    name = side.capitalize()
    inwards, out, up, low = (float(pose[INDEX[f"eyeLook{d}{name}"]]) for d in _DIRECTIONS)
    outwards = 1.0 if side == "left" else -1.0
    along = float(pose[INDEX["gazeX"]]) + outwards * ARKIT_LOOK_DEGREES * (out - inwards)
    across = float(pose[INDEX["gazeY"]]) + ARKIT_LOOK_DEGREES * (low - up)
    size = eye_size(eye, mm)
    along, across = along * GAZE_MM_PER_DEGREE * size, across * GAZE_MM_PER_DEGREE * size
    travel = min(1.0, GAZE_LIMIT_MM * size / max(math.hypot(along, across), 1e-6))
    along, across = along * travel, across * travel
    down_x, down_y = eye.down
    down = [row[0] * down_x + row[1] * down_y for row in turn[:2].tolist()]
    length = max(math.hypot(*down), 1e-6)  # an absurd pose may shrink the head to nothing
    lowered = (
        LID_FOLLOW * across
        + SQUINT_LID_MM * share(pose[INDEX[f"eyeSquint{name}"]])
        - WIDE_LID_MM * share(pose[INDEX[f"eyeWide{name}"]])
    )
    # above a drawn lid nothing says how it goes on: it comes down only
    rolls = eye.roll[1] > 0
    lowered = max(lowered, -MOST_WIDE_MM) if rolls else max(lowered - SLACK_MM, 0.0)
    lowered *= length * mm
    unit = np.array([down[0] / length, down[1] / length], np.float32)
    margin, blink = _lid(upper, lower, unit, lowered, share(pose[INDEX[f"eyeBlink{name}"]]))
    gaze = [(row[0] * along + row[1] * across) * mm for row in frame[:2].tolist()]
    return EyeGeometry(
        upper=upper,
        lower=lower,
        margin=margin,
        down=unit,
        blink=blink,
        gaze=np.array(gaze, np.float32),
        ball=_ball(corners.tolist(), upper[:: len(upper) - 1].tolist(), eye.down, down),
    )


def _ball(
    before: Sequence[Sequence[float]],
    after: Sequence[Sequence[float]],
    down_before: Sequence[float],
    down_after: Sequence[float],
) -> Float:
    """(2, 3) output px to canvas px: both corners stay corners, down stays down."""
    (ax, ay), (bx, by) = after
    (cx, cy), (dx, dy) = before
    (px, py), (qx, qy) = down_after, down_before
    ux, uy = bx - ax, by - ay
    area = ux * py - uy * px
    share = 1 / area if abs(area) > 1e-9 else 0.0
    rows = []
    for along, down, middle in ((dx - cx, qx, (cx + dx) / 2), (dy - cy, qy, (cy + dy) / 2)):
        x, y = (along * py - down * uy) * share, (down * ux - along * px) * share
        rows.append((x, y, middle - x * (ax + bx) / 2 - y * (ay + by) / 2))
    return np.array(rows, np.float32)


def _lid(
    upper: Float, lower: Float, down: Float, lowered: float, shut: float
) -> tuple[Float, float]:
    """Where the upper lid's margin is, and how far that is of its way.

    Args:
        upper: (E, 2) margin as photographed, output px.
        lower: (E, 2) margin of the lower lid.
        down: (2,) unit vector.
        lowered: way of its middle by other things than a blink, px.
        shut: 0..1, the blink.
    """
    middle = len(upper) // 2
    resting = 1 - LOWER_LID_RISE
    to_lower, direction = (lower[middle] - upper[middle]).tolist(), down.tolist()
    opening = to_lower[0] * direction[0] + to_lower[1] * direction[1]
    way = max(resting * opening, 1e-3)
    lowered = min(lowered, MOST_LOWERED * way) * (1 - shut)
    margin = upper + (lower - upper) * np.float32(resting * shut)
    margin += bow(len(upper)) * (down * np.float32(lowered))
    gone = (resting * opening * shut + lowered * float(bow(len(upper))[middle, 0])) / way
    return margin, min(gone, 1.0) if abs(gone) > 1e-4 else 0.0


@functools.cache
def bow(count: int) -> Float:
    """(count, 1) 1 in a lid's middle, 0 at its corners."""
    along = np.linspace(-1, 1, count, dtype=np.float32)
    return (1 - along**2)[:, None]
