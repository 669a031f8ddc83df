"""The judge of lip sync passes a good mouth and fails a late, loud, constant or open one."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

import visavis
from visavis.build import models
from visavis.cli import run
from visavis.errors import InvalidMedia, InvalidOption
from visavis.evaluate import LipSyncReport, Phone, Watched, evaluate_lipsync, read_phones
from visavis.evaluate.calm import blinks, calm, jitter, moments
from visavis.evaluate.figures import agreement, closure, lag
from visavis.evaluate.heard import heard
from visavis.evaluate.hearing import Sound, begins_later, sound_of
from visavis.evaluate.lipsync import report
from visavis.evaluate.phones import classes_of
from visavis.evaluate.plot import plot
from visavis.evaluate.table import heads, rows
from visavis.evaluate.utterance import SENTENCE, utterance
from visavis.motion import Motion, MotionSettings
from visavis.pose import INDEX, Pose
from visavis.trial import SAMPLE_RATE, speechlike

FPS = 25
Floats = npt.NDArray[np.float64]


def said() -> list[Phone]:
    """The phones of the known utterance."""
    words = SENTENCE.split()
    out, time = [], 0.0
    for name, seconds in zip(words[::2], words[1::2], strict=True):
        out.append(Phone(time, time + float(seconds), (name,), name))
        time += float(seconds)
    return out


@pytest.fixture(scope="module")
def good() -> tuple[Floats, Floats]:
    """Times and gap of the mouth that the motion makes of it."""
    motion = Motion(fps=FPS, settings=MotionSettings(liveliness=0.0))
    motion.push(utterance().rows)
    motion.finish()
    poses = np.array([motion.next() for _ in range(int(utterance().seconds * FPS))], np.float64)
    gap = poses[:, INDEX["jawOpen"]] - poses[:, INDEX["mouthClose"]]
    return (np.arange(len(gap)) + 0.5) / FPS, np.maximum(gap, 0) * 0.3


def test_a_good_mouth_is_shut_where_it_should(good: tuple[Floats, Floats]) -> None:
    found = closure(*good, said())
    assert found.bilabials >= 10 and found.open_vowels >= 6
    assert found.bilabials_shut == found.bilabials_held == 1.0
    assert found.open_vowels_shut == 0.0
    assert found.release_ms is not None and abs(found.release_ms) < 60


def test_bad_mouths_get_bad_closures(good: tuple[Floats, Floats]) -> None:
    times, gap = good
    late = closure(times, np.interp(times - 0.12, times, gap), said())
    ontime = closure(times, gap, said())
    assert late.release_ms is not None and ontime.release_ms is not None
    assert late.release_ms > ontime.release_ms + 60
    assert late.bilabials_held is not None and late.bilabials_held < 0.8
    never = closure(times, np.maximum(gap, 0.06), said())
    assert never.bilabials_shut == 0.0
    constant = closure(times, np.full(len(gap), 0.05), said())
    assert constant.bilabials_shut == 0.0
    sealed = closure(times, np.zeros(len(gap)), said())
    assert sealed.bilabials_shut == 1.0 and sealed.open_vowels_shut == 1.0
    assert sealed.elsewhere_shut == 1.0


def test_bad_mouths_disagree_with_the_real_one(good: tuple[Floats, Floats]) -> None:
    times, gap = good
    same = agreement(times, gap, gap, times, gap, gap)
    assert same.opening_r == pytest.approx(1) and same.width_r == pytest.approx(1)
    assert same.spread == pytest.approx(1) and abs(same.offset_ms) <= 4
    late = agreement(times, np.interp(times - 0.12, times, gap), None, times, gap, None)
    assert late.offset_ms == pytest.approx(120, abs=6)
    assert late.opening_r < 0.5 < late.opening_r_best
    constant = agreement(times, np.full(len(gap), 0.05), None, times, gap, None)
    assert [constant.opening_r, constant.spread, constant.speed] == pytest.approx([0] * 3, abs=1e-9)
    half = agreement(times, 0.5 * gap, None, times, gap, None)
    assert half.spread == pytest.approx(0.5) and half.speed == pytest.approx(0.5)


@pytest.mark.parametrize("late_ms", [-80, 0, 40, 120])
def test_a_lag_is_found_at_any_frame_rate(late_ms: int, good: tuple[Floats, Floats]) -> None:
    clock, gap = good
    for fps in (20, 30, 50):
        times = (np.arange(int(clock[-1] * fps)) + 0.5) / fps
        found, match = lag(times, np.interp(times - late_ms / 1000, clock, gap), clock, gap)
        assert abs(found - late_ms) <= 6 and match > 0.95


def test_unrest_is_noticed_and_slow_movement_is_none() -> None:
    rng = np.random.default_rng(0)
    t = np.arange(200) / FPS
    assert jitter(3 * np.sin(t)) < 0.02
    assert jitter(3 * np.sin(t) + rng.normal(0, 0.5, 200)) == pytest.approx(0.5, rel=0.2)


def face(opening: Floats, lids: Floats | None = None) -> Watched:
    times = (np.arange(len(opening)) + 0.5) / FPS
    return Watched(
        times=times,
        opening=opening,
        width=np.full(len(opening), 0.5),
        lids=np.full(len(opening), 0.3) if lids is None else lids,
        eyes_px=150.0,
        height_px=512,
    )


def test_silence_starts_and_ends() -> None:
    opening = np.zeros(250)
    opening[50:100] = 0.1  # 2 s to 4 s
    still = calm(face(opening), [(2.1, 3.9)], [(0.0, 2.1), (3.9, 10.0)])
    assert still.jitter_px == still.silence_px == 0
    assert still.starts_ms == pytest.approx(-110, abs=25)
    assert still.ends_ms == pytest.approx(110, abs=25)
    restless = opening + 0.01 * (np.arange(250) % 2)
    shaken = calm(face(restless), [(2.1, 3.9)], [(0.0, 2.1), (3.9, 10.0)])
    assert shaken.jitter_px is not None and shaken.jitter_px > 1
    assert moments(face(opening).times, np.zeros(250), [(2.1, 3.9)]) == ([], [])


def test_blinks_are_counted() -> None:
    lids = np.full(1500, 0.3)
    for start in (100, 190, 400, 460, 700, 1000, 1030, 1400):
        lids[start : start + 4] = [0.12, 0.02, 0.05, 0.16]
    lids[800:840] = 0.02  # eyes shut for long are no blink
    rate, length, spread = blinks(face(lids).times, lids)
    assert rate == pytest.approx(8, rel=0.02)
    assert length is not None and 80 < length < 200
    assert spread is not None and spread > 0.3
    assert blinks(face(lids).times, np.full(1500, 0.3))[0] == 0


def test_two_recordings_of_one_utterance_are_laid_together() -> None:
    samples = speechlike(3.0).astype(np.float64) / 32768
    gate = np.repeat(np.random.default_rng(1).random(30), SAMPLE_RATE // 10)
    a = Sound(samples * gate, SAMPLE_RATE)
    b = Sound(np.concatenate([np.zeros(8000), samples * gate]), SAMPLE_RATE)
    later, alike = begins_later(a, b)
    assert later == pytest.approx(0.5, abs=0.011) and alike > 0.9
    assert begins_later(b, a)[0] == pytest.approx(-0.5, abs=0.011)
    noise = np.random.default_rng(2).normal(0, 0.1, len(samples))
    other = Sound(noise * np.repeat(np.random.default_rng(3).random(75), 640), SAMPLE_RATE)
    assert begins_later(a, other)[1] < 0.55


def test_the_network_is_judged_by_its_phones() -> None:
    right = utterance().rows
    good = heard([(right, said())])
    assert good.visemes > 0.85 and good.bilabial_recall > 0.8
    wrong = right.copy()
    wrong[:, 4:] = np.roll(wrong[:, 4:], 3, axis=1)
    assert heard([(wrong, said())]).visemes < 0.3


LONG = """File type = "ooTextFile"
Object class = "TextGrid"
xmin = 0
xmax = 0.5
tiers? <exists>
size = 2
item []:
    item [1]:
        class = "IntervalTier"
        name = "phones"
        xmin = 0
        xmax = 0.5
        intervals: size = 2
        intervals [1]:
            xmin = 0
            xmax = 0.2
            text = "P"
        intervals [2]:
            xmin = 0.2
            xmax = 0.5
            text = "AY1"
    item [2]:
        class = "IntervalTier"
        name = "words"
        xmin = 0
        xmax = 0.5
        intervals: size = 1
        intervals [1]:
            xmin = 0
            xmax = 0.5
            text = "pie"
