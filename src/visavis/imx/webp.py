"""WebP textures: looked at before they are decoded, decoded with Pillow, and encoded.

Comes in: a member's bytes, or a uint8 array. Goes out: size and alpha without decoding, a read-only
uint8 array (H, W, 3 or 4) or (H, W), or bytes.

Only plain still WebP is taken: lossy colours, alpha uncompressed (the container deflates it), no
metadata. Its header then bounds what decoding costs. Lossless WebP, for colours or alpha, has no
such bound: a stream of 300 kB can make libwebp take 350 MB of code tables for one megapixel.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from visavis.errors import InvalidAvatar
from visavis.imx.table import MAX_PIXELS, Image

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Header:
    """What a WebP file says of itself: width and height in px, and whether it has alpha."""

    width: int
    height: int
    alpha: bool


def _chunks(member: str, raw: bytes) -> list[tuple[bytes, int, int]]:
    """Names, offsets and sizes of the chunks, which must fill the file; at most three."""
    if raw[:4] != b"RIFF" or raw[8:12] != b"WEBP":
        raise InvalidAvatar(member, "no WebP picture")
    if int.from_bytes(raw[4:8], "little") + 8 != len(raw):
        raise InvalidAvatar(member, "WebP of another length than it says: truncated or padded")
    found: list[tuple[bytes, int, int]] = []
    at = 12
    while at < len(raw) and len(found) < 4:
        size = int.from_bytes(raw[at + 4 : at + 8], "little")
        if size > len(raw) - at - 8:
            raise InvalidAvatar(member, "WebP with a broken chunk")
        found.append((raw[at : at + 4], at + 8, size))
        at += 8 + size + (size & 1)
    names = [name for name, _, _ in found]
    if b"VP8L" in names:
        raise InvalidAvatar(member, "lossless WebP; only lossy is read, whose cost is bounded")
    if at != len(raw) or names not in ([b"VP8 "], [b"VP8X", b"ALPH", b"VP8 "]):
        raise InvalidAvatar(
            member, "not a plain still WebP (animation and EXIF, XMP or ICC data are not allowed)"
        )
    return found


def header(member: str, raw: bytes) -> Header:
    """Size and alpha of a WebP file, read from its chunks without decoding.

    Args:
        member: path for the error message.
        raw: the file.

    Returns:
        What it says.

    Raises:
        InvalidAvatar: not a plain still WebP, or its parts contradict each other.
    """
    chunks = _chunks(member, raw)
    _, at, size = chunks[-1]
    width = int.from_bytes(raw[at + 6 : at + 8], "little") & 0x3FFF
    height = int.from_bytes(raw[at + 8 : at + 10], "little") & 0x3FFF
    sound = size > 10 and raw[at + 3 : at + 6] == b"\x9d\x01\x2a" and not raw[at] & 1
    if not sound or not width or not height:
        raise InvalidAvatar(member, "WebP with a broken picture header")
    if len(chunks) == 3:
        (_, extended, size), (_, alpha, alpha_size) = chunks[:2]
        if size != 10 or raw[extended : extended + 10] != _extended(width, height):
            raise InvalidAvatar(member, "WebP whose canvas, flags and picture do not agree")
        if alpha_size != 1 + width * height or raw[alpha] & 3:
            raise InvalidAvatar(member, "WebP whose alpha is compressed (cwebp: -alpha_method 0)")
    if width * height > MAX_PIXELS:
        raise InvalidAvatar(member, f"{width} x {height} pixels, at most {MAX_PIXELS} in all")
    return Header(width, height, len(chunks) == 3)


def _extended(width: int, height: int) -> bytes:
    """The content of a VP8X chunk: alpha and nothing else, and the canvas size."""
    return b"\x10\0\0\0" + struct.pack("<L", width - 1)[:3] + struct.pack("<L", height - 1)[:3]


def decode(image: Image, raw: bytes) -> Pixels:
    """The pixels of a texture whose size has been checked.

    Args:
        image: its row in the table, which says the channels.
        raw: a plain still WebP.

    Returns:
        Read-only uint8 (H, W, 3) RGB, (H, W, 4) RGBA premultiplied, or (H, W) grey.

    Raises:
        InvalidAvatar: it cannot be decoded, or has alpha where none belongs.
    """
    from PIL import Image as pillow

    said = header(image.path, raw)
    if said.alpha and image.channels != "rgba":
        raise InvalidAvatar(image.path, "has alpha, must have none")
    try:
        with pillow.open(io.BytesIO(raw), formats=["WEBP"]) as picture:
            if picture.size != (said.width, said.height) or getattr(picture, "n_frames", 1) != 1:
                raise ValueError("size or frames differ from the header")
            pixels = np.asarray(picture)
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError) as error:
        raise InvalidAvatar(image.path, f"cannot be decoded: {str(error)[:120]}") from None
    if image.channels == "rgba" and pixels.shape[2] == 3:  # an encoder drops an opaque alpha
        pixels = np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)])
    elif image.channels != "rgba":
        pixels = pixels[..., 1] if image.channels == "grey" else pixels[..., :3]
    pixels = np.ascontiguousarray(pixels)
    pixels.flags.writeable = False
    return pixels


def encode(image: Image, pixels: Pixels) -> bytes:
    """A texture as WebP: colours lossy and kept under alpha 0 too, alpha exact.

    Args:
        image: its row in the table, which says the quality.
        pixels: uint8 (H, W, 3), (H, W, 4) or (H, W).

    Returns:
        The file.
    """
    from PIL import Image as pillow

    if image.channels == "grey":
        pixels = np.repeat(pixels[..., None], 3, axis=2)
    target = io.BytesIO()
    colours = pillow.fromarray(np.ascontiguousarray(pixels[..., :3]))
    colours.save(target, "WEBP", quality=image.quality, method=4)
    plain = target.getvalue()
    if image.channels != "rgba" or (pixels[..., 3] == 255).all():
        return plain
    height, width = pixels.shape[:2]
    chunks = _chunk(b"VP8X", _extended(width, height)) + _chunk(b"ALPH", _alpha(pixels[..., 3]))
    body = b"WEBP" + chunks + plain[12:]
    return b"RIFF" + struct.pack("<L", len(body)) + body


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<L", len(content)) + content + b"\0" * (len(content) & 1)


def _alpha(alpha: Pixels) -> bytes:
    """The content of an ALPH chunk: uncompressed, each row minus the one above (filter 2).

    Source: WebP container specification, "Alpha". Differences deflate far better.
    """
    rest = alpha.copy()
    rest[1:] -= alpha[:-1]
    rest[0, 1:] -= alpha[0, :-1]
    return b"\x08" + rest.tobytes()
