"""The pages of a hub with partners on a phone and on a desk: nothing is cut off, all may be read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.partner_workspace import TAKEN, write_partner_workspace
from tests.support.running_server import run_server

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PATHS = ("/partners", f"/datasets/{TAKEN}", f"/findings/{TAKEN}-finding")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def partner_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    workspace = write_partner_workspace(tmp_path_factory.mktemp("partners"))
    assert workspace.build().build is not None
    with run_server(workspace, "--no-build") as served:
        served.wait_until_ready()
        yield served.address


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("width", [320, 1280])
def test_the_page_fits_the_screen_and_axe_finds_nothing(
    browser, partner_address: str, path: str, width: int
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    context = browser.new_context(
        base_url=partner_address, bypass_csp=True, viewport={"width": width, "height": 900}
    )
    page = context.new_page()
    page.goto(path)
    assert page.locator("text=Toy Health Observatory").count() >= 1
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = Axe().run(
        page, options={"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}
    )
    assert [rule["id"] for rule in found.response["violations"]] == []
    context.close()
