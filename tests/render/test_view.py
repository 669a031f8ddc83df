from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from visavis.errors import InvalidOption
from visavis.render.view import check_size, frame_view

even = st.integers(32, 1024).map(lambda n: 2 * n)


@given(even, even, st.integers(512, 910), st.sampled_from(["auto", "close"]))
def test_the_canvas_always_fills_the_height(width, height, canvas_width, framing):
    view = frame_view((canvas_width, 512), (200, 120, 400, 400), (width, height), framing)
    assert view.offset[1] <= 1e-6
    assert view.offset[1] + 512 * view.scale >= height - 1e-6


@given(even, even, st.integers(512, 910))
def test_the_face_is_in_the_middle_where_the_canvas_allows(width, height, canvas_width):
    view = frame_view((canvas_width, 512), (200, 120, 400, 400), (width, height))
    middle = 300 * view.scale + view.offset[0]
    spare = canvas_width * view.scale - width
    if spare >= 0:
        assert -spare - 1e-6 <= view.offset[0] <= 1e-6
        if -spare < width / 2 - 300 * view.scale < 0:
            assert middle == pytest.approx(width / 2, abs=1e-3)
    else:
        assert view.offset[0] == pytest.approx(-spare / 2)


def test_close_shows_the_face_larger():
    near = frame_view((512, 512), (150, 120, 360, 400), (512, 512), "close")
    assert near.scale == pytest.approx(0.7 * 512 / 280)


def test_close_keeps_a_narrow_output_wider_than_the_face():
    near = frame_view((910, 512), (335, 120, 575, 400), (1080, 1920), "close")
    assert near.scale * 240 == pytest.approx(0.86 * 1080)


@pytest.mark.parametrize("size", [(511, 512), (512, 62), (512, 5000), (0, 0), (-2, 512)])
def test_impossible_sizes_are_refused(size):
    with pytest.raises(InvalidOption, match="even, from 64 to 4096"):
        check_size(size)


def test_unknown_framing_is_refused():
    with pytest.raises(InvalidOption, match="auto, close"):
        frame_view((512, 512), (0, 0, 1, 1), (512, 512), "sideways")


def test_to_output_is_affine():
    view = frame_view((600, 512), (200, 120, 400, 400), (1280, 720))
    points = np.array([[0, 0], [600, 512]], np.float32)
    expected = points * view.scale + np.array(view.offset)
    np.testing.assert_allclose(view.to_output(points), expected, rtol=1e-6)
