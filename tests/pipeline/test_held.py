"""Do the summary tables say what a look through every figure says?"""

from __future__ import annotations

import sqlite3

from tests.support.dataset import Site
from tests.support.held import agree


def test_where_two_datasets_have_figures_of_one_indicator_and_place(site: Site) -> None:
    site.dataset().write()
    more = site.dataset("toy-more")
    more.tables["observations"] += [
        more.observation(indicator="toy-repairs-rate", ethnicity="A", period="2019", value="7.5"),
        more.observation(indicator="toy-repairs-rate", ethnicity="B", period="2019")
        | {"value": "", "obs_status": "O"},
    ]
    more.write()
    outcome = site.build()
    assert outcome.build is not None, outcome.reports
    db = sqlite3.connect(outcome.build / "hub.db")
    rows = db.execute(
        "select dataset, figures, known, missing from held where indicator = 'toy-repairs-rate' "
        "order by dataset"
    ).fetchall()
    db.close()
    assert rows == [("toy-more", 2, 1, 1), ("toy-repairs", 2, 2, 0)]
    agree(outcome.build)
