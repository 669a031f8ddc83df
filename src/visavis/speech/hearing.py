"""Spectra, normaliser, network and mouth of one stream, compiled.

Comes in: blocks of 20 ms at 16 kHz. Goes out: what ``mel``, ``network`` and ``mouth`` make of them,
in one call for all blocks that have come, of one stream or of many.
"""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import addressof, byref, c_int32, c_void_p
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from visavis import native
from visavis.speech import mouth, readout
from visavis.speech.channels import MOUTH_CHANNELS, ROW_RATE, ROW_SAMPLES, SIL, M, P
from visavis.speech.mel import BANDS, FFT, FILTERS, HANN, HOP, POWER_FLOOR, WINDOW, Normaliser
from visavis.speech.model import SpeechModel

Floats = npt.NDArray[np.float32]

LANES, MOST_CHANNELS = 16, 256
"""Of speech.c: outputs worked on at a time, and the widest network it has room for."""


def _packed(matrix: Floats) -> Floats:
    """(outputs, inputs) as (outputs / 16, inputs, 16)."""
    return np.ascontiguousarray(matrix.T.reshape(matrix.shape[1], -1, LANES).transpose(1, 0, 2))


@lru_cache(maxsize=4)
def _tables(model: SpeechModel, lookahead_ms: int) -> dict[str, npt.NDArray[Any]]:
    """What streams share, by the names of ``Speech`` in speech.c."""
    angles = np.arange(FFT // 2) * (2 * np.pi / FFT)
    halves = [1 << stage for stage in range(FFT.bit_length() - 1)]
    turns = np.concatenate([[0], *(np.arange(half) * (FFT // 2 // half) for half in halves)])
    places = np.zeros(FFT, np.int32)
    for half in halves:  # each number's bits the other way round
        places[half : 2 * half] = places[:half] + FFT // 2 // half
    return {
        "hann": HANN,
        "cosines": np.cos(angles).astype(np.float32)[turns],
        "sines": np.sin(angles).astype(np.float32)[turns],
        "places": places,
        "filters": np.ascontiguousarray(FILTERS),
        "first": _packed(model.first),
        "wide": np.concatenate([_packed(matrix).ravel() for matrix in model.wide]),
        "back": np.concatenate([_packed(matrix).ravel() for matrix in model.back]),
        "head": _packed(model.heads[lookahead_ms]),
        "dilations": np.array(model.dilations, np.int32),
    }


class Hearing:
    """One stream's ears and network.

    Args:
        kernel: the compiled kernel.
        model: the weights.
        lookahead_ms: which head to read.
    """

    def __init__(self, kernel: native.Kernel, model: SpeechModel, lookahead_ms: int) -> None:
        self._run = kernel.speech
        self._calibrate = kernel.mouthing
        looks = self._readout = model.readouts.get(lookahead_ms)
        self._mouth = native.Mouthing(
            silence=1.0,
            behind=lookahead_ms * ROW_RATE // 1000,
            sil=SIL,
            p=P,
            m=M,
            gain=mouth.GAIN,
            closure=mouth.CLOSURE,
            closure_rest=mouth.CLOSURE_REST,
            parting=mouth.PARTING,
            sure=mouth.SURE,
            waiting=mouth.REST,
            still=(mouth.STILL_FROM, mouth.STILL_TO),
            still_keep=mouth.STILL_KEEP,
            stir_quiet=mouth.STIR_QUIET,
            stir_loud=mouth.STIR_LOUD,
            room=(mouth.QUIET, mouth.LOUD),
            budget=mouth.BUDGET,
            doubt_ramp=(mouth.DOUBT_FROM, mouth.DOUBT_TO),
            doubt_most=mouth.DOUBT_MOST,
            doubt_loud=mouth.DOUBT_LOUD,
            doubt_keep=mouth.DOUBT_KEEP,
            doubt_keep_speech=mouth.DOUBT_KEEP_SPEECH,
            row_s=1 / ROW_RATE,
            log_floor=readout.FLOOR,
            log_scale=readout.SCALE,
            before=mouth.BEFORE,
            readout=native.address(looks) if looks is not None else None,
        )
        steps = 2 * sum(model.dilations)
        normal = np.zeros(2 + BANDS, np.float32)
        normal[0] = Normaliser.QUIETEST
        self._kept = _tables(model, lookahead_ms) | {
            "held": np.zeros(WINDOW - HOP, np.float32),
            "frames": np.zeros((5, BANDS), np.float32),
            "normal": normal,
            "past": np.zeros((steps, model.channels), np.float32),
            "at": np.zeros(len(model.dilations), np.int32),
        }
        self._speech = native.Speech(
            channels=model.channels,
            layers=len(model.dilations),
            outputs=len(MOUTH_CHANNELS),
            floor=POWER_FLOOR,
            peak_fall=Normaliser.PEAK_FALL,
            quietest=Normaliser.QUIETEST,
            depth=Normaliser.DEPTH,
            start=Normaliser.START,
            keep=Normaliser.KEEP,
            prior=Normaliser.PRIOR,
            **{name: native.address(array) for name, array in self._kept.items()},
        )

    @staticmethod
    def fits(model: SpeechModel) -> bool:
        """Whether the kernel has room for such a network."""
        return model.channels % LANES == 0 and model.channels <= MOST_CHANNELS

    def step(self, blocks: list[Floats]) -> tuple[Floats, Floats]:
        """Hear more blocks of (ROW_SAMPLES,) samples.

        Returns:
            (n, 2, BANDS) log-mels before normalisation, (n, 32) outputs as ``Network.step``.
        """
        return _step([self], [len(blocks)], blocks)

    def rows(self, blocks: list[Floats]) -> Floats:
        """Hear more blocks; returns the mouth rows (n, 32) that can be told by now, calibrated."""
        return rows_together([self], [blocks])[0]

    def _mouth_rows(self, mels: Floats, raw: Floats) -> Floats:
        rows = np.empty_like(raw)
        made = self._calibrate(
            byref(self._mouth), native.address(mels), native.address(raw), len(raw),
            native.address(rows),
        )  # fmt: skip
        return rows[:made]


def _step(
    hearings: Sequence[Hearing], counts: list[int], blocks: list[Floats]
) -> tuple[Floats, Floats]:
    """What so many blocks of each give, one after the other."""
    sound = np.concatenate(blocks)
    assert sound.size == sum(counts) * ROW_SAMPLES and sound.dtype == np.float32
    mels = np.empty((sum(counts), 2, BANDS), np.float32)
    raw = np.empty((sum(counts), len(MOUTH_CHANNELS)), np.float32)
    streams = (c_void_p * len(counts))(*(addressof(one._speech) for one in hearings))
    hearings[0]._run(
        streams, (c_int32 * len(counts))(*counts), len(counts), native.address(sound),
        native.address(mels), native.address(raw),
    )  # fmt: skip
    return mels, raw


def rows_together(hearings: Sequence[Hearing], blocks: Sequence[list[Floats]]) -> list[Floats]:
    """Hear more blocks of several streams in one call, in which the weights are read once.

    Args:
        hearings: different ones, all with the same model and look-ahead.
        blocks: for each at least one of (ROW_SAMPLES,).

    Returns:
        For each its rows, the same bits as :meth:`Hearing.rows` gives.
    """
    counts = [len(some) for some in blocks]
    mels, raw = _step(hearings, counts, [block for some in blocks for block in some])
    rows, at = [], 0
    for hearing, count in zip(hearings, counts, strict=True):
        rows.append(hearing._mouth_rows(mels[at : at + count], raw[at : at + count]))
        at += count
    return rows
