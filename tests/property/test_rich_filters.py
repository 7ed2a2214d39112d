"""No filter gives a row outside it, alone or with another, over data that has every case."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import combinations, product
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evidencehub.api.resources import RESOURCES
from evidencehub.http.problem_details import HttpError
from evidencehub.store.resource_model import ApiResource, Filter
from tests.support.filters import REQUIRED, RichApi, Row

YEARS = [str(year) for year in range(2018, 2027)]
STANDING_FOR_OTHERS = {"OTH", "hub-facet:OTH", "toy-more-groups:B"}
FEW = 4  # values that stand nowhere in the data, of each filter
PAIRS = [
    (name, one.name, other.name)
    for name, resource in RESOURCES.items()
    for one, other in combinations(resource.filters, 2)
]
SINGLES = [(name, one.name) for name, resource in RESOURCES.items() for one in resource.filters]


@pytest.fixture(scope="module")
def api(rich_hub: Path) -> RichApi:
    return RichApi(rich_hub)


def in_any_order(rows: Iterable[Row]) -> list[str]:
    return sorted(json.dumps(row, ensure_ascii=False) for row in rows)


def list_values(api: RichApi, resource: ApiResource, one: Filter) -> list[str]:
    """The values of a filter that some row fits, and a few that none does."""
    if one.filter_type in ("from", "to"):
        return YEARS
    if one.filter_type == "text":
        return ["toys"] if resource.name == "search" else ["toys", "drums", "nowhere"]
    if one.filter_type == "at_least":
        return ["0", "50", "90.5", "100"]
    if one.filter_type == "part":
        return ["TOYS", "drums", "ki\u0301", "nowhere"]
    if one.filter_type == "boolean":
        return ["true", "false"]
    texts = api.list_page_facets(one.name) if resource.name == "search" else set[str]()
    for rows in (api.rows[resource.name], api.rows["observations"], api.rows["indicators"]):
        texts |= {text for row in rows for cell in row.values() for text in flatten(cell)}
    known = list(api.known.value_sets[one.value_set])
    texts |= {above for text in [*texts] for above in api.list_above(text)}
    texts |= STANDING_FOR_OTHERS
    seen = [value for value in known if value in texts or value == "none"]
    others = Random(one.name).sample(known, min(FEW, len(known)))
    return list(dict.fromkeys([*seen, *others]))


def flatten(cell: Any) -> list[str]:
    """The texts in a cell: of a list each, of list=code;list=code each."""
    cells = cell if isinstance(cell, list) else [cell]
    return [text for one in cells if isinstance(one, str) for text in (one, *one.split(";"))]


def agree(api: RichApi, resource: ApiResource, choice: dict[str, list[str]]) -> int:
    """Assert that the API gives the rows which fit; how many there are."""
    needed = REQUIRED.get(resource.name, {})
    whole = {**needed, **choice}
    if resource.comparison_subject and whole.get("from", [""])[0] > whole.get("to", ["9"])[0]:
        with pytest.raises(HttpError, match="No row can match"):
            api.read(resource, whole)
        return 0
    rows = api.read(resource, whole)
    expected = api.expect(resource, whole)
    assert in_any_order(rows) == in_any_order(expected), choice
    return len(rows)


@pytest.mark.parametrize(("name", "filter_name"), SINGLES)
def test_a_filter_gives_the_rows_within_it_and_no_other(
    api: RichApi, name: str, filter_name: str
) -> None:
    resource = RESOURCES[name]
    values = list_values(api, resource, resource.filters_by_name[filter_name])
    numbers = [agree(api, resource, {filter_name: [value]}) for value in values]
    assert any(numbers), "no value of this filter has a row: the data lack the case"
    assert len(api.rows[name]) > 1


@settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_a_pair_of_filters_gives_the_rows_within_both(api: RichApi, data: st.DataObject) -> None:
    name, *names = data.draw(st.sampled_from(PAIRS))
    resource = RESOURCES[name]
    choice: dict[str, list[str]] = {}
    for filter_name in names:
        one = resource.filters_by_name[filter_name]
        values = st.sampled_from(list_values(api, resource, one))
        most = 3 if one.is_repeatable else 1
        choice[filter_name] = data.draw(st.lists(values, min_size=1, max_size=most, unique=True))
    agree(api, resource, choice)


@pytest.mark.parametrize(
    ("name", "group"),
    [("observations", "ethnicity"), ("gaps", "group"), ("datasets", "ethnicity"),
     ("indicators", "ethnicity")],
)  # fmt: skip
def test_a_group_that_is_not_in_the_scheme_gives_no_row(
    api: RichApi, name: str, group: str
) -> None:
    resource, apart, together = RESOURCES[name], 0, 0
    schemes = [scheme for scheme in api.known.value_sets["scheme"] if scheme.startswith("toy-")]
    schemes.append("au-indigenous-status")
    for scheme, code in product(schemes, [*"ABCD", "IND", "_T", "toy-kinds:D"]):
        choice = {"scheme": [scheme], group: [code]}
        rows = api.read(resource, choice)
        assert in_any_order(rows) == in_any_order(api.expect(resource, choice)), choice
        in_scheme = scheme in api.known.schemes_by_group.get(code, ())
        apart += not in_scheme and not rows
        together += len(rows)
        assert in_scheme or code.startswith("toy-kinds:") or not rows, choice
    assert apart > 0
    assert together > 0
