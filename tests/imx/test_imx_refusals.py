"""Every refusal, each with the member and the reason it names."""

from __future__ import annotations

import io
import json
import pickle
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.helpers import forge
from tests.helpers.synthetic import tiny_model
from visavis import imx
from visavis.errors import VisavisError
from visavis.imx.webp import encode

PERSON, BACK, FACE = "appearance/person.webp", "appearance/background.webp", "face/face.json"
RIG, LIPSYNC, MANIFEST = "face/rig.safetensors", "lipsync/lipsync.json", "manifest.json"


@cache
def good() -> bytes:
    return imx.encode(tiny_model(size=(48, 32)))


def refuse(data: bytes, member: str, reason: str) -> None:
    for look in (imx.read, imx.inspect):
        with pytest.raises(imx.InvalidAvatar, match=reason) as caught:
            look(data)
        assert caught.value.member == member
        assert isinstance(caught.value, VisavisError)
        assert str(caught.value).isprintable() and len(str(caught.value)) < 400


# ---- the file as a whole


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"IMX\0" + b"\x17" * 100, "encrypted .imx of a vendor.*visavis build"),
        (b"\x89PNG\r\n\x1a\n", "a picture.*visavis build"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "a picture"),
        (b"\x80\x04pickle", "begins with PK"),
        (b"PK\3\4", "truncated"),
        (b"PK\3\4" + b"\0" * 100, "truncated"),
    ],
)
def test_foreign_files(data: bytes, reason: str) -> None:
    refuse(data, "", reason)


def test_paths_that_cannot_be_read(tmp_path: Path) -> None:
    for path in (tmp_path / "absent.imx", tmp_path, "nul\0byte"):
        with pytest.raises(imx.InvalidAvatar, match="cannot read"):
            imx.read(path)


def test_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("visavis.imx.reader.MAX_FILE", 1000)
    refuse(good(), "", "larger than 1000 bytes")


# ---- the container

END = 22


def _end(**changes: int) -> bytes:
    names = ("disk", "first", "here", "count", "size", "start", "comment")
    values = dict(zip(names, struct.unpack("<4H2LH", good()[-18:]), strict=True)) | changes
    return good()[:-18] + struct.pack("<4H2LH", *values.values())


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (lambda: good()[:-1], "truncated"),
        (lambda: good()[: len(good()) // 2], "truncated"),
        (lambda: good() + b"\0", "after the end"),
        (lambda: _end(comment=4) + b"note", "after the end"),
        (lambda: _end(here=0xFFFF), "ZIP64"),
        (lambda: _end(start=0xFFFFFFFF), "ZIP64"),
        (lambda: _end(disk=1), "does not fit"),
        (lambda: _end(here=3), "does not fit"),
        (lambda: _end(size=5), "does not fit"),
        (lambda: _end(here=65, count=65), "65 members"),
        (lambda: _end(here=19, count=19), "directory is broken"),
        (lambda: _end(here=21, count=21), "directory is broken"),
    ],
)
def test_end_record(data: Callable[[], bytes], reason: str) -> None:
    refuse(data(), "", reason)


def patch(path: str, value: bytes, local: int | None = None, central: int | None = None) -> bytes:
    """The good file with bytes at an offset in a member's local or directory header changed."""
    data = good()
    at = forge.headers(data)[path]
    for base, offset in zip(at, (local, central), strict=True):
        if offset is not None:
            data = forge.patched(data, base + offset, value)
    return data


