"""The rule on intervals asks SQL; its formulas must be those of the measures."""

from __future__ import annotations

import sqlite3

import pytest

from evidencehub.check.rules.confidence_intervals import _poisson_sql, _wilson_sql
from evidencehub.stats import intervals

ROW = (
    "from (select ? as numerator, ? as denominator, ? as ci_level, 1.0 as decimals) as o, "
    "(select 1000.0 as scale, '' as value_type, null as ci_level) as i"
)


@pytest.mark.parametrize("count", [0.0, 1.0, 9.0, 10.0, 25.0, 1999.0, 2000.0])
@pytest.mark.parametrize("level", [95.0, 99.8])
def test_both_ways_give_the_same_limits(count: float, level: float) -> None:
    db = sqlite3.connect(":memory:")
    told = (count, 2000.0, level)
    ways = (
        (intervals.wilson_limits(count, 2000, level / 100), (_wilson_sql("-"), _wilson_sql("+"))),
        (intervals.rate_limits(count, 2000, level / 100), (_poisson_sql(0), _poisson_sql(1))),
    )
    for found, asked in ways:
        sql = [db.execute(f"select {side} {ROW}", told).fetchone()[0] for side in asked]
        assert sql == pytest.approx([float(limit) * 1000 for limit in found], abs=1e-9)
    db.close()


def test_another_level_is_not_judged() -> None:
    db = sqlite3.connect(":memory:")
    for side in (_wilson_sql("-"), _poisson_sql(0), _poisson_sql(1)):
        assert db.execute(f"select {side} {ROW}", (25.0, 2000.0, 90.0)).fetchone() == (None,)
    db.close()
