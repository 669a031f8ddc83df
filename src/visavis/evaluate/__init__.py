"""Rendered pictures and videos become figures: are they in step, and is anything wrong to see?

Comes in: an avatar, sounds, finished files, the photo it was made from. Goes out: offsets in
milliseconds; figures of artefacts and of lip sync beside their bars.
"""

from visavis.evaluate.filmed import FilmedClip, filmed_clips, filmed_sync, pose_opening
from visavis.evaluate.likeness import Reference, reference
from visavis.evaluate.lipsync import LipSyncReport, evaluate_lipsync
from visavis.evaluate.phones import Phone, read_phones
from visavis.evaluate.picture import BARS, PictureReport, measure_picture
from visavis.evaluate.sync import SpeechSync, click_offsets, speech_sync
from visavis.evaluate.watch import Watched, video_pictures, watch

__all__ = [
    "BARS",
    "FilmedClip",
    "LipSyncReport",
    "Phone",
    "PictureReport",
    "Reference",
    "SpeechSync",
    "Watched",
    "click_offsets",
    "evaluate_lipsync",
    "filmed_clips",
    "filmed_sync",
    "measure_picture",
    "pose_opening",
    "read_phones",
    "reference",
    "speech_sync",
    "video_pictures",
    "watch",
]
