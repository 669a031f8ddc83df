"""A recorded face drives a character: Live Link Face CSV, other CSV with ARKit names, JSON lines.

Comes in: a file. Goes out: :class:`Recording`, a layer for :meth:`visavis.Avatar.render` and
others. Columns may be missing, in any order and in any case; what they do not say, moves by itself.
"""

from __future__ import annotations

import csv
import io
import json
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from visavis.blendshapes.names import LIVE_LINK_TURNS, LOOK_DEGREES, PARTS, POSE_COLUMNS, plain
from visavis.errors import InvalidMedia
from visavis.pose import INDEX, POSE_SIZE, Pose

Floats = npt.NDArray[np.float32]

DEFAULT_FPS = 60.0
"""Of a recording that does not say: Live Link Face's own."""
EASE_S = 0.3
"""Within this long after its end a recording lets go of the face."""
_RATES = (24.0, 25.0, 30.0, 50.0, 60.0)
_TIMES = ("time", "timestamp", "seconds", "timecode", "timestampms")
_TURNS = {
    "headyaw": ("headYaw", 1.0), "headpitch": ("headPitch", 1.0), "headroll": ("headRoll", 1.0),
    "lefteyeyaw": ("gazeX", 0.5), "righteyeyaw": ("gazeX", 0.5),
    "lefteyepitch": ("gazeY", 0.5), "righteyepitch": ("gazeY", 0.5),
}  # fmt: skip
_LOOK_X = {"eyelookoutleft": 1, "eyelookinright": 1, "eyelookinleft": -1, "eyelookoutright": -1}
_LOOK_Y = {"eyelookdownleft": 1, "eyelookdownright": 1, "eyelookupleft": -1, "eyelookupright": -1}


@dataclass(frozen=True, eq=False)
class Recording:
    """A recorded face, ready to be laid over a pose: call it with a time and a pose.

    Attributes:
        times: float32 (n,) middles of the rows' intervals, seconds from the first row's begin,
            rising.
        values: float32 (n, POSE_SIZE).
        entries: positions in a pose that it moves.
        columns: names of the columns that were understood.
    """

    times: Floats
    values: Floats
    entries: tuple[int, ...]
    columns: tuple[str, ...]

    @property
    def duration(self) -> float:
        """Seconds to the middle of the last row."""
        return float(self.times[-1])

    def at(self, time: float) -> Pose:
        """The recorded pose at a time, between its rows, float32 (POSE_SIZE,)."""
        k = int(np.searchsorted(self.times, time, side="right"))
        if k == 0 or k == len(self.times):
            return np.array(self.values[max(k - 1, 0)], np.float32)
        a, b = float(self.times[k - 1]), float(self.times[k])
        part = np.float32((time - a) / max(b - a, 1e-9))
        low, high = self.values[k - 1], self.values[k]
        return np.asarray(low + part * (high - low), np.float32)

    def __call__(self, time: float, pose: Pose) -> Pose:
        """Lay it over a pose, in place; beyond its end it lets go."""
        over = min(max((time - self.duration) / EASE_S, 0.0), 1.0)
        if over >= 1.0:
            return pose
        held = np.float32(1.0 - over)
        recorded, entries = self.at(time), list(self.entries)
        pose[entries] += held * (recorded[entries] - pose[entries])
        return pose


def read(path: str | os.PathLike[str], fps: float | None = None) -> Recording:
    """Read a recording.

    Args:
        path: Live Link Face's CSV; CSV with ARKit's names and, if any, a column of times; or JSON
            lines as ``visavis stream`` writes them.
        fps: rows per second, where the file has no times; also the rate of the frames in its
            timecodes. None: as the timecodes suggest, else 60.

    Raises:
        InvalidMedia: it cannot be read, or nothing in it is a blend shape.
    """
    name = os.fspath(path)
    try:
        text = Path(path).read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text file"
        raise InvalidMedia(f"cannot read {name}: {reason}") from error
    rows = _json_rows(text, name) if text.lstrip()[:1] == "{" else _csv_rows(text, name)
    return _recording(rows, name, fps)


def _csv_rows(text: str, name: str) -> list[dict[str, str]]:
    reader = csv.reader(io.StringIO(text))
    header = next(reader, None)
    if not header:
        raise InvalidMedia(f"{name} is empty; give a CSV file with a line of column names")
    names = [column.strip() for column in header]
    return [dict(zip(names, row, strict=False)) for row in reader if any(c.strip() for c in row)]


def _json_rows(text: str, name: str) -> list[dict[str, Any]]:
    rows = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            found = json.loads(line)
            flat = dict(found.get("blendshapes") or {})
            flat |= {"time": found.get("time"), "tongueUp": found.get("tongueUp")}
            for group, prefix in (("head", "head"), ("gaze", "gaze"), ("shift", "head")):
                for key, value in (found.get(group) or {}).items():
                    flat[f"{prefix}{key[0].upper()}{key[1:]}"] = value
        except (ValueError, AttributeError, TypeError) as error:
            raise InvalidMedia(
                f"{name}, line {number}: not a line of blend shapes as JSON"
            ) from error
        flat["degrees"] = 1
        rows.append({key: value for key, value in flat.items() if value is not None})
    return rows


