"""SDMX data: every observation comes out once, alike in every format, and filters hold."""

from __future__ import annotations

import csv
import io
import random
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from datasette.app import Datasette

from evidencehub import runtime
from evidencehub.protocols.sdmx import data_answers
from evidencehub.protocols.sdmx.identifiers import decode_id, encode_name
from evidencehub.protocols.sdmx.time_periods import parse_time_period
from tests.support.asgi_client import AsgiResponse, send_request
from tests.support.dataset_builder import PROJECT_ROOT
from tests.support.sdmx_messages import Rows, read_csv, read_rows

CSV_1 = "application/vnd.sdmx.data+csv;version=1.0.0"
FORMATS = {
    "v1": (
        "application/vnd.sdmx.genericdata+xml;version=2.1",
        "application/vnd.sdmx.structurespecificdata+xml;version=2.1",
        CSV_1,
        "application/vnd.sdmx.data+json;version=1.0.0",
        "application/vnd.sdmx.data+json;version=1.0.0-wd",
    ),
    "v2": (
        "application/vnd.sdmx.data+xml;version=3.0.0",
        "application/vnd.sdmx.data+csv;version=2.0.0",
        CSV_1,
        "application/vnd.sdmx.data+json;version=2.0.0",
    ),
}
DIMENSIONS = {"REF_AREA": "area", "SEX": "sex", "AGE": "age", "COMPARATOR": "comparator"}
RENAMED = {"ROW_ID": "id", "UNIT_MEASURE": "unit", "ETHNICITY_SCHEME": "scheme"}
NOT_BROKEN_DOWN = "_Z"
Get = Callable[..., "AsgiResponse"]


@pytest.fixture(scope="module", params=["shipped", "rich"])
def hub(request: pytest.FixtureRequest, built: Path, rich_hub: Path) -> Datasette:
    return runtime.create_datasette(PROJECT_ROOT, built if request.param == "shipped" else rich_hub)


@pytest.fixture
async def get(hub: Datasette):
    """Sends a request, with what it accepts; the answer has to be a good one."""
    await hub.invoke_startup()
    app = hub.app()

    async def send(path: str, accept: str = "") -> AsgiResponse:
        response = await send_request(app, path, **({"accept": accept} if accept else {}))
        assert response.status == 200, (path, accept, response.body[:500])
        return response

    return send


async def read_api_rows(get, indicator: str = "") -> list[dict[str, str]]:
    query = f"?indicator={quote(indicator)}" if indicator else ""
    path = f"/api/v1/observations.csv{query}"
    body = (await get(path)).body
    return list(csv.DictReader(io.StringIO(body.decode(), newline="")))


def list_indicators(hub: Datasette) -> list[str]:
    sql = "select distinct indicator from observation order by indicator"
    return [name for (name,) in hub.hub_api.database.fetch_all(sql)]


def decode(code: str) -> str:
    """A code as the hub has it: of a list with another, list:code."""
    code_list, at, bare = code.partition("@")
    if at:
        return f"{decode_id(code_list)}:{decode_id(bare)}"
    return "" if code == NOT_BROKEN_DOWN else decode_id(code)


def check_row(row: dict[str, str], published: dict[str, str]) -> None:
    """A row of SDMX says of a value what the CSV of the hub says."""
    assert row["OBS_VALUE"] == published["value"]
    span = (published["period_start"], published["period_end"])
    assert parse_time_period(row["TIME_PERIOD"]) == span
    assert decode(row["ETHNICITY"]).rpartition(":")[2] == published["ethnicity"]
    for name, column in DIMENSIONS.items():
        if name in row:
            assert decode(row[name]) == published[column], (name, row)
        else:
            assert published[column] == ""
    others = dict(part.split("=") for part in published["other"].split(";") if part)
    told = [decode(code) for name, code in row.items() if is_further(name, published)]
    assert sorted(filter(None, told)) == sorted(others.values())
    for name, cell in row.items():
        column = RENAMED.get(name, name.lower())
        if column in published and name not in (*DIMENSIONS, "ETHNICITY"):
            coded = column in ("adjustment", "dataset") or column in CODED
            assert (decode(cell) if coded else cell) == published[column], (name, row)


CODED = (
    "family", "unit", "obs_status", "conf_status", "counting_basis", "same_source",
    "ethnicity_recording", "verification",
)  # fmt: skip
KNOWN = {*DIMENSIONS, *RENAMED, "ETHNICITY", "TIME_PERIOD", "OBS_VALUE", "DATAFLOW"}


def is_further(name: str, published: dict[str, str]) -> bool:
    """Whether a column is a dimension for codes of one more list."""
    return name not in KNOWN and name.lower() not in published