@pytest.mark.parametrize(
    ("member", "value", "local", "central", "reason"),
    [
        (PERSON, b"\x01", 6, 8, "encrypted"),
        (PERSON, b"\x40", 6, 8, "encrypted"),
        (PERSON, b"\x08", 6, 8, "streamed"),
        (PERSON, b"\x20", None, 8, "not allowed"),
        (PERSON, b"\x2d", 4, 6, "not allowed"),
        (PERSON, b"\x0c", 8, 10, "compression method 12"),
        (PERSON, b"\x5d", 8, 10, "compression method 93"),
        (RIG, b"\xff\xff\xff\xff", 18, 20, "ZIP64"),
        (RIG, b"\xff\xff\xff\xff", 22, 24, "ZIP64"),
        (RIG, b"\0\0\0\0", 22, 24, "bytes in the file for 0"),
        (RIG, b"\0\0\xff\0", 22, 24, "bomb"),
        (BACK, b"\x07\0\0\0", 18, 20, "bytes in the file for"),
        (RIG, b"\x07\0\0\0", None, 20, "bomb|disagree"),
        (PERSON, b"\x00\x00\x00\x00", 14, None, "disagree"),
        (PERSON, b"x", 30, None, "disagree"),
        (PERSON, b"\x01", None, 32, "broken|comment"),
        (PERSON, b"\x01", None, 34, "comment, a link"),
        (PERSON, b"\xff\xa1", None, 40, "a link"),
        (PERSON, b"\x10", None, 38, "folder"),
        (PERSON, b"\x01", None, 42, "overlaps|gap"),
        (FACE, b"\x00\x00\x00\x00", None, 42, "overlaps|gap|disagree"),
        (PERSON, b"PK\7\7", 0, None, "local header is missing"),
    ],
)
def test_headers(
    member: str, value: bytes, local: int | None, central: int | None, reason: str
) -> None:
    data = patch(member, value, local, central)
    with pytest.raises(imx.InvalidAvatar, match=reason):
        imx.read(data)


def _renamed(name: bytes) -> bytes:
    """The good file with a member called otherwise, at the same length, in both headers."""
    name = name.ljust(len(PERSON), b"x")
    return patch(PERSON, name, 30, 46)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (b"/etc/passwd", "absolute"),
        (b"C:/windows", "absolute path, drive"),
        (b"a\\b", "backslash"),
        (b"a\0b", "NUL"),
        (b"a/../../b", "leaves the file"),
        (b"../b", "leaves the file"),
        (b"appearance/person_web/", "folder|no member name"),
        (b"appearance//person.web", "no member name"),
        (b"Appearance/person.webp", "no member name"),
        (b"appearance/p\x1b[31m.webp", "no member name"),
        (b"appearance/p\xc3\xa9\xff.webp", "no member name"),
        (b"./", "no member name"),
    ],
)
def test_names(name: bytes, reason: str) -> None:
    with pytest.raises(imx.InvalidAvatar, match=reason) as caught:
        imx.read(_renamed(name))
    assert str(caught.value).isprintable()


def test_a_folder_entry_and_long_names() -> None:
    refuse(forge.with_members(good(), {"a/": b"x"}), "a/", "folder entry")
    refuse(forge.with_members(good(), {"a" * 90 + ".b": b"x"}), "a" * 80, "longer than 80")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_duplicates() -> None:
    target = io.BytesIO(good())
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr(zipfile.ZipInfo(PERSON), b"again")
    refuse(target.getvalue(), PERSON, "twice")


def test_too_many_members_and_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    many = {f"extra/{i}.bin": b"x" for i in range(64)}
    refuse(forge.with_members(good(), many), "", "members, at most 64")
    monkeypatch.setattr("visavis.imx.archive.MAX_UNPACKED", 9000)
    with pytest.raises(imx.InvalidAvatar, match="9000 bytes unpacked"):
        imx.read(good())


def test_extra_fields() -> None:
    def extra(raw: bytes) -> bytes:
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w") as archive:
            for name, content in forge.unpack(good()).items():
                info = zipfile.ZipInfo(name)
                info.extra = raw
                archive.writestr(info, content)
        return target.getvalue()

    imx.read(extra(b"UT\5\0\1\0\0\0\0"))  # a time stamp, harmless
    refuse(extra(struct.pack("<HHQ", 1, 8, 9)), MANIFEST, "ZIP64 in a ZIP extra")
    refuse(extra(struct.pack("<HH", 0x9901, 0)), MANIFEST, "encryption")
    refuse(extra(struct.pack("<HH", 0x7075, 0)), MANIFEST, "second name")
    refuse(extra(struct.pack("<HH", 5, 9) + b"x"), MANIFEST, "broken ZIP extra")