def _recording(rows: Sequence[dict[str, Any]], name: str, fps: float | None) -> Recording:
    known = {column for row in rows[:1] for column in row}
    plains = {column: plain(column) for column in known}
    degrees = any(p == "degrees" for p in plains.values())
    wanted = [c for c, p in plains.items() if p in POSE_COLUMNS or p in _TURNS]
    if not wanted:
        raise InvalidMedia(
            f"{name} has no column that is a blend shape (jawOpen, MouthSmileLeft …)"
        )
    values = np.zeros((len(rows), POSE_SIZE), np.float32)
    seen: set[int] = set()
    kept: list[int] = []
    for number, row in enumerate(rows):
        if any(not str(row.get(column, "")).strip() for column in wanted):
            continue  # a moment in which no face was tracked
        kept.append(number)
        _fill(values[number], row, plains, wanted, degrees, seen, f"{name}, row {number + 1}")
    if not kept:
        raise InvalidMedia(f"{name} has column names, but no row of numbers")
    times = _times(rows, plains, name, fps)
    times = times - times[0] + (np.median(np.diff(times)) / 2 if len(times) > 1 else 0.0)
    times = times[kept]
    rising = np.concatenate([[True], np.diff(np.maximum.accumulate(times)) > 0])
    entries = [e for part in PARTS.values() if seen & set(part) for e in part]
    entries += [e for e in seen if e not in entries]
    return Recording(
        times=times[rising].astype(np.float32),
        values=values[kept][rising],
        entries=tuple(sorted(set(entries))),
        columns=tuple(sorted(wanted)),
    )


def _fill(
    pose: Floats,
    row: dict[str, Any],
    plains: dict[str, str],
    wanted: Sequence[str],
    degrees: bool,
    seen: set[int],
    where: str,
) -> None:
    """One row's values into a pose. Angles of Live Link Face are radians, ours degrees."""
    turned = {turn.lower() for turn in LIVE_LINK_TURNS}
    gaze_known = any(plains[c] in ("gazex", "lefteyeyaw", "righteyeyaw") for c in wanted)
    for column in wanted:
        low = plains[column]
        try:
            value = float(row[column])
        except (TypeError, ValueError) as error:
            raise InvalidMedia(f"{where}: {column} is {row[column]!r}, no number") from error
        if not math.isfinite(value):
            raise InvalidMedia(f"{where}: {column} is {row[column]!r}, no number")
        entry, share = _TURNS[low] if low in _TURNS and not degrees else (None, 1.0)
        if entry is not None:
            pose[INDEX[entry]] += share * (math.degrees(value) if low in turned else value)
            seen.add(INDEX[entry])
            continue
        if low not in POSE_COLUMNS:
            continue
        pose[POSE_COLUMNS[low]] = value
        seen.add(POSE_COLUMNS[low])
        if not gaze_known and low in _LOOK_X:
            pose[INDEX["gazeX"]] += 0.5 * LOOK_DEGREES * _LOOK_X[low] * value
            seen.add(INDEX["gazeX"])
        if not gaze_known and low in _LOOK_Y:
            pose[INDEX["gazeY"]] += 0.5 * LOOK_DEGREES * _LOOK_Y[low] * value
            seen.add(INDEX["gazeY"])


def _times(
    rows: Sequence[dict[str, Any]], plains: dict[str, str], name: str, fps: float | None
) -> npt.NDArray[np.float64]:
    """Seconds of each row: from a column of times or timecodes, else counted."""
    column = next((c for t in _TIMES for c, p in plains.items() if p == t), None)
    if column is None:
        return np.arange(len(rows)) / (fps or DEFAULT_FPS)
    texts = [str(row.get(column, "")).strip() for row in rows]
    try:
        if any(":" in text for text in texts):
            return _timecodes(texts, fps)
        unit = 1e-3 if plains[column] == "timestampms" else 1.0
        return np.array([float(text) for text in texts]) * unit
    except ValueError as error:
        raise InvalidMedia(f"{name}: {column} holds something that is no time") from error


def _timecodes(texts: Sequence[str], fps: float | None) -> npt.NDArray[np.float64]:
    """HH:MM:SS:FF.fff, or HH:MM:SS.fff, as seconds."""
    parts = [text.replace(";", ":").split(":") for text in texts]
    if any(len(p) not in (3, 4) for p in parts):
        raise ValueError
    frames = [float(p[3]) if len(p) == 4 else 0.0 for p in parts]
    rate = fps or next((r for r in _RATES if max(frames) < r), DEFAULT_FPS)
    if fps is None and len({p[2] for p in parts}) < 2:  # no second is whole: nothing suggests it
        rate = max(rate, DEFAULT_FPS)
    seconds = [3600 * float(p[0]) + 60 * float(p[1]) + float(p[2]) for p in parts]
    return np.array(seconds) + np.array(frames) / rate
