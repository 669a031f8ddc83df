"""Ways to spoil an avatar file, from blind byte flips to changes that only deep checks can see.

Comes in: a random generator and a good file. Goes out: bytes. Structure-aware mutators seal the
file again (sizes, CRC-32, SHA-256), so that what they changed is what the reader meets.
"""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np
from PIL import Image

from tests.helpers import forge
from visavis.pose import ARKIT_NAMES

Mutator = Callable[[Random, bytes], bytes]
INTERESTING = (0, 1, 2, 7, 8, 20, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 1 << 20, 0x7FFFFFFF, 0xFFFFFFFF)
JUNK: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 0.5, 1e308, -1e308, 10**30, float("nan"), float("inf"), "", "x",
    "\x00", "../../etc/passwd", "\x1b[31m", "9" * 300, [], {}, [[]], [[[[[]]]]], {"a": {"b": 1}},
    [1, 2, 3], [0, 0, 0, 0], ["x"] * 50, "2.0", "1.1", "F64", "jawOpen", 512, 2048, 65535,
)  # fmt: skip


def flip(rng: Random, data: bytes) -> bytes:
    """A few bytes become others, anywhere in the file."""
    raw = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        raw[rng.randrange(len(raw))] = rng.randrange(256)
    return bytes(raw)


def cut(rng: Random, data: bytes) -> bytes:
    """Truncated, or a piece left out."""
    a, b = sorted(rng.randrange(len(data) + 1) for _ in range(2))
    return data[:a] if rng.random() < 0.5 else data[:a] + data[b:]


def insert(rng: Random, data: bytes) -> bytes:
    """A piece of itself, or noise, put in somewhere."""
    at, start = rng.randrange(len(data) + 1), rng.randrange(len(data))
    size = rng.randrange(1, 400)
    piece = data[start : start + size] if rng.random() < 0.5 else rng.randbytes(size)
    return data[:at] + piece + data[at:]


def container(rng: Random, data: bytes) -> bytes:
    """Fields of the ZIP's headers set to interesting values, often in both places alike."""
    local, central = rng.choice(list(forge.headers(data).values()))
    for _ in range(rng.choice((1, 1, 2))):
        value = rng.choice(INTERESTING) if rng.random() < 0.7 else rng.getrandbits(32)
        size = rng.choice((1, 2, 4))
        raw = struct.pack("<Q", value)[:size]
        kind, offset = rng.random(), rng.randrange(4, 30)
        if kind < 0.25:
            at = [len(data) - 22 + rng.randrange(22)]
        elif kind < 0.75:
            at = [local + offset, central + offset + 2]  # the directory has one field more
        else:
            at = [central + rng.randrange(46)]
        for place in at:
            data = forge.patched(data, place, raw[: len(data) - place])
    return data


def member_bytes(rng: Random, data: bytes) -> bytes:
    """One member spoiled, everything around it right."""
    members = forge.unpack(data)
    path = rng.choice(list(members)[1:])
    change = rng.choice((flip, flip, flip, cut, insert))
    return forge.with_members(data, {path: change(rng, members[path]) or b"\0"})


def _spoil(rng: Random, value: Any) -> Any:
    """A JSON value with one place somewhere inside changed."""
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    if not keys or rng.random() < 0.03:
        return rng.choice(JUNK)
    key = rng.choice(keys)
    if isinstance(value[key], (dict, list)) and value[key] and rng.random() < 0.8:
        value[key] = _spoil(rng, value[key])
    elif (kind := rng.random()) < 0.6:
        value[key] = rng.choice(JUNK)
    elif kind < 0.75:
        value[key] = value[rng.choice(keys)]
    elif kind < 0.9 or isinstance(value, list):
        del value[key]
    else:
        value[rng.choice(("extra", "\udcff", "x" * 500))] = rng.choice(JUNK)
    return value


def document(rng: Random, data: bytes) -> bytes:
    """One value in a JSON member becomes junk, goes, or comes."""
    members = forge.unpack(data)
    path = rng.choice((forge.MANIFEST, "face/face.json", "face/face.json", "lipsync/lipsync.json"))
    value = _spoil(rng, json.loads(members[path]))
    if path == forge.MANIFEST and isinstance(value, dict) and rng.random() < 0.3:
        value["version"] = "1.9"
    members[path] = json.dumps(value).encode("utf-8")
    return forge.pack(members if path == forge.MANIFEST else forge.sealed(members))


