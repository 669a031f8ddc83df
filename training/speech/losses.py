"""The correlation that both networks are trained for.

Comes in: batches of curves. Goes out: Pearson correlations that can be differentiated.
"""

from __future__ import annotations

import torch


def correlation(a: torch.Tensor, b: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Pearson correlation over time of each curve, (batch, channels).

    Args:
        a: (batch, frames, channels).
        b: the same shape.
        mask: (batch, frames, 1), 1 where `b` is known.
    """
    count = mask.sum(1, keepdim=True).clamp(min=1.0)
    a = (a - (a * mask).sum(1, keepdim=True) / count) * mask
    b = (b - (b * mask).sum(1, keepdim=True) / count) * mask
    return (a * b).sum(1) / torch.sqrt((a * a).sum(1) * (b * b).sum(1) + 1e-3)
