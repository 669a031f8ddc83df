"""Training of the student on a mixture of corpora.

Comes in: labelled corpora. Goes out: a checkpoint. The recipe: correlation in
windows of 3 s, a little squared error, phone classes, closure.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from training.speech.augment import augment, normalise
from training.speech.corpus import Clip, Corpus, Floats
from training.speech.losses import correlation
from training.speech.network import OUTPUTS, Student
from training.speech.phones import INDEX, UNKNOWN
from training.speech.settings import HELD_SPEAKERS, LAGS, SEED, is_held_clip
from visavis.speech.channels import CLOSED, FIRST_PHONE

Random = np.random.Generator
_SIL = INDEX["sil"]
_VOICES = ("espeak", "flite_slt", "flite_rms", "flite_awb", "reader")
_SHUT = 0.13  # lips whose opening is under this touch, as measured
_SETTLE = 6.0  # frames: how fast lips come to rest in a pause


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


def tuning(steps: int) -> Recipe:
    """The second training: lower rate, less noise, more of the person filmed for longest."""
    first = Recipe()
    mixture = first.mixture | {"s1": 1.3, "grid": 0.5, "noise": 0.45, "babble": 0.15}
    return replace(
        first, mixture=mixture, steps=steps, rate=1.5e-3, snr=(6.0, 40.0), seed=first.seed + 1
    )


def held(clip: Clip) -> bool:
    """Whether a clip is only for the test."""
    return clip.speaker in HELD_SPEAKERS or (clip.speaker == "s1" and is_held_clip(clip.name))


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

    def window(self, rng: Random, frames: int, stretch: float) -> Window:
        """A random window at another speed, now and then with a pause made longer."""
        mels, phones, mouth = self._blocks[rng.choice(len(self._blocks), p=self._share)]
        count = int(frames * stretch) + 2
        start = rng.integers(0, len(mels) - count)
        at = np.arange(frames) * stretch
        at, paused = self._longer_pause(rng, at, phones[start : start + count])
        low = at.astype(int)
        part = (at - low)[:, None].astype(np.float32)
        x = mels[start : start + count].astype(np.float32)
        y = mouth[start : start + count]
        near = np.minimum((at + 0.5).astype(int), count - 1)
        moved = y[low] * (1 - part) + y[low + 1] * part
        length = paused.stop - paused.start
        away = np.minimum(np.arange(length), np.arange(length)[::-1])
        moved[paused, 0] *= np.exp(-away / _SETTLE)
        return (
            x[low] * (1 - part) + x[low + 1] * part,
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
        return source.window(rng, self.recipe.frames, rng.uniform(0.85, 1.195))

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
            under = self._babble(rng) if rng.random() < 0.15 else self._window(rng, self._noise)
            noises.append(under[0])
        mels, phones, mouths = (np.stack([draw[k] for draw in draws]) for k in range(3))
        bent = augment(mels, np.stack(noises), rng, recipe.snr)
        fresh = rng.random(recipe.batch) < 0.35
        warm = np.where(fresh, 0, rng.uniform(0, 400, recipe.batch))
        return normalise(bent, warm), phones.astype(np.int64), mouths


def _losses(
    recipe: Recipe, rows: torch.Tensor, phones: torch.Tensor, mouth: torch.Tensor
) -> torch.Tensor:
    """Loss of one head over the rows that have a target."""
    total = rows.new_zeros(())
    known = phones < UNKNOWN
    if known.any():
        total = total + recipe.phones * known.float().mean() * functional.cross_entropy(
            rows[..., FIRST_PHONE:][known], phones[known], label_smoothing=0.03
        )
    seen = torch.isfinite(mouth[..., 0])
    use = seen.float().mean(1) > 0.6
    if use.any():
        guess, target = rows[use], torch.nan_to_num(mouth[use])
        mask = seen[use].float()[..., None]
        weight = torch.tensor([1.0, 0.6, 0.4])
        share = use.float().mean()
        # where nobody speaks there is nothing to correlate: be exact instead
        still = (phones[use] == _SIL).float().mean(1, keepdim=True)[..., None]
        error = (guess[..., :CLOSED] - target) ** 2 * mask * (1 + 19 * (still > 0.95))
        total = total + recipe.squared * share * (error.mean((0, 1)) * weight).sum() / 0.09
        match = 1 - correlation(guess[..., :CLOSED], target, mask)
        total = total + recipe.correlation * share * (match * weight).mean(0).sum()
        shut = (target[..., 0] < _SHUT).float()
        total = total + recipe.closure * share * functional.binary_cross_entropy_with_logits(
            guess[..., CLOSED], shut, weight=mask[..., 0]
        )
    return total


def train(recipe: Recipe, folder: Path, start: Path | None, out: Path) -> None:
    """Train on one thread and write a checkpoint; a step takes about 70 ms of CPU.

    Args:
        recipe: what decides the weights.
        folder: the labelled corpora.
        start: checkpoint to go on from, if any.
        out: checkpoint to write.
    """
    torch.set_num_threads(1)
    torch.manual_seed(recipe.seed)
    rng = np.random.default_rng(recipe.seed)
    mixture = Mixture(recipe, folder)
    model = Student(recipe.channels)
    if start is not None:
        model.load_state_dict(torch.load(start, weights_only=True)["state"])
    size = sum(parameter.numel() for parameter in model.parameters())
    hours = {source.name: round(float(source.hours), 2) for source in mixture.sources}
    print(f"  {size} parameters; hours {hours}", flush=True)
    optimiser = torch.optim.AdamW(model.parameters(), lr=recipe.rate, weight_decay=recipe.decay)
    started, recent = time.process_time(), 0.0
    last = np.arange(recipe.frames // 2) * 2 + 1
    for step in range(recipe.steps):
        for group in optimiser.param_groups:
            fade = 0.5 * (1 + np.cos(np.pi * step / recipe.steps)) + 0.003
            group["lr"] = recipe.rate * min(1.0, step / 60 + 0.02) * fade
        mels, phones, mouths = mixture.batch(rng)
        rows = model(torch.from_numpy(mels))
        loss = rows.new_zeros(())
        for head, lag in enumerate(LAGS.values()):
            at = last - lag
            keep = (at >= 0) & (at < recipe.frames)
            loss = loss + _losses(
                recipe,
                rows[:, torch.from_numpy(keep), head * OUTPUTS : (head + 1) * OUTPUTS],
                torch.from_numpy(phones[:, at[keep]]),
                torch.from_numpy(mouths[:, at[keep]]),
            ) / len(LAGS)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        recent += (loss.item() - recent) * max(0.01, 1 / (step + 1))
        if (step + 1) % 500 == 0:
            spent = time.process_time() - started
            print(f"  step {step + 1} loss {recent:.3f} after {spent:.0f} s", flush=True)
    torch.save({"state": model.state_dict(), "recipe": asdict(recipe), "hours": hours}, out)