def test_data_between_members_and_directory() -> None:
    data = good()
    start = int.from_bytes(data[-6:-2], "little")
    moved = data[:start] + b"secret" + data[start:-6] + struct.pack("<L", start + 6) + data[-2:]
    refuse(moved, "", "between the members")


def test_overlapping_members() -> None:
    """A directory whose second member points into the first, as the quoted-zip bombs do."""
    data = good()
    headers = forge.headers(data)
    into = struct.pack("<L", headers[PERSON][0])
    refuse(forge.patched(data, headers[BACK][1] + 42, into), BACK, "overlaps")


def _repacked(path: str, packed: bytes, size: int, crc: int) -> bytes:
    """The good file with one member's packed bytes replaced, headers following."""
    data, sizes = good(), struct.pack("<3L", crc, len(packed), size)
    local, central = forge.headers(data)[path]
    old = int.from_bytes(data[local + 18 : local + 22], "little")
    name = local + 30 + len(path)
    data = forge.patched(forge.patched(data, local + 14, sizes), central + 16, sizes)
    start, shift = int.from_bytes(data[-6:-2], "little"), len(packed) - old
    for place, at in forge.headers(data).values():
        if place > local:
            data = forge.patched(data, at + 42, struct.pack("<L", place + shift))
    data = forge.patched(data, len(data) - 6, struct.pack("<L", start + shift))
    return data[:name] + packed + data[name + old :]


def _deflated(raw: bytes) -> bytes:
    machine = zlib.compressobj(9, zlib.DEFLATED, -15)
    return machine.compress(raw) + machine.flush()


def test_deflate() -> None:
    raw = forge.unpack(good())[LIPSYNC]
    crc = zlib.crc32(raw)
    packed = _deflated(raw)
    imx.read(_repacked(LIPSYNC, packed, len(raw), crc))
    for changed, size, reason in (
        (packed, len(raw) - 1, "does not unpack"),
        (packed, len(raw) + 1, "does not unpack"),
        (packed[:-3], len(raw), "does not unpack"),
        (packed + b"more", len(raw), "does not unpack"),
        (b"\xff" * len(packed), len(raw), "cannot be unpacked"),
        (_deflated(b"0" * 100_000), 60, "does not unpack"),
        (_deflated(b"0" * 1_000_000), 1_000_000, "bomb"),
    ):
        refuse(_repacked(LIPSYNC, changed, size, crc), LIPSYNC, reason)
    refuse(_repacked(LIPSYNC, packed, len(raw), crc ^ 1), LIPSYNC, "CRC-32")


# ---- manifest and member list


