"""Are picture and sound in step? Measured on the finished file, as a player would show it.

Comes in: an avatar, where to put a video, speech. Goes out: by how many milliseconds the picture
is late (negative: early). Two ways: bursts of sound during which the mouth is made to open, which
tests the file to the sample; and real speech, whose mouth as seen in the pictures is correlated
with the opening the network hears in the file's own sound.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
import numpy.typing as npt

from visavis.errors import InvalidMedia
from visavis.pose import INDEX, Pose

if TYPE_CHECKING:
    from visavis.avatar import Avatar
    from visavis.video import SoundSource

Floats = npt.NDArray[np.float64]
PathLike = str | os.PathLike[str]

BURST_FRAMES = 6
BURST_HZ = 1000
REACH_S, STEP_S = 0.3, 0.001
"""Lags looked at: ± REACH_S in steps of STEP_S."""


@dataclass(frozen=True)
class SpeechSync:
    """How the mouth in the pictures follows the speech in the file.

    Attributes:
        offset_ms: how late the picture is; 0 is in step.
        correlation: of mouth and speech at that offset, -1..1.
    """

    offset_ms: float
    correlation: float


def click_offsets(
    avatar: Avatar,
    out: PathLike,
    *,
    fps: int = 25,
    sample_rate: int = 48_000,
    seconds: float = 8.0,
    bursts: int = 4,
    size: int = 512,
) -> list[float]:
    """Render bursts of sound with the mouth open exactly meanwhile, and measure the file.

    Args:
        avatar: whose mouth opens.
        out: where the video goes.
        fps: frames per second.
        sample_rate: of the sound, Hz.
        seconds: length of the video.
        bursts: how many, evenly spread from start to end.
        size: side of the picture, px.

    Returns:
        For every burst by how many ms the picture is late.

    Raises:
        InvalidMedia: a burst cannot be found in the file.
    """
    frames = int(seconds * fps)
    starts = np.linspace(BURST_FRAMES, frames - 2 * BURST_FRAMES, bursts).astype(int)
    begin, end = starts / fps, (starts + BURST_FRAMES) / fps
    t = np.arange(int(frames / fps * sample_rate)) / sample_rate
    heard = ((t[:, None] >= begin) & (t[:, None] < end)).any(1)
    sound = (12_000 * np.sin(2 * np.pi * BURST_HZ * t) * heard).astype(np.int16)

    def jaw(time: float, pose: Pose) -> None:
        pose[:] = 0
        pose[INDEX["jawOpen"]] = ((time >= begin) & (time < end)).any()

    avatar.render((sound, sample_rate), out, fps=fps, size=size, pose=jaw)
    times, pictures = mouth_pictures(avatar, out)
    level = np.abs(pictures - pictures[0]).mean(1)
    opened = _rises(times, level, level.max() / 2)
    samples, rate = read_sound(out)
    clock = np.arange(len(samples)) / rate
    sounded = _rises(clock, _loudness(samples, rate), 3000.0)
    if len(opened) != bursts or len(sounded) != bursts:
        raise InvalidMedia(
            f"{os.fspath(out)}: {bursts} bursts went in, {len(sounded)} are heard, "
            f"{len(opened)} are seen"
        )
    return [float(1000 * late) for late in np.subtract(opened, sounded)]


def speech_sync(
    avatar: Avatar, speech: SoundSource, out: PathLike, *, fps: int = 25, size: int = 512
) -> SpeechSync:
    """Render speech, and find the lag at which mouth and speech of the file agree best.

    The head is kept still, so that the mouth alone changes the picture. The mouth is seen as the
    first principal component of its pictures.

    Args:
        avatar: who speaks.
        speech: some seconds of speech.
        out: where the video goes.
        fps: frames per second.
        size: side of the picture, px.

    Returns:
        Offset and correlation.
    """
    from visavis.motion import MotionSettings
    from visavis.speech import MOUTH_CHANNELS, mouth_rows

    avatar.render(speech, out, fps=fps, size=size, settings=MotionSettings(liveliness=0.0))
    times, pictures = mouth_pictures(avatar, out)
    centred = pictures - pictures.mean(0)
    seen = np.linalg.svd(centred, full_matrices=False)[0][:, 0]
    samples, rate = read_sound(out)
    rows = mouth_rows(samples, rate)
    opening = rows[:, MOUTH_CHANNELS.index("opening")].astype(np.float64)
    clock = (np.arange(len(opening)) + 0.5) * 0.02
    middle = times + 0.5 / fps
    lags = np.arange(-REACH_S, REACH_S + STEP_S / 2, STEP_S)
    agreement = np.array(
        [np.corrcoef(seen, np.interp(middle - lag, clock, opening))[0, 1] for lag in lags]
    )
    agreement *= np.sign(agreement[np.argmax(np.abs(agreement))])  # a component has no sign
    best = int(np.argmax(agreement))
    return SpeechSync(float(1000 * lags[best]), float(agreement[best]))


def mouth_pictures(avatar: Avatar, path: PathLike) -> tuple[Floats, Floats]:
    """When each picture of a video is shown, and its mouth.

    Args:
        avatar: who is in the video, framed "auto".
        path: the video.

    Returns:
        float64 (n,) seconds; float64 (n, pixels) luma 0..255 of the mouth's box.
    """
    import av

    from visavis.sheet import close_box, in_output

    times, crops = [], []
    box: tuple[int, int, int, int] | None = None
    with av.open(os.fspath(path)) as container:
        for frame in container.decode(video=0):
            if box is None:
                renderer = avatar.renderer((frame.width, frame.height))
                box = in_output(renderer, close_box(avatar, "mouth"))
            x0, y0, x1, y1 = box
            luma = frame.to_ndarray(format="gray")[y0:y1, x0:x1]
            times.append(float(frame.time or 0))
            crops.append(luma.astype(np.float64).ravel())
    return np.array(times), np.array(crops)


def read_sound(path: PathLike) -> tuple[npt.NDArray[np.int16], int]:
    """A file's sound as a player plays it, from time 0: int16 (n,) of the first channel, and Hz."""
    from visavis.video import open_sound

    with open_sound(path) as reader:
        return np.concatenate(list(reader))[:, 0], reader.sample_rate


def _loudness(samples: npt.NDArray[np.int16], rate: int) -> Floats:
    """Peak of the millisecond that ends at each sample."""
    window = max(1, rate // 1000)
    peaks = np.abs(samples.astype(np.float64))
    padded = np.concatenate([np.zeros(window - 1), peaks])
    return cast(Floats, np.lib.stride_tricks.sliding_window_view(padded, window).max(1))


def _rises(times: Floats, values: Floats, threshold: float) -> Floats:
    """Times at which the values come above the threshold."""
    above = values > threshold
    return times[1:][above[1:] & ~above[:-1]]
