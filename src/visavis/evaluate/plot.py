"""A report as a picture: the mouth's opening over the sound, the real mouth's too, phones below.

Comes in: a :class:`~visavis.evaluate.lipsync.LipSyncReport`. Goes out: a PNG, SVG or PDF file.
"""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import numpy as np

from visavis.errors import InvalidOption, MissingDependency
from visavis.evaluate.figures import SHUT
from visavis.evaluate.lipsync import LipSyncReport
from visavis.evaluate.phones import BILABIALS, LABIODENTAL, VOWELS

KINDS = (".png", ".svg", ".pdf")
ROW_S = 5.0
"""Seconds in one strip."""
_MOST_ROWS = 12
_INK, _SOUND, _OURS, _REAL, _SHUT, _TUCK, _VOWEL = (
    "#333333", "#c9ced3", "#00807a", "#ca6222", "#f3c9b4", "#f6e3a8", "#e3eef5",
)  # fmt: skip


def plot(report: LipSyncReport, kind: str = "png") -> bytes:
    """Draw a report: strips of five seconds, a minute at most.

    Args:
        report: from :func:`visavis.evaluate.evaluate_lipsync`.
        kind: "png", "svg" or "pdf".

    Returns:
        The file's bytes.

    Raises:
        MissingDependency: matplotlib is not installed.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingDependency(
            "the plot needs matplotlib: `pip install 'visavis[evaluate]'`"
        ) from error
    count = int(np.clip(np.ceil(report.seconds / ROW_S), 1, _MOST_ROWS))
    figure = Figure(figsize=(13, 0.6 + 2.3 * count), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(count, 1, squeeze=False)[:, 0]
    top = _top(report)
    for k, axis in enumerate(axes):
        _strip(axis, report, k * ROW_S, min(ROW_S, report.seconds), top)
    axes[0].legend(loc="upper right", ncols=4, fontsize=8, frameon=False)
    axes[0].set_title(
        f"{report.name}: gap between the lips (distances between the eyes) over the sound",
        fontsize=10, loc="left", color=_INK,
    )  # fmt: skip
    axes[-1].set_xlabel("s", color=_INK)
    out = io.BytesIO()
    figure.savefig(out, format=kind, metadata={"Date": None} if kind == "svg" else None)
    return out.getvalue()


def plot_kind(path: str | os.PathLike[str]) -> str:
    """The kind of plot a file's name asks for.

    Raises:
        InvalidOption: none of PNG, SVG, PDF.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in KINDS:
        raise InvalidOption(f"{os.fspath(path)}: name a plot .png, .svg or .pdf")
    return suffix[1:]


def _top(report: LipSyncReport) -> float:
    gaps = [report.face.opening]
    if report.real_face is not None:
        gaps.append(report.real_face.opening)
    return float(np.nanmax(np.concatenate(gaps))) * 1.15 or 0.1


def _strip(axis: Any, report: LipSyncReport, begin: float, length: float, top: float) -> None:
    """One strip of the plot."""
    end = begin + length
    low = -0.22 * top if report.phones else -0.04 * top
    axis.set_xlim(begin, end)
    axis.set_ylim(low, top)
    _sound(axis, report, begin, end, top)
    for phone in report.phones:
        if phone.end <= begin or phone.start >= end or phone.first in ("", "sil"):
            continue
        colour = None
        if phone.first in BILABIALS:
            colour = _SHUT
        elif phone.first in LABIODENTAL:
            colour = _TUCK
        elif phone.first in VOWELS:
            colour = _VOWEL
        if colour:
            high = 1.0 if colour == _SHUT else 0.18
            axis.axvspan(phone.start, phone.end, 0, high, color=colour, lw=0, zorder=0)
        axis.text(
            (phone.start + phone.end) / 2, low * 0.6, phone.label.rstrip("012").lower(),
            ha="center", va="center", fontsize=7, color=_INK, clip_on=True,
        )  # fmt: skip
    face, real = report.face, report.real_face
    loud = report.sound.naive(face.times)
    axis.plot(face.times, loud, color="#9aa3ab", lw=0.8, ls=":", label="loudness")
    if real is not None:
        axis.plot(real.times, real.opening, color=_REAL, lw=1.3, label="real mouth")
    axis.plot(face.times, face.opening, color=_OURS, lw=1.6, label="this mouth")
    shut = SHUT * float(np.nanpercentile(face.opening, 95))
    axis.axhline(shut, color=_OURS, lw=0.6, ls="--", label="shut below this")
    axis.tick_params(labelsize=7, colors=_INK)
    axis.set_yticks([0, round(top / 2, 2)])
    for side in ("top", "right"):
        axis.spines[side].set_visible(False)


def _sound(axis: Any, report: LipSyncReport, begin: float, end: float, top: float) -> None:
    """The sound's envelope, peaks of 5 ms, behind everything."""
    samples, rate = report.sound.samples, report.sound.rate
    part = samples[int(begin * rate) : int(end * rate)]
    step = max(1, rate // 200)
    count = len(part) // step
    if not count:
        return
    peaks = np.abs(part[: count * step].reshape(count, step)).max(1)
    most = float(np.abs(samples).max()) or 1.0
    clock = begin + (np.arange(count) + 0.5) * step / rate
    axis.fill_between(clock, 0, peaks / most * top * 0.95, color=_SOUND, lw=0, zorder=0.5)
