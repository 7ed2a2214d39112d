"""The tables of a workbook: columns of the database, in words, with a mark for what is missing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from evidencehub.formats.workbook import (
    NOT_APPLICABLE,
    NOT_AVAILABLE,
    SHORTHAND,
    Cell,
    Column,
    Figure,
    Link,
    Part,
    censored,
    headed,
)

Ask = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]
Columns = Mapping[str, Sequence[Any]]
Named = dict[str, Any]

MISSING = frozenset("QMOLHKS")  # observation statuses without a figure
RATIO_DECIMALS = 2
OBSERVATION = (
    "dataset", "area", "period_start", "period_end", "scheme", "ethnicity", "sex", "age", "other",
    "comparator", "adjustment", "value", "value_min", "value_max", "ci_lower", "ci_upper",
    "ci_level", "se", "numerator", "denominator", "population", "decimals", "obs_status",
    "conf_status", "counting_basis", "source", "locator", "read_from", "verification", "note",
    "derived", "extra",
)  # fmt: skip
STRATUM = (
    "dataset", "area", "period_start", "period_end", "scheme", "sex", "age", "other",
    "adjustment", "ci_level",
)  # fmt: skip
GAP = (
    "ethnicity", "reference", "difference", "difference_lower", "difference_upper", "ratio",
    "ratio_lower", "ratio_upper",
)  # fmt: skip
INEQUALITY = (
    "measure", "reference", "value", "ci_lower", "ci_upper", "ci_method", "groups", "excluded",
    "exploratory",
)  # fmt: skip
OF_STRATUM = ("dimension", "ethnicity")
_SAID = {  # what a row leaves to its classification or its dataset
    "counting_basis": "coalesce(o.counting_basis, l.counting_basis)",
    "verification": "coalesce(o.verification, d.verification)",
}
FIGURES_SQL = f"""
select {", ".join(_SAID.get(name, f"o.{name}") for name in OBSERVATION)}
from observation as o
left join dataset as d on d.dataset = o.dataset
left join code_list as l on l.list = o.scheme
where o.indicator = ?1 and (?2 = '' or o.dataset = ?2)
order by o.dataset, o.file, o.row
limit ?3
"""
GAPS_SQL = f"""
select {", ".join(f"s.{name}" for name in STRATUM)}, {", ".join(f"g.{name}" for name in GAP)}
from stratum as s join gap as g on g.stratum = s.stratum
left join code as e on e.list = s.scheme and e.code = g.ethnicity
where s.indicator = ?1
order by s.stratum, e.sort_order, g.ethnicity
limit ?2
"""
INEQUALITY_SQL = f"""
select {", ".join(f"s.{name}" for name in (*STRATUM, *OF_STRATUM))},
  {", ".join(f"q.{name}" for name in INEQUALITY)}
