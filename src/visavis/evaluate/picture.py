"""Artefacts as figures: what a critical viewer would point at, measured on drawn pictures.

Comes in: an avatar, and the photo it was made from where that is at hand. Goes out:
:class:`PictureReport`, figures beside the bars they must keep. What each means: docs/picture.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from visavis.evaluate import likeness as like
from visavis.evaluate import seams, steadiness
from visavis.evaluate.stage import Stage

if TYPE_CHECKING:
    from visavis.avatar import Avatar

BARS: Mapping[str, float] = {
    "ssim": 0.98,
    "drift": 1.0,
    "background": 0.5,
    "flicker": 0.8,
    "sharpness": 0.10,
    "lip_gap": 0.02,
    "silence": 0.01,
    "mouth_corner": 20.0,
    "lid_edge": 4.0,
    "matte_edge": 6.0,
    "canvas_edge": 2.0,
}
"""What may not be exceeded; of "ssim", what must be reached. Units as in PictureReport."""

SIZE = (512, 512)


@dataclass(frozen=True)
class PictureReport:
    """What was measured; None where it does not apply.

    Attributes:
        ssim: likeness at rest outside the mouth, 0..1; without a source, or with one whose mouth
            is open (closing it changes more than the mouth), it is not judged.
        ssim_face: the same in the face alone; not judged.
        drift: of the landmarks at rest, mm.
        background: change of the still background, grey levels.
        flicker: mean second difference in time of the upper face without the eyes, laid back on
            the face at rest, grey levels.
        unrest: the same as seen, with the head's own acceleration; not judged.
        sharpness: how far sharpness strays while the head moves, as a part of it.
        lip_gap: largest gap at p, b, m, mm (0.02 is a thirtieth of a pixel).
        silence: range of the mouth's gap in silence, as a part of the face's height.
        mouth_corner: steepness at the mouth's corners beyond that at rest, grey levels per px.
        lid_edge: steepness a closed lid brings to the skin around, grey levels per px.
        matte_edge: rim around the turned head, grey levels.
        canvas_edge: step at the canvas' edge in a wide frame, grey levels.
        closed: whether the source's mouth is shut; without, closing it changes the face.
    """

    ssim: float | None
    ssim_face: float | None
    drift: float | None
    background: float | None
    flicker: float
    unrest: float
    sharpness: float
    lip_gap: float
    silence: float
    mouth_corner: float
    lid_edge: float | None
    matte_edge: float | None
    canvas_edge: float | None
    closed: bool

    def figures(self) -> dict[str, float | None]:
        """Name to figure, without ``closed``."""
        values = asdict(self)
        del values["closed"]
        return values

    def failed(self) -> list[str]:
        """Names of the bars that are missed."""
        missed = []
        for name, bar in BARS.items():
            value = self.figures()[name]
            if value is None or (name in ("ssim", "drift") and not self.closed):
                continue
            if value < bar if name == "ssim" else value > bar:
                missed.append(name)
        return missed


def measure_picture(
    avatar: Avatar,
    source: like.Reference | None = None,
    *,
    seed: int = 1,
    progress: Callable[[float, float], None] | None = None,
) -> PictureReport:
    """Measure an avatar's picture at 512x512, 25 fps.

    Args:
        avatar: whom.
        source: what it was built from, from :func:`visavis.evaluate.reference`.
        seed: of the movement beside the mouth.
        progress: called with the part done and the whole.

    Returns:
        The figures.
    """
    say = progress or (lambda part, whole: None)
    stage = Stage(avatar, SIZE)
    poses = steadiness.speech_poses(stage, seed)
    whole = len(poses) + 60
    pictures = []
    for index, pose in enumerate(poses):
        pictures.append(stage.grey(pose))
        say(index + 1, whole)
    drawn, unrest = steadiness.flicker(stage, poses, pictures)
    background = steadiness.background_change(stage, pictures)
    alike = None if source is None else like.likeness(avatar, source)
    say(len(poses) + 20, whole)
    report = PictureReport(
        ssim=None if alike is None else alike.ssim,
        ssim_face=None if alike is None else alike.ssim_face,
        drift=None if alike is None else alike.drift,
        background=background,
        flicker=drawn,
        unrest=unrest,
        sharpness=steadiness.sharpness_change(stage),
        lip_gap=steadiness.lip_gap(stage, poses),
        silence=steadiness.mouth_in_silence(stage, seed),
        mouth_corner=seams.mouth_corner(stage),
        lid_edge=seams.lid_edge(stage),
        matte_edge=seams.matte_edge(stage),
        canvas_edge=seams.canvas_edge(stage),
        closed=avatar.model.face.mouth.gap <= like.CLOSED_MM,
    )
    say(whole, whole)
    return report
