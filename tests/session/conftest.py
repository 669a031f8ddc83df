"""Sounds and sessions that the tests of the live loop share."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
import pytest

import visavis
from visavis.session import Session, VirtualClock

RATE = 16_000


@pytest.fixture(scope="session")
def ada() -> Iterator[visavis.Avatar]:
    with visavis.open("ada") as avatar:
        yield avatar


@pytest.fixture
def live(ada: visavis.Avatar) -> Iterator[Callable[..., Session]]:
    """Opens small sessions on a virtual clock; closes them afterwards."""
    opened: list[Session] = []

    def make(**options: object) -> Session:
        given = {"size": 64, "seed": 1, "sample_rate": RATE, "clock": VirtualClock()} | options
        opened.append(ada.session(**given))  # type: ignore[arg-type]
        return opened[-1]

    yield make
    for session in opened:
        session.close()


@pytest.fixture(scope="session")
def spoken() -> tuple[npt.NDArray[np.int16], int]:
    """A sentence, never exactly silent, and its sample rate."""
    pytest.importorskip("espeakng_loader", reason="the wheel espeakng-loader is not installed")
    from visavis.agent.espeak import EspeakVoice

    said = EspeakVoice().synthesise("Almost all our arms are over there.")
    return said.samples | 1, said.sample_rate


def babble(seconds: float, rate: int = RATE, seed: int = 0) -> npt.NDArray[np.int16]:
    """Something like speech: a buzz whose formants and loudness change five times a second."""
    rng = np.random.default_rng(seed)
    n = round(seconds * rate)
    t = np.arange(n) / rate
    sound = np.zeros(n)
    for harmonic in range(1, 30):
        sound += np.sin(2 * np.pi * 120 * harmonic * t) / harmonic**0.7
    knots = rng.uniform(0.0, 1.0, int(seconds * 5) + 2)
    sound *= np.interp(t * 5, np.arange(len(knots)), knots)
    return np.asarray(6000 * sound / 4, np.int16) | 1  # never exactly silent
