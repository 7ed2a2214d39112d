"""Clients generated from /openapi.json compile, and run against a served hub."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.clients.conftest import ClientTools
from tests.support.running_server import RunningServer

BYTES_OF_FILES = """\
content_type_overrides:
  application/vnd.apache.parquet: application/octet-stream
  application/x-ndjson: application/octet-stream
"""
OWN_MODULE_OF_THE_GENERATOR = """\
[mypy]
[mypy-hub_api.client]
disable_error_code = arg-type
"""
PYTHON_PROGRAM = """\
import datetime
import sys

from hub_api import Client
from hub_api.api.datasets import one_dataset
from hub_api.api.observations import observations, observations_csv, observations_parquet
from hub_api.api.query import query
from hub_api.models import (
    BoundObservations, ConditionObservations, EqualsObservations, Observations, ObservationsRow,
    ObservationsSelection, Problem, QueryAnswer, QueryObservations, DatasetsSingle,
)

client = Client(base_url=sys.argv[1])
answer = observations.sync(client=client, family=["infant-mortality"], from_="1990", limit=3)
assert isinstance(answer, Observations), answer
assert answer.page.total > 3
for row in answer.data:
    assert isinstance(row, ObservationsRow)
    day: datetime.date = row.period_start
    value: float | None = row.value
    assert day.year >= 1990, (day, value)
    assert row.ethnicity and row.indicator
selected = observations.sync(client=client, fields="value,ethnicity", sort="-value", limit=2)
assert isinstance(selected, Observations), selected
assert all(isinstance(row, ObservationsSelection) for row in selected.data)
refused = observations.sync(client=client, family=["infant-mortalty"])
assert isinstance(refused, Problem), refused
assert refused.problems[0].near
csv = observations_csv.sync_detailed(client=client, family=["infant-mortality"])
assert csv.content.startswith(b"id,dataset,"), csv.content[:50]
parquet = observations_parquet.sync_detailed(client=client, family=["infant-mortality"])
assert parquet.content.startswith(b"PAR1")
where = ConditionObservations(
    and_=[
        ConditionObservations(eq=EqualsObservations(area="GB")),
        ConditionObservations(not_=ConditionObservations(gte=BoundObservations(value=5))),
    ]
)
posted = query.sync(client=client, body=QueryObservations("observations", where=where, limit=2))
assert isinstance(posted, QueryAnswer), posted
first = ObservationsRow.from_dict(posted.data[0].to_dict())
assert first.area == "GB"
item = one_dataset.sync("uk-maternal-mortality", client=client)
assert isinstance(item, DatasetsSingle), item
assert item.data.files[0].sha256
print("done")
"""
TYPESCRIPT_PROGRAM = """\
import createClient from "openapi-fetch";
import type { components, paths } from "./api.js";

const client = createClient<paths>({ baseUrl: process.argv[2] });
const { data, error } = await client.GET("/api/v1/observations", {
  params: { query: { family: ["infant-mortality", "stillbirth"], from: "1990", limit: 3 } },
});
if (!data) throw new Error(JSON.stringify(error));
for (const row of data.data) {
  const value: number | null | undefined = row.value;
  console.log(row.indicator, row.period_start, value);
}
const whole = data.data[0] as components["schemas"]["observations_row"];
const day: string = whole.period_start;
const verdict: "ok" | "caution" | "refuse" | undefined = data.comparability?.verdict;
const refused = await client.GET("/api/v1/gaps", { params: { query: { family: ["x"] } } });
const codes: string[] = refused.error!.problems.map((problem) => problem.code);
const posted = await client.POST("/api/v1/query", {
  body: {
    resource: "observations",
    where: { and: [{ eq: { area: "GB" } }, { not: { gte: { value: 5 } } }] },
    limit: 2,
  },
});
const item = await client.GET("/api/v1/datasets/{id}", {
  params: { path: { id: "uk-maternal-mortality" } },
});
const csv = await client.GET("/api/v1/observations.csv", {
  params: { query: { limit: 2 } }, parseAs: "text",
});
if (!csv.data!.startsWith("id,dataset,")) throw new Error(csv.data);
// @ts-expect-error: a column that is not there
data.data[0].valu;
// @ts-expect-error: a parameter that is not there
await client.GET("/api/v1/observations", { params: { query: { famly: ["x"] } } });
if (posted.data!.page.returned !== 2) throw new Error(JSON.stringify(posted));
console.log(day, verdict, codes, posted.data!.page.total, item.data!.data.files[0].sha256);
console.log("done");
"""
TSC = (
    *("--strict", "--skipLibCheck", "false", "--module", "nodenext", "--target", "es2022"),
    *("--moduleResolution", "nodenext", "--types", "node"),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, served: RunningServer) -> Path:
    """A folder with the description in it."""
    folder = tmp_path_factory.mktemp("clients")
    (folder / "openapi.json").write_bytes(served.get("/openapi.json"))
    return folder


def test_the_description_is_valid(tools: ClientTools, folder: Path) -> None:
    assert "OK" in tools.run("openapi-spec-validator", "openapi.json", cwd=folder)


def test_a_python_client_is_generated_compiles_and_runs(
    tools: ClientTools, folder: Path, served: RunningServer
) -> None:
    (folder / "generator.yaml").write_text(BYTES_OF_FILES, "utf-8")
    (folder / "mypy.ini").write_text(OWN_MODULE_OF_THE_GENERATOR, "utf-8")
    (folder / "program.py").write_text(PYTHON_PROGRAM, "utf-8")
    tools.run(
        *("openapi-python-client", "generate", "--path", "openapi.json", "--fail-on-warning"),
        *("--config", "generator.yaml", "--meta", "none", "--output-path", "hub_api"),
        cwd=folder,
    )
    tools.run("mypy", "hub_api", "program.py", cwd=folder)
    assert "done" in tools.run("python", "program.py", served.address, cwd=folder)


def test_a_typescript_client_is_generated_compiles_and_runs(
    node_tools: ClientTools, folder: Path, served: RunningServer
) -> None:
    (folder / "node_modules").symlink_to(node_tools.node)
    (folder / "package.json").write_text('{"type": "module"}', "utf-8")
    (folder / "program.ts").write_text(TYPESCRIPT_PROGRAM, "utf-8")
    node_tools.run("openapi-typescript", "openapi.json", "-o", "api.d.ts", cwd=folder)
    node_tools.run("tsc", *TSC, "program.ts", cwd=folder)
    assert "done" in node_tools.run("node", "program.js", served.address, cwd=folder)
