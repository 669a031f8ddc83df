"""The weights of the speech network.

Comes in: `weights.safetensors`, made by `python -m training.speech`. Goes out: `SpeechModel`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from visavis.errors import InvalidOption
from visavis.speech.channels import MOUTH_CHANNELS
from visavis.speech.mel import BANDS
from visavis.speech.readout import SIZE

Floats = npt.NDArray[np.float32]

_WEIGHTS = Path(__file__).with_name("weights.safetensors")


@dataclass(frozen=True, eq=False)
class SpeechModel:
    """A trained network, ready to run.

    Each matrix has its bias as a last column, so that one product with an input whose last element
    is 1 does both.

    Attributes:
        first: (C, 5 * BANDS + 1) convolution over five mel frames, oldest first.
        wide: per block (C, 3 * C + 1), taps t - 2 d, t - d, t.
        back: per block (C, C + 1).
        heads: look-ahead in ms to (32, C + 1).
        dilations: d of each block, in steps of 20 ms.
        readouts: look-ahead in ms to (3, SIZE), see `visavis.speech.readout`; empty in weights
            that have none.
    """

    first: Floats
    wide: tuple[Floats, ...]
    back: tuple[Floats, ...]
    heads: dict[int, Floats]
    dilations: tuple[int, ...]
    readouts: dict[int, Floats] = field(default_factory=dict)

    @property
    def channels(self) -> int:
        """C, the width of the network."""
        return len(self.first)

    @classmethod
    def load(cls, path: str | Path | None = None) -> SpeechModel:
        """Read weights.

        Args:
            path: a file made by the training; the released weights if not given.

        Raises:
            InvalidOption: the file is not such weights.
        """
        return _load(Path(path) if path is not None else _WEIGHTS)


@lru_cache(maxsize=4)
def _load(path: Path) -> SpeechModel:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            about = file.metadata() or {}
            tensors = {name: file.get_tensor(name).astype(np.float32) for name in file.keys()}  # noqa: SIM118
        dilations = tuple(int(d) for d in json.loads(about["dilations"]))
        looks = [int(ms) for ms in json.loads(about["lookahead_ms"])]
        blocks = range(len(dilations))
        model = SpeechModel(
            first=tensors["first"],
            wide=tuple(tensors[f"wide.{i}"] for i in blocks),
            back=tuple(tensors[f"back.{i}"] for i in blocks),
            heads={ms: tensors[f"head.{ms}"] for ms in looks},
            dilations=dilations,
            readouts={
                ms: np.ascontiguousarray(tensors[f"readout.{ms}"])
                for ms in looks
                if f"readout.{ms}" in tensors
            },
        )
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise InvalidOption(
            f"{path} is not a file of speech weights ({error}); "
            "make one with `python -m training.speech`"
        ) from error
    _check(model, path)
    return model


def _check(model: SpeechModel, path: Path) -> None:
    width = model.channels
    shapes = [(model.first, (width, 5 * BANDS + 1))]
    shapes += [(matrix, (width, 3 * width + 1)) for matrix in model.wide]
    shapes += [(matrix, (width, width + 1)) for matrix in model.back]
    shapes += [(matrix, (len(MOUTH_CHANNELS), width + 1)) for matrix in model.heads.values()]
    shapes += [(matrix, (3, SIZE)) for matrix in model.readouts.values()]
    if any(matrix.shape != shape or not np.isfinite(matrix).all() for matrix, shape in shapes):
        raise InvalidOption(f"{path} does not fit this version of visavis; train it again")
