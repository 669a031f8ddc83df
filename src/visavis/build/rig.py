"""The rig: mesh, bases and masks that turn a pose into vertex positions.

Comes in: a :class:`~visavis.build.subject.Subject`, where its teeth are, the face's triangles. Goes
out: :class:`FittedRig`, whose ``tensors`` are those of ``face/rig.safetensors``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from visavis import imx

from .bases import NAMES, SIDED, Bases, make_bases, skin_of
from .far_side import seen_triangles
from .held import freedom
from .indices import OVAL
from .mesh import Array, Ids, Mesh, build_mesh, depth_in
from .neutral import seam_bias, teeth_below_seam
from .seam import shut_landmarks
from .solve import Membrane
from .subject import Subject

SIDE_BLEND_MM = 8.0
"""Half the width over which the character's right becomes its left."""
_AROUND_MOUTH = [n for n in NAMES if n.startswith(("mouth", "jaw", "cheek"))]
_BROWS = [n for n in NAMES if n.startswith("brow")]
"""Bases that must not bend glasses from below, and from above."""
_RIM_MM = (8.0, 24.0)
"""Inside a rigid outline nothing moves up to the one, everything beyond the other."""
_STEP = 1 / 64
"""Step of a stored displacement, px: below what can be seen, and it packs well."""
_PLACE_STEP = 1 / 128
"""Step of a stored position, px."""


class Incisors(Protocol):
    """What the rig needs to know of teeth seen in the picture."""

    @property
    def tooth_h(self) -> float:
        """Incisal edge below the upper lip's inner contour, in the middle, mm."""


@dataclass(frozen=True)
class FittedRig:
    """A rig fitted to one picture. Lengths in canvas px unless said.

    Attributes:
        tensors: the tensors of ``face/rig.safetensors`` but the gains.
        bases: (name, sided) in the tensors' order; a sided one is stored without Left and Right.
        source: float64 (N, 3) vertices where the picture has them; x and y are the texture's.
        neutral: float64 (N, 3) vertices of the neutral face: mouth shut, smile taken out.
        moves: float64 (K, N, 3) the bases before they are packed.
        triangles: int32 (T, 3), painter's order.
        kind: uint8 (T,) see :mod:`visavis.build.mesh`.
        in_face: bool (N,) vertices of the face.
        head: float64 (N,) 0..1.
        frame: float64 (3, 3) columns the face's axes x right, y down, z away.
        pivot: float64 (3,) the head turns about it.
        mm: px per millimetre.
        gap: mm, inner lip gap in the picture.
        smile: 0..2 how much of a smile was taken out.
        seam_bias: 0..1 where between the parted lips the seam is.
        upper_edge: mm, incisal edge of the upper teeth below the seam.
        stomion: float64 (3,) middle of the neutral seam.
        jaw: float64 (3,) how jawOpen 1 moves the lower teeth.
        mouth_angle: rad, the mouth's axis against the frame's x.
        lip_upper, lip_lower, lip_outer: vertices of the lips' contours, as in the file.
        eye_left_upper, eye_left_lower, eye_right_upper, eye_right_lower: those of the lids.
        limits: degrees of yaw, pitch and roll that the picture bears.
    """

    tensors: dict[str, npt.NDArray[Any]]
    bases: list[tuple[str, bool]]
    source: Array
    neutral: Array
    moves: Array
    triangles: Ids
    kind: npt.NDArray[np.uint8]
    in_face: npt.NDArray[np.bool_]
    head: Array
    frame: Array
    pivot: Array
    mm: float
    gap: float
    smile: float
    seam_bias: float
    upper_edge: float
    stomion: Array
    jaw: Array
    mouth_angle: float
    lip_upper: Ids
    lip_lower: Ids
    lip_outer: Ids
    eye_left_upper: Ids
    eye_left_lower: Ids
    eye_right_upper: Ids
    eye_right_lower: Ids
    limits: tuple[float, float, float]


