"""What is written is read again, the same, by us and by others' libraries."""

from __future__ import annotations

import io
import stat
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from tests.helpers.forge import pack, unpack
from tests.helpers.synthetic import tiny_model
from visavis import imx


def _same(a: imx.AvatarModel, b: imx.AvatarModel) -> None:
    assert a.face == b.face and a.lipsync == b.lipsync
    assert a.manifest.model_dump(exclude={"members"}) == b.manifest.model_dump(exclude={"members"})
    assert a.rig.keys() == b.rig.keys() and a.images.keys() == b.images.keys()
    for name, array in a.rig.items():
        assert array.dtype == b.rig[name].dtype
        np.testing.assert_array_equal(array, b.rig[name])
    for name, pixels in a.images.items():
        assert pixels.shape == b.images[name].shape and b.images[name].dtype == np.uint8
        error = np.abs(pixels.astype(int) - b.images[name])
        assert error.mean() < 6 and error.max() < 40
        if pixels.shape[2:] == (4,):
            np.testing.assert_array_equal(pixels[..., 3], b.images[name][..., 3])


@pytest.mark.parametrize("eyes", [(True, True), (False, True), (False, False)])
@pytest.mark.parametrize(("size", "scale"), [((64, 64), 2.0), ((91, 51), 1.5), ((48, 32), 1.0)])
def test_round_trip(eyes: tuple[bool, bool], size: tuple[int, int], scale: float) -> None:
    model = tiny_model(3, size=size, texture_scale=scale, eyes=eyes)
    _same(model, imx.read(imx.encode(model)))


def test_sources(tmp_path: Path) -> None:
    model, path = tiny_model(), tmp_path / "a.imx"
    assert imx.write(path, model) == path
    data = path.read_bytes()
    for source in (path, str(path), data, bytearray(data), memoryview(data), io.BytesIO(data)):
        _same(model, imx.read(source))


def test_deterministic_when_created_is_given() -> None:
    assert imx.encode(tiny_model(5)) == imx.encode(tiny_model(5))
    assert imx.encode(tiny_model(5)) != imx.encode(tiny_model(6))


def test_manifest_is_completed() -> None:
    model = tiny_model()
    bare = model.manifest.model_copy(update={"created": None, "generator": "", "version": "1.9"})
    said = imx.read(imx.encode(replace(model, manifest=bare))).manifest
    assert said.created is not None and said.generator.startswith("visavis")
    assert said.version == "1.0" and len(said.members) == 19


def test_arrays_are_read_only() -> None:
    model = imx.read(imx.encode(tiny_model()))
    for array in (*model.rig.values(), *model.images.values()):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


def test_an_opaque_person_keeps_its_alpha() -> None:
    model = tiny_model()
    model.images["person"][..., 3] = 255
    assert (imx.read(imx.encode(model)).images["person"][..., 3] == 255).all()


def test_colours_under_alpha_zero_stay() -> None:
    model = tiny_model()
    person = model.images["person"]
    person[...] = 0
    person[40:90, 40:90, :3] = 12  # a faint glow that is only added
    person[:40, :, 3] = 255
    read = imx.read(imx.encode(model)).images["person"]
    assert abs(read[50:80, 50:80, :3].mean() - 12) < 2 and (read[50:80, 50:80, 3] == 0).all()


def test_layout_is_what_other_programs_read() -> None:
    data = imx.encode(tiny_model())
    assert data[30:43] == b"manifest.json"
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        packed = {info.filename: info.compress_type for info in archive.infolist()}
        assert packed["appearance/background.webp"] == zipfile.ZIP_STORED
        assert packed["face/rig.safetensors"] == packed["manifest.json"] == zipfile.ZIP_DEFLATED
    arrays = safetensors.numpy.load(unpack(data)["face/rig.safetensors"])
    assert set(arrays) == {tensor.name for tensor in imx.TENSORS}
    with Image.open(io.BytesIO(unpack(data)["appearance/person.webp"])) as picture:
        assert picture.mode == "RGBA" and picture.size == (128, 128)


def test_a_file_packed_again_by_another_program_is_read() -> None:
    data = imx.encode(tiny_model())
    _same(imx.read(data), imx.read(pack(unpack(data), level=1)))


def test_nothing_is_left_behind_and_nothing_lost_when_writing_fails(tmp_path: Path) -> None:
    model, path = tiny_model(), tmp_path / "a.imx"
    imx.write(path, model)
    before = path.read_bytes()
    model.rig["vertices"][0, 0] = np.nan
    with pytest.raises(imx.InvalidAvatar, match="vertices"):
        imx.write(path, model)
    model.rig["vertices"][0, 0] = 0
    with pytest.raises(OSError):
        imx.write(tmp_path / "absent" / "a.imx", model)
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError):
        imx.write(tmp_path / "folder", model)
    assert path.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.imx", "folder"]


def test_a_written_file_has_ordinary_permissions(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_bytes(b"")
    path = imx.write(tmp_path / "a.imx", tiny_model())
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(other.stat().st_mode)


def test_inspect() -> None:
    model = tiny_model(eyes=(True, False))
    data = imx.encode(model)
    summary = imx.inspect(data)
    assert summary.file_size == len(data) and summary.members[0].path == "manifest.json"
    assert (summary.vertices, summary.triangles) == (81, 128)
    assert summary.bases == tuple(basis.name for basis in model.face.bases)
    detail = {member.path: member.detail for member in summary.members}
    assert detail["appearance/person.webp"] == "128 x 128"
    assert "appearance/lid_right.webp" not in detail
    assert sum(member.packed for member in summary.members) < len(data)


@settings(max_examples=30, deadline=None)
@given(
    hnp.arrays(np.float64, (3, 7, 3), elements=st.floats(-300, 300)),
    st.sampled_from([(np.int16, 1 / 64), (np.int8, 1 / 512)]),
)
def test_quantise(values: np.ndarray, kind: tuple[type, float]) -> None:
    whole, scale = imx.quantise(values, *kind)
    assert whole.dtype == kind[0] and scale.dtype == np.float32 and (scale > 0).all()
    error = np.abs(whole * scale[:, None, None].astype(float) - values).max(axis=(1, 2))
    assert (error <= scale * 0.51 + 1e-4).all()


def test_quantise_refuses_nan() -> None:
    with pytest.raises(ValueError, match="finite"):
        imx.quantise(np.full((1, 2, 3), np.nan), np.int16, 1)
