"""Texts that publishers write in Markdown, as HTML that fits below a heading of a page."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from html import escape

from markdown_it import MarkdownIt
from markdown_it.token import Token

DEEPEST = 6


def html(text: str, below: int, region: str) -> str:
    """The HTML of a text. HTML in it is shown as it is written, pictures as links.

    A title at its beginning is left out: the page has one. The other headings stand below a
    heading of the level `below` and skip no level. A wide table is a region called `region`.
    """
    reader = _reader()
    tokens = _untitled(reader.parse(text))
    _shift(tokens, below)
    tables = 0
    for token in tokens:
        if token.type == "table_open":
            tables += 1
            name = escape(f"{region} {tables}", quote=True)
            token.meta = {
                "around": f'<div class="scroll" role="region" tabindex="0" aria-label="{name}">'
            }
    return str(reader.renderer.render(tokens, reader.options, {}))


@lru_cache(maxsize=1)
def _reader() -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    reader.add_render_rule("table_open", _table_open)
    reader.add_render_rule("table_close", _table_close)
    return reader


def _table_open(
    _self: object, tokens: Sequence[Token], place: int, _options: object, _env: object
) -> str:
    return str(tokens[place].meta["around"]) + "<table>\n"


def _table_close(*_: object) -> str:
    return "</table></div>\n"


def _untitled(tokens: list[Token]) -> list[Token]:
    """Without the title that stands first: three tokens, opening, words and end."""
    starts = tokens and tokens[0].type == "heading_open" and tokens[0].tag == "h1"
    return tokens[3:] if starts else tokens


def _shift(tokens: Sequence[Token], below: int) -> None:
    """Move the headings down so that none is skipped."""
    opened = [token for token in tokens if token.type == "heading_open"]
    highest = min((int(token.tag[1]) for token in opened), default=1)
    last = below
    for token in tokens:
        if token.type == "heading_open":
            wanted = int(token.tag[1]) - highest + below + 1
            last = min(wanted, last + 1, DEEPEST)
            token.tag = f"h{last}"
        elif token.type == "heading_close":
            token.tag = f"h{last}"
