"""A small valid avatar model made of synthetic arrays, for tests of every room.

Comes in: a seed. Goes out: `AvatarModel`. A grid of vertices over a 64 x 64 canvas, a few bases,
soft random textures; it looks like nothing, but every rule of the format holds.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from visavis import imx

BASES = (
    ("jawOpen", False),
    ("mouthClose", False),
    ("mouthSmile", True),
    ("eyeBlink", True),
    ("sourceExpression", False),
)


def tiny_rig(
    rng: np.random.Generator, size: tuple[int, int], grid: int = 9
) -> dict[str, npt.NDArray[Any]]:
    """The arrays of a grid of grid x grid vertices over the canvas."""
    width, height = size
    x, y = np.meshgrid(np.linspace(0, width, grid), np.linspace(0, height, grid))
    count, kinds = grid * grid, len(BASES)
    xy = np.stack([x.ravel(), y.ravel()], 1)
    index = np.arange(count).reshape(grid, grid)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, :-1], index[1:, 1:]
    triangles = np.concatenate([np.stack(t, -1).reshape(-1, 3) for t in ((a, b, c), (b, d, c))])
    moves = rng.normal(0, 0.02 * height, (kinds, count, 3))
    bases, bases_scale = imx.quantise(moves, np.int16, 1 / 64)
    gains, gains_scale = imx.quantise(rng.normal(0, 0.02, (kinds + 2, count)), np.int8, 1 / 512)

    def row(r: int, c0: int, c1: int) -> npt.NDArray[np.uint16]:
        return index[r, c0:c1].astype(np.uint16)

    def lower(upper: npt.NDArray[np.uint16], r: int, c0: int, c1: int) -> npt.NDArray[np.uint16]:
        inner = index[r, c0 + 1 : c1 - 1].astype(np.uint16)
        return np.concatenate([upper[:1], inner, upper[-1:]])

    lip, right, left = row(6, 2, 7), row(3, 1, 4), row(3, 5, 8)
    ring = np.concatenate([index[0, :-1], index[:-1, -1], index[-1, :0:-1], index[:0:-1, 0]])
    return {
        "vertices": np.c_[xy, rng.normal(0, 1, count)].astype(np.float32),
        "uv": xy.astype(np.float32),
        "triangles": triangles.astype(np.uint16),
        "bases": bases,
        "bases_scale": bases_scale,
        "gains": gains,
        "gains_scale": gains_scale,
        "side": np.rint(255 * xy[:, 0] / width).astype(np.uint8),
        "head": np.rint(255 * (1 - xy[:, 1] / height)).astype(np.uint8),
        "breath": np.rint(255 * xy[:, 1] / height).astype(np.uint8),
        "frame": np.eye(3, dtype=np.float32),
        "pivot": np.array([width / 2, height * 0.8, 20], np.float32),
        "lip_upper": lip,
        "lip_lower": lower(lip, 7, 2, 7),
        "lip_outer": np.concatenate([row(5, 2, 7), row(8, 2, 7)[::-1]]),
        "eye_left_upper": left,
        "eye_left_lower": lower(left, 4, 5, 8),
        "eye_right_upper": right,
        "eye_right_lower": lower(right, 4, 1, 4),
        "oval": np.resize(ring, 36).astype(np.uint16),
    }


def _soft(rng: np.random.Generator, shape: tuple[int, ...]) -> npt.NDArray[np.float64]:
    """Smooth values 0..1."""
    height, width = shape[:2]
    y, x = np.mgrid[0:height, 0:width].reshape(2, height, width, *[1] * (len(shape) - 2))
    phase = rng.uniform(0, 6, shape[2:] or ())
    return 0.5 + 0.5 * np.sin(phase + 4 * x / width) * np.cos(phase + 3 * y / height)


def tiny_images(
    rng: np.random.Generator, size: tuple[int, int], scale: float, face: imx.Face
) -> dict[str, npt.NDArray[np.uint8]]:
    """A soft random picture for every texture the face needs."""
    images = {}
    for image in imx.IMAGES:
        eye = getattr(face.eyes, image.eye) if image.eye else None
        if image.eye and eye is None:
            continue
        if image.extent in ("lid", "patch"):
            x0, y0, x1, y1 = getattr(eye, image.extent)
            width, height = round((x1 - x0) * scale), round((y1 - y0) * scale)
        elif image.extent == "lashes":
            width, height = 160, 48
        elif image.extent == "canvas":
            width, height = size
        else:
            width, height = image.size or (round(size[0] * scale), round(size[1] * scale))
        if image.channels == "rgba":
            alpha = np.clip(_soft(rng, (height, width, 1)) * 3 - 1, 0, 1)
            pixels = np.concatenate([_soft(rng, (height, width, 3)) * alpha, alpha], 2)
        else:
            pixels = _soft(rng, (height, width, *([3] if image.channels == "rgb" else [])))
        images[image.name] = np.rint(255 * pixels).astype(np.uint8)
    return images


def tiny_model(
    seed: int = 0,
    *,
    size: tuple[int, int] = (64, 64),
    texture_scale: float = 2.0,
    eyes: tuple[bool, bool] = (True, True),
    grid: int = 9,
    roll: tuple[float, float] = (0.0, 0.0),
) -> imx.AvatarModel:
    """A small valid model; the same arguments make the same model.

    Args:
        seed: of the random values.
        size: canvas width and height, px, 32..2048.
        texture_scale: texture px per canvas px, 1..4.
        eyes: whether the character's left and right eye can be animated.
        grid: vertices per row and column, at least 9.
        roll: how its upper lids roll out, mm; (0, 0): they lie still.

    Returns:
        The model.
    """
    rng = np.random.default_rng(seed)
    width, height = size
    u, v = width / 64, height / 64

    def eye(x: float) -> imx.Eye:
        box = (round(x * u), round(20 * v), round((x + 20) * u), round(36 * v))
        return imx.Eye(
            lid=box,
            patch=box,
            iris=((x + 10) * u, 28 * v, 4 * u),
            down=(0, 1),
            lash=(40, 30, 30),
            roll=roll,
        )

    face = imx.Face(
        mm=0.4 * v,
        box=(4 * u, 4 * v, 60 * u, 62 * v),
        bases=tuple(imx.Basis(name=name, sided=sided) for name, sided in BASES),
        yaw_limit=7,
        pitch_limit=5,
        roll_limit=5,
        mouth=imx.Mouth(
            stomion=(32 * u, 50 * v, 0),
            lip=(170, 90, 90),
            cavity=(30, 10, 10),
            seam=(110, 50, 50),
            jaw=(0, 8 * v, 2 * v),
        ),
        eyes=imx.Eyes(left=eye(38) if eyes[0] else None, right=eye(6) if eyes[1] else None),
    )
    manifest = imx.Manifest(
        name="tiny",
        kind="drawn",
        canvas=size,
        texture_scale=texture_scale,
        generator="tests",
        created="2026-01-01T00:00:00Z",
        likeness=imx.Likeness(licence="none needed", source="synthetic"),
    )
    return imx.AvatarModel(
        manifest, face, tiny_rig(rng, size, grid), tiny_images(rng, size, texture_scale, face)
    )
