"""The page for staff says what the server counted, in sums that can be checked."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from click.testing import CliRunner, Result

from evidencehub.cli import cli
from evidencehub.runtime.usage import save_counts

TODAY = datetime.now(tz=UTC).date().isoformat()
COUNTS = {
    (TODAY, "toys", "page", "page"): [5, 1, 100],
    (TODAY, "toys", "download", "csv"): [3, 0, 100],
    (TODAY, "toys", "api:gaps", "json"): [2, 2, 100],
    (TODAY, "", "page", "page"): [7, 0, 100],
    (TODAY, "boats", "tables", "json"): [1, 0, 100],
    ("2020-01-01", "boats", "page", "page"): [99, 0, 100],
}


def run(folder: Path, *options: str) -> Result:
    save_counts(folder / "usage.db", COUNTS)
    return CliRunner().invoke(cli, ["usage", "--usage-file", str(folder / "usage.db"), *options])


def test_the_most_read_comes_first_and_old_days_are_left_out(tmp_path: Path) -> None:
    lines = run(tmp_path).output.splitlines()
    assert [line for line in lines if line.startswith("| ")][2:5] == [
        "| toys | 6 | 3 | 4 | 0 |",
        "| (no single dataset) | 7 | 0 | 0 | 0 |",
        "| boats | 0 | 0 | 0 | 1 |",
    ]
    assert "| page | 13 |" in lines


def test_the_same_as_json(tmp_path: Path) -> None:
    document = json.loads(run(tmp_path, "--json", "--days", "1").output)
    assert document["since"] == TODAY
    assert document["datasets"][0] == {"dataset": "toys", "pages": 6, "downloads": 3, "api": 4}
    assert document["formats"] == {"page": 13, "json": 5, "csv": 3}


def test_where_nothing_was_counted_the_file_is_named(tmp_path: Path) -> None:
    result = CliRunner().invoke(cli, ["usage", "--usage-file", str(tmp_path / "none.db")])
    assert "none.db: nothing was counted" in str(result.exception)
