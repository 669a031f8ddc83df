"""Rendered videos become figures: do picture and sound agree?

Comes in: an avatar, sounds, finished files. Goes out: offsets in milliseconds.
"""

from visavis.evaluate.sync import SpeechSync, click_offsets, speech_sync

__all__ = ["SpeechSync", "click_offsets", "speech_sync"]
