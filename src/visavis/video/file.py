"""A video file with sound: H.264 + AAC (mp4, mov), VP9 + Opus (webm), ProRes 4444 (mov, alpha).

Comes in: pictures (I420, or RGBA where the video is transparent) and their slices of sound. Goes
out: a file under its name, finished. Both tracks start at 0 to the sample: what an encoder puts
before the sound (AAC's priming, Opus' pre-skip) is marked in the file, and players skip it.

Colour: pictures are BT.601 limited range and say so in the file, so players do not guess BT.709
from the size.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from visavis.errors import InvalidMedia, InvalidOption, MissingDependency
from visavis.video.sound import Samples
from visavis.video.spec import ALPHA_SUFFIXES, PixelFormat, VideoSpec

if TYPE_CHECKING:
    import av
    from av.audio.stream import AudioStream
    from av.video.stream import VideoStream

LIMITED_RANGE, BT709, SMPTE170M = 1, 1, 6
"""Code points of ITU-T H.273: range (FFmpeg's numbering), primaries and transfer, matrix."""

BITEXACT = 0x400
"""AVFMT_FLAG_BITEXACT: no random identifiers, so the same frames make the same file."""

AUDIO_BITS_PER_CHANNEL = 96_000
"""AAC and Opus are transparent for speech well below this."""


@dataclass(frozen=True)
class Recipe:
    """How one kind of file is encoded.

    Attributes:
        video, audio: FFmpeg's names of the encoders.
        pixels: FFmpeg's name of the pixel format.
        video_options: options of the video encoder.
        container_options: options of the muxer.
        audio_rates: sample rates the sound encoder takes, Hz; empty: any.
    """

    video: str
    audio: str
    pixels: str
    video_options: dict[str, str]
    container_options: dict[str, str] = field(default_factory=dict)
    audio_rates: tuple[int, ...] = ()


H264 = {"small": ("24", "fast"), "good": ("15", "veryfast"), "best": ("12", "slow")}
"""Quality to CRF and preset. Luma PSNR of a speaking face at 512 px: 41.7, 46.1, 49.4 dB; "good"
costs 3.5 ms of CPU a frame, preset medium at the same PSNR 8 ms for a file 20 % smaller.
Measured by ``python benchmarks/encode.py ada SOUND --frames 60``."""

VP9 = {"small": ("36", "good", "5"), "good": ("22", "realtime", "5"), "best": ("16", "good", "2")}
"""Quality to CRF, deadline and speed (cpu-used). 40.9, 45.4, 47.4 dB; "good" costs 8 ms of CPU a
frame, a quarter of what the slow deadline costs at that PSNR. Measured likewise."""

AAC_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000)
OPUS_RATES = (8000, 12000, 16000, 24000, 48000)


def recipe(suffix: str, spec: VideoSpec) -> Recipe:
    """The recipe of a file kind.

    Args:
        suffix: of the file's name, lower case.
        spec: what the video is to hold.

    Raises:
        InvalidOption: alpha in a kind that has none, a crf out of the encoder's range.
    """
    if spec.transparent and suffix not in ALPHA_SUFFIXES:
        raise InvalidOption(
            f"{suffix} cannot be transparent; use .webm, .mov or a folder of PNG pictures"
        )
    if suffix == ".webm":
        crf, deadline, speed = VP9[spec.quality]
        options = {"crf": _crf(spec, crf), "b": "0", "row-mt": "1"}
        options |= {"deadline": deadline, "cpu-used": speed}
        pixels = "yuva420p" if spec.transparent else "yuv420p"
        if spec.transparent:
            options["auto-alt-ref"] = "0"  # libvpx cannot make such frames with alpha
        return Recipe("libvpx-vp9", "libopus", pixels, options, audio_rates=OPUS_RATES)
    if spec.transparent:
        return Recipe("prores_ks", "pcm_s16le", "yuva444p10le", {"profile": "4444"})
    crf, preset = H264[spec.quality]
    options = {"crf": _crf(spec, crf, 51), "preset": preset}
    return Recipe(
        "libx264", "aac", "yuv420p", options, {"movflags": "+faststart"}, audio_rates=AAC_RATES
    )


def _crf(spec: VideoSpec, default: str, most: int = 63) -> str:
    if spec.crf is not None and spec.crf > most:
        raise InvalidOption(f"crf {spec.crf}: from 0 to {most} here")
    return default if spec.crf is None else str(spec.crf)


def encoder_rate(sample_rate: int, rates: tuple[int, ...]) -> int:
    """The sound's own rate where the encoder takes it, else the next higher, else the highest."""
    if not rates or sample_rate in rates:
        return sample_rate
    return min((rate for rate in rates if rate > sample_rate), default=max(rates))


