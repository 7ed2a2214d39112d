"""A person at a browser, who has a mouse or a keyboard and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Locator, Page

BROWSER_FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
MAX_TAB_STEPS = 600  # steps with the Tab key after which a person has long given up


@dataclass
class BrowserUser:
    """Does what a person does: looks for something by its name, goes there, acts on it."""

    page: Page
    uses_keyboard: bool

    def link(self, name: str, exact: bool = True) -> Locator:
        return self.page.get_by_role("link", name=name, exact=exact).first

    def follow(self, link: Locator) -> None:
        """Go where a link leads."""
        with self.page.expect_navigation():
            self.activate(link)

    def activate(self, target: Locator) -> None:
        """Click, or walk there by Tab and press Enter."""
        if self.uses_keyboard:
            self.tab_to(target)
            self.page.keyboard.press("Enter")
        else:
            target.click()

    def tab_to(self, target: Locator) -> None:
        """Come to an element by the Tab key alone, and see where one is on the way."""
        target.wait_for(state="attached")
        handle = target.element_handle()
        for _ in range(MAX_TAB_STEPS):
            self.page.keyboard.press("Tab")
            if self.page.evaluate("one => document.activeElement === one", handle):
                is_focus_visible = self.page.evaluate(
                    "one => { const s = getComputedStyle(one), b = one.getBoundingClientRect();"
                    "return s.outlineStyle !== 'none' && b.width > 0 && b.bottom > 0"
                    " && b.top < innerHeight }",
                    handle,
                )
                assert is_focus_visible, "the focus is not to be seen"
                return
        raise AssertionError(f"{target} cannot be reached by the keyboard")

    def fill_and_submit(self, target: Locator, value: str) -> None:
        """Write into a field, and press Enter."""
        if self.uses_keyboard:
            self.tab_to(target)
        else:
            target.click()
        self.page.keyboard.type(value)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def choose_and_send(self, target: Locator, label: str, button: Locator) -> None:
        """Choose an entry of a list by its name: by mouse it acts at once, by keyboard one sends it."""
        if not self.uses_keyboard:
            with self.page.expect_navigation():
                target.select_option(label=label)
            return
        self.tab_to(target)
        self.page.keyboard.type(label)
        chosen = target.evaluate("one => one.selectedOptions[0].label")
        assert chosen == label, f"the keyboard chose {chosen}"
        self.follow(button)

    def assert_no_horizontal_scroll(self) -> None:
        """Nothing lies beside the screen."""
        width = self.page.viewport_size["width"]
        assert self.page.evaluate("document.documentElement.scrollWidth") <= width
