"""The format page shows the tables the checks are driven by.

``python tests/imx/test_imx_page.py`` writes them into docs/imx-format.md again.
"""

from __future__ import annotations

import re
from pathlib import Path

from visavis.imx import table

PAGE = Path(__file__).parents[2] / "docs" / "imx-format.md"


def _range(tensor: table.Tensor) -> str:
    if tensor.indexes:
        return "0 .. N−1"
    if tensor.low == -tensor.high:
        return f"±{tensor.high:g}"
    return f"{tensor.low:g} .. {tensor.high:g}"


def tensors() -> str:
    lines = ["| tensor | dtype | shape | unit | range | meaning |", "|---|---|---|---|---|---|"]
    for tensor in table.TENSORS:
        shape = table.shape_text(tensor.shape)
        lines.append(
            f"| `{tensor.name}` | {tensor.dtype} | {shape} | {tensor.unit} | {_range(tensor)} "
            f"| {tensor.meaning} |"
        )
    return "\n".join(lines)


def _size(image: table.Image) -> str:
    columns, rows = table.LASH_COLUMNS, table.LASH_ROWS
    return {
        "canvas": "canvas",
        "texture": "canvas · texture_scale",
        "lid": "eye's `lid` box · texture_scale",
        "patch": "eye's `patch` box · texture_scale",
        "lashes": f"{columns[0]}..{columns[1]} x {rows[0]}..{rows[1]}",
        "fixed": f"{image.size[0]} x {image.size[1]}" if image.size else "",
    }[image.extent]


def images() -> str:
    channels = {"rgb": "RGB", "rgba": "RGBA", "grey": "grey"}
    lines = ["| texture | channels | size, px | meaning |", "|---|---|---|---|"]
    for image in table.IMAGES:
        if image.eye == "right":
            continue
        name = image.name.replace("left", "E")
        size = _size(image)
        lines.append(f"| `{name}.webp` | {channels[image.channels]} | {size} | {image.meaning} |")
    return "\n".join(lines) + "\n\nE is `left` and `right`."


def filled(text: str) -> str:
    """The page with its tables made anew."""
    for name, content in (("tensors", tensors()), ("images", images())):
        text, count = re.subn(
            rf"(<!-- {name}:[^>]*-->\n).*?(<!-- /{name} -->)",
            lambda found, content=content: f"{found[1]}\n{content}\n\n{found[2]}",
            text,
            flags=re.S,
        )
        assert count == 1
    return text


def test_the_page_shows_the_tables() -> None:
    page = PAGE.read_text("utf-8")
    assert page == filled(page), "run: python tests/imx/test_imx_page.py"


def test_the_page_says_the_limits() -> None:
    page = PAGE.read_text("utf-8")
    assert (
        f"{table.MAX_FILE >> 20} MiB; {table.MAX_UNPACKED >> 20} MiB; {table.MAX_MEMBERS}" in page
    )
    assert f"{table.MAX_RIG >> 20} MiB; {table.MAX_TENSOR_HEADER >> 10} KiB" in page
    assert f"packed size of a member | {table.MAX_RATIO} |" in page
    limits = {symbol: str(high) for symbol, (_, high, _) in table.SYMBOLS.items()}
    assert (
        f"| {', '.join(limits[s] for s in 'NTK')}; {', '.join(limits[s] for s in 'LEM')} |" in page
    )
    assert f"{table.CANVAS_SIDE[1]} px; {table.MAX_PIXELS:,} px" in page
    assert f"{table.CANVAS_SIDE[0]}..{table.CANVAS_SIDE[1]} px" in page
    assert f"at most {table.MAX_JSON >> 10} KiB, nested at most {table.MAX_JSON_DEPTH} deep" in page


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text("utf-8")), "utf-8")
