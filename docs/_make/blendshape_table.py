"""Writes the mapping tables of docs/blendshapes.md from the code.

Comes in: `visavis.blendshapes`. Goes out: the part of the page between its marks, or with
`--check` status 1 if it is old.

    python docs/_make/blendshape_table.py
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

PAGE = Path(__file__).resolve().parent.parent / "blendshapes.md"
BEGIN, END = "<!-- made by docs/_make/blendshape_table.py -->\n", "<!-- end of what is made -->\n"


def _part_of(name: str) -> str:
    from visavis.blendshapes.names import PARTS
    from visavis.pose import INDEX

    return next((part for part, entries in PARTS.items() if INDEX[name] in entries), "")


def _moved() -> set[str]:
    """The ARKit shapes that sound and life write."""
    from visavis.blendshapes import BlendshapeStream
    from visavis.motion.visemes import CHANNELS
    from visavis.pose import ARKIT_NAMES, expand
    from visavis.trial import SAMPLE_RATE, speechlike

    moved = np.zeros(len(ARKIT_NAMES))
    for seed in range(3):
        made = BlendshapeStream(seed=seed)
        made.push(speechlike(12.0), SAMPLE_RATE)
        frames = made.push(np.zeros(SAMPLE_RATE * 20, np.int16), SAMPLE_RATE) + made.flush()
        moved = np.maximum(moved, np.max([np.abs(f.weights) for f in frames], axis=0))
    spoken = {entry for channel in CHANNELS for entry in expand(channel)}
    return {n for n, v in zip(ARKIT_NAMES, moved, strict=True) if v > 0} | spoken


def tables() -> str:
    """Both tables as Markdown."""
    from visavis.blendshapes import LIVE_LINK_SHAPES, VISEME_NAMES
    from visavis.blendshapes.names import LIVE_LINK_TURNS
    from visavis.motion import VISEMES
    from visavis.motion.visemes import VISEME_OF
    from visavis.pose import ARKIT_NAMES, describe

    moved = _moved() & set(ARKIT_NAMES)
    lines = ["| ARKit | Live Link Face | column | part | out |", "|---|---|---|---|---|"]
    for name in ARKIT_NAMES:
        column = LIVE_LINK_SHAPES.index(name) + 3
        shown = name[0].upper() + name[1:]
        out = "yes" if name in moved else "0"
        lines.append(f"| `{name}` | `{shown}` | {column} | {_part_of(name)} | {out} |")
    angles = {
        "Head": ("`head`: yaw, pitch, roll", "head"),
        "LeftEye": ("`gaze`", "gaze"),
        "RightEye": ("`gaze`", "gaze"),
    }
    for number, turn in enumerate(LIVE_LINK_TURNS, len(ARKIT_NAMES) + 3):
        what, part = next(value for key, value in angles.items() if turn.startswith(key))
        out = "0" if turn.endswith("EyeRoll") else "yes"
        lines.append(f"| {what} | `{turn}` | {number} | {part} | {out} |")
    lines += ["", "| viseme | sounds | said alone, as weights |", "|---|---|---|"]
    for viseme in VISEME_NAMES:
        sounds = " ".join(phone for phone, shown in VISEME_OF.items() if shown == viseme)
        pose = describe(VISEMES[viseme])
        sides = {n.removesuffix("Left").removesuffix("Right"): v for n, v in pose.items()}
        weights = ", ".join(f"`{n}` {v:g}" for n, v in ((n, round(v, 2)) for n, v in sides.items()))
        lines.append(f"| `{viseme}` | {sounds} | {weights or 'rest'} |")
    return "\n".join(lines) + "\n"


def page() -> str:
    """The whole page with fresh tables."""
    text = PAGE.read_text("utf-8")
    before, rest = text.split(BEGIN)
    return before + BEGIN + tables() + END + rest.split(END)[1]


def main() -> int:
    """Write the page, or check it."""
    text = page()
    if "--check" in sys.argv[1:]:
        fresh = PAGE.read_text("utf-8") == text
        if not fresh:
            print(f"{PAGE} is old: python docs/_make/blendshape_table.py", file=sys.stderr)
        return 0 if fresh else 1
    PAGE.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
