"""Forced alignment: where each phone of a known sentence lies in its recording.

Comes in: sound and words. Goes out: phone segments, from pocketsphinx and its US English models.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pocketsphinx

from training.speech.corpus import Clip, Corpus, Floats, read_16k
from training.speech.phones import ARPABET, UNKNOWN, Segment, shifted, to_frames
from training.speech.settings import HELD_SENTENCES
from visavis.speech.mel import log_mel_of

_EARLY = 0.01  # s: pocketsphinx puts boundaries this much before where people put them

# A GRID sentence's name spells it: command, colour, preposition, letter, digit, adverb.
_GRID = (
    {"b": "bin", "l": "lay", "p": "place", "s": "set"},
    {"b": "blue", "g": "green", "r": "red", "w": "white"},
    {"a": "at", "b": "by", "i": "in", "w": "with"},
    {"a": "lettera", "z": "letterz"},
    {"z": "zero", "1": "one", "2": "two", "3": "three", "4": "four", "5": "five"}
    | {"6": "six", "7": "seven", "8": "eight", "9": "nine"},
    {"a": "again", "n": "now", "p": "please", "s": "soon"},
)


class Aligner:
    """Aligns words first, then the words' phones each as a word of its own.

    The second pass finds phone times where pocketsphinx's own phone segmentation often fails.
    """

    def __init__(self) -> None:
        models = pocketsphinx.get_model_path()
        self._decoder = pocketsphinx.Decoder(
            hmm=f"{models}/en-us/en-us",
            dict=f"{models}/en-us/cmudict-en-us.dict",
            lm=None,
            loglevel="FATAL",
            beam=1e-80,
            wbeam=1e-60,
            pbeam=1e-80,
            cmn="batch",
        )
        self._decoder.add_word("lettera", "EY", True)
        self._decoder.add_word("letterz", "Z EH D", True)

    def _pass(self, pcm: bytes, text: str) -> list[tuple[str, int, int]] | None:
        decoder = self._decoder
        decoder.set_align_text(text)
        decoder.start_utt()
        decoder.process_raw(pcm, full_utt=True)
        decoder.end_utt()
        if decoder.hyp() is None:
            return None
        return [(s.word, s.start_frame, s.end_frame + 1) for s in decoder.seg()]

    def align(self, sound: Floats, words: list[str]) -> list[Segment] | None:
        """Phone segments of 16 kHz sound, or None where no alignment was found."""
        decoder = self._decoder
        if not words or any(decoder.lookup_word(word) is None for word in words):
            return None
        pcm = (np.clip(sound, -1, 1) * 32767).astype(np.int16).tobytes()
        try:
            spoken = self._pass(pcm, " ".join(words))
            if spoken is None:
                return None
            phones: list[str] = []
            for word, _, _ in spoken:
                if word[0] not in "<[":
                    phones += decoder.lookup_word(word).split()
            for phone in set(phones):
                if decoder.lookup_word("zq" + phone.lower()) is None:
                    decoder.add_word("zq" + phone.lower(), phone, True)
            found = self._pass(pcm, " ".join("zq" + phone.lower() for phone in phones))
        except RuntimeError:
            return None
        if found is None:
            return None
        segments: list[Segment] = []
        for word, start, end in found:
            name = word[2:].split("(")[0].upper() if word.startswith("zq") else "SIL"
            segments.append((start * 0.01, end * 0.01, ARPABET[name]))
        return shifted(segments, _EARLY)


def grid_words(name: str) -> list[str]:
    """The six words of a GRID sentence, or none for a name that is not one."""
    if not re.fullmatch("[lbps][bgrw][abiw][a-z][z0-9][anps]", name):
        return []
    return [table.get(letter, letter) for table, letter in zip(_GRID, name, strict=True)]


def align_corpus(
    corpus: Corpus,
    sound_of: Callable[[Clip], Path],
    words_of: Callable[[Clip], list[str]],
    every: int = 1,
) -> Corpus:
    """Fill in the phones of every n-th clip, where it can be aligned."""
    aligner = Aligner()
    done = 0
    for clip in corpus.clips[::every]:
        words = words_of(clip)
        segments = aligner.align(read_16k(sound_of(clip)), words) if words else None
        if segments:
            clip.phones = to_frames(segments, len(clip.mels))
            done += 1
    print(f"  aligned {done} of {len(corpus.clips)} clips", flush=True)
    return corpus


def transcripts(data: Path) -> dict[str, str]:
    """Sentences read in `speech/pmatthes`, without those of the closure test."""
    with open(data / "speech/pmatthes/transcript.csv", encoding="utf-8", newline="") as file:
        rows = [row for row in csv.reader(file, delimiter="|", quoting=csv.QUOTE_NONE) if row]
    return {row[0]: row[-1].strip() for row in rows if row[0] not in HELD_SENTENCES}


def prepare_grid(tracks: Path, measured: Path, every: int, out: Path) -> None:
    """Phones for every n-th clip of a corpus made by `mouths.prepare`."""
    corpus = Corpus.load(measured)
    audio = tracks / "audio"
    align_corpus(
        corpus, lambda c: audio / f"{c.name}.flac", lambda c: grid_words(c.name), every
    ).save(out)


def prepare_reader(data: Path, out: Path) -> None:
    """One man reading LJ Speech sentences, with aligned phones; clips that failed are dropped."""
    words = {
        name: [w for w in re.sub(r"[^a-z' ]", " ", text.lower()).split() if w.strip("'")]
        for name, text in transcripts(data).items()
    }
    folder = data / "speech/pmatthes"
    clips = [
        Clip.of(path.stem, "pmatthes", log_mel_of(read_16k(path)))
        for path in sorted(folder.glob("*.flac"))
        if path.stem in words
    ]
    corpus = align_corpus(
        Corpus(clips), lambda c: folder / f"{c.name}.flac", lambda c: words[c.name]
    )
    Corpus([clip for clip in corpus if clip.phones[0] != UNKNOWN]).save(out)
