"""Names of things, drawn at random; and random secrets.

Comes in: nothing. Goes out: short texts that cannot be guessed or confused when read aloud.
"""

from __future__ import annotations

import secrets

_LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ"
_DIGITS = "0123456789"
_SMALL = "0123456789abcdefghjkmnpqrstvwxyz"

AVATAR_ID = r"^[A-Z][0-9](?:[A-Z][0-9]){4}$"
"""How avatars are called: letter and digit by turns, ``A1B2C3D4E5``; 5e11 of them."""


def avatar_id() -> str:
    """A new avatar's name; whoever inserts it tries another one if it is taken."""
    return "".join(secrets.choice(_LETTERS) + secrets.choice(_DIGITS) for _ in range(5))


def new_id(kind: str) -> str:
    """A new name, such as ``org_7h2k…``: 80 random bits.

    Args:
        kind: three or four letters that say of what.
    """
    return f"{kind}_{''.join(secrets.choice(_SMALL) for _ in range(16))}"


def token() -> str:
    """A secret text, 256 random bits, fit for URLs and cookies."""
    return secrets.token_urlsafe(32)
