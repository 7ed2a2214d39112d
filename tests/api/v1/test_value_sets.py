"""A filter declares the values it takes in one place, and the API refuses to start over a mistake."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from evidencehub.api.query_parameters import parse_query
from evidencehub.api.resources.codes import CODE_LISTS
from evidencehub.api.resources.observations import OBSERVATIONS
from evidencehub.errors import HubError
from evidencehub.http.problem_details import HttpError
from evidencehub.store.database import HubDatabase
from evidencehub.store.reference_data import ReferenceData, read_reference_data
from evidencehub.store.resource_model import ApiResource, Filter

BASIS = Filter("basis", "l.counting_basis in {}", "counted so", codelist="counting-basis")


def read_with(build: Path, resource: ApiResource, *filters: Filter) -> ReferenceData:
    added = replace(resource, filters=(*resource.filters, *filters))
    return read_reference_data(HubDatabase(build / "hub.db"), build, [added])


def test_a_filter_of_a_code_list_is_one_declaration(built: Path) -> None:
    resource = replace(CODE_LISTS, filters=(BASIS,))
    reference_data = read_reference_data(HubDatabase(built / "hub.db"), built, [resource])
    codes = reference_data.code_lists["counting-basis"]
    query = parse_query(resource, [("basis", next(iter(codes)))], reference_data)
    assert query.filter_values == {"basis": [next(iter(codes))]}
    with pytest.raises(HttpError) as caught:
        parse_query(resource, [("basis", "nonsense")], reference_data)
    assert [problem.code for problem in caught.value.problems] == ["unknown-value"]


@pytest.mark.parametrize(
    ("filter_", "message"),
    [
        (
            replace(BASIS, codelist="counting-bases"),
            "“basis” of codes uses the code list “counting-bases”, which does not exist.",
        ),
        (
            Filter("basis", "l.counting_basis in {}", "counted so", "counting_bases"),
            "“basis” of codes uses the set of values “counting_bases”, which does not exist.",
        ),
        (
            Filter("basis", "l.counting_basis in {}", "counted so"),
            "“basis” of codes declares no values. Give it a code list or a set of values.",
        ),
    ],
)
def test_a_filter_without_its_values_is_an_error_at_the_start(
    built: Path, filter_: Filter, message: str
) -> None:
    with pytest.raises(HubError) as caught:
        read_with(built, CODE_LISTS, filter_)
    assert message in str(caught.value)


def test_two_filters_cannot_give_one_name_to_two_code_lists(built: Path) -> None:
    other = Filter("other_status", "o.obs_status in {}", "so", "obs_status", codelist="sex")
    with pytest.raises(HubError, match=r"“other_status” of observations .* “obs_status”"):
        read_with(built, OBSERVATIONS, other)
