"""What the training uses and what it never hears: folders, seeds, held-out people and voices.

Comes in: command-line folders. Goes out: constants and `Folders`, read by every stage.
"""

from __future__ import annotations

import os
import zlib
from dataclasses import dataclass
from pathlib import Path

SEED = 1

HELD_SPEAKERS = frozenset(f"grid_s{n}" for n in (2, 3, 4, 5, 23, 26, 32))
"""GRID people whose sound and mouths are never trained on."""

WEAK_SYNC = frozenset({"grid_s11", "grid_s33"})
"""GRID people whose tracks or timing are poor: left out everywhere."""

HELD_LANGUAGES = ("sw", "cy", "et")
HELD_VARIANTS = ("f4", "m3")
"""espeak-ng languages (Swahili, Welsh, Estonian) and voices kept for the test."""

HELD_SENTENCES = frozenset(f"LJ001-{n:04d}" for n in range(1, 17))
"""LJ Speech sentences of the closure test; their words are kept out of the training too."""

LAGS = {0: 0, 40: 4, 80: 8}
"""Look-ahead in ms to how many 10 ms frames the target lies behind the newest frame heard.

Row n = step - look-ahead / 20 is the mouth at (2 n + 1) * 10 ms; its target is frame 2 n + 1,
whose centre is 5 ms later, so mouths lead by that much. Mouths in GRID agree with this to within
10 ms; mouths in the wild lead by some 15 ms more.
"""

LEAD_S = 0.005


def is_held_clip(name: str) -> bool:
    """Whether a clip of GRID speaker s1 belongs to the tenth that is only tested on."""
    return zlib.crc32(name.encode()) % 10 == 0


@dataclass(frozen=True)
class Folders:
    """Where things lie.

    Attributes:
        data: the development data (video tracks, speech, noise).
        cache: intermediate files, any folder outside the repository.
    """

    data: Path
    cache: Path

    @classmethod
    def default(cls) -> Folders:
        """`VISAVIS_DATA` or ../shared/data, and a folder in the user's cache."""
        root = Path(__file__).resolve().parents[2]
        data = Path(os.environ.get("VISAVIS_DATA", root.parent / "shared" / "data"))
        home = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
        return cls(data, home / "visavis" / "training-speech")
