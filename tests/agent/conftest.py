"""The other side of an OpenAI-compatible endpoint."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.helpers.openai_compatible import Other, answering


@pytest.fixture
def other() -> Iterator[Other]:
    with answering() as other:
        yield other
