"""What the tests of the build share: the networks, a photo that is everywhere, a drawn face."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from visavis.build import models
from visavis.errors import MissingDependency


@pytest.fixture(scope="session")
def networks() -> models.Models:
    """The networks that find a face, fetched if need be; skips where they cannot be had."""
    pytest.importorskip("ai_edge_litert", reason="needs the extra `build`")
    try:
        return models.locate()
    except MissingDependency as error:
        pytest.skip(f"networks not here: {error}")


@pytest.fixture(scope="session")
def astronaut() -> np.ndarray:
    """A real portrait, uint8 (512, 512, 3), out of scikit-image's wheel."""
    data = pytest.importorskip("skimage.data", reason="scikit-image is not installed")
    return np.asarray(data.astronaut())


@pytest.fixture(scope="session")
def points() -> dict[str, Any]:
    """The example of hand-placed landmarks in docs/build.md, on 1024 x 1024 px."""
    import json
    import re

    text = (Path(__file__).parents[2] / "docs" / "build.md").read_text("utf-8")
    found = re.search(r"```json\n(.*?)```", text, re.DOTALL)
    assert found is not None
    return json.loads(found.group(1))


@pytest.fixture(scope="session")
def drawing() -> np.ndarray:
    """A face drawn to the example's points, uint8 (1024, 1024, 3), on an even ground."""
    picture = np.full((1024, 1024, 3), (200, 225, 240), np.uint8)
    cv2.ellipse(picture, (512, 960), (330, 240), 0, 0, 360, (60, 90, 160), -1)
    cv2.ellipse(picture, (512, 500), (190, 245), 0, 0, 360, (240, 205, 180), -1)
    for x in (424, 600):
        cv2.ellipse(picture, (x, 441), (40, 17), 0, 0, 360, (255, 255, 255), -1)
        cv2.circle(picture, (x, 441), 16, (60, 40, 20), -1)
    cv2.ellipse(picture, (512, 634), (68, 24), 0, 0, 360, (200, 90, 90), -1)
    cv2.line(picture, (446, 633), (578, 633), (120, 40, 40), 3)
    return picture
