"""Phone classes: from ARPAbet and IPA, from segments to frames, and what each asks of the mouth.

Comes in: phone names with times. Goes out: one class index per 10 ms frame (`UNKNOWN` where
nothing is known), indices into `visavis.speech.channels.PHONES`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from visavis.evaluate.phones import ARPABET as SYMBOLS
from visavis.evaluate.phones import IPA
from visavis.speech.channels import PHONES

Segment = tuple[float, float, list[str]]
"""Start s, end s, phone classes shared out over it in turn (none: silence)."""

INDEX = {phone: i for i, phone in enumerate(PHONES)}
UNKNOWN = 255
VOWELS = frozenset(PHONES[1:13])
BILABIALS = (INDEX["p"], INDEX["m"])
OPEN_VOWELS = (INDEX["aa"], INDEX["ae"], INDEX["ao"])

ARPABET: dict[str, list[str]] = {name: list(made) for name, made in SYMBOLS.items()}
ARPABET |= {silence: ["sil"] for silence in ("PAU", "SIL", "BCK", "SP", "SPN")}
"""ARPAbet symbol without stress to the classes it is made of (diphthongs have two)."""

_AFFRICATES = {"tʃ": "sh", "dʒ": "sh", "tɕ": "sh", "dʑ": "sh", "ʈʂ": "sh", "tʂ": "sh", "dʐ": "sh"}
_AFFRICATES |= {"ts": "s", "dz": "s"}


def from_ipa(text: str) -> list[str]:
    """Classes of one IPA phone as espeak-ng writes it; empty for a mere modifier."""
    if text.startswith("("):  # espeak-ng's language switch mark
        return []
    text = unicodedata.normalize("NFD", text)
    if text in ("ɜː", "ɜ"):
        return ["er"]
    phones: list[str] = []
    i = 0
    while i < len(text):
        pair = text[i : i + 2]
        if pair in _AFFRICATES:
            phones.append(_AFFRICATES[pair])
            i += 2
            continue
        if text[i] in IPA:
            phones.append(IPA[text[i]])
        elif text[i] == "\u02de":  # rhotic hook
            phones.append("er")
        i += 1
    if len(phones) > 1 and phones[-1] == "y" and phones[0] not in VOWELS:
        phones.pop()  # a palatalised consonant, not a consonant and a glide
    return phones


def to_frames(segments: Iterable[Segment], count: int) -> npt.NDArray[np.uint8]:
    """One class per 10 ms frame.

    Diphthongs give 60 % of their time to the first vowel; affricates and other pairs share alike.

    Args:
        segments: in order of time, without gaps.
        count: number of frames.

    Returns:
        (count,) indices; the last segment's class goes on to the end.
    """
    ends: list[float] = []
    classes: list[int] = []
    for start, end, phones in segments:
        if end <= start:
            continue
        names = phones or ["sil"]
        shares = np.full(len(names), 1 / len(names))
        if len(names) == 2 and names[0] in VOWELS:
            shares = np.array([0.6, 0.4])
        ends.extend(start + np.cumsum(shares) * (end - start))
        classes.extend(INDEX[name] for name in names)
    times = (np.arange(count) + 0.5) * 0.01
    at = np.minimum(np.searchsorted(ends, times, side="right"), len(ends) - 1)
    return np.array(classes, np.uint8)[at]


def shifted(segments: Sequence[Segment], seconds: float) -> list[Segment]:
    """The same segments later by `seconds`."""
    return [(start + seconds, end + seconds, phones) for start, end, phones in segments]


# What each class asks of jaw, opening, width, rounding, pressing, lower-lip tuck and tongue, 0..1,
# set by hand after Cohen & Massaro (1993): inputs that let similar phones share what is learned.
_FEATURES = """
sil 0 .02 .1 0 .15 0 0|aa 1 1 .25 0 0 0 0|ae .85 .85 .55 0 0 0 .1|ah .55 .55 .3 0 0 0 .1
ao .75 .7 .05 .55 0 0 0|oh .5 .45 0 .75 0 0 0|eh .55 .55 .6 0 0 0 .2|er .35 .35 .2 .4 0 0 .3
ih .35 .4 .6 0 0 0 .3|iy .22 .35 .9 0 0 0 .35|uh .35 .3 .05 .6 0 0 .1|uw .25 .2 0 .95 0 0 .1
ue .3 .25 0 .9 0 0 .3|p .12 0 .15 .05 1 0 0|m .15 0 .15 .05 1 0 0|f .15 .1 .2 .05 0 1 0
th .22 .25 .3 0 0 0 1|t .18 .25 .35 .05 0 0 .75|n .22 .28 .35 .05 0 0 .7|l .32 .38 .3 .05 0 0 .9
s .08 .22 .55 .05 0 0 .5|sh .12 .28 .1 .6 0 0 .5|k .28 .35 .3 .05 0 0 .15|ng .28 .33 .3 .05 0 0 .15
hh .4 .4 .3 .05 0 0 .1|r .22 .28 .1 .55 0 0 .4|w .18 .12 0 1 0 0 .1|y .2 .3 .7 0 0 0 .4
"""
_ROWS = [row.split() for row in _FEATURES.strip().replace("\n", "|").split("|")]
_BY_NAME = {name: numbers for name, *numbers in _ROWS}
FEATURES = np.array([_BY_NAME[phone] for phone in PHONES], np.float32)
"""(28, 7) articulatory features of the phone classes."""
