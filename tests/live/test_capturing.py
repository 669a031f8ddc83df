"""What the SDK is asked for, beside what its own sources ask for."""

from __future__ import annotations

import asyncio
import ctypes
from typing import Any

import numpy as np
import pytest

rtc = pytest.importorskip("livekit.rtc", reason="the extra livekit is not installed")

from livekit.rtc._ffi_client import FfiClient  # noqa: E402
from livekit.rtc._proto.ffi_pb2 import FfiEvent, FfiRequest  # noqa: E402

from visavis.live import capturing  # noqa: E402

RATE = 24_000


class Library:
    """Stands for the SDK's: notes the requests that come, and what lies where they point."""

    def __init__(self, answer: int = 1) -> None:
        self.requests: list[FfiRequest] = []
        self.sounds: list[np.ndarray] = []
        self.dropped: list[int] = []
        self.answer = answer

    def __call__(self, request: bytes, length: int, *_: object) -> int:
        made = FfiRequest.FromString(request[:length])
        self.requests.append(made)
        if made.HasField("capture_audio_frame"):
            buffer = made.capture_audio_frame.buffer
            held = (ctypes.c_int16 * buffer.samples_per_channel).from_address(buffer.data_ptr)
            self.sounds.append(np.array(held))
        return self.answer


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> Library:
    library = Library()
    begin = capturing._Requests.__init__

    def listening(self: Any) -> None:
        begin(self)
        self._call, self._drop = library, library.dropped.append

    monkeypatch.setattr(capturing._Requests, "__init__", listening)
    return library


def test_every_sample_arrives_whatever_the_pieces(library: Library) -> None:
    async def push() -> list[np.ndarray]:
        source = rtc.AudioSource(RATE, 1)
        intake = capturing.SoundIntake(source, RATE)
        random = np.random.default_rng(1)
        # short, long, beyond the memory it has, then short again
        sizes = [960, 480, 960, 1, 50_000, 960, 2400, *range(900, 920)]
        pieces = [random.integers(-32768, 32767, size).astype(np.int16) for size in sizes]
        for piece in pieces:
            intake.take(piece)
        await source.aclose()
        return pieces

    for pushed, arrived in zip(asyncio.run(push()), library.sounds, strict=True):
        np.testing.assert_array_equal(pushed, arrived)
    assert {r.capture_audio_frame.buffer.sample_rate for r in library.requests} == {RATE}
    assert len(library.dropped) == len(library.requests)  # the answers are given back


def test_pictures_are_asked_for_as_the_sdk_does(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[FfiRequest] = []

    def request(self: FfiClient, made: FfiRequest) -> None:
        asked.append(made)

    async def show() -> None:
        source = rtc.VideoSource(64, 32)
        intake = capturing.PictureIntake(source, (64, 32))
        pictures = [np.zeros((48, 64), np.uint8) for _ in range(12)]
        shown = [pictures[i % 3] for i in range(6)] + pictures
        for picture in shown:
            intake.take(picture)
        with monkeypatch.context() as patch:
            patch.setattr(FfiClient, "request", request)
            for picture in shown:
                flat = memoryview(picture.reshape(-1).data)
                source.capture_frame(rtc.VideoFrame(64, 32, rtc.VideoBufferType.I420, flat))
        await source.aclose()

    asyncio.run(show())
    assert library.requests == asked


def test_a_refusal_is_said(library: Library) -> None:
    async def push() -> None:
        source = rtc.AudioSource(RATE, 1)
        try:
            capturing.SoundIntake(source, RATE).take(np.zeros(240, np.int16))
        finally:
            await source.aclose()

    library.answer = 0
    with pytest.raises(RuntimeError, match="refused"):
        asyncio.run(push())


def test_a_room_hears_all_but_answers_to_sound() -> None:
    async def told() -> tuple[list[str], list[str]]:
        queue = FfiClient.instance.queue
        room, other = rtc.Room(), queue.subscribe()
        room._ffi_queue = queue.subscribe(
            filter_fn=lambda event: event.WhichOneof("message") != "video_stream_event"
        )
        capturing.leave_unheard(room)
        for name in ("capture_audio_frame", "room_event", "video_stream_event", "publish_track"):
            event = FfiEvent()
            getattr(event, name).SetInParent()
            queue.put(event)
        await asyncio.sleep(0)
        heard = []
        for one in (room._ffi_queue, other):
            names = []
            while not one.empty():
                names.append((await one.get()).WhichOneof("message"))
            heard.append(names)
            queue.unsubscribe(one)
        return heard[0], heard[1]

    own, others = asyncio.run(told())
    assert own == ["room_event", "publish_track"]
    assert others == ["capture_audio_frame", "room_event", "video_stream_event", "publish_track"]


def test_an_sdk_that_has_changed_inside_is_asked_by_its_public_calls(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Sound by the loop it was made in, from another thread; pictures; a room that hears all."""
    sounds, pictures = [], []

    async def heard(self: rtc.AudioSource, frame: rtc.AudioFrame) -> None:
        sounds.append(np.frombuffer(bytes(frame.data.cast("b")), np.int16))

    def changed(self: Any) -> None:
        raise AttributeError("'FfiClient' object has no attribute '_ffi_lib'")

    monkeypatch.setattr(capturing._Requests, "__init__", changed)
    monkeypatch.setattr(rtc.AudioSource, "capture_frame", heard)
    monkeypatch.setattr(
        rtc.VideoSource, "capture_frame", lambda self, frame: pictures.append(frame)
    )
    pieces = [np.arange(i, i + 480, dtype=np.int16) for i in range(0, 2400, 480)]
    image = np.arange(48 * 64).reshape(48, 64).astype(np.uint8)

    async def push() -> None:
        source, video = rtc.AudioSource(RATE, 1), rtc.VideoSource(64, 32)
        intake = capturing.sound_intake(source, RATE)
        await asyncio.to_thread(lambda: [intake.take(piece) for piece in pieces])
        capturing.picture_intake(video, (64, 32)).take(image)
        await asyncio.sleep(0.05)
        await asyncio.gather(source.aclose(), video.aclose())
        room = rtc.Room()
        monkeypatch.delattr(FfiClient.instance.queue, "_subscribers")
        capturing.leave_unheard(room)

    asyncio.run(push())
    np.testing.assert_array_equal(np.concatenate(sounds), np.concatenate(pieces))
    assert [bytes(frame.data) for frame in pictures] == [image.tobytes()]
