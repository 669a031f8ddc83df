"""The JSON documents of an avatar file as typed, frozen models.

Comes in: values from a builder, or JSON from a file. Goes out: `Manifest`, `Face`, `LipSync` and
their parts. Numbers are finite and inside the stated ranges; lengths are canvas px unless said;
colours are 8-bit sRGB. Unknown fields are refused, except by the reader of a newer minor version.
"""

from __future__ import annotations

from math import hypot
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

from visavis.imx.table import (
    CANVAS_SIDE,
    FAR,
    FORMAT,
    MAJOR,
    MAX_MEMBERS,
    MAX_NAME,
    MAX_PIXELS,
    MEMBER_NAME,
    MINOR,
    SYMBOLS,
    TEXTURE_SCALE,
)
from visavis.pose import INDEX


def _plain(value: Any) -> Any:
    """Numbers of numpy and its arrays as Python's own numbers and tuples."""
    if isinstance(value, (list, tuple)):
        return tuple(_plain(v) for v in value)
    value = value.tolist() if hasattr(value, "tolist") else value
    return tuple(value) if isinstance(value, list) else value


_Numpy = BeforeValidator(_plain)
Coordinate = Annotated[float, _Numpy, Field(ge=-FAR, le=FAR)]
Channel = Annotated[float, _Numpy, Field(ge=0, le=255)]
Point = Annotated[tuple[Coordinate, Coordinate, Coordinate], _Numpy]
Box = Annotated[tuple[Coordinate, Coordinate, Coordinate, Coordinate], _Numpy]
Colour = Annotated[tuple[Channel, Channel, Channel], _Numpy]
LidHeight = Annotated[float, _Numpy, Field(ge=0, le=40)]
Degrees = Annotated[float, _Numpy, Field(ge=0, le=10)]
Text = Annotated[str, StringConstraints(max_length=2000)]
Label = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
Path = Annotated[str, StringConstraints(max_length=MAX_NAME, pattern=f"^{MEMBER_NAME}$")]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Time = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]
Side = Annotated[int, _Numpy, Field(ge=CANVAS_SIDE[0], le=CANVAS_SIDE[1])]


