"""Claims of a staged dataset, and the figures of one that they lead to."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from evidencehub.domain.status import PERCENTAGE

CLAIM_COLUMNS = (
    "finding", "measure", "stated", "decimals", "indicator", "area", "period_start", "period_end",
    "scheme", "ethnicity", "reference", "sex", "age", "other", "comparator", "adjustment",
    "signed_by", "signed_on", "inputs", "note",
)  # fmt: skip
_VALUE_KEY = (
    "indicator", "area", "period_start", "period_end", "scheme", "sex", "age", "other",
    "comparator", "adjustment",
)  # fmt: skip
_VALUE_SQL = f"""
select
  o.value, coalesce(o.decimals, i.decimals), o.numerator, o.denominator,
  coalesce(i.scale, case i.value_type when '{PERCENTAGE}' then 100.0 else 1.0 end)
from observation as o left join indicators as i on i.id = o.indicator
where {" and ".join(f"o.{name} = :{name}" for name in _VALUE_KEY)} and o.ethnicity = :group
limit 2
"""


def read_claims(stage: Path) -> list[dict[str, Any]]:
    """The claims of a staging database in file order, each with its file and row."""
    names = ("file", "row", *CLAIM_COLUMNS)
    with closing(sqlite3.connect(f"file:{stage}?mode=ro&immutable=1", uri=True)) as db:
        rows = db.execute(f"select {', '.join(names)} from claims order by rowid")
        return [dict(zip(names, row, strict=True)) for row in rows]


def find_values(stage: Path, claim: Mapping[str, Any], group: str) -> list[tuple[Any, ...]]:
    """The figures of `group` that a claim leads to: none, one, or two where it is not exact.

    Each is value, decimals, numerator, denominator and scale.
    """
    with closing(sqlite3.connect(f"file:{stage}?mode=ro&immutable=1", uri=True)) as db:
        key_values = {name: claim[name] for name in _VALUE_KEY}
        return db.execute(_VALUE_SQL, {**key_values, "group": group}).fetchall()