class VideoFile:
    """One video file in the making; see :class:`visavis.video.writer.Writer`."""

    def __init__(self, path: Path, spec: VideoSpec) -> None:
        import av

        self._path, self._spec = path, spec
        self._recipe = recipe(path.suffix.lower(), spec)
        for codec in (self._recipe.video, self._recipe.audio):
            _check_encoder(codec)
        self.pixel_format: PixelFormat = "rgba" if spec.transparent else "i420"
        self.description = f"{self._recipe.video} + {self._recipe.audio}"
        # beside the target, so that the last step is a rename; the suffix tells the muxer
        self._part = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")
        self._frames = self._samples = 0
        with self._failures():
            self._container: av.container.OutputContainer | None = av.open(
                str(self._part), "w", options=self._recipe.container_options
            )
            self._container.flags |= BITEXACT
            self._video = self._add_video(self._container)
            self._audio = self._add_audio(self._container)

    def _add_video(self, container: av.container.OutputContainer) -> VideoStream:
        spec = self._spec
        stream: VideoStream = container.add_stream(  # type: ignore[assignment]
            self._recipe.video, rate=spec.fps, options=self._recipe.video_options
        )
        stream.width, stream.height = spec.size
        stream.pix_fmt = self._recipe.pixels
        context = stream.codec_context
        context.time_base = 1 / spec.fps
        context.thread_type = "FRAME"  # PyAV's default, slices, costs quality
        context.color_range = LIMITED_RANGE
        context.colorspace = SMPTE170M
        context.color_primaries = context.color_trc = BT709
        if spec.transparent and self._recipe.video == "libvpx-vp9":
            stream.metadata["alpha_mode"] = "1"
        return stream

    def _add_audio(self, container: av.container.OutputContainer) -> AudioStream:
        spec = self._spec
        rate = encoder_rate(spec.sample_rate, self._recipe.audio_rates)
        stream: AudioStream = container.add_stream(  # type: ignore[assignment]
            self._recipe.audio, rate=rate, layout=self._layout
        )
        stream.bit_rate = AUDIO_BITS_PER_CHANNEL * spec.channels
        return stream

    @property
    def _layout(self) -> str:
        return "mono" if self._spec.channels == 1 else "stereo"

    def write(self, image: npt.NDArray[np.uint8], sound: Samples) -> None:
        """Take the next picture and its slice of sound."""
        with self._failures():
            self._write_picture(image)
            self._write_sound(sound)

    def _write_picture(self, image: npt.NDArray[np.uint8]) -> None:
        import av

        from visavis.video.alpha import yuva420

        if self._spec.transparent:
            if self._recipe.pixels == "yuva420p":
                frame = yuva420(image)
            else:
                frame = av.VideoFrame.from_ndarray(image, format="rgba").reformat(
                    format=self._recipe.pixels, dst_colorspace="smpte170m"
                )
        else:
            frame = av.VideoFrame.from_ndarray(image, format="yuv420p")
        frame.colorspace, frame.color_range = SMPTE170M, LIMITED_RANGE
        frame.pts, frame.time_base = self._frames, 1 / self._spec.fps
        self._frames += 1
        self._mux(self._video.encode(frame))

    def _write_sound(self, sound: Samples) -> None:
        import av

        packed = np.ascontiguousarray(sound, np.int16).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(packed, format="s16", layout=self._layout)
        frame.sample_rate = self._spec.sample_rate
        frame.pts, frame.time_base = self._samples, Fraction(1, self._spec.sample_rate)
        self._samples += len(sound)
        self._mux(self._audio.encode(frame))

    def _mux(self, packets: list[Any]) -> None:
        assert self._container is not None
        for packet in packets:
            self._container.mux(packet)

    def close(self) -> Path:
        """Finish the file and give it its name."""
        with self._failures():
            if self._container is not None:
                self._mux(self._video.encode(None))
                self._mux(self._audio.encode(None))
                self._container.close()
                self._container = None
                os.replace(self._part, self._path)
        return self._path

    def discard(self) -> None:
        """Remove what was begun; harmless after ``close``."""
        if self._container is not None:
            with contextlib.suppress(Exception):
                self._container.close()
            self._container = None
        self._part.unlink(missing_ok=True)

    @contextlib.contextmanager
    def _failures(self) -> Any:
        """Errors of FFmpeg or of the disk, in the user's words."""
        import av

        try:
            yield
        except (av.error.FFmpegError, OSError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise InvalidMedia(f"cannot write {self._path}: {reason}") from error


def _check_encoder(name: str) -> None:
    import av

    try:
        av.Codec(name, "w")
    except av.codec.codec.UnknownCodecError as error:
        raise MissingDependency(
            f"this PyAV has no {name} encoder; its own wheels do: pip install --force-reinstall av"
        ) from error
