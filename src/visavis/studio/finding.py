"""Looks for faces in a stranger's picture, in a process that may fail without harm.

Comes in: a picture's bytes on stdin, a path as argument. Goes out: at the path, a copy of the
picture that every browser can show; on stdout, one line of JSON: the faces in it (largest first),
and points of the largest one or of an average face, in the form of docs/build.md, for the editor.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from visavis.build import detect, landmarks, models, photo
from visavis.build.indices import BROW_LEFT, BROW_RIGHT, IRIS_LEFT, IRIS_RIGHT, OVAL
from visavis.errors import MissingDependency, VisavisError
from visavis.serve.building import limit

MODULE = "visavis.studio.finding"
SHOWN_PX = 1280
Points = npt.NDArray[np.float64]

_EYES = {
    "left_eye": (263, 362, (388, 386, 384), (390, 374, 381), IRIS_LEFT),
    "right_eye": (33, 133, (161, 159, 157), (163, 145, 154), IRIS_RIGHT),
}
_NOSE = {"bridge": 168, "tip": 4, "left_wing": 358, "right_wing": 129, "base": 2}
_UPPER, _LOWER = (40, 37, 0, 267, 270), (91, 84, 17, 314, 321)
_INNER_UPPER, _INNER_LOWER = (82, 13, 312), (87, 14, 317)
_OPEN = 0.06
"""Opening of the mouth by its width, from which it has inner edges and not one line."""


def points_of(marks: Points) -> dict[str, Any]:
    """Landmarks as the points one places by hand (docs/build.md).

    Args:
        marks: float64 (478, 2 or 3), px.
    """
    flat = np.round(marks[:, :2], 1)

    def at(*numbers: int) -> list[Any]:
        return [flat[number].tolist() for number in numbers]

    found: dict[str, Any] = {}
    for name, (outer, inner, upper, lower, iris) in _EYES.items():
        radius = np.linalg.norm(marks[iris[1:], :2] - marks[iris[0], :2], axis=1).mean()
        found[name] = {
            "outer": flat[outer].tolist(), "inner": flat[inner].tolist(),
            "upper": at(*upper), "lower": at(*lower),
            "iris": {"centre": flat[iris[0]].tolist(), "radius": round(float(radius), 1)},
        }  # fmt: skip
    for name, brow in (("left_brow", BROW_LEFT), ("right_brow", BROW_RIGHT)):
        middle = (marks[brow[:5], :2] + marks[brow[5:], :2]) / 2
        found[name] = np.round(middle[[4, 2, 0]], 1).tolist()
    found["nose"] = {name: flat[number].tolist() for name, number in _NOSE.items()}
    mouth: dict[str, Any] = {
        "left": flat[291].tolist(), "right": flat[61].tolist(),
        "outer_upper": at(*_UPPER), "outer_lower": at(*_LOWER),
    }  # fmt: skip
    above, below = marks[list(_INNER_UPPER), :2], marks[list(_INNER_LOWER), :2]
    width = float(np.linalg.norm(marks[291, :2] - marks[61, :2]))
    if float(np.linalg.norm(above - below, axis=1).mean()) > _OPEN * width:
        mouth |= {"inner_upper": at(*_INNER_UPPER), "inner_lower": at(*_INNER_LOWER)}
    else:
        mouth["seam"] = np.round((above + below) / 2, 1).tolist()
    found["mouth"] = mouth
    found["oval"] = at(*OVAL[::3])
    return found


def average(width: int, height: int) -> dict[str, Any]:
    """Points of an average face in the middle of a picture."""
    mean = models.mean_face()[:, :2]
    low, high = mean[:468].min(0), mean[:468].max(0)
    side = 0.6 * min(width, height)
    scaled = (mean - (low + high) / 2) * (side / float((high - low).max()))
    return points_of(scaled + [width / 2, height / 2])


def look(picture: bytes, out: Path) -> dict[str, Any]:
    """What is in a picture.

    Args:
        picture: a file's bytes.
        out: where the copy goes, as WebP.

    Returns:
        ``size``: of the copy, px; ``faces``: boxes x, y, width, height as parts of the picture,
        largest first; ``points``: in px of the copy.
    """
    from PIL import Image

    if models.missing():
        models.fetch()
    rgb = photo.read_picture(picture).rgb
    image = Image.fromarray(rgb)
    image.thumbnail((SHOWN_PX, SHOWN_PX))
    small = np.asarray(image)
    height, width = small.shape[:2]
    faces, points = [], None
    for face in detect.find_faces(small):
        marks, sure = landmarks.find_landmarks(small, face)
        around = landmarks.crop_of_points(marks)
        view = replace(around, side=1.3 * around.side).matrix(256)
        if sure < 0.5 or not detect.confirmed(small, view):  # as the building itself decides
            continue
        points = points or points_of(marks)
        (left, top), (right, low) = marks[:, :2].min(0), marks[:, :2].max(0)
        box = (left / width, top / height, (right - left) / width, (low - top) / height)
        faces.append([round(float(value), 4) for value in box])
    image.save(out, "WEBP", quality=86)
    return {
        "size": [width, height],
        "faces": faces,
        "points": {"size": [width, height], **(points or average(width, height))},
    }


def main(picture: bytes, out: Path) -> dict[str, Any]:
    """What the cloud is told."""
    try:
        return {"status": 200, "reason": "", **look(picture, out)}
    except (MissingDependency, ModuleNotFoundError) as error:
        return {"status": 501, "reason": f"no faces can be found here: {error}"}
    except (VisavisError, MemoryError) as error:
        return {"status": 422, "reason": str(error) or "it needs too much memory"}


if __name__ == "__main__":
    limit()
    said, sys.stdout = sys.stdout, sys.stderr  # what libraries print is not what we say
    print(json.dumps(main(sys.stdin.buffer.read(), Path(sys.argv[1]))), file=said, flush=True)
