"""espeak-ng through its C library: sound with the exact time of every phone.

Comes in: text, voice, rate, pitch. Goes out: 16-bit sound and phone events. The library and its
voices come from the PyPI package espeakng-loader.
"""

from __future__ import annotations

import ctypes
from pathlib import Path

import espeakng_loader
import numpy as np
import numpy.typing as npt

from training.speech.phones import Segment, from_ipa


class _Id(ctypes.Union):
    _fields_ = (
        ("number", ctypes.c_int),
        ("name", ctypes.c_char_p),
        ("string", ctypes.c_char * 8),
    )


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Id),
    )


_CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)
# speak_lib.h: phoneme events, in IPA, and no exit() on errors; output to the callback at once
_OPTIONS, _SYNCHRONOUS, _PHONE, _UTF8 = 0x0003 | 0x8000, 2, 7, 1
_RATE, _PITCH, _RANGE = 1, 3, 4


def variants() -> list[str]:
    """Names of espeak-ng's voice variants."""
    folder = Path(espeakng_loader.get_data_path()) / "voices" / "!v"
    return sorted(path.name for path in folder.iterdir())


class Espeak:
    """The synthesiser; only one may live in a process."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        self.rate: int = self._library.espeak_Initialize(
            _SYNCHRONOUS, 0, espeakng_loader.get_data_path().encode(), _OPTIONS
        )
        self._library.espeak_ng_SetRandSeed(1)  # else it is the time, and a corpus never repeats
        self._sound: list[npt.NDArray[np.int16]] = []
        self._events: list[tuple[int, str]] = []
        self._callback = _CALLBACK(self._heard)  # kept, or it would be collected
        self._library.espeak_SetSynthCallback(self._callback)
        self._library.espeak_Synth.argtypes = (
            *(ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint, ctypes.c_int),
            *(ctypes.c_uint, ctypes.c_uint, ctypes.c_void_p, ctypes.c_void_p),
        )

    def _heard(self, wave: object, count: int, events: object) -> int:
        if wave and count > 0:
            self._sound.append(np.ctypeslib.as_array(wave, (count,)).copy())  # type: ignore[call-overload]
        i = 0
        while events[i].type != 0:  # type: ignore[index]
            event = events[i]  # type: ignore[index]
            if event.type == _PHONE:
                name = bytes(ctypes.string_at(ctypes.addressof(event.id), 8)).split(b"\0")[0]
                self._events.append((event.sample, name.decode("utf-8", "replace")))
            i += 1
        return 0

    def say(
        self, text: str, voice: str, rate: int, pitch: int, pitch_range: int
    ) -> tuple[npt.NDArray[np.int16], list[Segment]]:
        """Speak.

        Args:
            text: what to say.
            voice: language, or language+variant.
            rate: words per minute.
            pitch: 0..100.
            pitch_range: 0..100.

        Returns:
            Sound at `self.rate` and its phone segments; both empty if espeak-ng has no such voice.
        """
        self._sound, self._events = [], []
        library = self._library
        if library.espeak_SetVoiceByName(voice.encode()) != 0:
            return np.zeros(0, np.int16), []
        for parameter, value in ((_RATE, rate), (_PITCH, pitch), (_RANGE, pitch_range)):
            library.espeak_SetParameter(parameter, value, 0)
        raw = text.encode()
        library.espeak_Synth(raw, len(raw) + 1, 0, 1, 0, _UTF8, None, None)
        library.espeak_Synchronize()
        sound = np.concatenate(self._sound) if self._sound else np.zeros(0, np.int16)
        return sound, self._segments(len(sound) / self.rate)

    def _segments(self, duration: float) -> list[Segment]:
        times = [sample / self.rate for sample, _ in self._events] + [duration]
        segments: list[Segment] = []
        if times[0] > 0:
            segments.append((0.0, times[0], ["sil"]))
        for (_, name), start, end in zip(self._events, times, times[1:], strict=False):
            if end <= start:
                continue
            phones = ["sil"] if name == "" else from_ipa(name)
            if phones:
                segments.append((start, end, phones))
            elif segments:  # a modifier: the phone before it goes on
                before, _, kept = segments[-1]
                segments[-1] = (before, end, kept)
            else:
                segments.append((start, end, ["sil"]))
        return segments
