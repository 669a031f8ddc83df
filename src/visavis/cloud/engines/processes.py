"""Processes that a worker is: which is which, and one that ends with whoever started it.

Comes in: process ids, a command. Goes out: when a process began; as a module, the command, run so
that the kernel kills it as soon as its parent is gone, in whatever way.

    python -m visavis.cloud.engines.processes PARENT PROGRAM [ARGUMENT …]
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

_SET_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG, prctl(2)


def began(pid: int) -> str:
    """When a process began, in the kernel's ticks; "": there is none. Numbers are used again."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] == "Z" else fields[19]


def tied(command: Sequence[str]) -> list[str]:
    """A command that ends with this process.

    It has to be started by a thread that lives as long: that is what the kernel watches.
    """
    return [sys.executable, "-m", __name__, str(os.getpid()), *command]


def main() -> None:
    """Become the command, tied to the parent."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != int(sys.argv[1]):  # it was gone before the kernel was told
        sys.exit(1)
    os.execvp(sys.argv[2], sys.argv[2:])


if __name__ == "__main__":
    main()
