"""What the columns of other programs are called, and what they mean for a pose.

Comes in: nothing. Goes out: names, orders, units: Live Link Face's columns, the parts of a face
that a recording takes over.
"""

from __future__ import annotations

from collections.abc import Mapping

from visavis.pose import ARKIT_NAMES, INDEX, expand

_SWAPPED = {
    "jawLeft": "jawRight", "jawRight": "jawLeft",
    "mouthLeft": "mouthRight", "mouthRight": "mouthLeft",
}  # fmt: skip

LIVE_LINK_SHAPES: tuple[str, ...] = tuple(_SWAPPED.get(name, name) for name in ARKIT_NAMES)
"""ARKit's 52 names in the order of Live Link Face: as ARKit's, but right before left for jaw and
mouth."""

LIVE_LINK_TURNS: tuple[str, ...] = (
    "HeadYaw", "HeadPitch", "HeadRoll", "LeftEyeYaw", "LeftEyePitch", "LeftEyeRoll",
    "RightEyeYaw", "RightEyePitch", "RightEyeRoll",
)  # fmt: skip
"""Its nine angles, radians."""

LIVE_LINK_COLUMNS: tuple[str, ...] = (
    "Timecode",
    "BlendShapeCount",
    *(name[0].upper() + name[1:] for name in LIVE_LINK_SHAPES),
    *LIVE_LINK_TURNS,
)
"""The 63 columns of a Live Link Face CSV file, in order."""

LOOK_DEGREES = 30.0
"""Degrees of gaze of a weight 1 of eyeLookUp, eyeLookDown, eyeLookIn and eyeLookOut."""

LOOKS: tuple[str, ...] = tuple(name for name in ARKIT_NAMES if name.startswith("eyeLook"))


def _entries(*names: str) -> tuple[int, ...]:
    return tuple(INDEX[entry] for name in names for entry in expand(name))


PARTS: Mapping[str, tuple[int, ...]] = {
    "mouth": tuple(
        INDEX[name] for name in ARKIT_NAMES if name.startswith(("jaw", "mouth", "tongue", "cheekP"))
    )
    + (INDEX["tongueUp"],),
    "lids": _entries("eyeBlink", "eyeSquint", "eyeWide"),
    "brows": _entries("browDown", "browInnerUp", "browOuterUp"),
    "cheeks": _entries("cheekSquint", "noseSneer"),
    "gaze": (*_entries(*LOOKS), INDEX["gazeX"], INDEX["gazeY"]),
    "head": _entries("headYaw", "headPitch", "headRoll"),
    "shift": _entries("headX", "headY", "headScale"),
}
"""Parts of a face as positions in a pose. A recording that has one column of a part moves the
whole part; the other parts move by themselves."""


def plain(name: str) -> str:
    """A column's name without case, spaces and underscores: Jaw_Open, jawOpen, JAW OPEN."""
    kept = "".join(c for c in name if c.isalnum() or c == "_").strip("_")
    for short, side in (("_L", "Left"), ("_R", "Right")):
        if kept.endswith((short, short.lower())):
            kept = kept[:-2] + side
    return kept.replace("_", "").lower()


POSE_COLUMNS: Mapping[str, int] = {plain(name): index for name, index in INDEX.items()}
"""Position in a pose by plain name."""
