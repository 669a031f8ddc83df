"""What is said when: phone labels of a recording, in the 28 classes that look alike on the lips.

Comes in: a Praat TextGrid (long or short), an Audacity label track (`start end phone`, seconds)
or an HTK label file (the same in 100 ns), with ARPAbet or IPA phones. Goes out: :class:`Phone`s.
"""

from __future__ import annotations

import os
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from visavis.errors import InvalidMedia
from visavis.speech import PHONES

_ARPABET = """
AA aa|AE ae|AH ah|AX ah|AO ao|AW aa uh|AY aa ih|B p|CH sh|D t|DH th|EH eh|ER er|EY eh iy|F f|G k
HH hh|IH ih|IY iy|JH sh|K k|L l|M m|N n|NG ng|OW oh uh|OY ao ih|P p|R r|S s|SH sh|T t|TH th|UH uh
UW uw|V f|W w|Y y|Z s|ZH sh|H hh|AXR er|DX t|EL l|EM m|EN n|NX n|HV hh|IX ih|UX uw
"""
ARPABET: dict[str, tuple[str, ...]] = {
    entry.split()[0]: tuple(entry.split()[1:])
    for entry in _ARPABET.strip().replace("\n", "|").split("|")
}
"""ARPAbet symbol without stress to the classes it is made of (diphthongs have two)."""

_IPA_ROWS = {
    "aa": "a ɑ", "ae": "æ", "ah": "ʌ ə ɐ ɘ ɤ ɜ", "ao": "ɔ ɒ", "oh": "o ɵ", "eh": "ɛ e",
    "er": "ɝ ɚ", "ih": "ɪ ɨ ᵻ", "iy": "i", "uh": "ʊ", "uw": "u ɯ ʉ", "ue": "y ʏ ø œ ɥ",
    "p": "p b ɓ β", "m": "m", "f": "f v ɱ ʋ ɸ", "th": "θ ð", "t": "t d ʈ ɖ ɗ ɾ ʦ ʣ", "n": "n ɳ ɲ",
    "l": "l ɫ ɭ ɬ ɮ ʎ ɺ r ʀ", "s": "s z", "sh": "ʃ ʒ ʂ ʐ ɕ ʑ ʧ ʤ",
    "k": "k ɡ g q ɢ c ɟ x ɣ χ ʁ ħ ʕ ç ʝ", "ng": "ŋ ɴ", "hh": "h ɦ ʔ", "r": "ɹ ɻ ɽ", "w": "w ʍ",
    "y": "j ʲ",
}  # fmt: skip
IPA = {symbol: phone for phone, row in _IPA_ROWS.items() for symbol in row.split()}
"""IPA symbol, decomposed, to its class."""
_SILENCES = frozenset(
    {"", "sil", "sp", "spn", "pau", "bck", "<eps>", "<p>", "<sil>", "_", "#", "-"}
)

BILABIALS = frozenset({"p", "m"})
LABIODENTAL = frozenset({"f"})
OPEN_VOWELS = frozenset({"aa", "ae", "ao"})
VOWELS = frozenset(PHONES[1:13])

_INTERVAL = re.compile(
    r'xmin\s*=\s*([-\d.eE]+)\s+xmax\s*=\s*([-\d.eE]+)\s+text\s*=\s*"((?:[^"]|"")*)"'
)
_HTK_S = 1e-7
_ENOUGH = 0.5


@dataclass(frozen=True)
class Phone:
    """A phone of a recording.

    Attributes:
        start, end: seconds.
        classes: of :data:`visavis.speech.PHONES`; two for a diphthong, "sil" for silence, none
            where the label is unknown.
        label: as the file has it.
    """

    start: float
    end: float
    classes: tuple[str, ...]
    label: str

    @property
    def first(self) -> str:
        """The first of its classes, "" where it is unknown."""
        return self.classes[0] if self.classes else ""


