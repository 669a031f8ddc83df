"""Runs TensorFlow-Lite networks, whole or in parts.

Comes in: the bytes of a ``.tflite`` file and numpy arrays. Goes out: numpy arrays.

MediaPipe's attention mesh holds three kinds of operator that no public runtime knows, between two
parts that any runtime can run. :func:`extract` cuts a part out of a network by rewriting the
lists of inputs, outputs and operators in its flatbuffer (layout: TensorFlow Lite's schema.fbs).
"""

from __future__ import annotations

import contextlib
import os
import struct
import sys
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from visavis.errors import MissingDependency

Array = npt.NDArray[np.float32]

# field numbers in schema.fbs
_MODEL_SUBGRAPHS = 2
_TENSORS, _INPUTS, _OUTPUTS, _OPERATORS = 0, 1, 2, 3
_OP_INPUTS, _OP_OUTPUTS, _OP_CUSTOM_OPTIONS = 1, 2, 5
_TENSOR_NAME = 3


class Network:
    """One network on one thread."""

    def __init__(self, model: bytes) -> None:
        """Reads a ``.tflite`` file's bytes.

        Raises:
            MissingDependency: ai-edge-litert is not installed.
        """
        try:
            from ai_edge_litert.interpreter import Interpreter
        except ImportError as error:
            raise MissingDependency(
                "Building a character needs ai-edge-litert: `pip install 'visavis[build]'`"
            ) from error
        with _silenced():
            self._interpreter: Any = Interpreter(model_content=model, num_threads=1)
            self._interpreter.allocate_tensors()
        self.inputs = [int(d["index"]) for d in self._interpreter.get_input_details()]
        self.outputs = [int(d["index"]) for d in self._interpreter.get_output_details()]

    def __call__(self, *arrays: Array) -> list[Array]:
        """Runs it on float32 arrays, one per input; returns float32 arrays, one per output."""
        for index, array in zip(self.inputs, arrays, strict=True):
            self._interpreter.set_tensor(index, np.ascontiguousarray(array, np.float32))
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(i) for i in self.outputs]


@contextlib.contextmanager
def _silenced() -> Iterator[None]:
    """Keeps the runtime's greeting, which it writes past Python, off the user's terminal."""
    try:
        sys.stderr.flush()
        kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    except (OSError, AttributeError, ValueError):  # no stderr: nothing to keep clean
        yield
        return
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


@lru_cache(maxsize=8)
def load(path: Path) -> Network:
    """The network in a file, kept for the life of the process."""
    return Network(path.read_bytes())


class Graph:
    """The flatbuffer of a network, as far as cutting it needs."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        subgraphs = self._field(self._u32(0), _MODEL_SUBGRAPHS)
        self._table = self._table_at(subgraphs + self._u32(subgraphs), 0)
        self.operators = self._tables(self._table, _OPERATORS)
        self.names = [self._string(t, _TENSOR_NAME) for t in self._tables(self._table, _TENSORS)]

    def _u32(self, at: int) -> int:
        return int(struct.unpack_from("<I", self.data, at)[0])

    def _field(self, table: int, number: int) -> int:
        """Where a field of a table lies; 0 where it is absent."""
        vtable = table - struct.unpack_from("<i", self.data, table)[0]
        size = struct.unpack_from("<H", self.data, vtable)[0]
        if 4 + 2 * number >= size:
            return 0
        offset = struct.unpack_from("<H", self.data, vtable + 4 + 2 * number)[0]
        return table + int(offset) if offset else 0

    def _vector(self, table: int, number: int) -> tuple[int, int]:
        """Where a vector's first entry lies, and how many it has."""
        at = self._field(table, number)
        if not at:
            return 0, 0
        at += self._u32(at)
        return at + 4, self._u32(at)

    def _table_at(self, vector: int, k: int) -> int:
        at = vector + 4 + 4 * k
        return at + self._u32(at)

    def _tables(self, table: int, number: int) -> list[int]:
        first, count = self._vector(table, number)
        return [self._table_at(first - 4, k) for k in range(count)]

    def _string(self, table: int, number: int) -> str:
        first, count = self._vector(table, number)
        return self.data[first : first + count].decode("utf-8")

    def _indices(self, table: int, number: int) -> list[int]:
        first, count = self._vector(table, number)
        return list(struct.unpack_from(f"<{count}i", self.data, first))

    def tensor(self, name: str) -> int:
        """The number of the tensor of that name."""
        return self.names.index(name)

    def custom_options(self, output: str) -> bytes:
        """The option bytes of the operator that makes the tensor of that name."""
        wanted = self.tensor(output)
        for operator in self.operators:
            if wanted in self._indices(operator, _OP_OUTPUTS):
                first, count = self._vector(operator, _OP_CUSTOM_OPTIONS)
                return self.data[first : first + count]
        raise KeyError(output)

    def needed(self, inputs: Sequence[int], outputs: Sequence[int]) -> list[int]:
        """Tables of the operators between some tensors and others, in order."""
        maker = {t: o for o in self.operators for t in self._indices(o, _OP_OUTPUTS)}
        keep: set[int] = set()
        todo = [t for t in outputs if t not in inputs]
        while todo:
            operator = maker.get(todo.pop())
            if operator is not None and operator not in keep:
                keep.add(operator)
                todo += [t for t in self._indices(operator, _OP_INPUTS) if t not in inputs]
        return [o for o in self.operators if o in keep]

    def part(self, inputs: Sequence[int], outputs: Sequence[int]) -> bytes:
        """The network from some tensors to others; constants and tables stay as they are."""
        data = bytearray(self.data)
        for number, values in ((_INPUTS, inputs), (_OUTPUTS, outputs)):
            self._repoint(data, number)
            data += struct.pack(f"<I{len(values)}i", len(values), *values)
        # Offsets are unsigned: a list must lie before what it points to, so the list of
        # operators is filled anew in its old place instead of being written at the end.
        operators = self.needed(inputs, outputs)
        first, _ = self._vector(self._table, _OPERATORS)
        struct.pack_into("<I", data, first - 4, len(operators))
        for at, operator in enumerate(operators):
            struct.pack_into("<I", data, first + 4 * at, operator - (first + 4 * at))
        return bytes(data)

    def _repoint(self, data: bytearray, number: int) -> None:
        """Makes a vector field of the subgraph point to the end of the data, aligned."""
        data += bytes(-len(data) % 4)
        at = self._field(self._table, number)
        struct.pack_into("<I", data, at, len(data) - at)


def extract(model: bytes, inputs: Sequence[str], outputs: Sequence[str]) -> bytes:
    """The part of a network between tensors, as a network of its own.

    Args:
        model: bytes of a ``.tflite`` file with one subgraph.
        inputs: names of the tensors that become inputs, in order.
        outputs: names of the tensors that become outputs, in order.
    """
    graph = Graph(model)
    return graph.part([graph.tensor(n) for n in inputs], [graph.tensor(n) for n in outputs])
