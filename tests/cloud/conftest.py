"""What the tests of the cloud share: a cloud on SQLite and the same on a real PostgreSQL."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
import pytest_asyncio

_NEEDED = ("sqlalchemy", "aiosqlite", "psycopg", "alembic", "fastapi", "argon2", "limits", "fsspec")
if any(find_spec(name) is None for name in _NEEDED):
    pytest.skip("the cloud needs the extra `cloud`", allow_module_level=True)

import httpx  # noqa: E402

from tests.cloud.somebody import Somebody  # noqa: E402
from tests.helpers.postgres import Postgres  # noqa: E402
from tests.helpers.quick_passwords import quick  # noqa: E402
from tests.helpers.s3_server import S3Server  # noqa: E402
from visavis.cloud.app import create_app  # noqa: E402
from visavis.cloud.context import Cloud  # noqa: E402
from visavis.cloud.database import Database  # noqa: E402
from visavis.cloud.settings import load  # noqa: E402


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """argon2 is slow on purpose; most tests need somebody who has logged in."""
    yield from quick()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A real PostgreSQL; skips where there is none."""
    running = Postgres()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def s3() -> Iterator[S3Server]:
    """A server that speaks S3; skips where there is none."""
    running = S3Server()
    yield running
    running.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of an empty database: every test that takes it runs on both."""
    if request.param == "sqlite":
        return ""
    server: Postgres = request.getfixturevalue("postgres")
    return server.database()


@pytest.fixture(scope="session")
def sqlite_with_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with tables and no rows, to be copied: migrating takes longer than most tests."""
    path = tmp_path_factory.mktemp("tables") / "cloud.sqlite"
    _upgrade(f"sqlite+aiosqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_with_tables(postgres: Postgres) -> str:
    """The same, by name."""
    url = postgres.database()
    _upgrade(load(database=url).database_url)
    return url.partition("?")[0].rpartition("/")[2]


def _upgrade(url: str) -> None:
    async def upgrade() -> None:
        database = Database(url)
        await database.upgrade()
        await database.close()

    asyncio.run(upgrade())


@pytest.fixture(params=["sqlite", "postgresql"])
def prepared_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database with tables and no rows, of either kind."""
    if request.param == "postgresql":
        like = request.getfixturevalue("postgres_with_tables")
        server: Postgres = request.getfixturevalue("postgres")
        return server.database(like)
    (tmp_path / "data").mkdir()
    shutil.copy(request.getfixturevalue("sqlite_with_tables"), tmp_path / "data")
    return ""


@pytest_asyncio.fixture
async def cloud(prepared_url: str, tmp_path: Path) -> AsyncIterator[Cloud]:
    """A cloud that runs, with its app at `cloud.app`."""
    settings = load(data=tmp_path / "data", database=prepared_url, rate="100000/minute",
                    rate_log_in="100000/minute", sign_up="open", engine="none")  # fmt: skip
    running = Cloud(settings)
    app = create_app(running)
    async with app.router.lifespan_context(app):
        running.app = app  # type: ignore[attr-defined]
        yield running


@pytest_asyncio.fixture
async def http(cloud: Cloud) -> AsyncIterator[httpx.AsyncClient]:
    """Talks to the cloud's app, without a secret."""
    transport = httpx.ASGITransport(cloud.app)  # type: ignore[attr-defined]
    async with httpx.AsyncClient(transport=transport, base_url="http://cloud.test") as client:
        yield client


@pytest_asyncio.fixture
async def ada(cloud: Cloud) -> AsyncIterator[Somebody]:
    """Somebody with an account and an organisation, logged in."""
    async with Somebody(cloud.app, "ada@example.org") as somebody:  # type: ignore[attr-defined]
        await somebody.sign_up()
        yield somebody


@pytest_asyncio.fixture
async def bob(cloud: Cloud) -> AsyncIterator[Somebody]:
    """Somebody else, in another organisation."""
    async with Somebody(cloud.app, "bob@example.org") as somebody:  # type: ignore[attr-defined]
        await somebody.sign_up()
        yield somebody
