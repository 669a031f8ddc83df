"""A sound to try things with, where no recording is at hand.

Comes in: a length. Goes out: something like a voice, always the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

SAMPLE_RATE = 16_000


def speechlike(seconds: float) -> npt.NDArray[np.int16]:
    """A voice-like sound: pulses through two wandering resonances, four syllables a second.

    Args:
        seconds: its length.

    Returns:
        int16 (n,) at 16 kHz.
    """
    import numpy as np

    t = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    phase = np.cumsum(110 + 20 * np.sin(2 * np.pi * 0.7 * t)) / SAMPLE_RATE
    first = 500 + 250 * np.sin(2 * np.pi * 1.9 * t)
    second = 1500 + 600 * np.sin(2 * np.pi * 1.3 * t)
    voice = np.zeros_like(t)
    for harmonic in range(1, 30):
        pitch = harmonic * 110.0
        level = np.exp(-(((pitch - first) / 150) ** 2)) + np.exp(-(((pitch - second) / 220) ** 2))
        voice += (0.05 + level) * np.sin(2 * np.pi * harmonic * phase) / harmonic**0.5
    syllables = np.clip(np.sin(2 * np.pi * 4 * t) + 0.4, 0, 1)
    return np.asarray(3000 * voice * syllables, np.int16)
