"""A page as people read it: its words in order, and whether each heading has something below it."""

from __future__ import annotations

from html.parser import HTMLParser

_UNSEEN = ("script", "style", "template", "title")
_PICTURES = ("svg", "img", "input", "table", "form", "button")


class PageReader(HTMLParser):
    """Reads the words of a page, and the headings that say nothing or have nothing below them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.empty_headings: list[str] = []
        self._unseen = 0
        self._heading: list[str] | None = None
        self._open: list[tuple[int, str]] = []  # headings without anything below them so far
        self.feed(html)
        self.close()
        self.empty_headings += [name for _, name in self._open]

    @property
    def text(self) -> str:
        """All words with single spaces."""
        return " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._unseen += 1
        if _is_heading(tag):
            self._heading = []
        elif tag in _PICTURES and self._heading is None:
            self._open.clear()

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen -= 1
        if _is_heading(tag):
            level, name = int(tag[1]), " ".join("".join(self._heading or []).split())
            if not name:
                self.empty_headings.append(f"<{tag}>")
            self.empty_headings += [other for above, other in self._open if above >= level]
            self._open = [(above, other) for above, other in self._open if above < level]
            self._open.append((level, name))
            self._heading = None

    def handle_data(self, data: str) -> None:
        if self._unseen or not data.strip():
            return
        self.words.append(data)
        if self._heading is not None:
            self._heading.append(data)
        else:
            self._open.clear()


def _is_heading(tag: str) -> bool:
    return len(tag) == 2 and tag[0] == "h" and tag[1].isdigit()
