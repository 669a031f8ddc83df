"""The WebRTC side of a session: timestamps, packets, the encoder and its limits."""

from __future__ import annotations

import asyncio
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

import visavis
from tests.helpers.avatars import write_avatar

pytest.importorskip("aiortc", reason="the extra talk is not installed")

from visavis.errors import InvalidOption
from visavis.live.webrtc import ice_servers
from visavis.live.webrtc_tracks import SOUND_RATE, SessionTracks
from visavis.live.webrtc_video import FLOOR, RECOVER_S, LiveH264, LiveVp8, Rate


def picture(index: int, size: tuple[int, int] = (64, 64)) -> av.VideoFrame:
    image = np.full((size[1] * 3 // 2, size[0]), 40 + 8 * index, np.uint8)
    frame = av.VideoFrame.from_numpy_buffer(image, format="yuv420p")
    frame.pts, frame.time_base = 3600 * index, Fraction(1, 90_000)
    return frame


@pytest.mark.parametrize("kind", [LiveH264, LiveVp8])
def test_every_picture_is_encoded_at_once_with_its_time(kind: type) -> None:
    encoder = kind(1_000_000, 25.0)
    for index in range(6):
        payloads, timestamp = encoder.encode(picture(index))
        assert payloads and timestamp == 3600 * index
    assert encoder.pictures == 6 and encoder.cpu_s > 0
    assert encoder.encode(picture(6, (96, 64)))[0]  # another size, as after turning a phone


def test_a_complete_picture_comes_when_it_is_asked_for() -> None:
    encoder = LiveH264(1_000_000, 25.0)
    kinds = []
    for index in range(5):
        payloads, _ = encoder.encode(picture(index), force_keyframe=index == 3)
        first = payloads[0]
        # a STAP-A (24) of parameter sets begins a complete picture
        kinds.append(first[0] & 0x1F in (24, 7))
    assert kinds == [True, False, False, True, False]


def test_only_congestion_lowers_the_rate() -> None:
    now = [0.0]
    rate = Rate(2_000_000, lambda: now[0])
    rate.sent(25_000)  # 200 kbit in this second: an idle face
    rate.estimated(300_000)
    assert rate.limit == 2_000_000
    rate.sent(100_000)
    rate.estimated(600_000)
    assert rate.limit == 600_000
    rate.estimated(1)
    assert rate.limit == FLOOR
    now[0] += RECOVER_S + 0.1
    rate.estimated(5_000_000)
    assert rate.limit == 1.5 * FLOOR


def test_both_tracks_tell_one_time(tmp_path: Path) -> None:
    avatar = visavis.open(write_avatar(tmp_path))

    async def scene() -> None:
        tracks = SessionTracks(avatar.session(size=64, sample_rate=SOUND_RATE))
        tracks.start()
        tracks.session.push_audio(np.full(SOUND_RATE // 2, 5000, np.int16), SOUND_RATE)
        times = []
        for index in range(20):
            packet = await tracks.sound.recv()
            assert packet.samples == 960 and packet.pts == 960 * index
            if index % 2 == 0:
                shown = await tracks.picture.recv()
                times.append(shown.pts)
                assert shown.format.name == "yuv420p" and shown.width == 64
            if index == 9:
                tracks.replace(avatar.session(size=96, sample_rate=SOUND_RATE))
                break
        # whole frames apart, also where one was left out
        assert all(step > 0 and step % 3600 == 0 for step in np.diff(times))
        for _ in range(50):
            shown = await tracks.picture.recv()
            if shown.width == 96:
                break
        assert shown.width == 96 and float(shown.pts * shown.time_base) > 0.1
        await tracks.close()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(scene())


def test_ice_servers() -> None:
    stun, turn = ice_servers(["stun:a.example:3478", "turn:me:secret@b.example:3478"])
    assert stun.urls == "stun:a.example:3478" and stun.username is None
    assert (turn.urls, turn.username, turn.credential) == ("turn:b.example:3478", "me", "secret")
    for wrong in ("a.example", "http://me:secret@x"):
        with pytest.raises(InvalidOption) as caught:
            ice_servers([wrong])
        assert "secret" not in str(caught.value)
