"""What a user may write for a size, a frame rate, an emotion …, and what it means.

Comes in: strings, numbers, tuples, paths. Goes out: checked values; what makes no sense is
:class:`~visavis.errors.InvalidOption`, saying what would.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import cast

import numpy as np
import numpy.typing as npt

from visavis.errors import InvalidMedia, InvalidOption

Size = int | str | tuple[int, int]
"""One number (a square), "WIDTHxHEIGHT" or (width, height), px."""

Background = str | os.PathLike[str] | tuple[int, int, int] | npt.NDArray[np.uint8]
"""still, transparent, a colour, a picture's path, or a picture uint8 (h, w, 3) RGB."""

Fps = float | Fraction
"""Frames per second, 10 to 60."""

Emotion = str | tuple[str, float]
"""A name, "name:strength" or (name, strength 0 to 1); see :data:`visavis.motion.EMOTIONS`."""

GestureAt = str | tuple[float, str] | tuple[float, str, float]
"""(seconds, name), (seconds, name, strength 0 to 1.5) or "name@seconds", "name:strength@seconds";
see :data:`visavis.motion.GESTURES`."""

DEFAULT_SIZE = (512, 512)
MAX_BACKGROUND_PIXELS = 100_000_000


def parse_size(size: Size | None) -> tuple[int, int]:
    """Width and height in px; see :data:`Size`. None means 512x512.

    Raises:
        InvalidOption: not a size. (Whether it can be drawn, the renderer says.)
    """
    if size is None:
        return DEFAULT_SIZE
    if isinstance(size, str):
        match = re.fullmatch(r"(\d{1,5})(?:[xX×](\d{1,5}))?", size.strip())
        if not match:
            raise InvalidOption(f"size {size!r}: write 512, 512x512 or 1280x720")
        return int(match[1]), int(match[2] or match[1])
    if isinstance(size, (int, np.integer)):
        return int(size), int(size)
    if len(size) != 2:
        raise InvalidOption(f"size {size!r}: give one number, or width and height")
    return int(size[0]), int(size[1])


def parse_fps(fps: Fps) -> Fraction:
    """Frames per second as an exact fraction, 10 to 60.

    Raises:
        InvalidOption: outside that, or no number.
    """
    try:
        exact = Fraction(fps).limit_denominator(1001)
    except (ValueError, OverflowError, TypeError) as error:
        raise InvalidOption(f"fps {fps!r}: give a number from 10 to 60") from error
    if not 10 <= exact <= 60:
        raise InvalidOption(f"fps {fps}: from 10 to 60")
    return exact


def parse_emotion(emotion: Emotion) -> tuple[str, float]:
    """Name and strength; see :data:`Emotion`.

    Raises:
        InvalidOption: no such emotion, or no strength from 0 to 1.
    """
    from visavis.motion import check_emotion

    name, strength = _strength(emotion) if isinstance(emotion, str) else _pair(emotion)
    check_emotion(name, strength)
    return name, strength


def parse_gesture(gesture: GestureAt) -> tuple[float, str, float]:
    """Seconds, name and strength; see :data:`GestureAt`.

    Raises:
        InvalidOption: no such gesture, no time from 0 up, or no strength from 0 to 1.5.
    """
    from visavis.motion import check_gesture

    if isinstance(gesture, str):
        what, _, when = gesture.rpartition("@")
        at = _number(when)
        if not what or at is None:
            raise InvalidOption(f"gesture {gesture!r}: write nod@1.2, with the seconds it begins")
        name, strength = _strength(what)
    else:
        try:
            time, name, strength = gesture if len(gesture) == 3 else (*gesture, 1.0)
            at = _number(time)
        except (TypeError, ValueError) as error:
            raise InvalidOption(f"gesture {gesture!r}: give (seconds, name)") from error
    if at is None or at < 0:
        raise InvalidOption(f"gesture {gesture!r}: it begins at 0 seconds or later")
    check_gesture(name, strength)
    return at, name, strength


def gesture_list(gestures: Iterable[GestureAt]) -> list[GestureAt]:
    """Several gestures.

    Raises:
        InvalidOption: no list of them.
    """
    if isinstance(gestures, str) or not isinstance(gestures, Iterable):
        raise InvalidOption(f'gestures {gestures!r}: give a list, such as [(1.2, "nod")]')
    return list(gestures)


def _pair(emotion: tuple[str, float]) -> tuple[str, float]:
    try:
        name, strength = emotion
    except (TypeError, ValueError) as error:
        raise InvalidOption(f'emotion {emotion!r}: give a name or ("happy", 0.6)') from error
    return name, strength


def _strength(text: str) -> tuple[str, float]:
    """Name and strength of ``happy`` or ``happy:0.6``."""
    name, colon, number = text.strip().partition(":")
    if not colon:
        return name, 1.0
    strength = _number(number)
    if strength is None:
        raise InvalidOption(f"{text!r}: write {name}:0.6, with its strength")
    return name, strength


def _number(value: object) -> float | None:
    """A finite number, written or not."""
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def parse_background(
    background: Background | None, size: tuple[int, int]
) -> str | tuple[int, int, int] | npt.NDArray[np.uint8] | None:
    """A background as the renderer takes it.

    Args:
        background: see :data:`Background`; None is "still", the picture's own.
        size: output width and height, px; a picture is scaled and cropped to fill it.

    Returns:
        None (still), "transparent", (r, g, b) 0..255, or a picture uint8 (height, width, 3).

    Raises:
        InvalidOption: neither a colour nor a picture that exists.
        InvalidMedia: a picture that cannot be read.
    """
    if background is None or (isinstance(background, str) and background == "still"):
        return None
    if isinstance(background, str) and background == "transparent":
        return background
    if isinstance(background, np.ndarray):
        if background.dtype != np.uint8 or background.ndim != 3 or background.shape[2] != 3:
            raise InvalidOption("a background picture is uint8 (height, width, 3) RGB")
        return _cover(background, size)
    if isinstance(background, tuple):
        if len(background) != 3 or not all(0 <= value <= 255 for value in background):
            raise InvalidOption(f"background {background!r}: a colour is (r, g, b), each 0 to 255")
        return cast(tuple[int, int, int], tuple(int(value) for value in background))
    path = Path(background)
    if path.is_file():
        return _cover(_read_picture(path), size)
    if isinstance(background, str) and (colour := _colour(background)):
        return colour
    raise InvalidOption(
        f"background {os.fspath(background)!r}: still, transparent, a colour (#00ff00, white …) "
        "or the path of a picture"
    )


def _colour(text: str) -> tuple[int, int, int] | None:
    from PIL import ImageColor

    try:
        return ImageColor.getrgb(text)[:3]
    except ValueError:
        return None


def _read_picture(path: Path) -> npt.NDArray[np.uint8]:
    from PIL import Image, ImageOps

    try:
        with Image.open(path) as picture:
            if picture.width * picture.height > MAX_BACKGROUND_PIXELS:
                raise InvalidMedia(f"{path}: more than 100 megapixels; make it smaller")
            upright = ImageOps.exif_transpose(picture)
            return np.asarray(upright.convert("RGB"), np.uint8)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise InvalidMedia(f"{path} is no picture that can be read") from error


def _cover(picture: npt.NDArray[np.uint8], size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """Scale a picture to fill the size, its middle kept."""
    from PIL import Image, ImageOps

    fitted = ImageOps.fit(Image.fromarray(picture), size, Image.Resampling.LANCZOS)
    return np.asarray(fitted, np.uint8)
