"""What moves, row by row: the mouth, the voice, and the life that answers it.

Comes in: mouth rows, (32,) float32 at 50 Hz, in order. Goes out: the pose at any time between the
last few. In Python, the reference; :mod:`visavis.motion.compiled` does the same quicker.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from visavis.motion.activity import Activity
from visavis.motion.articulation import Articulation
from visavis.motion.blink import Blinking
from visavis.motion.breath import Breath
from visavis.motion.curves import ROW
from visavis.motion.emotion import Emotions
from visavis.motion.face import Face
from visavis.motion.gaze import Gaze
from visavis.motion.gestures import Gestures
from visavis.motion.head import Head
from visavis.motion.hush import Hush
from visavis.motion.mix import LIFE_CHANNELS, mix
from visavis.motion.recent import RecentRows
from visavis.motion.settings import LipSync, MotionSettings
from visavis.motion.voice import VoiceTracker
from visavis.pose import Pose


class Rows:
    """Everything of one face that has a state.

    Args:
        fps: frames a second.
        seed: what the spontaneous movement is drawn from.
        settings: how lively a person is.
        lipsync: how this character's mouth answers.
    """

    def __init__(self, fps: float, seed: int, settings: MotionSettings, lipsync: LipSync) -> None:
        s, lively = settings, settings.liveliness
        streams = np.random.SeedSequence(seed).spawn(7)
        blink, gaze, head, face, breath, gestures, emotions = (
            np.random.default_rng(q) for q in streams
        )
        self._fps = fps
        self._smile = lipsync.smile
        self._articulation = Articulation(lipsync, s.articulation, s.jaw)
        self._voice = VoiceTracker()
        self._activity = Activity()
        self._blink = Blinking(blink, s.blink * lively)
        self._gaze = Gaze(gaze, s.gaze * lively)
        self._head = Head(head, s.head * lively, s.expressiveness)
        self._face = Face(face, s.brows * lively, s.smile * lively, s.expressiveness)
        self._breath = Breath(breath, s.breath * lively)
        self._gestures = Gestures(gestures)
        self._emotions = Emotions(emotions)
        self._recent = RecentRows(len(LIFE_CHANNELS))
        self._hush: Hush | None = None

    @property
    def state(self) -> str:
        """What the person does."""
        return self._activity.current

    def choose(self, state: str) -> None:
        """Say what is done while nothing is said; see :meth:`Activity.choose`."""
        self._activity.choose(state)

    def gesture(self, name: str, strength: float, at: float) -> None:
        """Begin a gesture at a time, seconds."""
        self._gestures.start(name, strength, at)

    def emotion(self, name: str, strength: float, seconds: float) -> None:
        """Go over to an emotion."""
        self._emotions.choose(name, strength, seconds)

    def advance(self, rows: Sequence[npt.NDArray[np.float32]]) -> None:
        """So many rows further."""
        for row in rows:
            self._advance(row)

    def _advance(self, row: npt.NDArray[np.float32]) -> None:
        """Mouth, voice and life of the row before the one that goes in."""
        mouth = self._articulation.push(row)
        if mouth is None:
            return
        t = (self._recent.made + 0.5) * ROW
        voice = self._voice.step(mouth)
        shares = self._activity.step(voice)
        feeling = self._emotions.step(t, voice)
        shift = self._gaze.step(t, voice, shares, feeling.down)
        self._blink.step(t, voice, shares, shift, feeling.blink)
        life = self._head.step(t, voice, shares, self._gaze.target, feeling)
        life += self._face.step(t, voice, shares, feeling)
        life.append(self._breath.step(voice, feeling.pace))
        self._recent.append(mouth, life)

    def pose(self, t: float) -> Pose:
        """The pose at time t, which the rows made so far surround."""
        x = t * 50.0 - 0.5
        mouth, speech, life = self._recent.between(x)
        return self._mixed(t, mouth, speech, life, *self._recent.closures(x, self._fps))

    def _mixed(
        self,
        t: float,
        mouth: list[float],
        speech: float,
        life: list[float],
        lips: float,
        teeth: float,
    ) -> Pose:
        if self._hush is not None:
            mouth, speech = self._hush.blend(mouth, speech, t)
            self._hush = None if self._hush.over(t) else self._hush
        lids, gaze = self._blink.at(t), self._gaze.at(t)
        added = self._gestures.at(t)
        return mix(mouth, lips, teeth, life, lids, gaze, self._smile, speech, added)

    def interrupt(self, frame: int) -> None:
        """Stop speaking: the mouth shuts from that frame on."""
        if frame:
            x = (frame - 0.5) * 50.0 / self._fps - 0.5
            mouth, speech, _ = self._recent.between(x)
            closures = self._recent.closures(x, self._fps)
            self._hush = Hush(mouth, *closures, speech, frame / self._fps)
        self._articulation.reset()
        self._voice.stop()
        self._recent.hush()
