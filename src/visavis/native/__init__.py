"""The compiled kernel: drawing and the speech network in C, where a compiler was found.

Comes in: arrays. Goes out: the same arrays that numpy and OpenCV make, several times as fast.
``kernel()`` is None where nothing was compiled or ``VISAVIS_NATIVE=0``; every user of it has
another way then.
"""

from visavis.native.library import (
    Eye,
    EyeTextures,
    Face,
    Kernel,
    Mouthing,
    MouthLook,
    Person,
    Planes,
    Rig,
    Scratch,
    Speech,
    Strip,
    Texture,
    address,
    kernel,
)
from visavis.native.placing import EyeRig, MouthRig, Places, Scene

__all__ = [
    "Eye",
    "EyeRig",
    "EyeTextures",
    "Face",
    "Kernel",
    "MouthLook",
    "MouthRig",
    "Mouthing",
    "Person",
    "Places",
    "Planes",
    "Rig",
    "Scene",
    "Scratch",
    "Speech",
    "Strip",
    "Texture",
    "address",
    "kernel",
]
