"""The tables of a workbook: columns of the database, in words, with a mark for what is missing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from evidencehub.domain.observation import PUBLIC_COLUMNS
from evidencehub.domain.status import (
    FREE,
    NOT_APPLICABLE_SYMBOL,
    NOT_AVAILABLE_SYMBOL,
    VERIFICATION_SQL,
    get_missing_symbol,
    get_status_symbol,
)
from evidencehub.formats.workbook import (
    CellValue,
    ColumnCells,
    LinkCell,
    NumberCell,
    SheetColumn,
    format_censored,
    make_headings_unique,
)

RunQuery = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]
ColumnValues = Mapping[str, Sequence[Any]]
NamedRow = dict[str, Any]

RATIO_DECIMALS = 2
OBSERVATION_COLUMNS = tuple(name for name in PUBLIC_COLUMNS if name != "indicator")
STRATUM_COLUMNS = (
    "dataset", "area", "period_start", "period_end", "scheme", "sex", "age", "other",
    "adjustment", "ci_level",
)  # fmt: skip
GAP_COLUMNS = (
    "ethnicity", "reference", "difference", "difference_lower", "difference_upper", "ratio",
    "ratio_lower", "ratio_upper",
)  # fmt: skip
INEQUALITY_COLUMNS = (
    "measure", "reference", "value", "ci_lower", "ci_upper", "ci_method", "groups", "excluded",
    "exploratory",
)  # fmt: skip
STRATUM_DIMENSION_COLUMNS = ("dimension", "ethnicity")
_INHERITED_COLUMNS = {  # what a row leaves to its classification or its dataset
    "counting_basis": "coalesce(o.counting_basis, l.counting_basis)",
    "verification": VERIFICATION_SQL,
}
OBSERVATIONS_SQL = f"""
select {", ".join(_INHERITED_COLUMNS.get(name, f"o.{name}") for name in OBSERVATION_COLUMNS)}
from observation as o
left join dataset as d on d.dataset = o.dataset
left join code_list as l on l.list = o.scheme
where o.indicator = ?1 and (?2 = '' or o.dataset = ?2)
order by o.dataset, o.file, o.row
limit ?3
"""
GAPS_SQL = f"""
select {", ".join(f"s.{name}" for name in STRATUM_COLUMNS)},
  {", ".join(f"g.{name}" for name in GAP_COLUMNS)}
from stratum as s join gap as g on g.stratum = s.stratum
left join code as e on e.list = s.scheme and e.code = g.ethnicity
where s.indicator = ?1
order by s.stratum, e.sort_order, g.ethnicity
limit ?2
"""
INEQUALITY_SQL = f"""
select {", ".join(f"s.{name}" for name in (*STRATUM_COLUMNS, *STRATUM_DIMENSION_COLUMNS))},
  {", ".join(f"q.{name}" for name in INEQUALITY_COLUMNS)}