def manifest(change: Callable[[dict[str, Any]], Any]) -> bytes:
    return forge.with_json(good(), MANIFEST, change)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda m: m.update(format="zip"), "its format is not"),
        (lambda m: m.pop("format"), "its format is not"),
        (lambda m: m.update(version="2.0"), "reads 1.x: update it"),
        (lambda m: m.update(version="0.9"), "build the file again"),
        (lambda m: m.update(version="1"), "major.minor"),
        (lambda m: m.update(version=1.0), "major.minor"),
        (lambda m: m.update(version="1.²"), "major.minor"),
        (lambda m: m.pop("name"), "name: Field required"),
        (lambda m: m.update(name="a\nb"), "name"),
        (lambda m: m.update(name="a" * 300), "name"),
        (lambda m: m.update(kind="film"), "kind"),
        (lambda m: m.update(canvas=[64]), "canvas"),
        (lambda m: m.update(canvas=[64, "64"]), "canvas"),
        (lambda m: m.update(canvas=[64.5, 64]), "canvas"),
        (lambda m: m.update(canvas=[64, 16]), "canvas"),
        (lambda m: m.update(canvas=[4096, 64]), "canvas"),
        (lambda m: m.update(canvas=[2048, 2048], texture_scale=4), "pixels"),
        (lambda m: m.update(texture_scale=0), "texture_scale"),
        (lambda m: m.update(fps=0), "fps"),
        (lambda m: m.update(created="yesterday"), "created"),
        (lambda m: m.update(likeness={"licence": 5}), "likeness.licence"),
        (lambda m: m.update(mood="good"), "mood: Extra inputs"),
        (lambda m: m["members"].update({"../a.b": m["members"][PERSON]}), "members"),
        (lambda m: m["members"][PERSON].update(sha256="0"), "sha256"),
        (lambda m: m.update(members=[]), "members"),
    ],
)
def test_manifest(change: Callable[[dict[str, Any]], Any], reason: str) -> None:
    refuse(manifest(change), MANIFEST, reason)


def test_checksums_and_member_list() -> None:
    wrong = {"sha256": "0" * 64, "bytes": 5}
    refuse(manifest(lambda m: m["members"].update({FACE: wrong})), FACE, "SHA-256")
    refuse(manifest(lambda m: m["members"][RIG].update(bytes=7)), RIG, "size")
    refuse(manifest(lambda m: m["members"].pop(BACK)), BACK, "does not list it")
    refuse(manifest(lambda m: m["members"].update({"a.b": wrong})), "a.b", "listed but missing")
    refuse(forge.with_members(good(), {BACK: None}, seal=False), BACK, "listed but missing")
    for path in (BACK, FACE, RIG, LIPSYNC, "appearance/lid_left.webp"):
        refuse(forge.with_members(good(), {path: None}), path, "missing")
    refuse(forge.with_members(good(), {"face/extra.json": b"{}"}), "face/extra.json", "belong")
    refuse(forge.with_members(good(), {"a.pkl": b"x"}, seal=False), "a.pkl", "not list it")


def test_the_manifest_comes_first() -> None:
    members = forge.unpack(good())
    last = {name: raw for name, raw in members.items() if name != MANIFEST}
    refuse(forge.pack(last | {MANIFEST: members[MANIFEST]}), MANIFEST, "must be the first")
    refuse(forge.pack({"a.txt": b"hello"}), MANIFEST, "is this an avatar file")


# ---- JSON as such


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "bytes in the file for 0|no valid JSON"),
        (b"\xff\xfe", "no valid JSON"),
        (b"[1]", "no object"),
        (b"null", "no object"),
        (b'{"gain": NaN}', "NaN is not"),
        (b'{"gain": -Infinity}', "not a number of JSON"),
        (b'{"gain": 1e999}', "gain"),
        (b'{"gain": 1, "gain": 1}', "key is given twice"),
        (b'{"gain": "1"}', "gain"),
        (b'{"gain": true}', "gain"),
        (b'{"gain": 5}', "gain"),
        (b'{"gain": ' + b"9" * 5000 + b"}", "no valid JSON"),
        (b'{"\xed\xa0\x80": 1}', "no valid JSON"),
        (b'{"a": ' + b"[" * 12 + b"]" * 12 + b"}", "deeper than 12"),
        (b'{"a": "' + b"[" * 40 + b'"}', "a: Extra inputs"),
        (b"[" * 800, "deeper than 12"),
        (b'{"\\u001b[31m": 1}', "Extra inputs"),
        (b" ".join(b"%d" % i for i in range(20000)), "at most 65536"),
    ],
)
def test_json(raw: bytes, reason: str) -> None:
    """Taken as the lip-sync document, the simplest there is."""
    with pytest.raises(imx.InvalidAvatar, match=reason) as caught:
        imx.read(forge.with_members(good(), {LIPSYNC: raw}))
    assert caught.value.member == LIPSYNC and str(caught.value).isprintable()


