"""What a motion stream is made of, and its limits. docs/motion-stream.md is the format.

Comes in: nothing. Goes out: one small class for each record, the numbers of their types, limits.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from fractions import Fraction
from typing import Literal

import numpy as np
import numpy.typing as npt

from visavis.errors import VisavisError
from visavis.pose import INDEX, POSE_NAMES

MAGIC = b"VMOT"
MAJOR, MINOR = 1, 0

MOST_PACKET = 65_536
"""Bytes of a packet."""
MOST_RECORDS = 64
"""Records in a packet."""
MOST_POSES = 64
"""Poses in a record."""
MOST_CHANNELS = 128
MOST_NAME = 32
"""Bytes of a channel's name."""
MOST_TEXT = 2_000
"""Bytes of a caption."""
MOST_VALUE = 32_767
"""Of a channel, in its steps, either way."""
MOST_NUMBER = 2**48
"""Frames, samples and utterances are numbered below this."""
FPS = (Fraction(10), Fraction(120))
RATES = (8_000, 48_000)
"""Sample rates, Hz."""


class InvalidStream(VisavisError):
    """Bytes that are no motion stream, or one that breaks its own rules."""


class Codec(IntEnum):
    """How sound travels. NONE: it goes another way, as an agent's own track in a room."""

    NONE = 0
    PCM16 = 1
    OPUS = 2


STATES = ("idle", "listening", "thinking", "speaking")
StateName = Literal["idle", "listening", "thinking", "speaking"]


class Kind(IntEnum):
    """Types of records."""

    HELLO = 1
    POSES = 2
    SOUND = 3
    INTERRUPT = 4
    STARTED = 5
    FINISHED = 6
    STATE = 7
    CAPTION = 8
    REST = 9
    BYE = 10


def _steps() -> tuple[float, ...]:
    steps = dict.fromkeys(POSE_NAMES, 0.01)
    for name in ("gazeX", "gazeY", "headYaw", "headPitch", "headRoll", "headX", "headY"):
        steps[name] = 0.015625  # degrees and millimetres
    steps["headScale"] = 0.0005
    return tuple(steps[name] for name in POSE_NAMES)


STEPS = _steps()
"""What one step of each entry of a pose is worth; rounding is off by half of it at most."""


@dataclass(frozen=True, slots=True)
class Hello:
    """The header: what the numbers in this stream mean.

    Attributes:
        stream: a random number; another one is another stream.
        fps: poses a second.
        sample_rate: of the sound and of the clock, Hz.
        codec: how sound travels.
        codec_delay: decoded samples that come before those which the record names.
        names: of the channels, in order.
        steps: what one step of each is worth.
    """

    stream: int
    fps: Fraction
    sample_rate: int
    codec: Codec
    codec_delay: int = 0
    names: tuple[str, ...] = POSE_NAMES
    steps: tuple[float, ...] = STEPS

    @property
    def entries(self) -> npt.NDArray[np.intp]:
        """Where each channel is in a pose; -1: this version knows no such entry."""
        return np.array([INDEX.get(name, -1) for name in self.names], np.intp)


@dataclass(frozen=True, slots=True, eq=False)
class Poses:
    """Poses of frames one after the other.

    Attributes:
        frame: number of the first; frame k is the pose at (k + 1/2) / fps seconds.
        poses: float32 (n, POSE_SIZE).
    """

    frame: int
    poses: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Sound:
    """A piece of sound.

    Attributes:
        at: number of its first sample.
        data: int16 samples, little-endian; or one Opus packet.
    """

    at: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Interrupt:
    """Barge-in: forget the poses from a frame on and the sound from a sample on."""

    frame: int
    at: int


@dataclass(frozen=True, slots=True)
class Started:
    """An utterance's first sample has this number."""

    utterance: int
    at: int


@dataclass(frozen=True, slots=True)
class Finished:
    """An utterance is over at a sample; so many samples of it were heard."""

    utterance: int
    at: int
    heard: int
    interrupted: bool


@dataclass(frozen=True, slots=True)
class State:
    """What the person does."""

    name: StateName


@dataclass(frozen=True, slots=True)
class Caption:
    """What is said from a sample on; "" ends it."""

    utterance: int
    at: int
    text: str


@dataclass(frozen=True, slots=True)
class Rest:
    """No more poses from a frame on until others come: the character lives by itself."""

    frame: int


@dataclass(frozen=True, slots=True)
class Bye:
    """The stream is over."""


Record = Hello | Poses | Sound | Interrupt | Started | Finished | State | Caption | Rest | Bye


@dataclass(frozen=True, slots=True)
class Packet:
    """What was in one packet.

    Attributes:
        sequence: its number, 0 to 65535, then 0 again.
        epoch: how often was interrupted, 0 to 255, then 0 again.
        now: the server's clock when it was sent, samples.
        records: in order; what the decoder must not show any more is left out.
    """

    sequence: int
    epoch: int
    now: int
    records: tuple[Record, ...]
