"""What a reader finds on a page: links by their words, and forms as a browser would send them."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode


@dataclass
class Form:
    """A form of a page. `fields` is what a browser sends if nobody touches it."""

    action: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    options: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    def address(self, **changes: str) -> str:
        """Where it leads, with some fields filled in; every one of them must be on the form."""
        assert {*changes} <= {name for name, _ in self.fields} | {"_sort_by_desc"}
        pairs = [(name, value) for name, value in self.fields if name not in changes]
        return f"{self.action}?{urlencode([*pairs, *changes.items()])}"


class Reading(HTMLParser):
    """Reads a page: its words, its links, its forms, and the cells of its tables."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[tuple[str, str]] = []
        self.forms: list[Form] = []
        self.rows: list[list[str]] = []
        self.headings: list[dict[str, str]] = []
        self.words = ""
        self._select, self._chosen, self._option = "", "", ""
        self._open: list[str] = []
        self.feed(text)

    def link(self, words: str, start: str = "") -> str:
        """Where the only link with these words, to an address that starts so, leads."""
        links = [(href, " ".join(text.split())) for href, text in self.links]
        (address,) = {href for href, text in links if text == words and href.startswith(start)}
        return address

    def form(self, name: str) -> Form:
        """The form that has a field of this name."""
        (form,) = [form for form in self.forms if name in dict(form.fields)]
        return form

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag not in ("input", "meta", "link", "br", "img"):
            self._open.append(tag)
        if tag == "a":
            self.links.append((attributes["href"], ""))
        elif tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")
            if attributes.get("scope") == "col":
                self.headings.append({"words": "", **attributes})
        else:
            self._field(tag, attributes)

    def _field(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "form":
            self.forms.append(Form(attributes["action"]))
        elif tag == "input" and (attributes.get("type") != "checkbox" or "checked" in attributes):
            self.forms[-1].fields.append((attributes["name"], attributes.get("value", "on")))
        elif tag == "textarea":
            self.forms[-1].fields.append((attributes["name"], ""))
        elif tag == "select":
            self._select, self._chosen = attributes["name"], ""
            self.forms[-1].options[self._select] = []
        elif tag == "option":
            self._option = attributes.get("value", "")
            self.forms[-1].options[self._select].append((self._option, ""))
            if "selected" in attributes:
                self._chosen = self._option

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass
        if tag == "select":
            first = self.forms[-1].options[self._select][0][0]
            self.forms[-1].fields.append((self._select, self._chosen or first))

    def handle_data(self, data: str) -> None:
        self.words += data
        if "a" in self._open:
            href, text = self.links[-1]
            self.links[-1] = (href, text + data)
        if "textarea" in self._open:
            name, text = self.forms[-1].fields[-1]
            self.forms[-1].fields[-1] = (name, text + data)
        if "option" in self._open:
            value, text = self.forms[-1].options[self._select][-1]
            self.forms[-1].options[self._select][-1] = (value, text + data)
        if {"td", "th"} & {*self._open} and self.rows:
            self.rows[-1][-1] += data.strip()
        if "th" in self._open and self.headings:
            self.headings[-1]["words"] += data.strip()