# ---- the face


def _eye(value: Any, *keys: str) -> Callable[[Any], None]:
    def change(face: Any) -> None:
        for key in ("eyes", "left", *keys[:-1]):
            face = face[key]
        face[keys[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda f: f.pop("mm"), "mm: Field required"),
        (lambda f: f.update(mm=0), "mm"),
        (lambda f: f.update(box=[5, 0, 5, 9]), "box"),
        (lambda f: f.update(yaw_limit=11), "yaw_limit"),
        (lambda f: f["bases"].pop(), "tensor 'bases' has shape"),
        (lambda f: f["bases"].clear(), "bases"),
        (lambda f: f["bases"].extend(f["bases"] * 20), "bases"),
        (lambda f: f["bases"][0].update(name="wings"), "'wings'.*no pose entry"),
        (lambda f: f["bases"][0].update(sided=True), "no pose entry"),
        (lambda f: f["bases"][1].update(name="jawOpen"), "same name"),
        (lambda f: f["mouth"].update(gap=-1), "mouth.gap"),
        (lambda f: f["mouth"].update(lip=[1, 2, 256]), "mouth.lip"),
        (lambda f: f["mouth"].update(own_teeth=1), "mouth.own_teeth"),
        (lambda f: f["eyes"].pop("right"), "eyes.right"),
        (_eye([9, 9, 9, 20], "lid"), "lid"),
        (_eye([-1, 0, 9, 9], "lid"), "not inside the canvas"),
        (_eye([0, 0, 9, 33], "patch"), "not inside the canvas"),
        (_eye([0, 0, 40, 30], "patch"), "over a quarter"),
        (_eye([1, 1], "down"), "unit vector"),
        (_eye([1, 1, 0], "iris"), "iris"),
    ],
)
def test_face(change: Callable[[Any], None], reason: str) -> None:
    with pytest.raises(imx.InvalidAvatar, match=reason) as caught:
        imx.read(forge.with_json(good(), FACE, change))
    assert caught.value.member in (FACE, RIG)


def test_textures_of_a_null_eye_do_not_belong() -> None:
    changed = forge.with_json(good(), FACE, lambda f: f["eyes"].update(left=None))
    refuse(changed, "appearance/eye_left_glint.webp", "does not belong")


# ---- the rig


def _set(name: str, value: Any) -> Callable[[forge.Arrays], None]:
    def change(arrays: forge.Arrays) -> None:
        arrays[name].flat[-1] = value

    return change