from stratum as s join inequality as q on q.stratum = s.stratum
where s.indicator = ?1
order by s.stratum, q.measure
limit ?2
"""
DERIVED = {
    "value": "value", "ci_lower": "lower limit", "ci_upper": "upper limit",
    "ci_level": "confidence level",
}  # fmt: skip


class Words:
    """The labels of codes, each asked for once, and what a workbook has to explain in the end.

    `notes` are the notes on figures with their numbers, `statuses` the observation statuses.
    """

    def __init__(self, ask: Ask) -> None:
        self.ask = ask
        self.notes: dict[str, int] = {}
        self.statuses: dict[str, None] = {}
        self._labels: dict[tuple[str, str], str] = {}

    def label(self, name: str, code: str | None) -> str:
        """The label of a code of a list; a code as it stands where it has none."""
        if not code:
            return ""
        found = self._labels.get((name, code))
        if found is None:
            sql = "select label from code where list = ? and code = ?"
            if name == "area":
                sql = "select label from area where ? = 'area' and area = ?"
            row = self.ask(sql, (name, code))
            found = self._labels[name, code] = str(row[0][0]) if row else code
        return found

    def labels(self, name: str, codes: str | None) -> str:
        """The labels of several codes with semicolons between them."""
        return "; ".join(self.label(name, code) for code in (codes or "").split(";") if code)

    def either(self, name: str, code: str | None) -> str:
        """The label of a code of the list, or of another list where it is written `list:code`."""
        other, colon, bare = (code or "").partition(":")
        return self.label(other, bare) if colon else self.label(name, code)

    def others(self, told: str | None) -> str:
        """Further dimensions (`list=code;list=code`) in words."""
        pairs = (pair.partition("=") for pair in (told or "").split(";") if pair)
        return "; ".join(
            f"{self.scheme(name)}: {self.label(name, code)}" for name, _, code in pairs
        )

    def scheme(self, name: str | None) -> str:
        """The title of a code list."""
        row = self.ask("select title from code_list where list = ?", (name or "",))
        return str(row[0][0]) if row else name or ""

    def source(self, pair: tuple[str, str | None]) -> str:
        """The title of a source of a dataset."""
        row = self.ask("select title from source where dataset = ? and source = ?", pair)
        return str(row[0][0]) if row else pair[1] or ""

    def dataset(self, slug: str) -> str:
        """The title of a dataset."""
        row = self.ask("select title from dataset where dataset = ?", (slug,))
        return str(row[0][0]) if row else slug

    def note(self, told: str | None) -> str:
        """The mark of a note, `[note 1]`; the same note has the same number in every sheet."""
        return f"[note {self.notes.setdefault(told, len(self.notes) + 1)}]" if told else ""

    def status(self, code: str) -> str:
        """An observation status: its mark, if it has one, and its label."""
        self.statuses.setdefault(code)
        return f"{SHORTHAND.get(code, '')} {self.label('obs-status', code)}".strip()


def columns(names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> Columns:
    """Rows as columns under their names."""
    return dict(zip(names, zip(*rows, strict=True) if rows else [()] * len(names), strict=True))


def figures(told: Columns, words: Words, about: Named) -> list[Part]:
    """The figures of an indicator (OBSERVATION); `about` is its row."""
    statuses = told["obs_status"]
    marks = [SHORTHAND[s] if s in MISSING else NOT_AVAILABLE for s in statuses]
    decimals = [about["decimals"] if d is None else d for d in told["decimals"]]
    parts = [
        *_where(told, words),
        _text("Ethnic group", _groups(told["scheme"], told["ethnicity"], words)),
        _text("Ethnic group code", told["ethnicity"]),
        *_which(told, words),
        _text("Comparator", _groups(told["scheme"], told["comparator"], words), once=True),
        _value(told, marks, decimals),
        _text("Unit", [words.label("unit", about["unit"])] * len(marks), once=True),
        *_limits(told, marks, decimals, about["ci_level"]),
        _count("Numerator", told["numerator"], marks),
        _count("Denominator", told["denominator"], marks),
        _count("Population", told["population"], marks),
        _text("Status", _each(statuses, words.status), once=True),
        *_said(told, words),
    ]
    return [*parts, *_extra(told["extra"], [part.column.heading for part in parts])]


def gaps(told: Columns, words: Words, about: Named) -> list[Part]:
    """Each group beside the one it is compared with (STRATUM and GAP)."""
    digits = None if about["decimals"] is None else about["decimals"] + 1
    numbers = [
        ("Difference", "difference", digits),
        ("Difference, lower limit", "difference_lower", digits),
        ("Difference, upper limit", "difference_upper", digits),
        ("Ratio", "ratio", RATIO_DECIMALS),
        ("Ratio, lower limit", "ratio_lower", RATIO_DECIMALS),
        ("Ratio, upper limit", "ratio_upper", RATIO_DECIMALS),
    ]
    count = len(told["area"])
    return [
        *_where(told, words),
        _text("Ethnic group", _groups(told["scheme"], told["ethnicity"], words)),
        _text("Ethnic group code", told["ethnicity"]),
        _text("Compared with", _groups(told["scheme"], told["reference"], words)),
        _text("Compared with, code", told["reference"]),
        *_which(told, words),
        _text("Unit of the difference", [words.label("unit", about["unit"])] * count, once=True),
        *(_number(heading, told[name], digits) for heading, name, digits in numbers),
        _number("Confidence level (%)", told["ci_level"], None, once=True),
    ]


def inequality(told: Columns, words: Words) -> list[Part]:
    """Measures over all groups (STRATUM, OF_STRATUM and INEQUALITY)."""
    ordered = ["" if name == "ethnicity" else words.scheme(name) for name in told["dimension"]]
    return [
        *_where(told, words),
        _text("Along", ordered, once=True),
        _text("Ethnic group", _groups(told["scheme"], told["ethnicity"], words)),
        *_which(told, words),
        _text("Measure", _each(told["measure"], _of(words, "inequality-measure"))),
        _text("Measure code", told["measure"]),
        _text("Compared with", _groups(told["scheme"], told["reference"], words)),
        _number("Value", told["value"], None),
        _number("Lower limit", told["ci_lower"], None),
        _number("Upper limit", told["ci_upper"], None),
        _number("Confidence level (%)", told["ci_level"], None, once=True),
        _text("How the limits were made", told["ci_method"]),
        _number("Groups", told["groups"], 0),
        _number("Groups left out", told["excluded"], 0),
        _text("Exploratory", ["yes" if e else "no" for e in told["exploratory"]], once=True),
    ]


def texts(told: Columns, headings: Mapping[str, str], words: Words) -> list[Part]:
    """A table of texts: a column for each heading; codes of LISTS are said in words."""
    parts = []
    for name, heading in headings.items():
        cells: Sequence[Cell] = told[name]
        if name == "area" or name in LISTS:
            cells = _each(cells, _of(words, LISTS.get(name, name)))
        elif name == "url":
            cells = [Link(cell, cell) if cell else "" for cell in told[name]]
        parts.append(Part(Column(name, heading, wraps=True), cells))
    return parts


LISTS = {
    "type": "source-type", "finding_type": "finding-type", "direction": "direction",
    "certainty": "certainty", "strength": "recommendation-strength",
    "status": "recommendation-status", "verification": "verification",
}  # fmt: skip
"""Columns that hold a code, and its list."""


def _where(told: Columns, words: Words) -> Iterator[Part]:
    yield _text("Dataset", _each(told["dataset"], words.dataset), once=True)
    yield _text("Area", _each(told["area"], _of(words, "area")))
    yield _text("Area code", told["area"])
    yield _text("Period start", told["period_start"])
    yield _text("Period end", told["period_end"])


def _which(told: Columns, words: Words) -> Iterator[Part]:
    yield _text("Classification", _each(told["scheme"], words.scheme), once=True)
    yield _text("Classification code", told["scheme"], once=True)
    yield _text("Sex", _each(told["sex"], lambda code: words.either("sex", code)), once=True)
    yield _text("Age", _each(told["age"], lambda code: words.either("age", code)), once=True)
    yield _text("Other", _each(told["other"], words.others), once=True)
    yield _text("Adjustment", _each(told["adjustment"], _of(words, "adjustment")), once=True)


def _said(told: Columns, words: Words) -> Iterator[Part]:
    """What is known of a figure beside its numbers."""
    hidden = {code: words.label("conf-status", code) for code in {*told["conf_status"]} - {"F"}}
    sources = list(zip(told["dataset"], told["source"], strict=True))
    derived = {"": "", **{text: _derived(text) for text in {*told["derived"]}}}
    yield _text("Confidentiality", [hidden.get(code, "") for code in told["conf_status"]])
    basis = _each(told["counting_basis"], _of(words, "counting-basis"))
    yield _text("How people of several groups are counted", basis, once=True)
    yield _text("Note", _each(told["note"], words.note))
    yield _text(
        "Source", _each(sources, lambda pair: words.source(pair) if pair[1] else ""), once=True
    )
    yield _text("Place in the source", told["locator"])
    yield _text("Read in", told["read_from"], once=True)
    yield _text("Verification", _each(told["verification"], _of(words, "verification")), once=True)
    yield _text("Worked out by the hub", [derived[text] for text in told["derived"]], once=True)


def _derived(told: str) -> str:
    return "; ".join(DERIVED.get(name, name) for name in told.split(";") if name)


def _value(told: Columns, marks: Sequence[str], decimals: Sequence[int | None]) -> Part:
    cells: list[Cell] = []
    for value, least, most, digits, mark in zip(
        told["value"], told["value_min"], told["value_max"], decimals, marks, strict=True
    ):
        if value is not None:
            cells.append(Figure(value, digits))
        elif least is None and most is None:
            cells.append(mark)
        else:
            cells.append(censored(least, most, digits))
    return Part(Column("value", "Value", "number"), cells)


def _limits(
    told: Columns, marks: Sequence[str], decimals: Sequence[int | None], level: float | None
) -> Iterator[Part]:
    """What bounds a value: of a censored one its least and most, else its interval."""
    no_limit = [NOT_APPLICABLE] * len(marks)
    yield _shown("At least", told["value_min"], no_limit, decimals)
    yield _shown("At most", told["value_max"], no_limit, decimals)
    yield _shown("Lower limit", told["ci_lower"], marks, decimals)
    yield _shown("Upper limit", told["ci_upper"], marks, decimals)
    yield _levels(told, level)
    yield _shown("Standard error", told["se"], marks, [None] * len(marks))


def _levels(told: Columns, level: float | None) -> Part:
    """The confidence level of each interval: said once where all intervals have the same."""
    limits = zip(told["ci_lower"], told["ci_upper"], told["ci_level"], strict=True)
    levels = [
        None if lower is None and upper is None else level if own is None else own
        for lower, upper, own in limits
    ]
    there = set(levels) - {None}
    if len(there) == 1:
        levels = list(there) * len(levels)
    marks = [NOT_APPLICABLE] * len(levels)
    return _number("Confidence level (%)", levels, None, marks, once=True)


def _shown(
    heading: str, numbers: Sequence[float | None], marks: Sequence[str], decimals: Sequence[Any]
) -> Part:
    """Numbers with the decimals of their row, or one more where that many would hide some."""
    if not any(number is not None for number in numbers):
        return Part(Column(heading, heading, "number"), numbers)
    cells: list[Cell] = []
    for number, mark, digits in zip(numbers, marks, decimals, strict=True):
        if number is None:
            cells.append(mark)
        elif digits is None or round(number, digits) == number:
            cells.append(Figure(number, digits))
        else:
            cells.append(Figure(number, digits + 1))
    return Part(Column(heading, heading, "number"), cells)


def _count(heading: str, numbers: Sequence[float | None], marks: Sequence[str]) -> Part:
    """Counts: whole numbers without decimals, others as they are."""
    whole = all(number is None or number == int(number) for number in numbers)
    return _number(heading, numbers, 0 if whole else None, marks)


def _number(
    heading: str,
    numbers: Sequence[float | None],
    decimals: int | None,
    marks: Sequence[str] = (),
    *,
    once: bool = False,
) -> Part:
    """Numbers, and a mark where there is none; nothing at all where there is no number."""
    column = Column(heading, heading, "number", decimals)
    if not any(number is not None for number in numbers):
        return Part(column, numbers)
    pairs = zip(numbers, marks or [NOT_AVAILABLE] * len(numbers), strict=True)
    return Part(column, [mark if number is None else number for number, mark in pairs], once)


def _extra(told: Sequence[str | None], taken: Sequence[str]) -> list[Part]:
    """Columns that carry no concept of the hub, under the names that the publisher gave them."""
    known = {
        text: {
            name: str(cell) for name, cell in json.loads(text or "{}").items() if cell is not None
        }
        for text in dict.fromkeys(told)
    }
    names = list(dict.fromkeys(name for row in known.values() for name in row))
    return [
        _text(heading, [known[text].get(name, "") for text in told])
        for name, heading in zip(names, headed(names, taken), strict=True)
    ]


def _text(heading: str, cells: Sequence[Cell], *, once: bool = False) -> Part:
    return Part(Column(heading, heading), cells, once)


def _groups(schemes: Sequence[Any], codes: Sequence[Any], words: Words) -> list[str]:
    """The labels of ethnic groups, each of its own scheme."""
    pairs = list(zip(schemes, codes, strict=True))
    return _each(pairs, lambda pair: words.either(pair[0], pair[1]))


def _of(words: Words, name: str) -> Callable[[Any], str]:
    return lambda code: words.label(name, code)


def _each(cells: Iterable[Any], told: Callable[[Any], str]) -> list[str]:
    """What `told` says of each cell, asked once for each that differs."""
    cells = list(cells)
    found = {cell: told(cell) for cell in dict.fromkeys(cells)}
    return [found[cell] for cell in cells]
