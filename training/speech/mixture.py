"""Windows of speech and noise, bent and mixed: what the student sees.

Comes in: labelled corpora. Goes out: batches of normalised log-mels with phones and mouths.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.signal import lfilter

from training.speech.augment import augment, normalise
from training.speech.corpus import Clip, Corpus, Floats
from training.speech.phones import INDEX, VOWELS
from training.speech.recipe import Recipe, held
from visavis.speech.mel import BANDS

Random = np.random.Generator
_SIL = INDEX["sil"]
_VOICES = ("espeak", "flite_slt", "flite_rms", "flite_awb", "reader")
_VOWELS = frozenset(INDEX[name] for name in VOWELS)
_SOFT = np.hanning(11)[1:-1] / np.hanning(11).sum()
_SETTLE = 6.0  # frames: how fast lips come to rest in a pause

Window = tuple[Floats, npt.NDArray[np.uint8], Floats]  # log-mels, phones, mouth


class Source:
    """Windows from one corpus, each from one speaker where speakers differ in kind."""

    def __init__(self, name: str, path: Path) -> None:
        self.name = name
        clips = [clip for clip in Corpus.load(path) if not held(clip)]
        groups: dict[str, list[Clip]] = {}
        for clip in clips:
            groups.setdefault(clip.speaker if name == "grid" else "all", []).append(clip)
        self._blocks = [
            (
                np.concatenate([c.mels for c in own]),
                np.concatenate([c.phones for c in own]),
                self._mouths(own),
            )
            for own in groups.values()
        ]
        sizes = np.array([len(block[0]) for block in self._blocks], float)
        self.hours = sizes.sum() / 360_000
        self._share = np.where(sizes > 500, np.sqrt(sizes), 0)
        self._share /= self._share.sum()

    def _mouths(self, clips: list[Clip]) -> Floats:
        mouth = np.concatenate([clip.mouth for clip in clips]).astype(np.float32)
        if self.name not in ("s1", "grid"):  # a made mouth: shut for certain well inside silence
            silent = np.concatenate([clip.phones for clip in clips]) == _SIL
            run = np.convolve(silent, np.ones(25), "same") > 24.5
            mouth[run, 0] = 0.0
        return mouth

    def window(self, rng: Random, frames: int, stretch: float, held: float = 0.0) -> Window:
        """A random window at another speed, now and then with a pause or a vowel made longer.

        Args:
            rng: source of chance.
            frames: how many.
            stretch: frames of the corpus to each of the window.
            held: how often a vowel is held.
        """
        mels, phones, mouth = self._blocks[rng.choice(len(self._blocks), p=self._share)]
        count = int(frames * stretch) + 2
        start = rng.integers(0, len(mels) - count)
        at = np.arange(frames) * stretch
        at, paused = self._longer_pause(rng, at, phones[start : start + count])
        drawn = np.zeros(frames, bool)
        if rng.random() < held:
            at, drawn = self._held_vowel(rng, at, phones[start : start + count])
        low = at.astype(int)
        part = (at - low)[:, None].astype(np.float32)
        x = mels[start : start + count].astype(np.float32)
        y = mouth[start : start + count]
        near = np.minimum((at + 0.5).astype(int), count - 1)
        moved = y[low] * (1 - part) + y[low + 1] * part
        length = paused.stop - paused.start
        away = np.minimum(np.arange(length), np.arange(length)[::-1])
        if not drawn.any():
            moved[paused, 0] *= np.exp(-away / _SETTLE)
        heard = x[low] * (1 - part) + x[low + 1] * part
        if drawn.any():
            heard[drawn] += _restless(rng, int(drawn.sum()))
            moved[drawn] = np.median(moved[drawn], 0)
            moved = lfilter(_SOFT, 1, np.pad(moved, ((4, 4), (0, 0)), "edge"), axis=0)[8:]
            moved = moved.astype(np.float32)
        return (
            heard,
            phones[start : start + count][near],
            moved,
        )

    @staticmethod
    def _longer_pause(
        rng: Random, at: npt.NDArray[np.float64], phones: npt.NDArray[np.uint8]
    ) -> tuple[npt.NDArray[np.float64], slice]:
        """Times with one silent frame held for 0.2 to 1.8 s, and where they are."""
        nowhere = slice(0, 0)
        if rng.random() > 0.2:
            return at, nowhere
        inside = np.flatnonzero(np.convolve(phones == _SIL, np.ones(17), "same") > 16.5)
        inside = inside[(inside > 8) & (inside < len(phones) - 40)]
        if not len(inside):
            return at, nowhere
        first = min(int(np.searchsorted(at, rng.choice(inside))), len(at) - 1)
        length = min(int(rng.integers(20, 180)), len(at) - first)
        longer = np.concatenate([at[:first], np.full(length, at[first]), at[first:]])
        return longer[: len(at)], slice(first, first + length)

    @staticmethod
    def _held_vowel(
        rng: Random, at: npt.NDArray[np.float64], phones: npt.NDArray[np.uint8]
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
        """Times that go to and fro within a vowel for 0.3 to 2.9 s, and where they do."""
        nowhere = np.zeros(len(at), bool)
        edges = np.flatnonzero(np.diff(phones)) + 1
        runs = [(a, b) for a, b in pairwise(edges) if b - a > 6 and phones[a] in _VOWELS]
        if not runs:
            return at, nowhere
        a, b = runs[rng.integers(len(runs))]
        middle, reach = (a + b) / 2, (b - a) * rng.uniform(0.08, 0.22)
        first = int(np.searchsorted(at, middle))
        length = min(int(rng.integers(30, 290)), len(at) - first)
        if length < 8:
            return at, nowhere
        turn = rng.uniform(0.1, 0.5) / reach  # never faster than half its pace
        swing = middle + reach * np.sin(turn * np.arange(length))
        longer = np.concatenate([at[:first], swing, at[first:]])[: len(at)]
        nowhere[first : first + length] = True
        return longer, nowhere


def _restless(rng: Random, frames: int) -> Floats:
    """Log-mels to add to a held vowel: its loudness and colour waver, as any voice's do."""
    knots = max(2, frames // int(rng.integers(5, 40)) + 2)
    loud = rng.normal(0, rng.uniform(0.0, 0.5), (knots, 1))
    colour = rng.normal(0, rng.uniform(0.0, 0.35), (knots, BANDS // 4))
    over = np.linspace(0, knots - 1, frames)
    low = np.minimum(over.astype(int), knots - 2)
    part = (over - low)[:, None]
    both = loud + np.repeat(colour, 4, 1)
    return np.asarray(both[low] * (1 - part) + both[low + 1] * part, np.float32)


Batch = tuple[Floats, npt.NDArray[np.int64], Floats]


class Mixture:
    """Batches drawn from all sources."""

    def __init__(self, recipe: Recipe, folder: Path) -> None:
        self.recipe = recipe
        shares = {name: share for name, share in recipe.mixture.items() if name != "babble"}
        self.sources = [Source(name, folder / f"{name}.npz") for name in shares]
        self._shares = np.array(list(shares.values())) / sum(recipe.mixture.values())
        self._noise = next(source for source in self.sources if source.name == "noise")
        self._voices = [source for source in self.sources if source.name in _VOICES]

    def _window(self, rng: Random, source: Source) -> Window:
        held = self.recipe.held if source.name != "noise" else 0.0
        return source.window(rng, self.recipe.frames, rng.uniform(0.85, 1.195), held)

    def _babble(self, rng: Random) -> Window:
        """A room of people nobody listens to: powers of four to twelve voices, labelled silence."""
        mels, phones, mouth = self._window(rng, self._noise)
        total = np.exp(mels - mels.max() - rng.uniform(0, 8))
        for _ in range(rng.integers(4, 13)):
            voice = self._window(rng, self._voices[rng.integers(len(self._voices))])[0]
            power = np.exp(voice - voice.mean(1).max())
            total += power * np.float32(np.exp(rng.normal(0, 0.7)))
        return np.log(total * np.exp(rng.uniform(-8, 2)) + 1e-7), phones, mouth

    def batch(self, rng: Random) -> Batch:
        """Normalised log-mels, phones, mouths."""
        recipe = self.recipe
        draws, noises = [], []
        for _ in range(recipe.batch):
            chosen = int(np.searchsorted(np.cumsum(self._shares), rng.random()))
            if chosen < len(self.sources):
                draws.append(self._window(rng, self.sources[chosen]))
            else:
                draws.append(self._babble(rng))
            babble = rng.random() < recipe.babble_under
            under = self._babble(rng) if babble else self._window(rng, self._noise)
            noises.append(under[0])
        mels, phones, mouths = (np.stack([draw[k] for draw in draws]) for k in range(3))
        bent = augment(mels, np.stack(noises), rng, recipe.snr, recipe.noisy, recipe.telephone)
        fresh = rng.random(recipe.batch) < 0.35
        warm = np.where(fresh, 0, rng.uniform(0, 400, recipe.batch))
        return normalise(bent, warm), phones.astype(np.int64), mouths
