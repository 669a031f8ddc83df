"""The player's picture against the CPU drawer's, in a real Chromium.

Comes in: `.imx` files, names of characters, photos (built first). Goes out: a line for each avatar
at 512 x 512 and at twice the density, grey levels of the channel that differs most, of its worst
pose of twelve: mean and 99.5th percentile; with --pictures both pictures and their difference.

    python benchmarks/webgl.py ada mei portraits/*.jpg
"""

from __future__ import annotations

import argparse
import functools
import http.server
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from playwright.sync_api import sync_playwright

import visavis
from tests.player.conftest import FOLDER, PAGE, SOFTWARE, Handler
from tests.player.pictures import HIGH, MEAN, POSES, Picture, away, drawn_here, drawn_in_browser
from visavis import imx

SIZES = {"512": (512, 512), "2x": (1024, 1024)}
HEAT = 8
"""Differences are shown this many times as strong."""


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """A site in a folder with the player and an empty page; its address."""
    shutil.copytree(FOLDER, folder / "player")
    (folder / "index.html").write_text(PAGE)
    handler = functools.partial(Handler, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


def chromium(playwright: Any, *more: str, gpu: bool = False) -> Any:
    """Chromium without a screen; its WebGL is computed unless it may use the card."""
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    flags = ["--no-sandbox"] if gpu else SOFTWARE
    return playwright.chromium.launch(executable_path=path, args=[*flags, *more])


def file_of(name: str, folder: Path) -> bytes:
    """An avatar's file: found, or built."""
    path = Path(name)
    if path.suffix == ".imx":
        return path.read_bytes()
    if path.suffix:
        made = folder / "built.imx"
        visavis.build(path, made).close()
        return made.read_bytes()
    return (Path(visavis.__file__).parent / "characters" / f"{name}.imx").read_bytes()


def beside(seen: list[Picture], wanted: list[Picture]) -> Picture:
    """Rows of poses: the browser's picture, the CPU's, their difference (h, w, 3)."""
    rows = []
    for one, other in zip(seen, wanted, strict=True):
        heat = np.clip(away(one, other) * HEAT, 0, 255).astype(np.uint8)
        shown = [p[..., :3] + (255 - p[..., 3:]) // 2 for p in (one, other)]
        rows.append(np.concatenate([*shown, np.repeat(heat[..., None], 3, 2)], 1))
    return np.concatenate(rows)


def compare(page: Any, site: Path, name: str, out: Path | None) -> list[float]:
    """Worst mean and percentile of an avatar at each size."""
    found: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        data = file_of(name, Path(folder))
    model = imx.read(data)
    for label, size in SIZES.items():
        seen = drawn_in_browser(page, site, data, size, "transparent")
        wanted = drawn_here(model, size, "transparent")
        differences = [away(one, other) for one, other in zip(seen, wanted, strict=True)]
        means = [float(d.mean()) for d in differences]
        highs = [float(np.percentile(d, 99.5)) for d in differences]
        found += [max(means), max(highs)]
        if out:
            worst = int(np.argmax(highs))
            few = sorted({worst, *(list(POSES).index(p) for p in ("aa", "a smile"))})
            picture = beside([seen[i] for i in few], [wanted[i] for i in few])
            cv2.imwrite(str(out / f"{Path(name).stem}-{label}.png"), picture[..., ::-1])
    return found


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("avatars", nargs="+")
    parser.add_argument("--pictures", type=Path, help="folder for pictures side by side")
    chosen = parser.parse_args()
    if chosen.pictures:
        chosen.pictures.mkdir(parents=True, exist_ok=True)
    missed = 0
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder)) as url,
        sync_playwright() as playwright,
    ):
        browser = chromium(playwright)
        heads = (f"{size} {what}" for size in SIZES for what in ("mean", "99.5 %"))
        print(f"{'':14}" + "".join(f"{head:>13}" for head in heads))
        for name in chosen.avatars:
            page = browser.new_page()
            page.goto(url)
            figures = compare(page, Path(folder), name, chosen.pictures)
            page.close()
            pairs = list(zip(figures[::2], figures[1::2], strict=True))
            fails = any(mean > MEAN or high > HIGH for mean, high in pairs)
            missed += fails
            cells = "".join(f"{mean:13.2f}{high:13.0f}" for mean, high in pairs)
            print(f"{Path(name).stem:14}{cells}{'  missed' if fails else ''}", flush=True)
        browser.close()
    print(f"{len(chosen.avatars) - missed} of {len(chosen.avatars)} within {MEAN} and {HIGH}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