def _replace(name: str, make: Callable[[Any], Any]) -> Callable[[forge.Arrays], None]:
    def change(arrays: forge.Arrays) -> None:
        arrays[name] = np.ascontiguousarray(make(arrays[name]))

    return change


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_set("vertices", np.nan), "'vertices' has values outside"),
        (_set("vertices", np.inf), "'vertices' has values outside"),
        (_set("uv", -1e6), "'uv' has values outside"),
        (_set("bases_scale", -1), "'bases_scale' has values"),
        (_set("gains_scale", np.nan), "'gains_scale' has values"),
        (_set("triangles", 81), "'triangles' has values outside 0 to 80"),
        (_set("lip_outer", 65535), "'lip_outer' has values"),
        (_set("oval", 81), "'oval' has values"),
        (_set("frame", 0.5), "orthonormal"),
        (_replace("frame", lambda a: a * np.float32([1, 1, -1])), "right-handed"),
        (_set("lip_upper", 3), "do not share their corners"),
        (_set("eye_left_lower", 3), "do not share their corners"),
        (_replace("vertices", lambda a: a.astype(np.float64)), "dtype must be one of"),
        (_replace("bases", lambda a: a.astype(np.int8)), "'bases' is int8, must be I16"),
        (_replace("vertices", lambda a: a[:2]), "2 vertices"),
        (_replace("vertices", lambda a: a[:-1]), "has shape"),
        (_replace("vertices", lambda a: a[:, :2]), "has shape"),
        (_replace("triangles", lambda a: a[:0]), "0 triangles"),
        (_replace("gains", lambda a: a[:-1]), r"must have \(K\+2, N\)"),
        (_replace("pivot", lambda a: a[:, None]), "has shape"),
        (_replace("oval", lambda a: a[:35]), "has shape"),
        (_replace("lip_outer", lambda a: np.resize(a, 300)), "300 outer lip points"),
        (_replace("triangles", lambda a: np.resize(a, (40001, 3))), "40001 triangles"),
        (lambda arrays: arrays.pop("side") is None, "'side' is missing"),
        (lambda arrays: arrays.update(extra=np.zeros(3)), "'extra' is unknown|dtype"),
        (lambda arrays: arrays.update(extra=np.zeros(3, np.uint8)), "tensor 'extra' is unknown"),
    ],
)
def test_rig(change: Callable[[forge.Arrays], Any], reason: str) -> None:
    refuse(forge.with_rig(good(), lambda arrays: change(arrays) and None), RIG, reason)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda h: h["vertices"].update(shape=[81.0, 3]), "out of range"),
        (lambda h: h["vertices"].update(shape=[True, 3]), "out of range"),
        (lambda h: h["vertices"].update(shape=[-81, -3]), "out of range"),
        (lambda h: h["vertices"].update(shape=[1 << 31, 1 << 31, 1 << 31]), "do not fit"),
        (lambda h: h["vertices"].update(shape=[1] * 9), "no list of"),
        (lambda h: h["vertices"].update(shape="81"), "no list of"),
        (lambda h: h["vertices"].update(dtype=["F32"]), "dtype must"),
        (lambda h: h["vertices"].update(dtype="F8_E4M3"), "dtype must"),
        (lambda h: h["vertices"].update(more=1), "dtype must"),
        (lambda h: h["vertices"].update(data_offsets=[0]), "do not fit"),
        (lambda h: h["vertices"].pop("data_offsets"), "dtype must"),
        (lambda h: h.update(side=h["head"]), "does not begin where"),
        (lambda h: h.pop("side"), "does not begin where|the tensors end"),
        (lambda h: h.update(vertices=5), "no object"),
        (lambda h: h.update(pad={"dtype": "U8", "shape": [0], "data_offsets": [9, 9]}), "begin"),
        (lambda h: h.update({"\x1b[2J" + "x" * 99: h.pop("side")}), "unknown"),
    ],
)
def test_rig_header(change: Callable[[Any], Any], reason: str) -> None:
    refuse(forge.with_rig_header(good(), lambda header: change(header) and None), RIG, reason)


def test_rig_bytes() -> None:
    raw = forge.unpack(good())[RIG]
    size = int.from_bytes(raw[:8], "little")
    bomb = b"\xff" * 7 + b"\x7f" + raw[8:]
    for changed, reason in (
        (raw[:5], "header of"),
        (bomb, "header of 9223372036854775807"),
        (struct.pack("<Q", 50000) + raw[8:].ljust(60000, b" "), "header of 50000"),
        (struct.pack("<Q", len(raw)) + raw[8:], "header of"),
        (raw[:-1], "the tensors end at"),
        (raw + b"\0", "the tensors end at"),
        (raw[:8] + b"[" * size + raw[8 + size :], "deeper"),
        (struct.pack("<Q", size + 1) + raw[8 : 8 + size] + b" " + raw[8 + size :], "not aligned"),
        (b"\x80\x04\x95 pickle" * 30, "header of"),
    ):
        refuse(forge.with_members(good(), {RIG: changed}), RIG, reason)


# ---- the textures


