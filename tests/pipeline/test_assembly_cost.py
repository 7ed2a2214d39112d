"""What assembling the database costs grows with the datasets, and what a page asks does not.

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


def open_hub(count: int) -> apsw.Connection:
    """A database of so many datasets, without what is made at the end."""
    db = apsw.Connection(":memory:")
    db.execute("pragma foreign_keys = off")
    db.execute("pragma ignore_check_constraints = on")
    list(db.execute(build_schema_sql()))
    fill(db, count)
    return db


def count_steps(db: apsw.Connection, sql: str, *bound: str) -> int:
    """Tens of steps that SQLite's machine takes for some SQL."""
    steps = 0

    def count_step() -> bool:
        nonlocal steps
        steps += 1
        return False

    db.set_progress_handler(count_step, 10)
    list(db.execute(sql, bound))
    db.set_progress_handler(None)
    return steps


def measure_finish(count: int) -> Mapping[str, int]:
    """Steps that each file of what is made at the end takes for so many datasets."""
    db = open_hub(count)
    steps = {name: count_steps(db, read_sql(name)) for name in FINISH_FILES}
    ((rows,),) = db.execute(
        "select count(*) from evidence_coverage where coverage_status = 'values'"
    )
    assert rows
    return steps


@pytest.fixture(scope="module")
def costs() -> tuple[Mapping[str, int], Mapping[str, int]]:
    return measure_finish(FEW), measure_finish(MANY)


@pytest.mark.parametrize("name", FINISH_FILES)
def test_four_times_the_datasets_cost_about_four_times_as_much(
    name: str, costs: tuple[Mapping[str, int], Mapping[str, int]]
) -> None:
    few, many = (cost[name] for cost in costs)
    assert many <= 6 * max(few, 100)


def measure_question(count: int, column: str) -> int:
    """Steps of asking for the measures of one family, or indicator, of so many datasets."""
    db = open_hub(count)
    for number in range(count):
        table = {
            "family": f"d{number:03}", "indicator": f"i-d{number:03}", "dataset": f"d{number:03}",
            "area": f"d{number:03}:X", "scheme": "groups", "period_start": "2024-01-01",
            "period_end": "2024-12-31", "sex": "_T", "age": "_T", "other": "", "adjustment": "",
        }  # fmt: skip
        stratum = {name: value for name, value in table.items() if name != "family"}
        insert(db, "stratum", stratum=number, **stratum, dimension="ethnicity", ethnicity="")
        insert(db, "inequality", stratum=number, measure="acg", reference="", value=1.0, groups=3)
        for code in GROUPS:
            insert(db, "gap", stratum=number, ethnicity=code, difference=1.0, ratio=2.0)
            insert(
                db, "comparison", **table, ethnicity=code, reference="A", stratum=number,
                value_type="rate", comparison_status="current", reason="",
            )  # fmt: skip
    for name in FINISH_FILES:
        list(db.execute(read_sql(name)))
    question = f"select * from compared_measure where {column} = ?"
    value = {"family": "d007", "indicator": "i-d007"}[column]
    assert len(list(db.execute(question, (value,)))) == 1 + 2 * len(GROUPS)
    return count_steps(db, question, value)


@pytest.mark.parametrize("column", ["family", "indicator"])
def test_what_is_asked_of_a_family_does_not_read_the_others(column: str) -> None:
    assert measure_question(MANY, column) <= 1.2 * measure_question(FEW, column)
