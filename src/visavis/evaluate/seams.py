"""Edges nobody should see: where one layer of the picture ends and another begins.

Comes in: a :class:`~visavis.evaluate.stage.Stage`. Goes out: grey levels per pixel, or grey
levels, that the seam adds to what the photo itself has there; larger is worse.
"""

from __future__ import annotations

import cv2
import numpy as np

from visavis.evaluate.stage import Grey, Mask, Stage, gradient, grown, luma
from visavis.pose import Pose, make

WIDE = (1280, 720)
LID_MM = (3.0, 12.0)
"""Ring around an eye's opening in which closed-lid skin must fade out."""
SLACK_MM = 1.2
"""How far an edge may move and still be the same edge."""
CORNER_MM = 5.0
RIM_MM = 2.5
"""How far person and background are looked at on both sides of the matte's edge."""
VISEMES = ("aa", "E", "oh", "ou", "SS", "CH")


def lid_edge(stage: Stage) -> float | None:
    """Steepest edge that shut eyes have and open ones have not, grey levels per px.

    In a ring of 3 to 12 mm around each opening: by how much the gradient of the face with eyes
    shut exceeds the largest one within 1.2 mm with eyes open; the 99.5th percentile of the worse
    eye. Skin that takes over softly adds none, a patch ends in a line.

    Returns:
        Grey levels per px; None where no eye closes.
    """
    kernel = np.ones((2 * round(SLACK_MM * stage.mm) + 1,) * 2, np.uint8)
    there = cv2.dilate(gradient(stage.grey(make())), kernel)
    added = gradient(stage.grey(make(eyeBlink=1.0))) - there
    worst = None
    for side, eye in stage.rest.eyes.items():
        if eye is None:
            continue
        opening = stage.opening(side)
        ring = grown(opening, LID_MM[1] * stage.mm) & ~grown(opening, LID_MM[0] * stage.mm)
        if ring.any():
            worst = max(worst or 0.0, float(np.percentile(added[ring], 99.5)))
    return worst


def mouth_corner(stage: Stage) -> float:
    """Steepest edge at the corners of the speaking mouth beyond those at rest, grey levels per px.

    98th percentile of the gradient within 5 mm of each corner, less the same at rest; the worst
    of both corners and six visemes. A claw, a smear or a cut lip end is steep.
    """
    from visavis.motion import VISEMES as POSES

    def steep(pose: Pose) -> list[float]:
        edges = gradient(stage.grey(pose))
        upper = stage.renderer.geometry(pose).lip_upper
        y, x = np.indices(edges.shape)
        found = []
        for corner in (upper[0], upper[-1]):
            near = np.hypot(x + 0.5 - corner[0], y + 0.5 - corner[1]) < CORNER_MM * stage.mm
            found.append(float(np.percentile(edges[near], 98)) if near.any() else 0.0)
        return found

    rest = steep(make())
    return max(
        max(now - before for now, before in zip(steep(POSES[name]), rest, strict=True))
        for name in VISEMES
    )


def matte_edge(stage: Stage) -> float | None:
    """Rim around the turned head, lighter or darker than both sides of it, grey levels.

    Along the edge of the person's alpha: by how much a pixel lies outside what person and
    background are within 2.5 mm; the 95th percentile with the head turned 5°, less the same at
    rest, where the photo itself is seen; the worse of both turns.

    Returns:
        Grey levels; None where the picture has no edge.
    """
    clear = stage.avatar.renderer(stage.size, "rgba", background="transparent")

    def rim(pose: Pose) -> float | None:
        alpha = np.asarray(clear.draw(pose)[..., 3] / np.float32(255), np.float32)
        band = (alpha > 0.05) & (alpha < 0.95)
        if band.sum() < 50:
            return None
        return overshoot(stage.grey(pose), alpha, band, RIM_MM * stage.mm)

    rest = rim(make())
    turned = [rim(make(headYaw=yaw)) for yaw in (-5.0, 5.0)]
    if rest is None or None in turned:
        return None
    return max(0.0, max(value for value in turned if value is not None) - rest)


def overshoot(picture: Grey, alpha: Grey, band: Mask, px: float) -> float:
    """By how much pixels of a band lie outside what is on both its sides, grey levels.

    Args:
        picture: (h, w) 0..255.
        alpha: (h, w) 0..1, the person's.
        band: which pixels.
        px: how far both sides are looked at.

    Returns:
        The 95th percentile.
    """
    kernel = np.ones((2 * round(px) + 1,) * 2, np.uint8)
    inner, outer = alpha > 0.95, alpha < 0.05
    known = inner | outer
    high = cv2.dilate(np.where(known, picture, 0).astype(np.float32), kernel)
    low = cv2.erode(np.where(known, picture, 255).astype(np.float32), kernel)
    beside = cv2.dilate(known.astype(np.uint8), kernel) > 0
    seen = band & beside
    if not seen.any():
        return 0.0
    excess = np.maximum(picture - high, low - picture)[seen]
    return float(np.percentile(np.maximum(excess, 0), 95))


def canvas_edge(stage: Stage) -> float | None:
    """Step where the picture's own canvas ends in a 1280x720 frame, grey levels.

    Mean over the rows of the step across the canvas' left and right edge, less the median of the
    steps 2 to 10 px beside it; at rest and with the head turned 5°; the worst.

    Returns:
        Grey levels; None where the canvas fills the frame.
    """
    wide = Stage(stage.avatar, WIDE)
    view, width = wide.renderer.view, stage.avatar.size[0]
    edges = [round(view.offset[0]), round(view.offset[0] + width * view.scale)]
    edges = [x for x in edges if 12 <= x <= WIDE[0] - 12]
    if not edges:
        return None
    worst = 0.0
    for yaw in (0.0, -5.0, 5.0):
        steps = np.abs(np.diff(luma(wide.draw(make(headYaw=yaw))), axis=1)).mean(0)
        for x in edges:
            beside = np.concatenate([steps[x - 11 : x - 3], steps[x + 2 : x + 10]])
            worst = max(worst, float(steps[x - 2 : x + 1].max() - np.median(beside)))
    return worst
