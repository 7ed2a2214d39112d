"""Long lists a page at a time: which page is asked for, and how many there are."""

from __future__ import annotations

from dataclasses import dataclass

from evidencehub.web.page_request import PageRequest, create_invalid_option_error

PER_PAGE = 50
MAX_PAGE_DIGITS = 6  # of the number of a page


@dataclass(frozen=True, slots=True)
class ListPosition:
    """A page of a list: its number from 1, how many there are, and the rows before it."""

    page_number: int
    page_count: int
    offset: int


def parse_list_position(request: PageRequest, total: int) -> ListPosition:
    """Return the page that is asked for of a list of `total` rows; raise HttpError (400)."""
    page_count = max(-(-total // PER_PAGE), 1)
    text = request.options.get("page", "1")
    is_number = text.isascii() and text.isdecimal() and len(text) <= MAX_PAGE_DIGITS
    if not is_number or not 1 <= int(text) <= page_count:
        raise create_invalid_option_error("page", text)
    return ListPosition(int(text), page_count, (int(text) - 1) * PER_PAGE)
