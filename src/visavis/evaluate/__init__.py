"""Rendered pictures and videos become figures: are they in step, and is anything wrong to see?

Comes in: an avatar, sounds, finished files, the photo it was made from. Goes out: offsets in
milliseconds; figures of artefacts beside their bars.
"""

from visavis.evaluate.likeness import Reference, reference
from visavis.evaluate.picture import BARS, PictureReport, measure_picture
from visavis.evaluate.sync import SpeechSync, click_offsets, speech_sync

__all__ = [
    "BARS",
    "PictureReport",
    "Reference",
    "SpeechSync",
    "click_offsets",
    "measure_picture",
    "reference",
    "speech_sync",
]
