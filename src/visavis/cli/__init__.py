"""The ``visavis`` command.

Comes in: the command line. Goes out: an exit status: 0 done, 1 could not be done (one line on
stderr says why), 2 wrong use, 130 interrupted, 143 terminated. ``VISAVIS_DEBUG=1`` shows
tracebacks.
"""

from __future__ import annotations

import io
import os
import signal
import sys
from collections.abc import Sequence

from visavis.errors import VisavisError


def main() -> None:
    """Entry point of the ``visavis`` script."""
    _prepare_streams()
    signal.signal(signal.SIGTERM, _terminated)
    sys.exit(run(sys.argv[1:]))


def _prepare_streams() -> None:
    """Make stdout and stderr take any text, also where they were closed or know only ASCII."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - open as long as the process
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _terminated(number: int, _frame: object) -> None:
    """End as Ctrl-C does, so that nothing half made is left behind."""
    raise SystemExit(128 + number)


def run(arguments: Sequence[str]) -> int:
    """Run one command.

    Args:
        arguments: what follows ``visavis`` on the command line.

    Returns:
        The exit status.
    """
    if os.environ.get("VISAVIS_DEBUG") == "1":
        return _execute(arguments)
    try:
        return _execute(arguments)
    except VisavisError as error:
        return _fail(str(error), 1)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # whoever read our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:  # a full disk, a name too long: nothing of ours
        place = f": {error.filename}" if error.filename else ""
        return _fail(f"{error.strerror or error}{place}", 1)
    except Exception as error:
        return _fail(
            f"unexpected {type(error).__name__}: {error} "
            "(a bug; set VISAVIS_DEBUG=1 to see where, and please report it)",
            1,
        )


def _execute(arguments: Sequence[str]) -> int:
    import typer

    from visavis.cli.app import app

    # Typer's own, or click's in older versions: every wrong use derives from these
    usage_error: type[Exception] = typer.BadParameter.__mro__[1]
    command = typer.main.get_command(app)
    try:
        status = command.main(list(arguments), prog_name="visavis", standalone_mode=False)
        sys.stdout.flush()
    except usage_error as error:
        return _fail(_usage(error), 2)
    except typer.Abort as error:
        raise KeyboardInterrupt from error
    return status if isinstance(status, int) else 0


def _usage(error: BaseException) -> str:
    """A usage error in one line that says where help is."""
    message = str(getattr(error, "format_message", lambda: error)())
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "visavis"
    return f"{message.rstrip('.')} (see {path} --help)"


def _fail(message: str, status: int) -> int:
    print("visavis:", " ".join(message.split()), file=sys.stderr)
    return status
