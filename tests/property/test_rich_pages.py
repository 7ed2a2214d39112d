"""Pages joined are the whole, in any order, with what has no value last: and some have none."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest

from evidencehub.api.app import ApiApp
from evidencehub.api.resources import CODES_OF_LIST, RESOURCES
from evidencehub.store.resource_model import ApiResource

NEEDED = {"search": "q=toys", "compare": "family=maternal-mortality"}
ADDRESSES: dict[str, ApiResource] = {**RESOURCES, "codes/toy-kinds": CODES_OF_LIST}
PARTS = 6  # pages at least of each answer
ORDERS = [
    (name, column, sign)
    for name, resource in ADDRESSES.items()
    for column in resource.sortable_columns
    for sign in ("", "-")
]
MIXED = {  # columns that must have a value in some rows and none in others
    "observations": {
        "value", "value_min", "value_max", "ci_lower", "ci_upper", "ci_level", "se", "numerator",
        "denominator", "comparator_label", "other_label", "adjustment_label", "locator", "note",
    },
    "gaps": {"ratio", "ratio_lower", "difference_se", "difference_upper", "other_label"},
    "inequality": {"ci_lower", "ci_upper", "se", "unit", "unit_label"},
    "findings": {"direction", "period_start"},
    "recommendations": {"due"},
    "sources": {"published", "verification"},
    "crosswalks": {"to_code", "to_label", "conversion"},
    "codes": {"jurisdiction", "counting_basis", "dataset"},
}  # fmt: skip


@pytest.fixture(scope="module")
def application(rich_hub: Path) -> ApiApp:
    return ApiApp(rich_hub)


async def get(application: ApiApp, address: str) -> httpx.Response:
    transport = httpx.ASGITransport(app=application)
    async with httpx.AsyncClient(transport=transport, base_url="http://hub.test") as client:
        return await client.get(address)


async def read_whole(application: ApiApp, name: str, order: str = "") -> list[dict[str, Any]]:
    """The rows of an answer in one piece."""
    parameters = "&".join(filter(None, [NEEDED.get(name), order and f"sort={order}"]))
    answer = await get(application, f"/api/v1/{name}.ndjson?{parameters}")
    assert answer.status_code == 200
    return [json.loads(line) for line in answer.text.splitlines()]


async def join_pages(application: ApiApp, name: str, order: str, size: int) -> list[dict[str, Any]]:
    """The rows of all pages, from link to link."""
    needed = NEEDED.get(name, "")
    address: str | None = f"/api/v1/{name}?sort={order}&limit={size}{needed and '&' + needed}"
    rows: list[dict[str, Any]] = []
    while address:
        answer = await get(application, address)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert len(body["data"]) <= size
        rows += body["data"]
        assert len(rows) <= body["page"]["total"], "rows stand on two pages"
        address = body["page"]["next"]
        assert (address is None) is (len(rows) == body["page"]["total"])
    return rows


def as_text(rows: Sequence[dict[str, Any]]) -> list[str]:
    return sorted(json.dumps(row) for row in rows)


def arrange(cells: Sequence[Any], *, descending: bool) -> list[Any]:
    """Values in order, and last those that there are none of, whichever the direction."""
    values = sorted((cell for cell in cells if cell is not None), reverse=descending)
    return [*values, *[None] * (len(cells) - len(values))]


@pytest.mark.parametrize(("name", "column", "sign"), ORDERS)
async def test_pages_joined_are_the_whole_with_no_value_last(
    application: ApiApp, name: str, column: str, sign: str
) -> None:
    whole = await read_whole(application, name)
    assert len(whole) > 1
    size = max(1, len(whole) // PARTS)
    rows = await join_pages(application, name, sign + column, size)
    assert as_text(rows) == as_text(whole)
    cells = [row[column] for row in rows]
    assert cells == arrange(cells, descending=sign == "-")
    if column in MIXED.get(name, ()):
        assert None in cells, "no row without a value: the data lack the case"
        assert cells[0] is not None, "no row with a value: the data lack the case"


@pytest.mark.parametrize("seed", range(20))
async def test_pages_joined_are_the_whole_in_an_order_by_several_columns(
    application: ApiApp, seed: int
) -> None:
    lot = Random(seed)
    columns = [lot.choice(sorted(MIXED["observations"])), *lot.sample(
        RESOURCES["observations"].sortable_columns, 2
    )]  # fmt: skip
    signs = [lot.choice(("", "-")) for _ in columns]
    order = ",".join(sign + column for sign, column in zip(signs, columns, strict=True))
    rows = await join_pages(application, "observations", order, lot.randint(3, 11))
    assert rows == await read_whole(application, "observations", order)
    for row, following in pairwise(rows):
        assert not comes_later(row, following, columns, signs), order


def comes_later(
    row: dict[str, Any], other: dict[str, Any], columns: Sequence[str], signs: Sequence[str]
) -> bool:
    """Whether a row has to stand after the other by the first column in which they differ."""
    for column, sign in zip(columns, signs, strict=True):
        mine, theirs = row[column], other[column]
        if mine != theirs:
            if mine is None or theirs is None:
                return mine is None
            return bool(mine < theirs) if sign else bool(mine > theirs)
    return False
