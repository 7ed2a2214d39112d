"""What assembling the database costs grows with the datasets, and no faster.

Steps of SQLite's machine are counted: unlike seconds they are the same on every machine.
"""

from __future__ import annotations

from collections.abc import Mapping

import apsw
import pytest

from evidencehub.load.schema import FINISH_FILES, build_schema_sql, read_sql

FEW, MANY = 50, 200
GROUPS = ("A", "B", "C")
REQUIRED = {"TEXT": "x", "INTEGER": 0, "REAL": 0.0}


def insert(db: apsw.Connection, table: str, **cells: object) -> None:
    """Insert a row; what must not be null and is not given is filled."""
    row: dict[str, object] = {
        name: REQUIRED[kind.upper()]
        for _, name, kind, is_required, default, _ in db.execute(f"pragma table_info({table})")
        if is_required and default is None
    }
    row |= cells
    marks = ", ".join("?" * len(row))
    db.execute(f"insert into {table} ({', '.join(row)}) values ({marks})", tuple(row.values()))


def fill(db: apsw.Connection, count: int) -> None:
    """Datasets that each draw a place of their own, with an indicator, its values and a finding."""
    insert(db, "code_list", list="hub-facet")
    for code in GROUPS:
        insert(db, "code", list="hub-facet", code=code)
        insert(db, "code", list="groups", code=code)
        insert(
            db,
            "crosswalk",
            from_scheme="groups",
            from_code=code,
            to_scheme="hub-facet",
            to_code=code,
        )
    insert(db, "code", list="topic", code="toys", level="subject")
    for number in range(count):
        dataset, area = f"d{number:03}", f"d{number:03}:X"
        insert(db, "area", area=area, list=dataset, code="X", level="country")
        insert(db, "dataset", dataset=dataset)
        insert(db, "dataset_country", dataset=dataset, area=area)
        insert(db, "indicator", indicator=f"i-{dataset}", dataset=dataset)
        insert(db, "finding", finding=f"f-{dataset}", dataset=dataset, area=area)
        insert(
            db,
            "finding_group",
            finding=f"f-{dataset}",
            scheme="groups",
            ethnicity="A",
            role="affected",
        )
        for kind, name in (("indicator", f"i-{dataset}"), ("finding", f"f-{dataset}")):
            insert(db, "subject", kind=kind, id=name, list="topic", code="toys")
        for code in GROUPS:
            insert(
                db, "observation", indicator=f"i-{dataset}", area=area, scheme="groups",
                ethnicity=code, value=1.0, dataset=dataset, period_start="2024-01-01",
                period_end="2024-12-31", sex="_T", age="_T", other="", comparator="",
                adjustment="", obs_status="A", conf_status="F",
            )  # fmt: skip


def count_steps(count: int) -> Mapping[str, int]:
    """Steps that each file of what is made at the end takes for so many datasets."""
    db = apsw.Connection(":memory:")
    db.execute("pragma foreign_keys = off")
    db.execute("pragma ignore_check_constraints = on")
    list(db.execute(build_schema_sql()))
    fill(db, count)
    steps = 0

    def count_step() -> bool:
        nonlocal steps
        steps += 1
        return False

    by_file = {}
    for name in FINISH_FILES:
        steps = 0
        db.set_progress_handler(count_step, 10)
        list(db.execute(read_sql(name)))
        db.set_progress_handler(None)
        by_file[name] = steps
    ((rows,),) = db.execute(
        "select count(*) from evidence_coverage where coverage_status = 'values'"
    )
    assert rows
    return by_file


@pytest.fixture(scope="module")
def costs() -> tuple[Mapping[str, int], Mapping[str, int]]:
    return count_steps(FEW), count_steps(MANY)


@pytest.mark.parametrize("name", FINISH_FILES)
def test_four_times_the_datasets_cost_about_four_times_as_much(
    name: str, costs: tuple[Mapping[str, int], Mapping[str, int]]
) -> None:
    few, many = (cost[name] for cost in costs)
    assert many <= 6 * max(few, 100)
