"""Ages and units that a package brings, beyond those of the hub's lists."""

from __future__ import annotations

from evidencehub.domain.age import parse_age
from evidencehub.domain.code_lists import (
    AGE_LIST,
    EXTENDABLE_LISTS,
    UNIT_LIST,
    Code,
    CodeBook,
    CodeList,
)

AGE_SORT_ORDER = 1000  # ages that a package brings stand behind those of the list


def find_age(ages: CodeList, text: str) -> str:
    """Return the code of the ages that a spelling means; empty where it means none.

    Ages are told by their bounds, so one that the list does not have yet is added to it.
    """
    bounds = parse_age(text)
    if bounds is None:
        return ""
    for code in ages.codes.values():
        if bounds in (parse_age(code.code), parse_age(code.label)):
            return code.code
    sort_order = str(AGE_SORT_ORDER + 1000 * bounds.low + (bounds.high or 999))
    ages.add(Code(AGE_LIST, bounds.code, bounds.label, sort_order=sort_order, verified="yes"))
    return bounds.code


def adopt_unit(book: CodeBook, text: str) -> str:
    """Return a unit of a list of the package's own, written `list:code`; empty where it is none."""
    name, _, code_name = text.partition(":")
    code_list = book.lists.get(name)
    code = code_list.codes.get(code_name) if code_list else None
    if code is None or code_list is None or code_list.kind != "vocabulary":
        return ""
    book.lists[UNIT_LIST].add(code._replace(list=UNIT_LIST, code=text, parent="", successor=""))
    return text


def list_added_codes(book: CodeBook, hub_book: CodeBook) -> list[Code]:
    """Return the ages and units that a package's book has and the hub's has not."""
    return [
        code
        for name in EXTENDABLE_LISTS
        if name in hub_book.lists
        for code in book.lists[name].codes.values()
        if code.code not in hub_book.lists[name].codes
    ]
