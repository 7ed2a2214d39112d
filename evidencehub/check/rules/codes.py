"""Rules on codes: they exist, were valid in the period, and are told on one level at a time."""

from __future__ import annotations

from collections.abc import Iterator

from evidencehub.check.rules.rule import Dataset, Finding, Rule
from evidencehub.codes import CodeList

_SPAN = """
select scheme, ethnicity, min(period_start), max(period_end), min(file), min(row)
from observation
where scheme is not null and ethnicity is not null
group by scheme, ethnicity
order by min(file), min(row)
"""

_BOTH_LEVELS = """
select indicator, area, period_start, period_end, scheme, ethnicity, file, row
from observation
where scheme = ?
limit 20000
"""


def _bounds(code_list: CodeList, code: str) -> tuple[str, str]:
    """First and last day on which a code may be used: its own, else those of its list."""
    own = code_list.codes.get(code)
    start = (own.valid_from if own else "") or code_list.valid_from
    return start, (own.valid_to if own else "") or code_list.valid_to


def _spans(dataset: Dataset, *, after: bool) -> Iterator[tuple[str, str, str, str, str, int]]:
    """Groups used outside their time: scheme, code, bound, the day that is beyond it, place.

    The rows are looked at only where a code's bound lies within the time of the whole dataset.
    """
    tally = dataset.tally
    suspects = {}
    for scheme, code in tally.groups:
        code_list = dataset.book.find(scheme)
        if code_list is None or code in ("_T", "_U"):
            continue
        bound = _bounds(code_list, code)[after]
        if bound and (tally.last_day > bound if after else tally.first_day < bound):
            suspects[scheme, code] = bound
    for scheme, code, start, end, file, row in dataset.query(_SPAN) if suspects else []:
        bound = suspects.get((scheme, code), "")
        day = end if after else start
        if bound and (day > bound if after else day < bound):
            yield scheme, code, bound, day, file, row


def _retired(dataset: Dataset) -> Iterator[Finding]:
    for scheme, code, last, end, file, row in _spans(dataset, after=True):
        message = f"{scheme} {code} was retired on {last}, and a period ends on {end}."
        yield file, row, "ethnicity", message


def _before_its_time(dataset: Dataset) -> Iterator[Finding]:
    for scheme, code, first, start, file, row in _spans(dataset, after=False):
        message = f"{scheme} {code} is in use since {first}, and a period starts on {start}."
        yield file, row, "ethnicity", message


def _counting_basis(dataset: Dataset) -> Iterator[Finding]:
    for scheme, (file, row) in dataset.tally.unstated.items():
        code_list = dataset.book.find(scheme)
        if code_list is not None and not code_list.counting_basis:
            message = f"Nothing says how {scheme} counts people who belong to several groups."
            yield file, row, "counting_basis", message


def _mixed_levels(dataset: Dataset) -> Iterator[Finding]:
    """A heading and one of its own groups, for the same indicator, place and period."""
    for scheme in sorted({scheme for scheme, _ in dataset.tally.groups}):
        code_list = dataset.book.find(scheme)
        if code_list is None or not any(c.parent for c in code_list.codes.values()):
            continue
        seen: dict[tuple[str, ...], set[str]] = {}
        rows = dataset.query(_BOTH_LEVELS, (scheme,))
        for *key, code, _, _ in rows:
            seen.setdefault(tuple(key), set()).add(code)
        for *key, code, file, row in rows:
            parent = code_list.codes[code].parent if code in code_list.codes else ""
            if parent and parent in seen[tuple(key)]:
                yield file, row, "ethnicity", f"{code} and its heading {parent} stand side by side."
                break


RULES = (
    Rule(
        "codes/unknown-code",
        "chunk",
        "Every code or label is in the list that it is said to be from.",
        "Use the code or label that the message names, or add an alias.",
    ),
    Rule(
        "codes/ambiguous-label",
        "chunk",
        "A label stands for one code only.",
        "Write the code instead, or declare the level in the descriptor.",
    ),
    Rule(
        "codes/own-list",
        "chunk",
        "A code list of the package's own is described, has no code twice and no lost parent.",
        "Correct the row, or describe the list in hub.lists.",
    ),
    Rule(
        "codes/unmapped",
        "chunk",
        "A field's map knows every spelling in its column.",
        "Add the spelling to the map in the descriptor.",
    ),
    Rule(
        "codes/unknown-group",
        "chunk",
        "A finding names its groups as scheme:code.",
        "Write them as scheme:code, for example ew-census-2021:1.",
    ),
    Rule(
        "values/period",
        "chunk",
        "A period can be read in one way only.",
        "Write 2024, 2024-03, 2024-Q1 or 2024-04/2025-03, or declare the kind of year.",
    ),
    Rule(
        "values/date",
        "chunk",
        "A date is a day, a month or a year in ISO 8601.",
        "Write it as 2024-03-31, 2024-03 or 2024.",
    ),
    Rule(
        "codes/retired",
        "dataset",
        "A code is not used for a time after it was retired.",
        "Use the scheme that was in force, or give the source's own categories as an own list.",
        _retired,
    ),
    Rule(
        "codes/before-its-time",
        "dataset",
        "A code is not used for a time before it existed, unless the source did so.",
        "Check that the source really recoded the earlier years; if so, say it in the caveats.",
        _before_its_time,
        "warning",
    ),
    Rule(
        "codes/counting-basis",
        "dataset",
        "It is known how people who belong to several groups are counted.",
        "State counting_basis in the scheme or in the observations.",
        _counting_basis,
    ),
    Rule(
        "codes/mixed-levels",
        "dataset",
        "A heading and its own groups do not stand side by side unawares.",
        "Nothing to do if that is meant: readers must not add the two up.",
        _mixed_levels,
        "warning",
    ),
)
