"""Says whether a picture can become a character, in words its owner understands.

Comes in: the picture and the landmarks of its face. Goes out: findings; the worst ones refuse.
Thresholds were set on 34 portraits (see docs/build.md) and on blurred, shrunk and covered copies.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from visavis.build.indices import EYE_LEFT, EYE_RIGHT, LIP_RINGS, OVAL
from visavis.build.subject import EYE_CORNERS_MM
from visavis.errors import UnsuitablePicture

Points = npt.NDArray[np.float64]
Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a picture.

    Attributes:
        code: short name: "small", "turned", "tilted", "cut-off", "blurred", "mouth-open",
            "mouth-covered", "eyes-shut", "several".
        refuses: no character is built because of it.
        message: what is wrong and what to do.
    """

    code: str
    refuses: bool
    message: str


@dataclass(frozen=True)
class Measures:
    """What the checks look at.

    Attributes:
        height: of the face, forehead to chin (landmarks 10, 152), px of the file.
        yaw: degrees the face is turned to its left (picture's right).
        pitch: degrees it looks down.
        roll: degrees it is tilted, clockwise in the picture.
        gap: between the lips, mm.
        eyes: opening of right and left eye by its width.
        sharpness: fine over coarse detail in the face; 0.77..1.1 in sharp photos, 0.6 when
            blurred by 1.2 mm, 0.45 by 2.6 mm.
        mouth_colour: how far the colour around the mouth is from that of forehead and cheeks.
        mouth_detail: detail in the lips by that in the eyes; 0.45..3.4 in bare faces.
        outside: greatest distance of the face's outline beyond the picture, in face heights.
    """

    height: float
    yaw: float
    pitch: float
    roll: float
    gap: float
    eyes: tuple[float, float]
    sharpness: float
    mouth_colour: float
    mouth_detail: float
    outside: float


def measure(rgb: Bytes, landmarks: Points, reduction: float = 1.0) -> Measures:
    """Measures a face.

    Args:
        rgb: uint8 (H, W, 3), upright.
        landmarks: float64 (478, 3), px of ``rgb``.
        reduction: px of the file per px of ``rgb``.
    """
    top, chin = landmarks[10], landmarks[152]
    across = landmarks[263] - landmarks[33]
    mm = float(np.linalg.norm(across)) / EYE_CORNERS_MM
    x = across / np.linalg.norm(across)
    y = (chin - top) - x * (x @ (chin - top))
    z = np.cross(x, y / np.linalg.norm(y))
    height = float(np.linalg.norm((chin - top)[:2]))
    oval = landmarks[OVAL, :2]
    beyond = np.maximum(-oval, oval - [rgb.shape[1], rgb.shape[0]]).max()
    return Measures(
        height=height * reduction,
        yaw=float(np.degrees(np.arctan2(-z[0], z[2]))),
        pitch=float(np.degrees(np.arctan2(-z[1], np.hypot(z[0], z[2])))),
        roll=float(np.degrees(np.arctan2(across[1], across[0]))),
        gap=float(np.linalg.norm(landmarks[13] - landmarks[14])) / mm,
        eyes=(_opening(landmarks, EYE_RIGHT), _opening(landmarks, EYE_LEFT)),
        sharpness=_sharpness(rgb, landmarks, height),
        mouth_colour=_mouth_colour(rgb, landmarks, height),
        mouth_detail=_mouth_detail(rgb, landmarks, mm),
        outside=max(0.0, float(beyond)) / height,
    )


def judge(m: Measures, kind: Literal["photo", "drawn"] = "photo") -> list[Finding]:
    """What is wrong, refusals first."""
    found = [*_size(m), *_cut_off(m)]
    if kind == "photo":
        found += [*_direction(m), *_mouth(m), *_eyes(m), *_blur(m)]
    return sorted(found, key=lambda f: not f.refuses)


def enforce(findings: Iterable[Finding]) -> list[Finding]:
    """Raises on refusals; returns the rest.

    Raises:
        UnsuitablePicture: with every reason to refuse.
    """
    findings = list(findings)
    reasons = [f.message for f in findings if f.refuses]
    if reasons:
        raise UnsuitablePicture(" ".join(reasons))
    return findings


