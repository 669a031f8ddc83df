"""Poses of a whole utterance at once.

Comes in: all its mouth rows. Goes out: a pose for every frame.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from visavis.errors import InvalidOption
from visavis.motion.motion import Layer, Motion
from visavis.motion.settings import LipSync, MotionSettings
from visavis.pose import POSE_SIZE, Pose


def poses(
    rows: npt.NDArray[np.float32],
    n_frames: int,
    fps: float = 25.0,
    seed: int = 0,
    settings: MotionSettings | None = None,
    lipsync: LipSync | None = None,
    *,
    layers: Sequence[Layer] = (),
) -> Pose:
    """Poses of a whole utterance.

    Args:
        rows: mouth rows, float32 (n, 32) at 50 Hz; silence follows them.
        n_frames: how many frames to make.
        fps: frames a second, 10..120.
        seed: what the spontaneous movement is drawn from.
        settings: how lively a person is.
        lipsync: how this character's mouth answers.
        layers: functions that add to or replace the pose of every frame.

    Returns:
        float32 (n_frames, POSE_SIZE).

    Raises:
        InvalidOption: an argument outside what is possible.
    """
    if not isinstance(n_frames, (int, np.integer)) or n_frames < 0:
        raise InvalidOption(f"n_frames {n_frames!r}: a whole number from 0 up is possible")
    motion = Motion(fps, seed, settings, lipsync, layers=layers)
    motion.push(rows)
    motion.finish()
    made = np.zeros((n_frames, POSE_SIZE), np.float32)
    for k in range(n_frames):
        made[k] = motion.next()
    return made
