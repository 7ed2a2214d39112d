"""A person with a phone who looks for one thing, and whose taps are counted."""

from __future__ import annotations

from dataclasses import dataclass, field

from playwright.sync_api import Locator, Page

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@dataclass
class PhoneVisitor:
    """Starts on the first page and goes on by what can be seen and touched there.

    A tap is one that leads somewhere, opens something or chooses something. To write words and to
    send them is one tap, as in the study of 28 November 2026.
    """

    page: Page
    taps: int = field(default=0, init=False)

    def begin(self) -> None:
        self.page.goto("/")

    def follow(self, link: Locator, *, is_page: bool = True) -> None:
        """Tap something that leads to another page, or to a file that the browser shows."""
        link.scroll_into_view_if_needed()
        assert link.is_visible()
        with self.page.expect_navigation():
            link.tap()
        self.taps += 1
        if is_page:
            self.assert_nothing_lies_beside_the_screen()

    def follow_menu(self, name: str) -> None:
        self.follow(self.page.get_by_role("navigation", name="Site").get_by_role("link", name=name))

    def follow_text(self, name: str) -> None:
        """Tap the first link of the content with this very text."""
        self.follow(self.page.get_by_role("main").get_by_role("link", name=name, exact=True).first)

    def search(self, words: str) -> None:
        """Write into the search of the page, and send it."""
        box = self.page.get_by_label("What do you want to know?")
        box.tap()
        self.page.keyboard.type(words)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        self.taps += 1
        self.assert_nothing_lies_beside_the_screen()

    def choose(self, label: str, option: str) -> None:
        """Choose an entry of a list, which acts at once."""
        with self.page.expect_navigation():
            self.page.get_by_label(label, exact=True).select_option(label=option)
        self.taps += 1
        self.assert_nothing_lies_beside_the_screen()

    @property
    def text(self) -> str:
        """What the content of the page says, of which closed parts are no part."""
        return " ".join(self.page.get_by_role("main").inner_text().split())

    def count_screens_to(self, target: Locator) -> float:
        """How many screens down a thing begins."""
        top = target.evaluate("one => one.getBoundingClientRect().top + scrollY")
        return float(top) / PHONE["viewport"]["height"]

    def assert_nothing_lies_beside_the_screen(self) -> None:
        width = self.page.viewport_size["width"]
        assert self.page.evaluate("document.documentElement.scrollWidth") <= width
