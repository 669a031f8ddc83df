"""Servers that tests start for real and that no Python package carries.

Comes in: a program's name and where Go finds its source. Goes out: its path; a test is skipped,
saying why, where the program cannot be had.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

LONGEST_BUILD_S = 540


@cache
def program(name: str, source: str, variable: str = "") -> str:
    """Path of a program.

    Args:
        name: what it is called on the PATH.
        source: what Go compiles, once, where it is not there: "module/package@version".
        variable: of the environment, which may name it.
    """
    named = os.environ.get(variable) if variable else None
    found = named or shutil.which(name)
    if found:
        return found
    go = shutil.which("go")
    if go is None:
        or_set = f", or set {variable}" if variable else ""
        pytest.skip(f"no {name}: install it, or Go{or_set}")
    folder = subprocess.run([go, "env", "GOPATH"], capture_output=True, text=True).stdout.strip()
    path = Path(folder) / "bin" / source.partition("@")[0].rpartition("/")[2]
    if not path.is_file():
        command = [go, "install", source]
        made = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST_BUILD_S)
        if made.returncode != 0 or not path.is_file():
            pytest.skip(f"no {name}: {' '.join(command[1:])}: {made.stderr.strip()[-200:]}")
    return str(path)
