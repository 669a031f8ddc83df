"""A voice behind an OpenAI-compatible speech endpoint, heard while it is still being made.

Comes in: a sentence. Goes out: its speech in pieces. WAV is asked for, which names its sample rate
and can be read from its first bytes on; what a server sends instead is read too: bare samples, or
a compressed file, whole.
"""

from __future__ import annotations

import io
import re
import struct
from collections.abc import AsyncGenerator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from visavis.agent.endpoints import Endpoint, EndpointFailed
from visavis.agent.spoken import Spoken
from visavis.errors import InvalidMedia

Samples = npt.NDArray[np.int16]

PCM_RATE = 24_000
"""Of bare samples, Hz, as OpenAI's own endpoint sends them."""
LARGEST = 32 * 1024 * 1024
PIECE_S = 0.1


@dataclass(frozen=True)
class SpeechEndpoint:
    """A voice.

    Attributes:
        endpoint: where it is.
        voice: its name there.
    """

    endpoint: Endpoint
    voice: str

    async def say(self, text: str) -> AsyncGenerator[Spoken]:
        """Speech of one sentence; see :class:`visavis.agent.voices.Voice`."""
        body = {
            "model": self.endpoint.model,
            "voice": self.voice,
            "input": text,
            "response_format": "wav",
        }
        async with self.endpoint.post("audio/speech", json=body) as response:
            decoder = SpeechDecoder(response.headers.get("content-type", ""))
            size = 0
            async for data in response.aiter_bytes():
                size += len(data)
                if size > LARGEST:
                    raise EndpointFailed(f"the {self.endpoint.role} does not stop talking")
                for piece in decoder.push(data):
                    yield piece
            try:
                for piece in decoder.finish():
                    yield piece
            except InvalidMedia as error:
                raise EndpointFailed(
                    f"the {self.endpoint.role} sends something that is no sound"
                ) from error


class SpeechDecoder:
    """Bytes of speech become pieces of samples.

    Args:
        content_type: the answer's.
    """

    def __init__(self, content_type: str) -> None:
        self._data = b""
        self._pcm = bool(re.match(r"audio/(pcm|l16|raw)|application/octet-stream", content_type))
        rate = re.search(r"rate=(\d{4,6})", content_type)
        self._format: tuple[int, int] | None = None
        """Rate, Hz, and channels, once known."""
        self._bare = (int(rate[1]) if rate else PCM_RATE, 1)
        self._whole = False

    def push(self, data: bytes) -> list[Spoken]:
        """More bytes; what can be heard of them."""
        self._data += data
        if self._format is None and not self._whole:
            self._recognise()
        if self._format is None:
            return []
        rate, channels = self._format
        step = 2 * channels * round(rate * PIECE_S)
        return self._take(len(self._data) // step * step)

    def finish(self) -> list[Spoken]:
        """The answer ends.

        Raises:
            InvalidMedia: it is no sound.
        """
        if self._format is not None:
            return self._take(len(self._data))
        if not self._data:
            return []
        from visavis.video import open_sound

        with open_sound(io.BytesIO(self._data)) as reader:
            return [
                Spoken(_mono(chunk.reshape(-1), chunk.shape[1]), reader.sample_rate)
                for chunk in reader
            ]

    def _recognise(self) -> None:
        data = self._data
        if len(data) < 12:
            return
        if data[:4] != b"RIFF":
            if self._pcm and data[:4] not in (b"OggS", b"fLaC") and data[:3] != b"ID3":
                self._format = self._bare
            else:
                self._whole = True
            return
        at, found = 12, None
        while at + 8 <= len(data):
            name, length = data[at : at + 4], struct.unpack_from("<I", data, at + 4)[0]
            if name == b"data":
                if found is None:
                    self._whole = True
                else:
                    self._format, self._data = found, data[at + 8 :]
                return
            if name == b"fmt " and at + 24 <= len(data):
                kind, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", data, at + 8)
                if kind in (1, 0xFFFE) and bits == 16 and 1 <= channels <= 2:
                    found = (rate, channels)
            at += 8 + length + length % 2

    def _take(self, count: int) -> list[Spoken]:
        assert self._format is not None
        rate, channels = self._format
        count -= count % (2 * channels)
        data, self._data = self._data[:count], self._data[count:]
        if not data:
            return []
        return [Spoken(_mono(np.frombuffer(data, "<i2").astype(np.int16), channels), rate)]


def _mono(samples: Samples, channels: int) -> Samples:
    if channels == 1:
        return samples
    mixed: Samples = samples.reshape(-1, channels).mean(axis=1).astype(np.int16)
    return mixed
