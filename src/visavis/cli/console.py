"""What commands share: quiet, tables, progress bars, whole files.

Comes in: options common to commands. Goes out: text on stdout (results), bars on stderr.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from visavis.errors import InvalidMedia, InvalidOption

Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help="No progress bar and no summary.", show_default=False)
]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.", show_default=False)]
AvatarArgument = Annotated[
    str, typer.Argument(metavar="AVATAR", help="An .imx file, or a character's name: visavis list.")
]

Report = Callable[[float, float | None], None]
"""Called with how much is done and, where it is known, of how much."""


def is_quiet(context: typer.Context, quiet: bool) -> bool:
    """Whether --quiet was given, before the command or after it."""
    return quiet or bool(context.find_root().params.get("quiet"))


def print_json(value: Any) -> None:
    """A result for programs: one JSON document on stdout."""
    readable = (sys.stdout.encoding or "").lower().startswith("utf")
    print(json.dumps(value, indent=2, ensure_ascii=not readable, default=str))


def print_table(title: str, columns: list[str], rows: list[list[str]]) -> None:
    """A result for people; numbers (all columns but the first) to the right where they are."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title or None, title_justify="left", box=None, pad_edge=False)
    for index, column in enumerate(columns):
        numbers = index > 0 and all(_is_number(row[index]) for row in rows)
        table.add_column(column, justify="right" if numbers else "left")
    for row in rows:
        table.add_row(*row)
    width = None if sys.stdout.isatty() else 200  # whole lines into a file or a pipe
    console = Console(width=width, highlight=False, markup=False)
    with console.capture() as captured:
        console.print(table)
    print("\n".join(line.rstrip() for line in captured.get().splitlines()))


def _is_number(text: str) -> bool:
    return not text or text[0].isdigit() or text[0] in "-+"


@contextlib.contextmanager
def progress(text: str, quiet: bool) -> Iterator[Report]:
    """A progress bar on stderr; none when quiet or when stderr is no terminal."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    bar = Progress(console=console, transient=True, disable=quiet or not console.is_terminal)
    with bar:
        task = bar.add_task(text, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextlib.contextmanager
def steps(quiet: bool) -> Iterator[Callable[[str, float], None]]:
    """A progress bar whose text changes with the step; called with text and part done, 0..1."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    bar = Progress(console=console, transient=True, disable=quiet or not console.is_terminal)
    with bar:
        task = bar.add_task("", total=1.0)
        yield lambda text, part: bar.update(task, description=text, completed=part)


def write_whole(out: str, data: bytes) -> None:
    """Put data under its name at once, or onto stdout for ``-``.

    Raises:
        InvalidMedia: it cannot be written.
    """
    if out == "-":
        sys.stdout.buffer.write(data)
        return
    path = Path(out)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(data)
        os.replace(part, path)
    except OSError as error:
        raise InvalidMedia(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        part.unlink(missing_ok=True)


def refuse_terminal(out: str) -> None:
    """Bytes of a picture or a video do not belong on a terminal, nor into a closed stdout.

    Raises:
        InvalidOption: ``-`` while stdout is one.
    """
    if out != "-":
        return
    if sys.stdout.name == os.devnull:  # put there by main(); a redirection is called <stdout>
        raise InvalidOption("stdout is closed; name a file, or pipe the output somewhere")
    if sys.stdout.isatty():
        raise InvalidOption("stdout is a terminal; name a file, or pipe the output somewhere")
