"""The columns that several resources have, and the SQL of their labels."""

from __future__ import annotations

from collections.abc import Mapping

from evidencehub.domain.concepts import INDICATOR_CONCEPTS, OBSERVATION_CONCEPTS, Concept
from evidencehub.store.resource_model import ColumnType, ResourceColumn, build_label_placeholder

_COLUMN_TYPES: Mapping[str, ColumnType] = {
    "number": "number",
    "integer": "integer",
    "date": "date",
    "code": "code",
}


def build_concept_columns(
    concepts: Mapping[str, Concept], alias: str, *names: str
) -> tuple[ResourceColumn, ...]:
    """Return columns described as their concepts are; a code of a list is followed by its label."""
    columns = []
    for name in names:
        concept = concepts[name]
        sql = f"{alias}.{name}"
        columns.append(
            ResourceColumn(
                name, sql, _COLUMN_TYPES.get(concept.cell_type, "text"), concept.description
            )
        )
        if concept.codelist and concept.codelist not in ("area", "scheme"):
            label = build_label_placeholder(concept.codelist, sql)
            columns.append(build_label_column(f"{name}_label", label, name))
    return tuple(columns)


def build_area_columns(alias: str) -> tuple[ResourceColumn, ...]:
    return (ResourceColumn("area", f"{alias}.area", "code", "where"), _build_area_label(alias))


def _build_area_label(alias: str) -> ResourceColumn:
    sql = f"(select label from area where area = {alias}.area)"
    return build_label_column("area_label", sql, "area")


def build_list_column(name: str, sql: str, description: str) -> ResourceColumn:
    """Return a column of several values: `sql` selects them, in order, as a column named v."""
    return ResourceColumn(name, f"(select json_group_array(v) from ({sql}))", "list", description)


def build_subject_columns(record_type: str, key_sql: str) -> tuple[ResourceColumn, ...]:
    """Return the workstreams and the topics of a record, as codes and as labels."""
    columns = []
    for code_list in ("workstream", "topic"):
        from_sql = (
            " from subject as s join code as c on c.list = s.list and c.code = s.code"
            f" where s.kind = '{record_type}' and s.id = {key_sql} and s.list = '{code_list}'"
            " order by c.sort_order, c.code"
        )
        description = f"codes of its {code_list}s"
        columns.append(
            build_list_column(f"{code_list}s", f"select s.code as v{from_sql}", description)
        )
        labels = f"(select json_group_array(v) from (select c.label as v{from_sql}))"
        columns.append(
            ResourceColumn(
                f"{code_list}s_label", labels, "list", f"labels of {code_list}s", is_label=True
            )
        )
    return tuple(columns)


def build_qualified_label(sql: str) -> str:
    """Return SQL for the label of a code written as list:code."""
    return (
        f"(select label from code where list = substr({sql}, 1, instr({sql}, ':') - 1)"
        f" and code = substr({sql}, instr({sql}, ':') + 1))"
    )


def _build_any_label(code_list: str, sql: str) -> str:
    """Return SQL for the label of a code of one list, or of one written as list:code."""
    return f"coalesce({build_label_placeholder(code_list, sql)}, {build_qualified_label(sql)})"


def skip_if_empty(code: str, sql: str) -> str:
    """Return SQL that looks up nothing if there is no code, as in most rows."""
    return f"iif({code} = '', null, {sql})"


def _build_other_label(sql: str) -> str:
    """Return SQL for the labels of list=code;list=code; one code, as in most rows, is cheaper."""
    single_sql = (
        f"(select label from code where list = substr({sql}, 1, instr({sql}, '=') - 1)"
        f" and code = substr({sql}, instr({sql}, '=') + 1))"
    )
    multiple_sql = (
        "(select group_concat(coalesce(c.label, p.code), '; ') from observation_dimension as p"
        f" left join code as c on c.list = p.list and c.code = p.code where p.other = {sql})"
    )
    return f"iif(instr({sql}, ';') = 0, {single_sql}, {multiple_sql})"


def build_group_label(scheme: str, sql: str) -> str:
    return f"(select label from code where list = {scheme} and code = {sql})"


def build_observation_column(name: str, sql: str) -> ResourceColumn:
    """Return a column that is described as its concept is."""
    concept = OBSERVATION_CONCEPTS[name]
    return ResourceColumn(
        name, sql, _COLUMN_TYPES.get(concept.cell_type, "text"), concept.description
    )


def build_label_column(name: str, sql: str, described_column: str) -> ResourceColumn:
    return ResourceColumn(name, sql, "text", f"label of {described_column}", is_label=True)


def build_context_columns(alias: str) -> tuple[ResourceColumn, ...]:
    """Return the columns that say what a row is about, where and when, of the table `alias`."""
    return (
        ResourceColumn(
            "dataset", f"{alias}.dataset", "code", "id of the dataset in which it is published"
        ),
        ResourceColumn("indicator", f"{alias}.indicator", "code", "id of the indicator"),
        build_label_column("indicator_title", "i.title", "indicator"),
        ResourceColumn("family", "i.family", "code", INDICATOR_CONCEPTS["family"].description),
        build_observation_column("area", f"{alias}.area"),
        _build_area_label(alias),
        build_observation_column("period_start", f"{alias}.period_start"),
        build_observation_column("period_end", f"{alias}.period_end"),
        build_observation_column("scheme", f"{alias}.scheme"),
        build_label_column("scheme_title", "l.title", "scheme"),
    )


def build_dimension_columns(alias: str) -> tuple[ResourceColumn, ...]:
    return (
        build_observation_column("sex", f"{alias}.sex"),
        build_label_column("sex_label", _build_any_label("sex", f"{alias}.sex"), "sex"),
        build_observation_column("age", f"{alias}.age"),
        build_label_column("age_label", _build_any_label("age", f"{alias}.age"), "age"),
        build_observation_column("other", f"{alias}.other"),
        build_label_column(
            "other_label",
            skip_if_empty(f"{alias}.other", _build_other_label(f"{alias}.other")),
            "other",
        ),
    )


def build_adjustment_columns(alias: str) -> tuple[ResourceColumn, ...]:
    return (
        build_observation_column("adjustment", f"{alias}.adjustment"),
        build_label_column(
            "adjustment_label",
            skip_if_empty(
                f"{alias}.adjustment", build_label_placeholder("adjustment", f"{alias}.adjustment")
            ),
            "adjustment",
        ),
    )


def build_unit_columns(qualifier: str = "of the value") -> tuple[ResourceColumn, ...]:
    return (
        ResourceColumn("unit", "i.unit", "code", f"unit {qualifier}"),
        build_label_column("unit_label", build_label_placeholder("unit", "i.unit"), "unit"),
    )
