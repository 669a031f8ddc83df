"""Builds a drawn character's `.imx` file.

Comes in: a drawing with alpha, its landmarks. Goes out: the file. The build fits the rig and makes
teeth and tongue; the other textures are then drawn anew, see :mod:`characters.layers`.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from characters.layers import Character, redrawn
from visavis import imx
from visavis.build import build
from visavis.imx import webp
from visavis.imx.table import IMAGE_BY_PATH

PERSON = "appearance/person.webp"
QUALITIES = (90, 87, 84, 81, 78, 75)
"""WebP qualities tried for the person's texture."""
LIMIT = 298_000
"""Bytes a character may take in the wheel."""
CREATED = "2026-01-01T00:00:00Z"
"""Fixed, so that the same drawing makes the same file."""
LICENCE = "Apache-2.0"
CONSENT = "drawn, shows nobody"
SOURCE = "drawn by the package 'characters' of Visavis"


def make(
    name: str,
    drawing: npt.NDArray[np.uint8],
    points: dict[str, Any],
    character: Character,
    out: Path,
) -> Path:
    """Builds one character.

    Args:
        name: the character's name and the file's.
        drawing: uint8 (H, W, 4), straight alpha.
        points: its landmarks; see docs/build.md.
        character: its module.
        out: an existing folder.

    Returns:
        The path of the file.
    """
    file = build(
        drawing, out / f"{name}.imx", landmarks=points, name=name, licence=LICENCE,
        consent=CONSENT, source=SOURCE, created=CREATED,
    )  # fmt: skip
    drawn = redrawn(imx.read(file), character)
    imx.write(file, drawn)
    for quality in QUALITIES:
        _lighten(file, drawn, quality)
        if file.stat().st_size <= LIMIT:
            return file
    raise SystemExit(f"{file} is over {LIMIT // 1000} kB")


def _lighten(file: Path, model: imx.AvatarModel, quality: int) -> None:
    """Packs the person's texture smaller than the library would: drawings bear it."""
    with zipfile.ZipFile(file) as archive:
        members = {info: archive.read(info) for info in archive.infolist()}
    packed = {info.filename: data for info, data in members.items()}
    row = dataclasses.replace(IMAGE_BY_PATH[PERSON], quality=quality)
    packed[PERSON] = webp.encode(row, model.images["person"])
    manifest = json.loads(packed["manifest.json"])
    digest = hashlib.sha256(packed[PERSON]).hexdigest()
    manifest["members"][PERSON] = {"sha256": digest, "bytes": len(packed[PERSON])}
    packed["manifest.json"] = json.dumps(manifest, indent=1).encode() + b"\n"
    with zipfile.ZipFile(file, "w") as archive:
        for info in members:
            entry = zipfile.ZipInfo(info.filename, info.date_time)
            entry.compress_type, entry.external_attr = info.compress_type, info.external_attr
            archive.writestr(entry, packed[info.filename], compresslevel=9)
    imx.read(file)
