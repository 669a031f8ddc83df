"""Passwords at a thousandth of their cost, for tests that are not about that."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher


def quick() -> Iterator[None]:
    """While it runs, hashing takes no time."""
    from visavis.cloud import passwords

    with pytest.MonkeyPatch.context() as patch:
        cheap = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
        patch.setattr(passwords, "hasher", cheap)
        yield
