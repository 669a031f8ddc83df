"""What decides the weights besides the data: the two trainings of the student.

Comes in: nothing. Goes out: `Recipe`s.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from training.speech.corpus import Clip
from training.speech.settings import HELD_SPEAKERS, SEED, is_held_clip


@dataclass(frozen=True)
class Recipe:
    """Everything that decides the weights, besides the data."""

    mixture: dict[str, float] = field(
        default_factory=lambda: {
            "espeak": 1.2,
            "flite_slt": 0.4,
            "flite_rms": 0.4,
            "flite_awb": 0.35,
            "reader": 0.5,
            "s1": 0.8,
            "grid": 0.7,
            "noise": 0.4,
            "babble": 0.25,
        }
    )
    steps: int = 10_000
    channels: int = 96
    batch: int = 16
    frames: int = 300
    rate: float = 3e-3
    decay: float = 1e-3
    squared: float = 0.1
    correlation: float = 2.0
    phones: float = 1.5
    closure: float = 0.3
    snr: tuple[float, float] = (3.0, 35.0)
    seed: int = SEED


def tuning() -> Recipe:
    """The second training: lower rate, less noise, more of the person filmed for longest."""
    first = Recipe()
    mixture = first.mixture | {"s1": 1.3, "grid": 0.5, "noise": 0.45, "babble": 0.15}
    return replace(
        first, mixture=mixture, steps=9_000, rate=1.5e-3, snr=(6.0, 40.0), seed=first.seed + 1
    )


def held(clip: Clip) -> bool:
    """Whether a clip is only for the test."""
    return clip.speaker in HELD_SPEAKERS or (clip.speaker == "s1" and is_held_clip(clip.name))
