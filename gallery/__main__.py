"""Makes the gallery, or holds it against the last one.

Comes in: a folder of photos; what was made before and has not changed is used again. Goes out:
`build/gallery/index.html` and `figures.json`; the gallery of other code is kept beside it as
`build/gallery-before`; `build/gallery-diff.html`.

    python -m gallery --photos portraits/
    python -m gallery --diff
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

import visavis
from gallery.compare import compare
from gallery.page import gallery_page
from gallery.portrait import code_version, make_entry

ROOT = Path(__file__).resolve().parents[1]
PHOTOS = ROOT.parent / "shared" / "data" / "portraits"
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")


def main() -> int:
    """Reads the command line and makes the page."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--photos", type=Path, help="folder of photos")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "gallery")
    parser.add_argument("--only", nargs="*", help="names of a few")
    parser.add_argument("--jobs", type=int, default=2, help="processes (2)")
    parser.add_argument("--diff", action="store_true", help="compare with the last gallery")
    chosen = parser.parse_args()
    out: Path = chosen.out
    before = out.with_name(out.name + "-before")
    if chosen.diff:
        return difference(before, out)
    sources = list(visavis.characters())
    folder = chosen.photos or PHOTOS
    if folder.is_dir():
        sources += sorted(str(p) for p in folder.iterdir() if p.suffix.lower() in SUFFIXES)
    elif chosen.photos:
        print(f"{folder}: no such folder", file=sys.stderr)
        return 1
    if chosen.only:
        sources = [s for s in sources if Path(s).stem in chosen.only]
    version = code_version(ROOT)
    keep_last(out, before, version)
    entries = make_all(sources, out, version, chosen.jobs)
    (out / "figures.json").write_text(json.dumps(entries, indent=1) + "\n")
    (out / "index.html").write_text(gallery_page(entries, out, version))
    print(out / "index.html")
    return 0


def keep_last(out: Path, before: Path, version: str) -> None:
    """A gallery made by other code becomes the one before."""
    mark = out / "version.txt"
    if mark.is_file() and mark.read_text() != version:
        shutil.rmtree(before, ignore_errors=True)
        out.rename(before)
    out.mkdir(parents=True, exist_ok=True)
    mark.write_text(version)


def make_all(sources: list[str], out: Path, version: str, jobs: int) -> list[dict[str, Any]]:
    """Entries of all sources, in their order."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    made: dict[str, dict[str, Any]] = {}
    columns = (TextColumn("{task.description:16}"), BarColumn(), MofNCompleteColumn(),
               TimeElapsedColumn())  # fmt: skip
    with ProcessPoolExecutor(jobs) as pool, Progress(*columns) as progress:
        task = progress.add_task("gallery", total=len(sources))
        waiting = {
            pool.submit(make_entry, source, out / Path(source).stem, version): source
            for source in sources
        }
        for done in as_completed(waiting):
            made[waiting[done]] = done.result()
            progress.update(task, advance=1, description=Path(waiting[done]).stem)
    return [made[source] for source in sources]


def difference(before: Path, now: Path) -> int:
    """Writes the page of what changed."""
    if not before.is_dir() or not now.is_dir():
        print("there are no two galleries: run `make gallery` before and after a change",
              file=sys.stderr)  # fmt: skip
        return 1
    page = now.with_name(now.name + "-diff.html")
    page.write_text(compare(before, now))
    print(page)
    return 0


if __name__ == "__main__":
    sys.exit(main())
