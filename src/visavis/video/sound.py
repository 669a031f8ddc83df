"""Sound comes in: any file PyAV can read, bytes, a file object, or samples that are already here.

Comes in: a path, bytes, a binary file object, or (samples, sample rate). Goes out: a
:class:`SoundReader`, which yields int16 chunks (n, channels) at the sound's own rate, mono or
stereo, and never holds more than a moment of it: an hour of sound takes no more memory than a
second.
"""

from __future__ import annotations

import io
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

import numpy as np
import numpy.typing as npt

from visavis.errors import InvalidMedia

if TYPE_CHECKING:
    import av
    from av.audio.frame import AudioFrame

Samples = npt.NDArray[np.int16]
"""int16 (n, channels), one or two channels."""

SoundSource = str | os.PathLike[str] | bytes | BinaryIO | tuple[npt.NDArray[np.generic], int]
"""What a sound may be given as; a tuple is (samples (n,) or (n, channels), sample rate Hz)."""

SAMPLE_RATES = (8_000, 96_000)
"""Least and greatest sample rate that comes out, Hz; a file beyond them is resampled."""

CHUNK_S = 0.1
"""Chunks are at least this long (the last one excepted): small enough for a quick first frame,
large enough that the network runs in useful batches."""

SPOOL_BYTES = 16 << 20
"""A stream that cannot seek is kept in memory up to this size, then in a temporary file."""


