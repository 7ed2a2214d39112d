"""DuckDB reads addresses of the hub as tables, by its own extension for HTTP, in parts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.clients.conftest import ClientTools
from tests.support.running_server import RunningServer

PROGRAM = """\
import json
import sys
from pathlib import Path

import duckdb
import duckdb_ext

found = Path(duckdb_ext.__path__[0]).rglob("httpfs.duckdb_extension")
connection = duckdb.connect(config={"allow_unsigned_extensions": "true"})
connection.execute(f"load '{next(found)}'")
print(json.dumps([connection.execute(query).fetchall() for query in json.load(sys.stdin)], default=str))
"""
INDICATOR = "uk-maternal-mortality-rate"


def select_all(tools: ClientTools, folder: Path, *queries: str) -> list[list[list[object]]]:
    """The rows of each query."""
    (folder / "program.py").write_text(PROGRAM, "utf-8")
    (folder / "queries.json").write_text(json.dumps(queries), "utf-8")
    printed = tools.run("sh", "-c", "python program.py < queries.json", cwd=folder)
    return json.loads(printed)


@pytest.fixture
def duckdb_tools(tools: ClientTools) -> ClientTools:
    if not list(tools.folder.rglob("httpfs.duckdb_extension")):
        pytest.skip("the extension httpfs of DuckDB is not installed: run `make test`")
    return tools


def test_duckdb_reads_answers_and_files_by_their_addresses(
    duckdb_tools: ClientTools, served: RunningServer, tmp_path: Path
) -> None:
    site = served.address
    total = served.get_json(f"/api/v1/observations?indicator={INDICATOR}&limit=1")["page"]["total"]
    dataset = "uk-maternal-mortality"
    of_dataset = served.get_json(f"/api/v1/observations?dataset={dataset}&limit=1")["page"]["total"]
    of_women = served.get_json(f"/api/v1/observations?indicator={INDICATOR}&sex=F&limit=1")
    # DuckDB asks for the length first and then for parts: an address with parameters has both
    parquet = f"read_parquet('{site}/api/v1/observations.parquet?indicator={INDICATOR}')"
    text = f"read_csv('{site}/api/v1/observations.csv?indicator={INDICATOR}&sex=F', types={{'sex': 'VARCHAR'}})"
    [[in_parquet], [types], [in_text], [in_file], [some]] = select_all(
        duckdb_tools,
        tmp_path,
        f"select count(*), sum(value) > 0 from {parquet}",
        f"select typeof(period_end), typeof(value), typeof(sex) from {parquet} limit 1",
        f"select count(*), min(sex) from {text}",
        f"select count(*) from '{site}/datasets/{dataset}/latest/{dataset}.parquet'",
        f"select count(*) from {parquet} where period_end >= date '1990-01-01' and value is not null",
    )
    assert in_parquet == [total, True]
    assert types == ["DATE", "DOUBLE", "VARCHAR"]
    assert in_text == [of_women["page"]["total"], "F" if of_women["page"]["total"] else None]
    assert in_file == [of_dataset]
    assert 0 < some[0] <= total
