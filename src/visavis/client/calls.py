"""What can be asked of a cloud, apart from how it is sent.

Comes in: arguments. Goes out: generators that yield requests (and waits), are sent the answers, and
return values. The plain client and the asynchronous one run the same generators.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx

from visavis.client.answers import CloudAvatar, CloudEmbed, CloudSession, Job
from visavis.errors import InvalidMedia, ServiceError

T = TypeVar("T")
Progress = Callable[[str, float], None]
Picture = str | os.PathLike[str] | bytes


@dataclass(frozen=True, slots=True)
class Ask:
    """A request.

    Attributes:
        method: of HTTP.
        path: within the cloud.
        options: of httpx, such as ``params`` and ``json``.
    """

    method: str
    path: str
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wait:
    """Wait for so many seconds."""

    seconds: float


Call = Generator[Ask | Wait, httpx.Response, T]


def me() -> Call[dict[str, Any]]:
    """Who the secret belongs to."""
    answer = yield Ask("GET", "/v1/me")
    return dict(answer.json())


def avatars(q: str | None, tag: str | None, *, gallery: bool) -> Call[list[CloudAvatar]]:
    """All avatars of a list."""
    query = {name: value for name, value in (("q", q), ("tag", tag)) if value}
    found = yield from _all("/v1/gallery" if gallery else "/v1/avatars", query)
    return [CloudAvatar.model_validate(one) for one in found]


def avatar(avatar_id: str) -> Call[CloudAvatar]:
    """One avatar."""
    answer = yield Ask("GET", f"/v1/avatars/{_quoted(avatar_id)}")
    return CloudAvatar.model_validate(answer.json())


def delete(avatar_id: str) -> Call[list[str]]:
    """Delete an avatar; what went."""
    answer = yield Ask("DELETE", f"/v1/avatars/{_quoted(avatar_id)}")
    return list(answer.json()["gone"])


def clone(avatar_id: str, name: str | None) -> Call[CloudAvatar]:
    """Copy an avatar."""
    answer = yield Ask("POST", f"/v1/avatars/{_quoted(avatar_id)}/clone",
                       {"json": {"name": name}, **_once()})  # fmt: skip
    return CloudAvatar.model_validate(answer.json())


def pull(avatar_id: str, out: str | os.PathLike[str] | None) -> Call[Path]:
    """Fetch an avatar's file."""
    about = yield from avatar(avatar_id)
    answer = yield Ask("GET", about.file)
    target = Path(out) if out is not None else Path(f"{about.id}.imx")
    if about.sha256 and hashlib.sha256(answer.content).hexdigest() != about.sha256:
        raise ServiceError(f"the file of {about.id} came damaged; try again")
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        part.write_bytes(answer.content)
        os.replace(part, target)
    except OSError as error:
        raise InvalidMedia(f"{target} cannot be written: {error.strerror or error}") from error
    finally:
        part.unlink(missing_ok=True)
    return target


def push(
    source: Picture, said: dict[str, Any], wait: bool, progress: Progress | None
) -> Call[CloudAvatar]:
    """Make an avatar of a picture, an ``.imx`` file, or what lies at an address."""
    if isinstance(source, str) and source.startswith(("http://", "https://")):
        asked = Ask("POST", "/v1/avatars", {"json": {**said, "address": source}, **_once()})
    else:
        data = said | {"tags": ",".join(said["tags"])}
        file = ("upload", _bytes(source))
        asked = Ask("POST", "/v1/avatars/upload", {"data": data, "files": {"file": file},
                                                   **_once()})  # fmt: skip
    made = (yield asked).json()
    entered = CloudAvatar.model_validate(made["avatar"])
    if not wait:
        return entered
    work = Job.model_validate(made["job"])
    while work.state in ("waiting", "running"):
        yield Wait(0.5)
        work = Job.model_validate((yield Ask("GET", f"/v1/jobs/{work.id}")).json())
        if progress is not None:
            progress(work.step or work.state, work.progress)
    if work.state == "failed":
        raise ServiceError(f"no avatar could be made: {work.error}")
    return (yield from avatar(entered.id))


def said(
    name: str, consent: str, consent_note: str, licence: str, source: str, description: str,
    visibility: str, tags: Sequence[str], face: int,
) -> dict[str, Any]:  # fmt: skip
    """What is said about a new avatar; see :meth:`visavis.Client.push`."""
    return {
        "name": name, "consent": consent, "consent_note": consent_note, "licence": licence,
        "source": source, "description": description, "visibility": visibility,
        "tags": list(tags), "face": face,
    }  # fmt: skip


