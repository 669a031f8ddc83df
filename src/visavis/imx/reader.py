"""Reading an avatar file that nobody vouches for.

Comes in: a path, bytes or a binary file. Goes out: `AvatarModel`, or `InvalidAvatar` naming the
member and the reason. Every size is bounded before memory is taken for it: first the container,
then the manifest, the checksums, the documents, the arrays, and last the pictures.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from visavis.errors import InvalidAvatar
from visavis.imx import jsontext, tensors, webp
from visavis.imx.archive import Archive
from visavis.imx.documents import Face, LipSync, Manifest
from visavis.imx.images import Images
from visavis.imx.model import AvatarModel, byte_limit, check_eyes, check_size, expected_images
from visavis.imx.table import (
    FACE,
    FORMAT,
    IMAGE_BY_PATH,
    LIPSYNC,
    MAJOR,
    MANIFEST,
    MAX_FILE,
    MAX_JSON,
    MAX_MEMBER,
    MAX_RIG,
    MAX_TENSOR_HEADER,
    MINOR,
    RIG,
)

Source = str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO

_LIMITS = {FACE: MAX_JSON, LIPSYNC: MAX_JSON, RIG: MAX_RIG}
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8")


def load(source: Source) -> bytes:
    """The bytes of a file, if it can be an avatar file at all.

    Args:
        source: a path, the bytes themselves, or a file opened for binary reading.

    Returns:
        The whole file.

    Raises:
        InvalidAvatar: cannot be read, empty, too large, a vendor's encrypted file, or no ZIP.
    """
    try:
        if isinstance(source, (bytes, bytearray, memoryview)):
            data = bytes(source)
        elif isinstance(source, (str, os.PathLike)):
            with Path(source).open("rb") as file:
                data = file.read(MAX_FILE + 1)
        else:
            data = source.read(MAX_FILE + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        shown = f" {os.fspath(source)!a}" if isinstance(source, (str, os.PathLike)) else ""
        raise InvalidAvatar("", f"cannot read{shown}: {reason}") from None
    if not data:
        raise InvalidAvatar("", "the file is empty")
    if len(data) > MAX_FILE:
        raise InvalidAvatar("", f"larger than {MAX_FILE} bytes; an avatar file is about 1 MB")
    if data.startswith(b"IMX\0"):
        raise InvalidAvatar(
            "",
            "an encrypted .imx of a vendor (bitHuman), which only that vendor's programs open; "
            "make a character of your own from a picture: visavis build photo.jpg -o mine.imx",
        )
    if data.startswith(_PICTURES) or data[8:12] == b"WEBP":
        raise InvalidAvatar(
            "", "a picture, no avatar file; make one of it: visavis build PICTURE -o mine.imx"
        )
    if not data.startswith(b"PK\3\4"):
        raise InvalidAvatar("", "no avatar file: an .imx is a ZIP and begins with PK")
    return data


def _version(manifest: dict[str, Any]) -> tuple[int, int]:
    """Major and minor version, looked at before anything else in the manifest."""
    if manifest.get("format") != FORMAT:
        raise InvalidAvatar(MANIFEST, f"its format is not {FORMAT!r}")
    version = manifest.get("version")
    parts = version.split(".") if isinstance(version, str) and len(version) < 10 else []
    if len(parts) != 2 or not all(part.isascii() and part.isdigit() for part in parts):
        raise InvalidAvatar(MANIFEST, 'its version is not "major.minor"')
    major, minor = map(int, parts)
    if major != MAJOR:
        raise InvalidAvatar(
            MANIFEST,
            f"format version {major}.{minor}; this Visavis reads {MAJOR}.x: "
            + ("update it (pip install -U visavis)" if major > MAJOR else "build the file again"),
        )
    return major, minor


@dataclass(frozen=True)
class Opened:
    """A file whose container, manifest, member list and documents are sound.

    Attributes:
        archive: the container.
        manifest: the checked manifest.
        face: the checked face document.
        lipsync: the checked lip-sync document.
        newer: whether its minor version is newer than ours, so that unknown things are ignored.
    """

    archive: Archive
    manifest: Manifest
    face: Face
    lipsync: LipSync
    newer: bool

    def read(self, path: str) -> bytes:
        """A member's bytes, compared with the manifest's size and SHA-256."""
        limit = _LIMITS.get(path, MAX_MEMBER)
        if path in IMAGE_BY_PATH:
            limit = byte_limit(IMAGE_BY_PATH[path], self.manifest, self.face)
        return _verified(self.archive, self.manifest, path, limit)

    def read_rig(self) -> tensors.Arrays:
        """The checked arrays; the header is looked at before the rest is unpacked."""
        bases, size = len(self.face.bases), self.archive.entries[RIG].size
        beginning = self.archive.peek(RIG, 8 + MAX_TENSOR_HEADER)
        slots = tensors.layout(beginning, size, bases, self.newer)
        rig = tensors.take(self.read(RIG), slots)
        tensors.check(rig, bases)
        return rig


def _verified(archive: Archive, manifest: Manifest, path: str, limit: int) -> bytes:
    raw, said = archive.read(path, limit), manifest.members[path]
    if len(raw) != said.bytes or hashlib.sha256(raw).hexdigest() != said.sha256:
        raise InvalidAvatar(path, "does not match the manifest's size or SHA-256")
    return raw


def open_file(source: Source) -> Opened:
    """Everything about a file that does not need its arrays and pictures.

    Args:
        source: a path, bytes or a binary file.

    Returns:
        The opened file.

    Raises:
        InvalidAvatar: as `read`.
    """
    archive = Archive(load(source))
    if next(iter(archive.entries), "") != MANIFEST or archive.entries[MANIFEST].header:
        raise InvalidAvatar(MANIFEST, "must be the first member; is this an avatar file?")
    raw = archive.read(MANIFEST, MAX_JSON)
    newer = _version(jsontext.loads(MANIFEST, raw))[1] > MINOR
    manifest = jsontext.document(MANIFEST, raw, Manifest, newer)
    listed, present = set(manifest.members), set(archive.entries) - {MANIFEST}
    for path in sorted(listed ^ present):
        where = "the manifest does not list it" if path in present else "listed but missing"
        raise InvalidAvatar(path, where)
    for path in (FACE, LIPSYNC):
        if path not in listed:
            raise InvalidAvatar(path, "missing")
    face = jsontext.document(FACE, _verified(archive, manifest, FACE, MAX_JSON), Face, newer)
    raw = _verified(archive, manifest, LIPSYNC, MAX_JSON)
    lipsync = jsontext.document(LIPSYNC, raw, LipSync, newer)
    check_eyes(manifest, face)
    expected = {RIG, LIPSYNC, FACE} | {image.path for image in expected_images(face)}
    for path in sorted(expected - present):
        raise InvalidAvatar(path, "missing")
    for path in sorted(present - expected):
        if not newer or path in IMAGE_BY_PATH:
            raise InvalidAvatar(path, "does not belong here")
    return Opened(archive, manifest, face, lipsync, newer)


def read(source: Source) -> AvatarModel:
    """Reads and checks an avatar file.

    Args:
        source: a path, the file's bytes, or a file opened for binary reading.

    Returns:
        The model; arrays and pictures are read-only.

    Raises:
        InvalidAvatar: the file cannot be read, is no avatar file, is of a later major version, is
            damaged, or breaks any rule of docs/imx-format.md. Names the member and the reason.
    """
    opened = open_file(source)
    manifest, face = opened.manifest, opened.face
    rig = opened.read_rig()
    members = {}
    for image in expected_images(face):
        raw = opened.read(image.path)
        said = webp.header(image.path, raw)
        check_size(image, (said.width, said.height), manifest, face)
        members[image.name] = (image, raw)
    return AvatarModel(manifest, face, rig, Images(members), opened.lipsync)
