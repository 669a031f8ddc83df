"""A report for people: the figures as rows, the naive line and the real speaker beside them.

Comes in: a :class:`~visavis.evaluate.lipsync.LipSyncReport`. Goes out: rows of text.
"""

from __future__ import annotations

from visavis.evaluate.lipsync import LipSyncReport, Mouth

HEADS = ("", "this mouth", "loudness", "real", "good is")


def rows(report: LipSyncReport) -> list[list[str]]:
    """Rows of five columns: figure, this mouth, loudness-driven, real speaker, what is good."""
    mouths = (report.mouth, report.loudness, report.real)
    real = report.real is not None
    table = [
        ["AV offset, ms", *(_sign(_of(m, "offset_ms")) for m in mouths), "-20 to 20"],
        ["… how clear it is, r", *(_two(_of(m, "offset_r")) for m in mouths), "over 0.6"],
    ]
    if report.phones:
        table += _closure(mouths)
    if report.mouth.agreement is not None:
        table += _agreement((report.mouth, report.loudness))
    rest = report.calm
    table += [
        ["lips part after the sound begins, ms", _sign(rest.starts_ms), "", "", "0 or less"],
        ["lips shut after the sound ends, ms", _sign(rest.ends_ms), "", "", "0 to 200"],
        ["jitter in silence, px of 512", _two(rest.jitter_px), "", "", "under 0.3"],
        ["range of the gap in silence, px of 512", _two(rest.silence_px), "", "", "under 1"],
        ["blinks a minute", _one(rest.blinks_per_min), "", "", "10 to 25"],
        ["… length at half closure, ms", _one(rest.blink_ms), "", "", "100 to 200"],
        ["… spread of the waits", _two(rest.blink_spread), "", "", "over 0.3"],
    ]
    shown = [row for row in table if any(row[1:4])]
    return shown if real else [row[:3] + row[4:] for row in shown]


def heads(report: LipSyncReport) -> list[str]:
    """Heads of the columns of :func:`rows`."""
    return [head for head in HEADS if head != "real" or report.real is not None]


def _closure(mouths: tuple[Mouth, Mouth, Mouth | None]) -> list[list[str]]:
    found = [m.closure if m else None for m in mouths]
    first = found[0]
    assert first is not None
    return [
        [
            f"p, b, m shut (of {first.bilabials}), %",
            *(_percent(_of(c, "bilabials_shut")) for c in found),
            "95 or more",
        ],
        ["… for two pictures of 25, %", *(_percent(_of(c, "bilabials_held")) for c in found), ""],
        [
            "… parting after their end, ms",
            *(_sign(_of(c, "release_ms")) for c in found),
            "-40 to 40",
        ],
        [
            f"f, v narrow (of {first.labiodentals}), %",
            *(_percent(_of(c, "labiodentals_narrow")) for c in found),
            "90 or more",
        ],
        [
            f"open vowels wrongly shut (of {first.open_vowels}), %",
            *(_percent(_of(c, "open_vowels_shut")) for c in found),
            "3 or less",
        ],
        [
            "shut elsewhere in speech, %",
            *(_percent(_of(c, "elsewhere_shut")) for c in found),
            "to 46",
        ],
    ]


def _agreement(mouths: tuple[Mouth, Mouth]) -> list[list[str]]:
    a, b = (m.agreement for m in mouths)
    assert a is not None and b is not None
    return [
        ["opening with the real mouth, r", _two(a.opening_r), _two(b.opening_r), "", "over 0.6"],
        [
            "… at the best lag",
            _two(a.opening_r_best),
            _two(b.opening_r_best),
            "",
            "",
        ],
        ["… that lag, ms", _sign(a.offset_ms), _sign(b.offset_ms), "", "-20 to 20"],
        ["width with the real mouth, r", _two(a.width_r), _two(b.width_r), "", "over 0.4"],
        ["size of the opening (real 1)", _two(a.spread), _two(b.spread), "1", "0.9 to 1.1"],
        ["quickest changes (real 1)", _two(a.speed), _two(b.speed), "1", "0.7 to 1.1"],
    ]


def _of(figures: object | None, name: str) -> float | None:
    """One figure, where there are any."""
    value: float | None = None if figures is None else getattr(figures, name)
    return value


def _sign(value: float | None) -> str:
    return "" if value is None else f"{value:+.0f}"


def _one(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"


def _two(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _percent(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.0f}"