def webp(size: tuple[int, int], mode: str = "RGBA", **options: Any) -> bytes:
    """A plain picture as our writer makes it, or with options as Pillow does."""
    if not options:
        shape = (size[1], size[0], len(mode))
        row = next(image for image in imx.IMAGES if image.channels == mode.lower())
        return encode(row, np.full(shape, (9, 9, 9, 128)[: len(mode)], np.uint8))
    target = io.BytesIO()
    Image.new(mode, size, (9, 9, 9, 128)[: len(mode)]).save(target, "WEBP", **options)
    return target.getvalue()


def _animated() -> bytes:
    more = [Image.new("RGBA", (96, 64), (i, 0, 0, 99)) for i in (90, 250)]
    return webp((96, 64), save_all=True, append_images=more)


def _png() -> bytes:
    target = io.BytesIO()
    Image.new("RGBA", (96, 64)).save(target, "PNG")
    return target.getvalue()


def _vp8x(change: Callable[[bytearray], None]) -> bytes:
    raw = bytearray(webp((96, 64)))
    assert raw[12:16] == b"VP8X"
    change(raw)
    return bytes(raw)


def _put(at: int, value: bytes) -> Callable[[bytearray], None]:
    def change(raw: bytearray) -> None:
        raw[at : at + len(value)] = value

    return change


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (_png, "no WebP"),
        (lambda: webp((96, 64))[:-4], "truncated or padded"),
        (lambda: webp((96, 64)) + b"more", "truncated or padded"),
        (lambda: webp((96, 65)), "96 x 65 px, must be 96 x 64"),
        (lambda: webp((64, 96)), "must be 96 x 64"),
        (lambda: webp((4096, 4096)), "at most"),
        (lambda: webp((96, 64), exif=b"Exif\0\0GPS"), "EXIF"),
        (lambda: webp((96, 64), xmp=b"<x/>"), "EXIF, XMP or ICC"),
        (lambda: webp((96, 64), icc_profile=b"icc"), "ICC"),
        (_animated, "animation"),
        (lambda: webp((96, 64), lossless=True), "lossless"),
        (lambda: webp((96, 64), quality=50), "alpha is compressed.*-alpha_method 0"),
        (lambda: _vp8x(_put(20, b"\x12")), "do not agree"),
        (lambda: _vp8x(_put(20, b"\x00")), "do not agree"),
        (lambda: _vp8x(_put(24, b"\xff\x3f\0\xff\x3f\0")), "do not agree"),
        (lambda: _vp8x(_put(38, b"\x01")), "alpha is compressed"),
        (lambda: _vp8x(_put(16, b"\x04")), "broken|plain"),
        (lambda: _vp8x(_put(16, b"\xff\xff\xff\x7f")), "broken"),
        (lambda: b"RIFF\x04\0\0\0WEBP", "plain"),
        (lambda: b"RIFF\x0c\0\0\0WEBPVP8L\0\0\0\0", "lossless"),
        (lambda: b"RIFF\x0c\0\0\0WEBPVP8 \0\0\0\0", "broken picture header"),
    ],
)
def test_textures(raw: Callable[[], bytes], reason: str) -> None:
    refuse(forge.with_members(good(), {PERSON: raw()}), PERSON, reason)


def test_textures_that_only_decoding_shows_to_be_broken() -> None:
    raw = bytearray(forge.unpack(good())[PERSON])
    at = raw.index(b"VP8 ")
    raw[at + 18 : at + 40] = b"\xff" * 22
    with pytest.raises(imx.InvalidAvatar, match="cannot be decoded"):
        imx.read(forge.with_members(good(), {PERSON: bytes(raw)}))


def test_a_lossless_bomb_is_refused_before_it_is_decoded() -> None:
    """65,536 code tables in 300 kB: what the ban of lossless WebP is for."""
    bits = np.random.default_rng(0).integers(0, 256, 300_000, np.uint8).tobytes()
    chunk = b"VP8L" + struct.pack("<L", len(bits) + 6) + b"\x2f\xff\xc3\xff\x00\x80" + bits
    raw = b"RIFF" + struct.pack("<L", 4 + len(chunk)) + b"WEBP" + chunk
    data = forge.with_members(imx.encode(tiny_model(size=(512, 512))), {PERSON: raw})
    refuse(data, PERSON, "lossless")


