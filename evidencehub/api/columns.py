"""The columns that several resources have, and the SQL of their labels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from evidencehub.domain.concepts import INDICATOR_CONCEPTS, OBSERVATION_CONCEPTS, Concept
from evidencehub.domain.licence_basis import LICENCE_BASES
from evidencehub.domain.row_identity import ROW_ID_COLUMN, build_row_id_sql
from evidencehub.store.resource_model import ColumnType, ResourceColumn, build_label_placeholder

_COLUMN_TYPES: Mapping[str, ColumnType] = {
    "number": "number",
    "integer": "integer",
    "date": "date",
    "code": "code",
}
ColumnRow = tuple[str, ColumnType, str] | tuple[str, ColumnType, str, str]
"""A column's name, type and description, and its SQL if that is not the column of its name."""
EXTRA_ROW: ColumnRow = ("extra", "object", "the publisher's columns that have no concept")


def build(
    alias: str,
    *rows: ColumnRow | ResourceColumn | str,
    concepts: Mapping[str, Concept] = OBSERVATION_CONCEPTS,
    **sql_by_name: str,
) -> tuple[ResourceColumn, ...]:
    """Return the columns of a table that has this alias, in their order.

    A text names concepts, with spaces between: a column is described as its concept is, and a code
    of a list is followed by its label. `sql_by_name` is for those that are computed.
    """
    columns: list[ResourceColumn] = []
    date_type: ColumnType = "day" if concepts is OBSERVATION_CONCEPTS else "date"
    for row in rows:
        if isinstance(row, str):
            for name in row.split():
                sql = sql_by_name.get(name, f"{alias}.{name}")
                columns += _describe_concept(concepts[name], sql, date_type)
        elif isinstance(row, ResourceColumn):
            columns.append(row)
        else:
            name, column_type, description, *sql_of_row = row
            sql = sql_of_row[0] if sql_of_row else f"{alias}.{name}"
            columns.append(ResourceColumn(name, sql, column_type, description))
    return tuple(columns)


def _describe_concept(
    concept: Concept, sql: str, date_type: ColumnType
) -> Iterator[ResourceColumn]:
    """Yield the column of a concept, and that of its label. Periods of observations are whole."""
    column_type = _COLUMN_TYPES.get(concept.cell_type, "text")
    column_type = date_type if column_type == "date" else column_type
    yield ResourceColumn(concept.name, sql, column_type, concept.description)
    if concept.codelist and concept.codelist not in ("area", "scheme", "sex", "age"):
        yield build_code_label(concept.name, concept.codelist, sql)


def build_row_id(key_columns: Sequence[str]) -> ResourceColumn:
    """Return the column of the id that follows from the columns of a row's natural key."""
    description = "id of the row: it follows from its key, and stays when releases follow"
    return ResourceColumn(ROW_ID_COLUMN, build_row_id_sql(key_columns), "text", description)


def build_licence_basis(name: str, sql: str) -> ResourceColumn:
    """Return the column of the ground on which the figures of a source are used."""
    bases = "; ".join(f"{code}, {text}" for code, text in LICENCE_BASES.items())
    return ResourceColumn(name, sql, "text", f"on what ground its figures are used: {bases}")


def show_empty_as_null(column: ResourceColumn) -> ResourceColumn:
    """Return a column in whose stored key nothing is an empty text: it is null in answers."""
    return replace(column, sql=f"nullif({column.sql}, '')")


def build_label(described_column: str, sql: str, name: str = "") -> ResourceColumn:
    """Return the column that explains the code in another."""
    name = name or f"{described_column}_label"
    return ResourceColumn(name, sql, "text", f"label of {described_column}", is_label=True)


def build_code_label(described_column: str, code_list: str, sql: str) -> ResourceColumn:
    """Return the label of a code of one list."""
    return build_label(described_column, build_label_placeholder(code_list, sql))


def build_area(alias: str) -> tuple[ResourceColumn, ...]:
    """Return the area of the table `alias`, which `join_area` joins, its label and its country."""
    return (*build(alias, ("area", "code", "where")), *_AREA_PROPERTIES)


def join_area(alias: str) -> str:
    """Return the join of the area of the table `alias`, for the columns about it."""
    return f" left join area as a on a.area = {alias}.area"


_AREA_PROPERTIES = (
    build_label("area", "a.label"),
    ResourceColumn(
        "country",
        "a.country",
        "code",
        "ISO 3166 code of the country in which the area lies; null if in several, or in none",
    ),
)


def build_list(name: str, sql: str, description: str, *, is_label: bool = False) -> ResourceColumn:
    """Return a column of several values: `sql` selects them, in order, as a column named v."""
    array_sql = f"(select json_group_array(v) from ({sql}))"
    return ResourceColumn(name, array_sql, "list", description, is_label)


