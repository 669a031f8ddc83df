"""The two tracks of an avatar in a room, and the handing over of each frame in step.

Comes in: frames of a session. Goes out: sound and pictures on ``avatar_audio`` and
``avatar_video``, one layer, I420 as it is, each picture when its sound is well on its way.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from livekit import rtc

from visavis.live.capturing import picture_intake, sound_intake
from visavis.live.options import RoomOptions
from visavis.live.pacing import Pacing
from visavis.options import parse_fps

if TYPE_CHECKING:
    from visavis.session import LiveFrame

AUDIO_TRACK = "avatar_audio"
VIDEO_TRACK = "avatar_video"

_STREAM = "avatar"
"""Both tracks are of one: a room that is set to play streams in step looks at that."""
_BEHIND = 0.035
"""How long after its sound a picture leaves, s. Sound takes longer on its way: it is packed by
20 ms, Opus looks ahead, and the listener's buffer holds some tens of ms of it; and rooms play both
as they come. Where a room is set to play them in step (``sync_streams``), by their times of
capture, pictures are late by this."""
_QUEUE_MS = 2000
"""What the sound's queue can hold: more than ever comes late at once."""


def video_publishing(options: RoomOptions) -> rtc.TrackPublishOptions:
    """How the video is published: one layer, in the codec and at the rates asked for."""
    codec = {"h264": rtc.VideoCodec.H264, "vp8": rtc.VideoCodec.VP8}[options.codec]
    # A little above the rate of frames: at exactly that, the coder drops one now and then.
    most = 1.2 * float(parse_fps(options.fps))
    return rtc.TrackPublishOptions(
        source=rtc.TrackSource.SOURCE_CAMERA,
        stream=_STREAM,
        simulcast=False,
        video_codec=codec,
        video_encoding=rtc.VideoEncoding(max_framerate=most, max_bitrate=options.video_bitrate),
    )


class RoomTracks:
    """Sound and video of one avatar, for one room after another.

    Sound leaves at its own clock's pace from a short queue. How much is queued is known, so a
    picture waits just as long as its sound: both stay in step whatever delays the process. What
    is queued in excess goes away with the next silence.

    One thread calls :meth:`send` and :meth:`wait_until`; an event loop runs while this is made.

    Args:
        options: size, codec, bitrates.
    """

    def __init__(self, options: RoomOptions) -> None:
        width, height = options.width_height
        self._options = options
        self._rate = options.sample_rate
        self._sound = rtc.AudioSource(self._rate, 1, queue_size_ms=_QUEUE_MS)
        self._video = rtc.VideoSource(width, height)
        self._heard = sound_intake(self._sound, self._rate)
        self._seen = picture_intake(self._video, (width, height))
        self._tracks: list[rtc.Track] = []
        self._pacing = Pacing(self._rate)
        self._waiting: deque[tuple[float, npt.NDArray[np.uint8]]] = deque()

    async def publish(self, participant: rtc.LocalParticipant) -> None:
        """Publish both tracks; again after a room was lost.

        Raises:
            rtc.participant.PublishTrackError: the room refuses them.
        """
        options = self._options
        video = rtc.LocalVideoTrack.create_video_track(VIDEO_TRACK, self._video)
        audio = rtc.LocalAudioTrack.create_audio_track(AUDIO_TRACK, self._sound)
        self._tracks = [video, audio]
        as_sound = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE, stream=_STREAM)
        as_sound.audio_encoding.max_bitrate = options.audio_bitrate
        await asyncio.gather(
            participant.publish_track(video, video_publishing(options)),
            participant.publish_track(audio, as_sound),
        )

    async def unpublish(self, participant: rtc.LocalParticipant) -> None:
        """Take both away again, from a room that goes on."""
        tracks, self._tracks = self._tracks, []
        for track in tracks:
            if track.sid in participant.track_publications:
                await participant.unpublish_track(track.sid)

    def send(self, frame: LiveFrame) -> None:
        """Hand over a frame: its sound now, its picture in :meth:`wait_until`, as that leaves."""
        paced = self._pacing.take(frame.sound, time.monotonic())
        if paced.anew:
            self._sound.clear_queue()
        if len(paced.sound):
            self._heard.take(paced.sound)
        self._waiting.append((paced.begins + _BEHIND, frame.image))

    def wait_until(self, moment: float) -> None:
        """Show the pictures whose sound leaves until then; returns at that moment.

        Args:
            moment: seconds by ``time.monotonic()``.
        """
        while self._waiting and self._waiting[0][0] <= moment:
            leaves, image = self._waiting.popleft()
            _sleep_until(leaves)
            self._seen.take(image)
        _sleep_until(moment)

    @property
    def queued(self) -> float:
        """Sound handed over that has not left, seconds."""
        return max(self._pacing.until - time.monotonic(), 0.0)

    @property
    def gaps(self) -> int:
        """Times the sound ran dry in mid-speech."""
        return self._pacing.gaps

    @property
    def spoke(self) -> float:
        """When sound was last sent that is not silence, by ``time.monotonic()``."""
        return self._pacing.spoke

    async def close(self) -> None:
        """Free both; nothing may be sent any more."""
        self._sound.clear_queue()
        await self._sound.aclose()
        await self._video.aclose()
        self._tracks.clear()  # they hold the sources, and those a thread each, natively
        self._waiting.clear()


def _sleep_until(moment: float) -> None:
    left = moment - time.monotonic()
    if left > 0:
        time.sleep(left)
