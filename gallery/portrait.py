"""One portrait, or one character that comes with Visavis, becomes the files of its gallery entry.

Comes in: a photo or a name, a folder. Goes out: `sheet.webp`, `mouth.webp`, `eyes.webp`,
`loop.webp` and `entry.json` in that folder; a refused photo has only its words.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

import visavis
from visavis.avatar import Avatar
from visavis.build import build_with_report
from visavis.evaluate import measure_picture, reference
from visavis.evaluate.stage import Stage
from visavis.evaluate.steadiness import speech_poses
from visavis.motion import VISEMES
from visavis.pose import Pose, make
from visavis.sheet import Crop, close_box, contact_sheet, in_output

Picture = npt.NDArray[np.uint8]
CREATED = "2026-01-01T00:00:00Z"
ENLARGED = 3
LOOP_SIDE, LOOP_FRAMES, LOOP_STEP = 320, 80, 2
"""Side, px; pictures of the utterance it spans, of which every LOOP_STEP-th is shown."""
MOUTHS: dict[str, Pose] = {
    name: VISEMES[name] for name in ("sil", "PP", "FF", "TH", "SS", "E", "aa", "oh", "ou")
} | {"smile": make(mouthSmile=1.0)}
EYES: dict[str, Pose] = {
    "open": make(), "half": make(eyeBlink=0.5), "shut": make(eyeBlink=1.0),
    "left": make(gazeX=-9.0), "right": make(gazeX=9.0), "up": make(gazeY=-7.0),
}  # fmt: skip


def code_version(root: Path) -> str:
    """What the code is: 16 hexadecimal digits that change with any file it consists of."""
    digest = hashlib.sha256()
    files = [p for f in ("src/visavis", "gallery") for p in (root / f).rglob("*") if p.is_file()]
    for path in sorted(p for p in files if p.suffix not in (".pyc", ".so")):
        digest.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def key_of(source: str, version: str) -> str:
    """What an entry depends on: its photo's bytes and the code."""
    path = Path(source)
    content = path.read_bytes() if path.is_file() else source.encode()
    return hashlib.sha256(content + version.encode()).hexdigest()[:16]


def make_entry(source: str, folder: Path, version: str) -> dict[str, Any]:
    """Makes an entry, or takes it from its folder if nothing it depends on has changed.

    Args:
        source: path of a photo, or the name of a character.
        folder: where its files go.
        version: of the code.

    Returns:
        What `entry.json` says: name, key, refused (words or None), figures, failed, warnings.
    """
    key = key_of(source, version)
    known = read_entry(folder)
    if known is not None and known["key"] == key:
        return known
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    entry: dict[str, Any] = {
        "name": Path(source).stem, "key": key, "refused": None, "figures": {}, "failed": [],
        "warnings": [],
    }  # fmt: skip
    try:
        if Path(source).is_file():
            _from_photo(Path(source), folder, entry)
        else:
            with visavis.open(source) as avatar:
                _draw(avatar, folder, entry, None)
    except visavis.VisavisError as error:
        entry["refused"] = str(error)
    (folder / "entry.json").write_text(json.dumps(entry, indent=1) + "\n")
    return entry


def read_entry(folder: Path) -> dict[str, Any] | None:
    """An entry made before, or None."""
    path = folder / "entry.json"
    if not path.is_file():
        return None
    entry: dict[str, Any] = json.loads(path.read_text())
    return entry


def _from_photo(photo: Path, folder: Path, entry: dict[str, Any]) -> None:
    file = folder / "avatar.imx"
    begun = time.process_time()
    report = build_with_report(photo, file, created=CREATED)
    entry["figures"]["build_s"] = report.timings["total"]
    entry["figures"]["build_cpu_s"] = time.process_time() - begun
    entry["figures"]["size_kb"] = file.stat().st_size / 1000
    entry["warnings"] = report.warnings
    with visavis.open(file) as avatar:
        _draw(avatar, folder, entry, photo)


def _draw(avatar: Avatar, folder: Path, entry: dict[str, Any], photo: Path | None) -> None:
    save(contact_sheet(avatar, columns=6, size=192), folder / "sheet.webp")
    save(strip(avatar, "mouth", MOUTHS, 5), folder / "mouth.webp")
    save(strip(avatar, "eyes", EYES, 2), folder / "eyes.webp")
    poses = speech_poses(Stage(avatar))
    _loop(avatar, poses[:LOOP_FRAMES:LOOP_STEP], folder / "loop.webp")
    entry["figures"]["ms"] = frame_ms(avatar, poses[:LOOP_FRAMES])
    measured = measure_picture(avatar, None if photo is None else reference(photo))
    entry["figures"] |= measured.figures()
    entry["failed"] = measured.failed()


def frame_ms(avatar: Avatar, poses: list[Pose]) -> float:
    """CPU milliseconds to draw one 512x512 I420 picture, median over poses."""
    renderer = avatar.renderer((512, 512), "i420")
    out = np.empty(renderer.shape, np.uint8)
    times = []
    for pose in poses:
        begun = time.process_time()
        renderer.draw(pose, out=out)
        times.append(time.process_time() - begun)
    return 1000 * float(np.median(times))


def strip(avatar: Avatar, crop: Crop, poses: dict[str, Pose], columns: int) -> Picture:
    """Close views, three times as large as in a 512x512 picture.

    Args:
        avatar: whose.
        crop: "mouth" or "eyes".
        poses: one a cell.
        columns: cells a row.

    Returns:
        uint8 (h, w, 3).
    """
    renderer = avatar.renderer(1024)
    x0, y0, x1, y1 = in_output(renderer, close_box(avatar, crop))
    size = (round((x1 - x0) * ENLARGED / 2), round((y1 - y0) * ENLARGED / 2))
    cells = [
        cv2.resize(renderer.draw(p)[y0:y1, x0:x1], size, interpolation=cv2.INTER_CUBIC)
        for p in poses.values()
    ]
    cells += [np.zeros_like(cells[0])] * (-len(cells) % columns)
    rows = [np.concatenate(cells[k : k + columns], 1) for k in range(0, len(cells), columns)]
    return np.asarray(np.concatenate(rows), np.uint8)


def save(picture: Picture, path: Path) -> None:
    """Writes a picture as WebP."""
    Image.fromarray(picture).save(path, quality=82, method=2)


def _loop(avatar: Avatar, poses: list[Pose], path: Path) -> None:
    renderer = avatar.renderer(LOOP_SIDE)
    frames = [Image.fromarray(renderer.draw(pose)) for pose in poses]
    frames[0].save(
        path, save_all=True, append_images=frames[1:], duration=40 * LOOP_STEP, loop=0,
        quality=70, method=1,
    )  # fmt: skip