def test_textures_have_the_channels_the_table_says() -> None:
    raw = webp((48, 32))
    refuse_alpha = forge.with_members(good(), {BACK: raw})
    with pytest.raises(imx.InvalidAvatar, match="has alpha, must have none"):
        imx.read(refuse_alpha)
    lash = forge.with_members(good(), {"appearance/lashes_left.webp": webp((68, 7), "RGB")})
    refuse(lash, "appearance/lashes_left.webp", "must be 16 to 512 x 8 to 128")


# ---- writing


def test_the_writer_refuses_what_the_reader_would() -> None:
    model = tiny_model()

    def fails(reason: str, **parts: Any) -> None:
        with pytest.raises(imx.InvalidAvatar, match=reason):
            imx.encode(replace(model, **parts))

    images, rig = model.images, model.rig
    fails("person.webp: missing", images={k: v for k, v in images.items() if k != "person"})
    fails("hat.webp: does not belong", images=images | {"hat": images["person"]})
    fails("must be uint8 rgba", images=images | {"person": images["person"][..., :3]})
    fails("must be uint8 rgba", images=images | {"person": images["person"].astype(np.float32)})
    fails("must be 128 x 128", images=images | {"person": images["person"][1:]})
    straight = np.full((128, 128, 4), (90, 90, 90, 0), np.uint8)
    fails("premultiplied", images=images | {"person": straight})
    fails("'side' is missing", rig={k: v for k, v in rig.items() if k != "side"})
    fails("'hat' is unknown", rig=rig | {"hat": rig["side"]})
    fails("'side' is float64", rig=rig | {"side": rig["side"].astype(float)})
    fails("created", manifest=model.manifest.model_copy(update={"created": "now"}))
    fails("mm", face=model.face.model_copy(update={"mm": -1.0}))


# ---- newer files of the same major version


def test_a_newer_minor_version_may_add_things() -> None:
    def add(m: dict[str, Any]) -> None:
        m.update(version="1.7", mood="good")
        m["likeness"]["age"] = 7

    data = manifest(add)
    members = forge.unpack(data)
    rig_more = forge.unpack(
        forge.with_rig(good(), lambda a: a.update(extra=np.zeros((2, 3), np.uint8)))
    )[RIG]
    face = json.loads(members[FACE])
    face["ears"], face["mouth"]["braces"] = [1, 2], True
    changed = {"face/tracks.safetensors": b"any", FACE: json.dumps(face).encode(), RIG: rig_more}
    newer = forge.with_members(data, changed)
    model = imx.read(newer)
    assert model.manifest.version == "1.7" and "extra" not in model.rig
    assert imx.inspect(newer).manifest.name == "tiny"
    assert imx.read(imx.encode(model)).manifest.version == "1.0"


def test_a_newer_minor_version_may_not_break_things() -> None:
    newer = manifest(lambda m: m.update(version="1.7"))
    wrong = forge.with_json(newer, FACE, lambda f: f.update(mm="large"))
    refuse(wrong, FACE, "mm")
    refuse(forge.with_members(newer, {BACK: None}), BACK, "missing")
    refuse(manifest(lambda m: m.update(version="2.0", format_of_the_future=1)), MANIFEST, "update")


def test_a_refusal_passes_from_a_process_to_another() -> None:
    with pytest.raises(imx.InvalidAvatar) as caught:
        imx.read(forge.with_members(good(), {BACK: None}))
    other = pickle.loads(pickle.dumps(caught.value))
    assert isinstance(other, imx.InvalidAvatar)
    assert (other.member, str(other)) == (BACK, str(caught.value))