def _ordered(box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    if box[0] >= box[2] or box[1] >= box[3]:
        raise ValueError("a box is [x0, y0, x1, y1] with x0 < x1 and y0 < y1")
    return box


class Document(BaseModel):
    """Base: frozen, no unknown fields, no NaN or infinity."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Member(Document):
    """What the manifest says of another member.

    Attributes:
        sha256: of its unpacked bytes, lower-case hexadecimal.
        bytes: its unpacked size.
    """

    sha256: Digest
    bytes: Annotated[int, Field(ge=1)]


class Likeness(Document):
    """Whose likeness it is and what allows its use; free text, empty when unknown.

    Attributes:
        licence: of the source picture.
        consent: of the person shown.
        source: where the picture comes from.
    """

    licence: Text | None = None
    consent: Text | None = None
    source: Text | None = None


class Manifest(Document):
    """manifest.json: what the file is.

    Attributes:
        name: the character's name.
        kind: "photo", "video" or "drawn".
        canvas: width and height of the picture, px.
        texture_scale: texture px per canvas px of the person and eye textures.
        fps: frame rate it is shown at unless another is asked for, 1/s.
        generator: program that wrote it; filled in on writing when empty.
        created: ISO 8601, UTC, whole seconds (``2026-01-31T12:00:00Z``); filled in on writing
            when None. Given, the same content makes the same bytes.
        likeness: licence, consent and source.
        members: path to size and checksum of every other member; filled in on writing.
        format: always "visavis-imx".
        version: "major.minor".
    """

    format: Literal["visavis-imx"] = FORMAT
    version: Annotated[str, StringConstraints(pattern=r"^\d{1,4}\.\d{1,4}$")] = f"{MAJOR}.{MINOR}"
    name: Label
    kind: Literal["photo", "video", "drawn"] = "photo"
    canvas: Annotated[tuple[Side, Side], _Numpy]
    texture_scale: Annotated[float, _Numpy, Field(ge=TEXTURE_SCALE[0], le=TEXTURE_SCALE[1])] = 2.0
    fps: Annotated[float, _Numpy, Field(ge=1, le=120)] = 25
    generator: Label = ""
    created: Time | None = None
    likeness: Likeness = Likeness()
    members: Annotated[dict[Path, Member], Field(max_length=MAX_MEMBERS)] = {}

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if self.texture_size[0] * self.texture_size[1] > MAX_PIXELS:
            raise ValueError(f"canvas at texture_scale has more than {MAX_PIXELS} pixels")
        return self

    @property
    def texture_size(self) -> tuple[int, int]:
        """Width and height of the person texture, px."""
        width, height = self.canvas
        return round(width * self.texture_scale), round(height * self.texture_scale)


class Basis(Document):
    """One row of the tensor `bases`.

    Attributes:
        name: the pose entry that drives it; for a sided one without Left or Right.
        sided: whether it moves by wLeft * side + wRight * (1 - side).
    """

    name: str
    sided: bool = False

    @model_validator(mode="after")
    def _known(self) -> Self:
        entries = (self.name + "Left", self.name + "Right") if self.sided else (self.name,)
        if any(entry not in INDEX for entry in entries):
            raise ValueError(f"{self.name[:40]!r} (sided: {self.sided}) names no pose entry")
        return self


class Mouth(Document):
    """How the inside of the mouth is placed and shaded.

    Attributes:
        stomion: middle of the neutral seam, canvas px.
        angle: of the mouth's axis against the frame's x, rad.
        gap: inner lip gap of the source picture, mm.
        own_teeth: whether the upper teeth are the picture's own.
        upper_edge: upper incisal edge below the seam, mm.
        arc: curve of the own tooth row, 1/mm.
        lip: lip colour.
        cavity: colour of the dark.
        seam: colour between closed lips.
        jaw: displacement of the lower teeth at jawOpen 1, px.
        soft_px: softness of the lip edge, px.
    """

    stomion: Point
    angle: Annotated[float, _Numpy, Field(ge=-3.15, le=3.15)] = 0.0
    gap: Annotated[float, _Numpy, Field(ge=0, le=60)] = 0.0
    own_teeth: Annotated[bool, _Numpy] = False
    upper_edge: Annotated[float, _Numpy, Field(ge=-20, le=20)] = 2.0
    arc: Annotated[float, _Numpy, Field(ge=-1, le=1)] = 0.0
    lip: Colour
    cavity: Colour
    seam: Colour
    jaw: Point
    soft_px: Annotated[float, _Numpy, Field(ge=0, le=64)] = 0.55


class Eye(Document):
    """One eye that can be animated.

    Attributes:
        lid: box [x0, y0, x1, y1] the lid texture fills, canvas px.
        patch: box the white, iris and glint textures fill, canvas px.
        iris: centre x, y and radius, canvas px.
        down: unit vector of the lid's closing.
        lash: lash colour.
        roll: (a, b) mm above the upper lid's margin: up to a the lid's skin comes down with the
            margin, from there to b it is stretched; b = 0 where the lid's texture lies still.
    """

    lid: Box
    patch: Box
    iris: tuple[Coordinate, Coordinate, Annotated[float, _Numpy, Field(gt=0, le=512)]]
    down: Annotated[tuple[Coordinate, Coordinate], _Numpy]
    lash: Colour
    roll: Annotated[tuple[LidHeight, LidHeight], _Numpy] = (0.0, 0.0)

    _boxes = field_validator("lid", "patch")(_ordered)
    _iris = field_validator("iris", mode="before")(_plain)

    @field_validator("down")
    @classmethod
    def _unit(cls, down: tuple[float, float]) -> tuple[float, float]:
        if abs(hypot(*down) - 1) > 0.01:
            raise ValueError("must be a unit vector")
        return down


class Eyes(Document):
    """Both eyes, the character's own left and right; None must not be animated."""

    left: Eye | None
    right: Eye | None


class Face(Document):
    """face/face.json: what the rig's arrays do not say.

    Attributes:
        mm: canvas px per millimetre.
        box: bounds [x0, y0, x1, y1] of the face oval, canvas px.
        bases: what drives each row of the tensor `bases`, in order.
        yaw_limit: head turn the picture bears, ± degrees.
        pitch_limit: nod it bears, ± degrees.
        roll_limit: tilt it bears, ± degrees.
        mouth: the mouth.
        eyes: the eyes.
    """

    mm: Annotated[float, _Numpy, Field(ge=0.05, le=50)]
    box: Box
    bases: Annotated[
        tuple[Basis, ...], Field(min_length=SYMBOLS["K"][0], max_length=SYMBOLS["K"][1])
    ]
    yaw_limit: Degrees
    pitch_limit: Degrees
    roll_limit: Degrees
    mouth: Mouth
    eyes: Eyes

    _box = field_validator("box")(_ordered)

    @field_validator("bases")
    @classmethod
    def _once(cls, bases: tuple[Basis, ...]) -> tuple[Basis, ...]:
        if len({basis.name for basis in bases}) < len(bases):
            raise ValueError("two bases have the same name")
        return bases


class LipSync(Document):
    """lipsync/lipsync.json: how this character's mouth answers the speech network.

    Attributes:
        gain: of the opening.
        rest: opening at rest.
        closure: strength of p, b, m closures.
        width: of the lips' spreading and rounding.
        smile: added while speaking.
    """

    gain: Annotated[float, _Numpy, Field(ge=0, le=4)] = 1.0
    rest: Annotated[float, _Numpy, Field(ge=-1, le=1)] = 0.0
    closure: Annotated[float, _Numpy, Field(ge=0, le=4)] = 1.0
    width: Annotated[float, _Numpy, Field(ge=0, le=4)] = 1.0
    smile: Annotated[float, _Numpy, Field(ge=-1, le=1)] = 0.0
