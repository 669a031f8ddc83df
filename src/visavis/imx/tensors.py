"""The rig's arrays: a safetensors member checked against the table, and written.

Comes in: the member's bytes. Goes out: read-only numpy arrays that share those bytes. The header
is parsed here, with limits, instead of by a library: nothing is taken on trust.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from visavis.errors import InvalidAvatar
from visavis.imx import jsontext
from visavis.imx.table import MAX_TENSOR_HEADER, RIG, SYMBOLS, TENSORS, Tensor, extent, shape_text

Arrays = dict[str, npt.NDArray[Any]]

DTYPES: dict[str, np.dtype[Any]] = {
    "F32": np.dtype("<f4"),
    "I16": np.dtype("<i2"),
    "I8": np.dtype("i1"),
    "U16": np.dtype("<u2"),
    "U8": np.dtype("u1"),
}
"""safetensors' spelling to numpy's, little-endian."""

MAX_RANK = 4
"""Most axes a tensor may have, known or not."""

_BY_NAME = {tensor.name: tensor for tensor in TENSORS}


def _fail(reason: str) -> InvalidAvatar:
    return InvalidAvatar(RIG, reason)


def header(raw: bytes) -> tuple[dict[str, Any], int]:
    """The header of a safetensors file.

    Args:
        raw: the file, or at least its beginning with the whole header.

    Returns:
        The header without its metadata, and the offset where the data begins.

    Raises:
        InvalidAvatar: truncated, too long, or no JSON object of objects.
    """
    size = int.from_bytes(raw[:8], "little")
    if len(raw) < 8 or size > MAX_TENSOR_HEADER or 8 + size > len(raw):
        raise _fail(f"header of {size} bytes in {len(raw)} (at most {MAX_TENSOR_HEADER})")
    found = jsontext.loads(RIG, raw[8 : 8 + size])
    found.pop("__metadata__", None)
    if not all(isinstance(entry, dict) for entry in found.values()):
        raise _fail("a header entry is no object")
    return found, 8 + size


@dataclass(frozen=True)
class Slot:
    """Where a tensor lies: numpy dtype, shape, and its bytes [begin, end) in the file."""

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    begin: int
    end: int


def _slot(name: str, entry: dict[str, Any], start: int) -> Slot:
    """A header entry, checked by itself."""
    dtype = DTYPES.get(entry["dtype"]) if isinstance(entry.get("dtype"), str) else None
    if dtype is None or set(entry) != {"dtype", "shape", "data_offsets"}:
        raise _fail(f"tensor {name[:40]!a}: dtype must be one of {', '.join(DTYPES)}")
    shape = _integers(name, entry["shape"], MAX_RANK)
    offsets = _integers(name, entry["data_offsets"], 2)
    if len(offsets) != 2 or offsets[1] - offsets[0] != dtype.itemsize * prod(shape):
        raise _fail(f"tensor {name[:40]!a}: data_offsets do not fit dtype and shape")
    return Slot(dtype, shape, start + offsets[0], start + offsets[1])


def _integers(name: str, values: object, count: int) -> tuple[int, ...]:
    if not isinstance(values, list) or len(values) > count:
        raise _fail(f"tensor {name[:40]!a}: shape or data_offsets is no list of integers")
    if any(type(value) is not int or not 0 <= value < 1 << 32 for value in values):
        raise _fail(f"tensor {name[:40]!a}: shape or data_offsets out of range")
    return tuple(values)


def layout(prefix: bytes, size: int, bases: int, newer: bool = False) -> dict[str, Slot]:
    """What a safetensors file's header promises, compared with the table.

    Args:
        prefix: the beginning of the file, with the whole header.
        size: bytes of the whole file.
        bases: K, the number of bases that face.json names.
        newer: whether unknown tensors are ignored instead of refused.

    Returns:
        Name to place, of the table's tensors, in its order.

    Raises:
        InvalidAvatar: a broken header, a tensor missing, unknown, empty, of wrong dtype or shape,
            or data that overlaps, leaves holes, is not aligned or does not fill the file.
    """
    found, start = header(prefix)
    slots = {name: _slot(name, entry, start) for name, entry in found.items()}
    cursor = start
    for name, slot in sorted(slots.items(), key=lambda item: (item[1].begin, item[1].end)):
        if slot.begin != cursor:
            raise _fail(f"tensor {name[:40]!a} does not begin where the one before ends")
        if slot.begin % slot.dtype.itemsize:
            raise _fail(f"tensor {name[:40]!a} is not aligned to its item size")
        cursor = slot.end
    if cursor != size:
        raise _fail(f"{size} bytes, but the tensors end at {cursor}")
    known = {name: slot for name, slot in slots.items() if name in _BY_NAME or not newer}
    _check_form({name: (slot.dtype, slot.shape) for name, slot in known.items()}, bases)
    return {tensor.name: known[tensor.name] for tensor in TENSORS}


def take(raw: bytes, slots: Mapping[str, Slot]) -> Arrays:
    """The tensors as read-only arrays that share the file's bytes; values are not looked at yet.

    Args:
        raw: the whole file.
        slots: from `layout`.

    Returns:
        Name to array.
    """
    arrays: Arrays = {}
    for name, slot in slots.items():
        count = prod(slot.shape)
        arrays[name] = np.frombuffer(raw, slot.dtype, count, slot.begin).reshape(slot.shape)
    return arrays


def _check_shape(tensor: Tensor, shape: tuple[int, ...], symbols: dict[str, int]) -> None:
    """Binds symbols met for the first time and compares the rest."""
    fits = len(shape) == len(tensor.shape)
    for dimension, length in zip(tensor.shape, shape, strict=False):
        if isinstance(dimension, str) and dimension in SYMBOLS and dimension not in symbols:
            low, high, what = SYMBOLS[dimension]
            if not low <= length <= high:
                raise _fail(f"tensor '{tensor.name}': {length} {what}, allowed are {low} to {high}")
            symbols[dimension] = length
        fits = fits and extent(dimension, symbols) == length
    if not fits:
        known = ", ".join(f"{k} = {v}" for k, v in symbols.items())
        raise _fail(
            f"tensor '{tensor.name}' has shape {shape}, must have {shape_text(tensor.shape)}"
            f" with {known}"
        )


def _check_form(forms: Mapping[str, tuple[np.dtype[Any], tuple[int, ...]]], bases: int) -> None:
    """Compares names, dtypes and shapes with the table."""
    if set(forms) != set(_BY_NAME):
        odd = sorted(set(forms) ^ set(_BY_NAME))[0]
        raise _fail(f"tensor {odd[:40]!a} is {'missing' if odd in _BY_NAME else 'unknown'}")
    symbols = {"K": bases}
    for tensor in TENSORS:
        dtype, shape = forms[tensor.name]
        if dtype != DTYPES[tensor.dtype]:
            raise _fail(f"tensor '{tensor.name}' is {dtype}, must be {tensor.dtype}")
        _check_shape(tensor, shape, symbols)


def check(arrays: Mapping[str, npt.NDArray[Any]], bases: int) -> None:
    """Refuses a rig whose tensors do not follow the table.

    Args:
        arrays: name to array; exactly the table's tensors.
        bases: K, the number of bases that face.json names.

    Raises:
        InvalidAvatar: a tensor missing or unknown, of wrong dtype or shape, with NaN, infinity or
            a value out of range, an index beyond the vertices, axes that are not orthonormal, or
            contours that do not share their corners.
    """
    _check_form({name: (array.dtype, array.shape) for name, array in arrays.items()}, bases)
    vertices = len(arrays["vertices"])
    for tensor in TENSORS:
        array, low = arrays[tensor.name], tensor.low
        high = vertices - 1 if tensor.indexes else tensor.high
        # Comparisons with NaN are false, so NaN is refused by the same line.
        if not (array.min() >= low and array.max() <= high):
            raise _fail(f"tensor '{tensor.name}' has values outside {low:g} to {high:g}")
    frame = arrays["frame"].astype(np.float64)
    if np.abs(frame.T @ frame - np.eye(3)).max() > 0.01 or np.linalg.det(frame) < 0:
        raise _fail("tensor 'frame': its columns are no right-handed orthonormal axes")
    for pair in ("lip", "eye_left", "eye_right"):
        upper, lower = arrays[f"{pair}_upper"], arrays[f"{pair}_lower"]
        if upper[0] != lower[0] or upper[-1] != lower[-1]:
            raise _fail(f"tensors '{pair}_upper' and '{pair}_lower' do not share their corners")


def quantise(
    values: npt.ArrayLike, dtype: npt.DTypeLike, step: float
) -> tuple[npt.NDArray[Any], npt.NDArray[np.float32]]:
    """Rows of small numbers as integers and a scale each, as `bases` and `gains` are stored.

    Coarse steps pack far better than the finest possible: their high bytes are mostly zero.

    Args:
        values: float (K, ...).
        dtype: int16 or int8.
        step: smallest difference worth keeping (1/64 px for bases, 1/512 for gains).

    Returns:
        Integers of the same shape, and float32 (K,): value = integer * scale. A row whose range
        does not fit gets a larger scale.

    Raises:
        ValueError: a value is NaN or infinite.
    """
    source = np.asarray(values, np.float64)
    if not np.isfinite(source).all():
        raise ValueError("values to quantise must be finite")
    limit = np.iinfo(np.dtype(dtype)).max
    largest = np.abs(source.reshape(len(source), -1)).max(axis=1, initial=0.0)
    scale = np.maximum(largest / limit, step).astype(np.float32)
    wide = scale.reshape(-1, *[1] * (source.ndim - 1)).astype(np.float64)
    return np.clip(np.rint(source / wide), -limit, limit).astype(dtype), scale


def encode(arrays: Mapping[str, npt.NDArray[Any]]) -> bytes:
    """The tensors as a safetensors file; the same arrays make the same bytes.

    Args:
        arrays: name to array, of the table's dtypes.

    Returns:
        The file.
    """
    from safetensors.numpy import save

    return save({name: np.ascontiguousarray(arrays[name]) for name in sorted(arrays)})
