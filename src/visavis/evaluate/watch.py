"""A face is watched as a viewer sees it: landmarks on its pictures, never its pose.

Comes in: pictures with their times, of an avatar or of any video with a face. Goes out:
:class:`Watched`: the gap between the lips, the mouth's width and the lids of every picture.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from visavis.errors import InvalidMedia

if TYPE_CHECKING:
    from visavis.avatar import Avatar
    from visavis.build.landmarks import Crop
    from visavis.video import SoundSource

Floats = npt.NDArray[np.float64]
Picture = npt.NDArray[np.uint8]
Timed = Iterable[tuple[float, Picture]]
"""(middle of the time it is shown, s; uint8 (H, W, 3) RGB) of every picture."""
Progress = Callable[[float, float | None], None]
"""Called with the pictures watched and, where it is known, how many there are."""

EYES, CORNERS = (33, 263), (61, 291)
LIPS = ((13, 14), (82, 87), (312, 317))
LIDS = (((33, 133), ((160, 144), (158, 153))), ((263, 362), ((387, 373), (385, 380))))
"""MediaPipe face-mesh indices: outer eye corners; mouth corners; upper and lower inner lip, three
times; of each eye its corners, and upper and lower lid, twice."""

SURE = 0.5
"""How sure the network must be that it sees a face."""
_DEAD, _FOLLOW = 0.015, 0.25
_SEARCH_EVERY = 5


@dataclass(frozen=True, eq=False)
class Watched:
    """A face over time; values of pictures without a face are NaN.

    Attributes:
        times: (n,) middle of each picture, s, rising.
        opening: (n,) gap between the inner lips, in distances between the outer eye corners.
        width: (n,) distance between the mouth's corners, in the same.
        lids: (n,) how far the eyes are open: gap over width, mean of both.
        eyes_px: distance between the outer eye corners, px (median).
        height_px: of the pictures.
    """

    times: Floats
    opening: Floats
    width: Floats
    lids: Floats
    eyes_px: float
    height_px: int

    @property
    def fps(self) -> float:
        """Pictures a second."""
        return float(1 / np.median(np.diff(self.times))) if len(self.times) > 1 else 25.0

    @property
    def seen(self) -> npt.NDArray[np.bool_]:
        """(n,) whether there is a face in the picture."""
        return np.isfinite(self.opening)

    @property
    def px(self) -> float:
        """Px of a picture 512 px high per distance between the eye corners."""
        return self.eyes_px * 512 / self.height_px

    def with_mouth(self, opening: npt.ArrayLike, width: npt.ArrayLike | None = None) -> Watched:
        """The same face with another mouth, (n,) each; used for lines to compare with."""
        wide = self.width if width is None else np.asarray(width, np.float64)
        gap = np.asarray(opening, np.float64)
        return Watched(self.times, gap, wide, self.lids, self.eyes_px, self.height_px)


def watch(
    pictures: Timed, name: str, *, expected: int | None = None, progress: Progress | None = None
) -> Watched:
    """Watch the largest face of some pictures.

    The landmark networks look at a square around the face. The square follows the face slowly and
    stands still while the face does, so a still face has still landmarks.

    Args:
        pictures: what to look at.
        name: what to call them in messages.
        expected: how many there are, if known; for ``progress``.
        progress: called after every picture.

    Returns:
        What was seen.

    Raises:
        InvalidMedia: hardly any picture has a face in it.
        MissingDependency: the extra `build` or its networks are not here.
    """
    follower = _Follower()
    times: list[float] = []
    rows: list[tuple[float, float, float, float]] = []
    height = 0
    for time, picture in pictures:
        height = picture.shape[0]
        times.append(time)
        rows.append(_measure(follower.points(picture)))
        if progress is not None:
            progress(len(rows), expected)
    table = np.array(rows, np.float64).reshape(-1, 4)
    seen = np.isfinite(table[:, 0])
    if seen.sum() < 10 or seen.mean() < 0.5:
        raise InvalidMedia(
            f"{name}: a face is seen in {int(seen.sum())} of {len(rows)} pictures; "
            "give a video of one face, seen from the front"
        )
    eyes = float(np.nanmedian(table[:, 0]))
    # half trust each picture's own scale: faces lean in, and landmarks of eyes are not certain
    scale = eyes + 0.5 * (table[:, 0] - eyes)
    return Watched(
        times=np.array(times),
        opening=table[:, 1] / scale,
        width=table[:, 2] / scale,
        lids=table[:, 3],
        eyes_px=eyes,
        height_px=height,
    )


def _measure(points: Floats | None) -> tuple[float, float, float, float]:
    """Eye distance, lip gap, mouth width (px) and lids (gap over width); NaN without a face."""
    if points is None:
        return (np.nan,) * 4

    def apart(pair: tuple[int, int]) -> float:
        return float(np.linalg.norm(points[pair[0], :2] - points[pair[1], :2]))

    lids = [np.mean([apart(gap) for gap in gaps]) / apart(wide) for wide, gaps in LIDS]
    gap = float(np.mean([apart(pair) for pair in LIPS]))
    return apart(EYES), gap, apart(CORNERS), float(np.mean(lids))


class _Follower:
    """Finds one face and keeps to it from picture to picture."""

    def __init__(self) -> None:
        self._crop: Crop | None = None
        self._pause = 0

    def points(self, picture: Picture) -> Floats | None:
        """(478, 3) px of the next picture's face, or None."""
        from visavis.build.landmarks import answer, crop_of_points

        if self._crop is None and not self._found(picture):
            return None
        assert self._crop is not None
        points, sure = answer(picture, self._crop)
        if sure < SURE:
            self._crop = None
            return None
        self._crop = _towards(self._crop, crop_of_points(points))
        return points

    def _found(self, picture: Picture) -> bool:
        from visavis.build.detect import find_faces
        from visavis.build.landmarks import crop_of_points, find_landmarks

        self._pause -= 1
        if self._pause > 0:
            return False
        faces = find_faces(picture)
        if not faces:
            self._pause = _SEARCH_EVERY  # looking everywhere takes ten times as long as following
            return False
        self._crop = crop_of_points(find_landmarks(picture, faces[0])[0])
        return True