def smooth(low: float, high: float, x: Array) -> Array:
    """0 below ``low``, 1 above ``high``, smooth between."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t))


def fit_rig(subject: Subject, teeth: Incisors | None, topology: npt.ArrayLike) -> FittedRig:
    """Fit the rig to a picture.

    Args:
        subject: the framed picture and its landmarks.
        teeth: the upper teeth, where the picture shows them.
        topology: int (852, 3) the face's triangles over the first 468 landmarks.

    Returns:
        The rig.
    """
    mm, frame = subject.mm, subject.frame
    triangles = np.asarray(topology, np.int32)
    landmarks, gap = shut_landmarks(subject)
    mesh = build_mesh(landmarks, subject.size, mm, triangles)
    tooth_h = None if teeth is None else float(teeth.tooth_h)
    bias = seam_bias(gap, tooth_h)
    skin = skin_of(mesh, mm)
    side = _side(subject, mesh)
    bases = make_bases(mesh, skin, frame, mm, bias, side, subject.kind == "drawn")

    free = freedom(subject, mesh.source)
    if free is not None:
        for moved in (bases.close, *(bases.moves[n] for n in _AROUND_MOUTH)):
            moved *= free.below[:, None]
        for name in _BROWS:
            bases.moves[name] *= free.above[:, None]

    depth = _depth(mesh, skin, mm)
    source = mesh.source.copy()
    source[:, 2] = depth
    neutral = source + _to_neutral(bases, side)
    middle = (neutral[mesh.lip_upper] + neutral[mesh.lip_lower]) / 2
    neutral[mesh.lip_upper] = neutral[mesh.lip_lower] = middle
    bases.moves["mouthSmile"] *= bases.smile_reach  # from the neutral face on
    moves = np.stack([*(bases.moves[n] for n in NAMES[:-1]), source - neutral])
    if subject.rigid:
        moves *= _held(mesh, mm)[:, None]
    # What spans a hole goes with its borders; left where it was it would show beside shut lips.
    bridge, one, other = mesh.bridges.T
    for moved in (source, neutral, *moves):
        moved[bridge] = (moved[one] + moved[other]) / 2

    seen = seen_triangles(mesh, (source, neutral, *(neutral + moved for moved in moves)), mm)

    shut = (mesh.source + bases.close)[[13, 14]].mean(0)
    stomion = middle[len(middle) // 2]
    rise = float((shut - stomion) @ frame[:, 1] / mm)  # the teeth stay when the smile goes
    head = _head_weights(subject, mesh)
    pivot = subject.landmarks[152] * 0.6 + subject.landmarks[10] * 0.4
    pivot = pivot + frame[:, 2] * 70 * mm + frame[:, 1] * 20 * mm
    contours: dict[str, Ids] = {
        "lip_upper": mesh.lip_upper, "lip_lower": mesh.lip_lower, "lip_outer": mesh.lip_outer,
        "eye_left_upper": mesh.eyes["left"][0], "eye_left_lower": mesh.eyes["left"][1],
        "eye_right_upper": mesh.eyes["right"][0], "eye_right_lower": mesh.eyes["right"][1],
    }  # fmt: skip
    packed, scale = imx.quantise(moves, np.int16, _STEP)
    tensors: dict[str, npt.NDArray[Any]] = {
        "vertices": _places(neutral),
        "uv": _places(source[:, :2]),
        "triangles": mesh.triangles[seen].astype(np.uint16),
        "bases": packed,
        "bases_scale": scale,
        "side": _bytes(side),
        "head": _bytes(head),
        "breath": _bytes(_breath_weights(subject, mesh, head)),
        "frame": frame.astype(np.float32),
        "pivot": pivot.astype(np.float32),
        **{name: ids.astype(np.uint16) for name, ids in contours.items()},
        "oval": np.array(OVAL, np.uint16),
    }
    return FittedRig(
        tensors=tensors,
        bases=[(name, name in SIDED) for name in NAMES],
        source=source,
        neutral=neutral,
        moves=moves,
        triangles=mesh.triangles[seen],
        kind=mesh.kind[seen],
        in_face=mesh.in_face,
        head=head,
        frame=frame,
        pivot=pivot,
        mm=mm,
        gap=gap,
        smile=bases.own.smile,
        seam_bias=bias,
        upper_edge=teeth_below_seam(gap, tooth_h, float(frame[:2, 2] @ frame[:2, 1])) + rise,
        stomion=stomion,
        jaw=bases.jaw,
        mouth_angle=_mouth_angle(subject),
        limits=_limits(frame),
        **contours,
    )


def _held(mesh: Mesh, mm: float) -> Array:
    """How freely each vertex moves in a face whose outline keeps its shape, (N,) 0..1."""
    free = np.zeros(len(mesh.source))
    oval = mesh.source[OVAL, :2]
    depth = depth_in(mesh.source[mesh.in_face, :2], oval)
    free[mesh.in_face] = smooth(_RIM_MM[0] * mm, _RIM_MM[1] * mm, depth)
    return free


def _to_neutral(bases: Bases, side: Array) -> Array:
    """Displacement (N, 3) px from the picture to its neutral face."""
    smile = bases.own.smile_on(side)[:, None] * bases.moves["mouthSmile"]
    return bases.close + smile + bases.own.stretch_weight * bases.moves["mouthStretch"]


def _depth(mesh: Mesh, skin: Membrane, mm: float) -> Array:
    """Depth of every vertex (N,), smooth across the oval, where the landmarks' own is a cliff."""
    oval = mesh.source[OVAL]
    core = mesh.in_face.copy()
    core[core] = depth_in(mesh.source[core, :2], oval[:, :2]) > 9 * mm
    z = mesh.source[:, 2].copy()
    far = ~mesh.in_face & (mesh.oval_distance > 55 * mm)
    z[far] = oval[:, 2].mean() + 30 * mm
    known = np.flatnonzero(core | far)
    solved = skin.spread([dict(zip(known.tolist(), z[known, None], strict=True))], 1.5)
    return np.asarray(solved[0, :, 0])


