"""Media files: sound in, pictures with sound out. Knows nothing of faces.

Comes in: a sound (see :func:`open_sound`), pictures and their slices of sound. Goes out: chunks
of int16 samples, finished files (see :func:`open_writer`).
"""

from __future__ import annotations

from visavis.video.slices import SoundSlices, boundary, frame_count
from visavis.video.sound import Samples, SoundReader, SoundSource, open_sound
from visavis.video.spec import Quality, VideoSpec
from visavis.video.writer import Writer, check_place, open_writer

__all__ = [
    "Quality",
    "Samples",
    "SoundReader",
    "SoundSlices",
    "SoundSource",
    "VideoSpec",
    "Writer",
    "boundary",
    "check_place",
    "frame_count",
    "open_sound",
    "open_writer",
]