def json_text(rng: Random, data: bytes) -> bytes:
    """A JSON member whose text is spoiled: nested, repeated, endless."""
    path = rng.choice((forge.MANIFEST, "face/face.json", "lipsync/lipsync.json"))
    depth = rng.randrange(1, 60000)
    raw = rng.choice(
        (b"[" * depth, b'{"a":' * (depth // 5), b'"' + b"\\" * depth, b"1" * depth, b"\xff" * 9,
         b'{"a":1,"a":2}', rng.randbytes(40), b'{"' + b'x":0,"' * (depth // 6) + b'y":0}')
    )  # fmt: skip
    raw += rng.randbytes(rng.randrange(300))
    return forge.with_members(data, {path: raw}, seal=path != forge.MANIFEST)


def tensor_values(rng: Random, data: bytes) -> bytes:
    """NaN, infinity, extremes and wild indices in the rig."""

    def change(arrays: forge.Arrays) -> None:
        array = arrays[rng.choice(list(arrays))]
        odd: tuple[float, ...] = (np.nan, np.inf, -np.inf, 1e30, -1e30, 0, 0.7)
        if array.dtype.kind != "f":
            limits = np.iinfo(array.dtype)
            odd = (limits.min, limits.max, 0, min(limits.max, 81))
        for _ in range(rng.choice((1, 3, array.size))):
            array.flat[rng.randrange(array.size)] = rng.choice(odd)

    return forge.with_rig(data, change)


def tensor_shapes(rng: Random, data: bytes) -> bytes:
    """Tensors longer, shorter, of other types, gone, or new."""

    def change(arrays: forge.Arrays) -> None:
        name = rng.choice(list(arrays))
        array, kind = arrays[name], rng.random()
        if kind < 0.15:
            del arrays[name]
        elif kind < 0.3:
            arrays[name] = array.astype(rng.choice(("f4", "f8", "i8", "u1", "i2", "u2", "?")))
        elif kind < 0.8:
            shape = list(array.shape)
            axis = rng.randrange(len(shape))
            shape[axis] = rng.choice((0, 1, shape[axis] - 1, shape[axis] + 1, 5000))
            arrays[name] = np.resize(array, shape)
        else:
            arrays["more"] = np.zeros(rng.choice((1, 100, 200_000)), np.uint8)

    return forge.with_rig(data, change)


def tensor_header(rng: Random, data: bytes) -> bytes:
    """The safetensors header spoiled, the data behind it as it was."""

    def change(header: dict[str, Any]) -> None:
        name = rng.choice(list(header))
        if rng.random() < 0.3:
            header[name]["data_offsets"] = [rng.choice(INTERESTING), rng.choice(INTERESTING)]
        elif rng.random() < 0.3:
            header[name]["shape"] = [rng.choice(INTERESTING) for _ in range(rng.randrange(6))]
        else:
            header[name] = _spoil(rng, header[name])

    return forge.with_rig_header(data, change)


def picture(rng: Random, data: bytes) -> bytes:
    """A texture of another size or mode, animated, with metadata, or another format."""
    size = rng.choice(((1, 1), (16, 16), (64, 48), (1000, 9), (9, 1000), (3000, 3000)))
    mode = rng.choice(("RGB", "RGBA"))
    made, target = Image.new(mode, size, (90, 80, 70, 60)[: len(mode)]), io.BytesIO()
    options: dict[str, Any] = {"quality": 50, "method": 0, "lossless": rng.random() < 0.3}
    if rng.random() < 0.2 and max(size) < 2000:
        options |= {"save_all": True, "append_images": [Image.new(mode, size)] * 3}
    if rng.random() < 0.2:
        options["exif"] = b"Exif\0\0" + bytes(50)
    made.save(target, rng.choice(("WEBP", "WEBP", "WEBP", "PNG")), **options)
    path = rng.choice([name for name in forge.unpack(data) if name.endswith(".webp")])
    return forge.with_members(data, {path: target.getvalue()})


def picture_header(rng: Random, data: bytes) -> bytes:
    """The first bytes of a texture, where its sizes and chunks are, spoiled."""
    members = forge.unpack(data)
    path = rng.choice([name for name in members if name.endswith(".webp")])
    raw = bytearray(members[path])
    for _ in range(rng.choice((1, 2))):
        at = rng.randrange(min(len(raw), 60))
        raw[at] = rng.choice((0, 1, 0x10, 0x7F, 0x80, 0xFF, rng.randrange(256)))
    return forge.with_members(data, {path: bytes(raw)})


def picture_stream(rng: Random, data: bytes) -> bytes:
    """The compressed pixels spoiled, the headers right: the decoder's own checks are met."""
    members = forge.unpack(data)
    path = rng.choice([name for name in members if name.endswith(".webp")])
    raw = bytearray(members[path])
    for _ in range(rng.choice((1, 4, 40))):
        raw[rng.randrange(min(30, len(raw) - 1), len(raw))] = rng.randrange(256)
    return forge.with_members(data, {path: bytes(raw)})


def bomb(rng: Random, data: bytes) -> bytes:
    """Members that unpack to far more than they take, with sizes that tell so or lie."""
    path = rng.choice((forge.MANIFEST, "face/face.json", forge.RIG, "appearance/person.webp"))
    size = rng.choice((70_000, 1_000_000, 11_000_000))
    body = rng.choice((b"\0", b" ", b"[", b'{"a":')) * size
    if path == forge.RIG and rng.random() < 0.5:
        body = struct.pack("<Q", rng.choice((2, 1000, 32768))) + b"{" + b" " * 1000 + body
    noise = rng.randbytes(size // rng.choice((150, 300, 4000)))
    members = forge.unpack(data) | {path: body[:size] + noise}
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        sealed = members if path == forge.MANIFEST else forge.sealed(members)
        for name, raw in sealed.items():
            method = zipfile.ZIP_DEFLATED if name == path else zipfile.ZIP_STORED
            archive.writestr(zipfile.ZipInfo(name), raw, method, 1)
    made = target.getvalue()
    if rng.random() < 0.5:  # tell a smaller size than it unpacks to
        local, central = forge.headers(made)[path]
        less = struct.pack("<L", rng.choice((100, 5000, 60_000)))
        made = forge.patched(forge.patched(made, local + 22, less), central + 24, less)
    return made


def names(rng: Random, data: bytes) -> bytes:
    """Members doubled, renamed, added, left out, in another order, packed by other methods."""
    members = list(forge.unpack(data).items())
    path, raw = members[rng.randrange(len(members))]
    odd = ("../" + path, "/" + path, "C:" + path, path.upper(), path + "\0.txt", "a/", "é.json",
           path.replace("/", "\\"), "./" + path, "a" * 200, path + "x")  # fmt: skip
    kind = rng.random()
    if kind < 0.3:
        members.append((path, raw))
    elif kind < 0.7:
        members[rng.randrange(len(members))] = (rng.choice(odd), raw)
    elif kind < 0.8:
        members += [(f"more/{i}.bin", b"x") for i in range(rng.choice((1, 60, 400)))]
    else:
        rng.shuffle(members)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in members:
            method = rng.choice((0, 0, 0, 0, 0, 0, 0, 8, 12, 14))
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return target.getvalue()


def larger(rng: Random, data: bytes) -> bytes:
    """A canvas, scale or box that asks for far larger textures than are there."""
    members = forge.unpack(data)
    manifest, face = json.loads(members[forge.MANIFEST]), json.loads(members["face/face.json"])
    side = rng.choice((33, 512, 2047, 2048))
    manifest["canvas"] = [side, rng.choice((32, side))]
    manifest["texture_scale"] = rng.choice((1.0, 1.37, 2.0, 4.0))
    for eye in face["eyes"].values():
        if eye and rng.random() < 0.5:
            eye[rng.choice(("lid", "patch"))] = [0, 0, side / 2, side / 2]
    members[forge.MANIFEST] = json.dumps(manifest).encode()
    members["face/face.json"] = json.dumps(face).encode()
    return forge.pack(forge.sealed(members))


def dense(rng: Random, data: bytes) -> bytes:
    """A rig as large as the format allows, of values that pack well, mostly with one wrong."""
    names = ARKIT_NAMES[: rng.choice((1, 20, len(ARKIT_NAMES)))]
    count = rng.choice((81, 20000))

    def change(arrays: forge.Arrays) -> None:
        for name in ("vertices", "uv", "side", "head", "breath"):
            arrays[name] = np.resize(arrays[name], (count, *arrays[name].shape[1:]))
        wave = np.resize(np.arange(251), (len(names), count, 3))
        arrays["bases"] = (wave * rng.choice((0, 1, 100))).astype(np.int16)
        arrays["gains"] = np.zeros((len(names) + 2, count), np.int8)
        arrays["bases_scale"] = np.zeros(len(names), np.float32)
        arrays["gains_scale"] = np.zeros(len(names) + 2, np.float32)
        arrays["triangles"] = np.resize(arrays["triangles"], (40000, 3))
        if rng.random() < 0.8:
            arrays["oval"][-1] = 65535

    def rename(face: Any) -> None:
        face["bases"] = [{"name": name, "sided": False} for name in names]

    return forge.with_rig(forge.with_json(data, "face/face.json", rename), change)


def checksums(rng: Random, data: bytes) -> bytes:
    """Bytes of one member flipped; its CRC-32 fits them, its SHA-256 does not."""
    members = forge.unpack(data)
    path = rng.choice([name for name in members if name.endswith(".webp")])
    members[path] = flip(rng, members[path])
    return forge.pack(members)


MUTATORS: tuple[Mutator, ...] = (
    flip, cut, insert, container, container, member_bytes, document, document, json_text,
    tensor_values, tensor_shapes, tensor_header, picture, picture_header, picture_stream, bomb,
    names, larger, dense, checksums,
)  # fmt: skip
"""All of them; those that stand twice are tried twice as often."""
