"""An offline voice: espeak-ng, from the wheel that carries it (espeakng-loader).

Comes in: a sentence. Goes out: its speech, int16 mono at 22050 Hz, and when each word begins. The
library has one global state, so sentences are spoken one at a time, each in a few milliseconds, in
a worker thread.
"""

from __future__ import annotations

import asyncio
import ctypes
import threading
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from visavis.agent.spoken import Spoken, Word
from visavis.errors import InvalidOption, MissingDependency

_SYNCHRONOUS = 2
"""AUDIO_OUTPUT_SYNCHRONOUS of espeak-ng's speak_lib.h: samples come to a callback before
espeak_Synth returns, and none is played."""
_DONT_EXIT = 0x8000
_RATE, _PITCH, _PITCH_RANGE = 1, 3, 4
_UTF8 = 1
_END_OF_EVENTS, _WORD = 0, 1
_GO_ON, _STOP = 0, 1
_NAMES = {"en-gb": "en"}
"""Voices that espeak-ng knows by another name than their language's."""


class _Event(ctypes.Structure):
    """espeak_EVENT of speak_lib.h, as far as it is read."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),  # characters from the text's beginning, from 1
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),  # ms
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_char * 8),
    )


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.POINTER(_Event))
_lock = threading.Lock()


@lru_cache(maxsize=1)
def _library() -> tuple[Any, int]:
    """The library, started, and its sample rate, Hz."""
    try:
        import espeakng_loader
    except ImportError as error:
        raise MissingDependency(
            "the offline voice is not installed: pip install 'visavis[talk]'"
        ) from error
    library = ctypes.CDLL(espeakng_loader.get_library_path())
    library.espeak_Initialize.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_char_p, ctypes.c_int]
    library.espeak_Synth.argtypes = [
        ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint, ctypes.c_int, ctypes.c_uint,
        ctypes.c_uint, ctypes.c_void_p, ctypes.c_void_p,
    ]  # fmt: skip
    folder = str(espeakng_loader.get_data_path()).encode()
    rate = library.espeak_Initialize(_SYNCHRONOUS, 0, folder, _DONT_EXIT)
    if rate <= 0:
        raise MissingDependency("espeak-ng does not start; install espeakng-loader again")
    return library, int(rate)


@dataclass(frozen=True)
class EspeakVoice:
    """A voice of espeak-ng.

    Args:
        voice: its name, e.g. "en-gb", "de", "en-us+f3".
        words_per_minute: 80 to 450.
        pitch: 0 to 100.

    Raises:
        InvalidOption: no such voice.
        MissingDependency: espeak-ng is not installed.
    """

    voice: str = "en-us"
    words_per_minute: int = 160
    pitch: int = 50

    def __post_init__(self) -> None:
        with _lock:
            library, _ = _library()
            self._choose(library)

    async def say(self, text: str) -> AsyncGenerator[Spoken]:
        """Speech of one sentence, in one piece; see :class:`visavis.agent.voices.Voice`."""
        stop = threading.Event()
        try:
            yield await asyncio.to_thread(self.synthesise, text, stop)
        finally:
            stop.set()

    def synthesise(self, text: str, stop: threading.Event | None = None) -> Spoken:
        """Speech of a text, here and now; from any thread.

        Args:
            text: what to say.
            stop: setting it ends the speech where it is.
        """
        samples = bytearray()
        words: list[Word] = []

        def collect(sound: int | None, count: int, events: Any) -> int:
            if sound and count > 0:
                samples.extend(ctypes.string_at(sound, 2 * count))
            index = 0
            while events and events[index].type != _END_OF_EVENTS:
                event = events[index]
                if event.type == _WORD:
                    begin = event.text_position - 1
                    word = text[begin : begin + event.length]
                    words.append(Word(word, event.audio_position / 1000))
                index += 1
            return _STOP if stop is not None and stop.is_set() else _GO_ON

        listener = _Callback(collect)
        said = text.encode()
        with _lock:
            library, rate = _library()
            self._choose(library)
            library.espeak_ng_SetRandSeed(1)  # else it is the time: breath and flutter of a voice
            library.espeak_SetSynthCallback(listener)
            library.espeak_Synth(said, len(said) + 1, 0, 1, 0, _UTF8, None, None)
            library.espeak_Synchronize()
            library.espeak_SetSynthCallback(None)
        return Spoken(np.frombuffer(bytes(samples), np.int16), rate, tuple(words))

    def _choose(self, library: Any) -> None:
        """Make this the library's voice; with the lock held."""
        language, plus, variant = self.voice.partition("+")
        name = _NAMES.get(language, language) + plus + variant
        if library.espeak_SetVoiceByName(name.encode()) != 0:
            raise InvalidOption(
                f"espeak-ng has no voice {self.voice!r}; en-us, en-gb, de, fr, es … are some, and "
                "+f1 to +f5, +m1 to +m8 vary them (en-us+f4)"
            )
        parameters = ((_RATE, self.words_per_minute), (_PITCH, self.pitch), (_PITCH_RANGE, 60))
        for parameter, value in parameters:
            library.espeak_SetParameter(parameter, value, 0)
