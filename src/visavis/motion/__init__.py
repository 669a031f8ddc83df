"""Motion: what the face does, from mouth rows and from being alive.

Comes in: mouth rows, float32 (n, 32) at 50 Hz (opening, width, jaw, closed, 28 phone posteriors).
Goes out: poses, float32 (POSE_SIZE,) at the frame rate. Knows nothing of sound or of pixels.
"""

from __future__ import annotations

from visavis.motion.activity import STATES
from visavis.motion.emotion import EMOTIONS, check_emotion, emotion_pose
from visavis.motion.gesture_table import GESTURES, check_gesture
from visavis.motion.gestures import gesture_peak
from visavis.motion.motion import Layer, Motion
from visavis.motion.settings import LipSync, MotionSettings
from visavis.motion.visemes import VISEMES
from visavis.motion.whole import poses

__all__ = [
    "EMOTIONS",
    "GESTURES",
    "STATES",
    "VISEMES",
    "Layer",
    "LipSync",
    "Motion",
    "MotionSettings",
    "check_emotion",
    "check_gesture",
    "emotion_pose",
    "gesture_peak",
    "poses",
]
