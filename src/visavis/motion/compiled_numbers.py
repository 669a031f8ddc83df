"""The numbers of motion that all faces share, as motion.c wants them.

Comes in: the constants of this room's modules. Goes out: one table, and the arrays it points to.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from visavis import native
from visavis.motion import activity, articulation, closure, head, mix, voice
from visavis.motion import blink as blinks
from visavis.motion.visemes import DOMINANCE as DOMINANCES
from visavis.motion.visemes import GAP_MM, PHONES, SHAPES, VOWELS, WIDTH_MM
from visavis.native import moving
from visavis.pose import INDEX, expand


@lru_cache(maxsize=1)
def numbers() -> tuple[moving.Table, list[Any]]:
    """Numbers of all faces, and the arrays they point to."""
    blend = np.ascontiguousarray(np.hstack([DOMINANCES * SHAPES, DOMINANCES]), np.float32)
    kernel = np.ascontiguousarray(np.tile(articulation._kernel(), 2), np.float32)
    pairs = {
        "stretch": "mouthStretch", "upper": "mouthUpperUp", "lower": "mouthLowerDown",
        "pressed": "mouthPress", "smile": "mouthSmile", "frown": "mouthFrown",
        "blink": "eyeBlink", "wide": "eyeWide",
    }  # fmt: skip
    singles = {
        "jaw": "jawOpen", "pucker": "mouthPucker", "funnel": "mouthFunnel",
        "roll": "mouthRollLower", "tip": "tongueOut", "tongue": "tongueUp", "close": "mouthClose",
        "gaze_x": "gazeX", "gaze_y": "gazeY", "head_yaw": "headYaw", "head_pitch": "headPitch",
    }  # fmt: skip
    added = [*mix._ADDED_UP, *[-1] * (12 - len(mix._ADDED_UP))]
    table = moving.Table(
        blend=native.address(blend), kernel=native.address(kernel),
        low=native.address(mix.LOW), high=native.address(mix.HIGH),
        gap=tuple(map(float, GAP_MM)), width=tuple(map(float, WIDTH_MM)),
        open_mm=articulation.OPEN_MM, own_share=articulation.OWN_SHARE,
        width_share=articulation.WIDTH_SHARE, width_unit=articulation.WIDTH_UNIT_MM,
        jaw_unit=articulation.JAW_UNIT_MM, least_voiced=articulation.LEAST_VOICED,
        least_open=articulation.LEAST_OPEN, open=articulation.OPEN_VOWELS,
        small=articulation.SMALL, sluggish=articulation.SLUGGISH,
        jaw_shut=closure.JAW_SHUT, jaw_tucked=closure.JAW_TUCKED, lead=closure.LEAD,
        let_go=closure.LET_GO, vowel=closure.VOWEL, narrow=closure.NARROW,
        unlikely=closure.UNLIKELY, press=closure.PRESS, pucker_gap=closure._PUCKER_GAP,
        phrase_pause=voice.PHRASE_PAUSE, begin=voice._BEGIN, smooth=voice._SMOOTH,
        slow=voice._SLOW, turn=activity.TURN, attention=activity.ATTENTION,
        blend_s=activity.BLEND, hold_yaw=mix.HOLD_YAW, hold_pitch=mix.HOLD_PITCH,
        eye_limit=mix.EYE_LIMIT, knee=mix._KNEE, nod_limit=head._NOD_LIMIT,
        large_shift=blinks._LARGE_SHIFT, full_rows=closure.FULL_ROWS,
        vowels=len(VOWELS), expressed=tuple(mix._EXPRESSED), added_up=tuple(added),
        life=tuple(mix._LIFE_INDEX), **{name: PHONES.index(name) for name in "pmfwr"},
        **{name: INDEX[entry] for name, entry in singles.items()},
        **{name: tuple(INDEX[e] for e in expand(entry)) for name, entry in pairs.items()},
    )  # fmt: skip
    return table, [blend, kernel]
