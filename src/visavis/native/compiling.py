"""Compiles the kernel: the C files beside this one become shared libraries beside this one.

Comes in: a C compiler found on this machine. Goes out: the paths of the libraries, or a
:class:`NoCompiler` that says why there are none. Only the standard library is used: the build hook
runs this file alone, before anything is installed. By hand: ``python -m visavis.native.compiling``.
"""

from __future__ import annotations

import os
import platform
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from importlib.util import find_spec
from pathlib import Path

FOLDER = Path(__file__).parent

VERSION = 18
"""Of the functions' arguments: with those it changes, here and in processor.c."""

FLAGS = ("-std=gnu11", "-O3", "-shared", "-fvisibility=hidden", "-fno-math-errno",
         "-fno-trapping-math", "-ffp-contract=off")  # fmt: skip
"""No reordering of sums: the same avatar and sound give the same pictures everywhere."""

LEVELS = {"": (), "v3": ("-march=x86-64-v3",)}
"""Suffix of the library and flags: for every processor, and for those with AVX2 and FMA (since
2013 and 2015)."""
ZIG_LEVELS = {"": ("-mcpu=baseline",), "v3": ("-mcpu=x86_64_v3",)}
"""The same for zig, which has names of its own and without them compiles for this machine alone."""


class NoCompiler(Exception):
    """There is no compiler, or it failed; the message says which."""


def library_name(level: str) -> str:
    """File name of the library for a level of :data:`LEVELS` on this system.

    A library of another version has another name: a checkout may hold several.
    """
    ending = {"win32": ".dll", "darwin": ".dylib"}.get(sys.platform, ".so")
    return f"_kernel{VERSION}{level and '-' + level}{ending}"


def levels() -> tuple[str, ...]:
    """The levels that make sense on this machine."""
    machine = platform.machine().lower()
    # Python may be a 32 bit program on a 64 bit machine
    wide = machine in ("x86_64", "amd64") and sys.maxsize > 2**32
    return tuple(LEVELS) if wide and not _universal() else ("",)


def _universal() -> bool:
    return "universal2" in sysconfig.get_platform()


def compiler() -> list[str] | None:
    """The command of a C compiler: ``CC``, the system's, or the one in the ziglang wheel."""
    chosen = os.environ.get("CC")
    if chosen:
        return shlex.split(chosen)
    for name in () if sys.platform == "win32" else ("cc", "gcc", "clang"):
        found = shutil.which(name)
        if found:
            return [found]
    if find_spec("ziglang") is not None:
        return [sys.executable, "-m", "ziglang", "cc"]
    return None


def compile_kernel(folder: Path = FOLDER) -> list[Path]:
    """Compile every level.

    Args:
        folder: where the C files are and the libraries go.

    Returns:
        The libraries.

    Raises:
        NoCompiler: none was found, or it failed on the first level.
    """
    command = compiler()
    if command is None:
        raise NoCompiler("no C compiler (cc, gcc, clang, or the ziglang package)")
    made: list[Path] = []
    for level in levels():
        try:
            made.append(_compile(command, level, folder))
        except NoCompiler:
            if not made:
                raise
            # an old compiler may not know the level; the plain library serves
    return made


def _compile(command: list[str], level: str, folder: Path) -> Path:
    target = folder / library_name(level)
    sources = sorted(map(str, folder.glob("*.c")))
    zig = "ziglang" in command
    flags = [*FLAGS, *(ZIG_LEVELS if zig else LEVELS)[level]]
    if sys.platform != "win32":
        flags.append("-fPIC")
    if sys.platform == "darwin" and _universal():
        flags += ["-arch", "arm64", "-arch", "x86_64"]
    with tempfile.TemporaryDirectory(dir=folder, prefix="_compiling") as scratch:
        fresh = Path(scratch, target.name)
        environment = dict(os.environ)
        if zig:  # its cache must not be left behind in a home that may not exist
            environment["ZIG_GLOBAL_CACHE_DIR"] = environment["ZIG_LOCAL_CACHE_DIR"] = scratch
        done = subprocess.run(
            [*command, *flags, "-o", str(fresh), *sources, "-lm"],
            capture_output=True,
            text=True,
            env=environment,
        )
        if done.returncode or not fresh.exists():
            said = (done.stderr or done.stdout).strip().splitlines()
            raise NoCompiler(f"{' '.join(command)} failed: {said[0] if said else 'no message'}")
        os.replace(fresh, target)  # a process that has the old one open keeps it
    return target


def main() -> int:
    """Compile in place; 1 if that is not possible."""
    try:
        for path in compile_kernel():
            print(path)
    except (NoCompiler, OSError) as error:
        print(f"the kernel was not compiled: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
