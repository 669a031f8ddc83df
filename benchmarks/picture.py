"""Artefacts of avatars as a table: which figure misses which bar.

Comes in: ``.imx`` files or names of characters; a folder with the photos they were built from,
if any. Goes out: a line for each, the failed bars named; with --json also a file of all figures.

    python benchmarks/picture.py ada rufus
    python benchmarks/picture.py --photos portraits/ avatars/*.imx
"""

from __future__ import annotations

import argparse
import json
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import visavis
from visavis.evaluate import BARS, PictureReport, measure_picture, reference

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")
COLUMNS = ("ssim", "ssim_face", "drift", "background", "flicker", "unrest", "sharpness",
           "lip_gap", "silence", "mouth_corner", "lid_edge", "matte_edge",
           "canvas_edge")  # fmt: skip
SHORT = ("ssim", "face", "drift", "backgr", "flick", "unrest", "sharp", "gap", "silent", "corner",
         "lid", "matte", "canvas")  # fmt: skip


def photo_of(avatar: Path, folder: Path | None) -> Path | None:
    """The picture an avatar was built from: the one of its name in a folder."""
    if folder is None:
        return None
    found = (folder / f"{avatar.stem}{suffix}" for suffix in SUFFIXES)
    return next((path for path in found if path.is_file()), None)


def measure(name: str, folder: Path | None) -> PictureReport:
    """The figures of one avatar."""
    with visavis.open(name) as avatar:
        photo = photo_of(Path(name), folder)
        source = None if photo is None else reference(photo, avatar.size[1])
        if source is not None and source.picture.shape[1::-1] != avatar.size:
            source = None  # built otherwise: nothing to hold it against
        return measure_picture(avatar, source)


def cell(name: str, value: float | None) -> str:
    """A figure for people."""
    if value is None:
        return "-"
    return (
        f"{value:.3f}" if name in ("ssim", "ssim_face", "sharpness", "silence") else f"{value:.2f}"
    )


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("avatars", nargs="+")
    parser.add_argument("--photos", type=Path, help="folder with a photo of each avatar's name")
    parser.add_argument("--json", type=Path, help="write all figures there too")
    parser.add_argument("--jobs", type=int, default=2, help="processes (2)")
    chosen = parser.parse_args()
    names = chosen.avatars
    print(f"{'':14}" + "".join(f"{short:>8}" for short in SHORT) + "  failed")
    bars = "".join(f"{cell(c, BARS.get(c)):>8}" for c in COLUMNS)
    print(f"{'bar':14}" + bars, flush=True)
    reports: dict[str, PictureReport] = {}
    with ProcessPoolExecutor(chosen.jobs) as pool:
        folder = [chosen.photos] * len(names)
        for name, report in zip(names, pool.map(measure, names, folder), strict=True):
            reports[Path(name).stem] = report
            figures = report.figures()
            line = "".join(f"{cell(c, figures[c]):>8}" for c in COLUMNS)
            mark = "" if report.closed else " (open)"
            print(f"{Path(name).stem + mark:14}{line}  {', '.join(report.failed())}", flush=True)
    missed = {bar: sum(bar in r.failed() for r in reports.values()) for bar in BARS}
    print("failed: " + ", ".join(f"{bar} {count}" for bar, count in missed.items() if count))
    if chosen.json:
        whole = {name: report.figures() | {"failed": report.failed()}
                 for name, report in reports.items()}  # fmt: skip
        chosen.json.write_text(json.dumps(whole, indent=1) + "\n")
    return 1 if any(missed.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
