"""What API, pages and Datasette's pages refuse alike, over one reader of parameters."""

from __future__ import annotations

import pytest

from evidencehub.http import parameters
from evidencehub.http.problem_details import HttpError


def test_parameters_keep_their_order_and_plus_is_a_space() -> None:
    pairs = parameters.parse_query_string("b=1&a=x+y&b=&c")
    assert pairs == [("b", "1"), ("a", "x y"), ("b", ""), ("c", "")]
    assert parameters.group_params(pairs) == {"b": ["1", ""], "a": ["x y"], "c": [""]}


@pytest.mark.parametrize("query", ["a=%FF", "&".join(["a=1"] * 401)])
def test_parameters_that_are_not_utf8_or_too_many_are_refused(query: str) -> None:
    with pytest.raises(HttpError) as caught:
        parameters.parse_query_string(query)
    assert (caught.value.status, caught.value.problems[0].code) == (400, "bad-address")


def test_an_unknown_parameter_is_answered_with_the_closest_name() -> None:
    suggestions = parameters.suggest_names("ethncity", ["area", "ethnicity", "sex"])
    problem = parameters.build_unknown_parameter_problem("No.", "ethncity", suggestions)
    assert problem.message == "No. Did you mean “ethnicity”?"
    assert problem.suggestions == ["ethnicity"]
    assert parameters.build_unknown_parameter_problem("No.", "zzz").message == "No."


def test_a_repeated_parameter_is_named_and_counted() -> None:
    problem = parameters.build_repeated_parameter_problem("limit", 3)
    assert problem.message == "“limit” was given 3 times. Give it once."


def test_a_value_in_a_message_has_no_control_characters_and_an_end() -> None:
    assert parameters.shorten_value("a\nb") == "a�b"
    assert parameters.shorten_value("x" * 81) == "x" * 80 + "…"
