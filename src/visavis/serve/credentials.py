"""Who may use the worker: static secrets, kept and compared as hashes only.

Comes in: secrets from the environment and a file; the headers of a request. Goes out: digests;
whether a request carries one of them.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from visavis.errors import InvalidOption
from visavis.serve.refusal import Refused

_SHORTEST = 8
_HASHED = re.compile(r"sha256:([0-9a-fA-F]{64})")


def digest(secret: str) -> bytes:
    """SHA-256 of a secret, 32 bytes.

    Secrets are random keys, no passwords: they need no slow hash.
    """
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def read_secrets(given: str | None, file: Path | None) -> tuple[bytes, ...]:
    """Digests of all secrets.

    Args:
        given: secrets separated by commas.
        file: one secret a line; ``#`` begins a comment. Here and there ``sha256:`` and 64 hex
            digits stand for a secret that is not written down.

    Raises:
        InvalidOption: a file that cannot be read, a secret that is too short to be one.
    """
    lines = (given or "").split(",")
    if file is not None:
        try:
            lines += [line.partition("#")[0] for line in file.read_text("utf-8").splitlines()]
        except (OSError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or "it is no text"
            raise InvalidOption(f"the secrets in {file} cannot be read: {reason}") from error
    return tuple(_digests(line.strip() for line in lines))


def _digests(secrets: Iterable[str]) -> Iterable[bytes]:
    for secret in secrets:
        if hashed := _HASHED.fullmatch(secret):
            yield bytes.fromhex(hashed[1])
        elif len(secret) >= _SHORTEST:
            yield digest(secret)
        elif secret:
            raise InvalidOption(f"a secret has at least {_SHORTEST} characters; one is shorter")


def presented(headers: Mapping[str, str]) -> str | None:
    """The secret a request brings: header ``api-secret``, or ``Authorization: Bearer``."""
    secret = headers.get("api-secret")
    if secret:
        return secret.strip()
    kind, _, value = headers.get("authorization", "").partition(" ")
    return value.strip() or None if kind.lower() == "bearer" else None


def check(headers: Mapping[str, str], secrets: tuple[bytes, ...]) -> None:
    """Let a request pass.

    Raises:
        Refused: it has no secret, or a wrong one.
    """
    secret = presented(headers)
    if secret is None:
        raise Refused(
            401,
            "no_secret",
            "no API secret: send it as header api-secret or Authorization: Bearer",
        )
    shown = digest(secret)
    # All are compared, each in constant time: how long it takes tells nothing.
    if not sum(hmac.compare_digest(shown, known) for known in secrets):
        raise Refused(401, "wrong_secret", "this API secret is not one of this worker's")
