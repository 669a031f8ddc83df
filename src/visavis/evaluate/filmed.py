"""Does the mouth move when filmed people's mouths do? A clock that owes nothing to the network.

Comes in: landmark tracks of filmed clips with their sound, and a mouth made from that sound. Goes
out: by how many milliseconds the made mouth is late (negative: early). A delay inside the network,
which a comparison with its own rows cannot show, shows here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from visavis.errors import InvalidMedia
from visavis.evaluate.sync import PathLike, SpeechSync, read_sound
from visavis.evaluate.watch import CORNERS, EYES, LIPS

Floats = npt.NDArray[np.float64]

HELD_OUT = frozenset(f"grid_s{n}" for n in (2, 3, 4, 5, 23, 26, 32))
"""GRID people of whom the training hears and sees nothing (`training/speech/settings.py`)."""

REACH_S, STEP_S = 0.3, 0.002
"""Lags looked at: ± REACH_S in steps of STEP_S."""


@dataclass(frozen=True, eq=False)
class FilmedClip:
    """A few seconds of a filmed person.

    Attributes:
        name: of the clip.
        speaker: who speaks.
        sound: int16 (n,).
        rate: of the sound, Hz.
        times: (frames,) middle of each picture, s from the sound's start.
        opening: (frames,) inner lip gap in distances between the eye corners.
        width: (frames,) distance between the mouth's corners, in the same.
    """

    name: str
    speaker: str
    sound: npt.NDArray[np.int16]
    rate: int
    times: Floats
    opening: Floats
    width: Floats


def filmed_clips(
    tracks: PathLike, speakers: Collection[str] | None = HELD_OUT, most: int | None = None
) -> Iterator[FilmedClip]:
    """Clips of a folder of landmark tracks: `tracks.npz`, and `audio/NAME.flac`.

    Args:
        tracks: the folder.
        speakers: whose clips; None for everybody's. A folder that names nobody has one person.
        most: how many clips of each speaker at most, if there is a limit.

    Raises:
        InvalidMedia: the folder has no such tracks.
    """
    folder = Path(tracks)
    try:
        with np.load(folder / "tracks.npz") as file:
            z = {key: file[key] for key in file.files}
        columns = {int(index): column for column, index in enumerate(z["landmark"])}
        starts, names, people, rates = z["start"], z["names"], z.get("speaker"), z.get("fps")
    except (OSError, ValueError, KeyError) as error:
        raise InvalidMedia(f"{folder} has no landmark tracks of filmed speech ({error})") from error
    people = np.full(len(names), folder.name) if people is None else people
    rates = np.full(len(names), 25.0) if rates is None else rates
    taken: dict[str, int] = {}
    for i, (name, who) in enumerate(zip(names.tolist(), people.tolist(), strict=True)):
        path = folder / "audio" / f"{name}.flac"
        if (
            (speakers is not None and who not in speakers)
            or taken.get(who, 0) == most
            or not path.exists()
        ):
            continue
        points = z["xy64"][starts[i] : starts[i + 1]].astype(np.float64)
        points[points < 0] = np.nan  # no face was found
        opening, width = _mouth(points, columns)
        times = np.asarray((np.arange(len(opening)) + 0.5) / float(rates[i]), np.float64)
        seen = np.isfinite(opening)
        if seen.sum() < 20:
            continue
        taken[who] = taken.get(who, 0) + 1
        yield FilmedClip(name, who, *read_sound(path), times[seen], opening[seen], width[seen])


def _mouth(points: Floats, columns: dict[int, int]) -> tuple[Floats, Floats]:
    """Inner lip gap and mouth width of each picture; (frames, landmarks, 2) px to (frames,)."""

    def apart(a: int, b: int) -> Floats:
        gap = points[:, columns[a]] - points[:, columns[b]]
        return np.asarray(np.linalg.norm(gap, axis=1), np.float64)

    gaps = np.mean([apart(a, b) for a, b in LIPS], axis=0)
    eyes = np.nanmedian(apart(*EYES))
    return np.asarray(gaps / eyes, np.float64), apart(*CORNERS) / eyes


def filmed_sync(clip: FilmedClip, times: npt.ArrayLike, opening: npt.ArrayLike) -> SpeechSync:
    """The lag at which a made mouth agrees best with the filmed one.

    Args:
        clip: who was filmed.
        times: (n,) when the made mouth is so, s from the sound's start, rising.
        opening: (n,) how far it is open, in any unit.

    Returns:
        How late the made mouth is, and the correlation there.
    """
    lags = np.arange(-REACH_S, REACH_S + STEP_S / 2, STEP_S)
    inside = (clip.times > 0.1) & (clip.times < clip.times[-1] - 0.1)
    clock, made = np.asarray(times, np.float64), np.asarray(opening, np.float64)
    real = clip.opening[inside]
    with np.errstate(divide="ignore", invalid="ignore"):
        agreement = np.array(
            [
                np.corrcoef(np.interp(clip.times[inside] + lag, clock, made), real)[0, 1]
                for lag in lags
            ]
        )
    agreement = np.nan_to_num(agreement, nan=-1.0)  # a mouth that never moves agrees with nobody
    best = int(np.argmax(agreement))
    return SpeechSync(float(1000 * lags[best]), float(agreement[best]))


def pose_opening(rows: npt.NDArray[np.float32]) -> Floats:
    """How far the poses of mouth rows part the lips, (rows, 32) to (rows,): jaw less closure.

    The face lives at 50 Hz with nothing but the mouth moving, so value n is at (n + 0.5) * 0.02 s.
    """
    from visavis.motion import Motion, MotionSettings
    from visavis.pose import INDEX

    motion = Motion(fps=50, settings=MotionSettings(liveliness=0.0))
    motion.push(rows)
    motion.finish()
    poses = np.array([motion.next() for _ in range(len(rows))], np.float64)
    return np.asarray(poses[:, INDEX["jawOpen"]] - poses[:, INDEX["mouthClose"]], np.float64)
