"""A real browser on a page that has the player, served from the package as it lies here."""

from __future__ import annotations

import functools
import http.server
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import visavis

FOLDER = Path(visavis.__file__).parent / "player"
PAGE = '<!doctype html><meta charset="utf-8"><title>player</title><link rel="icon" href="data:,">'
SOFTWARE = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]


class Handler(http.server.SimpleHTTPRequestHandler):
    """Files, with the types browsers want, and no word about it."""

    extensions_map = http.server.SimpleHTTPRequestHandler.extensions_map | {
        ".js": "text/javascript",
        ".imx": "application/octet-stream",
    }

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Address and folder of a site with the player under /player and an empty page."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copytree(FOLDER, folder / "player")
    (folder / "index.html").write_text(PAGE)
    handler = functools.partial(Handler, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", folder
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def playwright() -> Iterator[Any]:
    """Playwright; its loop runs as long as a module, since no other test could have one."""
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as running:
        yield running


def launch(playwright: Any, *more: str) -> Any:
    """Chromium without a screen; its WebGL is computed, so every machine gives one picture."""
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    try:
        return playwright.chromium.launch(executable_path=path, args=[*SOFTWARE, *more])
    except Exception as error:
        pytest.skip(f"no Chromium here: {str(error).splitlines()[0]}")


@pytest.fixture(scope="module")
def browser(playwright: Any) -> Iterator[Any]:
    """A browser in which pages may be heard."""
    found = launch(playwright, "--autoplay-policy=no-user-gesture-required")
    yield found
    found.close()


@pytest.fixture
def shy_browser(playwright: Any) -> Iterator[Any]:
    """A browser in which a page is silent until somebody touches it."""
    found = launch(playwright, "--autoplay-policy=document-user-activation-required")
    yield found
    found.close()


@pytest.fixture
def page(browser: Any, site: tuple[str, Path]) -> Iterator[Any]:
    """The empty page of the site."""
    made = browser.new_page()
    made.set_default_timeout(120_000)  # a machine may be busy
    made.goto(f"{site[0]}/index.html")
    yield made
    made.close()
