"""The shipped site, served in processes of its own, and the system's Chromium to read it with."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.browser_user import BROWSER_FLAGS, BrowserUser
from tests.support.dataset_builder import BuildWorkspace
from tests.support.running_server import run_server

WIDTHS = (320, 390, 1280)
CHROMIUM = shutil.which("chromium")


@pytest.fixture(scope="session")
def address(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the shipped datasets and questions are served, as `built` holds them."""
    site = BuildWorkspace(tmp_path_factory.mktemp("site"))
    site.out = built.parents[1]
    with run_server(site, "--no-build") as served:
        served.wait_until_ready()
        yield served.address


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    """The system's Chromium; without it these tests are skipped.

    For a module and no longer: while it is there an event loop runs in this thread, beside which
    no asynchronous test of another module could start its own.
    """
    if CHROMIUM is None:
        pytest.skip("There is no Chromium here (apt-get install chromium).")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(BROWSER_FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture(params=[(w, k) for w in WIDTHS for k in (False, True)], ids=str)
def person(browser, address: str, request: pytest.FixtureRequest) -> Iterator[BrowserUser]:
    """Somebody on a screen of some width, with a mouse or with a keyboard alone."""
    width, keyboard = request.param
    context = browser.new_context(
        viewport={"width": width, "height": 800}, base_url=address, accept_downloads=True
    )
    context.set_default_timeout(15_000)
    foreign: list[str] = []
    page = context.new_page()
    page.on("request", lambda r: foreign.append(r.url) if not r.url.startswith(address) else None)
    wrong: list[str] = []
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    yield BrowserUser(page, keyboard)
    context.close()
    assert not foreign, "a page asks another host"
    assert not wrong, "the browser complains"
