"""The columns of a mouth row: what the speech network says about the mouth, fifty times a second.

Comes in: nothing. Goes out: names, counts and rates shared by the runtime and by `training/speech`.
"""

from __future__ import annotations

SAMPLE_RATE = 16_000
"""Samples per second that the network hears; other rates are resampled."""

ROW_RATE = 50
"""Mouth rows per second: row n is the mouth at (n + 0.5) * 0.02 s."""

ROW_SAMPLES = SAMPLE_RATE // ROW_RATE
"""Samples of 16 kHz sound per mouth row."""

PHONES: tuple[str, ...] = (
    *("sil", "aa", "ae", "ah", "ao", "oh", "eh", "er", "ih", "iy", "uh", "uw", "ue"),
    *("p", "m", "f", "th", "t", "n", "l", "s", "sh", "k", "ng", "hh", "r", "w", "y"),
)
"""Phone classes that look alike on the lips: p is also b, t is d, k is g, f is v, s is z,
sh is zh, ch and j, th is both of its kinds, ue the front rounded vowels."""

MOUTH_CHANNELS: tuple[str, ...] = (
    *("opening", "width", "jaw", "closed"),
    *(f"phone:{phone}" for phone in PHONES),
)
"""Columns of a mouth row (32), float32:

* opening: lip opening, 0 shut … 1 the 97th percentile of a talking person; may exceed 1.
* width: distance between the mouth corners, 0 the speaker's mean, 0.3 per standard deviation.
* jaw: chin to nose bridge, same units as width, larger is lower.
* closed: probability 0..1 that the lips touch.
* phone:…: posterior probability of each phone class; the 28 columns sum to 1.
"""

OPENING, WIDTH, JAW, CLOSED = range(4)
FIRST_PHONE = 4
SIL = FIRST_PHONE + PHONES.index("sil")
P = FIRST_PHONE + PHONES.index("p")
M = FIRST_PHONE + PHONES.index("m")
