"""An avatar's file and sounds for tests of what stands on top of the rooms.

Comes in: a folder. Goes out: paths of small files.
"""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

from tests.helpers.synthetic import tiny_model
from visavis import imx


def write_avatar(folder: Path) -> Path:
    """A small avatar's file; its mouth is open at rest, but it moves."""
    path = folder / "tiny.imx"
    imx.write(path, tiny_model(size=(128, 128)))
    return path


def beep(rate: int, seconds: float, begin: float, end: float) -> npt.NDArray[np.int16]:
    """Silence with a tone from begin to end (seconds), int16 (n,)."""
    t = np.arange(round(rate * seconds)) / rate
    return (12_000 * np.sin(2 * np.pi * 440 * t) * ((t >= begin) & (t < end))).astype(np.int16)


def write_sound(
    path: Path, samples: npt.NDArray[np.int16], rate: int, codec: str = "pcm_s16le"
) -> Path:
    """A sound file of samples (n,) or (n, channels), the kind told by its name."""
    columns = samples.reshape(len(samples), -1)
    layout = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}[columns.shape[1]]
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, layout=layout)
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(columns).reshape(1, -1), format="s16", layout=layout
        )
        frame.sample_rate, frame.pts = rate, 0
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    return path


def edges(samples: npt.NDArray[np.int16], rate: int, level: int = 3000) -> tuple[float, float]:
    """When a tone begins and ends, seconds."""
    loud = np.flatnonzero(np.abs(samples.astype(int)) > level)
    return loud[0] / rate, loud[-1] / rate
