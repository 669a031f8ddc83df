"""The whole motion: mouth rows in, poses out, frame by frame.

Comes in: mouth rows, float32 (n, 32) at 50 Hz, in pieces of any size. Goes out: poses, float32
(POSE_SIZE,), at the frame rate; the same ones however the rows came.

Frame k covers [k / fps, (k + 1) / fps) and has the pose of its middle. Everything runs at 50 Hz
and is looked up at the frame's time, so a seed moves alike at every frame rate.
"""

from __future__ import annotations

import math
import sys
from collections import deque
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from visavis.errors import InvalidOption
from visavis.motion.articulation import LOOKAHEAD_ROWS, silence
from visavis.motion.compiled import open_rows
from visavis.motion.gesture_table import check_gesture
from visavis.motion.mix import checked
from visavis.motion.settings import LipSync, MotionSettings
from visavis.motion.visemes import ROW_SIZE
from visavis.pose import Pose

Layer = Callable[[float, Pose], Pose | None]
"""Called with the frame's time (s) and its pose: changes it in place, or returns another."""

_EPS = 1e-6
_QUICKEST = 0.2  # seconds no face is faster than


class Motion:
    """Turns mouth rows into poses.

    Args:
        fps: frames a second, 10..120.
        seed: what the spontaneous movement is drawn from; same seed, same movement.
        settings: how lively a person is.
        lipsync: how this character's mouth answers.
        layers: functions that add to or replace the pose of every frame, called in order.

    Raises:
        InvalidOption: an argument outside what is possible.
    """

    def __init__(
        self,
        fps: float = 25.0,
        seed: int = 0,
        settings: MotionSettings | None = None,
        lipsync: LipSync | None = None,
        *,
        layers: Sequence[Layer] = (),
    ) -> None:
        if not isinstance(fps, (int, float)) or not 10 <= fps <= 120:
            raise InvalidOption(f"fps {fps!r}: a number from 10 to 120 is possible")
        if not isinstance(seed, (int, np.integer)) or seed < 0:
            raise InvalidOption(f"seed {seed!r}: a whole number from 0 up is possible")
        self.settings = settings or MotionSettings()
        self.lipsync = lipsync or LipSync()
        self.fps = float(fps)
        self.layers: list[Layer] = list(layers)
        self._rows = open_rows(self.fps, int(seed), self.settings, self.lipsync)
        self._waiting: deque[npt.NDArray[np.float32]] = deque()
        self._finished = False
        self._pushed = 0  # rows that have come
        self._used = 0  # rows that have gone into the articulation
        self._frame = 0

    def push(self, rows: npt.ArrayLike) -> None:
        """Take mouth rows.

        After `finish` this begins a new utterance: its first row is the first one that no
        frame has used yet.

        Args:
            rows: float32 (n, 32) or (32,), 50 Hz.

        Raises:
            InvalidOption: another shape, or a number that is not finite.
        """
        try:
            rows = np.array(rows, np.float32)
        except (TypeError, ValueError) as error:
            raise InvalidOption(f"mouth rows: float32 (n, {ROW_SIZE}) is possible") from error
        if rows.ndim == 1 and rows.size == ROW_SIZE:
            rows = rows[None]
        if rows.ndim != 2 or rows.shape[1] != ROW_SIZE:
            raise InvalidOption(
                f"mouth rows of shape {rows.shape}: (n, {ROW_SIZE}) at 50 Hz is possible"
            )
        if not np.isfinite(rows).all():
            raise InvalidOption("mouth rows with a number that is not finite")
        self._finished = False
        self._waiting.extend(rows)
        self._pushed += len(rows)

    def finish(self) -> None:
        """No more speech: what follows the rows so far is silence, without end."""
        self._finished = True

    def interrupt(self) -> None:
        """Stop speaking: rows that no frame has shown yet are dropped, and the mouth shuts.

        At 25 fps the next frame's mouth is on its way, the one after it is shut. Life goes on. What
        is pushed from now on is new speech.
        """
        self._waiting.clear()
        self._finished = False
        self._rows.interrupt(self._frame)
        self._pushed = self._used

    @property
    def wanted(self) -> int:
        """Mouth rows that the next frame still needs; 0: it can be made."""
        return self.wanted_for(1)

    def wanted_for(self, frames: int) -> int:
        """Mouth rows that so many next frames still need; 0: they can be made."""
        if self._finished:
            return 0
        return max(self._needed(self._frame + frames - 1) - self._pushed, 0)

    @property
    def pushed(self) -> int:
        """Mouth rows that have come, and so the number of the next one; row n is at n * 20 ms."""
        return self._pushed

    @property
    def available(self) -> int:
        """Frames that can be made now; without limit (`sys.maxsize`) after `finish`.

        A frame needs the rows that cover its interval and at most 40 ms more.
        """
        if self._finished:
            return sys.maxsize
        guess = int(self._pushed / 50.0 * self.fps) + 2
        while guess > self._frame and self._needed(guess - 1) > self._pushed:
            guess -= 1
        return max(guess - self._frame, 0)

    @property
    def time(self) -> float:
        """Time of the next frame's middle, seconds."""
        return (self._frame + 0.5) / self.fps

    @property
    def state(self) -> str:
        """What the person does: "idle", "listening", "thinking" or "speaking".

        Set it to say what is done while nothing is said; "auto" (the default) listens for six
        seconds after speaking, then idles. Speech in the rows always speaks. Takes effect with
        the next frame, blended over half a second.

        Raises:
            InvalidOption: another word.
        """
        return self._rows.state

    @state.setter
    def state(self, state: str) -> None:
        self._rows.choose(state)

    def gesture(self, name: str, strength: float = 1.0, *, at: float | None = None) -> None:
        """Make a gesture; several may overlap.

        Args:
            name: one of `visavis.motion.GESTURES`.
            strength: 0..1.5; 1 is natural.
            at: when it begins, seconds from the first frame's beginning; None, or a time gone
                by: with the next frame.

        Raises:
            InvalidOption: an unknown gesture, a strength or a time outside what is possible.
        """
        check_gesture(name, strength)
        now = self._frame / self.fps
        if at is not None and not (isinstance(at, (int, float)) and 0.0 <= at < math.inf):
            raise InvalidOption(f"gesture {name!r} at {at!r}: seconds from 0 up are possible")
        self._rows.gesture(name, float(strength), now if at is None else max(float(at), now))

    def emotion(self, name: str, strength: float = 1.0, seconds: float = 0.6) -> None:
        """Go over to an emotion, from the next frame on, and stay there.

        Args:
            name: one of `visavis.motion.EMOTIONS`; "neutral" ends another.
            strength: 0..1.
            seconds: nine tenths of the way are done then, 0..30. 0 is for the first frame:
                to be there already. Later, 0.2 is the least.

        Raises:
            InvalidOption: an unknown emotion, a number outside what is possible.
        """
        if self._frame and isinstance(seconds, (int, float)) and 0.0 <= seconds < _QUICKEST:
            seconds = _QUICKEST
        self._rows.emotion(name, strength, seconds)

    def feed(self, rows: Sequence[npt.NDArray[np.float32]]) -> None:
        """As :meth:`push`, for rows that are known to be good: each float32 (32,), finite."""
        self._finished = False
        self._waiting.extend(rows)
        self._pushed += len(rows)

    def next(self) -> Pose:
        """The next frame's pose.

        Returns:
            float32 (POSE_SIZE,), the caller's own.

        Raises:
            InvalidOption: its rows have not come yet (see `available`), or a layer returned
                something that is no pose.
        """
        needed = self._needed(self._frame)
        if not self._finished and needed > self._pushed:
            raise InvalidOption(
                "no frame can be made yet: push more mouth rows, or finish() for silence"
            )
        if self._used < needed:
            self._rows.advance([self._row() for _ in range(needed - self._used)])
            self._used = needed
        t = self.time
        pose = self._rows.pose(t)
        self._frame += 1
        for layer in self.layers:
            pose = checked(layer(t, pose), pose)
        return pose

    def _needed(self, frame: int) -> int:
        """How many rows frame k needs: those it looks at, and the look-ahead."""
        x = (frame + 0.5) * 50.0 / self.fps - 0.5
        half = max(25.0 / self.fps - 0.5, 0.0)
        return math.ceil(x + half - _EPS) + 1 + LOOKAHEAD_ROWS

    def _row(self) -> npt.NDArray[np.float32]:
        """The next row to use: silence where none waits."""
        if self._waiting:
            return self._waiting.popleft()
        self._pushed += 1
        return silence()
