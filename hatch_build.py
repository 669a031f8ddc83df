"""Build hook: compiles the kernel when Visavis is installed or a wheel is made of it.

Comes in: hatchling's build. Goes out: the shared libraries of ``src/visavis/native`` in the wheel,
or beside their source for an editable install. Without a compiler on the machine the one in the
ziglang wheel is asked for; if that fails too, Visavis is installed without the kernel, and draws
the same pictures, slower.
"""

from __future__ import annotations

import importlib.util
import os
import sysconfig
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ZIG = "ziglang>=0.13"


def _compiling(root: str) -> ModuleType:
    """The package's own module, without importing the package, whose needs are not there yet."""
    path = Path(root, "src", "visavis", "native", "compiling.py")
    spec = importlib.util.spec_from_file_location("visavis_compiling", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class KernelHook(BuildHookInterface):  # type: ignore[type-arg]
    """Compiles the kernel; ``VISAVIS_NATIVE=0`` makes a wheel without it."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """A compiler, if the machine has none."""
        if self.target_name != "wheel" or os.environ.get("VISAVIS_NATIVE") == "0":
            return []
        return [] if _compiling(self.root).compiler() is not None else [ZIG]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and tell hatchling what was made."""
        if self.target_name != "wheel" or os.environ.get("VISAVIS_NATIVE") == "0":
            return
        compiling = _compiling(self.root)
        try:
            libraries = compiling.compile_kernel()
        except (compiling.NoCompiler, OSError) as error:
            self.app.display_warning(
                f"Visavis is installed without its compiled kernel, it draws several times slower: "
                f"{error}. With a C compiler, install again."
            )
            return
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data["tag"] = f"py3-none-{platform}"
        build_data["pure_python"] = False
        build_data["artifacts"] += [f"/src/visavis/native/{path.name}" for path in libraries]
