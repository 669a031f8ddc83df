"""Rendered videos become figures: do picture and sound agree?

Comes in: an avatar, sounds, finished files. Goes out: offsets in milliseconds.
"""

from visavis.evaluate.filmed import FilmedClip, filmed_clips, filmed_sync, pose_opening
from visavis.evaluate.sync import SpeechSync, click_offsets, speech_sync

__all__ = [
    "FilmedClip",
    "SpeechSync",
    "click_offsets",
    "filmed_clips",
    "filmed_sync",
    "pose_opening",
    "speech_sync",
]
