"""The file of format version 1.0 stays readable."""

from __future__ import annotations

import hashlib
from pathlib import Path

from visavis import imx

TENSORS = (
    "vertices uv triangles bases bases_scale gains gains_scale side head breath frame pivot "
    "lip_upper lip_lower lip_outer eye_left_upper eye_left_lower eye_right_upper "
    "eye_right_lower oval"
)

GOLDEN = Path(__file__).with_name("golden-v1.imx")


def test_golden_file_of_version_1() -> None:
    assert (
        hashlib.sha256(GOLDEN.read_bytes()).hexdigest()
        == "6a2f558bae5373d064d2f6b685523457994aa741a69f6a6849c3962931184aaf"
    ), "made once, never changed"
    model = imx.read(GOLDEN)
    assert model.manifest.version == "1.0" and model.manifest.name == "tiny"
    assert model.manifest.canvas == (48, 32) and model.manifest.texture_size == (96, 64)
    assert model.manifest.created == "2026-01-01T00:00:00Z"
    names = [(basis.name, basis.sided) for basis in model.face.bases]
    assert names[0] == ("jawOpen", False) and names[2] == ("mouthSmile", True)
    assert model.face.eyes.right is None and model.face.eyes.left is not None
    assert model.face.eyes.left.down == (0, 1) and model.face.mouth.lip == (170, 90, 90)
    assert model.lipsync == imx.LipSync()
    digest = hashlib.sha256()
    for name in TENSORS.split():
        digest.update(model.rig[name].tobytes())
    assert digest.hexdigest() == "8e7416c876c2513e3d6a0f13d442a09318916cb279d1feff8ba5b75e519df876"
    assert model.rig["bases"].shape == (5, 81, 3) and model.rig["triangles"].shape == (128, 3)
    person, lashes = model.images["person"], model.images["lashes_left"]
    assert person.shape == (64, 96, 4) and lashes.shape == (48, 160)
    assert person[32, 48, 3] == 255 and abs(int(person[32, 48, 1]) - 60) < 4
    assert not person[2, 2].any() and "lid_right" not in model.images
