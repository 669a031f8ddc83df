from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from visavis.render.view import View
from visavis.render.warp import (
    STEP,
    PersonWarp,
    clip_box,
    polygon_mask,
    rasterize,
    ribbon_triangles,
)


def grid(n: int, width: float, height: float) -> tuple[np.ndarray, np.ndarray]:
    x, y = np.meshgrid(np.linspace(0, width, n), np.linspace(0, height, n))
    points = np.stack([x.ravel(), y.ravel()], 1).astype(np.float32)
    i = np.arange(n * n).reshape(n, n)
    a, b, c, d = i[:-1, :-1], i[:-1, 1:], i[1:, :-1], i[1:, 1:]
    triangles = np.concatenate([np.stack(t, -1).reshape(-1, 3) for t in ((a, b, c), (b, d, c))])
    return points, triangles.astype(np.int32)


@pytest.mark.parametrize(("width", "height"), [(40, 40), (96, 52), (20, 64)])
def test_pixel_centres_get_the_interpolated_attribute(width, height):
    points, triangles = grid(7, width, height)
    attributes = np.c_[points * 3 - 0.5, np.ones(len(points))].astype(np.float32)
    buffer = np.full((height, width, 3), -1, np.float32)
    rasterize(points, triangles, attributes, buffer)
    x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    np.testing.assert_allclose(buffer[..., 0], x * 3 - 0.5, atol=2e-3)
    np.testing.assert_allclose(buffer[..., 1], y * 3 - 0.5, atol=2e-3)
    assert (buffer[..., 2] > 0.999).all()


def test_the_nearer_of_two_surfaces_is_seen():
    points = np.array([[0, 0], [40, 0], [0, 40]] * 2, np.float32)
    attributes = np.repeat(np.array([[1.0], [2.0]], np.float32), 3, 0).repeat(3, 1)
    triangles = np.arange(6, dtype=np.int32).reshape(2, 3)
    for depths, seen in (((1.0, 1.001), 1.0), ((1.001, 1.0), 2.0)):
        buffer = np.zeros((40, 40, 3), np.float32)
        rasterize(points, triangles, attributes, buffer, np.repeat(np.float32(depths), 3))
        assert buffer[5, 5, 0] == pytest.approx(seen, abs=1e-4)


def test_a_person_who_does_not_move_is_mapped_onto_himself():
    points, triangles = grid(9, 512, 512)
    view = View((512, 512), 1.0, (0.0, 0.0))
    warp = PersonWarp(triangles, points, 2.0, view, (100, 60, 300, 420))
    attributes = warp.attributes(np.ones(len(points), np.float32))
    coarse = warp.coarse(points, np.ones(len(points), np.float32), attributes)
    x = (np.arange(coarse.shape[1]) + 0.5) * STEP + warp.roi[0] - STEP
    np.testing.assert_allclose(coarse[10, :, 0], x * 2 - 0.5, atol=0.02)
    np.testing.assert_allclose(coarse[..., 2], 1, atol=1e-4)


@settings(max_examples=40, deadline=None)
@given(st.floats(5, 30), st.floats(5, 30), st.floats(2, 5), st.floats(0.2, 5))
def test_a_mask_covers_its_polygons_area(x, y, width, height):
    corners = [[x, y], [x + width, y], [x + width, y + height], [x, y + height]]
    mask = polygon_mask(np.array(corners, np.float32), (0, 0, 40, 40), 0.0)
    # an edge may count a quarter of a px too much
    assert width * height - 0.5 * (width + height) < mask.sum()
    assert mask.sum() < (width + 0.6) * (height + 0.6)
    assert mask.max() <= 1 and mask.min() >= 0


def test_clip_box_is_never_empty():
    far = np.array([1000.0, 1000.0], np.float32)
    x0, y0, x1, y1 = clip_box(far, far + 10, 2, (0, 0, 64, 64))
    assert (x0, y0, x1, y1) == (63, 63, 64, 64)


def test_ribbon_has_two_triangles_a_column():
    triangles = ribbon_triangles(5)
    assert triangles.shape == (8, 3)
    assert set(triangles.ravel()) == set(range(10))