"""
SHORT = (
    'File type = "ooTextFile"\n"TextGrid"\n0\n0.5\n<exists>\n1\n"IntervalTier"\n"phones"\n0\n0.5\n'
    '2\n0\n0.2\n"P"\n0.2\n0.5\n"AY1"\n'
)


@pytest.mark.parametrize(
    "text",
    [
        LONG,
        SHORT,
        "0\t0.2\tp\n0.2\t0.5\taɪ\n",
        "0 2000000 x^x-p+ay=x\n2000000 5000000 x^p-ay+x=x\n",
    ],
    ids=["long", "short", "audacity", "htk"],
)
def test_labels_of_all_kinds(text: str, tmp_path: Path) -> None:
    path = tmp_path / "a.TextGrid"
    path.write_text(text if "x^x" not in text else text + "999999999990 999999999999 sil\n")
    first, second = read_phones(path)[:2]
    assert (first.start, first.end, first.classes) == (0, pytest.approx(0.2), ("p",))
    assert (second.end, second.classes) == (pytest.approx(0.5), ("aa", "ih"))


def test_labels_that_are_none(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    for text, says in (("", "no phone labels"), ("0 1 §§\n1 2 ##\n", "is no phone")):
        path.write_text(text)
        with pytest.raises(InvalidMedia, match=says):
            read_phones(path)
    assert classes_of("B") == classes_of("b") == ("p",)
    assert classes_of("t͡ʃ")[-1] == classes_of("CH")[0] == "sh"
    assert classes_of("SIL") == classes_of("") == ("sil",)


@pytest.fixture(scope="module")
def speech(shared_data: Path) -> tuple[Sound, list[Phone]]:
    """Four seconds of a natural voice, and its phones."""
    from visavis.evaluate.lipsync import read_mono

    path = shared_data / "speech/ljspeech/LJ001-0001.wav"
    if not path.exists():
        pytest.skip("no speech in the data")
    whole = read_mono(path)
    cut = int(5.3 * whole.rate)
    phones = [p for p in read_phones(path.with_suffix(".TextGrid")) if p.end < 5.3]
    return Sound(whole.samples[:cut], whole.rate), phones


def judged(speech: tuple[Sound, list[Phone]], kind: str) -> LipSyncReport:
    """A character of the wheel speaking, with its mouth spoiled in one way."""
    sound, phones = speech
    loud = sound.naive(np.arange(0, sound.seconds, 0.01))

    def mouth(time: float, pose: Pose) -> None:
        jaw, close = INDEX["jawOpen"], INDEX["mouthClose"]
        if kind in ("loudness", "constant"):
            for name, index in INDEX.items():
                if name.startswith(("mouth", "jaw", "tongue")):
                    pose[index] = 0
            level = loud[min(int(time / 0.01), len(loud) - 1)] / 0.146
            pose[jaw] = 0.3 if kind == "constant" else 0.5 * min(level, 1.2)
        elif kind == "open":
            pose[jaw], pose[close] = max(pose[jaw], 0.35), 0

    pcm = np.round(sound.samples * 32767).astype(np.int16)
    if kind == "late":
        gap = np.zeros(round(0.12 * sound.rate), np.int16)
        pcm = np.concatenate([gap, pcm])[: len(pcm)]
    from visavis.evaluate.watch import avatar_pictures, watch

    with visavis.open("ada") as avatar:
        pictures = avatar_pictures(avatar, (pcm, sound.rate), size=320, pose=mouth)
        return report(kind, watch(pictures, kind), sound, phones)


def test_pictures_of_bad_mouths_are_found_out(speech: tuple[Sound, list[Phone]]) -> None:
    if "ada" not in visavis.characters() or models.missing():
        pytest.skip("no character or no networks here")
    reports = {k: judged(speech, k) for k in ("good", "late", "loudness", "constant", "open")}
    shut = {k: r.mouth.closure.bilabials_shut for k, r in reports.items() if r.mouth.closure}
    assert abs(reports["good"].mouth.offset_ms) <= 20 and reports["good"].mouth.offset_r > 0.7
    assert reports["late"].mouth.offset_ms == pytest.approx(120, abs=20)
    assert shut["good"] == 1.0
    assert shut["open"] == shut["constant"] == 0.0
    assert (shut["loudness"] or 0) < 0.8
    assert reports["loudness"].mouth.offset_r < reports["good"].mouth.offset_r - 0.2
    assert abs(reports["constant"].mouth.offset_r) < 0.5
    table = rows(reports["good"])
    assert all(len(row) == len(heads(reports["good"])) for row in table)
    drawn = plot(reports["good"])
    assert drawn.startswith(b"\x89PNG") and len(drawn) > 20_000


def test_the_command_judges_a_video(
    shared_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    video = shared_data / "video/grid_s1/bbaf4p.mpg"
    if not video.exists() or models.missing() or "ada" not in visavis.characters():
        pytest.skip("no filmed speaker, no networks or no character here")
    assert run(["evaluate", "--video", str(video), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["faces_seen"] == 1 and found["mouth"]["offset_r"] > 0.6
    assert abs(found["mouth"]["offset_ms"]) < 60
    plot_file = tmp_path / "out.png"
    arguments = ["evaluate", "ada", "--against", str(video), "--json", "--plot", str(plot_file)]
    assert run(arguments) == 0
    beside = json.loads(capsys.readouterr().out)["mouth"]["agreement"]
    assert beside["opening_r"] > 0.4 and plot_file.stat().st_size > 10_000


def test_what_cannot_be_judged_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evaluate", "ada"]) == 1
    assert run(["evaluate", "ada", "x.wav", "--video", "y.mp4"]) == 1
    assert run(["evaluate", "--video", str(tmp_path / "none.mp4")]) == 1
    assert run(["evaluate", "ada", "x.wav", "--plot", "out.bmp"]) == 1
    errors = capsys.readouterr().err
    assert "name an avatar and a sound" in errors and "not both" in errors
    assert "out.bmp" in errors
    with pytest.raises(InvalidOption):
        evaluate_lipsync()
    with pytest.raises(InvalidMedia, match="half a second"):
        evaluate_lipsync(video=None, avatar=object(), sound=(np.zeros(99, np.int16), 16_000))  # type: ignore[arg-type]
    assert sound_of(np.zeros((9, 2), np.int16), 8000).samples.shape == (9,)
