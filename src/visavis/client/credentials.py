"""Which cloud, and with which secret: given, from the environment, or kept by ``visavis login``.

Comes in: what the user gave. Goes out: :class:`Credentials`. The file is its owner's only.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path

from visavis.errors import InvalidOption

URL_VARIABLE = "VISAVIS_API_URL"
SECRET_VARIABLE = "VISAVIS_API_SECRET"


@dataclass(frozen=True, slots=True)
class Credentials:
    """Where and who.

    Attributes:
        url: of the cloud, without a slash at its end.
        secret: an API secret; "": none, for a worker that asks for none.
    """

    url: str
    secret: str = field(repr=False)

    @property
    def headers(self) -> dict[str, str]:
        """What requests bring along."""
        return {"Authorization": f"Bearer {self.secret}"} if self.secret else {}


def path() -> Path:
    """The file that ``visavis login`` writes."""
    from platformdirs import user_config_dir

    return Path(user_config_dir("visavis", appauthor=False)) / "login.json"


def find(url: str | None = None, secret: str | None = None) -> Credentials:
    """The credentials to use: what is given, then the environment, then what was kept.

    Raises:
        InvalidOption: there are none.
    """
    if url and secret == "":
        return Credentials(clean(url), "")
    kept = stored()
    url = url or os.environ.get(URL_VARIABLE) or (kept.url if kept else None)
    secret = secret or os.environ.get(SECRET_VARIABLE)
    if not secret and kept is not None and url is not None and clean(url) == kept.url:
        secret = kept.secret  # a secret is for the cloud that it was given for, and no other
    if not url or not secret:
        raise InvalidOption(
            f"no cloud is known: visavis login, or set {URL_VARIABLE} and {SECRET_VARIABLE}"
        )
    return Credentials(clean(url), secret)


def clean(url: str) -> str:
    """An address as it is kept: the one that plugins post launches to means the same cloud.

    Raises:
        InvalidOption: it is no http or https address.
    """
    url = url.strip().rstrip("/").removesuffix("/launch")
    if not url.startswith(("http://", "https://")):
        raise InvalidOption(f"{url[:100]!r} is no http or https address")
    return url


def stored() -> Credentials | None:
    """What ``visavis login`` kept; None if nothing."""
    try:
        said = json.loads(path().read_text("utf-8"))
        return Credentials(str(said["url"]), str(said["secret"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def keep(credentials: Credentials) -> Path:
    """Keep credentials for later; the file they are in."""
    file = path()
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = file.with_suffix(".part")
    part.unlink(missing_ok=True)
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        json.dump({"url": credentials.url, "secret": credentials.secret}, out)
    os.replace(part, file)
    return file


def forget() -> bool:
    """Remove what is kept; whether there was something."""
    try:
        path().unlink()
    except FileNotFoundError:
        return False
    return True
