"""Where teeth and tongue are put."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visavis.pose import make
from visavis.render.strips import JAW_MM, LOWER_ROW_SHOWN_MM, LOWER_ROW_TOP_MM, mouth_strips

MOUTH = SimpleNamespace(upper_edge=2.0, arc=-0.01)


def lower_edge(**pose):
    """Edge of the lower incisors below the seam on the lowered jaw, mm."""
    strips = {strip.texture: strip for strip in mouth_strips(MOUTH, make(**pose))}
    return float(strips["teeth_lower"].top[8]) + LOWER_ROW_TOP_MM


def test_lower_teeth_stand_over_the_lip_of_an_open_jaw_but_not_of_a_rounded_one():
    shut, wide = lower_edge(), lower_edge(jawOpen=0.6)
    assert shut - wide == pytest.approx(LOWER_ROW_SHOWN_MM, abs=1e-4)
    assert (
        shut - lower_edge(jawOpen=0.6, mouthPucker=1)
        < 0
        < shut - lower_edge(jawOpen=0.6, mouthPucker=0.3)
    )


@given(st.floats(0, 0.98))
def test_lower_teeth_rise_without_a_jump(jaw):
    step = 0.02
    rise = abs(lower_edge(jawOpen=jaw + step) - lower_edge(jawOpen=jaw))
    assert rise < 0.5 * step * JAW_MM


def test_the_rows_are_drawn_back_to_front():
    names = [strip.texture for strip in mouth_strips(MOUTH, make(jawOpen=0.4, tongueOut=1))]
    assert names == ["tongue", "teeth_lower", "tongue_tip", "teeth_upper"]


def test_the_tongues_tip_comes_out_from_behind_the_upper_teeth():
    def tip(out):
        strips = mouth_strips(MOUTH, make(jawOpen=0.5, tongueOut=out))
        return next(strip for strip in strips if strip.texture == "tongue_tip")

    hidden, shown = tip(0.05), tip(1.0)
    assert hidden.bottom.max() + hidden.jaw * 0.5 * JAW_MM < MOUTH.upper_edge
    assert shown.bottom.max() > MOUTH.upper_edge + 2
