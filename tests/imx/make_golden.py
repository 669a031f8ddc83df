"""Makes golden-v1.imx, the file of version 1.0 that every later Visavis must read.

Run once, when a format version is released: ``python -m tests.imx.make_golden``. Synthetic arrays
and plain colours: no likeness of anybody.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.helpers.synthetic import tiny_model
from visavis import imx

GOLDEN = Path(__file__).with_name("golden-v1.imx")


def main() -> None:
    """Writes the file beside this script."""
    model = tiny_model(1, size=(48, 32), eyes=(True, False))
    for number, pixels in enumerate(model.images.values()):
        height, width = pixels.shape[:2]
        pixels[...] = 0
        inner = pixels[height // 4 : -height // 4, width // 4 : -width // 4]
        inner[...] = 60 + 8 * number
        if pixels.shape[2:] == (4,):
            inner[..., 3] = 255
    assert np.isfinite(model.rig["vertices"]).all()
    imx.write(GOLDEN, model)


if __name__ == "__main__":
    main()
