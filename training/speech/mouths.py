"""Real mouths: lip opening, width and jaw measured on the landmark tracks of filmed people.

Comes in: the GRID tracks of the development data. Goes out: corpora `s1` (one speaker, 45 min)
and `grid` (others), mouths in each speaker's own units, phones still unknown.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from training.speech.corpus import Clip, Corpus, Floats, read_16k
from training.speech.settings import WEAK_SYNC
from visavis.speech.mel import log_mel_of


def measure(points: npt.NDArray[np.float64], landmark: npt.NDArray[np.int16]) -> Floats:
    """Mouth of each picture, in units of the distance between the outer eye corners.

    Args:
        points: (frames, landmarks, 2) pixels, NaN where no face was found.
        landmark: (landmarks,) MediaPipe face-mesh indices of the columns.

    Returns:
        (frames, 3) opening (mean of three inner-lip gaps), width, chin to nose bridge.
    """
    at = {int(index): column for column, index in enumerate(landmark)}

    def apart(a: int, b: int) -> npt.NDArray[np.float64]:
        return np.asarray(np.linalg.norm(points[:, at[a]] - points[:, at[b]], axis=1))

    eyes = apart(33, 263)
    seen = np.isfinite(eyes)
    usual = np.median(eyes[seen]) if seen.any() else 1.0
    scale = usual + 0.5 * (np.where(seen, eyes, usual) - usual)  # half trust each picture's own
    opening = (apart(13, 14) + apart(82, 87) + apart(312, 317)) / 3
    mouth = np.stack([opening, apart(61, 291), apart(152, 168)], 1) / scale[:, None]
    return mouth.astype(np.float32)


def _filled(mouth: Floats) -> Floats | None:
    """Gaps bridged by straight lines; None where a track is all gap."""
    known = np.isfinite(mouth[:, 0])
    if known.sum() < 20:
        return None
    frames = np.arange(len(mouth))
    columns = [np.interp(frames, frames[known], mouth[known, k]) for k in range(mouth.shape[1])]
    return np.stack(columns, 1).astype(np.float32)


def _at_frames(mouth: Floats, fps: float, count: int) -> Floats:
    """Pictures to 10 ms frames; NaN beyond the pictures."""
    times = (np.arange(len(mouth)) + 0.5) / fps
    wanted = (np.arange(count) + 0.5) * 0.01
    rows = np.stack([np.interp(wanted, times, mouth[:, k]) for k in range(mouth.shape[1])], 1)
    rows[(wanted < times[0] - 0.03) | (wanted > times[-1] + 0.03)] = np.nan
    return rows.astype(np.float32)


def _in_own_units(clips: list[Clip]) -> None:
    """Per speaker: opening 0 at the 3rd and 1 at the 97th percentile; width, jaw 0.3 per sd."""
    for speaker in {clip.speaker for clip in clips}:
        own = [clip for clip in clips if clip.speaker == speaker]
        rows = np.concatenate([clip.mouth for clip in own])
        low, high = np.nanpercentile(rows[:, 0], [3, 97])
        mean, spread = np.nanmean(rows, 0), np.nanstd(rows, 0)
        for clip in own:
            opening = (clip.mouth[:, 0] - low) / (high - low)
            others = (clip.mouth[:, 1:] - mean[1:]) / spread[1:] * 0.3
            clip.mouth = np.column_stack([opening, others]).astype(np.float32)


def prepare(tracks: Path, out: Path) -> None:
    """Measure every clip of a tracks folder and write the corpus."""
    with np.load(tracks / "tracks.npz") as file:
        z = {key: file[key] for key in file.files}
    names, start = z["names"], z["start"]
    speakers = z.get("speaker", np.full(len(names), "s1"))
    rates = z.get("fps", np.full(len(names), 25.0))
    clips: list[Clip] = []
    for i, name in enumerate(names):
        sound = tracks / "audio" / f"{name}.flac"
        stored = z["xy64"][start[i] : start[i + 1]]
        if str(speakers[i]) in WEAK_SYNC or not sound.exists():
            continue
        points = np.where(stored < 0, np.nan, stored / 64.0)
        mouth = _filled(measure(points, z["landmark"]))
        if mouth is None:
            continue
        mels = log_mel_of(read_16k(sound))
        rows = _at_frames(mouth, float(rates[i]), len(mels))
        clips.append(Clip.of(str(name), str(speakers[i]), mels, mouth=rows))
    _in_own_units(clips)
    Corpus(clips).save(out)
