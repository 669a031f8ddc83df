"""Brushes: smooth curves, soft shapes, gradients and hair on a skia canvas.

Comes in: points in the drawing's own unit (millimetres at the face, x right, y down) and colours
as "#rrggbb". Goes out: marks on the canvas. Everything soft is a blurred fill; everything is
deterministic, so the same code draws the same picture.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, wraps

import numpy as np
import numpy.typing as npt
import skia

Point = tuple[float, float]
Points = Sequence[Point] | Sequence[npt.NDArray[np.float64]] | npt.NDArray[np.float64]
Stop = tuple[float, str, float]
"""Place 0..1, colour, opacity 0..1."""


def colour(code: str, alpha: float = 1.0) -> int:
    """A skia colour from "#rrggbb" and an opacity."""
    r, g, b = (int(code[i : i + 2], 16) for i in (1, 3, 5))
    return int(skia.ColorSetARGB(round(alpha * 255), r, g, b))


def mix(first: str, second: str, share: float) -> str:
    """The colour `share` of the way from `first` to `second`."""
    a, b = ([int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in (first, second))
    return "#" + "".join(
        f"{round(x + (y - x) * min(max(share, 0), 1)):02x}" for x, y in zip(a, b, strict=True)
    )


def pts(places: str, side: int = 1) -> tuple[Point, ...]:
    """Points from a text, as in an SVG path: "0 -52, 20 -51, 38 -46".

    Args:
        places: x and y of each point, mm.
        side: 1, or -1 for the mirror image.
    """
    pairs = (place.split() for place in places.split(","))
    return tuple((side * float(x), float(y)) for x, y in pairs)


def mirror(points: Points) -> list[Point]:
    """The same points on the other side of the face, in the same order."""
    return [(-x, y) for x, y in points]


def spline(points: Points, closed: bool = False, steps: int = 12) -> npt.NDArray[np.float64]:
    """A smooth curve through points (centripetal Catmull–Rom, so it never overshoots into loops).

    Args:
        points: (n, 2), n >= 3 for a closed curve, >= 2 otherwise.
        closed: whether the last point joins the first.
        steps: points made for each given one.

    Returns:
        float64 (n * steps (+1 if open), 2).
    """
    p = np.asarray(points, float)
    if closed:
        p = np.concatenate([p[-1:], p, p[:2]])
    else:
        p = np.concatenate([2 * p[:1] - p[1:2], p, 2 * p[-1:] - p[-2:-1]])
    knots = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(p, axis=0), axis=1) ** 0.5)])
    out = []
    for i in range(1, len(p) - 2):
        t0, t1, t2, t3 = knots[i - 1 : i + 3]
        t = np.linspace(t1, t2, steps, endpoint=False)[:, None]
        a1 = (t1 - t) / (t1 - t0) * p[i - 1] + (t - t0) / (t1 - t0) * p[i]
        a2 = (t2 - t) / (t2 - t1) * p[i] + (t - t1) / (t2 - t1) * p[i + 1]
        a3 = (t3 - t) / (t3 - t2) * p[i + 1] + (t - t2) / (t3 - t2) * p[i + 2]
        b1 = (t2 - t) / (t2 - t0) * a1 + (t - t0) / (t2 - t0) * a2
        b2 = (t3 - t) / (t3 - t1) * a2 + (t - t1) / (t3 - t1) * a3
        out.append((t2 - t) / (t2 - t1) * b1 + (t - t1) / (t2 - t1) * b2)
    if not closed:
        out.append(p[-2:-1])
    return np.concatenate(out)


def resample(curve: npt.NDArray[np.float64], count: int) -> npt.NDArray[np.float64]:
    """`count` points at equal distances along a curve, its ends included."""
    along = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(curve, axis=0), axis=1))])
    at = np.linspace(0, along[-1], count)
    return np.stack([np.interp(at, along, curve[:, k]) for k in (0, 1)], 1)


def polygon(curve: Points, closed: bool = True) -> skia.Path:
    """A path of straight pieces (use it on a curve already made smooth)."""
    path = skia.Path()
    path.addPoly([skia.Point(float(x), float(y)) for x, y in curve], closed)
    return path


def blob(points: Points) -> skia.Path:
    """A closed smooth path through points."""
    return polygon(spline(points, closed=True))


def linear(start: Point, end: Point, stops: Sequence[Stop]) -> skia.Shader:
    """A linear gradient."""
    return skia.GradientShader.MakeLinear(
        [skia.Point(*start), skia.Point(*end)],
        [colour(c, a) for _, c, a in stops],
        [s for s, _, _ in stops],
    )


class Brush:
    """Draws on one canvas.

    Attributes:
        canvas: the skia canvas, its matrix set to the drawing's unit.
    """

    def __init__(self, canvas: skia.Canvas) -> None:
        self.canvas = canvas

    @contextmanager
    def inside(self, *paths: skia.Path) -> Iterator[None]:
        """Everything drawn within stays inside the paths."""
        self.canvas.save()
        for path in paths:
            self.canvas.clipPath(path, skia.ClipOp.kIntersect, True)
        yield
        self.canvas.restore()

    @contextmanager
    def outside(self, path: skia.Path) -> Iterator[None]:
        """Everything drawn within stays outside the path."""
        self.canvas.save()
        self.canvas.clipPath(path, skia.ClipOp.kDifference, True)
        yield
        self.canvas.restore()

    @contextmanager
    def layer(
        self, alpha: float = 1.0, blend: skia.BlendMode = skia.BlendMode.kSrcOver
    ) -> Iterator[None]:
        """What is drawn within comes down as one sheet."""
        self.canvas.saveLayer(None, skia.Paint(Alphaf=alpha, BlendMode=blend))
        yield
        self.canvas.restore()

    def fill(
        self,
        path: skia.Path,
        paint: str | skia.Shader,
        alpha: float = 1.0,
        soft: float = 0.0,
        blend: skia.BlendMode = skia.BlendMode.kSrcOver,
    ) -> None:
        """Fill a path with a colour or gradient; `soft` is the blur's sigma in drawing units."""
        self._draw(path, self._paint(paint, alpha, soft, blend))

    def line(
        self,
        curve: Points,
        width: float,
        paint: str | skia.Shader,
        alpha: float = 1.0,
        soft: float = 0.0,
        blend: skia.BlendMode = skia.BlendMode.kSrcOver,
    ) -> None:
        """A line of even width with round ends along a smooth curve through points."""
        brush = self._paint(paint, alpha, soft, blend)
        brush.setStyle(skia.Paint.kStroke_Style)
        brush.setStrokeWidth(width)
        brush.setStrokeCap(skia.Paint.kRound_Cap)
        brush.setStrokeJoin(skia.Paint.kRound_Join)
        self._draw(polygon(spline(curve), closed=False), brush)

    def stroke(
        self,
        curve: Points,
        width: float,
        paint: str | skia.Shader,
        alpha: float = 1.0,
        soft: float = 0.0,
        taper: tuple[float, float] = (0.0, 0.0),
        peak: float = 0.4,
        blend: skia.BlendMode = skia.BlendMode.kSrcOver,
    ) -> None:
        """A brush stroke: widest at `peak` (0..1 along it), ends at `taper` times its width."""
        self._draw(ribbon(curve, width, taper, peak), self._paint(paint, alpha, soft, blend))

    def _paint(
        self, paint: str | skia.Shader, alpha: float, soft: float, blend: skia.BlendMode
    ) -> skia.Paint:
        brush = skia.Paint(AntiAlias=True, BlendMode=blend)
        if isinstance(paint, str):
            brush.setColor(colour(paint, alpha))
        else:
            brush.setShader(paint)
            brush.setAlphaf(alpha)
        if soft > 0:
            brush.setMaskFilter(skia.MaskFilter.MakeBlur(skia.kNormal_BlurStyle, soft))
        return brush

    def _draw(self, path: skia.Path, brush: skia.Paint) -> None:
        self.canvas.drawPath(path, brush)


