"""The ZIP container, read strictly and written the same way every time.

Comes in: the bytes of a file nobody vouches for. Goes out: its members' bytes. Only the plainest
ZIP is taken: members side by side from the first byte, one directory behind them that agrees with
every local header, the end record last; stored or deflated, no ZIP64, encryption or comments.
`unzip` and every ZIP library read such a file; here nothing is left to interpretation.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

from visavis.errors import InvalidAvatar
from visavis.imx.table import MAX_FILE, MAX_MEMBERS, MAX_NAME, MAX_RATIO, MAX_UNPACKED, MEMBER_NAME

_END = struct.Struct("<4s4H2LH")
_CENTRAL = struct.Struct("<4s4B4HL2L5H2L")
_LOCAL = struct.Struct("<4s2B4HL2L2H")
_NAME = re.compile(MEMBER_NAME.encode())
_HARMLESS_FLAGS = 0x0806  # UTF-8 names, and two bits about how hard deflate tried
_FOREIGN_EXTRAS = {0x0001: "ZIP64", 0x7075: "a second name", 0x9901: "encryption"}
STORED, DEFLATED = 0, 8


@dataclass(frozen=True)
class Entry:
    """One member as the directory describes it.

    Attributes:
        name: its path.
        method: 0 stored, 8 deflated.
        crc: CRC-32 of the unpacked bytes.
        packed: bytes in the file.
        size: bytes unpacked.
        header: offset of its local header.
    """

    name: str
    method: int
    crc: int
    packed: int
    size: int
    header: int


def printable(name: bytes) -> str:
    """A hostile name, fit for a terminal."""
    return ascii(name[:MAX_NAME].decode("utf-8", "replace"))[1:-1]


def _check_name(raw: bytes) -> str:
    shown = printable(raw)
    if len(raw) > MAX_NAME:
        raise InvalidAvatar(shown, f"name longer than {MAX_NAME} characters")
    if raw.startswith((b"/", b"\\")) or raw[1:2] == b":" or b"\\" in raw or b"\0" in raw:
        raise InvalidAvatar(shown, "an absolute path, drive letter, backslash or NUL in a name")
    if b".." in raw.split(b"/"):
        raise InvalidAvatar(shown, "a path that leaves the file")
    if raw.endswith(b"/"):
        raise InvalidAvatar(shown, "a folder entry; pack with 'zip -D -X'")
    if not _NAME.fullmatch(raw):
        raise InvalidAvatar(shown, "no member name (a-z, 0-9, _ and / only)")
    return raw.decode("ascii")


def _check_extra(name: str, extra: bytes) -> None:
    at = 0
    while at < len(extra):
        kind, size = int.from_bytes(extra[at : at + 2], "little"), 0
        if kind in _FOREIGN_EXTRAS:
            raise InvalidAvatar(name, f"{_FOREIGN_EXTRAS[kind]} in a ZIP extra field")
        size = int.from_bytes(extra[at + 2 : at + 4], "little")
        at += 4 + size
    if at != len(extra):
        raise InvalidAvatar(name, "broken ZIP extra field")


def _check_coding(name: str, version: int, flags: int, method: int) -> None:
    if flags & 0x2041:
        raise InvalidAvatar(name, "encrypted")
    if flags & 0x0008:
        raise InvalidAvatar(name, "sizes after the data (a streamed ZIP); pack with 'zip -D -X'")
    if flags & ~_HARMLESS_FLAGS or version > 20:
        raise InvalidAvatar(name, f"ZIP features that are not allowed (flags {flags:#x})")
    if method not in (STORED, DEFLATED):
        raise InvalidAvatar(name, f"compression method {method}; only stored and deflate are read")


def _check_sizes(name: str, method: int, packed: int, size: int) -> None:
    if 0xFFFFFFFF in (packed, size):
        raise InvalidAvatar(name, "ZIP64 sizes; an avatar is never that large")
    if not size or (method == STORED and packed != size):
        raise InvalidAvatar(name, f"{packed} bytes in the file for {size} unpacked")
    if size > MAX_UNPACKED or size > MAX_RATIO * packed:
        raise InvalidAvatar(name, f"{size} bytes packed into {packed}: a decompression bomb")


class Archive:
    """The members of an avatar file.

    Attributes:
        entries: path to entry, in the directory's order.
        file_size: bytes of the whole file.
    """

    def __init__(self, data: bytes) -> None:
        """Reads the directory and compares it with every local header.

        Args:
            data: the whole file.

        Raises:
            InvalidAvatar: anything but a plain ZIP as the module describes it.
        """
        self._data = data
        self.file_size = len(data)
        self.entries: dict[str, Entry] = {}
        count, directory = self._end()
        unpacked = 0
        for entry in self._directory(count, directory):
            if entry.name in self.entries:
                raise InvalidAvatar(entry.name, "is there twice")
            unpacked += entry.size
            if unpacked > MAX_UNPACKED:
                raise InvalidAvatar("", f"more than {MAX_UNPACKED} bytes unpacked")
            self.entries[entry.name] = entry
        self._starts = self._check_local_headers(directory)

    def _end(self) -> tuple[int, int]:
        """Member count and the directory's offset, from the end record."""
        data = self._data
        if len(data) > MAX_FILE:
            raise InvalidAvatar("", f"more than {MAX_FILE} bytes")
        at = len(data) - _END.size
        if at < 0 or data[at : at + 4] != b"PK\5\6":
            start = data.rfind(b"PK\5\6", max(0, at - 0xFFFF))
            comment = int.from_bytes(data[start + 20 : start + 22], "little")
            found = 0 <= start <= at - comment
            raise InvalidAvatar(
                "",
                "a comment or other data after the end of the ZIP"
                if found
                else "truncated: the end of the ZIP is missing",
            )
        _, disk, first_disk, here, count, size, start, comment = _END.unpack_from(data, at)
        if 0xFFFF in (here, count) or 0xFFFFFFFF in (size, start):
            raise InvalidAvatar("", "ZIP64; an avatar is never that large")
        if disk or first_disk or here != count or comment or start + size != at:
            raise InvalidAvatar("", "the ZIP's end record does not fit the file")
        if count > MAX_MEMBERS:
            raise InvalidAvatar("", f"{count} members, at most {MAX_MEMBERS} are allowed")
        return count, start

    def _directory(self, count: int, at: int) -> Iterable[Entry]:
        data, end = self._data, len(self._data) - _END.size
        for _ in range(count):
            if at + _CENTRAL.size > end or data[at : at + 4] != b"PK\1\2":
                raise InvalidAvatar("", "the ZIP's directory is broken")
            fields = _CENTRAL.unpack_from(data, at)
            version, flags, method, crc, packed, size = fields[3], *fields[5:7], *fields[9:12]
            name_size, extra_size, comment, disk, _, attributes, header = fields[12:]
            at += _CENTRAL.size
            name = _check_name(data[at : min(at + name_size, end)])
            _check_extra(name, data[at + name_size : min(at + name_size + extra_size, end)])
            at += name_size + extra_size
            _check_coding(name, version, flags, method)
            _check_sizes(name, method, packed, size)
            if comment or disk or (attributes >> 28 not in (0, 8)) or attributes & 0x10:
                raise InvalidAvatar(name, "a comment, a link or a folder; only plain files belong")
            yield Entry(name, method, crc, packed, size, header)
        if at != end:
            raise InvalidAvatar("", "the ZIP's directory is broken")

    def _check_local_headers(self, directory: int) -> dict[str, int]:
        """Offset of each member's data; members must lie side by side, without gaps."""
        data, cursor, starts = self._data, 0, {}
        for entry in sorted(self.entries.values(), key=lambda entry: entry.header):
            if entry.header != cursor:
                raise InvalidAvatar(entry.name, "overlaps another member or leaves a gap")
            if cursor + _LOCAL.size > directory or data[cursor : cursor + 4] != b"PK\3\4":
                raise InvalidAvatar(entry.name, "its local header is missing")
            _, version, _, flags, method, _, _, crc, packed, size, name_size, extra_size = (
                _LOCAL.unpack_from(data, cursor)
            )
            cursor += _LOCAL.size
            _check_coding(entry.name, version, flags, method)
            same = (method, crc, packed, size) == (
                entry.method,
                entry.crc,
                entry.packed,
                entry.size,
            )
            if not same or data[cursor : cursor + name_size] != entry.name.encode():
                raise InvalidAvatar(entry.name, "directory and local header disagree")
            _check_extra(entry.name, data[cursor + name_size : cursor + name_size + extra_size])
            cursor += name_size + extra_size
            starts[entry.name] = cursor
            cursor += packed
            if cursor > directory:
                raise InvalidAvatar(entry.name, "reaches beyond the members' part of the file")
        if cursor != directory:
            raise InvalidAvatar("", "data between the members and the directory")
        return starts

    def peek(self, name: str, count: int) -> bytes:
        """The first unpacked bytes of a member, to look at before more memory is spent on it.

        Args:
            name: its path; KeyError when it is not there.
            count: how many, at most.

        Returns:
            That many bytes, or all if there are fewer; nothing of them is checked.

        Raises:
            InvalidAvatar: broken deflate data.
        """
        entry, start = self.entries[name], self._starts[name]
        raw = self._data[start : start + min(entry.packed, count + 1024)]
        return raw[:count] if entry.method == STORED else _unzip(entry, raw, count)[0]

    def read(self, name: str, limit: int) -> bytes:
        """The unpacked bytes of a member, their CRC-32 checked.

        Args:
            name: its path; KeyError when it is not there.
            limit: largest unpacked size allowed.

        Returns:
            `entries[name].size` bytes.

        Raises:
            InvalidAvatar: larger than the limit, broken deflate data, another size than the
                directory says, or a wrong CRC-32.
        """
        entry = self.entries[name]
        if entry.size > limit:
            raise InvalidAvatar(name, f"{entry.size} bytes, at most {limit} are allowed")
        start = self._starts[name]
        raw = self._data[start : start + entry.packed]
        if entry.method == DEFLATED:
            raw = _inflate(entry, raw)
        if zlib.crc32(raw) != entry.crc:
            raise InvalidAvatar(name, "damaged: its CRC-32 does not match")
        return raw


