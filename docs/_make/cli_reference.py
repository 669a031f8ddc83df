"""Writes docs/cli.md from the code of the ``visavis`` command.

Comes in: ``visavis.cli.app``. Goes out: docs/cli.md, or with ``--check`` status 1 if it is old.

    python docs/_make/cli_reference.py
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

PAGE = Path(__file__).resolve().parent.parent / "cli.md"

LEFT_OUT = {"help"}

HEAD = """# Command line

<!-- made by docs/_make/cli_reference.py; do not edit -->

`visavis COMMAND --help` shows the same. Results go to stdout, progress bars and errors to stderr.
Exit status: 0 done; 1 it could not be done, one line says why; 2 wrong use;
130 interrupted; 143 terminated.
Videos, sheets and avatars appear under their names only when they are whole.
`VISAVIS_DEBUG=1` shows the traceback of an error.
"""


def commands(command: Any, path: str, parent: Any = None) -> Iterator[tuple[str, Any, Any]]:
    """A command and all below it: its words, the command, its context."""
    context = command.context_class(command, info_name=path.split()[-1], parent=parent)
    yield path, command, context
    for name in command.list_commands(context) if hasattr(command, "list_commands") else ():
        yield from commands(command.get_command(context, name), f"{path} {name}", context)


def cell(text: str) -> str:
    """Text for a cell of a Markdown table."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def words(parameter: Any) -> str:
    """A parameter as it is written on the command line."""
    name = parameter.metavar or str(parameter.name).upper()
    if parameter.param_type_name == "argument":
        return name
    return ", ".join(parameter.opts) + ("" if parameter.is_flag else f" {name}")


def rows(command: Any, context: Any) -> Iterator[str]:
    """A table row for every argument and option."""
    for parameter in command.get_params(context):
        if parameter.name in LEFT_OUT:
            continue
        text = parameter.help or ""
        if parameter.required:
            text += " Required." if parameter.param_type_name == "option" else ""
        elif parameter.default is not None and parameter.default is not False:
            text += f" Default: {parameter.default}."
        if getattr(parameter, "max", None) is not None:
            text += f" From {parameter.min} to {parameter.max}."
        yield f"| `{words(parameter).replace('|', chr(92) + '|')}` | {cell(text)} |"


def section(path: str, command: Any, context: Any) -> str:
    """One command as Markdown."""
    arguments = [p for p in command.get_params(context) if p.param_type_name == "argument"]
    usage = [path, "[OPTIONS]", *map(words, arguments)]
    usage += ["COMMAND …"] if hasattr(command, "list_commands") else []
    lines = list(rows(command, context))
    table = "\n".join(["", "| | |", "|---|---|", *lines, ""]) if lines else ""
    return f"\n## {path}\n\n{command.help}\n\n```\n{' '.join(usage)}\n```\n{table}"


def page() -> str:
    """The whole page."""
    from visavis.cli.app import app

    root = typer.main.get_command(app)
    return HEAD + "".join(section(*found) for found in commands(root, "visavis"))


def main() -> int:
    """Write the page, or check it."""
    text = page()
    if "--check" in sys.argv[1:]:
        fresh = PAGE.is_file() and PAGE.read_text("utf-8") == text
        if not fresh:
            print(f"{PAGE} is old: python docs/_make/cli_reference.py", file=sys.stderr)
        return 0 if fresh else 1
    PAGE.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
