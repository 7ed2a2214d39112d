"""Questions of a staged dataset, and whether another has values that answer them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

_QUESTIONS_SQL = "select file, row, family, area, groups from questions order by rowid"
_OWN_CODES_SQL = "select list, code from own_code"
_INDICATORS_SQL = """
select id from indicators where family in (select value from json_each(?))
"""
_VALUES_SQL = """
select 1 from observation as o
where o.indicator in (select value from json_each(:indicators)) and o.area = :area
  and o.scheme || ':' || o.ethnicity in (select value from json_each(:groups))
  and o.value is not null
limit 1
"""


class StagedQuestion(NamedTuple):
    """A question as it is staged; `groups` are scheme:code."""

    file: str
    row: int
    family: str | None
    area: str | None
    groups: list[str]


def read_questions(database: Path) -> list[StagedQuestion]:
    """Return the questions of a dataset, in order of file."""
    with closing(sqlite3.connect(database)) as db:
        return [
            StagedQuestion(file, row, family, area, json.loads(groups or "[]"))
            for file, row, family, area, groups in db.execute(_QUESTIONS_SQL)
        ]


def read_own_codes(database: Path) -> set[str]:
    """Return the codes of a dataset's own lists, as list:code."""
    with closing(sqlite3.connect(database)) as db:
        return {f"{name}:{code}" for name, code in db.execute(_OWN_CODES_SQL)}


def read_indicators(database: Path, families: Sequence[str]) -> list[str]:
    """Return the indicators that a dataset defines in some families."""
    with closing(sqlite3.connect(database)) as db:
        return [name for (name,) in db.execute(_INDICATORS_SQL, (json.dumps(families),))]


def has_values(database: Path, question: StagedQuestion, indicators: Sequence[str]) -> bool:
    """Return whether a dataset has a value of the indicators for the groups and the place."""
    values = {
        "indicators": json.dumps(indicators),
        "area": question.area,
        "groups": json.dumps(question.groups),
    }
    with closing(sqlite3.connect(database)) as db:
        return db.execute(_VALUES_SQL, values).fetchone() is not None
