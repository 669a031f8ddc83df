"""The checkpoint as the runtime wants it.

Comes in: a PyTorch checkpoint. Goes out: `weights.safetensors` (float16, biases as last columns)
and a small test vector that lets the tests compare the runtime with PyTorch without PyTorch.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from safetensors import safe_open
from safetensors.numpy import save_file
from torch import nn

from training.speech.network import OUTPUTS, Student
from training.speech.settings import LAGS
from visavis.speech.mel import BANDS

_ROOT = Path(__file__).resolve().parents[2]
WEIGHTS = _ROOT / "src/visavis/speech/weights.safetensors"
VECTOR = _ROOT / "tests/speech/network_vector.npz"


def load(checkpoint: Path) -> Student:
    """The trained network, its weights rounded to float16 as they are stored."""
    stored = torch.load(checkpoint, weights_only=True)
    model = Student(stored["recipes"][-1]["channels"])
    model.load_state_dict(stored["state"])
    model.eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(parameter.half().float())
    return model


def _matrix(layer: nn.Conv1d) -> npt.NDArray[np.float16]:
    """(out, taps * in + 1): taps oldest first, bias last."""
    weight = layer.weight.detach().permute(0, 2, 1).reshape(layer.out_channels, -1)
    assert layer.bias is not None
    joined = torch.cat([weight, layer.bias.detach()[:, None]], 1)
    return np.ascontiguousarray(joined.numpy().astype(np.float16))


def restore(weights: Path, out: Path) -> None:
    """A checkpoint from exported weights, to go on training from (without their readouts)."""
    with safe_open(weights, framework="numpy") as file:
        about = json.loads(dict(file.metadata())["training"])
        tensors = {name: file.get_tensor(name).astype(np.float32) for name in file.keys()}  # noqa: SIM118
    model = Student(about["recipes"][-1]["channels"])
    heads = np.concatenate([tensors[f"head.{ms}"] for ms in LAGS])
    layers = [(model.first, tensors["first"]), (model.out, heads)]
    for i, (wide, back) in enumerate(zip(model.wide, model.back, strict=True)):
        layers += [(wide, tensors[f"wide.{i}"]), (back, tensors[f"back.{i}"])]
    with torch.no_grad():
        for layer, matrix in layers:
            taps = matrix[:, :-1].reshape(layer.out_channels, -1, layer.in_channels)
            layer.weight.copy_(torch.from_numpy(taps.transpose(0, 2, 1)))
            layer.bias.copy_(torch.from_numpy(matrix[:, -1]))
    torch.save({"state": model.state_dict(), **about}, out)


def mean(first: Path, second: Path, share: float, out: Path) -> None:
    """The weighted mean of two checkpoints of one course of training: steadier than either.

    Args:
        first: the earlier one.
        second: the later one, whose recipes are kept.
        share: how much the later one counts, 0..1.
        out: checkpoint to write.
    """
    early, late = (torch.load(path, weights_only=True) for path in (first, second))
    state = {k: (1 - share) * early["state"][k] + share * v for k, v in late["state"].items()}
    torch.save(late | {"state": state}, out)


def export(checkpoint: Path, weights: Path) -> None:
    """Write the weights, and beside the released ones the test vector."""
    model = load(checkpoint)
    tensors = {"first": _matrix(model.first)}
    for i, (wide, back) in enumerate(zip(model.wide, model.back, strict=True)):
        tensors[f"wide.{i}"] = _matrix(wide)
        tensors[f"back.{i}"] = _matrix(back)
    heads = _matrix(model.out)
    for k, ms in enumerate(LAGS):
        tensors[f"head.{ms}"] = np.ascontiguousarray(heads[k * OUTPUTS : (k + 1) * OUTPUTS])
    stored = torch.load(checkpoint, weights_only=True)
    about = {
        "training": json.dumps({"recipes": stored["recipes"], "hours": stored["hours"]}),
        "format": "visavis-speech 1",
        "dilations": json.dumps(list(model.dilations)),
        "lookahead_ms": json.dumps(list(LAGS)),
    }
    save_file(tensors, weights, metadata=about)
    weights.chmod(0o644)  # safetensors writes for the owner alone
    print(f"  {weights.name}: {weights.stat().st_size / 1000:.0f} kB", flush=True)
    if weights == WEIGHTS:
        frames = np.random.default_rng(0).normal(0, 1, (80, BANDS)).astype(np.float32)
        with torch.no_grad():
            rows = model(torch.from_numpy(frames[None]))[0].numpy()
        split = np.split(rows, len(LAGS), axis=1)
        named = {f"rows_{ms}": part for ms, part in zip(LAGS, split, strict=True)}
        np.savez_compressed(VECTOR, frames=frames, **named)
