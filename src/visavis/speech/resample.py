"""Any sample rate to 16 kHz, as the sound arrives.

Comes in: mono sound in pieces of any size. Goes out: blocks of `ROW_SAMPLES` samples at 16 kHz.
Every block is computed alone from arrays of one shape, so the bits do not depend on the pieces.
"""

from __future__ import annotations

from functools import lru_cache
from math import ceil, gcd
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from visavis import native
from visavis.speech.channels import ROW_SAMPLES, SAMPLE_RATE

Floats = npt.NDArray[np.float32]

_CROSSINGS = 10  # zero crossings of the sinc on each side: 0.6 ms of delay at 16 kHz and above
_KAISER_BETA = 5.0  # with _CROSSINGS, the design of scipy.signal.resample_poly


@lru_cache(maxsize=8)
def _filters(rate: int) -> tuple[Floats, int]:
    """Windowed-sinc filter for each phase between two input samples.

    Args:
        rate: input samples per second.

    Returns:
        (phases, taps) coefficients and the number of samples a filter reaches back.
    """
    phases = SAMPLE_RATE // gcd(rate, SAMPLE_RATE)
    narrow = min(1.0, SAMPLE_RATE / rate)  # cut-off as a share of the input's own Nyquist rate
    reach = _CROSSINGS / narrow
    back = ceil(reach)
    taps = np.arange(-back, back + 2)
    distance = np.abs(taps[None, :] - np.arange(phases)[:, None] / phases)
    window = np.i0(_KAISER_BETA * np.sqrt(np.maximum(0.0, 1 - (distance / reach) ** 2)))
    kernel = narrow * np.sinc(narrow * distance) * window / np.i0(_KAISER_BETA)
    kernel[distance > reach] = 0.0
    kernel /= kernel.sum(1, keepdims=True)
    return kernel.astype(np.float32), back


class _Plan(NamedTuple):
    """How to make one block: which inputs meet which coefficients."""

    first: npt.NDArray[np.int32]  # (ROW_SAMPLES,) first input of each output, from the block's own
    coefficients: Floats  # (ROW_SAMPLES, taps)
    span: int  # inputs needed in all
    first_at: int  # where both lie, for the kernel
    coefficients_at: int


@lru_cache(maxsize=256)
def _plan(rate: int, phase: int) -> _Plan:
    """Plan of a block whose first output lies `phase` of the filter phases after an input."""
    kernel, _ = _filters(rate)
    positions = phase + np.arange(ROW_SAMPLES) * (rate // gcd(rate, SAMPLE_RATE))
    first, phases = np.divmod(positions, len(kernel))
    inputs, taps = first.astype(np.int32), np.ascontiguousarray(kernel[phases])
    span = int(first[-1]) + kernel.shape[1]
    return _Plan(inputs, taps, span, native.address(inputs), native.address(taps))


class Resampler:
    """Streaming polyphase resampler from `rate` to 16 kHz.

    Output sample m is the sound at time m / 16000; the sound before the first sample is silence.

    Args:
        rate: input samples per second.
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._direct = rate == SAMPLE_RATE
        divisor = gcd(rate, SAMPLE_RATE)
        self._up, self._down = SAMPLE_RATE // divisor, rate // divisor
        back = 0 if self._direct else _filters(rate)[1]
        self._pending = np.zeros(back, np.float32)  # inputs that a coming block still needs
        self._dropped = 0  # inputs no longer pending
        self._block = 0

    def push(self, samples: Floats) -> None:
        """Take in (n,) more samples."""
        self._pending = np.concatenate([self._pending, samples])

    def blocks(self) -> list[Floats]:
        """All blocks of (ROW_SAMPLES,) that can be made now."""
        made = self._at_once()
        offset = self._block * ROW_SAMPLES * self._down // self._up - self._dropped if made else 0
        while (block := self._next(offset)) is not None:
            made.append(block)
            self._block += 1
            offset = self._block * ROW_SAMPLES * self._down // self._up - self._dropped
        if made:
            self._pending = self._pending[offset:].copy()
            self._dropped += offset
        return made

    def _at_once(self) -> list[Floats]:
        """All blocks that can be made now, compiled, where each is made as the first."""
        kernel = native.kernel()
        later, left = divmod(ROW_SAMPLES * self._down, self._up)
        if kernel is None or self._direct or left:
            return []
        plan = _plan(self._rate, 0)
        count = (len(self._pending) - plan.span) // later + 1
        if count < 1:
            return []
        samples = np.empty((count, ROW_SAMPLES), np.float32)
        kernel.resample(
            native.address(self._pending), len(self._pending), plan.first_at, plan.coefficients_at,
            plan.coefficients.shape[1], count, later, native.address(samples),
        )  # fmt: skip
        self._block += count
        return list(samples)

    def _next(self, offset: int) -> Floats | None:
        """The block whose first pending input is at `offset`, if all its inputs have come."""
        if self._direct:
            end = offset + ROW_SAMPLES
            return self._pending[offset:end] if end <= len(self._pending) else None
        plan = _plan(self._rate, self._block * ROW_SAMPLES * self._down % self._up)
        if offset + plan.span > len(self._pending):
            return None
        taps = plan.coefficients.shape[1]
        part = self._pending[offset : offset + plan.span]
        windows = np.ndarray((plan.span - taps + 1, taps), np.float32, part, strides=(4, 4))
        samples: Floats = np.einsum("nt,nt->n", windows[plan.first], plan.coefficients)
        return samples
