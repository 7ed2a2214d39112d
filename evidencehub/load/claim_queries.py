"""Claims of a staged dataset, and the figures of one that they lead to."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from evidencehub.domain.status import NORMAL, build_scale_sql

BASIS_COLUMNS = ("unit", "scale", "polarity", "obs_status", "verification")
"""What a claim may say of its values beside the number, and what the hub says of them."""

CLAIM_COLUMNS = (
    "finding", "measure", "stated", "decimals", "indicator", "area", "period_start", "period_end",
    "scheme", "ethnicity", "reference", "sex", "age", "other", "comparator", "adjustment",
    "signed_by", "signed_on", "inputs", "note",
)  # fmt: skip
_VALUE_KEY = (
    "indicator", "area", "period_start", "period_end", "scheme", "sex", "age", "other",
    "comparator", "adjustment",
)  # fmt: skip
_TEXT_NAMES = ("group_text", "reference_text")
_SERIES_SQL = " and ".join(f"o.{name} = :{name}" for name in _VALUE_KEY if "period" not in name)
_VALUE_SQL = f"""
select
  o.value, coalesce(o.decimals, i.decimals), o.numerator, o.denominator,
  {build_scale_sql("i.")},
  o.ci_lower, o.ci_upper, coalesce(o.obs_status, '{NORMAL}'),
  coalesce(o.verification, d.verification), o.note
from observation as o join dataset as d left join indicators as i on i.id = o.indicator
where {_SERIES_SQL} and o.period_start = :period_start and o.period_end = :period_end
  and o.ethnicity = :group
limit 2
"""
_NEWER_SQL = f"""
select distinct o.period_end, o.period_start from observation as o
where {_SERIES_SQL} and o.ethnicity = :group and o.period_end > :period_end
  and o.value is not null
"""
_INDICATOR_SQL = """
select unit, scale, value_type, polarity, title from indicators where id = :id limit 1
"""
_FINDING_SQL = """
select
  f.id, f.file, f.row, f.direction, f.superseded_by, f.area,
  coalesce(f.verification, d.verification), f.groups_affected, f.groups_compared
from findings as f join dataset as d order by f.rowid
"""
_CODE_SQL = "select code, label, short_label, prose, level from own_code where list = :list"
_ALIAS_SQL = "select code, alias from own_alias where list = :list"


class StagedValue(NamedTuple):
    """An observation that a claim rests on, as it is staged; `scale` multiplies its counts."""

    value: float | None
    decimals: int | None
    numerator: float | None
    denominator: float | None
    scale: float
    ci_lower: float | None
    ci_upper: float | None
    obs_status: str
    verification: str | None
    note: str | None


class StagedIndicator(NamedTuple):
    """What an indicator says of all its values."""

    unit: str
    scale: float | None
    value_type: str
    polarity: str
    title: str


class ClaimedFinding(NamedTuple):
    """What a finding says beside its texts; groups are `scheme:code`."""

    identifier: str
    file: str
    row: int
    direction: str | None
    superseded_by: str | None
    area: str | None
    verification: str | None
    groups_affected: tuple[str, ...]
    groups_compared: tuple[str, ...]


class StagedCode(NamedTuple):
    """A code of a package's own list, as it names a group."""

    code: str
    texts: tuple[str, ...]
    level: str


def read_claims(stage: Path) -> list[dict[str, Any]]:
    """The claims of a staging database in file order, each with its file and row."""
    names = ("file", "row", *CLAIM_COLUMNS, *BASIS_COLUMNS, *_TEXT_NAMES)
    rows = query_stage(stage, f"select {', '.join(names)} from claims order by rowid")
    return [dict(zip(names, row, strict=True)) for row in rows]


def query_stage(stage: Path, sql: str, **values: object) -> list[tuple[Any, ...]]:
    """Return the rows that a staging database has for a statement."""
    with closing(sqlite3.connect(f"file:{stage}?mode=ro&immutable=1", uri=True)) as db:
        return db.execute(sql, values).fetchall()


def find_values(stage: Path, claim: Mapping[str, Any], group: str) -> list[StagedValue]:
    """Return the values of `group` that a claim leads to: none, one, or two if it is not exact."""
    key_values = {name: claim[name] for name in _VALUE_KEY}
    rows = query_stage(stage, _VALUE_SQL, **key_values, group=group)
    return [StagedValue._make(row) for row in rows]


def find_newer_periods(stage: Path, claim: Mapping[str, Any], group: str) -> set[tuple[str, str]]:
    """Return end and start of each later period for which the claim's series has a value."""
    key_values = {name: claim[name] for name in _VALUE_KEY}
    return {
        (end, start) for end, start in query_stage(stage, _NEWER_SQL, **key_values, group=group)
    }


def find_indicator(stage: Path, identifier: str) -> StagedIndicator | None:
    """Return what a staging database says of an indicator, None where it does not define it."""
    rows = query_stage(stage, _INDICATOR_SQL, id=identifier)
    return StagedIndicator._make(rows[0]) if rows else None


def read_claimed_findings(stage: Path) -> dict[str, ClaimedFinding]:
    """Return the findings of a staging database by id."""
    return {
        row[0]: ClaimedFinding(*row[:7], *(tuple(json.loads(cell or "[]")) for cell in row[7:]))
        for row in query_stage(stage, _FINDING_SQL)
    }


def read_own_codes(stage: Path, scheme: str) -> list[StagedCode]:
    """Return the codes of a list that a package brings; none where it does not bring it."""
    aliases: dict[str, list[str]] = {}
    for code, alias in query_stage(stage, _ALIAS_SQL, list=scheme):
        aliases.setdefault(code, []).append(alias)
    return [
        StagedCode(code, tuple(filter(None, (*texts, *aliases.get(code, ())))), level or "")
        for code, *texts, level in query_stage(stage, _CODE_SQL, list=scheme)
    ]