from stratum as s join inequality as q on q.stratum = s.stratum
where s.indicator = ?1
order by s.stratum, q.measure
limit ?2
"""
DERIVED_COLUMN_LABELS = {
    "value": "value", "ci_lower": "lower limit", "ci_upper": "upper limit",
    "ci_level": "confidence level",
}  # fmt: skip


class LabelLookup:
    """The labels of codes, each asked for once, and what a workbook has to explain in the end.

    `notes` are the notes on figures with their numbers, `statuses` the observation statuses.
    """

    def __init__(self, run_query: RunQuery) -> None:
        self.run_query = run_query
        self.notes: dict[str, int] = {}
        self.statuses: dict[str, None] = {}
        self._labels: dict[tuple[str, str], str] = {}

    def label_code(self, name: str, code: str | None) -> str:
        """The label of a code of a list; a code as it stands where it has none."""
        if not code:
            return ""
        cached_label = self._labels.get((name, code))
        if cached_label is None:
            sql = "select label from code where list = ? and code = ?"
            if name == "area":
                sql = "select label from area where ? = 'area' and area = ?"
            row = self.run_query(sql, (name, code))
            cached_label = self._labels[name, code] = str(row[0][0]) if row else code
        return cached_label

    def label_codes(self, name: str, codes: str | None) -> str:
        """The labels of several codes with semicolons between them."""
        return "; ".join(self.label_code(name, code) for code in (codes or "").split(";") if code)

    def label_qualified_code(self, name: str, code: str | None) -> str:
        """The label of a code of the list, or of another list where it is written `list:code`."""
        list_name, colon, bare = (code or "").partition(":")
        return self.label_code(list_name, bare) if colon else self.label_code(name, code)

    def label_dimensions(self, encoded: str | None) -> str:
        """Further dimensions (`list=code;list=code`) in words."""
        pairs = (pair.partition("=") for pair in (encoded or "").split(";") if pair)
        return "; ".join(
            f"{self.find_code_list_title(name)}: {self.label_code(name, code)}"
            for name, _, code in pairs
        )

    def find_code_list_title(self, name: str | None) -> str:
        """The title of a code list."""
        row = self.run_query("select title from code_list where list = ?", (name or "",))
        return str(row[0][0]) if row else name or ""

    def find_source_title(self, pair: tuple[str, str | None]) -> str:
        """The title of a source of a dataset."""
        row = self.run_query("select title from source where dataset = ? and source = ?", pair)
        return str(row[0][0]) if row else pair[1] or ""

    def find_dataset_title(self, slug: str) -> str:
        """The title of a dataset."""
        row = self.run_query("select title from dataset where dataset = ?", (slug,))
        return str(row[0][0]) if row else slug

    def register_note(self, note_text: str | None) -> str:
        """The mark of a note, `[note 1]`; the same note has the same number in every sheet."""
        return (
            f"[note {self.notes.setdefault(note_text, len(self.notes) + 1)}]" if note_text else ""
        )

    def register_status(self, code: str) -> str:
        """An observation status: its mark, if it has one, and its label."""
        self.statuses.setdefault(code)
        return f"{get_status_symbol(code)} {self.label_code('obs-status', code)}".strip()


def transpose_rows(names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> ColumnValues:
    """Rows as columns under their names."""
    return dict(zip(names, zip(*rows, strict=True) if rows else [()] * len(names), strict=True))


def build_observation_columns(
    values: ColumnValues, labels: LabelLookup, indicator: NamedRow
) -> list[ColumnCells]:
    """The figures of an indicator (OBSERVATION); `indicator` is its row."""
    statuses = values["obs_status"]
    marks = [get_missing_symbol(status) for status in statuses]
    decimals = [indicator["decimals"] if d is None else d for d in values["decimals"]]
    sheet_columns = [
        *_build_area_and_period_columns(values, labels),
        _build_text_column(
            "Ethnic group", _label_groups(values["scheme"], values["ethnicity"], labels)
        ),
        _build_text_column("Ethnic group code", values["ethnicity"]),
        *_build_breakdown_columns(values, labels),
        _build_text_column(
            "Comparator",
            _label_groups(values["scheme"], values["comparator"], labels),
            hoist_constant=True,
        ),
        _build_value_column(values, marks, decimals),
        _build_text_column(
            "Unit", [labels.label_code("unit", indicator["unit"])] * len(marks), hoist_constant=True
        ),
        *_build_limit_columns(values, marks, decimals, indicator["ci_level"]),
        _build_count_column("Numerator", values["numerator"], marks),
        _build_count_column("Denominator", values["denominator"], marks),
        _build_count_column("Population", values["population"], marks),
        _build_text_column(
            "Status", _map_distinct(statuses, labels.register_status), hoist_constant=True
        ),
        *_build_metadata_columns(values, labels),
    ]
    return [
        *sheet_columns,
        *_build_extra_columns(
            values["extra"], [sheet_column.column.heading for sheet_column in sheet_columns]
        ),
    ]


def build_gap_columns(
    values: ColumnValues, labels: LabelLookup, indicator: NamedRow
) -> list[ColumnCells]:
    """Each group beside the one it is compared with (STRATUM and GAP)."""
    difference_decimals = None if indicator["decimals"] is None else indicator["decimals"] + 1
    numbers = [
        ("Difference", "difference", difference_decimals),
        ("Difference, lower limit", "difference_lower", difference_decimals),
        ("Difference, upper limit", "difference_upper", difference_decimals),
        ("Ratio", "ratio", RATIO_DECIMALS),
        ("Ratio, lower limit", "ratio_lower", RATIO_DECIMALS),
        ("Ratio, upper limit", "ratio_upper", RATIO_DECIMALS),
    ]
    count = len(values["area"])
    return [
        *_build_area_and_period_columns(values, labels),
        _build_text_column(
            "Ethnic group", _label_groups(values["scheme"], values["ethnicity"], labels)
        ),
        _build_text_column("Ethnic group code", values["ethnicity"]),
        _build_text_column(
            "Compared with", _label_groups(values["scheme"], values["reference"], labels)
        ),
        _build_text_column("Compared with, code", values["reference"]),
        *_build_breakdown_columns(values, labels),
        _build_text_column(
            "Unit of the difference",
            [labels.label_code("unit", indicator["unit"])] * count,
            hoist_constant=True,
        ),
        *(
            _build_number_column(heading, values[name], difference_decimals)
            for heading, name, difference_decimals in numbers
        ),
        _build_number_column("Confidence level (%)", values["ci_level"], None, hoist_constant=True),
    ]


def build_inequality_columns(values: ColumnValues, labels: LabelLookup) -> list[ColumnCells]:
    """Measures over all groups (STRATUM, OF_STRATUM and INEQUALITY)."""
    dimension_titles = [
        "" if name == "ethnicity" else labels.find_code_list_title(name)
        for name in values["dimension"]
    ]
    return [
        *_build_area_and_period_columns(values, labels),
        _build_text_column("Along", dimension_titles, hoist_constant=True),
        _build_text_column(
            "Ethnic group", _label_groups(values["scheme"], values["ethnicity"], labels)
        ),
        *_build_breakdown_columns(values, labels),
        _build_text_column(
            "Measure", _map_distinct(values["measure"], _get_labeller(labels, "inequality-measure"))
        ),
        _build_text_column("Measure code", values["measure"]),
        _build_text_column(
            "Compared with", _label_groups(values["scheme"], values["reference"], labels)
        ),
        _build_number_column("Value", values["value"], None),
        _build_number_column("Lower limit", values["ci_lower"], None),
        _build_number_column("Upper limit", values["ci_upper"], None),
        _build_number_column("Confidence level (%)", values["ci_level"], None, hoist_constant=True),
        _build_text_column("How the limits were made", values["ci_method"]),
        _build_number_column("Groups", values["groups"], 0),
        _build_number_column("Groups left out", values["excluded"], 0),
        _build_text_column(
            "Exploratory",
            ["yes" if e else "no" for e in values["exploratory"]],
            hoist_constant=True,
        ),
    ]


def build_text_columns(
    values: ColumnValues, headings: Mapping[str, str], labels: LabelLookup
) -> list[ColumnCells]:
    """A table of texts: a column for each heading; codes of LISTS are said in words."""
    sheet_columns = []
    for name, heading in headings.items():
        cells: Sequence[CellValue] = values[name]
        if name == "area" or name in CODE_LIST_BY_COLUMN:
            cells = _map_distinct(cells, _get_labeller(labels, CODE_LIST_BY_COLUMN.get(name, name)))
        elif name == "url":
            cells = [LinkCell(cell, cell) if cell else "" for cell in values[name]]
        sheet_columns.append(ColumnCells(SheetColumn(name, heading, is_wrapped=True), cells))
    return sheet_columns


CODE_LIST_BY_COLUMN = {
    "type": "source-type", "finding_type": "finding-type", "direction": "direction",
    "certainty": "certainty", "strength": "recommendation-strength",
    "status": "recommendation-status", "verification": "verification",
}  # fmt: skip
"""Columns that hold a code, and its list."""


def _build_area_and_period_columns(
    values: ColumnValues, labels: LabelLookup
) -> Iterator[ColumnCells]:
    yield _build_text_column(
        "Dataset", _map_distinct(values["dataset"], labels.find_dataset_title), hoist_constant=True
    )
    yield _build_text_column("Area", _map_distinct(values["area"], _get_labeller(labels, "area")))
    yield _build_text_column("Area code", values["area"])
    yield _build_text_column("Period start", values["period_start"])
    yield _build_text_column("Period end", values["period_end"])


def _build_breakdown_columns(values: ColumnValues, labels: LabelLookup) -> Iterator[ColumnCells]:
    yield _build_text_column(
        "Classification",
        _map_distinct(values["scheme"], labels.find_code_list_title),
        hoist_constant=True,
    )
    yield _build_text_column("Classification code", values["scheme"], hoist_constant=True)
    yield _build_text_column(
        "Sex",
        _map_distinct(values["sex"], lambda code: labels.label_qualified_code("sex", code)),
        hoist_constant=True,
    )
    yield _build_text_column(
        "Age",
        _map_distinct(values["age"], lambda code: labels.label_qualified_code("age", code)),
        hoist_constant=True,
    )
    yield _build_text_column(
        "Other", _map_distinct(values["other"], labels.label_dimensions), hoist_constant=True
    )
    yield _build_text_column(
        "Adjustment",
        _map_distinct(values["adjustment"], _get_labeller(labels, "adjustment")),
        hoist_constant=True,
    )


def _build_metadata_columns(values: ColumnValues, labels: LabelLookup) -> Iterator[ColumnCells]:
    """What is known of a figure beside its numbers."""
    confidentiality_labels = {
        code: labels.label_code("conf-status", code) for code in {*values["conf_status"]} - {FREE}
    }
    sources = list(zip(values["dataset"], values["source"], strict=True))
    derived = {"": "", **{text: _label_derived_columns(text) for text in {*values["derived"]}}}
    yield _build_text_column(
        "Confidentiality", [confidentiality_labels.get(code, "") for code in values["conf_status"]]
    )
    basis = _map_distinct(values["counting_basis"], _get_labeller(labels, "counting-basis"))
    yield _build_text_column("How people of several groups are counted", basis, hoist_constant=True)
    yield _build_text_column("Note", _map_distinct(values["note"], labels.register_note))
    yield _build_text_column(
        "Source",
        _map_distinct(sources, lambda pair: labels.find_source_title(pair) if pair[1] else ""),
        hoist_constant=True,
    )
    yield _build_text_column("Place in the source", values["locator"])
    yield _build_text_column("Read in", values["read_from"], hoist_constant=True)
    yield _build_text_column(
        "Verification",
        _map_distinct(values["verification"], _get_labeller(labels, "verification")),
        hoist_constant=True,
    )
    yield _build_text_column(
        "Worked out by the hub", [derived[text] for text in values["derived"]], hoist_constant=True
    )


def _label_derived_columns(column_names: str) -> str:
    return "; ".join(
        DERIVED_COLUMN_LABELS.get(name, name) for name in column_names.split(";") if name
    )


def _build_value_column(
    values: ColumnValues, marks: Sequence[str], decimals: Sequence[int | None]
) -> ColumnCells:
    cells: list[CellValue] = []
    for value, minimum, maximum, digits, mark in zip(
        values["value"], values["value_min"], values["value_max"], decimals, marks, strict=True
    ):
        if value is not None:
            cells.append(NumberCell(value, digits))
        elif minimum is None and maximum is None:
            cells.append(mark)
        else:
            cells.append(format_censored(minimum, maximum, digits))
    return ColumnCells(SheetColumn("value", "Value", "number"), cells)


def _build_limit_columns(
    values: ColumnValues,
    marks: Sequence[str],
    decimals: Sequence[int | None],
    default_ci_level: float | None,
) -> Iterator[ColumnCells]:
    """What bounds a value: of a censored one its least and most, else its interval."""
    no_limit = [NOT_APPLICABLE_SYMBOL] * len(marks)
    yield _build_decimal_column("At least", values["value_min"], no_limit, decimals)
    yield _build_decimal_column("At most", values["value_max"], no_limit, decimals)
    yield _build_decimal_column("Lower limit", values["ci_lower"], marks, decimals)
    yield _build_decimal_column("Upper limit", values["ci_upper"], marks, decimals)
    yield _build_confidence_level_column(values, default_ci_level)
    yield _build_decimal_column("Standard error", values["se"], marks, [None] * len(marks))


def _build_confidence_level_column(
    values: ColumnValues, default_ci_level: float | None
) -> ColumnCells:
    """The confidence level of each interval: said once where all intervals have the same."""
    limits = zip(values["ci_lower"], values["ci_upper"], values["ci_level"], strict=True)
    levels = [
        None
        if lower is None and upper is None
        else default_ci_level
        if row_level is None
        else row_level
        for lower, upper, row_level in limits
    ]
    distinct_levels = set(levels) - {None}
    if len(distinct_levels) == 1:
        levels = list(distinct_levels) * len(levels)
    marks = [NOT_APPLICABLE_SYMBOL] * len(levels)
    return _build_number_column("Confidence level (%)", levels, None, marks, hoist_constant=True)


def _build_decimal_column(
    heading: str, numbers: Sequence[float | None], marks: Sequence[str], decimals: Sequence[Any]
) -> ColumnCells:
    """Numbers with the decimals of their row, or one more where that many would hide some."""
    if not any(number is not None for number in numbers):
        return ColumnCells(SheetColumn(heading, heading, "number"), numbers)
    cells: list[CellValue] = []
    for number, mark, digits in zip(numbers, marks, decimals, strict=True):
        if number is None:
            cells.append(mark)
        elif digits is None or round(number, digits) == number:
            cells.append(NumberCell(number, digits))
        else:
            cells.append(NumberCell(number, digits + 1))
    return ColumnCells(SheetColumn(heading, heading, "number"), cells)


def _build_count_column(
    heading: str, numbers: Sequence[float | None], marks: Sequence[str]
) -> ColumnCells:
    """Counts: whole numbers without decimals, others as they are."""
    are_all_integers = all(number is None or number == int(number) for number in numbers)
    return _build_number_column(heading, numbers, 0 if are_all_integers else None, marks)


def _build_number_column(
    heading: str,
    numbers: Sequence[float | None],
    decimals: int | None,
    marks: Sequence[str] = (),
    *,
    hoist_constant: bool = False,
) -> ColumnCells:
    """Numbers, and a mark where there is none; nothing at all where there is no number."""
    column = SheetColumn(heading, heading, "number", decimals)
    if not any(number is not None for number in numbers):
        return ColumnCells(column, numbers)
    pairs = zip(numbers, marks or [NOT_AVAILABLE_SYMBOL] * len(numbers), strict=True)
    return ColumnCells(
        column, [mark if number is None else number for number, mark in pairs], hoist_constant
    )


def _build_extra_columns(
    extra_json: Sequence[str | None], used_headings: Sequence[str]
) -> list[ColumnCells]:
    """Columns that carry no concept of the hub, under the names that the publisher gave them."""
    extra_by_text = {
        text: {
            name: str(cell) for name, cell in json.loads(text or "{}").items() if cell is not None
        }
        for text in dict.fromkeys(extra_json)
    }
    names = list(dict.fromkeys(name for row in extra_by_text.values() for name in row))
    return [
        _build_text_column(heading, [extra_by_text[text].get(name, "") for text in extra_json])
        for name, heading in zip(names, make_headings_unique(names, used_headings), strict=True)
    ]


def _build_text_column(
    heading: str, cells: Sequence[CellValue], *, hoist_constant: bool = False
) -> ColumnCells:
    return ColumnCells(SheetColumn(heading, heading), cells, hoist_constant)


def _label_groups(schemes: Sequence[Any], codes: Sequence[Any], labels: LabelLookup) -> list[str]:
    """The labels of ethnic groups, each of its own scheme."""
    pairs = list(zip(schemes, codes, strict=True))
    return _map_distinct(pairs, lambda pair: labels.label_qualified_code(pair[0], pair[1]))


def _get_labeller(labels: LabelLookup, name: str) -> Callable[[Any], str]:
    return lambda code: labels.label_code(name, code)


def _map_distinct(cells: Iterable[Any], render: Callable[[Any], str]) -> list[str]:
    """What `render` says of each cell, asked once for each that differs."""
    cells = list(cells)
    rendered = {cell: render(cell) for cell in dict.fromkeys(cells)}
    return [rendered[cell] for cell in cells]
