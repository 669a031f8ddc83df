"""Fixtures shared by all tests: where the development data lies, if it lies here."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parent.parent


def _data_folder() -> Path | None:
    named = os.environ.get("VISAVIS_DATA")
    for folder in [Path(named)] if named else [_ROOT.parent / "shared" / "data"]:
        if folder.is_dir():
            return folder
    return None


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of development data (portraits, speech, video); skips where it is absent."""
    folder = _data_folder()
    if folder is None:
        pytest.skip("development data not here (set VISAVIS_DATA to its folder)")
    return folder
