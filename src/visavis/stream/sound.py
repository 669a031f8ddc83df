"""The sound of a stream: as it is, or as Opus.

Comes in: int16 pieces, each with the number of its first sample. Goes out: sound records.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from visavis.errors import InvalidOption
from visavis.stream.records import Codec, Sound

if TYPE_CHECKING:
    from av.audio.codeccontext import AudioCodecContext

Mono = npt.NDArray[np.int16]

OPUS_RATES = (8_000, 12_000, 16_000, 24_000, 48_000)
OPUS_BITRATE = 32_000
"""With the options below this takes a quarter of the work of speech's own mode at 24000."""
_PACKET_S = 0.02
_DELAY_S = 0.0065
"""What libopus looks ahead: 2.5 ms, and 4 ms to have all its modes in step (OPUS_GET_LOOKAHEAD)."""


class SoundCodec(Protocol):
    """Turns pieces of sound into records."""

    delay: int

    def push(self, at: int, samples: Mono) -> list[Sound]:
        """More sound, whose first sample has this number."""
        ...

    def end(self) -> list[Sound]:
        """No more for now: what is left."""
        ...

    def reset(self) -> None:
        """Forget what is left."""
        ...


class Nothing:
    """No sound: it goes another way."""

    delay = 0

    def push(self, at: int, samples: Mono) -> list[Sound]:
        """Nothing."""
        return []

    def end(self) -> list[Sound]:
        """Nothing."""
        return []

    def reset(self) -> None:
        """Nothing."""


class Pcm16:
    """int16, little-endian."""

    delay = 0

    def push(self, at: int, samples: Mono) -> list[Sound]:
        """One record."""
        return [Sound(at, samples.astype("<i2", copy=False).tobytes())]

    def end(self) -> list[Sound]:
        """Nothing is ever left."""
        return []

    def reset(self) -> None:
        """Nothing is ever left."""


class Opus:
    """Packets of 20 ms by libopus, from PyAV's wheel.

    Args:
        rate: Hz, one of OPUS_RATES.

    Raises:
        InvalidOption: another rate.
    """

    def __init__(self, rate: int) -> None:
        if rate not in OPUS_RATES:
            raise InvalidOption(
                f"Opus at {rate} Hz: {', '.join(map(str, OPUS_RATES))} are possible"
            )
        self.delay = round(_DELAY_S * rate)
        self._rate = rate
        self._size = round(_PACKET_S * rate)
        self.reset()

    def reset(self) -> None:
        """Forget what is left."""
        self._context: AudioCodecContext | None = None
        self._at = 0
        self._left = np.zeros(0, np.int16)

    def push(self, at: int, samples: Mono) -> list[Sound]:
        """Whole packets; sound that does not go on where the last ended begins anew."""
        made: list[Sound] = []
        if self._context is not None and at != self._at + len(self._left):
            made += self.end()
        if self._context is None:
            self._context, self._at = self._open(), at
        self._left = np.concatenate([self._left, samples])
        whole = len(self._left) // self._size * self._size
        made += self._encode(self._left[:whole])
        self._left = self._left[whole:]
        return made

    def end(self) -> list[Sound]:
        """The rest, filled up with silence that covers the codec's delay."""
        if self._context is None:
            return []
        silence = -(len(self._left) + self.delay) % self._size + self.delay
        made = self._encode(np.concatenate([self._left, np.zeros(silence, np.int16)]))
        self.reset()
        return made

    def _open(self) -> AudioCodecContext:
        from av.audio.codeccontext import AudioCodecContext

        context = AudioCodecContext.create("libopus", "w")
        assert isinstance(context, AudioCodecContext)
        context.sample_rate = self._rate
        context.layout = "mono"
        context.format = "s16"
        context.bit_rate = OPUS_BITRATE
        context.options = {"application": "audio", "frame_duration": "20", "compression_level": "3"}
        context.open()
        return context

    def _encode(self, samples: Mono) -> list[Sound]:
        from av import AudioFrame

        assert self._context is not None
        made = []
        for first in range(0, len(samples), self._size):
            frame: Any = AudioFrame.from_ndarray(
                np.ascontiguousarray(samples[None, first : first + self._size]), "s16", "mono"
            )
            frame.sample_rate = self._rate
            for packet in self._context.encode(frame):
                made.append(Sound(self._at, bytes(packet)))
                self._at += self._size
        return made


def sound_codec(codec: Codec, rate: int) -> SoundCodec:
    """What writes sound of this kind.

    Raises:
        InvalidOption: Opus at a rate that it does not have.
    """
    if codec == Codec.OPUS:
        return Opus(rate)
    return Pcm16() if codec == Codec.PCM16 else Nothing()