async def test_every_observation_comes_out_once_with_what_the_csv_says(get, hub: Datasette) -> None:
    count, dimensions = 0, set()
    for indicator in list_indicators(hub):
        published = {row["id"]: row for row in await read_api_rows(get, indicator)}
        if not published:
            continue
        body = (await get(f"/sdmx/v1/data/{encode_name(indicator)}", CSV_1)).body
        rows = list(csv.DictReader(io.StringIO(body.decode(), newline="")))
        assert Counter(row["ROW_ID"] for row in rows) == Counter(list(published))
        for row in rows:
            check_row(row, published[row["ROW_ID"]])
        dimensions |= {name for name in rows[0] if is_further(name, published[rows[0]["ROW_ID"]])}
        count += len(rows)
    assert count > 50
    assert dimensions, "no indicator has a further dimension: this test says less than it should"


async def test_what_no_row_has_is_in_no_dataflow(get, hub: Datasette) -> None:
    total = hub.hub_api.database.fetch_all("select count(*) from observation")[0][0]
    counts = []
    for name in hub.hub_sdmx._catalogue.indicators:
        response = await get(f"/sdmx/v1/data/{name}?detail=dataonly", CSV_1)
        counts.append(int(response.header("hub-total")))
    assert sum(counts) == total


def choose_flows(hub: Datasette, count: int) -> list[str]:
    """Dataflows with the most dimensions, and some drawn by lot."""
    catalogue = hub.hub_sdmx._catalogue
    names = list(catalogue.indicators)
    flows = {name: catalogue._flows.get(name) for name in names}
    rich = sorted(names, key=lambda n: -len(flows[n].dimensions) if flows[n] else 0)
    return list(dict.fromkeys([*rich[:4], *random.Random(19).sample(names, count)]))


@pytest.mark.parametrize("observation", ["", "AllDimensions", "SEX"])
async def test_every_format_has_the_same_rows(get, hub: Datasette, observation: str) -> None:
    for name in list(hub.hub_sdmx._catalogue.indicators):  # so that the richest are known
        await get(f"/sdmx/v2/structure/datastructure/*/{name}")
    for name in choose_flows(hub, 6):
        expected: Rows | None = None
        for base, accepted in FORMATS.items():
            path = f"/sdmx/{base}/data/" + (name if base == "v1" else f"dataflow/HUB/{name}/+")
            query = f"?dimensionAtObservation={observation}" if observation else ""
            for accept in accepted:
                response = await get(path + query, accept)
                assert response.header("content-type") == accept
                rows = read_rows(accept, response.body)
                expected = rows if expected is None else expected
                assert rows == expected, (name, accept)
        assert expected


async def read_flow(get, name: str, query: str = "", base: str = "v1", key: str = "all") -> Rows:
    path = (
        f"/sdmx/v1/data/{name}/{key}"
        if base == "v1"
        else f"/sdmx/v2/data/dataflow/HUB/{name}/+/{key}"
    )
    return read_csv((await get(path + query, CSV_1)).body)


def keep(rows: Rows, test: Callable[[dict[str, str]], bool]) -> Rows:
    return {row for row in rows if test(dict(row))}


def find_flow(hub: Datasette, *dimensions: str) -> Iterator[str]:
    catalogue = hub.hub_sdmx._catalogue
    for name in catalogue.indicators:
        with catalogue_reader(hub) as db:
            ids = [item.id for item in catalogue.get_flow(name, db).dimensions]
        if set(dimensions) <= set(ids):
            yield name


def catalogue_reader(hub: Datasette):
    from contextlib import contextmanager

    from evidencehub.store.database import RowReader

    @contextmanager
    def open_reader():
        with hub.hub_api.database._borrow_connection() as connection:
            yield RowReader(connection)

    return open_reader()


async def test_a_key_and_a_condition_select_what_they_name_and_nothing_else(
    get, hub: Datasette
) -> None:
    lot, tried = random.Random(7), 0
    names = list(find_flow(hub))
    for name in lot.sample(names, min(12, len(names))):
        everything = await read_flow(get, name)
        with catalogue_reader(hub) as db:
            flow = hub.hub_sdmx._catalogue.get_flow(name, db)
        for dimension in flow.dimensions:
            codes = lot.sample(list(dimension.codes.values()), min(2, len(dimension.codes)))
            wanted = keep(everything, lambda r: r[dimension.id] in codes)  # noqa: B023
            parts = ["+".join(codes) if d is dimension else "" for d in flow.dimensions]
            assert await read_flow(get, name, key=quote(".".join(parts), safe=".+")) == wanted
            query = f"?c%5B{dimension.id}%5D={quote(','.join(codes))}"
            assert await read_flow(get, name, query, "v2", "*") == wanted
            keys = [
                ".".join(code if d is dimension else "*" for d in flow.dimensions) for code in codes
            ]
            assert await read_flow(get, name, "", "v2", quote(",".join(keys), safe=",.*")) == wanted
            others = keep(everything, lambda r: r[dimension.id] not in codes)  # noqa: B023
            if others:
                query = f"?c[{dimension.id}]=ne:{quote(','.join(codes))}"
                assert await read_flow(get, name, query, "v2", "*") == others
            tried += 1
    assert tried > 20


