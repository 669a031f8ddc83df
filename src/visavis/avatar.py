"""The avatar: open one, take frames of it speaking, or render it speaking into a file.

Comes in: an ``.imx`` file or the name of a character in the wheel; sounds. Goes out:
:class:`~visavis.frames.Frame` after frame, or a finished video with sound.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal

from visavis import options
from visavis.errors import InvalidOption
from visavis.film import Progress, RenderReport, film, refuse_overwriting
from visavis.frames import Frame, timeline
from visavis.options import Background, Emotion, Fps, GestureAt, Size, parse_fps, parse_size
from visavis.video import Quality, SoundReader, SoundSource, VideoSpec, open_sound

if TYPE_CHECKING:
    from visavis.imx import AvatarModel
    from visavis.motion import Layer, Motion, MotionSettings
    from visavis.render import AvatarLayers, Framing, PixelFormat, Renderer

State = Literal["idle", "listening", "thinking", "speaking"]


class Avatar:
    """A character that speaks. Made by :func:`open` and :func:`build`; a context manager.

    What is decoded from its file is held once and shared by everything that draws it, in any
    number of threads.

    Args:
        avatar: the avatar's file, read; or its layers, when another Avatar has them already.
    """

    def __init__(self, avatar: AvatarModel | AvatarLayers) -> None:
        from visavis.render import AvatarLayers

        self._layers: AvatarLayers | None = (
            avatar if isinstance(avatar, AvatarLayers) else AvatarLayers(avatar)
        )

    @property
    def layers(self) -> AvatarLayers:
        """Rig and textures, unpacked for drawing; read-only.

        Raises:
            InvalidOption: the avatar is closed.
        """
        if self._layers is None:
            raise InvalidOption("this avatar is closed; open it again")
        return self._layers

    @property
    def model(self) -> AvatarModel:
        """The avatar's file: manifest, face, rig, the images that :attr:`layers` does not hold."""
        return self.layers.model

    @property
    def name(self) -> str:
        """The character's name."""
        return self.model.manifest.name

    @property
    def kind(self) -> str:
        """photo, video or drawn."""
        return self.model.manifest.kind

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of its canvas, px: the largest picture without loss is twice that."""
        width, height = self.model.manifest.canvas
        return width, height

    def close(self) -> None:
        """Free what was decoded. Frames being taken are not disturbed."""
        self._layers = None

    def __enter__(self) -> Avatar:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        if self._layers is None:
            return "<Avatar, closed>"
        return f"<Avatar {self.name!r}, {self.kind}, {self.size[0]}x{self.size[1]}>"

    def renderer(
        self,
        size: Size | None = None,
        pixel_format: PixelFormat = "rgb",
        framing: Framing = "auto",
        background: Background | None = None,
    ) -> Renderer:
        """A renderer of this avatar, for drawing single poses; options as in :meth:`frames`."""
        from visavis.render import Renderer

        layers = self.layers
        width_height = parse_size(size)
        drawn_on: Any = options.parse_background(background, width_height)
        return Renderer(layers, width_height, pixel_format, framing, drawn_on)

    def motion(
        self,
        fps: Fps = 25,
        seed: int = 0,
        settings: MotionSettings | None = None,
        state: State | None = None,
        pose: Layer | None = None,
        emotion: Emotion | None = None,
        gestures: Iterable[GestureAt] = (),
    ) -> Motion:
        """Motion with this avatar's way of speaking; options as in :meth:`frames`."""
        from visavis.motion import LipSync, Motion, MotionSettings

        lipsync = LipSync(**self.model.lipsync.model_dump())
        motion = Motion(
            fps=float(parse_fps(fps)),
            seed=seed,
            settings=MotionSettings() if settings is None else settings,
            lipsync=lipsync,
            layers=[] if pose is None else [pose],
        )
        if state is not None:
            motion.state = state
        if emotion is not None:
            motion.emotion(*options.parse_emotion(emotion), seconds=0.0)
        for wanted in options.gesture_list(gestures):
            at, name, strength = options.parse_gesture(wanted)
            motion.gesture(name, strength, at=at)
        return motion

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
