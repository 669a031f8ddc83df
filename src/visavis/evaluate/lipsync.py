"""The judge of lip sync: a face that speaks becomes a report, beside the mouth loudness would make.

Comes in: an avatar and a sound, or any video of a talking head; phone labels and a real speaker's
video where they are at hand. Goes out: :class:`LipSyncReport`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from visavis.errors import InvalidMedia, InvalidOption
from visavis.evaluate import figures
from visavis.evaluate.calm import Calm, calm
from visavis.evaluate.figures import Agreement, Closure
from visavis.evaluate.hearing import Sound, begins_later, sound_of
from visavis.evaluate.phones import Phone, read_phones
from visavis.evaluate.watch import (
    Watched,
    avatar_pictures,
    picture_count,
    video_pictures,
    watch,
)

if TYPE_CHECKING:
    from visavis.avatar import Avatar
    from visavis.video import SoundSource

PathLike = str | os.PathLike[str]
Say = Callable[[str, float, float | None], None]
"""Called with what is being watched, the pictures done, and how many there are if known."""

SAME = 0.7
"""Two sounds whose spectra correlate less than this do not say the same."""


@dataclass(frozen=True)
class Mouth:
    """The figures of one mouth.

    Attributes:
        offset_ms: how late it is behind the mouth that the speech network hears in the sound.
        offset_r: their correlation there; under 0.4 the offset says little.
        closure: with phone labels, else None.
        agreement: beside a real speaker, else None.
    """

    offset_ms: float
    offset_r: float
    closure: Closure | None
    agreement: Agreement | None


@dataclass(frozen=True, eq=False)
class LipSyncReport:
    """What was measured; arrays for the plot besides.

    Attributes:
        name: of what was judged.
        seconds: of speech and silence.
        fps: pictures a second.
        mouth: its figures.
        loudness: the figures of a mouth that follows loudness: the naive line.
        real: the real speaker's own figures, where there is one.
        calm: rest, starts, blinks.
        face: what was seen.
        real_face: the same of the real speaker, on the sound's clock.
        sound: what is heard.
        phones: what is said, where it is known.
    """

    name: str
    seconds: float
    fps: float
    mouth: Mouth
    loudness: Mouth
    real: Mouth | None
    calm: Calm
    face: Watched
    real_face: Watched | None
    sound: Sound
    phones: tuple[Phone, ...]

    def figures(self) -> dict[str, Any]:
        """Everything but the arrays, for JSON."""
        return {
            "name": self.name,
            "seconds": round(self.seconds, 3),
            "fps": round(self.fps, 3),
            "faces_seen": float(self.face.seen.mean()),
            "mouth": asdict(self.mouth),
            "loudness": asdict(self.loudness),
            "real": None if self.real is None else asdict(self.real),
            "calm": asdict(self.calm),
        }


def evaluate_lipsync(
    avatar: Avatar | None = None,
    sound: SoundSource | None = None,
    *,
    phones: PathLike | Sequence[Phone] | None = None,
    against: PathLike | None = None,
    video: PathLike | None = None,
    fps: float = 25,
    size: int = 512,
    say: Say | None = None,
    **options: Any,
) -> LipSyncReport:
    """Judge an avatar speaking a sound, or a finished video, by its pictures.

    Args:
        avatar: who speaks; not with ``video``.
        sound: what; a path, bytes, or (samples, rate). With ``video``: its own if not given.
        phones: labels of the sound: a TextGrid, Audacity or HTK file, or the phones.
        against: a video of a real speaker saying the same.
        video: a video of any talking head, judged instead of an avatar.
        fps: of the avatar's pictures.
        size: of the avatar's pictures, px.
        say: progress.
        **options: of :meth:`visavis.Avatar.frames`, for the avatar.

    Returns:
        The figures.

    Raises:
        InvalidOption: neither or both of avatar and video, or no sound.
        InvalidMedia: something cannot be read, shows no face, or does not say the same.
        MissingDependency: the extra `build` is not here.
    """
    if (avatar is None) == (video is None):
        raise InvalidOption("give an avatar and a sound, or a video of a talking head")
    if sound is None and video is None:
        raise InvalidOption("name the sound the avatar is to speak")
    heard = read_mono(sound if sound is not None else os.fspath(video or ""))
    labels = _labels(phones)
    name = os.fspath(video) if video is not None else getattr(avatar, "name", "")
    tell = say or (lambda what, done, whole: None)
    if video is not None:
        shown, count = video_pictures(video), picture_count(video)
    else:
        assert avatar is not None
        pcm = (np.round(heard.samples * 32767).astype(np.int16), heard.rate)
        shown = avatar_pictures(avatar, pcm, fps=fps, size=size, **options)
        count = int(np.ceil(heard.seconds * fps))
    face = watch(shown, name, expected=count, progress=lambda done, of: tell("watching", done, of))
    real = None if against is None else _real(against, heard, tell)
    return report(name, face, heard, labels, real)


def report(
    name: str,
    face: Watched,
    sound: Sound,
    phones: Sequence[Phone] = (),
    real: Watched | None = None,
) -> LipSyncReport:
    """The figures of a face that has been watched; see :func:`evaluate_lipsync`."""
    clock, heard = ears(sound)

    def judge(seen: Watched, beside: Watched | None) -> Mouth:
        offset, match = figures.lag(seen.times, seen.opening, clock, heard)
        return Mouth(
            offset_ms=offset,
            offset_r=match,
            closure=figures.closure(seen.times, seen.opening, phones) if phones else None,
            agreement=None if beside is None else _beside(seen, beside),
        )

    naive = face.with_mouth(sound.naive(face.times), np.full(len(face.times), np.nan))
    return LipSyncReport(
        name=name,
        seconds=sound.seconds,
        fps=face.fps,
        mouth=judge(face, real),
        loudness=judge(naive, real),
        real=None if real is None else judge(real, None),
        calm=calm(face, sound.phrases(phones), sound.silences(phones)),
        face=face,
        real_face=real,
        sound=sound,
        phones=tuple(phones),
    )


def ears(sound: Sound) -> tuple[figures.Floats, figures.Floats]:
    """The opening that the speech network hears in a sound: (n,) times, s, and values."""
    from visavis.speech import MOUTH_CHANNELS, mouth_rows

    rows = mouth_rows(sound.samples.astype(np.float32), sound.rate)
    opening = rows[:, MOUTH_CHANNELS.index("opening")].astype(np.float64)
    return np.asarray((np.arange(len(opening)) + 0.5) * 0.02, np.float64), opening


def _beside(seen: Watched, real: Watched) -> Agreement:
    width = seen.width if np.isfinite(seen.width).any() else None
    return figures.agreement(seen.times, seen.opening, width, real.times, real.opening, real.width)


def _real(path: PathLike, sound: Sound, tell: Say) -> Watched:
    """A real speaker, watched, on the clock of the sound."""
    name = os.fspath(path)
    later, alike = begins_later(sound, read_mono(name))
    if alike < SAME:
        raise InvalidMedia(
            f"{name} does not say what the sound says (their spectra correlate {alike:.2f}); "
            "give the video the sound was taken from"
        )
    face = watch(
        video_pictures(path),
        name,
        expected=picture_count(path),
        progress=lambda done, of: tell("watching the real speaker", done, of),
    )
    times = face.times - later
    return Watched(times, face.opening, face.width, face.lids, face.eyes_px, face.height_px)


def _labels(phones: PathLike | Sequence[Phone] | None) -> list[Phone]:
    if phones is None:
        return []
    if isinstance(phones, (str, os.PathLike)):
        return read_phones(phones)
    return list(phones)


def read_mono(sound: SoundSource) -> Sound:
    """A sound, whole and mono.

    Raises:
        InvalidMedia: it cannot be read, or has hardly anything in it.
    """
    from visavis.video import open_sound

    with open_sound(sound) as reader:
        samples = np.concatenate(list(reader))
        if len(samples) < reader.sample_rate // 2:
            raise InvalidMedia(f"{reader.name}: half a second of sound is the least to judge by")
        return sound_of(samples, reader.sample_rate)
