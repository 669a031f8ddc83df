"""Training of the student on a mixture of corpora.

Comes in: labelled corpora. Goes out: a checkpoint. The recipe: correlation in
windows of 3 s, a little squared error, phone classes, closure.
"""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from training.speech.losses import correlation
from training.speech.mixture import Mixture
from training.speech.network import OUTPUTS, Student
from training.speech.phones import INDEX, UNKNOWN
from training.speech.recipe import Recipe
from training.speech.settings import LAGS
from visavis.speech.channels import CLOSED, FIRST_PHONE

_SIL = INDEX["sil"]
_SHUT = 0.13  # lips whose opening is under this touch, as measured


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


class _Run:
    """Network, optimiser and chance of one training, kept in a file."""

    def __init__(self, recipe: Recipe, start: Path | None, file: Path) -> None:
        torch.manual_seed(recipe.seed)
        self.recipe, self._file = recipe, file
        self.rng = np.random.default_rng(recipe.seed)
        self.model = Student(recipe.channels)
        self.before: list[dict[str, object]] = []  # recipes of earlier trainings
        if start is not None:
            stored = torch.load(start, weights_only=True)
            self.model.load_state_dict(stored["state"])
            self.before = stored["recipes"]
        self.optimiser = torch.optim.AdamW(
            self.model.parameters(), lr=recipe.rate, weight_decay=recipe.decay
        )
        self.mean = {name: value.clone() for name, value in self.model.state_dict().items()}
        self.step = 0
        if file.exists():
            self._resume()

    def _resume(self) -> None:
        kept = torch.load(self._file, weights_only=False)  # our own, written by `keep`
        if kept["recipe"] != asdict(self.recipe):
            return
        self.step = kept["step"]
        self.model.load_state_dict(kept["state"])
        self.mean = kept["mean"]
        self.optimiser.load_state_dict(kept["optimiser"])
        self.rng.bit_generator.state = kept["numpy"]
        torch.set_rng_state(kept["torch"])
        print(f"  goes on at step {self.step}", flush=True)

    def keep(self) -> None:
        """Write everything needed to go on from here."""
        kept = {
            "recipe": asdict(self.recipe),
            "step": self.step,
            "state": self.model.state_dict(),
            "mean": self.mean,
            "optimiser": self.optimiser.state_dict(),
            "numpy": self.rng.bit_generator.state,
            "torch": torch.get_rng_state(),
        }
        part = self._file.with_name(self._file.name + ".new")
        torch.save(kept, part)
        part.rename(self._file)

    def advance(self, loss: torch.Tensor) -> None:
        """One step down the loss, the rate falling to 0 by cosine."""
        recipe = self.recipe
        fade = 0.5 * (1 + np.cos(np.pi * self.step / recipe.steps)) + 0.003
        for group in self.optimiser.param_groups:
            group["lr"] = recipe.rate * min(1.0, self.step / 60 + 0.02) * fade
        self.optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()
        self.step += 1
        keep = min(recipe.average, self.step / (self.step + 10))
        for name, value in self.model.state_dict().items():
            self.mean[name].lerp_(value, 1 - keep)


def train(recipe: Recipe, folder: Path, start: Path | None, out: Path) -> None:
    """Train on one thread and write a checkpoint; a step takes about 70 ms of CPU.

    An interrupted training goes on from its last 250 steps.

    Args:
        recipe: what decides the weights.
        folder: the labelled corpora.
        start: checkpoint to go on from, if any.
        out: checkpoint to write.
    """
    torch.set_num_threads(1)
    mixture = Mixture(recipe, folder)
    part = out.with_name(out.name + ".part")
    run = _Run(recipe, start, part)
    size = sum(parameter.numel() for parameter in run.model.parameters())
    hours = {source.name: round(float(source.hours), 2) for source in mixture.sources}
    print(f"  {size} parameters; hours {hours}", flush=True)
    started, recent = time.process_time(), 0.0
    last = np.arange(recipe.frames // 2) * 2 + 1
    while run.step < recipe.steps:
        mels, phones, mouths = mixture.batch(run.rng)
        with torch.autocast("cpu", torch.bfloat16, enabled=recipe.half):
            rows = run.model(torch.from_numpy(mels))
        rows = rows.float()
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
        run.advance(loss)
        recent += (loss.item() - recent) * max(0.01, 1 / run.step)
        if run.step % 250 == 0:
            spent = time.process_time() - started
            print(f"  step {run.step} loss {recent:.3f} after {spent:.0f} s", flush=True)
        if run.step % 250 == 0:
            run.keep()
    recipes = [*run.before, asdict(recipe)]
    torch.save({"state": run.mean, "recipes": recipes, "hours": hours}, out)
    part.unlink(missing_ok=True)
