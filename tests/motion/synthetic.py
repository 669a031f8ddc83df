"""Mouth rows made of a list of phones, as soft as a network's."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from visavis.motion.visemes import GAP_MM, PHONES, SHAPES, WIDTH_MM

STEP = 0.005


def mouth_rows(
    phones: list[tuple[str, float]], soft: float = 0.02, offset: float = 0.0, doubt: float = 0.1
) -> npt.NDArray[np.float32]:
    """Rows (n, 32) of phones with their durations in seconds.

    soft: seconds of blur (deviation); offset: silence before, to shift the phase against the
    frames; doubt: probability spread over all classes while speaking.
    """
    times = np.cumsum([offset, *[d for _, d in phones]])
    n = int(np.ceil(times[-1] / 0.02 + 1e-9))
    fine = (np.arange(n * 4) + 0.5) * STEP
    which = np.clip(np.searchsorted(times, fine, side="right") - 1, 0, len(phones) - 1)
    index = np.array([PHONES.index(p) for p, _ in phones])[which]
    index[(fine < offset) | (fine > times[-1])] = 0
    posterior = np.eye(len(PHONES), dtype=np.float32)[index]
    talking = index != 0
    posterior[talking] = posterior[talking] * (1 - doubt) + doubt / len(PHONES)
    gap = SHAPES @ GAP_MM / 13.0
    gap[0] = gap[PHONES.index("p")] = gap[PHONES.index("m")] = 0.0
    width = SHAPES @ WIDTH_MM / 8.0
    tracks = np.stack([gap[index], width[index], (SHAPES[:, 0] - 0.15)[index] * 2], 1)
    rows = np.zeros((n, 32), np.float32)
    rows[:, :3] = _blur(tracks, 0.035)[: n * 4].reshape(n, 4, 3).mean(1)
    rows[:, 4:] = _blur(posterior, soft)[: n * 4].reshape(n, 4, -1).mean(1)
    rows[:, 3] = np.clip(rows[:, 4] + rows[:, 4 + 13] + rows[:, 4 + 14], 0, 1)
    return rows


def _blur(x: npt.NDArray[np.float32], seconds: float) -> npt.NDArray[np.float32]:
    if seconds <= 0:
        return x
    reach = int(np.ceil(3 * seconds / STEP))
    k = np.exp(-0.5 * (np.arange(-reach, reach + 1) * STEP / seconds) ** 2)
    padded = np.pad(x, ((reach, reach), (0, 0)), mode="edge")
    return np.stack(
        [np.convolve(padded[:, i], k / k.sum(), "valid") for i in range(x.shape[1])], 1
    ).astype(np.float32)


HELLO = """
sil .35 hh .06 eh .09 l .08 oh .20 sil .22 th .09 ih .07 s .10 ih .08 s .08 ah .06 f .11 oh .17
t .07 oh .20 sil .25 p .09 ah .12 t .07 w .07 aa .15 sh .13 m .08 aa .10 ih .10 m .09 ae .12
uh .08 th .10 m .09 uw .16 f .11 sil .6
"""


def hello() -> list[tuple[str, float]]:
    """Phones and seconds of "Hello, this is a photo, but watch my mouth move."."""
    words = HELLO.split()
    return [(p, float(d)) for p, d in zip(words[::2], words[1::2], strict=True)]
