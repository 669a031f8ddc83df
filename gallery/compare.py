"""Two galleries side by side: which figures moved, and where the pictures differ.

Comes in: the folders of the last gallery and this one. Goes out: HTML.
"""

from __future__ import annotations

import io
from html import escape
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from gallery.page import FIGURES, data_uri, figures, heading, page, written
from gallery.portrait import read_entry

HEAT = 6
"""Differences are shown this many times as strong."""
NOTABLE = 0.02
"""Smaller changes of a figure, as a part of it, are not marked."""
HIGHER_IS_BETTER = ("ssim", "ssim_face")


def compare(before: Path, now: Path) -> str:
    """The page that holds two galleries against each other.

    Args:
        before: folder of the last gallery.
        now: folder of this one.

    Returns:
        HTML.
    """
    body, names, better, worse = [], [], 0, 0
    folders = sorted({f.name for root in (before, now) for f in root.iterdir() if f.is_dir()})
    for name in folders:
        old, new = read_entry(before / name), read_entry(now / name)
        if old is None or new is None or old["refused"] or new["refused"]:
            words = _words(old, new)
            if words:
                text = f'<p class="words">{escape(words)}</p>'
                head = heading(name, [])
                body.append(f'<article id="{escape(name)}">{head}{text}</article>')
                names.append((name, ""))
            continue
        notes = {k: note(k, old["figures"].get(k), new["figures"].get(k)) for k in FIGURES}
        lost = sorted(set(new["failed"]) - set(old["failed"]))
        won = sorted(set(old["failed"]) - set(new["failed"]))
        better, worse = better + len(won), worse + len(lost)
        tags = [(f"{FIGURES[k][0]} fails now", "bad") for k in lost]
        tags += [(f"{FIGURES[k][0]} kept now", "good") for k in won]
        kind = "bad" if lost else "good" if won else ""
        names.append((name, kind))
        views = "".join(_views(before / name, now / name, k) for k in ("sheet", "mouth", "eyes"))
        loop = data_uri(now / name / "loop.webp")
        body.append(
            f'<article id="{escape(name)}">{heading(name, tags)}'
            f'<div class="top"><img loading="lazy" alt="now" src="{loop}">'
            f"{figures(new, notes)}</div>{views}</article>"
        )
    said = f"Bars kept that were missed before: {better}; missed that were kept: {worse}."
    return page("Visavis gallery: what changed", said, body, names)


def note(name: str, old: float | None, new: float | None) -> str:
    """HTML beside a figure: what it was, marked better or worse."""
    if old is None or new is None or abs(new - old) <= NOTABLE * max(abs(old), 1e-6):
        return ""
    if written(name, old) == written(name, new):
        return ""
    kind = "good" if (new > old) == (name in HIGHER_IS_BETTER) else "bad"
    return f'<small class="{kind}">was {written(name, old)}</small>'


def _words(old: dict[str, Any] | None, new: dict[str, Any] | None) -> str:
    if old is None or new is None:
        return "Only in this gallery." if old is None else "Only in the last gallery."
    if bool(old["refused"]) == bool(new["refused"]):
        return ""
    return f"Refused now: {new['refused']}" if new["refused"] else "Refused before, built now."


def away(old: npt.NDArray[np.uint8], new: npt.NDArray[np.uint8]) -> npt.NDArray[np.int16]:
    """How far apart two pictures (h, w, 3) are; another size is brought to the first's."""
    if old.shape != new.shape:
        new = np.asarray(cv2.resize(new, old.shape[1::-1]), np.uint8)
    return np.asarray(np.abs(old.astype(np.int16) - new), np.int16)


def heat(old: npt.NDArray[np.uint8], new: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Where two pictures (h, w, 3) differ: dark where they agree, bright where they do not."""
    strength = np.clip(away(old, new).max(2) * HEAT, 0, 255).astype(np.uint8)
    coloured = cv2.applyColorMap(strength, cv2.COLORMAP_INFERNO)
    return np.ascontiguousarray(coloured[..., ::-1], np.uint8)


def _views(before: Path, now: Path, kind: str) -> str:
    old, new = (np.asarray(Image.open(f / f"{kind}.webp").convert("RGB")) for f in (before, now))
    if np.array_equal(old, new):
        return f"<details><summary>{kind}: the same</summary></details>"
    buffer = io.BytesIO()
    Image.fromarray(heat(old, new)).save(buffer, "WEBP", quality=70, method=1)
    difference = now / f"{kind}-difference.webp"
    difference.write_bytes(buffer.getvalue())
    mean = float(away(old, new).mean())
    figures_ = "".join(
        f'<figure><figcaption>{label}</figcaption><img loading="lazy" alt="{label}" '
        f'src="{data_uri(path)}"></figure>'
        for label, path in (
            ("before", before / f"{kind}.webp"),
            ("now", now / f"{kind}.webp"),
            (f"difference x {HEAT}", difference),
        )
    )
    opened = " open" if kind == "mouth" else ""
    return (
        f"<details{opened}><summary>{kind}: {mean:.2f} grey levels on average</summary>"
        f'<div class="pair">{figures_}</div></details>'
    )