async def test_periods_select_what_lies_within_them(get, hub: Datasette) -> None:
    tried = 0
    for name in list(find_flow(hub))[:40]:
        everything = await read_flow(get, name)
        spans = sorted({parse_time_period(dict(row)["TIME_PERIOD"]) for row in everything})
        if len(spans) < 2:
            continue
        first, last = spans[len(spans) // 2]
        later = keep(everything, lambda r: parse_time_period(r["TIME_PERIOD"])[0] >= first)  # noqa: B023
        assert await read_flow(get, name, f"?startPeriod={first}") == later
        assert await read_flow(get, name, f"?c[TIME_PERIOD]=ge:{first}", "v2", "*") == later
        earlier = keep(everything, lambda r: parse_time_period(r["TIME_PERIOD"])[1] <= last)  # noqa: B023
        if earlier:
            assert await read_flow(get, name, f"?endPeriod={last}") == earlier
            both = later & earlier
            query = f"?c[TIME_PERIOD]=ge:{first}%2Ble:{last}"
            assert await read_flow(get, name, query, "v2", "*") == both
        tried += 1
    assert tried >= 2


async def test_the_first_and_the_last_observations_are_those_of_each_series(
    get, hub: Datasette
) -> None:
    tried = 0
    for name in list(find_flow(hub))[:40]:
        series: dict[frozenset[tuple[str, str]], list[tuple[tuple[str, str], frozenset]]] = {}
        with catalogue_reader(hub) as db:
            ids = {d.id for d in hub.hub_sdmx._catalogue.get_flow(name, db).dimensions}
        for row in await read_flow(get, name):
            cells = dict(row)
            key = frozenset((n, cells[n]) for n in ids)
            series.setdefault(key, []).append((parse_time_period(cells["TIME_PERIOD"]), row))
        ordered = [
            [row for _, row in sorted(rows, key=lambda r: (r[0][1], r[0][0]))]
            for rows in series.values()
        ]
        if max(map(len, ordered)) < 3:
            continue
        newest = {rows[-1] for rows in ordered}
        assert await read_flow(get, name, "?lastNObservations=1") == newest
        oldest = {
            min(rows, key=lambda r: parse_time_period(dict(r)["TIME_PERIOD"])) for rows in ordered
        }
        assert await read_flow(get, name, "?firstNObservations=1") == oldest
        both = await read_flow(get, name, "?firstNObservations=1&lastNObservations=1")
        assert both == newest | oldest
        tried += 1
    assert tried


async def test_conditions_on_attributes_and_the_value_select_rows(get, hub: Datasette) -> None:
    tried = 0
    for name in list(find_flow(hub))[:30]:
        everything = await read_flow(get, name)
        for attribute in ("OBS_STATUS", "VERIFICATION", "SOURCE"):
            for value in {dict(row).get(attribute, "") for row in everything} - {""}:
                wanted = keep(everything, lambda r: r.get(attribute) == value)  # noqa: B023
                query = f"?c[{attribute}]={quote(value)}"
                assert await read_flow(get, name, query, "v2", "*") == wanted
                tried += 1
        values = sorted(
            float(dict(row)["OBS_VALUE"]) for row in everything if "OBS_VALUE" in dict(row)
        )
        if values:
            bound = values[len(values) // 2]
            wanted = keep(everything, lambda r: float(r.get("OBS_VALUE", "-inf")) >= bound)  # noqa: B023
            assert await read_flow(get, name, f"?c[OBS_VALUE]=ge:{bound}", "v2", "*") == wanted
    assert tried > 10


async def test_what_is_asked_for_decides_what_is_told(get, hub: Datasette) -> None:
    name = next(find_flow(hub))
    everything = await read_flow(get, name)
    bare = await read_flow(get, name, "?detail=dataonly")
    assert {len(row & whole) for row in bare for whole in everything if row <= whole}
    assert not {n for row in bare for n, _ in row} & {"OBS_STATUS", "ROW_ID", "NOTE"}
    keys = await read_flow(get, name, "?detail=serieskeysonly")
    assert not {n for row in keys for n, _ in row} & {"TIME_PERIOD", "OBS_VALUE", "OBS_STATUS"}
    assert all(any(key <= row for row in everything) for key in keys)
    one = await read_flow(get, name, "?attributes=OBS_STATUS&measures=none", "v2", "*")
    names = {n for row in one for n, _ in row}
    assert "OBS_STATUS" in names
    assert not names & {"OBS_VALUE", "CONF_STATUS"}


async def test_a_document_has_a_limit_and_says_where_there_is_none(
    hub: Datasette, get, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = max(find_flow(hub), key=len)
    monkeypatch.setattr(data_answers, "MAX_DOCUMENT_ROWS", 0)
    refused = await send_request(hub.app(), f"/sdmx/v1/data/{name}?firstNObservations=9")
    assert refused.status == 413
    assert b'code="130"' in refused.body
    assert b"SDMX-CSV" in refused.body
    assert await read_flow(get, name, "?firstNObservations=9")
