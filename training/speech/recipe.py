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
    noisy: tuple[float, float] = (0.3, 0.35)
    """How often there is hiss, and how often one of the noises."""
    babble_under: float = 0.15
    """How many of those noises are babble."""
    telephone: float = 0.0
    """How often the sound comes by telephone."""
    held: float = 0.0
    """How often a vowel is held for longer."""
    average: float = 0.0
    """Memory of the running mean of the weights that counts in the end; 0: the last ones do."""
    half: bool = False
    """Whether products are computed in bfloat16."""
    seed: int = SEED


def tuning() -> Recipe:
    """The second training: lower rate, less noise, more of the person filmed for longest."""
    first = Recipe()
    mixture = first.mixture | {"s1": 1.3, "grid": 0.5, "noise": 0.45, "babble": 0.15}
    return replace(
        first, mixture=mixture, steps=9_000, rate=1.5e-3, snr=(6.0, 40.0), seed=first.seed + 1
    )


def hardening() -> Recipe:
    """The third training: vowels held and sung, telephones, more noise; weights averaged."""
    second = tuning()
    drawn = {"drawn_slt": 0.12, "drawn_rms": 0.12, "drawn_awb": 0.12, "sung": 0.25}
    mixture = second.mixture | {"s1": 1.2, "grid": 0.9, "babble": 0.2} | drawn
    return replace(
        second,
        mixture=mixture,
        steps=4_000,
        rate=1.5e-3,
        snr=(3.0, 30.0),
        noisy=(0.25, 0.45),
        babble_under=0.3,
        telephone=0.2,
        held=0.12,
        average=0.995,
        half=True,
        seed=second.seed + 1,
    )


def finishing() -> Recipe:
    """The fourth training: the same for longer, with more telephones, noise and filmed speech."""
    third = hardening()
    return replace(
        third,
        mixture=third.mixture | {"s1": 1.5, "grid": 1.0},
        steps=7_500,
        rate=1.2e-3,
        snr=(2.0, 28.0),
        telephone=0.25,
        average=0.998,
        seed=third.seed + 1,
    )


def held(clip: Clip) -> bool:
    """Whether a clip is only for the test."""
    return clip.speaker in HELD_SPEAKERS or (clip.speaker == "s1" and is_held_clip(clip.name))
