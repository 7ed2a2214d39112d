"""The summary tables of a build, made again by a look through every figure."""

from __future__ import annotations

import sqlite3
from pathlib import Path

HELD = """
select
  indicator, area, scheme, dataset, count(*),
  sum(value is not null or value_min is not null or value_max is not null),
  sum(obs_status = 'Q'),
  sum(value is null and value_min is null and value_max is null and obs_status <> 'Q'),
  sum(coalesce(verification, '') like 'C3%'), min(period_start), max(period_end)
from observation group by 1, 2, 3, 4 order by 1, 2, 3, 4
"""
HELD_GROUP = """
select distinct
  o.scheme, o.ethnicity, o.indicator, o.dataset, o.source,
  o.value is not null or o.value_min is not null or o.value_max is not null
from observation as o join dataset as d on d.dataset = o.dataset
join indicator as i on i.indicator = o.indicator
join dataset as n on n.dataset = i.dataset
where n.synthetic = 0
order by 1, 2, 3, 4, 5, 6
"""


def agree(build: Path) -> None:
    """Assert that `held` and `held_group` say what the observations say."""
    db = sqlite3.connect(build / "hub.db")
    told = db.execute("select * from held order by indicator, area, scheme, dataset").fetchall()
    assert told == db.execute(HELD).fetchall()
    told = db.execute("select * from held_group order by 1, 2, 3, 4, 5, 6").fetchall()
    assert told == db.execute(HELD_GROUP).fetchall()
    db.close()
