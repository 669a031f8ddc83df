"""An avatar model in memory, and the checks that concern more than one of its parts.

Comes in: documents, arrays, pictures. Goes out: `AvatarModel`, or `InvalidAvatar`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Any

import numpy as np
import numpy.typing as npt

from visavis.errors import InvalidAvatar
from visavis.imx import tensors
from visavis.imx.documents import Eye, Face, LipSync, Manifest
from visavis.imx.table import FACE, IMAGES, LASH_COLUMNS, LASH_ROWS, Image

CHANNELS = {"rgb": (3,), "rgba": (4,), "grey": ()}


@dataclass(frozen=True, eq=False)
class AvatarModel:
    """The content of one `.imx` file.

    Attributes:
        manifest: what it is; canvas size and texture scale.
        face: millimetres, what drives each basis, mouth, eyes.
        rig: tensor name to array, as in `visavis.imx.TENSORS`; read-only when read from a file.
        images: texture name to uint8 array, as in `visavis.imx.IMAGES`: (H, W, 3) RGB,
            (H, W, 4) RGBA premultiplied, (H, W) grey; the textures of a null eye are absent.
        lipsync: how the mouth answers the speech network.
    """

    manifest: Manifest
    face: Face
    rig: dict[str, npt.NDArray[Any]]
    images: Mapping[str, npt.NDArray[np.uint8]]
    lipsync: LipSync = field(default_factory=LipSync)


def eye_of(face: Face, image: Image) -> Eye | None:
    """The eye a texture belongs to, None for the other textures and for a null eye."""
    return getattr(face.eyes, image.eye) if image.eye else None


def expected_images(face: Face) -> Iterator[Image]:
    """The textures a model with this face has: all but those of a null eye."""
    return (image for image in IMAGES if image.eye is None or eye_of(face, image) is not None)


def check_eyes(manifest: Manifest, face: Face) -> None:
    """Refuses eye boxes outside the canvas or over more than a quarter of it.

    Raises:
        InvalidAvatar: such a box.
    """
    width, height = manifest.canvas
    for side, eye in (("left", face.eyes.left), ("right", face.eyes.right)):
        for name in ("lid", "patch") if eye is not None else ():
            x0, y0, x1, y1 = getattr(eye, name)
            inside = 0 <= x0 < x1 <= width and 0 <= y0 < y1 <= height
            if not inside or 4 * (x1 - x0) * (y1 - y0) > width * height:
                raise InvalidAvatar(
                    FACE, f"eyes.{side}.{name}: not inside the canvas or over a quarter of it"
                )


def check_size(image: Image, size: tuple[int, int], manifest: Manifest, face: Face) -> None:
    """Refuses a texture whose size is not what the rest of the file asks for.

    Args:
        image: its row in the table.
        size: width and height, px.
        manifest: canvas and texture scale.
        face: the eyes' boxes.

    Raises:
        InvalidAvatar: another size.
    """
    if image.extent == "lashes":
        fits = (
            LASH_COLUMNS[0] <= size[0] <= LASH_COLUMNS[1]
            and LASH_ROWS[0] <= size[1] <= LASH_ROWS[1]
        )
        wanted = f"{LASH_COLUMNS[0]} to {LASH_COLUMNS[1]} x {LASH_ROWS[0]} to {LASH_ROWS[1]}"
    else:
        exact = _size(image, manifest, face)
        # A box need not lie on whole texels: the texture is stretched over it.
        fits = all(abs(a - b) < 1.0 for a, b in zip(size, exact, strict=True))
        wanted = " x ".join(f"{value:g}" for value in exact)
    if not fits:
        raise InvalidAvatar(image.path, f"{size[0]} x {size[1]} px, must be {wanted}")


def byte_limit(image: Image, manifest: Manifest, face: Face) -> int:
    """Most bytes a texture's file may have: what its pixels would take as they are, and 4 KiB."""
    columns, rows = LASH_COLUMNS[1], LASH_ROWS[1]
    if image.extent != "lashes":
        columns, rows = (ceil(value) + 1 for value in _size(image, manifest, face))
    return 4 * columns * rows + 4096


def _size(image: Image, manifest: Manifest, face: Face) -> tuple[float, float]:
    if image.extent == "canvas":
        return manifest.canvas
    if image.extent == "texture":
        return manifest.texture_size
    if image.size is not None:
        return image.size
    x0, y0, x1, y1 = getattr(eye_of(face, image), image.extent)
    return (x1 - x0) * manifest.texture_scale, (y1 - y0) * manifest.texture_scale


def check(model: AvatarModel) -> None:
    """Refuses a model that its file's reader would refuse.

    Args:
        model: what is to be written.

    Raises:
        InvalidAvatar: names the member and what is wrong with it.
    """
    tensors.check(model.rig, len(model.face.bases))
    check_eyes(model.manifest, model.face)
    expected = {image.name: image for image in expected_images(model.face)}
    for name in sorted(set(expected) ^ set(model.images)):
        reason = "missing" if name in expected else "does not belong here"
        raise InvalidAvatar(f"appearance/{name}.webp", reason)
    for name, image in expected.items():
        pixels = model.images[name]
        if pixels.dtype != np.uint8 or pixels.shape[2:] != CHANNELS[image.channels]:
            raise InvalidAvatar(
                image.path, f"{pixels.dtype} {pixels.shape}, must be uint8 {image.channels}"
            )
        check_size(image, (pixels.shape[1], pixels.shape[0]), model.manifest, model.face)
        if image.channels == "rgba":
            _check_premultiplied(image, pixels)


def _check_premultiplied(image: Image, pixels: npt.NDArray[np.uint8]) -> None:
    """Refuses what is plainly straight alpha; a faint glow under alpha 0 (light hair) may be."""
    hidden = pixels[pixels[..., 3] == 0][:, :3]
    if hidden.size and hidden.mean() > 16:
        raise InvalidAvatar(image.path, "has colours under alpha 0; it must be premultiplied")
