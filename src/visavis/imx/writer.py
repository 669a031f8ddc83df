"""Writing an avatar file.

Comes in: an `AvatarModel`. Goes out: a file that `read` accepts, written whole or not at all.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pydantic import ValidationError

from visavis.errors import InvalidAvatar
from visavis.imx import archive, jsontext, model, tensors, webp
from visavis.imx.documents import Document, Manifest, Member
from visavis.imx.table import FACE, LIPSYNC, MAJOR, MANIFEST, MAX_RIG, MINOR, RIG


def _generator() -> str:
    try:
        return f"visavis {version('visavis')}"
    except PackageNotFoundError:  # run from a source tree that is not installed
        return "visavis"


def _json(member: str, document: Document) -> bytes:
    """A document as JSON, checked as its reader will check it."""
    raw = json.dumps(document.model_dump(mode="json"), indent=1, allow_nan=False).encode() + b"\n"
    jsontext.document(member, raw, type(document))
    return raw


def _completed(manifest: Manifest, members: dict[str, bytes]) -> Manifest:
    """The manifest with version, generator, time and checksums filled in."""
    fields = manifest.model_dump() | {
        "version": f"{MAJOR}.{MINOR}",
        "generator": manifest.generator or _generator(),
        "created": manifest.created or datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "members": {
            path: Member(sha256=hashlib.sha256(raw).hexdigest(), bytes=len(raw))
            for path, raw in members.items()
        },
    }
    try:
        return Manifest.model_validate(fields)
    except ValidationError as error:
        raise InvalidAvatar(MANIFEST, jsontext.first_error(error)) from None


def encode(avatar: model.AvatarModel) -> bytes:
    """An avatar file in memory.

    Args:
        avatar: what it holds. Checksums are computed; version, and generator and created where
            they are empty, are filled in. With `created` given, the same content makes the same
            bytes (with the same versions of zlib and libwebp).

    Returns:
        The file.

    Raises:
        InvalidAvatar: something in it that `read` would refuse; names the member.
    """
    model.check(avatar)
    members = {
        FACE: _json(FACE, avatar.face),
        RIG: tensors.encode(avatar.rig),
        LIPSYNC: _json(LIPSYNC, avatar.lipsync),
    }
    images = list(model.expected_images(avatar.face))
    with ThreadPoolExecutor() as pool:  # the encoder releases the interpreter's lock
        encoded = pool.map(lambda image: webp.encode(image, avatar.images[image.name]), images)
        members |= zip((image.path for image in images), encoded, strict=True)
    if len(members[RIG]) > MAX_RIG:
        raise InvalidAvatar(RIG, f"{len(members[RIG])} bytes, at most {MAX_RIG} are allowed")
    manifest = _json(MANIFEST, _completed(avatar.manifest, members))
    return archive.pack([(MANIFEST, manifest), *members.items()])


def write(path: str | os.PathLike[str], avatar: model.AvatarModel) -> Path:
    """Writes an avatar file, whole or not at all.

    Args:
        path: where; an existing file is replaced once the new one is complete.
        avatar: as for `encode`.

    Returns:
        The path.

    Raises:
        InvalidAvatar: as `encode`; nothing is written then.
        OSError: the folder is missing or cannot be written.
    """
    target, data = Path(path), encode(avatar)
    part = target.with_name(f".{target.name[:80]}.{secrets.token_hex(6)}.part")
    try:
        with part.open("xb") as file:
            file.write(data)
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return target
