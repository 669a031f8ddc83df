"""Rendered pictures and videos become figures: are they in step, and is anything wrong to see?

Comes in: an avatar, sounds, finished files, the photo it was made from. Goes out: offsets in
milliseconds; figures of artefacts beside their bars.
"""

from visavis.evaluate.filmed import FilmedClip, filmed_clips, filmed_sync, pose_opening
from visavis.evaluate.likeness import Reference, reference
from visavis.evaluate.picture import BARS, PictureReport, measure_picture
from visavis.evaluate.sync import SpeechSync, click_offsets, speech_sync

__all__ = [
    "BARS",
    "FilmedClip",
    "PictureReport",
    "Reference",
    "SpeechSync",
    "click_offsets",
    "filmed_clips",
    "filmed_sync",
    "measure_picture",
    "pose_opening",
    "reference",
    "speech_sync",
]
