"""A text that grows becomes sentences, each as soon as it is whole, ready to be spoken.

Comes in: pieces of text, of any size, as a language model writes them. Goes out: sentences without
mark-up. The first one may end at a comma, so that the voice begins early.
"""

from __future__ import annotations

import re

FIRST_AT_LEAST = 24
"""Characters before the first piece may end at a comma."""
LONGEST = 320
"""Characters after which a sentence without an end is cut at a comma or a space."""

_ENDS = re.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s)|[。！？]+[」』”]*|[:;](?=\s*\n)|\n{1,}")
_COMMA = re.compile(r"[,;:–—](?=\s)|[，、；：]")
_ABBREVIATIONS = frozenset({
    "mr", "mrs", "ms", "dr", "prof", "st", "sr", "jr", "vs", "etc", "approx", "e.g", "i.e",
    "a.m", "p.m", "inc", "ltd", "fig", "vol", "gen", "col",
    "bzw", "z.b", "d.h", "u.a", "usw", "ca", "nr", "hr", "fr",
})  # fmt: skip
_CODE = re.compile(r"```.*?(?:```|$)", re.DOTALL)
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_ADDRESS = re.compile(r"https?://\S+")
_MARKS = re.compile(r"(?m)^\s{0,3}(?:#{1,6}|>|[-*+•])\s+|[*_`~]{1,3}(?=\S)|(?<=\S)[*_`~]{1,3}")
_PICTURES = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f\u200d]+")


class SentenceSplitter:
    """Collects text and gives out sentences."""

    def __init__(self) -> None:
        self._text = ""
        self._first = True

    def push(self, piece: str) -> list[str]:
        """Add text.

        Args:
            piece: what comes next.

        Returns:
            The sentences it completes, each ready for a voice.
        """
        self._text += piece
        found = []
        while (end := self._end()) is not None:
            found.append(self._take(end))
        return [sentence for sentence in found if sentence]

    def finish(self) -> list[str]:
        """The text ends here.

        Returns:
            What is left, if anything.
        """
        rest = [*self.push("\n"), self._take(len(self._text))]
        self._first = True
        return [sentence for sentence in rest if sentence]

    def _take(self, end: int) -> str:
        sentence, self._text = speakable(self._text[:end]), self._text[end:].lstrip()
        if sentence:
            self._first = False
        return sentence

    def _end(self) -> int | None:
        """Where the first whole sentence ends; None while there is none."""
        if self._text.startswith("```"):  # left out as one, once its end is there
            end = self._text.find("```", 3)
            return None if end < 0 else end + 3
        for match in _ENDS.finditer(self._text):
            if self._text.count("```", 0, match.end()) % 2:
                return None
            if not self._is_abbreviation(match):
                return match.end()
        if self._first or len(self._text) > LONGEST:
            least = FIRST_AT_LEAST if self._first else LONGEST // 2
            comma = _COMMA.search(self._text, least)
            if comma is not None:
                return comma.end()
        if len(self._text) > LONGEST:
            space = self._text.rfind(" ", 0, LONGEST)
            return space + 1 if space > 0 else LONGEST
        return None

    def _is_abbreviation(self, match: re.Match[str]) -> bool:
        if match[0][0] != "." or match[0].startswith(".."):
            return False
        word = re.split(r"[\s(\[\"']", self._text[: match.start()])[-1].lower()
        numbered = word.isdigit() and match.start() == len(word) <= 2  # "1. Take the eggs."
        initial = len(word) == 1 and word.isalpha() and word != "i"
        return word in _ABBREVIATIONS or initial or numbered


def speakable(text: str) -> str:
    """Text as one would say it: without mark-up, code, addresses and pictures.

    Args:
        text: as a language model writes it.

    Returns:
        Plain words on one line; "" if nothing is left.
    """
    text = _CODE.sub(" ", text)
    text = _LINK.sub(r"\1", text)
    text = _ADDRESS.sub(" ", text)
    text = _PICTURES.sub(" ", text)
    text = _MARKS.sub("", text)
    text = " ".join(text.split())
    return text if re.search(r"\w", text) else ""


def sentences(text: str) -> list[str]:
    """A whole text as sentences; see :class:`SentenceSplitter`."""
    splitter = SentenceSplitter()
    return [*splitter.push(text), *splitter.finish()]
