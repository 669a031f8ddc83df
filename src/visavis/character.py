"""A character that was opened: what it is, and what draws and moves it.

Comes in: an avatar's file, read, or its layers. Goes out: renderers and motions of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self

from visavis import options
from visavis.errors import InvalidOption
from visavis.options import Background, Emotion, Fps, GestureAt, Size, parse_fps, parse_size

if TYPE_CHECKING:
    from visavis.imx import AvatarModel
    from visavis.motion import Layer, Motion, MotionSettings
    from visavis.render import AvatarLayers, Framing, PixelFormat, Renderer

State = Literal["idle", "listening", "thinking", "speaking"]


class Character:
    """An opened ``.imx`` file: its name and size, its renderers and motions; a context manager.

    Args:
        avatar: the avatar's file, read; or its layers, when another character has them already.
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

    def __enter__(self) -> Self:
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
            return f"<{type(self).__name__}, closed>"
        return f"<{type(self).__name__} {self.name!r}, {self.kind}, {self.size[0]}x{self.size[1]}>"

    def renderer(
        self,
        size: Size | None = None,
        pixel_format: PixelFormat = "rgb",
        framing: Framing = "auto",
        background: Background | None = None,
    ) -> Renderer:
        """A renderer of this avatar, for drawing single poses.

        Options as in :meth:`visavis.Avatar.frames`.
        """
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
        """Motion with this avatar's way of speaking.

        Options as in :meth:`visavis.Avatar.frames`.
        """
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
