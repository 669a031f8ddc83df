"""Sound to mouth movement: a small streaming network in plain numpy.

Comes in: sound. Goes out: rows of `MOUTH_CHANNELS` at 50 Hz. How it works: docs/speech.md.
"""

from visavis.speech.channels import MOUTH_CHANNELS, PHONES, ROW_RATE
from visavis.speech.model import SpeechModel
from visavis.speech.stream import SpeechStream, mouth_rows, tell_together

__all__ = [
    "MOUTH_CHANNELS",
    "PHONES",
    "ROW_RATE",
    "SpeechModel",
    "SpeechStream",
    "mouth_rows",
    "tell_together",
]
