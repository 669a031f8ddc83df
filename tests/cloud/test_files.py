"""The store of files: a folder, and what fsspec knows, by one interface."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from tests.cloud.somebody import Somebody
from tests.cloud.test_avatars import OTTO, upload
from tests.helpers.s3_server import S3Server
from visavis.cloud.app import create_app
from visavis.cloud.backup import backup
from visavis.cloud.context import Cloud
from visavis.cloud.files import Files
from visavis.cloud.settings import load
from visavis.errors import InvalidOption, MissingDependency

pytestmark = pytest.mark.asyncio
KEY = "avatars/A1B2C3D4E5/1.imx"


@pytest.fixture(params=["folder", "memory", "s3"])
def files(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Files:
    """A store in a folder, one that is no file system of this machine, one behind S3."""
    if request.param == "s3":
        server: S3Server = request.getfixturevalue("s3")
        server.variables(monkeypatch)
        server.bucket(bucket := f"b-{uuid.uuid4()}")
        return Files(f"s3://{bucket}/some/where")
    return Files(str(tmp_path / "f") if request.param == "folder" else f"memory://{uuid.uuid4()}")


async def test_what_is_kept_comes_back(files: Files, tmp_path: Path) -> None:
    data = bytes(range(256)) * 3000
    assert await files.put(KEY, data) == len(data)
    source = tmp_path / "source"
    source.write_bytes(b"from a path")
    assert await files.put("uploads/x", source) == 11
    assert await files.get(KEY) == data
    assert b"".join([piece async for piece in files.stream(KEY)]) == data
    await files.fetch(KEY, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == data
    await files.copy(KEY, "avatars/B1B2C3D4E5/2.imx")
    await files.put(KEY, b"another")
    assert await files.get("avatars/B1B2C3D4E5/2.imx") == data
    assert await files.keys() == [KEY, "avatars/B1B2C3D4E5/2.imx", "uploads/x"]
    assert await files.remove(KEY) and not await files.remove(KEY)
    assert not await files.exists(KEY)
    with pytest.raises(FileNotFoundError):
        await files.get(KEY)


async def test_names_lead_nowhere_else(files: Files) -> None:
    for name in ("../x", "avatars/../../x", "/etc/passwd", "avatars/..", "avatars//x", "x",
                 "avatars/x\0", "avatars/.hidden"):  # fmt: skip
        with pytest.raises(ValueError, match="no name"):
            await files.put(name, b"")


async def test_a_store_nobody_knows(tmp_path: Path) -> None:
    with pytest.raises((InvalidOption, MissingDependency)):
        Files("nonsense://bucket")


async def test_a_cloud_keeps_its_avatars_in_a_bucket(
    s3: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Made, downloaded, backed up and deleted: what the bucket has is all there is."""
    s3.variables(monkeypatch)
    s3.bucket("avatars-of-all")
    settings = load(data=tmp_path / "data", files="s3://avatars-of-all/cloud", sign_up="open",
                    engine="none")  # fmt: skip
    cloud = Cloud(settings)
    app = create_app(cloud)
    async with app.router.lifespan_context(app), Somebody(app, "ada@example.org") as ada:
        await ada.sign_up()
        job = await upload(ada, OTTO)
        assert job["state"] == "done", job
        url = f"/v1/avatars/{job['avatar_id']}"
        shown = (await ada.http.get(url)).json()
        assert (await ada.http.get(shown["file"])).content == OTTO
        assert len((await ada.http.get(shown["preview"])).content) > 1000
        copy = (await ada.http.post(f"{url}/clone", json={})).json()
        assert (await ada.http.get(copy["file"])).content == OTTO
        kept = s3.objects("avatars-of-all")
        assert sorted(kept.values()).count(len(OTTO)) == 2 and len(kept) == 4
        assert all(name.startswith("cloud/avatars/") for name in kept)  # no upload is left
        assert not (tmp_path / "data" / "files").exists()
        assert (await backup(settings, tmp_path / "backup.zip")).files == 4
        for one in (job["avatar_id"], copy["id"]):
            assert (await ada.http.delete(f"/v1/avatars/{one}")).status_code == 200
        assert s3.objects("avatars-of-all") == {}
        assert (await ada.http.get(shown["file"])).status_code == 404
