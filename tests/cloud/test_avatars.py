"""Avatars: made from pictures and files, shown, found, copied, downloaded, deleted for good."""

from __future__ import annotations

import asyncio
import hashlib
import io
from typing import Any

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import func, select

from tests.cloud.somebody import Somebody
from visavis.cloud.context import Cloud
from visavis.cloud.database import AuditEntry, Avatar, AvatarTag, Job, Scope
from visavis.library import CHARACTERS

pytestmark = pytest.mark.asyncio
ALL = Scope.system("a test looks")
OTTO = (CHARACTERS / "otto.imx").read_bytes()
FORM = {"name": "Otto", "consent": "no_person"}


async def upload(who: Somebody, data: bytes, **more: str) -> dict[str, Any]:
    """Upload something and wait until its job is over; the job."""
    answer = await who.http.post("/v1/avatars/upload", data=FORM | more, files={"file": data})
    assert answer.status_code == 202, answer.text
    job: dict[str, Any] = answer.json()["job"]
    while job["state"] in ("waiting", "running"):
        await asyncio.sleep(0.1)
        job = (await who.http.get(f"/v1/jobs/{job['id']}")).json()
    return job


async def test_a_file_becomes_an_avatar_that_can_be_downloaded(ada: Somebody, cloud: Cloud) -> None:
    job = await upload(ada, OTTO, tags="robot, Drawn", licence="CC0")
    assert job["state"] == "done", job
    avatar = (await ada.http.get(f"/v1/avatars/{job['avatar_id']}")).json()
    assert avatar["status"] == "ready" and avatar["tags"] == ["drawn", "robot"]
    assert avatar["kind"] == "drawn" and avatar["sha256"] == hashlib.sha256(OTTO).hexdigest()
    program = await ada.program("read")
    assert (await program.get(avatar["file"])).content == OTTO
    preview = await program.get(avatar["preview"])
    picture = Image.open(io.BytesIO(preview.content))
    assert picture.size == (512, 512) and np.asarray(picture).std() > 20
    assert not [key for key in await cloud.files.keys() if key.startswith("uploads/")]


async def test_a_photo_becomes_an_avatar_with_its_licence_inside(
    ada: Somebody, portrait: bytes, tmp_path: Any
) -> None:
    from visavis import imx

    job = await upload(
        ada, portrait, name="Eileen", licence="public domain", consent="public_licence",
        consent_note="NASA", source="scikit-image",
    )  # fmt: skip
    assert job["state"] == "done", job
    assert job["progress"] == 1.0 and job["result"]["canvas"][1] == 480
    made = (await ada.http.get(f"/v1/avatars/{job['avatar_id']}/file")).content
    manifest = imx.inspect(made).manifest
    assert manifest.name == "Eileen" and manifest.likeness.licence == "public domain"
    assert manifest.likeness.consent == "public_licence: NASA"


