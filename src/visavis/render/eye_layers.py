"""One eye's textures, unpacked for drawing.

Comes in: an avatar. Goes out: :class:`EyeLayers`: the lid's skin with and without lashes, its
opacity, the lashes of the closed lid, the eyeball's parts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from visavis.imx import AvatarModel
from visavis.imx.documents import Eye
from visavis.render.lids import Float
from visavis.render.opencv import cv2

Texture = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class EyeLayers:
    """One eye's textures, uint8 RGBA at texture scale, inside a border of one empty texel.

    Attributes:
        lid: (h + 2, w + 2, 4) skin of the lid without lashes; alpha: how much of a lid is seen.
        photo: the same place as photographed, where nothing hangs before it.
        lid_origin: corner of these two, texels of the person.
        lashes: (h + 2, w + 2, 4) in its alpha, row 0 above the margin, last row beyond it.
        lash_colour: (3,) RGB.
        white: (h + 2, w + 2, 4) the eyeball without iris; alpha where nothing hangs before it.
        iris: premultiplied; glint: light to add.
        patch_origin: corner of these three, texels.
        roll: what of the lid comes down with its margin, up to where it is stretched, mm.
    """

    lid: Texture
    photo: Texture
    lid_origin: tuple[float, float]
    lashes: Texture
    lash_colour: Float
    white: Texture
    iris: Texture
    glint: Texture
    patch_origin: tuple[int, int]
    roll: tuple[float, float]


def eye_layers(model: AvatarModel, side: str) -> EyeLayers | None:
    """Unpack one eye of an avatar; None where it is left as it is.

    Args:
        model: the avatar.
        side: "left" or "right", the character's own.

    Returns:
        The layers at texture scale.
    """
    eye = model.face.eyes.left if side == "left" else model.face.eyes.right
    if eye is None:
        return None
    scale = float(model.manifest.texture_scale)
    white, iris, glint = (model.images[f"eye_{side}_{name}"] for name in ("white", "iris", "glint"))
    x0, y0 = (round(v * scale) for v in eye.patch[:2])
    height, width = white.shape[:2]
    origin = eye.lid[0] * scale, eye.lid[1] * scale
    lid, photo, cover = _lid_layers(
        model.images[f"lid_{side}"], model.images["person"], origin, eye
    )
    # What hangs before the lid hangs before the eye.
    place = np.array([[1, 0, origin[0] - x0], [0, 1, origin[1] - y0]], np.float32)
    free = cv2.warpAffine(cover, place, (width, height), borderMode=cv2.BORDER_REPLICATE)
    return EyeLayers(
        lid=_bordered(lid, cover),
        photo=_bordered(photo, cover),
        lid_origin=origin,
        lashes=_bordered(None, model.images[f"lashes_{side}"]),
        lash_colour=np.array(eye.lash, np.float32),
        white=_bordered(white, free),
        iris=_bordered(iris[..., :3], iris[..., 3]),
        glint=_bordered(glint, None),
        patch_origin=(x0, y0),
        roll=eye.roll,
    )


def _bordered(colour: Texture | None, alpha: Texture | None) -> Texture:
    """(h + 2, w + 2, 4), nothing around it: a look-up beyond it finds nothing."""
    height, width = (alpha if colour is None else colour).shape[:2]  # type: ignore[union-attr]
    full = np.zeros((height + 2, width + 2, 4), np.uint8)
    if colour is not None:
        full[1:-1, 1:-1, :3] = colour
    if alpha is not None:
        full[1:-1, 1:-1, 3] = alpha
    return full


def _lid_layers(
    texture: Texture, person: Texture, origin: tuple[float, float], eye: Eye
) -> tuple[Texture, Texture, Texture]:
    """Skin, photo and opacity of a lid from its premultiplied texture."""
    alpha = texture[..., 3:].astype(np.float32)
    lid = np.minimum(texture[..., :3] * (255 / np.maximum(alpha, 1)), 255)
    # Of a rolling lid the skin behind what covers it is there too, at one half.
    cover = np.clip(2 * alpha - 255, 0, 255) if eye.roll[1] > 0 else alpha
    place = np.array([[1, 0, -origin[0]], [0, 1, -origin[1]]], np.float32)
    size = (texture.shape[1], texture.shape[0])
    photo = cv2.warpAffine(person, place, size, borderMode=cv2.BORDER_REPLICATE)[..., :3]
    photo = lid + (photo - lid) * (cover / 255)
    skin, own, opacity = (np.round(image).astype(np.uint8) for image in (lid, photo, cover[..., 0]))
    return skin, own, opacity
