"""A small avatar's file for the tests of this room."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.avatars import write_avatar


@pytest.fixture(scope="session")
def avatar_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_avatar(tmp_path_factory.mktemp("avatar"))
