"""The one table of what an avatar file holds; checking, writing and the format page follow it.

Comes in: nothing. Goes out: the members, the tensors with dtype, shape, unit and range, and the
limits. Shapes use symbols (N vertices, T triangles, K bases, L and M lip points, E lid points);
``K+2`` is allowed. `docs/imx-format.md` shows the same table, a test compares them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

FORMAT: Final = "visavis-imx"
"""What `format` in the manifest says."""

MAJOR, MINOR = 1, 0
"""The version written here; any other major is refused, newer minors are read."""

MANIFEST, FACE, RIG, LIPSYNC = (
    "manifest.json",
    "face/face.json",
    "face/rig.safetensors",
    "lipsync/lipsync.json",
)

KIB, MIB = 1 << 10, 1 << 20
MAX_FILE = 48 * MIB
"""Bytes of a whole file."""
MAX_MEMBERS = 64
MAX_UNPACKED = 64 * MIB
"""Bytes of all members together, unpacked."""
MAX_RATIO = 500
"""Unpacked to packed bytes of a deflated member."""
MAX_JSON, MAX_JSON_DEPTH = 64 * KIB, 12
MAX_TENSOR_HEADER = 32 * KIB
MAX_RIG = 12 * MIB
MAX_MEMBER = 16 * MIB
"""Bytes of a member this version does not know."""
CANVAS_SIDE = (32, 2048)
TEXTURE_SCALE = (1.0, 4.0)
MAX_PIXELS = 4096 * 2048
"""Pixels of the largest texture."""
MEMBER_NAME = r"[a-z0-9_]+(/[a-z0-9_]+)*\.[a-z0-9]+"
"""Regular expression of a member's path."""
MAX_NAME = 80
"""Characters of a member's path."""

SYMBOLS: dict[str, tuple[int, int, str]] = {
    "N": (3, 20000, "vertices"),
    "T": (1, 40000, "triangles"),
    "K": (1, 64, "bases"),
    "L": (3, 128, "inner lip points (21)"),
    "M": (3, 256, "outer lip points"),
    "E": (3, 128, "lid points (17)"),
}
"""Symbol to smallest value, largest value and meaning."""

Dtype = Literal["F32", "I16", "I8", "U16", "U8"]


@dataclass(frozen=True)
class Tensor:
    """One array of face/rig.safetensors.

    Attributes:
        name: its key.
        dtype: in safetensors' spelling.
        shape: numbers and symbols of SYMBOLS.
        unit: what a value counts.
        low: smallest allowed value (NaN and infinity never are).
        high: largest allowed value; for vertex indices also smaller than N.
        meaning: one line.
        indexes: whether the values are vertex numbers.
    """

    name: str
    dtype: Dtype
    shape: tuple[int | str, ...]
    unit: str
    low: float
    high: float
    meaning: str
    indexes: bool = False


FAR = 16384.0
"""Largest absolute canvas coordinate, px."""


def _contour(name: str, symbol: str | int, meaning: str) -> Tensor:
    return Tensor(name, "U16", (symbol,), "vertex", 0, 65535, meaning, indexes=True)


_LID = "lid margin, image-left to image-right, corners included"

TENSORS: tuple[Tensor, ...] = (
    Tensor("vertices", "F32", ("N", 3), "canvas px", -FAR, FAR, "neutral face: mouth shut"),
    Tensor("uv", "F32", ("N", 2), "canvas px", -FAR, FAR, "place in the person texture"),
    Tensor(
        "triangles", "U16", ("T", 3), "vertex", 0, 65535,
        "corners; drawn in this order, later over earlier", indexes=True,
    ),
    Tensor(
        "bases", "I16", ("K", "N", 3), "`bases_scale` px", -32768, 32767,
        "displacement at weight 1 = bases · bases_scale",
    ),
    Tensor("bases_scale", "F32", ("K",), "px", 0, 16, "px per step of each basis"),
    Tensor(
        "gains", "I8", ("K+2", "N"), "`gains_scale`", -128, 127,
        "brightness change at weight 1; the last two rows per degree of headYaw, headPitch",
    ),
    Tensor("gains_scale", "F32", ("K+2",), "1", 0, 1, "change per step of each row"),
    Tensor(
        "side", "U8", ("N",), "1/255", 0, 255, "255 the character's left … 0 its right, smooth"
    ),
    Tensor("head", "U8", ("N",), "1/255", 0, 255, "how much of the head's motion it follows"),
    Tensor("breath", "U8", ("N",), "1/255", 0, 255, "255 rises 1.3 mm at breath = 1"),
    Tensor(
        "frame", "F32", (3, 3), "1", -1.01, 1.01,
        "columns: the face's unit axes x right, y down, z away, in canvas space",
    ),
    Tensor("pivot", "F32", (3,), "canvas px", -FAR, FAR, "centre of the head's rotation"),
    _contour("lip_upper", "L", "inner upper lip, image-left to image-right, corners included"),
    _contour("lip_lower", "L", "inner lower lip, the same way, the same corners"),
    _contour("lip_outer", "M", "outer lip contour, closed"),
    _contour("eye_left_upper", "E", f"left upper {_LID}"),
    _contour("eye_left_lower", "E", f"left lower {_LID}"),
    _contour("eye_right_upper", "E", f"right upper {_LID}"),
    _contour("eye_right_lower", "E", f"right lower {_LID}"),
    _contour("oval", 36, "face oval, closed"),
)  # fmt: skip
"""Everything in face/rig.safetensors; all are required."""

