"""A cloud with its studio, served for real, and a browser that looks at it."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

_NEEDED = ("sqlalchemy", "aiosqlite", "alembic", "fastapi", "argon2", "limits", "aiortc")
if any(find_spec(name) is None for name in _NEEDED):
    pytest.skip("the studio needs the extra `cloud`", allow_module_level=True)

import httpx  # noqa: E402

from tests.helpers.quick_passwords import quick  # noqa: E402
from visavis.cloud.app import create_app  # noqa: E402
from visavis.cloud.context import Cloud  # noqa: E402
from visavis.cloud.settings import load  # noqa: E402
from visavis.studio import add_studio  # noqa: E402
from visavis.talk.server import listen  # noqa: E402

PASSWORD = "a long sentence of my own"
CHROMIUM = [
    "--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
    "--autoplay-policy=no-user-gesture-required", "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream", "--disable-features=WebRtcHideLocalIpsWithMdns",
]  # fmt: skip


@dataclass
class Served:
    """A running cloud."""

    url: str
    cloud: Cloud

    @contextlib.contextmanager
    def person(self, name: str) -> Iterator[httpx.Client]:
        """Somebody who has signed up, in a browser of their own."""
        with httpx.Client(base_url=self.url, timeout=30) as http:
            form = {"email": f"{name}@example.org", "password": PASSWORD, "name": name.title()}
            me = http.post("/v1/sign-up", json=form | {"organisation": f"{name.title()} & Co"})
            assert me.status_code == 201, me.text
            http.headers["X-CSRF-Token"] = me.json()["csrf"]
            yield http


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """argon2 is slow on purpose; most tests need somebody who has logged in."""
    yield from quick()


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of a cloud that has been started once: tables, and the gallery's characters."""
    folder = tmp_path_factory.mktemp("seeded") / "cloud"

    async def start_once() -> None:
        app = create_app(Cloud(load(data=folder, engine="none")))
        add_studio(app)
        async with app.router.lifespan_context(app):
            pass

    # In a thread of its own: where a browser is driven, this one has a loop already.
    with ThreadPoolExecutor(1) as elsewhere:
        elsewhere.submit(asyncio.run, start_once()).result()
    return folder


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, seeded: Path) -> Iterator[Served]:
    """A cloud on loopback where everybody may sign up."""
    import uvicorn

    socket = listen("127.0.0.1", 0)
    port = socket.getsockname()[1]
    data = tmp_path_factory.mktemp("cloud") / "data"
    shutil.copytree(seeded, data)
    cloud = Cloud(load(data=data, port=port, sign_up="open",
                       rate="100000/minute", rate_log_in="100000/minute",
                       engine="none", heartbeat=0.5))  # fmt: skip
    app = create_app(cloud)
    add_studio(app)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", ws="websockets-sansio"))
    thread = threading.Thread(target=lambda: server.run(sockets=[socket]), daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.02)
    yield Served(f"http://127.0.0.1:{port}", cloud)
    server.should_exit = True
    thread.join(20)
    assert not thread.is_alive()
    socket.close()


@dataclass
class Visitor:
    """A page, and what went wrong on it."""

    page: Any
    url: str
    wrong: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)

    def go(self, path: str) -> Any:
        """Look at a page of the studio, once it is drawn."""
        self.page.goto(self.url + path)
        self.page.wait_for_selector("#main > .page")
        return self.page

    def until(self, expression: str, seconds: float = 60.0) -> None:
        """Wait until JavaScript says so; the limit only ends a test that has failed."""
        end = time.monotonic() + seconds
        while not self.page.evaluate(expression):  # wait_for_function needs what our policy forbids
            assert time.monotonic() < end, f"never came: {expression}"
            self.page.wait_for_timeout(50)

    def heard(self, message: Any) -> None:
        """Keep what the console says, but for the card's advice on speed."""
        if message.type in ("error", "warning") and "GPU stall" not in message.text:
            self.wrong.append(message.text)

    def asked(self, request: Any) -> None:
        """Keep requests that go elsewhere."""
        if not request.url.startswith((self.url, "data:", "blob:")):
            self.outside.append(request.url)


@pytest.fixture(scope="module")  # Playwright's loop runs as long: no other test could have one
def browser() -> Iterator[Any]:
    """Chromium without a screen; its camera is a picture that moves."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("no Chromium here (Debian: apt install chromium)")
    with playwright.sync_playwright() as running:
        found = running.chromium.launch(executable_path=path, args=CHROMIUM)
        yield found
        found.close()


def visit(browser: Any, served: Served, http: httpx.Client | None = None, **more: Any) -> Visitor:
    """Open a browser window, logged in as somebody."""
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"], **more)
    context.set_default_timeout(150_000)  # only ends a test that has failed
    if http is not None:
        cookies = [{"name": c.name, "value": c.value, "url": served.url} for c in http.cookies.jar]
        context.add_cookies(cookies)
    visitor = Visitor(context.new_page(), served.url)
    visitor.page.on("console", visitor.heard)
    visitor.page.on("pageerror", lambda error: visitor.wrong.append(str(error)))
    visitor.page.on("request", visitor.asked)
    return visitor


@pytest.fixture(scope="module")
def ada(served: Served) -> Iterator[httpx.Client]:
    """Somebody with an account."""
    with served.person("ada") as http:
        yield http


@pytest.fixture
def stranger(browser: Any, served: Served) -> Iterator[Visitor]:
    """A window of somebody unknown."""
    visitor = visit(browser, served, viewport={"width": 1280, "height": 800})
    yield visitor
    visitor.page.context.close()


@pytest.fixture
def window(browser: Any, served: Served, ada: httpx.Client) -> Iterator[Visitor]:
    """A window of Ada's."""
    visitor = visit(browser, served, ada, viewport={"width": 1280, "height": 800})
    yield visitor
    visitor.page.context.close()


@pytest.fixture
def phone(browser: Any, served: Served, ada: httpx.Client) -> Iterator[Visitor]:
    """Ada's telephone."""
    visitor = visit(browser, served, ada, viewport={"width": 390, "height": 844}, has_touch=True)
    yield visitor
    visitor.page.context.close()


@pytest.fixture(scope="session")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photo with a face; skips where faces cannot be found."""
    data = pytest.importorskip("skimage.data", reason="scikit-image is not installed")
    models = pytest.importorskip("visavis.build.models")
    if models.missing():
        pytest.skip("the networks that find faces are not here: visavis models fetch")
    from PIL import Image

    path = tmp_path_factory.mktemp("photo") / "astronaut.png"
    Image.fromarray(data.astronaut()).save(path)
    return path
