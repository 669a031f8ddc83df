"""The phone-to-mouth model: what mouths real people make for the phones they say.

Comes in: corpora of filmed people with aligned phones. Goes out: a small non-causal network that
gives any phone-labelled speech a mouth in the same units, and the corpora so labelled.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn import functional

from training.speech.corpus import Clip, Corpus, Floats
from training.speech.losses import correlation
from training.speech.phones import BILABIALS, FEATURES, INDEX, OPEN_VOWELS, UNKNOWN
from training.speech.settings import HELD_SPEAKERS, is_held_clip
from visavis.speech.channels import PHONES

_LENGTH = 290  # frames of a GRID clip that every one has
_BATCH = 24
_INPUTS = len(PHONES) + FEATURES.shape[1] + 1
_LONGEST = 25  # frames of one phone that the model is shown: it has seen few longer ones
_SMOOTH = np.hanning(11)[1:-1] / np.hanning(11)[1:-1].sum()


class PhoneToMouth(nn.Module):
    """Residual dilated convolutions over phone classes, their features and loudness."""

    def __init__(self, channels: int = 64, dilations: tuple[int, ...] = (1, 2, 4, 8, 4, 2, 1)):
        super().__init__()
        self.first = nn.Conv1d(_INPUTS, channels, 5, padding=2)
        self.wide = nn.ModuleList(
            nn.Conv1d(channels, channels, 3, dilation=d, padding=d) for d in dilations
        )
        self.back = nn.ModuleList(nn.Conv1d(channels, channels, 1) for _ in dilations)
        self.out = nn.Conv1d(channels, 3, 1)
        self.drop = nn.Dropout(0.15)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(batch, frames, inputs) to (batch, frames, 3)."""
        h = functional.relu(self.first(x.transpose(1, 2)))
        for wide, back in zip(self.wide, self.back, strict=True):
            h = h + self.drop(back(functional.relu(wide(h))))
        return self.out(functional.relu(h)).transpose(1, 2)


def inputs_of(clip: Clip) -> Floats:
    """One-hot class, articulatory features, loudness relative to the clip's speech."""
    phones = np.minimum(clip.phones, len(PHONES) - 1)
    level = np.log(np.exp(clip.mels.astype(np.float32)).mean(1) + 1e-6)
    level = np.convolve(level, _SMOOTH, "same")
    spoken = clip.phones != INDEX["sil"]
    heard = level[spoken] if spoken.any() else level
    level = np.clip((level - heard.mean()) / (heard.std() + 0.5), -3, 3) * spoken
    x = np.zeros((len(phones), _INPUTS), np.float32)
    x[np.arange(len(phones)), phones] = 1
    x[:, len(PHONES) : -1] = FEATURES[phones]
    x[:, -1] = level
    return x


Item = tuple[Floats, Floats, Floats]  # inputs, mouth, 1 where the mouth is known


def _usable(corpus: Corpus, held: bool) -> list[Item]:
    items = []
    for clip in corpus:
        test = clip.speaker in HELD_SPEAKERS or (clip.speaker == "s1" and is_held_clip(clip.name))
        if test != held or len(clip.mels) < _LENGTH or (clip.phones == UNKNOWN).any():
            continue
        known = np.isfinite(clip.mouth[:, :1]).astype(np.float32)
        items.append((inputs_of(clip), np.nan_to_num(clip.mouth), known))
    return items


def train(sources: list[Path], steps: int, seed: int, out: Path) -> dict[str, list[float]]:
    """Learn from filmed people, each source half of the examples.

    Returns:
        Mean correlation of opening, width and jaw on the held-out part of each source.
    """
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    corpora = [Corpus.load(path) for path in sources]
    pools = [_usable(corpus, held=False) for corpus in corpora]
    model = PhoneToMouth()
    optimiser = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=1e-2)
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = 3e-3 * 0.5 * (1 + np.cos(np.pi * step / steps))
        chosen = [pools[rng.integers(len(pools))] for _ in range(_BATCH)]
        items = [pool[rng.integers(len(pool))] for pool in chosen]
        x, y, known = (np.stack([item[k][:_LENGTH] for item in items]) for k in range(3))
        if rng.random() < 0.5:  # phone times are only so exact
            x = np.roll(x, rng.integers(-1, 2), 1)
        # sometimes only the features, sometimes no loudness: so unheard phones still get a mouth
        x[..., : len(PHONES)] *= rng.random((_BATCH, 1, 1)) >= 0.3
        x[..., -1:] *= rng.random((_BATCH, 1, 1)) >= 0.25
        target, mask = torch.from_numpy(y), torch.from_numpy(known)
        guess = model(torch.from_numpy(x))
        error = (((guess - target) ** 2) * mask).mean() / 0.05
        loss = error + (1 - correlation(guess, target, mask)).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    model.eval()
    torch.save(model.state_dict(), out)
    scores = {
        p.stem: _score(model, _usable(c, held=True)) for p, c in zip(sources, corpora, strict=True)
    }
    print(f"  held out, r of opening, width, jaw: {scores}", flush=True)
    return scores


def _score(model: PhoneToMouth, items: list[Item]) -> list[float]:
    rows = []
    for x, y, known in items:
        with torch.no_grad():
            guess = model(torch.from_numpy(x[None]))[0].numpy()
        at = known[:, 0] > 0
        rows.append([np.corrcoef(guess[at, k], y[at, k])[0, 1] for k in range(3)])
    return [round(float(value), 3) for value in np.nanmean(rows, 0)]


def load(path: Path) -> PhoneToMouth:
    """The trained model."""
    torch.set_num_threads(1)
    model = PhoneToMouth()
    model.load_state_dict(torch.load(path, weights_only=True))
    model.eval()
    return model


def _hurried(phones: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """When each frame would come if held phones were as short as those that the model knows."""
    edges = [0, *(np.flatnonzero(np.diff(phones)) + 1), len(phones)]
    pace = np.ones(len(phones))
    for start, end in pairwise(edges):
        if phones[start] != INDEX["sil"] and end - start > _LONGEST:
            pace[start:end] = _LONGEST / (end - start)
    return np.asarray(np.cumsum(pace) - pace[0], np.float64)


def label(model_file: Path, source: Path, out: Path) -> None:
    """Give a phone-labelled corpus the mouths of the model."""
    model = load(model_file)
    corpus = Corpus.load(source)
    for clip in corpus:
        at = _hurried(clip.phones)
        shown = inputs_of(clip)[np.searchsorted(at, np.arange(int(at[-1]) + 1))]
        with torch.no_grad():
            made = model(torch.from_numpy(shown[None]))[0].numpy()
        columns = [np.interp(at, np.arange(len(made)), made[:, k]) for k in range(3)]
        clip.mouth = np.stack(columns, 1).astype(np.float32)
    corpus.save(out)
    phones = np.concatenate([clip.phones for clip in corpus])
    opening = np.concatenate([clip.mouth[:, 0] for clip in corpus])
    for name, classes in (("p m", BILABIALS), ("aa ae ao", OPEN_VOWELS), ("sil", (INDEX["sil"],))):
        at = np.isin(phones, classes)
        if at.any():
            print(f"    {name}: mean opening {opening[at].mean():.2f}", flush=True)