def _unzip(entry: Entry, packed: bytes, count: int) -> tuple[bytes, bool]:
    """At most `count` bytes, and whether the stream ended with the input."""
    machine = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        raw = machine.decompress(packed, count)
    except zlib.error:
        raise InvalidAvatar(entry.name, "damaged: it cannot be unpacked") from None
    return raw, machine.eof and not machine.unused_data


def _inflate(entry: Entry, packed: bytes) -> bytes:
    raw, ended = _unzip(entry, packed, entry.size + 1)
    if len(raw) != entry.size or not ended:
        raise InvalidAvatar(entry.name, f"does not unpack to the {entry.size} bytes it announces")
    return raw


def pack(members: Iterable[tuple[str, bytes]]) -> bytes:
    """A ZIP of these members in this order; the same members make the same bytes.

    Args:
        members: path and bytes; each is deflated where that saves a sixteenth, else stored.

    Returns:
        The file.
    """
    body, directory, count = bytearray(), bytearray(), 0
    for name, raw in members:
        method, packed = _deflate(raw)
        # Version 2.0, no flags, 1980-01-01 00:00, an ordinary file that all may read.
        fields = (method, 0, 0x21, zlib.crc32(raw), len(packed), len(raw), len(name), 0)
        directory += _CENTRAL.pack(
            b"PK\1\2", 20, 3, 20, 0, 0, *fields, 0, 0, 0, 0o100644 << 16, len(body)
        )
        directory += name.encode("ascii")
        body += _LOCAL.pack(b"PK\3\4", 20, 0, 0, *fields) + name.encode("ascii") + packed
        count += 1
    end = _END.pack(b"PK\5\6", 0, 0, count, count, len(directory), len(body), 0)
    return bytes(body + directory + end)


def _deflate(raw: bytes) -> tuple[int, bytes]:
    """Method and packed bytes."""
    machine = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = machine.compress(raw) + machine.flush()
    if 16 * len(packed) < 15 * len(raw) <= 15 * MAX_RATIO * len(packed):
        return DEFLATED, packed
    return STORED, raw
