from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from visavis.build import handmade, photo
from visavis.errors import InvalidMedia, UnsuitablePicture, VisavisError


def gradient(width: int = 96, height: int = 64) -> np.ndarray:
    x, y = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
    return np.stack([x, y, 255 - x], -1).astype(np.uint8)


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    target = io.BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF", "PPM", "JPEG2000"])
def test_common_formats(kind: str) -> None:
    options = {"quality": 95} if kind in ("JPEG", "WEBP") else {}
    picture = photo.read_picture(encoded(Image.fromarray(gradient()), kind, **options))
    assert picture.rgb.shape == (64, 96, 3) and picture.rgb.dtype == np.uint8
    assert picture.alpha is None
    assert np.abs(picture.rgb.astype(int) - gradient()).mean() < 8


@pytest.mark.parametrize("mode", ["L", "LA", "P", "1", "CMYK", "RGBA", "YCbCr"])
def test_modes_become_rgb(mode: str) -> None:
    image = Image.fromarray(gradient()).convert(mode)
    kind = "JPEG" if mode in ("CMYK", "YCbCr") else "PNG"
    picture = photo.read_picture(encoded(image, kind))
    assert picture.rgb.shape == (64, 96, 3)
    assert picture.alpha is None  # opaque alpha says nothing


def test_sixteen_bit_grey_keeps_its_range() -> None:
    deep = (gradient()[..., 0].astype(np.uint16) * 257).astype(np.uint16)
    picture = photo.read_picture(encoded(Image.fromarray(deep), "PNG"))
    np.testing.assert_allclose(picture.rgb[..., 1], gradient()[..., 0], atol=1)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_undone(orientation: int) -> None:
    image = Image.fromarray(gradient())
    exif = Image.Exif()
    exif[0x0112] = orientation
    back = {2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180,
            4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE,
            6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
            8: Image.Transpose.ROTATE_270}  # fmt: skip
    stored = image.transpose(back[orientation]) if orientation in back else image
    picture = photo.read_picture(encoded(stored, "PNG", exif=exif))
    np.testing.assert_array_equal(picture.rgb, gradient())


def test_alpha_is_kept_and_laid_over_grey() -> None:
    rgba = np.dstack([gradient(), np.full((64, 96), 255, np.uint8)])
    rgba[:, :48, 3] = 0
    picture = photo.read_picture(encoded(Image.fromarray(rgba), "PNG"))
    assert picture.alpha is not None and picture.alpha.dtype == np.float32
    assert (picture.alpha[:, :48] == 0).all() and (picture.alpha[:, 48:] == 1).all()
    assert (picture.rgb[:, :48] == photo.BEHIND_TRANSPARENT).all()
    np.testing.assert_array_equal(picture.rgb[:, 48:], gradient()[:, 48:])


def test_palette_transparency_counts_as_alpha() -> None:
    image = Image.fromarray(gradient()).quantize(8)
    data = encoded(image, "PNG", transparency=0)
    assert photo.read_picture(data).alpha is not None


def test_wholly_transparent_is_refused() -> None:
    with pytest.raises(UnsuitablePicture, match="transparent"):
        photo.read_picture(np.zeros((20, 20, 4), np.uint8))


def test_animation_gives_its_first_frame() -> None:
    frames = [Image.fromarray(np.full((16, 16, 3), v, np.uint8)) for v in (250, 0)]
    data = encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True)
    assert photo.read_picture(data).rgb.min() > 240


def test_large_picture_is_reduced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photo, "WORKING_SIDE", 64)
    for kind in ("JPEG", "PNG"):
        picture = photo.read_picture(encoded(Image.fromarray(gradient(320, 160)), kind))
        assert max(picture.rgb.shape) <= 96
        assert picture.reduction == pytest.approx(320 / picture.rgb.shape[1])


