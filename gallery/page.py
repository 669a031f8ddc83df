"""The pages: entries become HTML that needs nothing else.

Comes in: entries and their folders. Goes out: HTML with every picture inside it.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

from visavis.evaluate import BARS

FIGURES: dict[str, tuple[str, str]] = {
    "build_s": ("build", "{:.1f} s"), "build_cpu_s": ("build, CPU", "{:.1f} s"),
    "size_kb": ("file", "{:.0f} kB"), "ms": ("frame", "{:.2f} ms"),
    "ssim": ("likeness", "{:.3f}"), "ssim_face": ("of the face", "{:.3f}"),
    "drift": ("drift", "{:.2f} mm"), "background": ("background", "{:.2f}"),
    "flicker": ("flicker", "{:.2f}"), "unrest": ("unrest", "{:.2f}"),
    "sharpness": ("sharpness", "{:.1%}"), "lip_gap": ("gap at p, b, m", "{:.3f} mm"),
    "silence": ("in silence", "{:.2%}"), "mouth_corner": ("mouth corner", "{:.1f}"),
    "lid_edge": ("lid edge", "{:.1f}"), "matte_edge": ("matte edge", "{:.1f}"),
    "canvas_edge": ("canvas edge", "{:.1f}"),
}  # fmt: skip
"""Figure to what it is called and how it is written."""

STYLE = """
:root{color-scheme:dark;--ink:#e8e8ea;--soft:#9a9aa2;--card:#1b1b1f;--line:#2c2c32;--bad:#ff8f7a;
--good:#7fd6a8}
*{box-sizing:border-box}body{margin:0;background:#121214;color:var(--ink);
font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
header{padding:40px 24px 20px;max-width:1400px;margin:auto}h1{font-size:28px;font-weight:600;
letter-spacing:-.02em;margin:0 0 4px}p{margin:0;color:var(--soft)}
main{max-width:1400px;margin:auto;padding:0 24px 60px;display:grid;gap:20px}
article{background:var(--card);border:1px solid var(--line);border-radius:14px;overflow:hidden}
article>header{padding:16px 20px;display:flex;gap:12px;align-items:baseline;flex-wrap:wrap}
h2{font-size:18px;font-weight:600;margin:0}h2 a{color:inherit;text-decoration:none}
.tag{font-size:12px;padding:2px 9px;border-radius:99px;border:1px solid var(--line);
color:var(--soft)}
.tag.bad{color:var(--bad);border-color:#5a332c}.tag.good{color:var(--good);border-color:#28503d}
.top{display:grid;grid-template-columns:320px 1fr;gap:20px;padding:0 20px 16px}
.top img{width:100%;border-radius:10px;display:block}
dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(128px,1fr));gap:10px 16px;margin:0;
align-content:start}
dt{color:var(--soft);font-size:12px}dd{margin:0;font-variant-numeric:tabular-nums}
dd.bad{color:var(--bad)}dd small{color:var(--soft)}dd small.bad{color:var(--bad)}
dd small.good{color:var(--good)}
details{border-top:1px solid var(--line)}summary{padding:11px 20px;cursor:pointer;color:var(--soft)}
details img{display:block;width:100%;height:auto}.wide{overflow-x:auto}.wide img{min-width:900px}
.words{padding:0 20px 18px;color:var(--soft)}.pair{display:grid;grid-template-columns:repeat(3,1fr);
gap:2px}.pair figure{margin:0}.pair figcaption{font-size:12px;color:var(--soft);padding:6px 20px}
nav{display:flex;flex-wrap:wrap;gap:6px;margin-top:16px}nav a{text-decoration:none}
@media(max-width:760px){.top{grid-template-columns:1fr}header{padding:28px 16px 14px}
main{padding:0 10px 40px}.pair{grid-template-columns:1fr}}
"""


def data_uri(path: Path) -> str:
    """A picture as a part of the page."""
    return "data:image/webp;base64," + base64.b64encode(path.read_bytes()).decode()


def page(title: str, said: str, body: Sequence[str], names: Sequence[tuple[str, str]]) -> str:
    """A whole page.

    Args:
        title: what it is.
        said: a sentence under it.
        body: articles.
        names: (name, "bad", "good" or "") of each, for the way to it.
    """
    ways = "".join(
        f'<a class="tag {kind}" href="#{escape(name)}">{escape(name)}</a>' for name, kind in names
    )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style>"
        f"<header><h1>{escape(title)}</h1><p>{escape(said)}</p><nav>{ways}</nav></header>"
        f"<main>{''.join(body)}</main></html>\n"
    )


def heading(name: str, tags: Sequence[tuple[str, str]]) -> str:
    """An article's head: its name and tags of (words, kind)."""
    marks = "".join(f'<span class="tag {kind}">{escape(words)}</span>' for words, kind in tags)
    return f'<header><h2><a href="#{escape(name)}">{escape(name)}</a></h2>{marks}</header>'


def written(name: str, value: float | None) -> str:
    """A figure for people."""
    return "–" if value is None else FIGURES[name][1].format(value)


def figures(entry: dict[str, Any], notes: dict[str, str] | None = None) -> str:
    """A list of figures, the failed ones marked; ``notes`` is HTML beside some of them."""
    rows = []
    for name, (label, _) in FIGURES.items():
        if name not in entry["figures"]:
            continue
        value = entry["figures"][name]
        kind = ' class="bad"' if name in entry["failed"] else ""
        bar = f' title="bar {BARS[name]:g}"' if name in BARS else ""
        note = (notes or {}).get(name, "")
        text = written(name, value)
        rows.append(f"<div><dt>{label}</dt><dd{kind}{bar}>{text} {note}</dd></div>")
    return f"<dl>{''.join(rows)}</dl>"


def gallery_page(entries: Sequence[dict[str, Any]], root: Path, version: str) -> str:
    """The gallery.

    Args:
        entries: what :func:`gallery.portrait.make_entry` returned.
        root: the folder that has a folder for each.
        version: of the code.
    """
    body = []
    for entry in entries:
        folder, name = root / entry["name"], entry["name"]
        if entry["refused"]:
            words = f'<p class="words">{escape(entry["refused"])}</p>'
            head = heading(name, [("refused", "")])
            body.append(f'<article id="{escape(name)}">{head}{words}</article>')
            continue
        tags = [(FIGURES[bar][0], "bad") for bar in entry["failed"]] or [("all bars kept", "good")]
        views = "".join(
            f"<details{' open' if kind == 'mouth' else ''}><summary>{label}</summary>"
            f'<div class="wide"><img loading="lazy" alt="{label} of {escape(name)}" '
            f'src="{data_uri(folder / (kind + ".webp"))}"></div></details>'
            for kind, label in (
                ("mouth", "Mouth, enlarged 3 times"),
                ("eyes", "Eyes, enlarged 3 times"),
                ("sheet", "Contact sheet"),
            )
        )
        words = "".join(f'<p class="words">{escape(text)}</p>' for text in entry["warnings"])
        body.append(
            f'<article id="{escape(name)}">{heading(name, tags)}<div class="top">'
            f'<img loading="lazy" alt="{escape(name)} speaking" '
            f'src="{data_uri(folder / "loop.webp")}">{figures(entry)}</div>{words}{views}</article>'
        )
    built = [e for e in entries if not e["refused"]]
    clean = sum(not e["failed"] for e in built)
    said = (
        f"{len(built)} characters, every bar kept by {clean}, "
        f"{len(entries) - len(built)} pictures refused. Code {version}."
    )
    names = [(e["name"], "" if e["refused"] else "bad" if e["failed"] else "good") for e in entries]
    return page("Visavis gallery", said, body, names)
