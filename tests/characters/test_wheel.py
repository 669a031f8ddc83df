"""The characters as they come in the wheel."""

from __future__ import annotations

import numpy as np
import pytest

import visavis
from visavis import pose
from visavis.library import find

NAMES = ("ada", "mei", "otto", "rufus")


def test_four_characters_come_along() -> None:
    assert visavis.characters() == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_is_small_and_complete(name: str) -> None:
    assert find(name).stat().st_size <= 300_000
    with visavis.open(name) as avatar:
        assert (avatar.name, avatar.kind) == (name, "drawn")
        assert avatar.model.face.eyes.left is not None
        assert avatar.model.face.eyes.right is not None
        assert avatar.model.manifest.likeness.licence == "Apache-2.0"
        assert avatar.size[1] == 480
        assert avatar.size[0] >= 850, "wide enough for landscape"


@pytest.mark.parametrize("name", NAMES)
def test_mouth_and_lids_move_and_the_corners_of_the_picture_do_not(name: str) -> None:
    with visavis.open(name) as avatar:
        renderer = avatar.renderer(256)
        rest = renderer.draw(pose.make()).astype(int)
        spoken = renderer.draw(pose.make(jawOpen=0.5)).astype(int)
        blink = renderer.draw(pose.make(eyeBlink=1.0)).astype(int)
    assert np.abs(spoken - rest)[150:220, 90:166].max() > 60
    assert np.abs(spoken - rest)[:60].max() < 3
    assert np.abs(blink - rest)[80:120, 60:196].max() > 60
    for picture in (spoken, blink):
        assert np.abs(picture - rest)[:20, :20].max() == 0


@pytest.mark.parametrize("name", NAMES)
def test_rest_is_the_drawing(name: str) -> None:
    pytest.importorskip("skia", reason="the extra 'characters' is not installed")
    from characters.__main__ import CAST
    from characters.brush import Brush
    from characters.layers import Canvas
    from characters.picture import WIDTH

    def both(brush: Brush) -> None:
        CAST[name].backdrop(brush)
        CAST[name].draw(brush)

    with visavis.open(name) as avatar:
        drawn = Canvas(CAST[name], avatar.model).draw(both, 1.0)[..., :3].astype(int)
        width, height = avatar.size
        shown = avatar.renderer((width, height)).draw(pose.make()).astype(int)
    assert abs(width - WIDTH) <= 2
    assert np.abs(drawn - shown).mean() < 3.0


@pytest.mark.parametrize("name", NAMES)
def test_shut_eyes_are_the_drawing(name: str) -> None:
    pytest.importorskip("skia", reason="the extra 'characters' is not installed")
    from functools import partial

    from characters.__main__ import CAST
    from characters.layers import Canvas

    with visavis.open(name) as avatar:
        drawn = Canvas(CAST[name], avatar.model).draw(partial(CAST[name].draw, eyes="shut"), 1.0)
        shown = avatar.renderer(avatar.size).draw(pose.make(eyeBlink=1.0)).astype(int)
        eyes = avatar.model.face.eyes
    for eye in (eyes.left, eyes.right):
        assert eye is not None
        x, y, radius = (round(v) for v in eye.iris)
        lid = slice(y - radius // 2, y + radius // 2), slice(x - radius // 2, x + radius // 2)
        difference = np.abs(drawn[lid][..., :3].astype(int) - shown[lid])
        assert np.median(difference) < 4, "a fine line may lie half a pixel off"
