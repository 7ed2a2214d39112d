"""What a text that is no code looks like: a code that a spreadsheet changed, or a total by name."""

from __future__ import annotations

import re
from dataclasses import replace

from evidencehub.domain.code_lists import AGE_LIST, CodeList, fold_label
from evidencehub.domain.status import TOTAL
from evidencehub.messages.rendering import Message, make_message

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_DAY_FIRST = re.compile(r"0?(\d{1,2})-([A-Za-z]{3})")
_MONTH_FIRST = re.compile(r"([A-Za-z]{3})-0?(\d{1,2})")
_TOTAL_NAMES = frozenset(
    ("total", "all", "overall", "everyone", "everybody", "all people", "totals")
)
MAX_ZEROS = 4  # zeros that a spreadsheet may have taken away


def find_code_hint(code_list: CodeList, text: str) -> Message | None:
    """Return what a text probably was before it was spoilt; None where nothing can be told."""
    if text != text.strip() and len(code_list.match(text.strip())) == 1:
        message = make_message("codes/unknown-code/white-space", text=text, codelist=code_list.name)
        return replace(message, proposal=code_list.match(text.strip())[0])
    if range_text := _find_range(text, code_list):
        message = make_message(
            "codes/unknown-code/date", text=text, codelist=code_list.name, range=range_text
        )
        return replace(message, proposal=range_text)
    for zeros in range(1, MAX_ZEROS + 1):
        padded = "0" * zeros + text
        if text.isdigit() and padded in code_list.codes:
            label = code_list.codes[padded].label
            message = make_message(
                "codes/unknown-code/lost-zero",
                text=text,
                codelist=code_list.name,
                code=padded,
                label=label,
            )
            return replace(message, proposal=padded)
    if fold_label(text) in _TOTAL_NAMES and TOTAL in code_list.codes:
        message = make_message("codes/unknown-code/total", text=text, codelist=code_list.name)
        return replace(message, proposal=TOTAL)
    return None


def _find_range(text: str, code_list: CodeList) -> str:
    """The range that a spreadsheet made a date of; empty where the text is no such date."""
    match = _DAY_FIRST.fullmatch(text)
    day, month = (match[1], match[2]) if match else ("", "")
    if month_first := _MONTH_FIRST.fullmatch(text):
        month, day = month_first[1], month_first[2]
    if month.lower() not in _MONTHS:
        return ""
    numbers = (str(int(day)), str(_MONTHS.index(month.lower()) + 1))
    low, high = numbers if match else numbers[::-1]
    is_range = code_list.name == AGE_LIST or f"{low}-{high}" in code_list.codes
    return f"{low}-{high}" if is_range else ""
