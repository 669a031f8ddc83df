"""The speech network, one step of 20 ms at a time, in numpy.

Comes in: two normalised mel frames. Goes out: the 32 raw outputs of one head. Same sums as
`training/speech/network.py`. Every product is `np.einsum`, which runs on the calling thread alone
and sums in one order: the BLAS behind `@` may split such products over threads.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from visavis.speech.mel import BANDS
from visavis.speech.model import SpeechModel

Floats = npt.NDArray[np.float32]


class _Block:
    """h + back(relu(wide(h, d and 2 d steps ago)))."""

    def __init__(self, wide: Floats, back: Floats, dilation: int) -> None:
        width = len(wide)
        self._wide, self._back, self._dilation = wide, back, dilation
        self._past = np.zeros((2 * dilation, width), np.float32)  # ring of the last 2 d inputs
        self._taps = np.ones(3 * width + 1, np.float32)
        self._inner = np.ones(width + 1, np.float32)
        self._width = width
        self._at = 0

    def step(self, h: Floats) -> None:
        """Advance by 20 ms; (C,) is changed in place."""
        width, at = self._width, self._at
        taps, inner, past = self._taps, self._inner, self._past
        taps[:width] = past[at]
        taps[width : 2 * width] = past[at - self._dilation]
        taps[2 * width : -1] = h
        past[at] = h
        self._at = (at + 1) % len(past)
        np.einsum("ji,i->j", self._wide, taps, out=inner[:-1])
        np.maximum(inner[:-1], 0, out=inner[:-1])
        h += np.einsum("ji,i->j", self._back, inner)


class Network:
    """State of one stream through a `SpeechModel`.

    Args:
        model: the weights.
        lookahead_ms: which head to read.
    """

    def __init__(self, model: SpeechModel, lookahead_ms: int) -> None:
        self._model = model
        self._head = model.heads[lookahead_ms]
        self._frames = np.zeros((5, BANDS), np.float32)
        self._input = np.ones(5 * BANDS + 1, np.float32)
        self._last = np.ones(model.channels + 1, np.float32)
        self._blocks = [
            _Block(wide, back, dilation)
            for wide, back, dilation in zip(model.wide, model.back, model.dilations, strict=True)
        ]

    def step(self, frames: Floats) -> Floats:
        """Advance by 20 ms.

        Args:
            frames: (2, BANDS) normalised log-mels, the older first.

        Returns:
            (32,) opening, width, jaw, and logits of closure and of the phones.
        """
        self._frames[:3] = self._frames[2:]
        self._frames[3:] = frames
        self._input[:-1] = self._frames.reshape(-1)
        h = np.einsum("ji,i->j", self._model.first, self._input)
        np.maximum(h, 0, out=h)
        for block in self._blocks:
            block.step(h)
        np.maximum(h, 0, out=self._last[:-1])
        raw: Floats = np.einsum("ji,i->j", self._head, self._last)
        return raw
