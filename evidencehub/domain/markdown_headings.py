"""Headings of Markdown below which nothing stands: no reader should meet one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain

TEXT_LEVEL = 0  # of a block that is no heading and says something
_NO_LEVEL = 7  # below the deepest heading
_ATX_HEADING = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*?))??(?:[ \t]+#+)?[ \t]*")
_UNDERLINE = re.compile(r" {0,3}(?:(=+)|-+)[ \t]*")
_RULER = re.compile(r" {0,3}([-*_])(?:[ \t]*\1){2,}[ \t]*")
_CONTAINER = re.compile(r" {4}|\t| {0,3}(?:[-*+>]|\d+[.)])(?:\s|$)|.*\|")
"""How a list, a quotation, a table or code begins: no line below it makes a heading of it."""
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")


def find_empty_sections(levels: Sequence[int]) -> list[bool]:
    """Return for each block whether it is a heading whose section says nothing.

    `levels` are those of the headings of a text in their order, with TEXT_LEVEL for whatever stands
    between them. A heading above others is not empty if one of them is not.

    >>> find_empty_sections([2, 3, 0, 2])
    [False, False, False, True]
    """
    flags = []
    deepest = 0  # headings above this level have something below them
    for level in reversed(levels):
        is_empty = level != TEXT_LEVEL and level >= deepest
        flags.append(is_empty)
        if level == TEXT_LEVEL:
            deepest = _NO_LEVEL
        elif not is_empty:
            deepest = level
    return flags[::-1]


def list_empty_headings(text: str) -> list[str]:
    r"""Return the headings of a text that have no words, or nothing below them.

    A title at its beginning is none of them: a page has its own.

    >>> list_empty_headings("# Toys\n\n## What it shows\n\n## How\n\nCounted.")
    ['What it shows']
    """
    blocks = list(_list_blocks(text))
    if blocks and blocks[0][0] == 1:
        blocks = blocks[1:]
    empty = find_empty_sections([level for level, _ in blocks])
    return [
        words or "#" * level
        for (level, words), is_empty in zip(blocks, empty, strict=True)
        if is_empty or (level != TEXT_LEVEL and not words)
    ]


def _list_blocks(text: str) -> Iterator[tuple[int, str]]:
    """Yield level and words of each heading, and of each paragraph between them."""
    paragraph = ""
    for line in chain(_indent_code(text.splitlines()), [""]):
        heading = _find_heading(line, paragraph)
        is_text = heading is None and line.strip() and not _RULER.fullmatch(line)
        if is_text:
            paragraph = _continue_paragraph(paragraph, line)
            continue
        if paragraph and (heading is None or heading[1] is not paragraph):
            yield TEXT_LEVEL, paragraph
        if heading is not None:
            yield heading
        paragraph = ""


def _find_heading(line: str, paragraph: str) -> tuple[int, str] | None:
    """Return level and words of a heading; its words are the paragraph that a line underlines."""
    if heading := _ATX_HEADING.fullmatch(line):
        return len(heading[1]), (heading[2] or "").strip()
    underline = _UNDERLINE.fullmatch(line)
    if underline and paragraph and not _CONTAINER.match(paragraph):
        return (1 if underline[1] else 2), paragraph
    return None


def _indent_code(lines: Sequence[str]) -> Iterator[str]:
    """Yield the lines with code between fences indented and apart, so that all code looks alike."""
    fence = ""
    for line in lines:
        is_code = bool(fence or _FENCE.match(line))
        fence = _follow_fence(fence, line)
        yield from ("", f"    {line}|", "") if is_code else (line,)


def _continue_paragraph(paragraph: str, line: str) -> str:
    """Return the text of a paragraph with its next line; a list may begin within it."""
    if not paragraph or _CONTAINER.match(line.strip()):
        return line
    return f"{paragraph} {line.strip()}"


def _follow_fence(fence: str, line: str) -> str:
    """Return the mark of the fence of code that is open after a line; empty if none is."""
    mark = _FENCE.match(line)
    if not fence:
        return mark[1] if mark else ""
    is_end = mark is not None and mark[1].startswith(fence) and not line.strip().strip(fence[0])
    return "" if is_end else fence