def test_bombs_are_refused_unread() -> None:
    image = Image.new("1", (12000, 9000))
    with pytest.raises(InvalidMedia, match="100 megapixels"):
        photo.read_picture(encoded(image, "PNG"))


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(InvalidMedia, match="no such file"):
        photo.read_picture(tmp_path / "none.jpg")
    with pytest.raises(InvalidMedia, match="cannot be read"):
        photo.read_picture(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_devices_and_pipes_are_refused_at_once(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.jpg"
    os.mkfifo(pipe)
    for path in (Path("/dev/zero"), pipe):
        with pytest.raises(InvalidMedia, match="device or a pipe"):
            photo.read_picture(path)
        with pytest.raises(InvalidMedia, match="device or a pipe"):
            handmade.read_landmarks(path, (100, 100))


def test_what_is_too_large_is_refused_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sparse = tmp_path / "large.png"
    with sparse.open("wb") as file:
        file.truncate(photo.MAX_BYTES + 1)
    monkeypatch.setattr(Path, "open", lambda *_: pytest.fail("it was opened"))
    with pytest.raises(InvalidMedia, match="too large"):
        photo.read_picture(sparse)


def test_files_that_hide_their_size_are_read_no_further_than_the_limit() -> None:
    endless = Path("/proc/self/status")
    if not endless.exists():
        pytest.skip("no /proc here")
    with pytest.raises(InvalidMedia, match="too large"):
        photo.bytes_of(endless, 10)


def test_several_pictures_in_one_jpeg_give_the_first() -> None:
    frames = [Image.fromarray(gradient()), Image.fromarray(255 - gradient())]
    data = encoded(frames[0], "MPO", save_all=True, append_images=frames[1:], quality=95)
    picture = photo.read_picture(data)
    assert np.abs(picture.rgb.astype(int) - gradient()).mean() < 8
    opened = Image.open(io.BytesIO(data))
    assert opened.format == "MPO"
    np.testing.assert_array_equal(photo.read_picture(opened).rgb, picture.rgb)


def test_a_format_whose_plugin_is_missing_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    Image.init()
    monkeypatch.setattr(Image, "OPEN", {k: v for k, v in Image.OPEN.items() if k == "PNG"})
    monkeypatch.setattr(Image, "init", lambda: True)
    assert photo.read_picture(encoded(Image.fromarray(gradient()), "PNG")).rgb.size
    with pytest.raises(InvalidMedia, match="JPEG, PNG"):
        photo.read_picture(b"RIFF\x10\0\0\0WEBPVP8 " + bytes(40))


def test_a_broken_pillow_image_is_our_error() -> None:
    data = encoded(Image.fromarray(gradient()), "PNG")
    with pytest.raises(InvalidMedia, match="broken"):
        photo.read_picture(Image.open(io.BytesIO(data[: len(data) // 2])))


def test_postscript_and_text_are_no_pictures() -> None:
    for data in (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", b"hello", b""):
        with pytest.raises(InvalidMedia, match="JPEG"):
            photo.read_picture(data)


def test_heic_without_plugin_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pillow_heif", None)
    with pytest.raises(VisavisError, match="pillow-heif"):
        photo.read_picture(b"\0\0\0\x18ftypheic" + bytes(64))
    # an iPhone's own pictures begin with a wider brand
    with pytest.raises(VisavisError, match="pillow-heif"):
        photo.read_picture(b"\0\0\0\x1cftypmif1\0\0\0\0mif1heicmiaf" + bytes(64))
    with pytest.raises(InvalidMedia, match=r"broken|not a picture"):
        photo.read_picture(b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf" + bytes(64))


def test_heic_is_read_where_the_plugin_is() -> None:
    heif = pytest.importorskip("pillow_heif")
    heif.register_heif_opener()
    try:
        data = encoded(Image.fromarray(gradient()), "HEIF", quality=90)
    except Exception as error:  # built without an encoder
        pytest.skip(f"no HEIC to read: {error}")
    picture = photo.read_picture(data)
    assert np.abs(picture.rgb.astype(int) - gradient()).mean() < 8


def test_wrong_arrays_are_named() -> None:
    for array in (np.zeros((4, 4, 3), np.float32), np.zeros((4, 4, 2), np.uint8)):
        with pytest.raises(InvalidMedia, match="uint8"):
            photo.read_picture(array)  # type: ignore[arg-type]


@settings(max_examples=150, deadline=None)
@given(
    kind=st.sampled_from(["PNG", "JPEG", "WEBP", "GIF", "TIFF"]),
    keep=st.floats(0, 1),
    flips=st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), max_size=6),
)
def test_broken_files_raise_only_our_errors(
    kind: str, keep: float, flips: list[tuple[float, int]]
) -> None:
    data = bytearray(encoded(Image.fromarray(gradient(24, 24)), kind))
    data = data[: int(len(data) * keep)]
    for place, value in flips:
        if data:
            data[int(place * len(data))] = value
    try:
        picture = photo.read_picture(bytes(data))
    except VisavisError:
        return
    assert picture.rgb.ndim == 3