Channels = Literal["rgb", "rgba", "grey"]
Extent = Literal["canvas", "texture", "lid", "patch", "fixed", "lashes"]


@dataclass(frozen=True)
class Image:
    """One texture of appearance/.

    Attributes:
        name: its key, and its file name without `.webp`.
        channels: rgb; rgba premultiplied; or grey (stored as RGB with equal channels).
        extent: what gives its size: the canvas; the canvas at texture_scale; the eye's lid or
            patch box at texture_scale; `size`; or, for lashes, a range.
        size: width and height, px, where the extent is "fixed".
        quality: WebP quality it is written with, 0..100.
        eye: "left" or "right" where it belongs to one; absent when that eye is null.
        meaning: one line.
    """

    name: str
    channels: Channels
    extent: Extent
    quality: int
    meaning: str
    size: tuple[int, int] | None = None
    eye: Literal["left", "right"] | None = None

    @property
    def path(self) -> str:
        """The member's path."""
        return f"appearance/{self.name}.webp"


LASH_ROWS = (8, 128)
"""Rows of a lash texture (48): from 0.8 mm before the lid's margin to 3 mm beyond it."""
LASH_COLUMNS = (16, 512)
"""Columns of a lash texture (160): along the margin, image-left to image-right."""


def _eye(side: Literal["left", "right"]) -> tuple[Image, ...]:
    return (
        Image(f"lid_{side}", "rgba", "lid", 96, "skin of the lid, eye erased", eye=side),
        Image(
            f"lashes_{side}",
            "grey",
            "lashes",
            92,
            "opacity of the lashes on the closing lid",
            eye=side,
        ),
        Image(f"eye_{side}_white", "rgb", "patch", 96, "the eye without its iris", eye=side),
        Image(f"eye_{side}_iris", "rgba", "patch", 96, "the iris disc, whole", eye=side),
        Image(f"eye_{side}_glint", "rgb", "patch", 96, "catch light, added", eye=side),
    )


IMAGES: tuple[Image, ...] = (
    Image("person", "rgba", "texture", 95, "person, mouth shut, smile and hole repaired"),
    Image("background", "rgb", "canvas", 96, "the picture without the person"),
    Image("teeth_upper", "rgba", "fixed", 96, "48 x 16 mm, incisal edge at y = 112", (384, 128)),
    Image("teeth_lower", "rgba", "fixed", 96, "48 x 12 mm, incisal edge at y = 16", (384, 96)),
    Image("tongue", "rgba", "fixed", 96, "body, 34 x 14 mm, back at the top", (272, 112)),
    Image("tongue_tip", "rgba", "fixed", 96, "tip between the teeth, 20 x 14 mm", (160, 112)),
    *_eye("left"),
    *_eye("right"),
)
"""Everything in appearance/; all are required but those of a null eye."""

IMAGE_BY_PATH: dict[str, Image] = {image.path: image for image in IMAGES}


def extent(dimension: int | str, symbols: dict[str, int]) -> int:
    """The number a dimension stands for.

    Args:
        dimension: a number, a symbol, or `symbol+number`.
        symbols: value of each symbol.

    Returns:
        The size along that axis.
    """
    if isinstance(dimension, int):
        return dimension
    symbol, _, more = dimension.partition("+")
    return symbols[symbol] + int(more or 0)


def shape_text(shape: tuple[int | str, ...]) -> str:
    """A shape as the format page writes it, such as ``(K, N, 3)``."""
    return "(" + ", ".join(map(str, shape)) + ("," if len(shape) == 1 else "") + ")"
