"""The gallery: entries are made once, pages need nothing else, a change shows in the difference."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from gallery import __main__ as command
from gallery import compare, page, portrait
from tests.helpers.avatars import write_avatar
from visavis.evaluate import PictureReport

FIGURES = {"ms": 1.25, "size_kb": 300.0, "ssim": 0.99, "flicker": 0.4, "lid_edge": None}


def entry_in(root: Path, name: str, level: int = 90, **changed: Any) -> dict[str, Any]:
    folder = root / name
    folder.mkdir(parents=True)
    for kind in ("sheet", "mouth", "eyes", "loop"):
        portrait.save(np.full((20, 30, 3), level, np.uint8), folder / f"{kind}.webp")
    entry = {"name": name, "key": "k", "refused": None, "figures": FIGURES, "failed": [],
             "warnings": []} | changed  # fmt: skip
    (folder / "entry.json").write_text(json.dumps(entry))
    return entry


def test_an_entry_has_pictures_and_figures_and_is_made_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import visavis

    file = write_avatar(tmp_path)
    report = PictureReport(**dict.fromkeys([f.name for f in fields(PictureReport)], 0.5))
    monkeypatch.setattr(portrait, "measure_picture", lambda *given: report)
    opener = visavis.open
    monkeypatch.setattr(visavis, "open", lambda name: opener(file))
    folder = tmp_path / "tiny"
    entry = portrait.make_entry("tiny", folder, "v1")
    assert entry["refused"] is None and entry["figures"]["ms"] > 0
    loop = Image.open(folder / "loop.webp")
    assert getattr(loop, "n_frames", 1) > 10
    for kind in ("sheet", "mouth", "eyes"):
        assert Image.open(folder / f"{kind}.webp").width > 100
    made = (folder / "sheet.webp").stat().st_mtime_ns
    assert portrait.make_entry("tiny", folder, "v1") == entry
    assert (folder / "sheet.webp").stat().st_mtime_ns == made
    portrait.make_entry("tiny", folder, "v2")
    assert (folder / "sheet.webp").stat().st_mtime_ns != made


def test_a_refused_photo_has_its_words(tmp_path: Path) -> None:
    photo = tmp_path / "grey.png"
    Image.new("RGB", (300, 300), (120, 120, 120)).save(photo)
    pytest.importorskip("ai_edge_litert")
    from visavis.build import models

    if models.missing():
        pytest.skip("the networks are not here")
    entry = portrait.make_entry(str(photo), tmp_path / "grey", "v")
    assert "No face" in entry["refused"]
    html = page.gallery_page([entry], tmp_path, "v")
    assert "No face" in html


def test_the_page_needs_nothing_else(tmp_path: Path) -> None:
    entries = [entry_in(tmp_path, "a"), entry_in(tmp_path, "b<", failed=["flicker"])]
    html = page.gallery_page(entries, tmp_path, "v")
    sources = re.findall(r'(?:src|href)="([^"]+)"', html)
    assert sources and all(s.startswith(("data:", "#")) for s in sources)
    assert "b<" not in html
    assert "2 characters, every bar kept by 1, 0 pictures refused" in html


def test_figures_that_moved_are_marked_good_or_bad() -> None:
    assert 'class="bad"' in compare.note("flicker", 0.4, 0.6)
    assert 'class="good"' in compare.note("flicker", 0.6, 0.4)
    assert 'class="bad"' in compare.note("ssim", 0.99, 0.9)
    assert compare.note("flicker", 0.4, 0.401) == ""
    assert compare.note("build_cpu_s", 1.62, 1.58) == "", "written alike"
    assert compare.note("flicker", None, 0.4) == ""


def test_heat_shows_where_pictures_differ() -> None:
    old = np.full((20, 30, 3), 90, np.uint8)
    new = old.copy()
    new[5, 7] += 40
    shown = compare.heat(old, new).astype(int).sum(2)
    assert shown[5, 7] > shown[0, 0] + 200
    assert compare.heat(old, new[:10]).shape == old.shape


def test_the_difference_of_two_galleries(tmp_path: Path) -> None:
    before, now = tmp_path / "gallery-before", tmp_path / "gallery"
    entry_in(before, "a")
    entry_in(now, "a", 120, failed=["flicker"], figures=FIGURES | {"flicker": 0.9})
    entry_in(before, "b")
    entry_in(now, "b", refused="too small")
    html = compare.compare(before, now)
    assert "flicker fails now" in html and "was 0.40" in html and "difference x" in html
    assert "Refused now: too small" in html
    assert "Bars kept that were missed before: 0; missed that were kept: 1" in html
    assert command.difference(before, now) == 0
    assert command.difference(tmp_path / "nothing", now) == 1


def test_a_gallery_of_other_code_is_kept(tmp_path: Path) -> None:
    out, before = tmp_path / "gallery", tmp_path / "gallery-before"
    command.keep_last(out, before, "v1")
    (out / "mine").write_text("x")
    command.keep_last(out, before, "v1")
    assert (out / "mine").exists() and not before.exists()
    command.keep_last(out, before, "v2")
    assert (before / "mine").exists() and not (out / "mine").exists()


def test_the_code_version_follows_the_code(tmp_path: Path) -> None:
    (tmp_path / "src" / "visavis").mkdir(parents=True)
    (tmp_path / "gallery").mkdir()
    file = tmp_path / "src" / "visavis" / "a.py"
    file.write_text("1")
    first = portrait.code_version(tmp_path)
    assert portrait.code_version(tmp_path) == first
    file.write_text("2")
    assert portrait.code_version(tmp_path) != first
