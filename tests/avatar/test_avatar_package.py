"""``import visavis`` is small, and teaches what it says."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys

import visavis

HEAVY = ("cv2", "av", "numpy", "PIL", "pydantic", "typer", "rich", "safetensors")


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def test_import_loads_nothing_heavy() -> None:
    loaded = run(f"import sys, visavis; print([m for m in {HEAVY!r} if m in sys.modules])")
    assert loaded == "[]"


def test_help_of_the_command_needs_no_opencv() -> None:
    code = (
        "import sys; from visavis.cli import run; run(['--version']); print('cv2' in sys.modules)"
    )
    assert run(code).splitlines()[-1] == "False"


def test_version_is_the_package_s() -> None:
    assert visavis.__version__ == importlib.metadata.version("visavis")


def test_everything_taught_is_there() -> None:
    for name in visavis.__all__:
        assert getattr(visavis, name) is not None
    assert set(visavis.__all__) <= set(dir(visavis))


def test_build_is_callable_however_it_was_imported() -> None:
    for code in (
        "import visavis; print(callable(visavis.build))",
        "import visavis.build; import visavis; print(callable(visavis.build))",
        "import visavis; from visavis.build import models; print(callable(visavis.build))",
        "from visavis import build; print(callable(build))",
        "from visavis.build import models as m; import visavis.build.models as n; print(m is n)",
    ):
        assert run(code) == "True"
