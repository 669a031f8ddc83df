"""The student: a small causal network from log-mels to mouth rows, as PyTorch trains it.

Comes in: normalised log-mels at 100 Hz. Goes out: one row per head at 50 Hz. The runtime in
`visavis.speech.network` computes the same, step by step, from the exported weights.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from training.speech.settings import LAGS
from visavis.speech.channels import MOUTH_CHANNELS
from visavis.speech.mel import BANDS

OUTPUTS = len(MOUTH_CHANNELS)


class Student(nn.Module):
    """Strided convolution to 50 Hz, residual dilated causal blocks, one head per look-ahead.

    Output step j has heard the mel frames up to 2 j + 1 and no later one.
    """

    def __init__(
        self,
        channels: int = 96,
        dilations: tuple[int, ...] = (1, 2, 4, 8, 1, 2, 4),
        drop: float = 0.1,
    ):
        super().__init__()
        self.dilations = dilations
        self.first = nn.Conv1d(BANDS, channels, 5, stride=2)
        self.wide = nn.ModuleList(nn.Conv1d(channels, channels, 3, dilation=d) for d in dilations)
        self.back = nn.ModuleList(nn.Conv1d(channels, channels, 1) for _ in dilations)
        self.out = nn.Conv1d(channels, OUTPUTS * len(LAGS), 1)
        self.drop = nn.Dropout(drop)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(batch, frames, BANDS) to (batch, frames // 2, heads * OUTPUTS), logits where such."""
        h = functional.relu(self.first(functional.pad(x.transpose(1, 2), (3, 0))))
        for d, wide, back in zip(self.dilations, self.wide, self.back, strict=True):
            h = h + self.drop(back(functional.relu(wide(functional.pad(h, (2 * d, 0))))))
        return self.out(functional.relu(h)).transpose(1, 2)
