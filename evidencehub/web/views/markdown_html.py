"""Markdown of publishers as HTML that fits below a heading of a page."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from html import escape

from markdown_it import MarkdownIt
from markdown_it.token import Token

from evidencehub.domain.markdown_headings import TEXT_LEVEL, find_empty_sections

MAX_HEADING_LEVEL = 6


def render_html(text: str, parent_level: int, table_label: str) -> str:
    """Return the HTML of a text. HTML in it is escaped; pictures become links.

    A title at its beginning is left out: the page has one. So is a heading without a text below it:
    it would promise what is not there. The other headings come below a heading of the level
    `parent_level` and skip no level. Each table scrolls in a region that is called
    `table_label` with a number.
    """
    parser = _create_parser()
    tokens = _drop_empty_headings(_drop_title(parser.parse(text)))
    _shift_headings(tokens, parent_level)
    table_count = 0
    for token in tokens:
        if token.type == "table_open":
            table_count += 1
            name = escape(f"{table_label} {table_count}", quote=True)
            token.meta = {
                "around": f'<div class="scroll" role="region" tabindex="0" aria-label="{name}">'
            }
    return str(parser.renderer.render(tokens, parser.options, {}))


@lru_cache(maxsize=1)
def _create_parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    parser.add_render_rule("table_open", _render_table_open)
    parser.add_render_rule("table_close", _render_table_close)
    return parser


def _render_table_open(
    _self: object, tokens: Sequence[Token], index: int, _options: object, _env: object
) -> str:
    return str(tokens[index].meta["around"]) + "<table>\n"


def _render_table_close(*_: object) -> str:
    return "</table></div>\n"


def _drop_title(tokens: list[Token]) -> list[Token]:
    """Return the tokens without a title that comes first: its opening, text and end."""
    has_title = tokens and tokens[0].type == "heading_open" and tokens[0].tag == "h1"
    return tokens[3:] if has_title else tokens


def _drop_empty_headings(tokens: Sequence[Token]) -> list[Token]:
    """Return the tokens without headings that have no words, or nothing below them."""
    blocks = _split_blocks(tokens)
    levels = [_get_heading_level(block) for block in blocks]
    empty = find_empty_sections([level for level in levels if level is not None])
    flags = iter(empty)
    return [
        token
        for block, level in zip(blocks, levels, strict=True)
        if not (level is not None and next(flags)) and not _has_no_words(block)
        for token in block
    ]


def _split_blocks(tokens: Sequence[Token]) -> list[list[Token]]:
    """Return the tokens of each block at the top of a text: a heading, a paragraph, a list."""
    blocks: list[list[Token]] = []
    depth = 0
    for token in tokens:
        if depth == 0:
            blocks.append([])
        blocks[-1].append(token)
        depth += token.nesting
    return blocks


def _get_heading_level(block: Sequence[Token]) -> int | None:
    """Return the level of a heading, TEXT_LEVEL for what says something, None for a ruler."""
    if block[0].type == "heading_open":
        return int(block[0].tag[1])
    return None if block[0].type == "hr" else TEXT_LEVEL


def _has_no_words(block: Sequence[Token]) -> bool:
    return block[0].type == "heading_open" and not block[1].content.strip()


def _shift_headings(tokens: Sequence[Token], parent_level: int) -> None:
    """Move the headings down so that none is skipped."""
    heading_tokens = [token for token in tokens if token.type == "heading_open"]
    top_level = min((int(token.tag[1]) for token in heading_tokens), default=1)
    previous_level = parent_level
    for token in tokens:
        if token.type == "heading_open":
            level = int(token.tag[1]) - top_level + parent_level + 1
            previous_level = min(level, previous_level + 1, MAX_HEADING_LEVEL)
            token.tag = f"h{previous_level}"
        elif token.type == "heading_close":
            token.tag = f"h{previous_level}"
