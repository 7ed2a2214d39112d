"""What readers meet who set letters twice as large, or who listen to a page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.conftest import CHROMIUM
from tests.browser.test_accessible import PAGES
from tests.support.browser_user import BROWSER_FLAGS

pytestmark = [pytest.mark.browser, pytest.mark.slow]
USUAL_SIZE = 16  # pixels: what a browser gives a text that says nothing of its size
WORDS = "higher|lower|similar|compared|not tested|suppressed|not available"


@pytest.fixture(scope="module")
def large_letters(browser, address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator:
    """A browser whose reader has set letters twice as large, in its settings and not by zooming."""
    profile: Path = tmp_path_factory.mktemp("profile")
    (profile / "Default").mkdir()
    sizes = {"default_font_size": 2 * USUAL_SIZE, "default_fixed_font_size": 26}
    settings = {"webkit": {"webprefs": sizes}}
    (profile / "Default" / "Preferences").write_text(json.dumps(settings), "utf-8")
    context = browser.browser_type.launch_persistent_context(
        str(profile), executable_path=CHROMIUM, args=list(BROWSER_FLAGS), base_url=address
    )
    context.set_default_timeout(20_000)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("width", [390, 1280])
def test_letters_twice_as_large_push_no_page_to_the_side(large_letters, width: int) -> None:
    large_letters.set_viewport_size({"width": width, "height": 900})
    wide = []
    for path in PAGES:
        if path.startswith(("/hub/", "/embed/")):  # tables of the database scroll in themselves
            continue
        large_letters.goto(path)
        if large_letters.evaluate("document.documentElement.scrollWidth") > width:
            wide.append(path)
    assert wide == []
    size = large_letters.evaluate("parseFloat(getComputedStyle(document.body).fontSize)")
    assert size >= 2 * USUAL_SIZE


@pytest.mark.parametrize(
    "path",
    [
        "/indicators/teaching-seen-within-18-weeks-synthetic",
        "/indicators/us-occult-hypoxaemia-prevalence",
        "/indicators/nz-infant-mortality-rate",
    ],
)
def test_a_row_of_the_chart_is_heard_as_group_figure_and_comparison(
    browser, address: str, path: str
) -> None:
    page = browser.new_page(base_url=address)
    page.goto(path)
    table = page.locator("table.chart").first
    heard = re.findall(r'^\s*- row "(.+)":$', table.aria_snapshot(), re.MULTILINE)
    page.close()
    rows = [row for row in heard[1:] if re.search(r"\d", row)]  # others only head those below
    assert rows
    for row in rows:
        assert re.search(WORDS, row), row
        assert not re.search(r"[●○◆■▲▼→]|undefined|None|nan", row), row
