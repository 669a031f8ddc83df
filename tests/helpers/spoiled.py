"""Avatars with one artefact each, made of a good one: what the measures of pictures must notice.

Comes in: a good avatar's model. Goes out: a model that shows a noisy background, a flickering
skin, a coarse texture, lips that do not shut, a lid with a hard edge, and so on.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from visavis.imx import AvatarModel, quantise


def with_images(model: AvatarModel, **images: npt.NDArray[np.uint8]) -> AvatarModel:
    return replace(model, images=model.images | images)


def with_rig(model: AvatarModel, **tensors: npt.NDArray[Any]) -> AvatarModel:
    return replace(model, rig=model.rig | tensors)


def coarse(model: AvatarModel) -> AvatarModel:
    """Textures of the canvas' own resolution."""
    scale = model.manifest.texture_scale
    images = {}
    for name, image in model.images.items():
        halve = name == "person" or name.startswith("lid_") or name.startswith("eye_")
        size = tuple(round(side / scale) for side in image.shape[1::-1])
        small = cv2.resize(image, size, interpolation=cv2.INTER_AREA) if halve else image
        images[name] = np.asarray(small, np.uint8)
    return replace(
        model, manifest=model.manifest.model_copy(update={"texture_scale": 1.0}), images=images
    )


def noisy_background(model: AvatarModel) -> AvatarModel:
    """The person's layer has noise where the background should be, and all of it moves."""
    person = model.images["person"].copy()
    noise = np.random.default_rng(0).integers(0, 60, person.shape[:2], np.uint8)
    empty = person[..., 3] < 60
    person[empty] = noise[empty][:, None]
    person[..., 3][empty] = 60
    spoiled = with_images(model, person=person)
    return with_rig(spoiled, head=np.full_like(model.rig["head"], 255))


def flickering_skin(model: AvatarModel) -> AvatarModel:
    """The skin's brightness jumps as the head turns and nods."""
    gains = model.rig["gains"].astype(np.float64) * model.rig["gains_scale"][:, None]
    gains[-2:] = np.random.default_rng(0).choice([-0.3, 0.3], gains[-2:].shape)
    made, scale = quantise(gains, np.int8, 1 / 127)
    return with_rig(model, gains=made, gains_scale=scale)


def open_lips(model: AvatarModel, mm: float = 2.0) -> AvatarModel:
    """The lower lip hangs."""
    vertices = model.rig["vertices"].copy()
    vertices[model.rig["lip_lower"][1:-1].astype(int), 1] += mm * model.face.mm
    return with_rig(model, vertices=vertices)


def restless_mouth(model: AvatarModel) -> AvatarModel:
    """The mouth opens with every slight smile."""
    lower = tuple(model.rig["lip_lower"][1:-1].astype(int))
    return _moved(model, "mouthSmile", {lower: 40.0})


def _moved(model: AvatarModel, basis: str, moves: dict[tuple[int, ...], float]) -> AvatarModel:
    """Some vertices go further down, mm, at weight 1 of a basis."""
    row = [b.name for b in model.face.bases].index(basis)
    bases = model.rig["bases"].astype(np.float64) * model.rig["bases_scale"][:, None, None]
    for vertices, mm in moves.items():
        bases[row, list(vertices), 1] += mm * model.face.mm
    made, scale = quantise(bases, np.int16, 1 / 64)
    return with_rig(model, bases=made, bases_scale=scale)


def hard_lids(model: AvatarModel) -> AvatarModel:
    """Closed-lid skin is a patch of another colour that ends at once."""
    images = {}
    for side in ("left", "right"):
        lid = model.images[f"lid_{side}"].copy()
        height, width = lid.shape[:2]
        lid[2 : height - 2, 2 : width - 2] = (120, 90, 90, 255)
        images[f"lid_{side}"] = lid
    return with_images(model, **images)


