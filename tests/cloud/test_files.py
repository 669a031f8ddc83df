"""The store of files: a folder, and what fsspec knows, by one interface."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from visavis.cloud.files import Files
from visavis.errors import InvalidOption, MissingDependency

pytestmark = pytest.mark.asyncio
KEY = "avatars/A1B2C3D4E5/1.imx"


@pytest.fixture(params=["folder", "memory"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Files:
    """A store in a folder, and one that is no file system of this machine."""
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