def classes_of(label: str) -> tuple[str, ...]:
    """The classes of a phone label, ARPAbet or IPA; none where it is neither."""
    bare = label.strip()
    if bare.lower() in _SILENCES:
        return ("sil",)
    arpabet = ARPABET.get(bare.rstrip("012").upper())
    if arpabet and (bare.isupper() or len(bare) > 1 or bare in "bdfgklmnprstvwz"):
        return arpabet
    text = unicodedata.normalize("NFD", bare)
    if text in ("ɜ", "ɜː"):
        return ("er",)
    found: list[str] = []
    for place, symbol in enumerate(text):
        affricate = place and symbol in "ʃʒɕʑʂʐsz" and text[place - 1] in "tdʈɖ"
        if affricate:
            found[-1:] = [IPA[symbol]]
        elif symbol in IPA:
            found.append(IPA[symbol])
    return tuple(found[:2])


def read_phones(path: str | os.PathLike[str]) -> list[Phone]:
    """The phones of a label file, in order.

    Args:
        path: TextGrid (its tier "phones", or the last one), Audacity labels, or HTK labels (also
            the full-context kind).

    Raises:
        InvalidMedia: no such file, no labels in it, or labels that are no phones.
    """
    name = os.fspath(path)
    try:
        raw = Path(path).read_bytes()
    except OSError as error:
        raise InvalidMedia(f"cannot read {name}: {error.strerror or error}") from error
    text = _decoded(raw)
    spans = _textgrid(text) if "TextGrid" in text[:200] else _lines(text)
    phones = [Phone(a, b, classes_of(label), label) for a, b, label in spans if b > a]
    if not phones:
        raise InvalidMedia(
            f"{name} has no phone labels: give a TextGrid, or lines of `start end phone`"
        )
    known = sum(bool(phone.classes) for phone in phones)
    if known < _ENOUGH * len(phones):
        strange = next(phone.label for phone in phones if not phone.classes)
        raise InvalidMedia(
            f"{name}: {strange!r} is no phone; labels are ARPAbet (AA1, P) or IPA (ɑ, p)"
        )
    return sorted(phones, key=lambda phone: phone.start)


def _decoded(raw: bytes) -> str:
    for encoding in ("utf-8-sig", "utf-16"):
        if encoding == "utf-16" and raw[:2] not in (b"\xff\xfe", b"\xfe\xff"):
            continue
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1")


def _textgrid(text: str) -> list[tuple[float, float, str]]:
    """Intervals of the tier "phones" (or "phone", "MAU"), or else of the last tier."""
    tiers = re.split(r'"IntervalTier"', text)[1:]
    if not tiers:
        return []
    chosen = tiers[-1]
    for tier in tiers:
        name = re.search(r'"((?:[^"]|"")*)"', tier)
        if name and name[1].lower() in ("phones", "phone", "mau", "phonemes"):
            chosen = tier
    long = _INTERVAL.findall(chosen)
    if long:
        return [(float(a), float(b), label.replace('""', '"')) for a, b, label in long]
    body = re.sub(r'^\s*"(?:[^"]|"")*"', "", chosen)  # the short form: name, times, count, triples
    triples = re.findall(r'([-\d.eE]+)\s+([-\d.eE]+)\s+"((?:[^"]|"")*)"', body)
    return [(float(a), float(b), label.replace('""', '"')) for a, b, label in triples]


def _lines(text: str) -> list[tuple[float, float, str]]:
    found = []
    for line in text.splitlines():
        parts = line.split(None, 2)
        try:
            start, end = float(parts[0]), float(parts[1])
        except (ValueError, IndexError):
            continue
        label = parts[2].strip() if len(parts) > 2 else ""
        context = re.match(r"[^-]*-([^+]+)\+", label)  # HTK's a^b-c+d=e…
        found.append((start, end, context[1] if context else label))
    if found and found[-1][1] > 36_000:  # ten hours: these are units of 100 ns
        return [(start * _HTK_S, end * _HTK_S, label) for start, end, label in found]
    return found