def _size(m: Measures) -> list[Finding]:
    if m.height >= 160:
        return []
    advice = "Use the original photo instead of a reduced copy, or one taken closer."
    if m.height < 100:
        text = f"The face is too small: {m.height:.0f} px from forehead to chin, 100 are needed"
        return [Finding("small", True, f"{text} and 160 or more look right. {advice}")]
    text = f"The face is small ({m.height:.0f} px from forehead to chin) and will look soft."
    return [Finding("small", False, f"{text} {advice}")]


def _cut_off(m: Measures) -> list[Finding]:
    if m.outside > 0.12:
        text = "The face is cut off by the edge of the picture."
        return [Finding("cut-off", True, f"{text} Use one that shows the whole face.")]
    return []


def _direction(m: Measures) -> list[Finding]:
    advice = "Use a photo that looks at the camera."
    if abs(m.yaw) > 35:
        side = "left" if m.yaw > 0 else "right"
        text = f"The face is turned {abs(m.yaw):.0f}° to its {side}; up to 35° works."
        return [Finding("turned", True, f"{text} {advice}")]
    if abs(m.pitch) > 34:
        where = "down" if m.pitch > 0 else "up"
        text = f"The face looks {where} by {abs(m.pitch):.0f}°; up to 34° works."
        return [Finding("turned", True, f"{text} {advice}")]
    if abs(m.roll) > 25:
        text = f"The head is tilted by {abs(m.roll):.0f}°."
        return [Finding("tilted", False, f"{text} Turn the picture until it is upright.")]
    if abs(m.yaw) > 22 or abs(m.pitch) > 25:
        text = "The face is turned away: it can move its head only a little."
        return [Finding("turned", False, f"{text} {advice}")]
    return []


def _mouth(m: Measures) -> list[Finding]:
    if m.gap > 20:
        text = f"The mouth is wide open ({m.gap:.0f} mm between the lips; up to 20 mm works)."
        return [Finding("mouth-open", True, f"{text} Use a photo with the mouth shut or smiling.")]
    found = []
    if m.gap > 9:
        text = "The mouth is open: closed lips have to be made up."
        found.append(Finding("mouth-open", False, f"{text} Shut lips give the best character."))
    least = MOUTH_PLAIN if m.mouth_colour < MOUTH_OTHER else MOUTH_SEEN
    if m.mouth_colour > MOUTH_COVERED or m.mouth_detail < least:
        text = "The mouth seems to be covered (mask, hand, microphone, strong shadow)."
        advice = "If so, use a photo that shows the lips and the chin."
        found.append(Finding("mouth-covered", False, f"{text} {advice}"))
    return found


MOUTH_OTHER, MOUTH_COVERED = 24.0, 45.0
"""Distance in a*b* (CIELAB) between the skin around the mouth and the rest: a beard is as far in
strong contrast or warm light as the first, at most 40."""
MOUTH_PLAIN, MOUTH_SEEN = 0.27, 0.5
"""Detail in the lips, by that in the eyes, under which something seems to lie over them; the second
where the colour says so too. Bare lips have more in any light."""


def _eyes(m: Measures) -> list[Finding]:
    if max(m.eyes) > 0.13:
        return []
    text = "The eyes seem to be shut, and would stay so."
    return [Finding("eyes-shut", False, f"{text} Use a photo with open eyes.")]


def _blur(m: Measures) -> list[Finding]:
    advice = "Use a sharper photo."
    if m.sharpness < 0.46:
        text = "The face is too blurred for its lips and eyes to be found exactly."
        return [Finding("blurred", True, f"{text} {advice}")]
    if m.sharpness < 0.6:
        return [Finding("blurred", False, f"The face is blurred. {advice}")]
    return []


