"""Rules on codes: they exist, were valid in the period, and are told on one level at a time."""

from __future__ import annotations

from collections.abc import Iterator

from evidencehub.check.rules.rule import Dataset, Finding, Rule
from evidencehub.codes import CodeList

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


def _out_of_time(dataset: Dataset, *, after: bool) -> Iterator[tuple[str, str, Finding]]:
    """Groups used outside their time: the group, its bound, and the first row that does so.

    The rows are looked at only where a code's bound lies within the time of the whole dataset.
    """
    tally = dataset.tally
    for scheme, code in tally.groups:
        code_list = dataset.book.find(scheme)
        if code_list is None or code in ("_T", "_U"):
            continue
        bound = _bounds(code_list, code)[after]
        if bound and (tally.last_day > bound if after else tally.first_day < bound):
            sql = _LATE if after else _EARLY
            for file, row, day in dataset.query(sql, (scheme, code, bound)):
                yield f"{scheme} {code}", bound, Finding(file, row, "ethnicity", day)


_LATE = """
select file, row, period_end from observation
where scheme = ? and ethnicity = ? and period_end > ? order by file, row limit 1
"""
_EARLY = """
select file, row, period_start from observation
where scheme = ? and ethnicity = ? and period_start < ? order by file, row limit 1
"""


def _retired(dataset: Dataset) -> Iterator[Finding]:
    for group, last, found in _out_of_time(dataset, after=True):
        message = f"{group} was retired on {last}, and this period ends on {found.message}."
        yield found._replace(message=message)


def _before_its_time(dataset: Dataset) -> Iterator[Finding]:
    for group, first, found in _out_of_time(dataset, after=False):
        message = f"{group} is in use since {first}, and this period starts on {found.message}."
        yield found._replace(message=message)


def _counting_basis(dataset: Dataset) -> Iterator[Finding]:
    for scheme, (file, row) in dataset.tally.unstated.items():
        code_list = dataset.book.find(scheme)
        if code_list is not None and not code_list.counting_basis:
            message = f"Nothing says how {scheme} counts people who belong to several groups."
            yield Finding(file, row, "counting_basis", message)


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
                yield Finding(
                    file, row, "ethnicity", f"{code} and its heading {parent} stand side by side."
                )
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
        "values/required",
        "chunk",
        "What every row must say is not empty.",
        "Fill the cell in; for everybody together write _T.",
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
