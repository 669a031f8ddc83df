"""Passwords: hashed by argon2, a few at a time, and as slowly for nobody as for somebody.

Comes in: passwords. Goes out: hashes; whether a password is the one of a hash.
"""

from __future__ import annotations

import asyncio
from functools import lru_cache
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

COST: dict[str, Any] = {"time_cost": 3, "memory_cost": 65_536, "parallelism": 4}
"""RFC 9106, second choice: 64 MiB. No setting: only tests have a cheaper one."""
hasher = PasswordHasher(**COST)
_at_once = asyncio.Semaphore(4)


@lru_cache(maxsize=2)
def _nobody(by: PasswordHasher) -> str:
    return by.hash("nobody has this password")


async def hash_password(password: str) -> str:
    """The hash to keep."""
    async with _at_once:
        return await asyncio.to_thread(hasher.hash, password)


async def is_password(password: str, kept: str | None) -> bool:
    """Whether a password is the one that was kept.

    Args:
        password: as typed in.
        kept: its hash; None where there is no such account: takes as long and is never true.
    """

    def check() -> bool:
        try:
            return hasher.verify(kept or _nobody(hasher), password) and kept is not None
        except (VerificationError, InvalidHashError):
            return False

    async with _at_once:
        return await asyncio.to_thread(check)
