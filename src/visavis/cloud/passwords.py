"""Passwords: hashed by argon2, a few at a time, and as slowly for nobody as for somebody.

Comes in: passwords. Goes out: hashes; whether a password is the one of a hash.
"""

from __future__ import annotations

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_hasher = PasswordHasher()  # RFC 9106, second choice: 64 MiB
_at_once = asyncio.Semaphore(4)
_NOBODY = _hasher.hash("nobody has this password")


async def hash_password(password: str) -> str:
    """The hash to keep."""
    async with _at_once:
        return await asyncio.to_thread(_hasher.hash, password)


async def is_password(password: str, kept: str | None) -> bool:
    """Whether a password is the one that was kept.

    Args:
        password: as typed in.
        kept: its hash; None where there is no such account: takes as long and is never true.
    """

    def check() -> bool:
        try:
            return _hasher.verify(kept or _NOBODY, password) and kept is not None
        except (VerificationError, InvalidHashError):
            return False

    async with _at_once:
        return await asyncio.to_thread(check)