async def test_what_is_no_face_fails_with_the_reason(ada: Somebody, cloud: Cloud) -> None:
    grey = io.BytesIO()
    Image.new("RGB", (600, 600), "grey").save(grey, "PNG")
    broken = bytearray(OTTO)
    broken[len(OTTO) // 2] ^= 255
    for data, word in (
        (grey.getvalue(), "face"),
        (b"this is no picture", "picture"),
        (OTTO[:5000], ""),
        (bytes(broken), ""),
    ):
        job = await upload(ada, data)
        assert job["state"] == "failed" and word in job["error"], job
        avatar = (await ada.http.get(f"/v1/avatars/{job['avatar_id']}")).json()
        assert avatar["status"] == "failed"
        assert (await ada.http.get(avatar["file"])).status_code == 409
    assert await cloud.files.keys() == []


async def test_a_picture_that_unpacks_to_gigabytes_is_refused(ada: Somebody) -> None:
    bomb = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(bomb, "PNG", optimize=True)
    assert len(bomb.getvalue()) < 1_000_000
    job = await upload(ada, bomb.getvalue())
    assert job["state"] == "failed" and job["code"] == "not_built", job


async def test_an_address_is_fetched_but_none_inside(ada: Somebody) -> None:
    for address in ("http://127.0.0.1:1/x.png", "http://[::ffff:10.0.0.1]/x", "http://2130706433/"):
        made = await ada.http.post("/v1/avatars", json=FORM | {"address": address})
        job = made.json()["job"]
        while job["state"] in ("waiting", "running"):
            await asyncio.sleep(0.1)
            job = (await ada.http.get(f"/v1/jobs/{job['id']}")).json()
        assert job["state"] == "failed" and job["code"] == "not_fetched"
        assert "private network" in job["error"]
    wrong = await ada.http.post("/v1/avatars", json=FORM | {"address": "file:///etc/passwd"})
    assert wrong.status_code == 422


async def test_private_unlisted_and_public(ada: Somebody, bob: Somebody) -> None:
    made = (await upload(ada, OTTO))["avatar_id"]
    stranger = ada.browser()

    async def seen() -> tuple[list[int], int]:
        answers = [
            await bob.http.get(f"/v1/avatars/{made}"),
            await bob.http.get(f"/v1/avatars/{made}/file"),
            await stranger.get(f"/v1/gallery/{made}"),
            await stranger.get(f"/v1/gallery/{made}/file"),
            await stranger.get(f"/v1/gallery/{made}/preview"),
        ]
        listed = (await stranger.get("/v1/gallery")).json()["items"]
        return [answer.status_code for answer in answers], len(listed)

    for visibility, status, listed in (
        ("private", 404, 0), ("unlisted", 200, 0), ("public", 200, 1), ("private", 404, 0),
    ):  # fmt: skip
        change = {"visibility": visibility}
        assert (await ada.http.patch(f"/v1/avatars/{made}", json=change)).status_code == 200
        assert await seen() == ([status] * 5, listed)
        for answer in (
            await bob.http.patch(f"/v1/avatars/{made}", json={"name": "mine"}),
            await bob.http.delete(f"/v1/avatars/{made}"),
        ):
            assert answer.status_code == 404


async def test_found_by_words_and_tags(ada: Somebody) -> None:
    first = (await upload(ada, OTTO, name="Otto 100%", tags="robot"))["avatar_id"]
    second = (await upload(ada, OTTO, name="Mei", description="a Panda\nthat paints"))["avatar_id"]

    async def found(**query: str) -> set[str]:
        answer = await ada.http.get("/v1/avatars", params=query)
        return {one["id"] for one in answer.json()["items"]}

    assert await found() == {first, second}
    assert await found(q="PAND paints") == {second}
    assert await found(q="0%") == {first} and await found(q="%") == {first}
    assert await found(q="_") == set()
    assert await found(tag="Robot") == {first}
    await ada.http.patch(f"/v1/avatars/{second}", json={"tags": ["robot"], "name": "Meimei"})
    assert await found(q="meimei") == {second} and await found(q="robot") == {first, second}


async def test_a_copy_stands_on_its_own(ada: Somebody, bob: Somebody) -> None:
    made = (await upload(ada, OTTO, tags="robot", visibility="public"))["avatar_id"]
    copy = await bob.http.post(f"/v1/avatars/{made}/clone", json={"name": "Mine"})
    assert copy.status_code == 201
    mine = copy.json()
    assert mine["cloned_from"] == made and mine["visibility"] == "private"
    assert mine["tags"] == ["robot"] and mine["name"] == "Mine"
    assert (await ada.http.delete(f"/v1/avatars/{made}")).status_code == 200
    assert (await bob.http.get(mine["file"])).content == OTTO


async def test_deleting_says_what_went_and_leaves_nothing(ada: Somebody, cloud: Cloud) -> None:
    made = (await upload(ada, OTTO, tags="robot,drawn"))["avatar_id"]
    assert len(await cloud.files.keys()) == 2
    gone = (await ada.http.delete(f"/v1/avatars/{made}")).json()["gone"]
    assert f"avatar {made} (Otto)" in gone and "2 tags" in gone and "1 jobs" in gone
    assert await cloud.files.keys() == []
    assert (await ada.http.get(f"/v1/avatars/{made}")).status_code == 404
    async with cloud.database.read(ALL) as db:
        for table in (Avatar, AvatarTag, Job):
            assert await db.scalar(select(func.count()).select_from(table)) == 0
        told = await db.scalar(select(AuditEntry).where(AuditEntry.action == "avatar.deleted"))
    assert told is not None and told.target == made


async def test_deleted_while_it_is_made(ada: Somebody, cloud: Cloud) -> None:
    answer = await ada.http.post("/v1/avatars/upload", data=FORM, files={"file": OTTO})
    made = answer.json()["avatar"]["id"]
    assert (await ada.http.delete(f"/v1/avatars/{made}")).status_code == 200
    (done,) = [await upload(ada, OTTO)]  # the queue has gone on
    assert done["state"] == "done"
    assert len(await cloud.files.keys()) == 2


async def test_too_large_is_refused_while_it_comes_in(ada: Somebody) -> None:
    async def endless() -> Any:
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n'
        for _ in range(60):
            yield b"x" * 1_000_000

    sent = await ada.http.post(
        "/v1/avatars/upload", content=endless(),
        headers={"content-type": "multipart/form-data; boundary=x"},
    )  # fmt: skip
    assert sent.status_code == 413 and sent.json()["code"] == "too_large"
    sent = await ada.http.post("/v1/avatars/upload", data=FORM, files={"file": bytes(30_000_000)})
    assert sent.status_code == 413
    sent = await ada.http.post("/v1/secrets", json={"name": "x" * 2_000_000})
    assert sent.status_code == 413


async def test_what_is_said_about_it_is_checked(ada: Somebody) -> None:
    for wrong in (
        {"name": ""}, {"name": "a\nb"}, {"consent": "none"}, {"tags": "<b>"}, {"face": "0"},
        {"landmarks": "[1]"}, {"landmarks": "{"}, {"landmarks": '{"a": NaN}'},
        {"visibility": "secret"},
    ):  # fmt: skip
        answer = await ada.http.post(
            "/v1/avatars/upload", data=FORM | wrong, files={"file": OTTO}
        )  # fmt: skip
        assert answer.status_code == 422, wrong
    no_consent = await ada.http.post(
        "/v1/avatars/upload", data={"name": "Otto"}, files={"file": OTTO}
    )
    assert no_consent.status_code == 422
