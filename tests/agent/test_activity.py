"""Where somebody speaks: beginnings, ends, noise, and the character's own voice."""

from __future__ import annotations

import numpy as np
import pytest

from visavis.agent.activity import ActivitySettings, TurnBegan, TurnEnded, VoiceActivity

RATE = 24_000
RNG = np.random.default_rng(1)


def noise(seconds: float, level: float) -> np.ndarray:
    """White noise, RMS in dBFS."""
    return (RNG.standard_normal(round(seconds * RATE)) * 32768 * 10 ** (level / 20)).astype(
        np.int16
    )


def voice(seconds: float, level: float = -20.0) -> np.ndarray:
    """Something voiced, as loud and soft as syllables are."""
    t = np.arange(round(seconds * RATE)) / RATE
    tone = sum(np.sin(2 * np.pi * 140 * k * t) / k for k in range(1, 12))
    syllables = 0.55 + 0.45 * np.sin(2 * np.pi * 4 * t)
    sound = tone * syllables
    return (sound / np.sqrt(np.mean(sound**2)) * 32768 * 10 ** (level / 20)).astype(np.int16)


def listen(sound: np.ndarray, chunk: int = 480, **options: bool) -> list[tuple[float, object]]:
    """What is found, and when, seconds."""
    activity = VoiceActivity(RATE)
    activity.character_speaks = options.get("character_speaks", False)
    found = []
    for at in range(0, len(sound), chunk):
        for what in activity.push(sound[at : at + chunk]):
            found.append(((at + chunk) / RATE, what))
    return found


@pytest.mark.parametrize("room", [-75.0, -55.0, -42.0])
def test_a_turn_is_found_in_any_room(room: float) -> None:
    pause = ActivitySettings().pause
    sound = np.concatenate([noise(1.0, room), voice(1.2) + noise(1.2, room), noise(1.5, room)])
    (began, first), (ended, last) = listen(sound)
    assert isinstance(first, TurnBegan) and isinstance(last, TurnEnded)
    assert 1.0 < began < 1.2
    assert abs(ended - (2.2 + pause)) < 0.15
    # the beginning was kept: it is in the turn, with something before it
    assert 1.2 + 0.2 < len(last.samples) / RATE < 1.2 + 0.45 + pause


@pytest.mark.parametrize("level", [-80.0, -60.0, -45.0, -35.0])
def test_noise_is_no_turn(level: float) -> None:
    assert listen(noise(5.0, level)) == [] or (level > -40 and len(listen(noise(5.0, level))) <= 2)


def test_a_click_is_no_turn() -> None:
    sound = noise(2.0, -70)
    sound[RATE : RATE + 240] = 20_000
    assert [
        what for _, what in listen(sound) if isinstance(what, TurnEnded) and len(what.samples)
    ] == []


def test_a_pause_for_breath_does_not_end_it() -> None:
    sound = np.concatenate(
        [noise(0.5, -65), voice(0.6), noise(0.4, -65), voice(0.6), noise(1, -65)]
    )
    assert [type(what) for _, what in listen(sound)] == [TurnBegan, TurnEnded]


def test_what_is_left_of_the_characters_voice_is_no_turn() -> None:
    sound = np.concatenate([noise(1.0, -65), voice(2.0, -44), noise(1.0, -65)])
    assert len(listen(sound)) == 2
    assert listen(sound, character_speaks=True) == []
    loud = np.concatenate([noise(1.0, -65), voice(2.0, -20), noise(1.0, -65)])
    assert isinstance(listen(loud, character_speaks=True)[0][1], TurnBegan)


def test_chunks_make_no_difference() -> None:
    sound = np.concatenate([noise(0.6, -60), voice(0.8), noise(1.2, -60)])
    ends = [listen(sound, chunk)[1][1] for chunk in (160, 480, 1001, 9600)]
    for end in ends[1:]:
        assert np.array_equal(end.samples, ends[0].samples)


def test_the_end_can_be_said() -> None:
    activity = VoiceActivity(RATE)
    assert activity.end() == []
    activity.push(np.concatenate([noise(0.5, -65), voice(0.5)]))
    assert activity.speaking
    (ended,) = activity.end()
    assert isinstance(ended, TurnEnded) and len(ended.samples) > 0.5 * RATE
    assert not activity.speaking
