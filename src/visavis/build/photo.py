"""Reads a picture file of any common shape.

Comes in: a path, bytes, a Pillow image or an array. Goes out: :class:`Picture`: upright 8-bit
sRGB and, where the file has one that says something, its alpha.

Understood: JPEG (also CMYK), PNG, WebP, TIFF, BMP, GIF, AVIF, JPEG 2000, PPM, and HEIC where
`pillow-heif` is installed; 16 bit, grey and palettes; EXIF rotation; colour profiles; of animated
pictures the first frame.
"""

from __future__ import annotations

import io
import stat
import struct
import warnings
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

from visavis.errors import InvalidMedia, MissingDependency, UnsuitablePicture

MAX_PIXELS = 100_000_000
"""Larger pictures are refused unread."""
MAX_BYTES = 1_000_000_000
"""So are larger files."""
WORKING_SIDE = 4096
"""Larger pictures are shrunk to about this longer side while they are read."""
_FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "AVIF", "HEIF", "JPEG2000", "PPM")
"""Raster formats only: nothing that starts another program, as PostScript would."""
_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError,
           OverflowError, MemoryError, struct.error, zlib.error)  # fmt: skip
"""What Pillow's decoders raise on broken files."""
BEHIND_TRANSPARENT = 228
"""Grey level put behind transparent pixels."""


@dataclass(frozen=True)
class Picture:
    """An upright picture.

    Attributes:
        rgb: uint8 (H, W, 3) sRGB; transparent parts lie over an even light grey.
        alpha: float32 (H, W) 0..1, or None where the whole picture is opaque.
        reduction: px of the file per px here, >= 1.
    """

    rgb: npt.NDArray[np.uint8]
    alpha: npt.NDArray[np.float32] | None
    reduction: float = 1.0


def read_picture(
    source: str | Path | bytes | Image.Image | npt.NDArray[np.uint8],
) -> Picture:
    """Reads a picture.

    Args:
        source: path, bytes of a file, Pillow image, or uint8 array (H, W), (H, W, 3) or (H, W, 4)
            RGB(A).

    Raises:
        InvalidMedia: no such file, not a picture, broken, larger than 100 megapixels or 1 GB,
            or not a file but a device or a pipe.
        MissingDependency: a HEIC file and no `pillow-heif`.
        UnsuitablePicture: wholly transparent.
    """
    if isinstance(source, np.ndarray):
        source = _from_array(source)
    given = isinstance(source, bytes | Image.Image)
    name = "the picture" if given else str(source)
    if isinstance(source, str | Path):
        source = bytes_of(Path(source))
    if isinstance(source, bytes) and _is_heif(source):
        _register_heif(name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _converted(_opened(source) if isinstance(source, bytes) else source, name)
    except (UnidentifiedImageError, Image.DecompressionBombError) as error:
        if isinstance(error, UnidentifiedImageError):
            raise InvalidMedia(
                f"{name} is not a picture that can be read: give a JPEG, PNG or WebP file"
            ) from error
        raise InvalidMedia(_too_large(name)) from error
    except _BROKEN as error:
        raise InvalidMedia(
            f"{name} is broken or cut off ({error}): open it in a picture viewer and save it "
            "again, or fetch it anew"
        ) from error


def _opened(data: bytes) -> Image.Image:
    """Opened with the plugins that are loaded already if they do, else with all."""
    Image.preinit()
    try:
        return Image.open(io.BytesIO(data), formats=[f for f in _FORMATS if f in Image.OPEN])
    except UnidentifiedImageError:
        Image.init()
        return Image.open(io.BytesIO(data), formats=[f for f in _FORMATS if f in Image.OPEN])


def bytes_of(path: Path, limit: int = MAX_BYTES) -> bytes:
    """A file's content; devices and pipes, which may never end, are refused unread.

    Args:
        path: of a file.
        limit: bytes; larger files are refused unread.

    Raises:
        InvalidMedia: no such file, not a file, too large, or it cannot be read.
    """
    try:
        state = path.stat()
        if not stat.S_ISREG(state.st_mode) and not stat.S_ISDIR(state.st_mode):
            raise InvalidMedia(f"{path} is a device or a pipe, no file: save it as a file first")
        if state.st_size > limit:
            raise InvalidMedia(f"{path} has more than {limit // 1_000_000} MB: it is too large")
        with path.open("rb") as file:
            data = file.read(limit + 1)  # some files say they have 0 bytes, and have no end
    except FileNotFoundError as error:
        raise InvalidMedia(f"{path}: no such file") from error
    except OSError as error:
        raise InvalidMedia(f"{path} cannot be read ({error.strerror or error})") from error
    except ValueError as error:  # a NUL in the name
        raise InvalidMedia(f"{str(path)!r} is no name of a file") from error
    if len(data) > limit:
        raise InvalidMedia(f"{path} has more than {limit // 1_000_000} MB: it is too large")
    return data


def _from_array(array: npt.NDArray[Any]) -> Image.Image:
    shape_fits = array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (3, 4))
    if array.dtype != np.uint8 or not shape_fits or array.size == 0:
        raise InvalidMedia(
            "a picture array must be uint8 (H, W), (H, W, 3) or (H, W, 4), "
            f"not {array.dtype} {array.shape}"
        )
    return Image.fromarray(array)