def _below_chin(subject: Subject, mesh: Mesh) -> tuple[Array, Array]:
    """Each vertex below the chin, and beside it (absolute), mm."""
    rel = (mesh.source - subject.landmarks[152]) @ subject.frame / subject.mm
    return rel[:, 1], np.abs(rel[:, 0])


def _head_weights(subject: Subject, mesh: Mesh) -> Array:
    """1 on face and hair, 0 on the shoulders, (N,)."""
    below, beside = _below_chin(subject, mesh)
    head = 1 - smooth(-2, 85, below + np.maximum(0, beside - 75) * 0.5)
    head[mesh.in_face] = 1
    head[mesh.source[:, 1] > subject.size[1] - 2] = 0
    return head


def _breath_weights(subject: Subject, mesh: Mesh, head: Array) -> Array:
    """How breathing lifts the shoulders and, a little, the head, (N,) 0..1."""
    below, _ = _below_chin(subject, mesh)
    bottom = smooth(0.82, 1.0, mesh.source[:, 1] / subject.size[1])
    lift = smooth(15, 75, below) * (1 - 0.9 * bottom)
    lift[mesh.in_face | (mesh.source[:, 1] > subject.size[1] - 2)] = 0
    return np.asarray(np.clip(lift + 0.175 * head, 0, 1))


def _side(subject: Subject, mesh: Mesh) -> Array:
    """1 on the character's left (the picture's right), 0 on its right, (N,)."""
    face = mesh.source @ subject.frame / subject.mm
    line = face[[10, 9, 168, 6]].tolist()
    line += [face[[61, 291]].mean(0), face[152]]
    spine = np.array(line)
    middle = np.interp(face[:, 1], spine[:, 1], spine[:, 0])
    return smooth(-SIDE_BLEND_MM, SIDE_BLEND_MM, face[:, 0] - middle)


def _mouth_angle(subject: Subject) -> float:
    """The mouth's own tilt; 70 % of it, since teeth follow the skull as well as the lips."""
    mouth = subject.landmarks[291, :2] - subject.landmarks[61, :2]
    eyes = subject.frame[:2, 0]
    turn = np.arctan2(mouth[1], mouth[0]) - np.arctan2(eyes[1], eyes[0])
    return float(0.7 * turn)


def _limits(frame: Array) -> tuple[float, float, float]:
    """Degrees of yaw, pitch and roll either way: a face already turned bears less."""
    turned = float(np.degrees(np.arctan2(abs(frame[0, 2]), frame[2, 2])))
    nodded = float(np.degrees(np.arctan2(abs(frame[1, 2]), frame[2, 2])))
    yaw = np.clip(9.5 - 0.2 * max(turned - 6, 0), 4.0, 9.5)
    pitch = np.clip(7.0 - 0.12 * max(nodded - 12, 0), 4.0, 7.0)
    return float(yaw), float(pitch), 7.0


def _places(points: Array) -> npt.NDArray[np.float32]:
    return (np.rint(points / _PLACE_STEP) * _PLACE_STEP).astype(np.float32)


def _bytes(weights: Array) -> npt.NDArray[np.uint8]:
    return np.clip(np.round(weights * 255), 0, 255).astype(np.uint8)
