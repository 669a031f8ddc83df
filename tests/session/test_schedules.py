"""Whatever happens when: every utterance ends once, at the right place, and no sound is lost."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.session import schedules

steps = st.lists(
    st.one_of(
        st.tuples(st.just("push"), st.integers(1, 6_000)),
        st.tuples(st.just("push"), st.integers(1, 400)),
        st.tuples(st.just("flush"), st.just(0)),
        st.tuples(st.just("interrupt"), st.just(0)),
        st.tuples(st.just("frames"), st.integers(1, 8)),
    ),
    min_size=1,
    max_size=14,
)


@settings(max_examples=150, deadline=None)
@given(steps, st.sampled_from([Fraction(25), Fraction(30), Fraction(60), Fraction(20)]))
def test_any_schedule(schedule: list[schedules.Step], fps: Fraction) -> None:
    schedules.run(schedule, fps)


def test_the_checks_can_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    from visavis.session.timeline import Timeline

    monkeypatch.setattr(Timeline, "interrupt", lambda self: [])
    with pytest.raises(AssertionError):
        schedules.run(
            [("push", 4000), ("frames", 6), ("interrupt", 0), ("frames", 3)], Fraction(25)
        )
