"""Every kind of page, Datasette's own among them: no fault that axe finds, light, and no overflow."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

import pytest

from evidencehub.web import routes
from evidencehub.web.page_request import compile_pattern
from tests.browser.conftest import WIDTHS
from tests.support.sampling import sample

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAGES = (
    "/",
    "/search?q=maternal+deaths",
    "/search?q=xqzw",
    "/search?q=BAME",
    "/topics",
    "/topics/mental-health",
    "/topics/maternity",
    "/topics/improving-health-and-care",
    "/topics/empowering-vulnerable-communities",
    "/topics/cancer",
    "/indicators",
    "/indicators?topic=maternity",
    "/indicators?topic=maternity&country=BR",
    "/indicators?topic=cancer&country=BR",
    "/indicators?country=XX",
    "/indicators/uk-maternal-mortality-rate",
    "/indicators/eng-mha-detention-rate?period=2021-04-01/2022-03-31&order=value",
    "/indicators/teaching-emergency-admission-rate-synthetic",
    "/indicators/teaching-town-fall-admission-rate-synthetic",
    "/indicators/us-infant-mortality-rate-1915-2013",
    "/indicators/br-ms-maternal-death-relative-risk",
    "/embed/eng-mha-detention-rate",
    "/findings",
    "/findings/eng-mha-2021-22-black",
    "/findings/rho-rer-2022-07",
    "/recommendations",
    "/recommendations/rho-pulse-ox-04",
    "/questions",
    "/questions/question-oximeters-dark-skin",
    "/questions/question-maternal-death-black-women-uk",
    "/coverage",
    "/coverage?group=AFD",
    "/coverage?by=country",
    "/organisations",
    "/organisations/nhs-england",
    "/groups",
    "/groups?q=bangladeshi",
    "/groups/AFD",
    "/groups/RGT",
    "/groups/nhs-ethnic-category-2001/K",
    "/groups/br-raca-cor/2",
    "/places",
    "/places/E92000001",
    "/places/oximetry-places:one-us-department",
    "/compare",
    "/compare?family=maternal-mortality",
    "/datasets",
    "/datasets/uk-maternal-mortality",
    "/datasets/teaching-counts-synthetic",
    "/codes",
    "/codes/ew-census-2021",
    "/codes/br-raca-cor",
    "/changes",
    "/partners",
    "/about",
    "/design",
    "/writing",
    "/glossary",
    "/accessibility",
    "/privacy",
    "/api",
    "/hub",
    "/hub/observation_flat",
    "/hub/observation?_facet=scheme",
    "/hub/dataset_uk_maternal_mortality",
    "/hub/indicator/uk-maternal-mortality-rate",
    "/hub/figures?indicator=uk-maternal-mortality-rate",
    "/indicators/eng-mha-detention-rate?period=1999",
    "/no-such-page",
)
REFUSED = {
    "/indicators?country=XX": 400,
    "/indicators/eng-mha-detention-rate?period=1999": 400,
    "/no-such-page": 404,
}
"""What is answered where the page is not the one that was asked for; all others answer 200."""
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WHOLE = os.environ.get("PICTURES") == "whole"
SCREENS = WIDTHS if WHOLE else (WIDTHS[0], WIDTHS[-1])
"""The widths at which axe looks: all of them in `make full`, the ends in `make test`."""
HEAVIEST = 100_000  # bytes of a page with everything that it needs
HEAVIEST_SCRIPT = 4_000


@pytest.fixture(scope="module")
def screen(browser, address: str) -> Iterator[object]:
    """A page that lets axe in."""
    context = browser.new_context(base_url=address, bypass_csp=True)
    context.set_default_timeout(20_000)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("path", sample(PAGES, 2))
def test_axe_finds_nothing_on_any_screen_in_light_and_dark(screen, path: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    wrong = []
    screen.emulate_media(color_scheme="light")
    screen.set_viewport_size({"width": WIDTHS[-1], "height": 900})
    screen.goto(path)
    screen.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    for width in SCREENS[::-1]:
        screen.set_viewport_size({"width": width, "height": 900})
        wide = screen.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            wrong.append(f"{width}: the page is {wide} wide")
        for scheme in ("light", "dark") if width != WIDTHS[0] else ("light",):
            screen.emulate_media(color_scheme=scheme)
            only = {"type": "tag", "values": RULES}
            if scheme == "dark":  # nothing but colours differs
                only = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
            told = Axe().run(screen, options={"runOnly": only, "resultTypes": ["violations"]})
            wrong += [
                f"{width} {scheme}: {one['id']}: {one['nodes'][0]['html'][:200]}"
                for one in told.response["violations"]
            ]
    assert wrong == []


@pytest.mark.parametrize("path", PAGES)
def test_a_page_weighs_little_and_asks_nobody_else(browser, address: str, path: str) -> None:
    context = browser.new_context(base_url=address)
    page = context.new_page()
    loaded: dict[str, int] = {}
    page.on("response", lambda told: loaded.update({told.url: len(told.body())}))
    answer = page.goto(path)
    page.wait_for_load_state("networkidle")
    context.close()
    assert answer.status == REFUSED.get(path, 200)
    assert all(url.startswith(address) for url in loaded)
    scripts = {url: size for url, size in loaded.items() if url.endswith(".js")}
    assert scripts.keys() <= {f"{address}/static/hub.js"}
    assert sum(scripts.values()) <= HEAVIEST_SCRIPT
    assert sum(loaded.values()) <= HEAVIEST, loaded


def test_on_paper_the_figures_stand_without_forms_and_navigation(screen) -> None:
    screen.set_viewport_size({"width": 700, "height": 1000})
    screen.goto("/indicators/eng-mha-detention-rate?period=2021-04-01/2022-03-31")
    screen.emulate_media(media="print", color_scheme="light")
    assert not screen.get_by_role("search").first.is_visible()
    assert not screen.get_by_role("navigation", name="Site").is_visible()
    assert screen.get_by_role("row", name="Black or Black British 341.7").first.is_visible()
    assert screen.evaluate("document.documentElement.scrollWidth") <= 700
    screen.emulate_media(media="screen")


def test_filled_and_hollow_dots_differ_in_the_colours_of_a_reader_too(screen) -> None:
    screen.emulate_media(forced_colors="active")
    screen.goto("/indicators/teaching-seen-within-18-weeks-synthetic")
    fill = "one => getComputedStyle(one).fill"
    hollow = screen.locator("td .mark.hollow").first.evaluate(fill)
    assert screen.locator("td .mark:not(.hollow)").first.evaluate(fill) != hollow
    screen.emulate_media(forced_colors="none")


def test_every_kind_of_page_is_among_them() -> None:
    bare = [re.split(r"[?#]", path)[0] for path in PAGES]
    for page in routes.PAGE_ROUTES:
        if page.template.endswith(".html"):
            assert any(compile_pattern(page).match(path) for path in bare), page.pattern
