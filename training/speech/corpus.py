"""Speech as the training keeps it: log-mels with a phone class and a mouth per 10 ms frame.

Comes in: clips. Goes out: one `.npz` per corpus in the cache folder.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import gcd
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile
from scipy.signal import resample_poly

from training.speech.phones import UNKNOWN

Floats = npt.NDArray[np.float32]


@dataclass
class Clip:
    """One recording.

    Attributes:
        name: file or sentence name.
        speaker: who speaks.
        mels: (frames, 40) log-mels, 10 ms apart.
        phones: (frames,) class indices, `UNKNOWN` where not known.
        mouth: (frames, 3) opening, width, jaw; NaN where not known.
    """

    name: str
    speaker: str
    mels: Floats
    phones: npt.NDArray[np.uint8]
    mouth: Floats

    @classmethod
    def of(
        cls,
        name: str,
        speaker: str,
        mels: Floats,
        phones: npt.NDArray[np.uint8] | None = None,
        mouth: Floats | None = None,
    ) -> Clip:
        """A clip whose phones or mouth may be unknown."""
        if phones is None:
            phones = np.full(len(mels), UNKNOWN, np.uint8)
        if mouth is None:
            mouth = np.full((len(mels), 3), np.nan, np.float32)
        return cls(name, speaker, mels, phones, mouth)


@dataclass
class Corpus:
    """Many clips of one source."""

    clips: list[Clip] = field(default_factory=list)

    def __iter__(self) -> Iterator[Clip]:
        return iter(self.clips)

    @property
    def hours(self) -> float:
        """Length of all clips, hours."""
        return sum(len(clip.mels) for clip in self.clips) / 360_000

    def save(self, path: Path) -> None:
        """Write to `path` (.npz), mels as float16, whole or not at all."""
        ends = np.cumsum([0, *(len(clip.mels) for clip in self.clips)])
        part = path.with_name(path.name + ".part.npz")
        np.savez(
            part,
            mels=np.concatenate([c.mels for c in self.clips]).astype(np.float16),
            phones=np.concatenate([c.phones for c in self.clips]),
            mouth=np.concatenate([c.mouth for c in self.clips]).astype(np.float32),
            ends=ends,
            names=np.array([c.name for c in self.clips]),
            speakers=np.array([c.speaker for c in self.clips]),
        )
        part.rename(path)
        print(f"  {path.name}: {len(self.clips)} clips, {self.hours:.2f} h", flush=True)

    @classmethod
    def load(cls, path: Path) -> Corpus:
        """Read what `save` wrote."""
        with np.load(path) as file:
            z = {key: file[key] for key in file.files}
        spans = zip(z["ends"], z["ends"][1:], z["names"], z["speakers"], strict=False)
        return cls(
            [
                Clip(str(name), str(who), z["mels"][a:b], z["phones"][a:b], z["mouth"][a:b])
                for a, b, name, who in spans
            ]
        )


def to_16k(samples: Floats, rate: int) -> Floats:
    """Mono sound at 16 kHz from any rate."""
    if samples.ndim > 1:
        samples = samples.mean(1)
    if rate == 16_000:
        return samples.astype(np.float32)
    divisor = gcd(rate, 16_000)
    return resample_poly(samples, 16_000 // divisor, rate // divisor).astype(np.float32)


def read_16k(path: Path) -> Floats:
    """A sound file as mono 16 kHz, -1..1."""
    samples, rate = soundfile.read(path, dtype="float32")
    return to_16k(samples, rate)
