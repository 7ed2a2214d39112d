"""The figures behind a finding: the newest of the groups that it is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evidencehub.store.observation_codes import get_placeholder, get_status_mark

TABLE_DIMENSIONS = ("area", "scheme", "sex", "age", "other", "comparator", "adjustment")
MAX_TABLES_PER_INDICATOR = 3  # tables of one indicator on the page of a finding, at most

FINDING_OBSERVATIONS_SQL = f"""
with about as (
  select scheme, ethnicity from finding_group where finding = :id
  union
  select scheme, ethnicity from claim where finding = :id
  union
  select scheme, reference from claim where finding = :id and reference is not null
), wanted as (
  select scheme, ethnicity from about
  union
  select list, code from code
  where level = 'total'
    and (list in (select scheme from about) or not exists (select 1 from about))
), place as (
  select area from finding where finding = :id and area is not null
  union
  select area from claim where finding = :id
)
select
  o.indicator, o.area, a.label as area_label, o.scheme, o.ethnicity, e.label, e.language,
  e.level, o.sex, x.label as sex_label, o.age, g.label as age_label, o.other, o.comparator,
  c.label as comparator_label, o.adjustment, j.label as adjustment_label,
  o.period_start, o.period_end, o.value, o.value_min, o.value_max, o.ci_lower, o.ci_upper,
  coalesce(o.ci_level, i.ci_level) as ci_level, coalesce(o.decimals, i.decimals) as decimals,
  o.numerator, o.denominator, o.obs_status, s.label as obs_status_label, o.note,
  {VERIFICATION_SQL} as verification,
  coalesce(e.level, '') = 'total' and not exists (
    select 1 from about as n where n.scheme = o.scheme and n.ethnicity = o.ethnicity
  ) as whole,
  exists (
    select 1 from finding_group as n
    where n.finding = :id and n.scheme = o.scheme and n.ethnicity = o.ethnicity
      and n.role = 'compared'
  ) as compared
from finding_indicator as b
cross join place as p
cross join wanted as w
join observation as o on o.indicator = b.indicator and o.area = p.area
  and o.scheme = w.scheme and o.ethnicity = w.ethnicity
join indicator as i on i.indicator = o.indicator
join dataset as d on d.dataset = o.dataset
join area as a on a.area = o.area
join code as e on e.list = o.scheme and e.code = o.ethnicity
left join code as x on x.list = 'sex' and x.code = o.sex
left join code as g on g.list = 'age' and g.code = o.age
left join code as c on c.list = o.scheme and c.code = o.comparator
left join code as j on j.list = 'adjustment' and j.code = o.adjustment
left join code as s on s.list = 'obs-status' and s.code = o.obs_status
where b.finding = :id
order by whole, compared, e.sort_order, o.ethnicity, o.period_end desc, o.period_start desc
limit 2000
"""

Row = Mapping[str, Any]


def select_finding_tables(
    rows: Sequence[Mapping[str, Any]], claims: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """The tables of an indicator to show: those that claims are about, else the plainest.

    Each is of the newest period that has a figure of a group that the finding is about.
    """
    tables: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
    for row in rows:
        tables.setdefault(_build_table_key(row), []).append(row)
    table_keys = [key for key in dict.fromkeys(map(_build_table_key, claims)) if key in tables]
    if tables and not table_keys:
        table_keys = [min(tables, key=lambda key: (_count_restrictions(key), key))]
    return [_build_table_view(tables[key]) for key in table_keys[:MAX_TABLES_PER_INDICATOR]]


def _build_table_key(row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(row[name]) for name in TABLE_DIMENSIONS)


def _count_restrictions(key: Sequence[str]) -> int:
    """In how many ways a table is about a part of the people only."""
    return sum(value not in ("", TOTAL) for value in key[2:])


def _build_table_view(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The rows of the newest period; a group that has none in it stays, without a figure."""
    group_rows = [row for row in rows if not row["whole"]] or list(rows)
    affected_rows = [row for row in group_rows if not row["compared"]] or group_rows
    end, start = max((row["period_end"], row["period_start"]) for row in affected_rows)
    rows_by_group: dict[str, dict[str, Any]] = {}
    for row in rows:
        placeholder_row = {"label": row["label"], "language": row["language"], "none": True}
        if (row["period_end"], row["period_start"]) == (end, start):
            rows_by_group[row["ethnicity"]] = {
                **row,
                "placeholder": get_placeholder(row["obs_status"]),
                "status_mark": get_status_mark(row["obs_status"]),
            }
        elif not row["whole"]:
            rows_by_group.setdefault(row["ethnicity"], placeholder_row)
    labels = {name: rows[0][f"{name}_label"] for name in ("area", "comparator", "adjustment")}
    restriction_labels = {n: rows[0][f"{n}_label"] for n in ("sex", "age") if rows[0][n] != TOTAL}
    return {
        **labels,
        "parts": [label for label in restriction_labels.values() if label],
        "adjusted": rows[0]["adjustment"],
        "period_start": start,
        "period_end": end,
        "rows": list(rows_by_group.values()),
        "has_whole": any(row.get("level") == "total" for row in rows_by_group.values()),
        "ci_level": next(
            (r["ci_level"] for r in rows_by_group.values() if r.get("ci_level")), None
        ),
        "intervals": any(row.get("ci_lower") is not None for row in rows_by_group.values()),
        "notes": list(dict.fromkeys(r["note"] for r in rows_by_group.values() if r.get("note"))),
    }


def select_groups_without_values(groups: Sequence[Row], rows: Sequence[Row]) -> list[Row]:
    """The groups that a finding is about and that an indicator has no figure of at all."""
    groups_with_rows = {
        (row["scheme"], row[name]) for row in rows for name in ("ethnicity", "comparator")
    }
    return [
        group for group in groups if (group["scheme"], group["ethnicity"]) not in groups_with_rows
    ]
