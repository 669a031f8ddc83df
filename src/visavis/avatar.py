"""The avatar: open one, take frames of it speaking, or render it speaking into a file.

Comes in: an ``.imx`` file or the name of a character in the wheel; sounds. Goes out:
:class:`~visavis.frames.Frame` after frame, or a finished video with sound.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from visavis.character import Character, State
from visavis.film import Progress, RenderReport, film, refuse_overwriting
from visavis.frames import Frame, timeline
from visavis.options import Background, Emotion, Fps, GestureAt, Size, parse_fps, parse_size
from visavis.video import Quality, SoundReader, SoundSource, VideoSpec, open_sound

if TYPE_CHECKING:
    from visavis.motion import Layer, Motion, MotionSettings
    from visavis.render import Framing, PixelFormat, Renderer
    from visavis.session import Clock, Session


class Avatar(Character):
    """A character that speaks. Made by :func:`open` and :func:`build`; a context manager.

    What is decoded from its file is held once and shared by everything that draws it, in any
    number of threads.

    Args:
        avatar: the avatar's file, read; or its layers, when another Avatar has them already.
    """

    def frames(
        self,
        sound: SoundSource,
        *,
        fps: Fps = 25,
        size: Size | None = None,
        framing: Framing = "auto",
        background: Background | None = None,
        pixel_format: PixelFormat | None = None,
        seed: int = 0,
        settings: MotionSettings | None = None,
        state: State | None = None,
        pose: Layer | None = None,
        emotion: Emotion | None = None,
        gestures: Iterable[GestureAt] = (),
    ) -> Iterator[Frame]:
        """The avatar speaking a sound, frame by frame, as fast as they are asked for.

        The sound is read as the frames need it, so its length does not matter. The same avatar,
        sound, options and seed give the same frames, bit for bit, on the same machine.

        Args:
            sound: a sound or video file's path or bytes, a binary file object, or
                (samples, sample rate Hz).
            fps: frames per second, 10 to 60.
            size: 512, "1280x720" or (1280, 720), px; even, 64 to 4096. None: 512x512.
            framing: "auto" or "close"; see :data:`visavis.render.Framing`.
            background: "still" (the picture's own; also None), "transparent", a colour
                ("#00ff00", "white", (r, g, b)) or a picture's path.
            pixel_format: "rgb", "rgba" or "i420"; None: rgba if transparent, else rgb.
            seed: chooses blinks, glances, nods.
            settings: how lively it moves; see :class:`visavis.motion.MotionSettings`.
            state: "idle", "listening", "thinking" or "speaking" while nothing is said; None: as
                the sound tells.
            pose: a function that changes or replaces the pose of any frame: called with the
                time in seconds and the pose, float32 (POSE_SIZE,), which it changes in place or
                returns another for; see :mod:`visavis.pose`.
            emotion: "neutral", "happy", "sad", "serious" or "surprised" throughout, or
                ("happy", 0.6) with its strength, 0 to 1.
            gestures: (seconds, name) or (seconds, name, strength 0 to 1.5) of each: "nod",
                "shake", "smile", "laugh", "surprised", "think".

        Returns:
            An iterator of ceil(duration * fps) frames.

        Raises:
            InvalidMedia: the sound cannot be read.
            InvalidOption: an option outside what is possible.
        """
        wanted = pixel_format or ("rgba" if _is_transparent(background) else "rgb")
        renderer = self.renderer(size, wanted, framing, background)
        motion = self.motion(fps, seed, settings, state, pose, emotion, gestures)
        reader = open_sound(sound)
        return _frames(renderer, motion, reader, fps)

    def session(
        self,
        *,
        fps: Fps = 25,
        size: Size | None = None,
        pixel_format: PixelFormat = "i420",
        sample_rate: int = 24_000,
        lookahead_ms: int = 40,
        framing: Framing = "auto",
        background: Background | None = None,
        seed: int | None = None,
        settings: MotionSettings | None = None,
        state: State | None = None,
        pose: Layer | None = None,
        emotion: Emotion | None = None,
        clock: Clock | None = None,
    ) -> Session:
        """The avatar live: sound is pushed in as it comes, frames come out at the clock.

        Example::

            session = avatar.session(size=512)
            session.push_audio(samples, 24_000)   # as often and as much as there is
            session.flush()                       # the utterance ends here
            async for frame in session:           # or `for` without asyncio
                frame.image, frame.sound, frame.events

        Args:
            fps: as in :meth:`frames`, and so the other options not named here.
            size: see there.
            pixel_format: "i420" as encoders want it, "rgb" or "rgba".
            sample_rate: of the sound in the frames, Hz, a multiple of 50; what is pushed at
                another rate is resampled.
            lookahead_ms: how much sound beyond a moment the mouth may wait for: 0, 40 or 80.
                Only felt where sound comes no faster than it is spoken.
            framing: see there.
            background: see there.
            seed: None: moves differently every time.
            settings: see there.
            state: see there.
            pose: see there.
            emotion: see there.
            clock: what it runs by; a :class:`visavis.session.VirtualClock` in tests.

        Returns:
            The session, not yet running: it begins with the first frame taken.

        Raises:
            InvalidOption: an option outside what is possible.
        """
        import secrets

        from visavis.session import Session

        drawn = secrets.randbits(31) if seed is None else seed
        renderer = self.renderer(size, pixel_format, framing, background)
        motion = self.motion(fps, drawn, settings, state, pose, emotion)
        return Session(renderer, motion, parse_fps(fps), sample_rate, lookahead_ms, clock)

    def render(
        self,
        sound: SoundSource,
        out: str | os.PathLike[str],
        *,
        fps: Fps = 25,
        size: Size | None = None,
        framing: Framing = "auto",
        background: Background | None = None,
        seed: int = 0,
        settings: MotionSettings | None = None,
        state: State | None = None,
        pose: Layer | None = None,
        emotion: Emotion | None = None,
        gestures: Iterable[GestureAt] = (),
        quality: Quality = "good",
        crf: int | None = None,
        progress: Progress | None = None,
    ) -> RenderReport:
        """The avatar speaking a sound, as a finished file.

        The output appears under its name only when it is whole.

        Args:
            sound: as in :meth:`frames`.
            out: ``x.mp4`` (H.264, AAC), ``x.webm`` (VP9, Opus), ``x.mov``, a folder or a pattern
                such as ``x_%05d.png`` for PNG pictures. Transparent: webm, mov (ProRes 4444),
                PNG.
            fps: as in :meth:`frames`, and so the options until ``quality``.
            size: see there.
            framing: see there.
            background: see there.
            seed: see there.
            settings: see there.
            state: see there.
            pose: see there.
            emotion: see there.
            gestures: see there.
            quality: "small", "good" or "best".
            crf: the encoder's constant rate factor instead, lower is better and larger.
            progress: called after every frame; see :data:`Progress`.

        Returns:
            What was made.

        Raises:
            InvalidMedia: the sound cannot be read or the output cannot be written.
            InvalidOption: an option outside what is possible.
            MissingDependency: this PyAV lacks an encoder.
        """
        refuse_overwriting(sound, out)
        exact = parse_fps(fps)
        motion = self.motion(exact, seed, settings, state, pose, emotion, gestures)
        with open_sound(sound) as reader:
            spec = VideoSpec(
                parse_size(size),
                exact,
                reader.sample_rate,
                reader.channels,
                transparent=_is_transparent(background),
                quality=quality,
                crf=crf,
            )

            def renderer(pixel_format: PixelFormat) -> Renderer:
                return self.renderer(spec.size, pixel_format, framing, background)

            return film(
                timeline(reader, motion, exact),
                renderer,
                out,
                spec,
                progress,
                (None if reader.duration is None else math.ceil(reader.duration * exact)),
            )


def _frames(renderer: Renderer, motion: Motion, reader: SoundReader, fps: Fps) -> Iterator[Frame]:
    exact = parse_fps(fps)
    with reader:
        for index, (pose, sound) in enumerate(timeline(reader, motion, exact)):
            yield Frame(
                image=renderer.draw(pose),
                sound=sound[:, 0] if reader.channels == 1 else sound,
                sample_rate=reader.sample_rate,
                time=float(index / exact),
                index=index,
                pose=pose,
            )


def _is_transparent(background: Background | None) -> bool:
    return isinstance(background, str) and background == "transparent"
