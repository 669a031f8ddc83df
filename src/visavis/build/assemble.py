"""Puts a character together from a prepared picture.

Comes in: a :class:`~visavis.build.subject.Subject` and what is to be said of it. Goes out: an
:class:`~visavis.imx.AvatarModel`. The order matters: teeth decide where a smile is shut, the rig
where the texture is repaired, and the repaired picture is what is cut out.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from visavis.build.indices import OVAL
from visavis.build.subject import Subject
from visavis.imx import AvatarModel, Basis, Face, Likeness, LipSync, Manifest

Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class About:
    """What the manifest says of a character.

    Attributes:
        name: the character's name.
        licence: of the picture.
        consent: of the person shown.
        source: where the picture comes from.
        created: ISO 8601, UTC, or None for now.
    """

    name: str
    licence: str | None = None
    consent: str | None = None
    source: str | None = None
    created: str | None = None


class Stopwatch:
    """Names the stages to the user and keeps how long each took, s."""

    def __init__(self, progress: Progress | None = None) -> None:
        self.seconds: dict[str, float] = {}
        self._progress = progress

    @contextmanager
    def stage(self, name: str, part: float) -> Iterator[None]:
        """A stage: told to the user, with the part done when it begins, and timed."""
        if self._progress is not None:
            self._progress(name, part)
        begun = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - begun


def assemble(subject: Subject, about: About, watch: Stopwatch | None = None) -> AvatarModel:
    """Makes the model of a character.

    Args:
        subject: the framed, matted picture and its landmarks.
        about: name, licence, consent, source.
        watch: told of every stage.
    """
    from visavis.build import models, rig, shading, teeth, textures

    watch = watch or Stopwatch()
    with watch.stage("looking for teeth", 0.3):
        own = teeth.find_teeth(subject)
    with watch.stage("fitting the rig", 0.35):
        fitted = rig.fit_rig(subject, own, models.triangles())
    with watch.stage("repairing the texture", 0.55):
        repaired, fold = textures.repair_with_folds(subject, fitted, own)
    with watch.stage("separating the person", 0.65):
        person, background = _separated(repaired, subject)
    with watch.stage("making mouth and eyes", 0.75):
        images, parts = textures.layers(subject, fitted, own)
    with watch.stage("fitting the light", 0.85):
        gains, scale = shading.gains(subject, fitted, fold)
    oval = subject.landmarks[OVAL, :2]
    yaw, pitch, roll = fitted.limits
    face = Face.model_validate(
        {
            "mm": subject.mm,
            "box": (*oval.min(0).tolist(), *oval.max(0).tolist()),
            "bases": [Basis(name=name, sided=sided) for name, sided in fitted.bases],
            "yaw_limit": yaw,
            "pitch_limit": pitch,
            "roll_limit": roll,
            **parts,
        }
    )
    manifest = Manifest(
        name=about.name,
        kind=subject.kind,
        canvas=subject.size,
        texture_scale=subject.texture_scale,
        likeness=Likeness(licence=about.licence, consent=about.consent, source=about.source),
        created=about.created,
    )
    return AvatarModel(
        manifest=manifest,
        face=face,
        rig={**fitted.tensors, "gains": gains, "gains_scale": scale},
        images={**images, "person": person, "background": background},
        lipsync=LipSync(),
    )


def _separated(
    repaired: npt.NDArray[np.uint8], subject: Subject
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """Person and background of the photo's columns, continued to the canvas' width."""
    from visavis.build import matte, sides

    x0, x1 = subject.photo or (0, subject.size[0])
    high = slice(round(x0 * subject.texture_scale), round(x1 * subject.texture_scale))
    person, background = matte.separate(
        np.ascontiguousarray(repaired[:, high]), subject.matte[:, x0:x1], subject.mm
    )
    if subject.photo is None:
        return person, background
    return sides.continue_layers(person, background, subject)
