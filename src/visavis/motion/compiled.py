"""The same as ``rows``, compiled: Python is asked only where something is drawn by lot.

Comes in: mouth rows. Goes out: poses, within 1e-5 of those of :class:`visavis.motion.rows.Rows`.
All state is in one structure of C; before one of the Python objects decides, what it decides on is
put into it, and afterwards taken out again.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from ctypes import addressof, byref, c_double, c_int, memset, sizeof
from typing import Any

import numpy as np
import numpy.typing as npt

from visavis import native
from visavis.motion import articulation, voice
from visavis.motion.activity import STATES, Shares
from visavis.motion.compiled_numbers import numbers
from visavis.motion.curves import ROW, Pulse
from visavis.motion.emotion import CALM, Feeling
from visavis.motion.hush import Hush
from visavis.motion.rows import Rows
from visavis.motion.settings import LipSync, MotionSettings
from visavis.motion.visemes import ROW_SIZE
from visavis.motion.voice import Voice
from visavis.native import moving
from visavis.pose import POSE_SIZE, Pose

_AT_ONCE = 16  # rows given to the kernel
FEEL, GAZE, BLINK, NOD, REACT, BREATHE, DRIFT = (1 << k for k in range(7))


class CompiledRows(Rows):
    """As :class:`Rows`.

    Args:
        kernel: the compiled kernel.
        fps: frames a second.
        seed: what the spontaneous movement is drawn from.
        settings: how lively a person is.
        lipsync: how this character's mouth answers.
    """

    def __init__(
        self,
        kernel: native.Kernel,
        fps: float,
        seed: int,
        settings: MotionSettings,
        lipsync: LipSync,
    ) -> None:
        super().__init__(fps, seed, settings, lipsync)
        self._run, self._between, self._make = (
            kernel.motion_rows, kernel.motion_between, kernel.motion_pose,
        )  # fmt: skip
        self._table, self._kept = numbers()
        self._blocks: dict[str, npt.NDArray[np.float64]] = {}
        self._given = (c_double * moving.BETWEEN)()
        self._in = np.empty((_AT_ONCE, ROW_SIZE), np.float32)
        self._out = np.empty(POSE_SIZE, np.float32)
        self._in_at, self._out_at = native.address(self._in), native.address(self._out)
        self._flags = c_int()
        self._m = m = moving.Motion()
        tract, face = self._articulation, self._face
        for name, value in {
            "rest": lipsync.rest, "gain": lipsync.gain, "lips": tract._lips, "size": tract._size,
            "width": lipsync.width, "closure": lipsync.closure, "head_size": self._head._size,
            "expressive": self._head._expressiveness, "brows": face._brows, "smile": face._smile,
            "bias": face._bias, "breath_depth": self._breath._depth,
            "blink_rate": self._blink._rate, "pause": self._voice._pause,
            "mean": self._voice._mean, "spread": self._voice._spread,
            "since_stress": self._voice._since_stress, "armed": 1, "chosen": -1,
        }.items():  # fmt: skip
            setattr(m, name, value)
        m.table = addressof(self._table)
        self._at, self._table_at, self._flags_at = byref(m), byref(self._table), byref(self._flags)
        m.follow_a[:] = self._head._follow._a
        m.level[0] = 1.0
        for glide, source in (
            (m.beat, self._head._beat), (m.mood, face._mood),
            (m.breath, self._breath._follow), (m.talk, self._emotions._talk),
        ):  # fmt: skip
            glide.a = source._a
        m.head_at = m.face_at = m.feel_at = moving.BLOCK
        self._silent()
        self._feel(CALM)
        self._take_gaze()
        self._take_blink()
        self._take_head()
        self._take_breath()

    @property
    def state(self) -> str:
        """What the person does."""
        return STATES[int(self._m.current)]

    def choose(self, state: str) -> None:
        """Say what is done while nothing is said."""
        self._activity.current = STATES[self._m.current]
        self._activity.choose(state)
        chosen = self._activity.chosen
        self._m.chosen = -1 if chosen is None else STATES.index(chosen)
        self._m.current = STATES.index(self._activity.current)

    def emotion(self, name: str, strength: float, seconds: float) -> None:
        """Go over to an emotion."""
        super().emotion(name, strength, seconds)
        self._m.feels = 1

    def advance(self, rows: Sequence[npt.NDArray[np.float32]]) -> None:
        """So many rows further."""
        for first in range(0, len(rows), _AT_ONCE):
            some = rows[first : first + _AT_ONCE]
            done, count = 0, len(some)
            for given, row in zip(self._in, some, strict=False):
                given[:] = row
            while done < count:
                at = self._in_at + self._in.strides[0] * done
                done += self._run(self._at, at, count - done, self._flags_at)
                if self._flags.value:
                    self._decide(self._flags.value)

    def pose(self, t: float) -> Pose:
        """The pose at time t, which the rows made so far surround."""
        given = self._given
        self._between(self._at, t * 50.0 - 0.5, self._fps, given)
        if self._hush is not None or self._gestures.playing:
            values = list(given)
            return self._mixed(t, values[:10], values[10], values[11:38], values[38], values[39])
        left, right = self._blink.at(t)
        x, y = self._gaze.at(t)
        self._make(self._table_at, given, left, right, x, y, self._smile, self._out_at)
        return self._out.copy()

    def interrupt(self, frame: int) -> None:
        """Stop speaking: the mouth shuts from that frame on."""
        if frame:
            x = (frame - 0.5) * 50.0 / self._fps - 0.5
            self._between(self._at, x, self._fps, self._given)
            values = list(self._given)
            now = frame / self._fps
            self._hush = Hush(values[:10], values[38], values[39], values[10], now)
        m = self._m
        self._silent()
        m.active, m.spoken, m.pause = 0, 0.0, max(m.pause, voice._CUT_OFF)
        memset(byref(m, moving.Motion.mouths.offset), 0, sizeof(m.mouths))

    def _silent(self) -> None:
        """As if there had been silence up to now."""
        m = self._m
        m.rows[:] = self._articulation._blend[0].tolist() * moving.SPAN
        m.measured[:] = articulation.silence()[:4].tolist() * 3
        m.heard[:] = (0.0, 0.0)
        m.silence = 1.0
        m.vowel = m.voiced = m.opening = m.speech = 0.0
        memset(byref(m, moving.Motion.hold.offset), 0, sizeof(m.hold) + sizeof(m.now))

    def _decide(self, flags: int) -> None:
        """Those who are flagged decide at the row at work, in the order of :class:`Rows`."""
        m = self._m
        t = (m.made + 0.5) * ROW
        said = Voice(bool(m.active), bool(m.began), bool(m.ended), m.pause, m.stress, m.energy)
        shares = Shares(*m.shares)
        if flags & DRIFT or flags & FEEL:
            self._drift()
        if flags & FEEL:
            self._give_talk()
            self._feel(self._emotions.step(t, said))
            m.feel_at += 1
            m.moved = 1
            self._take_talk()
            m.feels = int(self._emotions._any or self._feeling is not CALM)
        feeling = self._feeling
        shift = 0.0
        if flags & GAZE:
            self._gaze._left = m.gaze_left
            shift = self._gaze.step(t, said, shares, feeling.down)
            self._take_gaze()
        if flags & BLINK:
            self._blink._waited = m.blink_waited
            self._blink.step(t, said, shares, shift, feeling.blink)
            self._take_blink()
        if flags & NOD:
            self._nod(t, said, shares, feeling)
        if flags & REACT:
            self._face._rest = m.face_rest
            self._face._react(t, said)
            m.face_rest = self._face._rest
            m.raises = _pulses(self._face._raises, m.raises_)
        if flags & BREATHE:
            breath = self._breath
            breath._target, breath._hold = m.breath_target, m.breath_hold
            breath.decide(said, feeling.pace)
            self._take_breath()

    def _nod(self, t: float, said: Voice, shares: Shares, feeling: Feeling) -> None:
        m, head_ = self._m, self._head
        head_._left, head_._rest, head_._nod_left = m.head_left, m.head_rest, m.nod_left
        head_._settle(said, shares, feeling.pace * (1.0 - 0.25 * shares.thinking))
        head_._nod(t, said, shares, feeling.nods)
        self._take_head()

    def _drift(self) -> None:
        """New blocks of noise for those that are used up."""
        for name, source in (
            ("head", self._head._drift), ("face", self._face._drift),
            ("feel", self._emotions._drift),
        ):  # fmt: skip
            if getattr(self._m, f"{name}_at") >= moving.BLOCK:
                block = np.ascontiguousarray(source.block())
                self._blocks[name] = block
                setattr(self._m, f"{name}_drift", native.address(block))
                setattr(self._m, f"{name}_at", 0)

    def _feel(self, feeling: Feeling) -> None:
        m, self._feeling = self._m, feeling
        m.feel[:] = feeling.face
        m.feel_head, m.feel_brows, m.feel_smiles = feeling.head, feeling.brows, feeling.smiles
        m.feel_pace, m.feel_blink = feeling.pace, feeling.blink

    def _give_talk(self) -> None:
        m, talk = self._m, self._emotions._talk
        talk._x, talk._y, talk._z = m.talk.x, m.talk.y, m.talk.z
        self._emotions._drift.offer([float(self._blocks["feel"][m.feel_at, 0])])

    def _take_talk(self) -> None:
        m, talk = self._m, self._emotions._talk
        m.talk.x, m.talk.y, m.talk.z = talk._x, talk._y, talk._z

    def _take_gaze(self) -> None:
        m, eyes = self._m, self._gaze
        m.gaze_left, m.gaze_lost = eyes._left, eyes._lost
        m.gaze_x, m.gaze_y = eyes.target

    def _take_blink(self) -> None:
        m, lids = self._m, self._blink
        m.blink_waited, m.blink_due, m.blink_second = lids._waited, lids._due, lids._second
        m.blinks = len(lids._blinks)
        m.blink_first = lids._blinks[0].start if lids._blinks else math.inf

    def _take_head(self) -> None:
        m, head_ = self._m, self._head
        m.head_left, m.head_rest, m.nod_left = head_._left, head_._rest, head_._nod_left
        m.posture[:] = head_._posture
        m.nods = _pulses(head_._nods, m.nod)

    def _take_breath(self) -> None:
        m, breath = self._m, self._breath
        m.breath_target, m.breath_goal, m.breath_hold = breath._target, breath._goal, breath._hold
        m.breath_speed, m.breath_inward = breath._speed, breath._inward


def _pulses(pulses: Sequence[tuple[int, Pulse]], out: Any) -> int:
    """Write the newest ones; how many."""
    kept = pulses[-moving.PULSES :]
    for slot, (channel, pulse) in zip(out, kept, strict=False):
        slot.start, slot.amount, slot.rise = pulse.start, pulse.amount, pulse.rise
        slot.hold, slot.fall, slot.channel = pulse.hold, pulse.fall, int(channel)
    return len(kept)


def open_rows(fps: float, seed: int, settings: MotionSettings, lipsync: LipSync) -> Rows:
    """Compiled ones where there is a kernel."""
    kernel = native.kernel()
    if kernel is None:
        return Rows(fps, seed, settings, lipsync)
    return CompiledRows(kernel, fps, seed, settings, lipsync)