def recorded(drawing: Callable[[Brush], None]) -> Callable[[Brush], None]:
    """A drawing whose marks are made once and then only played again: for many thousand strokes."""

    @cache
    def picture() -> skia.Picture:
        recorder = skia.PictureRecorder()
        drawing(Brush(recorder.beginRecording(skia.Rect.MakeLTRB(-400, -300, 400, 400))))
        return recorder.finishRecordingAsPicture()

    @wraps(drawing)
    def played(brush: Brush) -> None:
        brush.canvas.drawPicture(picture())

    return played


def ribbon(
    curve: Points, width: float, taper: tuple[float, float] = (0.0, 0.0), peak: float = 0.4
) -> skia.Path:
    """The outline of a brush stroke along a smooth curve through points."""
    c = spline(curve, steps=8)
    t = np.linspace(0, 1, len(c))
    rise, fall = np.clip(t / max(peak, 1e-3), 0, 1), np.clip((1 - t) / max(1 - peak, 1e-3), 0, 1)
    profile = np.minimum(
        taper[0] + (1 - taper[0]) * np.sin(rise * np.pi / 2),
        taper[1] + (1 - taper[1]) * np.sin(fall * np.pi / 2),
    )
    along = np.gradient(c, axis=0)
    normal = np.stack([-along[:, 1], along[:, 0]], 1)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
    offset = normal * (profile * width / 2)[:, None]
    return polygon(np.concatenate([c + offset, (c - offset)[::-1]]))
