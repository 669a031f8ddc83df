"""A voice for demos: espeak-ng, from the wheel that carries it.

Comes in: a sentence. Goes out: a WAV file. Needs the extra `demo`.
"""

from __future__ import annotations

import ctypes
import wave
from pathlib import Path

_SYNCHRONOUS = 2
"""AUDIO_OUTPUT_SYNCHRONOUS of espeak-ng's speak_lib.h: samples come to a callback before
espeak_Synth returns, and none is played."""
_DONT_EXIT = 0x8000
_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)
_RATE, _PITCH, _PITCH_RANGE = 1, 3, 4
_UTF8 = 1


def speak(
    text: str, out: Path, voice: str = "en-us", words_per_minute: int = 160, pitch: int = 50
) -> Path:
    """Speaks a text into a 16-bit mono WAV file.

    Args:
        text: what to say.
        out: the file to write.
        voice: an espeak-ng voice, e.g. "en-gb", "de", "en-us+f3".
        words_per_minute: 80 to 450.
        pitch: 0 to 100.

    Returns:
        `out`.

    Raises:
        ImportError: the wheel espeakng-loader is not installed.
        ValueError: no such voice.
    """
    import espeakng_loader

    library = ctypes.CDLL(espeakng_loader.get_library_path())
    library.espeak_Initialize.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_char_p, ctypes.c_int]
    folder = str(espeakng_loader.get_data_path()).encode()
    rate = library.espeak_Initialize(_SYNCHRONOUS, 0, folder, _DONT_EXIT)
    if rate <= 0:
        raise RuntimeError("espeak-ng does not start")
    library.espeak_ng_SetRandSeed(1)  # else it is the time: breath and flutter of some voices
    samples = bytearray()

    def collect(sound: int | None, count: int, _events: int) -> int:
        if sound and count > 0:
            samples.extend(ctypes.string_at(sound, 2 * count))
        return 0

    listener = _Callback(collect)
    library.espeak_SetSynthCallback(listener)
    if library.espeak_SetVoiceByName(voice.encode()) != 0:
        raise ValueError(f"espeak-ng has no voice {voice!r}")
    for parameter, value in ((_RATE, words_per_minute), (_PITCH, pitch), (_PITCH_RANGE, 60)):
        library.espeak_SetParameter(parameter, value, 0)
    said = text.encode()
    library.espeak_Synth.argtypes = [
        ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint, ctypes.c_int, ctypes.c_uint,
        ctypes.c_uint, ctypes.c_void_p, ctypes.c_void_p,
    ]  # fmt: skip
    library.espeak_Synth(said, len(said) + 1, 0, 1, 0, _UTF8, None, None)
    library.espeak_Synchronize()
    library.espeak_SetSynthCallback(None)
    with wave.open(str(out), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(bytes(samples))
    return out
