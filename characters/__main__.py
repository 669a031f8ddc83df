"""Draws the characters and builds their `.imx` files: `python -m characters`.

Comes in: the drawings of this package. Goes out: `src/visavis/characters/NAME.imx`, and with
`--pictures FOLDER` each drawing as PNG and its landmark file.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from types import ModuleType

from PIL import Image

from characters import ada, landmarks, mei, otto, picture, rufus

CAST: dict[str, ModuleType] = {"ada": ada, "mei": mei, "otto": otto, "rufus": rufus}
HOME = Path(__file__).resolve().parent.parent / "src" / "visavis" / "characters"


def write_source(name: str, folder: Path) -> tuple[Path, Path]:
    """Writes a character's drawing and its landmarks.

    Args:
        name: a key of CAST.
        folder: an existing folder.

    Returns:
        The paths of the PNG (with alpha: the character without its backdrop) and of the JSON.
    """
    module = CAST[name]
    drawing, points = folder / f"{name}.png", folder / f"{name}.json"
    Image.fromarray(picture.paint(module.draw)).save(drawing)
    points.write_text(json.dumps(landmarks.points_file(module.FACE), indent=1) + "\n")
    return drawing, points


def main() -> None:
    """Parses the command line and makes what it asks for."""
    parser = argparse.ArgumentParser(prog="characters", description=__doc__)
    parser.add_argument("names", nargs="*", default=list(CAST), help="which (default: all)")
    parser.add_argument("--out", type=Path, default=HOME, help="folder for the .imx files")
    parser.add_argument("--pictures", type=Path, help="folder for drawings and landmark files")
    options = parser.parse_args()
    for name in options.names:
        if options.pictures:
            options.pictures.mkdir(parents=True, exist_ok=True)
            print(*write_source(name, options.pictures))
            continue
        from characters.make import make

        options.out.mkdir(parents=True, exist_ok=True)
        module = CAST[name]
        points = landmarks.points_file(module.FACE)
        file = make(name, picture.paint(module.draw), points, module, options.out)
        print(f"{file}: {file.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
