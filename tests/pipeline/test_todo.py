"""`build.py todo`: every row of a secondary source, under the original that is to be fetched."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from click.testing import CliRunner, Result

from evidencehub.cli import cli
from evidencehub.errors import UsageError
from evidencehub.runtime.usage import CREATE_USAGE, UPSERT_USAGE

KINDS = {
    "values": "observation",
    "findings": "finding",
    "recommendations": "recommendation",
    "updates": "recommendation_update",
}


def run_todo(hub_path: Path, *options: str) -> Result:
    out = hub_path.parents[1]
    return CliRunner().invoke(cli, ["todo", "--out", str(out), *options])


def read_entries(hub_path: Path, *options: str) -> list[dict[str, object]]:
    result = run_todo(hub_path, "--json", *options)
    assert result.exit_code == 0, result.output
    entries: list[dict[str, object]] = json.loads(result.output)["sources"]
    return entries


def test_every_row_of_a_secondary_source_is_in_the_list(rich_hub: Path) -> None:
    entries = read_entries(rich_hub)
    with closing(sqlite3.connect(rich_hub / "hub.db")) as db:
        for kind, table in KINDS.items():
            (expected,) = db.execute(
                f"select count(*) from {table} as x join dataset as d on d.dataset = x.dataset "
                "where d.synthetic = 0 and coalesce(x.verification, d.verification) = 'C3'"
            ).fetchone()
            listed = sum(int(str(entry[kind])) for entry in entries)
            assert listed >= expected, kind  # a finding of two sources waits on both
            assert (listed == 0) == (expected == 0), kind
    assert any(entry["values"] for entry in entries)
    assert any(entry["findings"] for entry in entries)


def test_what_most_readers_see_comes_first(rich_hub: Path, tmp_path: Path) -> None:
    entries = read_entries(rich_hub)
    least = entries[-1]["dataset"]
    usage = tmp_path / "usage.db"
    with closing(sqlite3.connect(usage)) as db, db:
        db.execute(CREATE_USAGE)
        db.execute(UPSERT_USAGE, ("2026-11-29", least, "page", "page", 900, 100, 5))
    counted = read_entries(rich_hub, "--usage-file", str(usage))
    assert counted[0]["dataset"] == least
    assert counted[0]["readers"] == 1000
    assert len(counted) == len(entries)
    text = run_todo(rich_hub, "--usage-file", str(usage)).output
    assert "by how many readers asked for the dataset" in text


def test_a_person_reads_where_to_fetch_the_original(rich_hub: Path) -> None:
    output = run_todo(rich_hub).output
    assert "1. A leaflet that quotes the report, Toy Friends" in output
    assert "fetch: https://example.org/leaflet" in output
    assert "read in: A blog about toys" in output
    assert "originals to fetch, by pages that show them" in output


def test_without_a_build_or_with_a_damaged_count_it_says_what_to_do(
    rich_hub: Path, tmp_path: Path
) -> None:
    result = CliRunner().invoke(cli, ["todo", "--out", str(tmp_path)])
    assert isinstance(result.exception, UsageError)
    assert "Run `python build.py` first." in str(result.exception)
    (tmp_path / "usage.db").write_bytes(b"no database, but long enough to be taken for one")
    result = run_todo(rich_hub, "--usage-file", str(tmp_path / "usage.db"))
    assert isinstance(result.exception, UsageError)
    assert "cannot be read" in str(result.exception)
