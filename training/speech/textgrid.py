"""Praat TextGrids with ARPAbet phones, as Montreal Forced Aligner writes them.

Comes in: a file. Goes out: phone spans.
"""

from __future__ import annotations

import re
from pathlib import Path

from training.speech.phones import ARPABET, INDEX

_INTERVAL = re.compile(r'xmin = ([\d.]+)\s+xmax = ([\d.]+)\s+text = "([^"]*)"')


def spans(path: Path) -> list[tuple[float, float, int]]:
    """(start s, end s, class) of each phone; a diphthong counts as its first vowel."""
    text = path.read_text(encoding="utf-8")
    tier = text[text.index('name = "phones"') :]
    found = []
    for start, end, name in _INTERVAL.findall(tier):
        phones = ARPABET.get(name.upper().rstrip("012"), ["sil"])
        found.append((float(start), float(end), INDEX[phones[0]]))
    return found