def _opening(landmarks: Points, eye: list[int]) -> float:
    """Height of an eye by its width; mean of the three middle pairs."""
    width = np.linalg.norm(landmarks[eye[0]] - landmarks[eye[8]])
    pairs = [(eye[k], eye[16 - k]) for k in (3, 4, 5)]
    heights = [np.linalg.norm(landmarks[a, :2] - landmarks[b, :2]) for a, b in pairs]
    return float(np.mean(heights) / max(width, 1e-6))


def _sharpness(rgb: Bytes, landmarks: Points, height: float) -> float:
    """Detail of 1..3 px over that of 2.5..6 px, in the face at 300 px height."""
    oval = landmarks[OVAL, :2]
    x0, y0 = np.maximum(oval.min(0), 0).astype(int)
    x1, y1 = np.maximum(oval.max(0), 8).astype(int)
    face = rgb[y0:y1, x0:x1]
    if min(face.shape[:2]) < 8:
        return 0.0
    k = 300 / height
    grey = cv2.cvtColor(face, cv2.COLOR_RGB2GRAY).astype(np.float32)
    method = cv2.INTER_AREA if k < 1 else cv2.INTER_CUBIC
    scaled = cv2.resize(grey, None, fx=k, fy=k, interpolation=method)

    def blurred(sigma: float) -> npt.NDArray[np.float32]:
        return np.asarray(cv2.GaussianBlur(scaled, (0, 0), sigma), np.float32)

    fine = np.percentile(np.abs(blurred(0.8) - blurred(3.0)), 98)
    coarse = np.percentile(np.abs(blurred(2.5) - blurred(6.0)), 97)
    return float(fine / max(float(coarse), 1e-3))


def _mouth_detail(rgb: Bytes, landmarks: Points, mm: float) -> float:
    """Detail of 1..4 mm in the lips by that in the eyes."""
    low = np.maximum(landmarks[OVAL, :2].min(0).astype(int), 0)
    high = np.maximum(landmarks[OVAL, :2].max(0).astype(int), low + 8)
    face = rgb[low[1] : high[1], low[0] : high[0]]
    if min(face.shape[:2]) < 8:
        return 1.0
    grey = cv2.cvtColor(face, cv2.COLOR_RGB2GRAY).astype(np.float32)
    fine = cv2.GaussianBlur(grey, (0, 0), 0.8 * mm) - cv2.GaussianBlur(grey, (0, 0), 4 * mm)
    grow = np.ones((int(3 * mm) | 1,) * 2, np.uint8)

    def mean(ring: list[int]) -> float:
        mask = np.zeros(grey.shape, np.uint8)
        cv2.fillPoly(mask, [np.round(landmarks[ring, :2] - low).astype(np.int32)], 1)
        inside = cv2.dilate(mask, grow) > 0
        return float(np.abs(fine)[inside].mean()) if inside.any() else 0.0

    return mean(LIP_RINGS[0]) / max(0.5, (mean(EYE_LEFT) + mean(EYE_RIGHT)) / 2)


_AROUND_MOUTH = [164, 165, 391, 18, 200, 199, 83, 313, 57, 287, 43, 273, 106, 335, 92, 322]
_BARE_SKIN = [151, 9, 108, 337, 50, 280, 101, 330, 117, 346, 118, 347, 6, 197]


def _mouth_colour(rgb: Bytes, landmarks: Points, height: float) -> float:
    """Distance of the median colours around the mouth and elsewhere, in a*b*."""
    half = max(1, int(height / 60))
    colours = []
    for group in (_AROUND_MOUTH, _BARE_SKIN):
        patches = []
        for x, y in np.round(landmarks[group, :2]).astype(int):
            patch = rgb[max(0, y - half) : y + half + 1, max(0, x - half) : x + half + 1]
            if patch.size:
                patches.append(patch.reshape(-1, 3).mean(0))
        if not patches:
            return 0.0
        mean = np.median(patches, 0).astype(np.float32) / 255
        lab = cv2.cvtColor(mean.reshape(1, 1, 3), cv2.COLOR_RGB2LAB)
        colours.append(np.asarray(lab, np.float64)[0, 0, 1:])
    return float(np.linalg.norm(colours[0] - colours[1]))
