"""Slow noise that never loops, and followers that never jump.

Comes in: a random stream, targets. Goes out: values at 50 Hz, smooth to the second difference.
Followers are plain floats: for a dozen channels a step costs a third of what numpy takes. Noise
needs no answer to anything, so it is made 128 rows at a time.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from visavis.motion.curves import ROW

BLOCK = 128


def _pole(seconds: float) -> float:
    """Step of a one-pole low-pass with this time constant."""
    return 1.0 - math.exp(-ROW / seconds)


class Glide:
    """Goes to wherever its target is, without ever jumping in place, speed or acceleration.

    Args:
        seconds: time constant of each of its three poles; 63 % of the way takes about three.
    """

    __slots__ = ("_a", "_x", "_y", "_z")

    def __init__(self, seconds: float) -> None:
        self._a = _pole(seconds)
        self._x = self._y = self._z = 0.0

    def slow(self, seconds: float) -> None:
        """From now on with this time constant, at least a row."""
        self._a = _pole(max(seconds, ROW))

    def set(self, value: float) -> None:
        """Be there, at rest."""
        self._x = self._y = self._z = value

    def step(self, target: float) -> float:
        """The next row's value."""
        a = self._a
        self._x += a * (target - self._x)
        self._y += a * (self._x - self._y)
        self._z += a * (self._y - self._z)
        return self._z


class Follower:
    """Several `Glide`s at once, that may all go slower or faster for a while.

    Args:
        seconds: time constant of the three poles, by channel.
    """

    def __init__(self, seconds: Iterable[float]) -> None:
        self._a = [_pole(s) for s in seconds]
        self._x = [0.0] * len(self._a)
        self._y, self._z = list(self._x), list(self._x)

    def step(self, targets: Iterable[float], pace: float = 1.0) -> list[float]:
        """The next row's values; `pace` below 1 is slower."""
        poles = self._a if pace == 1.0 else [pace * a for a in self._a]
        xs, ys, zs = self._x, self._y, self._z
        self._x = xs = [x + a * (t - x) for a, x, t in zip(poles, xs, targets, strict=True)]
        self._y = ys = [y + a * (x - y) for a, y, x in zip(poles, ys, xs, strict=True)]
        self._z = zs = [z + a * (y - z) for a, z, y in zip(poles, zs, ys, strict=True)]
        return zs


class Drift:
    """Several channels of white noise through three equal low-pass poles.

    A discrete Ornstein-Uhlenbeck process smoothed twice, so that speed and acceleration are
    continuous too. Begins at 0.

    Args:
        rng: the channels' own random stream.
        hertz: half-power frequency of each channel.
        sizes: deviation of each channel; None: 1.
        layers: so many equal parts of the channels are added up, a slow one and a fast one.
    """

    def __init__(
        self,
        rng: np.random.Generator,
        hertz: Sequence[float],
        sizes: Sequence[float] | None = None,
        layers: int = 1,
    ) -> None:
        self._rng = rng
        self._layers = layers
        # Three poles in a row are 3 dB down at 0.51 of one pole's corner.
        a = np.array([_pole(0.51 / (2 * math.pi * f)) for f in hertz])
        self._a, self._keep = a, 1 - a
        r2 = self._keep**2
        power = a**6 * (1 + 4 * r2 + r2**2) / (1 - r2) ** 5  # of white noise, after the poles
        self._gain = (1.0 if sizes is None else np.array(sizes)) / np.sqrt(power)
        self._last = np.zeros((3, len(a)))
        self._rows: list[list[float]] = []

    def step(self) -> list[float]:
        """The next row's values."""
        if not self._rows:
            self._rows = self.block()[::-1].tolist()
        return self._rows.pop()

    def block(self) -> npt.NDArray[np.float64]:
        """The next BLOCK rows' values."""
        noise = self._rng.standard_normal((BLOCK, len(self._gain))) * self._gain
        for pole in range(3):
            noise = self._filtered(noise, self._last[pole])
        rows: npt.NDArray[np.float64] = noise.reshape(BLOCK, self._layers, -1).sum(1)
        return rows

    def offer(self, row: list[float]) -> None:
        """What :meth:`step` gives next."""
        self._rows = [row]

    def _filtered(
        self, rows: npt.NDArray[np.float64], last: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.float64]:
        """One pole over a block: x[n] = keep x[n - 1] + a rows[n], by doubling steps."""
        x: npt.NDArray[np.float64] = rows * self._a
        x[0] += self._keep * last
        step, keep = 1, self._keep
        while step < len(x):
            x[step:] += keep * x[:-step]
            step, keep = 2 * step, keep * keep
        last[:] = x[-1]
        return x
