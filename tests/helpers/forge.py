"""Avatar files taken apart, changed and put together again, so that a wrong one can be made.

Comes in: a good file's bytes and a change. Goes out: bytes; checksums follow the change unless
told otherwise, so that the checks behind them are reached too.
"""

from __future__ import annotations

import hashlib
import io
import json
import struct
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import safetensors.numpy

MANIFEST = "manifest.json"
RIG = "face/rig.safetensors"
Arrays = dict[str, npt.NDArray[Any]]


def unpack(data: bytes) -> dict[str, bytes]:
    """Path to unpacked bytes, in file order."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def pack(members: Mapping[str, bytes], level: int = 6) -> bytes:
    """A ZIP as Python's zipfile writes it."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, raw in members.items():
            packed = name.endswith((".json", ".safetensors"))
            method = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
            archive.writestr(zipfile.ZipInfo(name), raw, method, level)
    return target.getvalue()


def sealed(members: Mapping[str, bytes]) -> dict[str, bytes]:
    """The same members with a manifest whose sizes and checksums are right."""
    manifest = json.loads(members[MANIFEST])
    manifest["members"] = {
        name: {"sha256": hashlib.sha256(raw).hexdigest(), "bytes": len(raw)}
        for name, raw in members.items()
        if name != MANIFEST
    }
    return {MANIFEST: json.dumps(manifest).encode()} | {
        name: raw for name, raw in members.items() if name != MANIFEST
    }


def with_members(data: bytes, changes: Mapping[str, bytes | None], seal: bool = True) -> bytes:
    """The file with members replaced, added, or (None) left out."""
    members: dict[str, Any] = unpack(data) | dict(changes)
    members = {name: raw for name, raw in members.items() if raw is not None}
    return pack(sealed(members) if seal else members)


def with_json(data: bytes, path: str, change: Callable[[Any], None]) -> bytes:
    """The file with one JSON member changed in place; a changed manifest is not sealed again."""
    members = unpack(data)
    value = json.loads(members[path])
    change(value)
    members[path] = json.dumps(value).encode()
    return pack(members if path == MANIFEST else sealed(members))


def with_rig(data: bytes, change: Callable[[Arrays], None]) -> bytes:
    """The file with its tensors changed."""
    arrays = {name: np.array(a) for name, a in safetensors.numpy.load(unpack(data)[RIG]).items()}
    change(arrays)
    return with_members(data, {RIG: safetensors.numpy.save(arrays)})


def with_rig_header(data: bytes, change: Callable[[dict[str, Any]], None]) -> bytes:
    """The file with the header of its tensors changed; the data behind it stays."""
    raw = unpack(data)[RIG]
    size = int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8 : 8 + size])
    change(header)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return with_members(data, {RIG: struct.pack("<Q", len(text)) + text + raw[8 + size :]})


def headers(data: bytes) -> dict[str, tuple[int, int]]:
    """Path to the offsets of its local header and its directory entry."""
    found, at = {}, int.from_bytes(data[-6:-2], "little")
    while data[at : at + 4] == b"PK\1\2":
        name, extra, comment = struct.unpack_from("<3H", data, at + 28)
        path = data[at + 46 : at + 46 + name].decode()
        found[path] = (int.from_bytes(data[at + 42 : at + 46], "little"), at)
        at += 46 + name + extra + comment
    return found


def patched(data: bytes, at: int, value: bytes) -> bytes:
    """The bytes with some overwritten."""
    return data[:at] + value + data[at + len(value) :]
