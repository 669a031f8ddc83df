"""Secrets that have to be read again (of webhooks, of rooms), sealed while they are stored.

Comes in: a key and texts. Goes out: sealed texts, and back. Passwords and API secrets are not
among them: they are only ever hashed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from visavis.errors import InvalidOption


class Sealer:
    """Seals and signs with the operator's key.

    Args:
        key: any text of 32 characters or more.
    """

    def __init__(self, key: str) -> None:
        if len(key) < 32:
            raise InvalidOption("the cloud's key has at least 32 characters")
        self._key = key.encode()
        self._fernet = Fernet(base64.urlsafe_b64encode(self._derive("seal")))

    def seal(self, text: str) -> str:
        """A text that only :meth:`open` reads."""
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """What was sealed.

        Raises:
            ValueError: it was sealed with another key, or changed.
        """
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise ValueError("sealed with another key, or changed") from None

    def sign(self, purpose: str, text: str) -> str:
        """A signature over a text for one purpose, 64 hex digits."""
        return hmac.new(self._derive(purpose), text.encode(), hashlib.sha256).hexdigest()

    def _derive(self, purpose: str) -> bytes:
        return hmac.new(self._key, purpose.encode(), hashlib.sha256).digest()


def key_of(given: str, folder: Path) -> str:
    """The key: as given, else kept in a file that only its owner reads, made if it is not there."""
    if given:
        return given
    path = folder / "key"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        return path.read_text("ascii").strip()
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(os.urandom(32).hex())
    return path.read_text("ascii").strip()