def _towards(now: Crop, wanted: Crop) -> Crop:
    """Where the square goes next: nowhere while the face is where it was."""
    from visavis.build.landmarks import Crop

    a = np.array([now.x, now.y, now.side, now.angle])
    b = np.array([wanted.x, wanted.y, wanted.side, wanted.angle])
    unit = np.array([now.side, now.side, now.side, 1.0])
    away = (b - a) / unit
    step = np.sign(away) * np.maximum(np.abs(away) - _DEAD, 0.0) * _FOLLOW
    x, y, side, angle = (a + step * unit).tolist()
    return Crop(x, y, side, angle)


def video_pictures(path: str | os.PathLike[str]) -> Iterator[tuple[float, Picture]]:
    """The pictures of a video, at the time of its sound: 0 is where the sound begins.

    Args:
        path: any video file.

    Raises:
        InvalidMedia: it is none, or has no pictures.
    """
    import av

    name = os.fspath(path)
    try:
        with av.open(name) as container:
            if not container.streams.video:
                raise InvalidMedia(f"{name} has no pictures in it; name a video")
            stream = container.streams.video[0]
            rate = float(stream.average_rate or stream.guessed_rate or 25)
            begin = 0.0
            for sound in container.streams.audio[:1]:
                if sound.start_time is not None and sound.time_base is not None:
                    begin = float(sound.start_time * sound.time_base)
            for frame in container.decode(stream):
                if frame.time is not None:
                    picture = frame.to_ndarray(format="rgb24").astype(np.uint8, copy=False)
                    yield frame.time - begin + 0.5 / rate, picture
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise InvalidMedia(f"cannot read {name}: it is no video that can be read") from error


def picture_count(path: str | os.PathLike[str]) -> int | None:
    """About how many pictures a video has, where it says so."""
    import av

    try:
        with av.open(os.fspath(path)) as container:
            stream = container.streams.video[0]
            if stream.frames:
                return stream.frames
            if container.duration and stream.average_rate:
                return int(container.duration / av.time_base * float(stream.average_rate))
    except (av.error.FFmpegError, OSError, IndexError):
        pass
    return None


def avatar_pictures(
    avatar: Avatar, sound: SoundSource, *, fps: float = 25, size: int = 512, **options: Any
) -> Iterator[tuple[float, Picture]]:
    """The pictures of an avatar speaking, as drawn.

    Args:
        avatar: who speaks.
        sound: what; see :meth:`visavis.Avatar.frames`, and so ``options``.
        fps: pictures a second.
        size: side of the pictures, px.
        **options: seed, settings, pose, …
    """
    frames = avatar.frames(sound, fps=fps, size=size, **options)
    return ((frame.time + 0.5 / fps, frame.image) for frame in frames)


def few(pictures: Timed, seconds: float) -> Timed:
    """Only the pictures of the first seconds."""
    return itertools.takewhile(lambda shown: shown[0] < seconds, pictures)
