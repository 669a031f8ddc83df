"""Pose and avatar become pixels.

Comes in: an avatar's layers and poses. Goes out: RGB, RGBA or I420 pictures. ``geometry`` is the
seam a drawer on a GPU or in a browser shares; ``cpu`` is the drawer for a plain CPU.
"""

from visavis.render.backdrop import Background
from visavis.render.layers import AvatarLayers
from visavis.render.renderer import PixelFormat, Renderer
from visavis.render.view import Framing, View, frame_view

__all__ = [
    "AvatarLayers",
    "Background",
    "Framing",
    "PixelFormat",
    "Renderer",
    "View",
    "frame_view",
]