def _is_heif(data: bytes) -> bool:
    """Whether it is a HEIC picture; an AVIF, which Pillow reads itself, begins the same way."""
    if data[4:8] != b"ftyp":
        return False
    end = min(int.from_bytes(data[:4], "big"), 256)
    brands = {data[8:12], *(data[i : i + 4] for i in range(16, end, 4))}
    return bool(brands & _HEIF_BRANDS) and not brands & {b"avif", b"avis"}


def _register_heif(name: str) -> None:
    try:
        import pillow_heif  # type: ignore[import-not-found,unused-ignore]
    except ImportError as error:
        raise MissingDependency(
            f"{name} is a HEIC picture: `pip install pillow-heif` to read those, or save it as "
            "JPEG or PNG"
        ) from error
    pillow_heif.register_heif_opener()


def _too_large(name: str) -> str:
    return f"{name} has more than {MAX_PIXELS // 1_000_000} megapixels: shrink it first"


def _converted(image: Image.Image, name: str) -> Picture:
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise InvalidMedia(_too_large(name))
    if image.format in ("JPEG", "MPO") and max(width, height) > WORKING_SIDE:
        # the decoder itself skips to a half, quarter or eighth
        keep = WORKING_SIDE * 3 // 4 / max(width, height)
        image.draft(None, (int(width * keep), int(height * keep)))
    image.load()
    side = max(image.size)
    image = _eight_bit(image)
    if side > WORKING_SIDE:
        size = tuple(max(1, round(s * WORKING_SIDE / side)) for s in image.size)
        image = image.resize((size[0], size[1]), Image.Resampling.BOX, reducing_gap=2.0)
    reduction = max(1.0, max(width, height) / max(image.size))
    profile = image.info.get("icc_profile")
    image = ImageOps.exif_transpose(image)
    transparent = image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info
    if transparent:
        image = image.convert("RGBA")
        alpha = np.asarray(np.asarray(image.getchannel("A"), np.float32) / 255, np.float32)
    else:
        alpha = None
    rgb = np.asarray(_to_srgb(image, profile), np.uint8)
    if alpha is None or float(alpha.min()) > 0.98:
        return Picture(np.ascontiguousarray(rgb), None, reduction)
    if float(alpha.max()) < 0.02:
        raise UnsuitablePicture(f"{name} is wholly transparent: nothing of it can be seen")
    over = rgb * alpha[..., None] + BEHIND_TRANSPARENT * (1 - alpha[..., None])
    return Picture(np.round(over).astype(np.uint8), alpha, reduction)


def _eight_bit(image: Image.Image) -> Image.Image:
    """Grey pictures of 16 or 32 bit as 8 bit; everything else as it is."""
    if image.mode not in ("I", "F") and not image.mode.startswith("I;16"):
        return image
    values = np.nan_to_num(np.asarray(image).astype(np.float64))
    high = float(values.max())
    full = 65535.0 if high > 255 else (255.0 if high > 1 or image.mode != "F" else 1.0)
    grey = Image.fromarray(np.clip(values * (255 / full), 0, 255).astype(np.uint8))
    if "exif" in image.info:
        grey.info["exif"] = image.info["exif"]
    return grey


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """RGB in sRGB: through the file's colour profile where it has a usable one."""
    if profile and image.mode in ("RGB", "CMYK") and b"sRGB" not in profile[:4096]:
        try:
            from PIL import ImageCms

            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(
                image, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
            )
            if converted is not None:
                return converted
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass  # a broken profile: better without it than no picture
    return image.convert("RGB")
