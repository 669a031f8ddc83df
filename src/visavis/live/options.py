"""How an avatar appears in a room: size, frame rate, codec, bitrate, who may direct it.

Comes in: what a caller wants. Goes out: checked values, the session they ask for.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from visavis.errors import InvalidOption
from visavis.options import Background, Emotion, Fps, Size, parse_fps, parse_size

if TYPE_CHECKING:
    from visavis.avatar import Avatar
    from visavis.motion import MotionSettings
    from visavis.render import Framing
    from visavis.session import Session
    from visavis.stream import MotionSession
    from visavis.stream.sound import SoundCodec

Codec = Literal["h264", "vp8"]
Directors = Literal["room", "agent", "nobody"]

_BITRATE_720P = 2_000_000
_PIXELS_720P = 1280 * 720


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomOptions:
    """What can be chosen about an avatar in a room.

    Attributes:
        size: as in :meth:`visavis.Avatar.frames`; None: 512x512.
        fps: frames per second, 10 to 60.
        codec: "h264" or "vp8". One layer is published, never several.
        bitrate: of the video at most, bit/s; None: what fits the size (1 Mbit/s at 512x512,
            2 Mbit/s at 1280x720).
        audio_bitrate: of the sound at most, bit/s. From about 70000 up Opus takes half the
            work that it takes for speech at less.
        sample_rate: of the sound in the room, Hz: 16000, 24000 or 48000.
        lookahead_ms: as in :meth:`visavis.Avatar.session`.
        framing: see there.
        background: see there; "transparent" is not possible, since video in a room has no alpha.
        settings: see there.
        emotion: see there.
        seed: see there.
        agent: identity of the participant whose voice it is; None: the one that the avatar's
            token names (``lk.publish_on_behalf``), else whoever first sends a voice.
        follow_agent: listen and think when the agent says it does (``lk.agent.state``).
        directors: who may call the RPCs for gestures, states and emotions: everybody in the
            room, the agent only, or nobody.
        alone: seconds without its agent after which the avatar leaves.
        rejoin: seconds for which a lost room is tried again.
    """

    size: Size | None = None
    fps: Fps = 25
    codec: Codec = "h264"
    bitrate: int | None = None
    audio_bitrate: int = 72_000
    sample_rate: int = 24_000
    lookahead_ms: int = 40
    framing: Framing = "auto"
    background: Background | None = None
    settings: MotionSettings | None = None
    emotion: Emotion | None = None
    seed: int | None = None
    agent: str | None = None
    follow_agent: bool = True
    directors: Directors = "room"
    alone: float = 30.0
    rejoin: float = 60.0

    def __post_init__(self) -> None:
        parse_size(self.size)
        parse_fps(self.fps)
        if self.codec not in ("h264", "vp8"):
            raise InvalidOption(f"codec {self.codec!r}: h264 or vp8 is possible")
        if self.directors not in ("room", "agent", "nobody"):
            raise InvalidOption(f"directors {self.directors!r}: room, agent or nobody is possible")
        if self.bitrate is not None and not 50_000 <= self.bitrate <= 50_000_000:
            raise InvalidOption(f"bitrate {self.bitrate!r}: 50000 to 50000000 bit/s is possible")
        if not 6_000 <= self.audio_bitrate <= 510_000:
            raise InvalidOption(
                f"audio_bitrate {self.audio_bitrate!r}: 6000 to 510000 bit/s is possible"
            )
        if self.sample_rate not in (16_000, 24_000, 48_000):
            raise InvalidOption(
                f"sample_rate {self.sample_rate!r}: 16000, 24000 or 48000 Hz is possible in a room"
            )
        if isinstance(self.background, str) and self.background == "transparent":
            raise InvalidOption("background 'transparent': video in a room has no alpha channel")

    @property
    def width_height(self) -> tuple[int, int]:
        """Of the video, px."""
        return parse_size(self.size)

    @property
    def video_bitrate(self) -> int:
        """At most, bit/s: grows by the square root of pixels and of frames, as coders need."""
        if self.bitrate is not None:
            return self.bitrate
        width, height = self.width_height
        pixels = math.pow(width * height / _PIXELS_720P, 0.55)
        return round(_BITRATE_720P * pixels * math.sqrt(float(parse_fps(self.fps)) / 25))

    def session(self, avatar: Avatar) -> Session:
        """A session of an avatar with these options, in I420."""
        return avatar.session(
            fps=self.fps,
            size=self.size,
            pixel_format="i420",
            sample_rate=self.sample_rate,
            lookahead_ms=self.lookahead_ms,
            framing=self.framing,
            background=self.background,
            seed=self.seed,
            settings=self.settings,
            emotion=self.emotion,
        )

    def motion_session(self, avatar: Avatar, sound: SoundCodec) -> MotionSession:
        """A session of an avatar that its listeners draw.

        Args:
            avatar: who it is.
            sound: where its sound goes.
        """
        import secrets

        from visavis.stream import Codec, MotionSession

        fps = parse_fps(self.fps)
        seed = secrets.randbits(31) if self.seed is None else self.seed
        motion = avatar.motion(fps, seed, self.settings, emotion=self.emotion)
        return MotionSession(
            motion, fps, self.sample_rate, self.lookahead_ms, codec=Codec.NONE, sound=sound
        )
