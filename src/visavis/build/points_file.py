"""The JSON of hand-placed points: read, checked, scaled to the picture.

Comes in: a JSON file as described in docs/build.md. Goes out: float64 points, picture px, or
:class:`~visavis.errors.InvalidMedia` that names the point that is wrong.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from visavis.build.photo import bytes_of
from visavis.errors import InvalidMedia

Points = npt.NDArray[np.float64]
Kind = Literal["photo", "drawn"]
_MAX_BYTES = 10_000_000


def load(path: Path) -> dict[str, Any]:
    """What is in a JSON file.

    Raises:
        InvalidMedia: it is missing, larger than 10 MB, or no JSON object.
    """
    try:
        data = json.loads(bytes_of(path, _MAX_BYTES).decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise InvalidMedia(f"{path} is not JSON ({error})") from error
    if not isinstance(data, dict):
        raise InvalidMedia(f"{path}: an object with eyes, mouth and oval is expected")
    return data


class PointsFile:
    """Takes points out of the JSON, checked; remembers which names were used."""

    def __init__(self, given: dict[str, Any], size: tuple[int, int]) -> None:
        self._given = given
        self._size = np.array(size, float)
        self._used: set[str] = {"size", "kind", "$schema", "comment"}
        self._scale = np.ones(2)
        if "size" in given:
            placed_on = self._pair(given["size"], "size")
            if (placed_on <= 0).any():
                raise InvalidMedia("size: width and height must be above 0")
            self._scale = self._size / placed_on

    def kind(self) -> Kind:
        """What the picture is; a drawing unless the file says otherwise."""
        value = self._given.get("kind", "drawn")
        if value == "photo":
            return "photo"
        if value == "drawn":
            return "drawn"
        raise InvalidMedia(f'kind: "drawn" or "photo" is expected, not {value!r}')

    def flag(self, name: str) -> bool:
        """A yes or no; no where it is left out."""
        value = self._given.get(name, False)
        self._used.add(name)
        if not isinstance(value, bool):
            raise InvalidMedia(f"{name}: true or false is expected, not {value!r}")
        return value

    def finish(self) -> None:
        """Complains about names that mean nothing: most likely misspelt."""
        for name, value in self._given.items():
            if name in self._used:
                continue
            known = sorted(u for u in self._used if u.startswith(name + "."))
            if not known or not isinstance(value, dict):
                raise InvalidMedia(f"{name}: no such name; docs/build.md lists them")
            for inner in value:
                if f"{name}.{inner}" not in self._used:
                    raise InvalidMedia(f"{name}.{inner}: no such name; known are {known}")

    def _get(self, name: str) -> Any:
        self._used.add(name)
        if name.count(".") == 2:
            self._used.add(name.rpartition(".")[0])
        value: Any = self._given
        for part in name.split("."):
            if not isinstance(value, dict):
                raise InvalidMedia(f"{name}: an object is expected around it")
            value = value.get(part)
            if value is None:
                return None
        return value

    def point(self, name: str) -> Points | None:
        """One point, or None where it is not given."""
        value = self._get(name)
        return None if value is None else self._placed(value, name)

    def need(self, name: str) -> Points:
        """One point that has to be there."""
        found = self.point(name)
        if found is None:
            raise InvalidMedia(f"{name}: this point is missing")
        return found

    def points(self, name: str, least: int) -> Points | None:
        """A list of points (n, 2), or None where it is not given."""
        value = self._get(name)
        if value is None:
            return None
        if not isinstance(value, list) or len(value) < least or len(value) > 500:
            raise InvalidMedia(f"{name}: a list of {least} or more [x, y] is expected")
        return np.array([self._placed(v, f"{name}[{k}]") for k, v in enumerate(value)])

    def need_points(self, name: str, least: int) -> Points:
        """A list of points that has to be there."""
        found = self.points(name, least)
        if found is None:
            raise InvalidMedia(f"{name}: these points are missing")
        return found

    def length(self, name: str) -> float | None:
        """A length above 0 in px, or None where it is not given."""
        value = self._get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e5:
            raise InvalidMedia(f"{name}: a number of px above 0 is expected")
        return float(value * np.sqrt(self._scale.prod()))

    def _pair(self, value: Any, name: str) -> Points:
        fits = isinstance(value, list | tuple) and len(value) == 2
        if not fits or any(isinstance(v, bool) or not isinstance(v, int | float) for v in value):
            raise InvalidMedia(f"{name}: two numbers [x, y] are expected")
        try:
            pair = np.array(value, float)
        except OverflowError:
            raise InvalidMedia(f"{name}: not a finite number") from None
        if not np.isfinite(pair).all():
            raise InvalidMedia(f"{name}: not a finite number")
        return pair

    def _placed(self, value: Any, name: str) -> Points:
        point = self._pair(value, name) * self._scale
        margin = 0.25 * self._size
        if (point < -margin).any() or (point > self._size + margin).any():
            raise InvalidMedia(f"{name}: outside the picture ({self._size.astype(int).tolist()})")
        return point