def launch(avatar_id: str, url: str, token: str, room_name: str) -> Call[CloudSession]:
    """Let an avatar join a room."""
    form = {"avatar_id": avatar_id, "livekit_url": url, "livekit_token": token,
            "room_name": room_name}  # fmt: skip
    answer = yield Ask("POST", "/v1/sessions", {"json": form, **_once()})
    return CloudSession.model_validate(answer.json())


def join(
    url: str, token: str, room_name: str, avatar_id: str | None, image: bytes | str | None,
    address: str,
) -> Call[None]:  # fmt: skip
    """Let an avatar join a room and wait until it has; of a cloud, or of a worker by itself."""
    fields = {"livekit_url": url, "livekit_token": token, "room_name": room_name}
    if isinstance(image, bytes):
        file = ("face", image, "application/octet-stream")
        body = {"data": fields, "files": {"avatar_image": file}}
    else:
        body = {"json": fields | ({"avatar_id": avatar_id} if image is None else {"image": image})}
    yield Ask("POST", address, body)


def sessions(state: str | None) -> Call[list[CloudSession]]:
    """All sessions."""
    found = yield from _all("/v1/sessions", {"state": state} if state else {})
    return [CloudSession.model_validate(one) for one in found]


def stop(session_id: str) -> Call[CloudSession]:
    """Let it leave."""
    answer = yield Ask("POST", f"/v1/sessions/{_quoted(session_id)}/stop")
    return CloudSession.model_validate(answer.json())


def direct(session_id: str, what: str, told: dict[str, Any]) -> Call[CloudSession]:
    """Tell it something."""
    path = f"/v1/sessions/{_quoted(session_id)}/{_quoted(what)}"
    answer = yield Ask("POST", path, {"json": told})
    return CloudSession.model_validate(answer.json())


def embed(
    avatar_id: str, origins: Sequence[str], name: str, minutes: int, total_minutes: int | None,
    expires_in: int,
) -> Call[CloudEmbed]:  # fmt: skip
    """Make an embed token; see :meth:`visavis.Client.embed`."""
    form = {"avatar_id": avatar_id, "origins": list(origins), "name": name, "minutes": minutes,
            "total_minutes": total_minutes, "expires_in": expires_in}  # fmt: skip
    answer = yield Ask("POST", "/v1/embeds", {"json": form, **_once()})
    return CloudEmbed.model_validate(answer.json())


def embeds() -> Call[list[CloudEmbed]]:
    """All embed tokens."""
    found = yield from _all("/v1/embeds", {})
    return [CloudEmbed.model_validate(one) for one in found]


def revoke_embed(embed_id: str) -> Call[CloudEmbed]:
    """Revoke one."""
    answer = yield Ask("POST", f"/v1/embeds/{_quoted(embed_id)}/revoke")
    return CloudEmbed.model_validate(answer.json())


def usage(month: str | None) -> Call[dict[str, Any]]:
    """What was used in a month."""
    answer = yield Ask("GET", "/v1/usage", {"params": {"month": month} if month else {}})
    return dict(answer.json())


def usage_csv(month: str | None) -> Call[str]:
    """The same as CSV."""
    answer = yield Ask("GET", "/v1/usage.csv", {"params": {"month": month} if month else {}})
    return answer.text


def _all(path: str, query: dict[str, str]) -> Call[list[Any]]:
    """All of a list, page by page."""
    found: list[Any] = []
    query = query | {"limit": "200"}
    while True:
        page = (yield Ask("GET", path, {"params": query})).json()
        found += page["items"]
        if not page.get("next"):
            return found
        query = query | {"cursor": page["next"]}


def _once() -> dict[str, Any]:
    """Lets a request be sent again without being done again."""
    return {"headers": {"Idempotency-Key": secrets.token_hex(16)}}


def _quoted(name: str) -> str:
    from urllib.parse import quote

    return quote(name, safe="")


def _bytes(source: Picture) -> bytes:
    if isinstance(source, bytes):
        return source
    try:
        return Path(source).read_bytes()
    except OSError as error:
        raise InvalidMedia(f"{source} cannot be read: {error.strerror or error}") from error
