"""Teeth for a drawing: even rows, drawn rather than photographed.

Comes in: nothing. Goes out: both rows as linear colour relative to the tooth white, and alpha, in
the shape of the donor textures of `assets/` (see :mod:`visavis.build.mouth`). Photographed teeth,
flattened to a tone or two, keep their jagged edges, which in a drawing look chipped.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from visavis.build.mouth_view import PX_MM
from visavis.build.tooth_row import GUM, LOWER_EDGE, LOWER_SIZE, UPPER_EDGE, UPPER_SIZE
from visavis.build.window import smoothstep

Array = npt.NDArray[np.float32]
Line = npt.NDArray[np.floating]

_UPPER_WIDTHS = (8.6, 6.8, 7.4, 7.0, 7.0)
_LOWER_WIDTHS = (5.4, 5.8, 6.6, 6.8, 7.0)
"""From the middle outwards, mm; an adult's, rounded."""
_NOTCH = 0.28
"""Depth of the notch between two teeth's edges, mm."""
_LINE = 0.16
"""Half the width of the line between two teeth, mm."""
_FAINT = 0.13
"""How much darker that line is."""


def upper_row() -> Array:
    """The upper teeth, float32 (128, 384, 4)."""
    x, below = _grid(UPPER_SIZE, UPPER_EDGE)
    # The row rises towards the sides; the second tooth is a little shorter.
    edge = -0.0042 * x**2 - 0.3 * np.exp(-(((np.abs(x) - 12.0) / 2.2) ** 2))
    place, line = _teeth(x, _UPPER_WIDTHS)
    edge = edge - _NOTCH * place**6
    gum_line = edge - 9.6 + 1.9 * place**2 + 0.006 * x**2
    return _row(below, edge, gum_line, line, x, 1)


def lower_row() -> Array:
    """The lower teeth, float32 (96, 384, 4)."""
    x, below = _grid(LOWER_SIZE, LOWER_EDGE)
    place, line = _teeth(x, _LOWER_WIDTHS)
    edge = 0.002 * x**2 + 0.6 * _NOTCH * place**6
    gum_line = edge + 8.0 - 1.5 * place**2
    return _row(below, edge, gum_line, line, x, -1)


def _grid(size: tuple[int, int], edge: int) -> tuple[Array, Array]:
    """Columns (w,), mm from the middle, and rows (h, 1), mm below the incisal edge."""
    width, height = (v * PX_MM for v in size)
    x = (np.arange(width) + 0.5) / PX_MM - size[0] / 2
    y = (np.arange(height) + 0.5) / PX_MM - edge
    return x.astype(np.float32), y[:, None].astype(np.float32)


def _teeth(x: Array, widths: tuple[float, ...]) -> tuple[Array, Array]:
    """Where in its tooth each column lies, -1..1, and 1 on the lines between teeth, else 0."""
    ends = np.cumsum((0.0, *widths))
    away = np.abs(x)
    tooth = np.clip(np.searchsorted(ends, away, side="right") - 1, 0, len(widths) - 1)
    centre, half = (ends[tooth] + ends[tooth + 1]) / 2, np.array(widths)[tooth] / 2
    place = np.clip((away - centre) / half, -1, 1)
    nearest = np.abs(away[:, None] - ends).min(1)
    return place.astype(np.float32), np.exp(-((nearest / _LINE) ** 2)).astype(np.float32)


def _row(below: Array, edge: Line, gum_line: Line, line: Array, x: Array, sign: int) -> Array:
    """Colour and alpha from the edge and the gum, both (w,) mm; ``sign`` 1: teeth hang down."""
    from_edge = sign * (edge - below)
    alpha = np.clip(from_edge * PX_MM + 0.5, 0, 1)
    # Lines begin a little inside the edge; towards the sides the row lies in shade.
    shade = 1 - _FAINT * line * smoothstep(0.2, 1.4, from_edge)
    shade = shade * (1 - 0.45 * (np.abs(x) / 24) ** 2.2)
    tooth = np.repeat(shade[..., None], 3, 2)
    gum = np.broadcast_to(GUM * 1.1, tooth.shape) * (1 - 0.3 * (np.abs(x) / 24) ** 2)[:, None]
    is_gum = smoothstep(-0.15, 0.35, sign * (gum_line - below))[..., None]
    return np.dstack([tooth + (gum - tooth) * is_gum, alpha]).astype(np.float32)
