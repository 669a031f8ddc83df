"""An avatar's rig and its arithmetic in numpy.

Comes in: an avatar's rig tensors, a pose, a view. Goes out: :class:`Placed`: vertices, depth, gain,
contours and the mouth's axes in the output. ``rig_kernel`` does the same, compiled; one on a GPU or
in a browser does it in its vertex stage.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from visavis.imx import AvatarModel
from visavis.pose import INDEX, Pose, expand
from visavis.render.lids import RISEN_LOWER_LID, share
from visavis.render.view import View

Float = npt.NDArray[np.float32]

BREATH_MM = 1.3
"""How far the chest rises at breath = 1, mm (face-layers.md, 5)."""
HEAD_BREATH = 0.175
"""Share of it that lifts the head."""
EDGE_PX = 2.0
"""Vertices this near the canvas' edge must never come inside, or the picture's cut shows."""
DEPTH_PER_PX = 1e-5
GAIN_RANGE = (0.75, 1.3)


def _soft_limit(value: float, limit: float) -> float:
    """Follows values up to half the limit within 2 %, and approaches it without a corner."""
    if limit <= 0:
        return 0.0
    turns = min(max(value / limit, -1e6), 1e6)  # an absurd pose must not overflow
    return float(limit * turns / (1 + turns**4) ** 0.25)


@dataclass(frozen=True, slots=True)
class Placed:
    """What a pose makes of a rig, output px.

    Attributes:
        points: (N, 2) vertices.
        depth: (N,) distance from the camera, 1 at the head's centre.
        gain: (N,) brightness.
        contours: (C, 2) lips and lids.
        mouth_origin: (2,) the closed mouth's seam, on the skull.
        mouth_axes: (3, 2) the mouth's x, y, z per millimetre.
        jaw_shift: (2,) where the lower teeth have gone.
        opening: largest lip gap, px.
        turn: (3, 3) the head's rotation, from canvas to output px.
        whole: all of it in one array, as the kernel writes it; None: made by numpy.
    """

    points: Float
    depth: Float
    gain: Float
    contours: Float
    mouth_origin: Float
    mouth_axes: Float
    jaw_shift: Float
    opening: float
    turn: Float
    whole: Float | None = None


class RigArrays:
    """An avatar's rig, unpacked for arithmetic."""

    def __init__(self, model: AvatarModel) -> None:
        tensors, face = model.rig, model.face
        self.face = face
        self.canvas = tuple(model.manifest.canvas)
        self.neutral: Float = np.ascontiguousarray(tensors["vertices"], np.float32)
        self.count = len(self.neutral)

        def floats(name: str) -> Float:
            return np.asarray(tensors[name], np.float32)

        # one flat row a basis; they stay the file's whole numbers, a third of the memory
        self.scale = floats("bases_scale")
        self.bases: npt.NDArray[np.int16] = tensors["bases"].reshape(len(self.scale), -1)
        self.gains: npt.NDArray[np.int8] = tensors["gains"]
        self.gains_scale = floats("gains_scale")
        self.side: Float = floats("side")[:, None] * np.float32(1 / 255)
        self.head: Float = floats("head")[:, None] * np.float32(1 / 255)
        self.breath: Float = floats("breath") * np.float32(1 / 255)
        self.frame: Float = floats("frame")
        self._frame = self.frame.astype(np.float64)
        self.pivot: Float = floats("pivot")
        entries = [expand(basis.name) for basis in face.bases]
        angle = face.mouth.angle
        x, y, z = self.frame.T
        axes = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle), z
        stomion = np.array(face.mouth.stomion, np.float32) - self.pivot
        # the mouth's axes, where its seam is from the pivot, the way of the jaw: turned as one
        self._mouth = np.stack([*axes, stomion, face.mouth.jaw]).astype(np.float32)
        self.left = np.array([INDEX[e[0]] for e in entries])
        self.right = np.array([INDEX[e[-1]] for e in entries])
        self._squint = np.flatnonzero(self.left == INDEX["eyeSquintLeft"])
        self.contours = {
            name: tensors[name].astype(np.int64)
            for name in (
                "lip_upper", "lip_lower", "eye_left_upper", "eye_left_lower",
                "eye_right_upper", "eye_right_lower",
            )
        }  # fmt: skip
        # all of them in one look-up
        self._contours = np.concatenate(list(self.contours.values()))
        self.contour_count = len(self._contours)
        ends = np.cumsum([len(contour) for contour in self.contours.values()]).tolist()
        self._cuts = {
            name: slice(end - len(contour), end)
            for end, (name, contour) in zip(ends, self.contours.items(), strict=True)
        }
        self._corners = {
            side: self.neutral[self.contours[f"eye_{side}_upper"][[0, -1]], :2]
            for side in ("left", "right")
        }
        x, y = self.neutral[:, 0], self.neutral[:, 1]
        width, height = self.canvas
        self._edges = (
            np.flatnonzero(x < EDGE_PX),
            np.flatnonzero(x > width - EDGE_PX),
            np.flatnonzero(y < EDGE_PX),
            np.flatnonzero(y > height - EDGE_PX),
        )

    def head_motion(self, pose: Pose) -> tuple[Float, Float]:
        """Rotation (3, 3) in canvas space with its scale, and shift (3,) px, of a pose's head."""
        face = self.face
        yaw, pitch, roll = (
            math.radians(_soft_limit(float(pose[INDEX[name]]), limit))
            for name, limit in (
                ("headYaw", face.yaw_limit),
                ("headPitch", face.pitch_limit),
                ("headRoll", face.roll_limit),
            )
        )
        # about the face's y, then its x, then its z; written out, since numpy takes its time
        # over three by three numbers
        cos, sin = math.cos(yaw), math.sin(yaw)
        up, along = math.cos(pitch), math.sin(pitch)
        first = [cos, 0.0, -sin]
        second = [-along * sin, up, -along * cos]
        third = [up * sin, along, up * cos]
        cos, sin = math.cos(roll), math.sin(roll)
        turned = np.array(
            [
                [cos * a - sin * b for a, b in zip(first, second, strict=True)],
                [sin * a + cos * b for a, b in zip(first, second, strict=True)],
                third,
            ]
        )
        grow = 1 + float(pose[INDEX["headScale"]])
        rotation = self._frame @ turned @ self._frame.T * grow
        x, y = float(pose[INDEX["headX"]]) * face.mm, float(pose[INDEX["headY"]]) * face.mm
        shift = self._frame[:, 0] * x + self._frame[:, 1] * y
        return rotation.astype(np.float32), shift.astype(np.float32)

    def _weights(self, pose: Pose) -> tuple[Float, Float]:
        """(B,) of the character's left and right."""
        left, right = pose[self.left], pose[self.right]
        left[self._squint] += RISEN_LOWER_LID * share(pose[INDEX["eyeBlinkLeft"]])
        right[self._squint] += RISEN_LOWER_LID * share(pose[INDEX["eyeBlinkRight"]])
        return left, right

    def _deform(self, pose: Pose) -> Float:
        left, right = self._weights(pose)
        moved: Float = self.neutral + self._combined(right)
        difference = left - right
        if difference.any():
            moved += self.side * self._combined(difference)
        return moved

    def _combined(self, weights: Float) -> Float:
        """(N, 3) weighted sum of the bases, canvas px; those at rest cost nothing."""
        active = np.flatnonzero(weights)
        rows = self.bases[active].astype(np.float32)
        return np.asarray((weights * self.scale)[active] @ rows, np.float32).reshape(-1, 3)

    def _keep_edges(self, points: Float) -> None:
        left, right, top, bottom = self._edges
        width, height = self.canvas
        points[left, 0] = np.minimum(points[left, 0], 0)
        points[right, 0] = np.maximum(points[right, 0], width)
        points[top, 1] = np.minimum(points[top, 1], 0)
        points[bottom, 1] = np.maximum(points[bottom, 1], height)

    def _light(self, pose: Pose) -> Float:
        """(B + 2,) weights of the gains: each basis' mean of both sides, then the head's turn."""
        weights = np.empty(len(self.gains), np.float32)
        weights[:-2] = 0.5 * (pose[self.left] + pose[self.right])
        # the light follows the head as far as it turns, not as far as it was asked to
        weights[-2] = _soft_limit(float(pose[INDEX["headYaw"]]), self.face.yaw_limit)
        weights[-1] = _soft_limit(float(pose[INDEX["headPitch"]]), self.face.pitch_limit)
        return weights * self.gains_scale

    def _vertices(
        self, pose: Pose, view: View, head: tuple[Float, Float], lift: float
    ) -> tuple[Float, Float, Float]:
        """Points (N, 2) in output px, depth (N,), gain (N,)."""
        rotation, shift = head
        moved = self._deform(pose)
        relative = moved - self.pivot
        moved += self.head * (relative @ rotation.T - relative + shift)
        points = moved[:, :2]
        if lift:
            points[:, 1] -= (self.breath + HEAD_BREATH * self.head[:, 0]) * lift
        self._keep_edges(points)
        points = view.to_output(points)
        self._untangle_lips(points)
        depth = 1 + (moved[:, 2] - self.pivot[2]) * np.float32(DEPTH_PER_PX)
        light = self._light(pose)
        active = np.flatnonzero(light)
        gain = 1 + light[active] @ self.gains[active].astype(np.float32)
        return points, depth, np.asarray(np.clip(gain, *GAIN_RANGE), np.float32)

    def _untangle_lips(self, points: Float) -> None:
        """Lips touch but never cross: where they would, both meet halfway."""
        upper, lower = self.contours["lip_upper"], self.contours["lip_lower"]
        crossed = points[lower, 1] < points[upper, 1]
        if crossed.any():
            middle = (points[lower, 1] + points[upper, 1])[crossed] / 2
            points[lower[crossed], 1] = middle
            points[upper[crossed], 1] = middle

    def placed(self, pose: Pose, view: View) -> Placed:
        """As the kernel does it, which says what each is."""
        rotation, shift = self.head_motion(pose)
        mm, scale = self.face.mm, np.float32(view.scale)
        lift = float(pose[INDEX["breath"]]) * BREATH_MM * mm
        points, depth, gain = self._vertices(pose, view, (rotation, shift), lift)
        contours = points.take(self._contours, 0)
        upper, lower = contours[self._cuts["lip_upper"]], contours[self._cuts["lip_lower"]]
        turned = (self._mouth @ rotation.T)[:, :2] * scale
        origin = turned[3] + view.to_output(self.pivot[:2] + shift[:2])
        origin[1] -= HEAD_BREATH * lift * view.scale
        return Placed(
            points=points,
            depth=depth,
            gain=gain,
            contours=contours,
            mouth_origin=origin,
            mouth_axes=turned[:3] * np.float32(mm),
            jaw_shift=turned[4] * pose[INDEX["jawOpen"]],
            opening=float((lower[:, 1] - upper[:, 1]).max()),
            turn=rotation * scale,
        )