def build_labelled_lists(
    name: str, code_sql: str, label_sql: str, from_sql: str, description: str
) -> tuple[ResourceColumn, ResourceColumn]:
    """Return two columns of several values from the same rows: codes, and their labels."""
    labels_sql = f"select {label_sql} as v{from_sql}"
    return (
        build_list(name, f"select {code_sql} as v{from_sql}", description),
        build_list(f"{name}_label", labels_sql, f"labels of {name}", is_label=True),
    )


def build_subjects(record_type: str, key_sql: str) -> tuple[ResourceColumn, ...]:
    """Return the workstreams and the topics of a record, as codes and as labels."""
    columns: list[ResourceColumn] = []
    for code_list in ("workstream", "topic"):
        from_sql = (
            " from subject as s join code as c on c.list = s.list and c.code = s.code"
            f" where s.kind = '{record_type}' and s.id = {key_sql} and s.list = '{code_list}'"
            " order by c.sort_order, c.code"
        )
        description = f"codes of its {code_list}s"
        columns += build_labelled_lists(f"{code_list}s", "s.code", "c.label", from_sql, description)
    return tuple(columns)


def build_qualified_label(sql: str, separator: str = ":") -> str:
    """Return SQL for the label of a code written as list:code."""
    return (
        f"(select label from code where list = substr({sql}, 1, instr({sql}, '{separator}') - 1)"
        f" and code = substr({sql}, instr({sql}, '{separator}') + 1))"
    )


def _build_any_label(code_list: str, sql: str) -> str:
    """Return SQL for the label of a code of one list, or of one written as list:code."""
    return f"coalesce({build_label_placeholder(code_list, sql)}, {build_qualified_label(sql)})"


def skip_if_empty(code: str, sql: str) -> str:
    """Return SQL that looks up nothing if there is no code, as in most rows."""
    return f"iif({code} = '', null, {sql})"


def _build_other_label(sql: str) -> str:
    """Return SQL for the labels of list=code;list=code; one code, as in most rows, is cheaper."""
    multiple_sql = (
        "(select group_concat(coalesce(c.label, p.code), '; ') from observation_dimension as p"
        f" left join code as c on c.list = p.list and c.code = p.code where p.other = {sql})"
    )
    return f"iif(instr({sql}, ';') = 0, {build_qualified_label(sql, '=')}, {multiple_sql})"


def build_group_label(scheme: str, sql: str) -> str:
    return f"(select label from code where list = {scheme} and code = {sql})"


def build_context(alias: str) -> tuple[ResourceColumn, ...]:
    """Return the columns that say what a row is about, where and when, of the table `alias`."""
    return build(
        alias,
        ("dataset", "code", "id of the dataset in which it is published"),
        ("indicator", "code", "id of the indicator"),
        build_label("indicator", "i.title", "indicator_title"),
        ("family", "code", INDICATOR_CONCEPTS["family"].description, "i.family"),
        "area",
        *_AREA_PROPERTIES,
        "period_start period_end scheme",
        build_label("scheme", "l.title", "scheme_title"),
    )


def build_observation_count(condition: str) -> str:
    """Return SQL for the number of observations, from the table that has them counted."""
    return f"(select coalesce(sum(observation_count), 0) from availability where {condition})"


def build_origin(sql: str) -> ResourceColumn:
    """Return the column of the partner that the dataset of a row was taken from."""
    description = "partner that its dataset was taken from; null for the hub's own"
    return ResourceColumn("origin", sql, "code", description)


def build_origin_of_dataset(alias: str) -> ResourceColumn:
    """Return the same column for rows of a table that is not joined with the datasets."""
    return build_origin(f"(select origin from dataset where dataset = {alias}.dataset)")


def build_dimensions(alias: str) -> tuple[ResourceColumn, ...]:
    sex, age, other = build(alias, "sex age other")
    other_label_sql = skip_if_empty(other.sql, _build_other_label(other.sql))
    return (
        *(sex, build_label("sex", _build_any_label("sex", sex.sql))),
        *(age, build_label("age", _build_any_label("age", age.sql))),
        *(show_empty_as_null(other), build_label("other", other_label_sql)),
    )


def build_adjustment(alias: str) -> tuple[ResourceColumn, ...]:
    column, label = build(alias, "adjustment")
    label_sql = skip_if_empty(column.sql, label.sql)
    return show_empty_as_null(column), build_label("adjustment", label_sql)


def build_unit(qualifier: str = "of the value") -> tuple[ResourceColumn, ...]:
    unit = ResourceColumn("unit", "i.unit", "code", f"unit {qualifier}")
    return unit, build_code_label("unit", "unit", "i.unit")


def qualify_names(alias: str, names: str) -> dict[str, str]:
    """Return the SQL of columns of the table `alias`, by their names."""
    return {name: f"{alias}.{name}" for name in names.split()}
