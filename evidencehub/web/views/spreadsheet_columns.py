"""The tables of a workbook: columns of the database, in words, with a mark for what is missing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from evidencehub.domain.observation import PUBLIC_COLUMNS
from evidencehub.domain.status import (
    FREE,
    NOT_APPLICABLE_SYMBOL,
    VERIFICATION_SQL,
    get_missing_symbol,
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
from evidencehub.web.views.spreadsheet_cells import (
    build_count_column,
    build_decimal_column,
    build_number_column,
    build_text_column,
    map_distinct,
)
from evidencehub.web.views.spreadsheet_labels import LabelLookup

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
        build_text_column(
            "Ethnic group", _label_groups(values["scheme"], values["ethnicity"], labels)
        ),
        build_text_column("Ethnic group code", values["ethnicity"]),
        *_build_breakdown_columns(values, labels),
        build_text_column(
            "Comparator",
            _label_groups(values["scheme"], values["comparator"], labels),
            hoist_constant=True,
        ),
        _build_value_column(values, marks, decimals),
        build_text_column(
            "Unit", [labels.label_code("unit", indicator["unit"])] * len(marks), hoist_constant=True
        ),
        *_build_limit_columns(values, marks, decimals, indicator["ci_level"]),
        build_count_column("Numerator", values["numerator"], marks),
        build_count_column("Denominator", values["denominator"], marks),
        build_count_column("Population", values["population"], marks),
        build_text_column(
            "Status", map_distinct(statuses, labels.register_status), hoist_constant=True
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
        build_text_column(
            "Ethnic group", _label_groups(values["scheme"], values["ethnicity"], labels)
        ),
        build_text_column("Ethnic group code", values["ethnicity"]),
        build_text_column(
            "Compared with", _label_groups(values["scheme"], values["reference"], labels)
        ),
        build_text_column("Compared with, code", values["reference"]),
        *_build_breakdown_columns(values, labels),
        build_text_column(
            "Unit of the difference",
            [labels.label_code("unit", indicator["unit"])] * count,
            hoist_constant=True,
        ),
        *(
            build_number_column(heading, values[name], difference_decimals)
            for heading, name, difference_decimals in numbers
        ),
        build_number_column("Confidence level (%)", values["ci_level"], None, hoist_constant=True),
    ]


def build_inequality_columns(values: ColumnValues, labels: LabelLookup) -> list[ColumnCells]:
    """Measures over all groups (STRATUM, OF_STRATUM and INEQUALITY)."""
    dimension_titles = [
        "" if name == "ethnicity" else labels.find_code_list_title(name)
        for name in values["dimension"]
    ]
    return [
        *_build_area_and_period_columns(values, labels),
        build_text_column("Along", dimension_titles, hoist_constant=True),
        build_text_column(
            "Ethnic group", _label_groups(values["scheme"], values["ethnicity"], labels)
        ),
        *_build_breakdown_columns(values, labels),
        build_text_column(
            "Measure", map_distinct(values["measure"], _get_labeller(labels, "inequality-measure"))
        ),
        build_text_column("Measure code", values["measure"]),
        build_text_column(
            "Compared with", _label_groups(values["scheme"], values["reference"], labels)
        ),
        build_number_column("Value", values["value"], None),
        build_number_column("Lower limit", values["ci_lower"], None),
        build_number_column("Upper limit", values["ci_upper"], None),
        build_number_column("Confidence level (%)", values["ci_level"], None, hoist_constant=True),
        build_text_column("How the limits were made", values["ci_method"]),
        build_number_column("Groups", values["groups"], 0),
        build_number_column("Groups left out", values["excluded"], 0),
        build_text_column(
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
            cells = map_distinct(cells, _get_labeller(labels, CODE_LIST_BY_COLUMN.get(name, name)))
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
    yield build_text_column(
        "Dataset", map_distinct(values["dataset"], labels.find_dataset_title), hoist_constant=True
    )
    yield build_text_column("Area", map_distinct(values["area"], _get_labeller(labels, "area")))
    yield build_text_column("Area code", values["area"])
    yield build_text_column("Period start", values["period_start"])
    yield build_text_column("Period end", values["period_end"])


def _build_breakdown_columns(values: ColumnValues, labels: LabelLookup) -> Iterator[ColumnCells]:
    yield build_text_column(
        "Classification",
        map_distinct(values["scheme"], labels.find_code_list_title),
        hoist_constant=True,
    )
    yield build_text_column("Classification code", values["scheme"], hoist_constant=True)
    yield build_text_column(
        "Sex",
        map_distinct(values["sex"], lambda code: labels.label_qualified_code("sex", code)),
        hoist_constant=True,
    )
    yield build_text_column(
        "Age",
        map_distinct(values["age"], lambda code: labels.label_qualified_code("age", code)),
        hoist_constant=True,
    )
    yield build_text_column(
        "Other", map_distinct(values["other"], labels.label_dimensions), hoist_constant=True
    )
    yield build_text_column(
        "Adjustment",
        map_distinct(values["adjustment"], _get_labeller(labels, "adjustment")),
        hoist_constant=True,
    )


def _build_metadata_columns(values: ColumnValues, labels: LabelLookup) -> Iterator[ColumnCells]:
    """What is known of a figure beside its numbers."""
    confidentiality_labels = {
        code: labels.label_code("conf-status", code) for code in {*values["conf_status"]} - {FREE}
    }
    sources = list(zip(values["dataset"], values["source"], strict=True))
    derived = {"": "", **{text: _label_derived_columns(text) for text in {*values["derived"]}}}
    yield build_text_column(
        "Confidentiality", [confidentiality_labels.get(code, "") for code in values["conf_status"]]
    )
    basis = map_distinct(values["counting_basis"], _get_labeller(labels, "counting-basis"))
    yield build_text_column("How people of several groups are counted", basis, hoist_constant=True)
    yield build_text_column("Note", map_distinct(values["note"], labels.register_note))
    yield build_text_column(
        "Source",
        map_distinct(sources, lambda pair: labels.find_source_title(pair) if pair[1] else ""),
        hoist_constant=True,
    )
    yield build_text_column("Place in the source", values["locator"])
    yield build_text_column("Read in", values["read_from"], hoist_constant=True)
    yield build_text_column(
        "Verification",
        map_distinct(values["verification"], _get_labeller(labels, "verification")),
        hoist_constant=True,
    )
    yield build_text_column(
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
    yield build_decimal_column("At least", values["value_min"], no_limit, decimals)
    yield build_decimal_column("At most", values["value_max"], no_limit, decimals)
    yield build_decimal_column("Lower limit", values["ci_lower"], marks, decimals)
    yield build_decimal_column("Upper limit", values["ci_upper"], marks, decimals)
    yield _build_confidence_level_column(values, default_ci_level)
    yield build_decimal_column("Standard error", values["se"], marks, [None] * len(marks))


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
    return build_number_column("Confidence level (%)", levels, None, marks, hoist_constant=True)


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
        build_text_column(heading, [extra_by_text[text].get(name, "") for text in extra_json])
        for name, heading in zip(names, make_headings_unique(names, used_headings), strict=True)
    ]


def _label_groups(schemes: Sequence[Any], codes: Sequence[Any], labels: LabelLookup) -> list[str]:
    """The labels of ethnic groups, each of its own scheme."""
    pairs = list(zip(schemes, codes, strict=True))
    return map_distinct(pairs, lambda pair: labels.label_qualified_code(pair[0], pair[1]))


def _get_labeller(labels: LabelLookup, name: str) -> Callable[[Any], str]:
    return lambda code: labels.label_code(name, code)
