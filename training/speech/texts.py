"""Words for the synthesisers to say.

Comes in: transcripts of the development data, Django's translated messages, a dictionary. Goes
out: sentences in many languages, and nonsense rich in p, b and m.
"""

from __future__ import annotations

import gettext
import random
import re
from pathlib import Path

import django
import pocketsphinx

# Django's locale names to espeak-ng's voices.
_PAIRS = (
    "es:es fr:fr de:de it:it pt:pt nl:nl pl:pl ru:ru sv:sv cs:cs tr:tr hi:hi ko:ko vi:vi "
    "id:id fi:fi el:el hu:hu ro:ro ar:ar uk:uk da:da hr:hr bg:bg ja:ja zh_Hans:cmn fa:fa lt:lt "
    "lv:lv sk:sk sl:sl ca:ca nb:nb sr:sr bn:bn ta:ta te:te"
)
LANGUAGES = dict(pair.split(":") for pair in _PAIRS.split(" "))
_CONSONANTS = (*"pbmpbmtdkgfvszlrnwjh", "sh", "ch", "th")
_VOWELS = (*"aeiou", "oo", "ee", "ah", "aw")
_ENDS = ("", "", "m", "p", "n", "s", "t")


def translations(locale: str) -> list[str]:
    """Messages of Django in one locale, without placeholders and markup."""
    root = Path(django.__file__).parent
    sentences: list[str] = []
    files = [root / f"conf/locale/{locale}/LC_MESSAGES/django.mo"]
    files += sorted(root.glob(f"contrib/*/locale/{locale}/LC_MESSAGES/django.mo"))
    for path in files:
        if not path.exists():
            continue
        with path.open("rb") as file:
            catalogue = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
        for text in catalogue.values():
            if isinstance(text, str) and 8 < len(text) < 400:
                text = re.sub(r"%\(\w+\)[sdr]|%[sd]|\{[^}]*\}|<[^>]*>|[_|`*#@/\\\"“”«»]", " ", text)
                text = re.sub(r"\s+", " ", text).strip()
                if len(text) > 8:
                    sentences.append(text)
    return sentences


def nonsense(rng: random.Random) -> str:
    """Four to ten made-up words, a quarter of their consonants p, b or m."""
    words = []
    for _ in range(rng.randint(4, 10)):
        syllables = (
            rng.choice(_CONSONANTS) + rng.choice(_VOWELS) + rng.choice(_ENDS)
            for _ in range(rng.randint(1, 3))
        )
        words.append("".join(syllables))
    return " ".join(words)


def dictionary_words() -> list[str]:
    """English words of three to eight letters, from pocketsphinx's dictionary."""
    path = Path(pocketsphinx.get_model_path()) / "en-us/cmudict-en-us.dict"
    words = (line.split()[0] for line in path.read_text(encoding="utf-8").splitlines() if line)
    return [word for word in words if word.isalpha() and 2 < len(word) < 9]