class SoundReader:
    """A sound, opened. Iterate it for its chunks; close it, or use it in a ``with``.

    Attributes:
        name: what to call it in messages.
        sample_rate: Hz, the sound's own.
        channels: 1 or 2; more channels are mixed down to two.
        duration: seconds, where the file says so; an estimate, only good for progress bars.
    """

    name: str
    sample_rate: int
    channels: int
    duration: float | None

    def __iter__(self) -> Iterator[Samples]:
        """Chunks int16 (n, channels), in order, once."""
        gathered: list[Samples] = []
        held, least = 0, int(self.sample_rate * CHUNK_S)
        for chunk in self._chunks():
            gathered.append(chunk)
            held += len(chunk)
            if held >= least:
                yield np.concatenate(gathered)
                gathered, held = [], 0
        if held:
            yield np.concatenate(gathered)

    def __enter__(self) -> SoundReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Free the file."""

    def _chunks(self) -> Iterator[Samples]:
        raise NotImplementedError


def open_sound(source: SoundSource) -> SoundReader:
    """Open a sound.

    Args:
        source: path of a sound or video file, its bytes, a binary file object, or
            (samples, sample rate): int16, int32, or float -1..1; (n,) or (n, channels);
            8000 to 96000 Hz.

    Returns:
        The reader, with its first samples already decoded (so what cannot be read fails here).

    Raises:
        InvalidMedia: no such file, no sound in it, or nothing that can be decoded.
    """
    if isinstance(source, tuple):
        return _Array(*source)
    if isinstance(source, (bytes, bytearray, memoryview)):
        return _File(io.BytesIO(source), "the given bytes")
    if isinstance(source, (str, os.PathLike)):
        path = Path(source)
        if not os.fspath(source):
            raise InvalidMedia("the sound's name is empty; name a sound or video file")
        if path.is_dir():
            raise InvalidMedia(f"{path} is a folder; name a sound or video file")
        try:
            return _File(_seekable(path.open("rb")), str(path))
        except OSError as error:
            raise InvalidMedia(f"cannot read {path}: {error.strerror or error}") from error
    if hasattr(source, "read"):
        return _File(_seekable(source), str(getattr(source, "name", "the given stream")))
    raise InvalidMedia(
        f"a sound is a path, bytes, a binary file or (samples, rate), not {type(source).__name__}"
    )


def _seekable(stream: BinaryIO | io.TextIOBase) -> BinaryIO:
    """The stream itself, or a temporary copy of one that cannot seek (a pipe)."""
    if isinstance(stream, io.TextIOBase):
        raise InvalidMedia("the sound's file object is open as text; open it in mode 'rb'")
    if hasattr(stream, "seekable") and stream.seekable():
        return stream
    spool = tempfile.SpooledTemporaryFile(SPOOL_BYTES)  # noqa: SIM115 - the reader closes it
    shutil.copyfileobj(stream, spool)
    spool.seek(0)
    return cast(BinaryIO, spool)


class _Array(SoundReader):
    """Samples that are already in memory."""

    def __init__(self, samples: npt.NDArray[np.generic], sample_rate: int) -> None:
        self.name = "the given samples"
        self.sample_rate = _check_rate(sample_rate, self.name)
        array = np.asarray(samples)
        if array.ndim == 1:
            array = array[:, None]
        if array.ndim != 2 or not 1 <= array.shape[1] <= 64:
            raise InvalidMedia(
                f"samples of shape {np.shape(samples)}: give (n,) or (n, channels), time first"
            )
        if not len(array):
            raise InvalidMedia("the given sound is empty: 0 samples")
        self._samples = array if array.shape[1] <= 2 else array.mean(1, keepdims=True)
        if array.dtype.kind in "iu" and array.shape[1] > 2:
            self._samples = np.round(self._samples).astype(array.dtype)
        self._check_dtype()
        self.channels = self._samples.shape[1]
        self.duration = len(array) / self.sample_rate

    def _check_dtype(self) -> None:
        dtype = self._samples.dtype
        if dtype.kind != "f" and dtype not in (np.int16, np.int32):
            raise InvalidMedia(f"samples of type {dtype}: give int16, int32 or float -1..1")

    def _chunks(self) -> Iterator[Samples]:
        step = max(1, int(self.sample_rate * CHUNK_S))
        for start in range(0, len(self._samples), step):
            yield _to_int16(self._samples[start : start + step])


def _to_int16(samples: npt.NDArray[np.generic]) -> Samples:
    if samples.dtype == np.int16:
        return cast(Samples, samples)
    if samples.dtype == np.int32:
        return (samples.astype(np.int32) >> 16).astype(np.int16)
    values = samples.astype(np.float64)
    if not np.isfinite(values).all():
        raise InvalidMedia("the given samples hold values that are not finite (NaN or infinity)")
    return np.clip(np.round(values * 32768), -32768, 32767).astype(np.int16)


def _check_rate(rate: int, name: str) -> int:
    low, high = SAMPLE_RATES
    if not low <= rate <= high or int(rate) != rate:
        raise InvalidMedia(f"{name}: sample rate {rate} Hz; {low} to {high} Hz can be used")
    return int(rate)


class _File(SoundReader):
    """Sound decoded by PyAV from a file object that can seek; owns the object."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        self.name = name
        self._file = file
        self._container: av.container.InputContainer | None = None
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    def _open(self) -> None:
        import av

        try:
            self._container = av.open(self._file, mode="r")
        except (av.error.FFmpegError, ValueError, EOFError, OSError) as error:
            raise InvalidMedia(f"{self.name} is no sound or video file that can be read") from error
        stream = self._container.streams.best("audio")
        if stream is None:
            raise InvalidMedia(f"{self.name} has no sound in it")
        self._packets = self._container.demux(stream)
        self._decoded = self._decode()
        first = next(self._decoded, None)
        if first is None:
            raise InvalidMedia(f"{self.name} holds no sound that can be decoded")
        # a decoder may give another rate than the file names (HE-AAC): ask the frame
        low, high = SAMPLE_RATES
        self.sample_rate = min(max(first.sample_rate, low), high)
        self.channels = 1 if first.layout.nb_channels == 1 else 2
        self._first = first
        length = self._container.duration
        self.duration = length / av.time_base if length and length > 0 else None

    def _decode(self) -> Iterator[AudioFrame]:
        import av

        while True:
            try:
                packet = next(self._packets, None)
                if packet is None:
                    return
                frames = packet.decode()
            except av.error.EOFError:
                return
            except av.error.FFmpegError:
                continue  # a damaged packet: play what is whole, as players do
            for frame in cast("list[AudioFrame]", frames):
                if frame.samples:
                    yield frame

    def _chunks(self) -> Iterator[Samples]:
        import av

        layout = "mono" if self.channels == 1 else "stereo"
        resampler, shape = None, None
        for frame in self._with_first():
            this = (frame.format.name, frame.layout.name, frame.sample_rate)
            if this != shape:  # the first one, or the file changes its format on the way
                if resampler is not None:
                    yield from map(self._interleaved, resampler.resample(None))
                shape = this
                resampler = av.AudioResampler("s16", layout, self.sample_rate)
            assert resampler is not None
            frame.pts = None  # gaps and jitter of the file's clock do not concern us
            yield from map(self._interleaved, resampler.resample(frame))
        if resampler is not None:
            yield from map(self._interleaved, resampler.resample(None))

    def _with_first(self) -> Iterator[AudioFrame]:
        yield self._first
        yield from self._decoded

    def _interleaved(self, frame: AudioFrame) -> Samples:
        return cast(Samples, frame.to_ndarray().reshape(-1, self.channels))

    def close(self) -> None:
        if self._container is not None:
            self._container.close()
            self._container = None
        self._file.close()
