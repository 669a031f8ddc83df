"""The two tracks of an avatar in a room, and the handing over of each frame in step.

Comes in: frames of a session. Goes out: sound and pictures on ``avatar_audio`` and
``avatar_video``, one layer, I420 as it is, each picture when its sound begins to leave.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import numpy as np
from livekit import rtc

from visavis.live.options import RoomOptions
from visavis.options import parse_fps

if TYPE_CHECKING:
    from visavis.session import LiveFrame

AUDIO_TRACK = "avatar_audio"
VIDEO_TRACK = "avatar_video"

_LEAD = 0.02
"""Silence kept ahead of the sound, s: how late a frame may come without a gap in the sound."""
_MOST_LEAD = 0.06
_QUEUE_MS = 400
"""What the sound's queue can hold. It waits once half full, so twice the most that is queued."""
_SOON = 0.003
"""Nearer than this, a picture goes at once, s."""


class RoomTracks:
    """Sound and video of one avatar, for one room after another.

    Sound leaves at its own clock's pace from a short queue. How much is queued is known, so a
    picture waits just as long as its sound: both stay in step whatever delays the process. What
    is queued in excess goes away with the next silence.

    Args:
        options: size, codec, bitrates.
        loop: in which :meth:`send` is awaited; all else may be called from another.
    """

    def __init__(self, options: RoomOptions, loop: asyncio.AbstractEventLoop) -> None:
        width, height = options.width_height
        self._options = options
        self._size = (width, height)
        self._rate = options.sample_rate
        self._loop = loop
        self._sound = rtc.AudioSource(self._rate, 1, queue_size_ms=_QUEUE_MS, loop=loop)
        self._video = rtc.VideoSource(width, height)
        self._tracks: list[rtc.Track] = []
        self._until = 0.0  # when the queued sound will have left, by the loop's clock
        self._lead = _LEAD
        self._waiting: set[asyncio.TimerHandle] = set()
        self._closed = False
        self.gaps = 0

    async def publish(self, participant: rtc.LocalParticipant) -> None:
        """Publish both tracks; again after a room was lost.

        Raises:
            rtc.participant.PublishTrackError: the room refuses them.
        """
        options = self._options
        codec = {"h264": rtc.VideoCodec.H264, "vp8": rtc.VideoCodec.VP8}[options.codec]
        fps = float(parse_fps(options.fps))
        video = rtc.LocalVideoTrack.create_video_track(VIDEO_TRACK, self._video)
        audio = rtc.LocalAudioTrack.create_audio_track(AUDIO_TRACK, self._sound)
        self._tracks = [video, audio]
        as_video = rtc.TrackPublishOptions(
            source=rtc.TrackSource.SOURCE_CAMERA,
            simulcast=False,
            video_codec=codec,
            # A little above the rate of frames: at exactly that, the coder drops one now and then.
            video_encoding=rtc.VideoEncoding(
                max_framerate=fps * 1.2, max_bitrate=options.video_bitrate
            ),
        )
        as_sound = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
        as_sound.audio_encoding.max_bitrate = options.audio_bitrate
        await asyncio.gather(
            participant.publish_track(video, as_video), participant.publish_track(audio, as_sound)
        )

    async def unpublish(self, participant: rtc.LocalParticipant) -> None:
        """Take both away again, from a room that goes on."""
        tracks, self._tracks = self._tracks, []
        for track in tracks:
            if track.sid in participant.track_publications:
                await participant.unpublish_track(track.sid)

    async def send(self, frame: LiveFrame) -> None:
        """Hand over a frame: its sound now, its picture as that sound begins to leave."""
        if self._closed:
            return
        sound = frame.sound
        now = self._loop.time()
        ahead = self._until - now
        if ahead < 0.0:
            # The queue ran dry: begin anew with a lead, a longer one if that was heard.
            if self._until and sound.any():
                self.gaps += 1
                self._lead = min(self._lead * 1.5, _MOST_LEAD)
            sound = np.concatenate([np.zeros(round(self._lead * self._rate), np.int16), sound])
            begins = now + self._lead
            self._until = now
        else:
            begins = self._until
            excess = round((ahead - self._lead) * self._rate)
            if excess > self._rate // 200 and not sound.any():
                sound = sound[min(excess, len(sound)) :]
        self._until += len(sound) / self._rate
        if begins - now < _SOON:
            self._show(frame)
        else:
            self._show_at(begins, frame)
        if len(sound):
            data = memoryview(np.ascontiguousarray(sound).data)
            await self._sound.capture_frame(
                rtc.AudioFrame(data.cast("B"), self._rate, 1, len(sound))
            )

    @property
    def queued(self) -> float:
        """Sound handed over that has not left, seconds."""
        return max(self._until - self._loop.time(), 0.0)

    async def close(self) -> None:
        """Free both; nothing may be sent any more."""
        self._closed = True
        for timer in self._waiting:
            timer.cancel()
        self._waiting.clear()
        self._sound.clear_queue()
        await self._sound.aclose()
        await self._video.aclose()

    def _show_at(self, moment: float, frame: LiveFrame) -> None:
        def show() -> None:
            self._waiting.discard(timer)
            self._show(frame)

        timer = self._loop.call_at(moment, show)
        self._waiting.add(timer)

    def _show(self, frame: LiveFrame) -> None:
        width, height = self._size
        flat = memoryview(frame.image.reshape(-1).data)
        self._video.capture_frame(rtc.VideoFrame(width, height, rtc.VideoBufferType.I420, flat))
