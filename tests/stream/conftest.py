"""Streams on a virtual clock, and what a listener has of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pytest

import visavis
from visavis import stream
from visavis.pose import Pose
from visavis.session import VirtualClock
from visavis.video.slices import boundary

RATE = 24_000


@dataclass
class Listener:
    """Reads a session's packets as a page would, and keeps what is not taken back."""

    session: stream.MotionSession
    clock: VirtualClock
    decoder: stream.Decoder = field(default_factory=stream.Decoder)
    poses: dict[int, Pose] = field(default_factory=dict)
    sound: npt.NDArray[np.int16] = field(default_factory=lambda: np.zeros(60 * RATE, np.int16))
    sounding: npt.NDArray[np.bool_] = field(default_factory=lambda: np.zeros(60 * RATE, bool))
    marks: list[stream.Record] = field(default_factory=list)
    sizes: list[tuple[float, int]] = field(default_factory=list)
    late: list[int] = field(default_factory=list)

    def run(self, until: float) -> None:
        """Packets at their time, until a time."""
        while True:
            data = self.session.packet()
            if data is not None:
                self._take(data)
            if self.session.due > until:
                self.clock.wait_until(until)
                return
            self.clock.wait_until(self.session.due)

    def _take(self, data: bytes) -> None:
        packet, fps = self.decoder.decode(data), self.session.fps
        sound = 0
        for record in packet.records:
            match record:
                case stream.Poses(frame, poses):
                    for i, pose in enumerate(poses):
                        if boundary(frame + i + 1, RATE, fps) < packet.now:
                            self.late.append(frame + i)
                        assert frame + i not in self.poses
                        self.poses[frame + i] = pose
                case stream.Sound(at, said):
                    samples = np.frombuffer(said, "<i2")
                    sound += len(said)
                    assert not self.sounding[at : at + len(samples)].any()
                    self.sound[at : at + len(samples)] = samples
                    self.sounding[at : at + len(samples)] = True
                case stream.Interrupt(frame, at):
                    self.poses = {k: p for k, p in self.poses.items() if k < frame}
                    self.sounding[at:] = False
                    self.sound[at:] = 0
                    self.marks = [m for m in self.marks if getattr(m, "at", -1) < at]
                case _:
                    self.marks.append(record)
        self.sizes.append((self.clock.now(), len(data) - sound))


@pytest.fixture(scope="session")
def ada() -> Iterator[visavis.Avatar]:
    with visavis.open("ada") as avatar:
        yield avatar


@pytest.fixture
def listener(ada: visavis.Avatar) -> Iterator[Listener]:
    clock = VirtualClock()
    with stream.open_session(ada, seed=1, sample_rate=RATE, clock=clock) as session:
        yield Listener(session, clock)
