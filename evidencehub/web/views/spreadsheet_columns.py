"""The tables of a workbook: columns of the database, in words, with a mark for what is missing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from evidencehub.domain.status import FREE, NOT_APPLICABLE_SYMBOL, get_missing_symbol
from evidencehub.formats.workbook import (
    CellValue,
    ColumnCells,
    LinkCell,
    NumberCell,
    SheetColumn,
    make_headings_unique,
)
from evidencehub.store.spreadsheets import SheetCells, TextTable
from evidencehub.web.views.rounding import choose_ci_decimals, choose_ratio_decimals
from evidencehub.web.views.spreadsheet_cells import (
    TextColumn,
    build_count_column,
    build_decimal_column,
    build_number_column,
    build_text_columns,
    label_with,
)
from evidencehub.web.views.spreadsheet_labels import WorkbookWords


def _label_sex(words: WorkbookWords, code: str | None) -> str:
    return words.label_qualified_code("sex", code)


def _label_age(words: WorkbookWords, code: str | None) -> str:
    return words.label_qualified_code("age", code)


def _label_dimension(words: WorkbookWords, name: str) -> str:
    return "" if name == "ethnicity" else words.label_code("code_list", name)


def _label_confidentiality(words: WorkbookWords, code: str | None) -> str:
    return "" if code == FREE else words.label_code("conf-status", code)


def _label_exploratory(words: WorkbookWords, exploratory: int) -> str:
    return words.gettext("yes") if exploratory else words.gettext("no")


def _link_url(_: WorkbookWords, url: str | None) -> CellValue:
    return LinkCell(url, url) if url else ""


_AREA_AND_PERIOD = (
    TextColumn("Dataset", "dataset", label_with("dataset"), is_hoisted=True),
    TextColumn("Area", "area", label_with("area")),
    TextColumn("Area code", "area"),
    TextColumn("Period start", "period_start"),
    TextColumn("Period end", "period_end"),
)
_GROUP_LABEL = TextColumn("Ethnic group", "scheme ethnicity", WorkbookWords.label_qualified_code)
_GROUP = (_GROUP_LABEL, TextColumn("Ethnic group code", "ethnicity"))
_REFERENCE = TextColumn("Compared with", "scheme reference", WorkbookWords.label_qualified_code)
_REFERENCE_CODE = TextColumn("Compared with, code", "reference")
_BREAKDOWN = (
    TextColumn("Classification", "scheme", label_with("code_list"), is_hoisted=True),
    TextColumn("Classification code", "scheme", is_hoisted=True),
    TextColumn("Sex", "sex", _label_sex, is_hoisted=True),
    TextColumn("Age", "age", _label_age, is_hoisted=True),
    TextColumn("Other", "other", WorkbookWords.label_dimensions, is_hoisted=True),
    TextColumn("Adjustment", "adjustment", label_with("adjustment"), is_hoisted=True),
)
_COMPARATOR = TextColumn(
    "Comparator", "scheme comparator", WorkbookWords.label_qualified_code, is_hoisted=True
)
_UNIT = TextColumn("Unit", "unit", label_with("unit"), is_hoisted=True)
_DIFFERENCE_UNIT = TextColumn("Unit of the difference", "unit", label_with("unit"), is_hoisted=True)
_METADATA = (
    TextColumn("Status", "obs_status", WorkbookWords.label_status, is_hoisted=True),
    TextColumn("Confidentiality", "conf_status", _label_confidentiality),
    TextColumn(
        "How people of several groups are counted",
        "counting_basis",
        label_with("counting-basis"),
        is_hoisted=True,
    ),
    TextColumn("Note", "note", WorkbookWords.number_note),
    TextColumn("Source", "dataset source", WorkbookWords.label_source, is_hoisted=True),
    TextColumn("Place in the source", "locator"),
    TextColumn("Read in", "read_from", is_hoisted=True),
    TextColumn("Verification", "verification", label_with("verification"), is_hoisted=True),
    TextColumn(
        "Worked out by the hub", "derived", WorkbookWords.label_derived_columns, is_hoisted=True
    ),
)
_DIMENSION = TextColumn("Along", "dimension", _label_dimension, is_hoisted=True)
_MEASURE = (
    TextColumn("Measure", "measure", label_with("inequality-measure")),
    TextColumn("Measure code", "measure"),
)
_LIMITS_METHOD = TextColumn("How the limits were made", "ci_method")
_EXPLORATORY = TextColumn("Exploratory", "exploratory", _label_exploratory, is_hoisted=True)

TEXT_COLUMNS: Mapping[TextTable, Sequence[TextColumn]] = {
    "finding": (
        TextColumn("Finding code", "finding"),
        TextColumn("Title", "title"),
        TextColumn("Finding", "statement"),
        TextColumn("More about it", "detail"),
        TextColumn("Type", "type", label_with("finding-type")),
        TextColumn("Direction", "direction", label_with("direction")),
        TextColumn("Certainty", "certainty", label_with("certainty")),
        TextColumn("Why this certainty", "certainty_note"),
        TextColumn("Assessed by", "assessed_by"),
        TextColumn("How it was assessed", "assessment_method"),
        TextColumn("Assessed on", "assessed_on"),
        TextColumn("Numbers that are not checked", "unbound_figures"),
        TextColumn("Why they are not checked", "unbound_reason", label_with("unbound-reason")),
        TextColumn("Population", "population"),
        TextColumn("Area", "area", label_with("area")),
        TextColumn("Period start", "period_start"),
        TextColumn("Period end", "period_end"),
        TextColumn("Published", "published"),
        TextColumn("Verification", "verification", label_with("verification")),
        TextColumn("Note", "note"),
    ),
    "recommendation": (
        TextColumn("Recommendation code", "recommendation"),
        TextColumn("Title", "title"),
        TextColumn("Recommendation", "text"),
        TextColumn("Strength", "strength", label_with("recommendation-strength")),
        TextColumn("Status when issued", "status", label_with("recommendation-status")),
        TextColumn("Issued", "issued"),
        TextColumn("Due", "due"),
        TextColumn("Area", "area", label_with("area")),
        TextColumn("Population", "population"),
        TextColumn("Verification", "verification", label_with("verification")),
        TextColumn("Note", "note"),
    ),
    "source": (
        TextColumn("Source code", "source"),
        TextColumn("Title", "title"),
        TextColumn("Publisher", "publisher"),
        TextColumn("Type", "type", label_with("source-type")),
        TextColumn("Published", "published"),
        TextColumn("Read on", "accessed"),
        TextColumn("Address", "url", _link_url),
        TextColumn("DOI", "doi"),
        TextColumn("Licence", "licence"),
        TextColumn("Verification", "verification", label_with("verification")),
    ),
}
"""The columns of findings, recommendations and sources, in the order of their sheets."""


def build_observation_columns(
    cells: SheetCells, words: WorkbookWords, leading_columns: Sequence[TextColumn] = ()
) -> list[ColumnCells]:
    """Return observations, `leading_columns` before the others."""
    _ = words.gettext
    marks = [get_missing_symbol(status) for status in cells["obs_status"]]
    text_columns = (*leading_columns, *_AREA_AND_PERIOD, *_GROUP, *_BREAKDOWN, _COMPARATOR)
    columns = [
        *build_text_columns(cells, text_columns, words),
        _build_value_column(cells, marks, words),
        *build_text_columns(cells, [_UNIT], words),
        *_build_limit_columns(cells, marks, words),
        build_count_column(_("Numerator"), cells["numerator"], marks),
        build_count_column(_("Denominator"), cells["denominator"], marks),
        build_count_column(_("Population"), cells["population"], marks),
        *build_text_columns(cells, _METADATA, words),
    ]
    headings = [cells.column.heading for cells in columns]
    return [*columns, *_build_extra_columns(cells["extra"], headings)]


def build_gap_columns(cells: SheetCells, words: WorkbookWords) -> list[ColumnCells]:
    """Return each group beside the one it is compared with."""
    _ = words.gettext
    difference_decimals = cells["decimals"]
    ratio_decimals = [
        choose_ratio_decimals(ratio, decimals)
        for ratio, decimals in zip(cells["ratio"], cells["ratio_decimals"], strict=True)
    ]
    text_columns = (
        *(*_AREA_AND_PERIOD, *_GROUP, _REFERENCE, _REFERENCE_CODE),
        *(*_BREAKDOWN, _DIFFERENCE_UNIT),
    )
    numbers = (
        (_("Difference"), "difference", difference_decimals),
        (_("Difference, lower limit"), "difference_lower", difference_decimals),
        (_("Difference, upper limit"), "difference_upper", difference_decimals),
        (_("Ratio"), "ratio", ratio_decimals),
        (_("Ratio, lower limit"), "ratio_lower", ratio_decimals),
        (_("Ratio, upper limit"), "ratio_upper", ratio_decimals),
    )
    return [
        *build_text_columns(cells, text_columns, words),
        *(build_decimal_column(heading, cells[name], digits) for heading, name, digits in numbers),
        build_number_column(_("Confidence level (%)"), cells["ci_level"], is_hoisted=True),
    ]


def build_inequality_columns(cells: SheetCells, words: WorkbookWords) -> list[ColumnCells]:
    """Return the measures over all groups."""
    _ = words.gettext
    text_columns = (*_AREA_AND_PERIOD, _DIMENSION, _GROUP_LABEL, *_BREAKDOWN, *_MEASURE, _REFERENCE)
    return [
        *build_text_columns(cells, text_columns, words),
        *(
            build_decimal_column(heading, cells[name], cells["decimals"])
            for heading, name in (
                (_("Value"), "value"),
                (_("Lower limit"), "ci_lower"),
                (_("Upper limit"), "ci_upper"),
            )
        ),
        build_number_column(_("Confidence level (%)"), cells["ci_level"], is_hoisted=True),
        *build_text_columns(cells, [_LIMITS_METHOD], words),
        build_number_column(_("Groups"), cells["groups"], 0),
        build_number_column(_("Groups left out"), cells["excluded"], 0),
        *build_text_columns(cells, [_EXPLORATORY], words),
    ]


def _build_value_column(
    cells: SheetCells, marks: Sequence[str], words: WorkbookWords
) -> ColumnCells:
    names = ("value", "value_min", "value_max", "decimals")
    values: list[CellValue] = []
    for value, minimum, maximum, decimals, mark in zip(
        *(cells[name] for name in names), marks, strict=True
    ):
        if value is not None:
            values.append(NumberCell(value, decimals))
        elif minimum is None and maximum is None:
            values.append(mark)
        else:
            values.append(words.format_censored(minimum, maximum, decimals))
    return ColumnCells(SheetColumn(words.gettext("Value"), "number"), values)


def _build_limit_columns(
    cells: SheetCells, marks: Sequence[str], words: WorkbookWords
) -> list[ColumnCells]:
    """Return what bounds a value: of a censored one its least and most, else its interval."""
    _ = words.gettext
    no_limit = [NOT_APPLICABLE_SYMBOL] * len(marks)
    bounds = _list_decimals(cells, "value_min", "value_max")
    limits = _list_decimals(cells, "ci_lower", "ci_upper")
    return [
        build_decimal_column(_("At least"), cells["value_min"], bounds, no_limit),
        build_decimal_column(_("At most"), cells["value_max"], bounds, no_limit),
        build_decimal_column(_("Lower limit"), cells["ci_lower"], limits, marks),
        build_decimal_column(_("Upper limit"), cells["ci_upper"], limits, marks),
        build_number_column(
            _("Confidence level (%)"), _list_ci_levels(cells), None, no_limit, is_hoisted=True
        ),
        build_decimal_column(_("Standard error"), cells["se"], [None] * len(marks), marks),
    ]


def _list_decimals(cells: SheetCells, lower: str, upper: str) -> list[int | None]:
    """Return the decimals of what bounds each value: those of the page."""
    columns = (cells[name] for name in ("decimals", lower, upper, "derived"))
    return [choose_ci_decimals(*row) for row in zip(*columns, strict=True)]


def _list_ci_levels(cells: SheetCells) -> list[float | None]:
    """Return the level of each interval; of every row where all intervals have the same."""
    limits = zip(cells["ci_lower"], cells["ci_upper"], cells["ci_level"], strict=True)
    levels = [None if lower is None and upper is None else level for lower, upper, level in limits]
    distinct_levels = set(levels) - {None}
    return [*distinct_levels] * len(levels) if len(distinct_levels) == 1 else levels


def _build_extra_columns(
    extra_json: Sequence[str | None], used_headings: Sequence[str]
) -> list[ColumnCells]:
    """Return columns that carry no concept of the hub, under the names of their publisher."""
    extra_by_text = {
        text: {
            name: str(cell) for name, cell in json.loads(text or "{}").items() if cell is not None
        }
        for text in dict.fromkeys(extra_json)
    }
    names = list(dict.fromkeys(name for row in extra_by_text.values() for name in row))
    return [
        ColumnCells(
            SheetColumn(heading), [extra_by_text[text].get(name, "") for text in extra_json]
        )
        for name, heading in zip(names, make_headings_unique(names, used_headings), strict=True)
    ]
