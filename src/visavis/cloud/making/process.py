"""Makes or checks one avatar, in a process that may fail without harm.

Comes in: a specification as JSON (the only argument), a picture or an ``.imx`` file on stdin. Goes
out: the ``.imx`` file and a preview picture (WebP); on stdout, lines of JSON: steps while it goes
on, then what came of it.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any, TypedDict

from visavis.errors import MissingDependency, VisavisError
from visavis.serve.building import limit

PREVIEW_PX = 512
MODULE = "visavis.cloud.making.process"
_said = sys.stdout


class Specification(TypedDict):
    """What is to be made.

    Attributes:
        out: where the ``.imx`` file goes.
        preview: where the picture of it goes.
        options: of :func:`visavis.build.build`: name, licence, consent, source, face, landmarks.
    """

    out: str
    preview: str
    options: dict[str, Any]


def is_avatar(data: bytes) -> bool:
    """Whether bytes are to be taken for an ``.imx`` file, ours or another's, not for a picture."""
    return data[:4] in (b"PK\x03\x04", b"IMX\x00")


def main(wanted: Specification, given: bytes) -> dict[str, Any]:
    """Make it.

    Returns:
        `status`, `reason`; where it is done, `kind`, `canvas`, `name` and `warnings`, too.
    """
    out, preview = Path(wanted["out"]), Path(wanted["preview"])
    try:
        if is_avatar(given):
            _tell("checking", 0.1)
            part = out.with_suffix(".part.imx")
            part.write_bytes(given)
            warnings: list[str] = []
        else:
            part, warnings = _build(given, out, wanted["options"])
        _tell("drawing", 0.95)
        found = _draw(part, preview)
        os.replace(part, out)
    except (MissingDependency, ModuleNotFoundError) as error:
        return {"status": 501, "reason": f"no avatars can be built here: {error}"}
    except (VisavisError, MemoryError) as error:
        return {"status": 422, "reason": str(error) or "it needs too much memory"}
    return {"status": 200, "reason": "", "warnings": warnings, **found}


def _build(picture: bytes, out: Path, options: dict[str, Any]) -> tuple[Path, list[str]]:
    from visavis.build import build_with_report

    last = 0.0

    def progress(step: str, part: float) -> None:
        nonlocal last
        if time.monotonic() - last > 0.1:
            last = time.monotonic()
            _tell(step, 0.9 * part)

    part = out.with_suffix(".part.imx")
    report = build_with_report(picture, part, progress=progress, **options)
    return part, report.warnings


def _draw(path: Path, preview: Path) -> dict[str, Any]:
    """Draw the avatar once, as every session will: what cannot be drawn is refused now."""
    from PIL import Image

    from visavis import library, pose

    with library.open(path) as avatar:
        picture = avatar.renderer(PREVIEW_PX).draw(pose.make())
        Image.fromarray(picture).save(preview, "WEBP", quality=85)
        return {"kind": avatar.kind, "canvas": list(avatar.size), "name": avatar.name}


def _tell(step: str, part: float) -> None:
    print(json.dumps({"step": step, "part": round(part, 3)}), file=_said, flush=True)


if __name__ == "__main__":
    limit()
    sys.stdout = sys.stderr  # what libraries print must not be taken for what we say
    result = main(json.loads(sys.argv[1]), sys.stdin.buffer.read())
    print(json.dumps(result), file=_said, flush=True)
