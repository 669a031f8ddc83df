"""What is in an avatar file, without decoding its pictures.

Comes in: a path, bytes or a binary file. Goes out: `Summary`, for `visavis info`.
"""

from __future__ import annotations

from dataclasses import dataclass

from visavis.imx import webp
from visavis.imx.archive import STORED
from visavis.imx.documents import Face, LipSync, Manifest
from visavis.imx.model import check_size
from visavis.imx.reader import Source, open_file
from visavis.imx.table import IMAGE_BY_PATH, MANIFEST, RIG


@dataclass(frozen=True)
class MemberSummary:
    """One member.

    Attributes:
        path: its path.
        packed: bytes in the file.
        size: bytes unpacked.
        stored: whether it lies there unpacked.
        detail: for a texture "width x height", for the rig its tensors; else "".
    """

    path: str
    packed: int
    size: int
    stored: bool
    detail: str


@dataclass(frozen=True)
class Summary:
    """What an avatar file holds.

    Attributes:
        manifest: the checked manifest.
        face: the checked face document.
        lipsync: the checked lip-sync document.
        members: every member in file order, the manifest first.
        file_size: bytes of the whole file.
        vertices: N.
        triangles: T.
        bases: names of the bases, in order.
    """

    manifest: Manifest
    face: Face
    lipsync: LipSync
    members: tuple[MemberSummary, ...]
    file_size: int
    vertices: int
    triangles: int
    bases: tuple[str, ...]


def inspect(source: Source) -> Summary:
    """Looks into an avatar file: checksums and documents are checked, pictures not decoded.

    Args:
        source: a path, the file's bytes, or a file opened for binary reading.

    Returns:
        The summary.

    Raises:
        InvalidAvatar: as `visavis.imx.read`, but for what only decoding a picture shows.
    """
    opened = open_file(source)
    members, rig = [], opened.read_rig()
    for path, entry in opened.archive.entries.items():
        detail = ""
        raw = opened.read(path) if path not in (MANIFEST, RIG) else b""
        if path == RIG:
            detail = f"{len(rig)} tensors"
        elif path in IMAGE_BY_PATH:
            said = webp.header(path, raw)
            check_size(IMAGE_BY_PATH[path], (said.width, said.height), opened.manifest, opened.face)
            detail = f"{said.width} x {said.height}"
        members.append(
            MemberSummary(path, entry.packed, entry.size, entry.method == STORED, detail)
        )
    return Summary(
        manifest=opened.manifest,
        face=opened.face,
        lipsync=opened.lipsync,
        members=tuple(members),
        file_size=opened.archive.file_size,
        vertices=len(rig["vertices"]),
        triangles=len(rig["triangles"]),
        bases=tuple(basis.name for basis in opened.face.bases),
    )