def clawed_mouth(model: AvatarModel) -> AvatarModel:
    """What lies between the lips is bright to its very ends, and the ends are blunt."""
    white = (255.0, 255.0, 255.0)
    colours = {"lip": white, "seam": white, "cavity": white, "shade": 0.0}
    mouth = model.face.mouth.model_copy(update=colours)
    images = {
        name: np.full_like(model.images[name], 255) for name in ("teeth_upper", "teeth_lower")
    }
    moves = {
        tuple(model.rig[lip][[1, 2, 3, -4, -3, -2]].astype(int)): way * 7.0
        for lip, way in (("lip_upper", -1.0), ("lip_lower", 1.0))
    }
    face = model.face.model_copy(update={"mouth": mouth})
    return _moved(with_images(replace(model, face=face), **images), "jawOpen", moves)


def rimmed_matte(model: AvatarModel, levels: float = 90.0) -> AvatarModel:
    """Right at rest, but a part of the background stays with the person's edge."""
    person = model.images["person"].astype(np.float32)
    alpha = person[..., 3]
    small = cv2.resize(alpha, model.manifest.canvas, interpolation=cv2.INTER_AREA)
    edge = cv2.GaussianBlur(small, (0, 0), 2.5 * model.face.mm)
    near = np.clip(4 * edge / 255 * (1 - edge / 255), 0, 1)
    dark = np.clip(model.images["background"] - levels * near[..., None], 0, 255)
    taken = model.images["background"] - dark
    taken = cv2.resize(taken, alpha.shape[::-1], interpolation=cv2.INTER_LINEAR)
    cover = np.maximum(alpha, 30 * cv2.resize(near, alpha.shape[::-1]))
    person[..., :3] += taken * (1 - alpha[..., None] / 255)
    person[..., 3] = cover
    return with_images(
        model,
        person=np.clip(person, 0, 255).astype(np.uint8),
        background=dark.astype(np.uint8),
    )


def narrow_canvas(model: AvatarModel, slope: float = 0.0) -> AvatarModel:
    """The middle of the canvas alone; ``slope``: how much brighter its outermost columns are."""
    width, height = model.manifest.canvas
    cut = (width - height) // 2 // 2 * 2
    scale = model.manifest.texture_scale
    x0 = round(cut * scale)
    person = model.images["person"][:, x0 : x0 + round((width - 2 * cut) * scale)].copy()
    background = model.images["background"][:, cut : width - cut].copy()
    if slope:
        person[:, : round(3 * scale)] = 0
        person[:, -round(3 * scale) :] = 0
        for columns in (np.s_[:, :1], np.s_[:, -1:]):
            lit = background[columns].astype(float) + slope
            background[columns] = np.clip(lit, 0, 255).astype(np.uint8)
    shift = np.array([cut, 0], np.float32)
    rig = model.rig | {"uv": model.rig["uv"] - shift}
    for name, moved in (("vertices", 3), ("pivot", 3)):
        rig[name] = model.rig[name] - np.pad(shift, (0, moved - 2))

    def box(b: tuple[float, ...]) -> tuple[float, ...]:
        return (b[0] - cut, b[1], b[2] - cut, b[3])

    face = model.face
    eyes = {}
    for side in ("left", "right"):
        eye = getattr(face.eyes, side)
        x, y, r = eye.iris
        eyes[side] = eye.model_copy(
            update={"lid": box(eye.lid), "patch": box(eye.patch), "iris": (x - cut, y, r)}
        )
    x, y, z = face.mouth.stomion
    face = face.model_copy(
        update={
            "box": box(face.box),
            "mouth": face.mouth.model_copy(update={"stomion": (x - cut, y, z)}),
            "eyes": face.eyes.model_copy(update=eyes),
        }
    )
    manifest = model.manifest.model_copy(update={"canvas": (width - 2 * cut, height)})
    images = model.images | {"person": person, "background": background}
    return replace(model, manifest=manifest, face=face, rig=rig, images=images)


def shifted(model: AvatarModel, mm: float = 4.0) -> AvatarModel:
    """The whole person lies a little beside where the source has it."""
    vertices = model.rig["vertices"] + np.array([mm * model.face.mm, 0, 0], np.float32)
    return with_rig(model, vertices=vertices.astype(np.float32))
