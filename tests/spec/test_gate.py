"""What the gate promises beyond any one rule: all is told, once, at its place, without a crash."""

from __future__ import annotations

import json
from typing import Any

import pytest

from evidencehub.domain.concepts import CONCEPTS_BY_ROLE
from evidencehub.domain.problem import MAX_PER_KIND, CheckReport
from evidencehub.formats.check_report import MAX_VIEWED, render_text
from tests.spec.changes import (
    CLAIM,
    FINDING,
    QUESTION,
    RECOMMENDATION,
    UPDATE,
    also,
    cells,
    edit,
    field,
    finding,
    hub,
    report_on,
    resource,
    rows,
    said,
    schema,
    scheme,
    update,
    without_column,
)
from tests.spec.examples import INDICATOR, VALID
from tests.support.dataset_builder import BuildWorkspace, DatasetBuilder

REQUIRED = [
    (role, name)
    for role, concepts in CONCEPTS_BY_ROLE.items()
    for name, concept in concepts.items()
    if concept.required
] + [("observations", "period")]
ROWS = {"findings": FINDING, "recommendations": RECOMMENDATION, "updates": UPDATE}


def places(report: CheckReport, rule: str = "") -> list[str]:
    return [p.location for p in report.problems if rule in ("", p.rule)]


@pytest.mark.slow
@pytest.mark.parametrize(("role", "name"), REQUIRED)
def test_a_cell_that_may_not_be_empty_is_told_where_it_is(role: str, name: str) -> None:
    def empty(toys: DatasetBuilder) -> None:
        toys.tables |= {"findings": [dict(FINDING)], "recommendations": [dict(RECOMMENDATION)]}
        toys.tables |= {"updates": [dict(UPDATE)], "claims": [dict(CLAIM)]}
        toys.tables |= {"questions": [dict(QUESTION)]}
        toys.field_overrides["claims"] = {"stated": {"type": "number"}}
        toys.tables[role][0][name] = ""

    assert f"data/{role}.csv row 2, {name}" in places(report_on(edit("", empty)))


BUILDS = {
    "facet": cells("codes", 3, facet="ZZZ"),
    "facet_relation": cells("codes", 3, facet_relation="sameAs"),
    "maps_to": cells("codes", 3, maps_to="ew-census-2021:99"),
    "relation": cells("codes", 3, maps_to="ew-census-2021:1", relation="sameAs"),
    "updates": edit("", lambda toys: [update().make(toys), toys.tables["updates"].append(UPDATE)]),
    "workstreams": finding(workstreams="innovating-for-all;innovating-for-all"),
    "indicators": finding(indicators="toy-repairs-rate;toy-repairs-rate"),
    "sources": finding(sources="toy-report;toy-report"),
    "groups_affected": finding(groups_affected="toy-repairs-groups:A;toy-repairs-groups:A"),
    "residual": also(
        "", cells("codes", 6, residual="2"), field("codes", "residual", type="integer")
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", list(BUILDS))
def test_what_passes_the_gate_can_be_built(name: str, site: BuildWorkspace) -> None:
    toys = site.dataset()
    BUILDS[name].make(toys)
    toys.write()
    outcome = site.build()
    assert (outcome.build is not None) == outcome.is_ok


def test_two_packages_may_not_bring_the_same_code_list(site: BuildWorkspace) -> None:
    site.dataset("toy-loans").write()
    other = site.dataset("toy-repairs")
    text = json.dumps([other.tables, other.descriptor])
    renamed = text.replace("toy-repairs-groups", "toy-loans-groups")
    other.tables, other.descriptor = json.loads(renamed)
    other.write()
    assert not site.build().reports["toy-repairs"].has_no_errors


OF_PACKAGE: list[tuple[str, Any]] = [
    ("workstreams", 1),
    ("workstreams", {"a": 1}),
    ("countries", [[]]),
    ("contact", ["x"]),
    ("whose_ethnicity", {"a": 1}),
    ("caveats", 1),
    ("lists", 1),
    ("lists", "x"),
    ("lists", ["x"]),
    ("lists", [{}]),
]
OF_RESOURCE: list[tuple[str, Any]] = [
    (key, value)
    for key in ("constants", "combine", "measures", "hold_back")
    for value in (1, "x", ["x"])
]
OF_FIELD: list[tuple[str, Any]] = [
    ("concept", ["x"]),
    ("codelist", ["x"]),
    ("map", 1),
    ("map", "x"),
    ("map", ["x"]),
    ("map", {"a": 1}),
]


@pytest.mark.parametrize(("key", "value"), OF_PACKAGE)
def test_a_hub_object_of_the_wrong_kind_is_told(key: str, value: Any) -> None:
    assert "metadata/hub" in report_on(hub(**{key: value})).rules


@pytest.mark.parametrize(("key", "value"), OF_RESOURCE)
def test_a_resource_s_hub_object_of_the_wrong_kind_is_told(key: str, value: Any) -> None:
    assert "metadata/hub" in report_on(resource("observations", hub={key: value})).rules


@pytest.mark.parametrize(("key", "value"), OF_FIELD)
def test_a_field_s_hub_object_of_the_wrong_kind_is_told(key: str, value: Any) -> None:
    found = report_on(field("observations", "ethnicity", hub={key: value}))
    assert "metadata/hub" in found.rules


CRASHES = {
    "licenses": said(licenses=[[]]),
    "valid_from": scheme(valid_from=True),
    "foreign key": schema("observations", foreignKeys=[{}]),
    "unique key": schema("observations", uniqueKeys=[1]),
    "field": schema("observations", fields=[{}]),
    "categories": field("observations", "note", categories=[{}]),
    "number as text": resource("observations", hub={"constants": {"ci_level": "95"}}),
    "text for a number": resource("observations", hub={"constants": {"ci_level": "high"}}),
    "sort_order": also(
        "", cells("codes", 3, sort_order="2"), field("codes", "sort_order", type="number")
    ),
    "decimals": also(
        "",
        cells("observations", 2, decimals="1.5"),
        field("observations", "decimals", type="number"),
    ),
}


@pytest.mark.parametrize("name", list(CRASHES))
def test_nothing_in_a_package_crashes_the_gate(name: str) -> None:
    assert report_on(CRASHES[name]).slug == "toy-repairs"


@pytest.mark.parametrize(
    ("meaning", "told"),
    [({"sex": "Z"}, "codes"), ({"sax": "F"}, "structure"), ({"obs_status": "Z"}, "codes")],
    ids=json.dumps,
)
def test_what_a_map_makes_of_a_spelling_is_checked_like_a_cell(
    meaning: dict[str, str], told: str
) -> None:
    change = also(
        "",
        edit("", lambda toys: [r.update(note="x") for r in toys.tables["observations"]]),
        field("observations", "note", hub={"concept": "sex", "map": {"x": meaning}}),
    )
    assert {rule.partition("/")[0] for rule in report_on(change).rules} == {told}


def test_a_row_left_out_for_one_mistake_causes_no_second() -> None:
    assert report_on(cells("sources", 2, type="newspaper")).rules == ["codes/unknown-code"]


def test_a_retired_code_is_told_at_a_row_that_uses_it_too_late() -> None:
    change = also(
        "",
        scheme(valid_to="2022-12-31"),
        rows("", "observations", {"period": "2021"}, {"period": "2022"}, {"period": "2024"}),
    )
    assert places(report_on(change)) == ["data/observations.csv row 4, ethnicity"]


def test_a_code_before_its_time_is_told_at_a_row_that_uses_it_too_early() -> None:
    change = also(
        "",
        scheme(valid_from="2022-01-01"),
        rows("", "observations", {"period": "2024"}, {"period": "2021"}),
    )
    assert places(report_on(change)) == ["data/observations.csv row 3, ethnicity"]


def test_a_repeat_in_another_file_is_told_with_the_right_rows() -> None:
    def two_files(toys: DatasetBuilder) -> None:
        years = ("2020", "2021", "2024")
        toys.tables["later"] = [toys.build_observation(period=year) for year in years]
        toys.tables["observations"] = [toys.build_observation(period="2024")]
        toys.resource_overrides["later"] = {"hub": {"role": "observations"}}

    (problem,) = report_on(edit("", two_files)).problems
    told = {problem.location, problem.message.removeprefix("This duplicates ").split(":")[0]}
    assert told == {"data/observations.csv row 2", "data/later.csv row 4"}


def test_the_address_that_is_wrong_is_the_one_that_is_quoted() -> None:
    (problem,) = report_on(cells("sources", 2, doi="doi:10.1000/x")).problems
    assert (problem.field, "doi:10.1000/x" in problem.message) == ("doi", True)


def test_a_negative_count_is_told_in_its_own_column() -> None:
    report = report_on(cells("observations", 2, value="12.5", numerator="-25"))
    assert places(report, "values/negative") == ["data/observations.csv row 2, numerator"]


def test_a_counting_basis_may_be_said_in_the_rows() -> None:
    change = also(
        "",
        scheme(counting_basis=None),
        edit(
            "",
            lambda toys: [r.update(counting_basis="single") for r in toys.tables["observations"]],
        ),
    )
    assert report_on(change).rules == []


def test_a_counting_basis_that_is_missing_is_told_once() -> None:
    assert len(report_on(scheme(counting_basis=None)).problems) == 1


def test_a_counting_basis_is_a_code_of_its_list() -> None:
    assert not report_on(scheme(counting_basis="sometimes")).has_no_errors


def test_a_list_is_described_once() -> None:
    change = edit(
        "", lambda toys: toys.descriptor["hub"]["lists"].append(toys.descriptor["hub"]["lists"][0])
    )
    assert report_on(change).rules == ["codes/own-list"]


def test_a_constant_has_no_row() -> None:
    change = also(
        "",
        without_column("", "observations", "period"),
        resource("observations", hub={"constants": {"period": "2023-24"}}),
    )
    assert places(report_on(change), "values/period") == [
        "datapackage.json, resources.observations.hub.constants.period"
    ]


def test_the_day_that_the_fix_tells_to_write_is_taken() -> None:
    assert report_on(said(created="2024-03-31T00:00:00Z")).rules in ([], ["values/period-future"])


def test_wording_is_looked_at_in_every_text_that_is_published() -> None:
    change = edit("", lambda toys: toys.texts.update({"about.md": "# Toys\n\nTODO: BAME toys.\n"}))
    assert [r.partition("/")[0] for r in report_on(change).rules] == ["wording", "wording"]


MANY = 30
ROW_BY_ROW = {  # a mistake that each row makes by itself, by the rule that finds it
    "links/unknown-source": lambda i: {"source": f"lost-{i}"},
    "values/formula-cell": lambda i: {"note": f"=1+{i}"},
    "values/interval-order": lambda _: {"ci_lower": "99", "ci_upper": "98"},
    "values/missing-without-reason": lambda _: {"value": ""},
    "values/period-future": lambda i: {"period": str(2900 + i)},
    "values/duplicate-observation": lambda _: {"period": "1990"},
    "values/required": lambda _: {"indicator": ""},
}


@pytest.mark.parametrize("rule", ROW_BY_ROW)
def test_every_row_with_a_mistake_is_in_the_report_and_five_in_the_view(rule: str) -> None:
    spoilt = [{"period": str(1950 + i)} | ROW_BY_ROW[rule](i) for i in range(MANY)]
    report = report_on(rows("", "observations", {}, *spoilt))
    told = {problem.row for problem in report.problems if problem.rule == rule}
    first = 4 if rule == "values/duplicate-observation" else 3  # the first is no repetition
    assert told == {*range(first, MANY + 3)}
    assert {kind.rule for kind in report.omitted_counts} == set()
    assert render_text(report).count(f"[{rule}]") == MAX_VIEWED + 1  # and the line of the rest


def test_a_count_beyond_what_a_float_holds_exactly_is_refused_in_each_column() -> None:
    count = {"numerator": str(2**53 + 1), "denominator": str(2**53 + 1), "period": "1990"}
    fields = [field("observations", name, type="integer") for name in ("numerator", "denominator")]
    change = also("", rows("", "observations", {}, count), *fields)
    assert {p.location.partition(", ")[2] for p in report_on(change).problems} == {*count} - {
        "period"
    }
    assert report_on(change).rules == ["values/too-large"]


def test_a_mistake_told_once_stands_where_it_first_is_though_there_are_two_tables() -> None:
    wrong = {"value": "12.299999999999999"}

    def add_table(toys: DatasetBuilder) -> None:
        years = [toys.build_observation(period=str(1990 + i)) for i in range(8)]
        years[5] |= wrong
        more = [toys.build_observation(period=str(2001 + i)) for i in range(4)]
        more[0] |= wrong
        toys.tables |= {"observations": years, "then": more}
        toys.resource_overrides["then"] = {"hub": {"role": "observations"}}

    report = report_on(edit("", add_table))
    assert places(report, "plausibility/digits") == ["data/observations.csv row 7, value"]


def test_what_is_beyond_ten_thousand_of_a_kind_is_counted() -> None:
    report = report_on(rows("", "observations", *[{} for _ in range(MAX_PER_KIND + 3)]))
    assert report.rules == ["values/duplicate-observation"]
    assert report.count("error") == MAX_PER_KIND + 2
    assert len(report.problems) == MAX_PER_KIND
    assert [*report.omitted_counts.values()] == [2]


def test_warnings_of_an_unchanged_dataset_are_told_and_counted_again(site: BuildWorkspace) -> None:
    toys = site.dataset()
    toys.tables["observations"] = [
        toys.build_observation(period=str(1990 + i), ci_lower="1") for i in range(30)
    ]
    toys.write()
    first = site.build().reports["toy-repairs"]
    again = site.build().reports["toy-repairs"]
    assert (again.count("warning"), again.omitted_counts) == (
        first.count("warning"),
        first.omitted_counts,
    )


def test_several_mistakes_are_told_in_one_report() -> None:
    change = also(
        "",
        said(version="1.0"),
        cells("observations", 2, ethnicity="Group Z"),
        cells("observations", 3, note="=1+1"),
        rows("", "indicators", {**INDICATOR, "method": ""}),
    )
    assert set(report_on(change).rules) == {
        "metadata/version",
        "codes/unknown-code",
        "values/formula-cell",
        "metadata/method",
    }


def test_a_valid_dataset_gives_an_empty_report() -> None:
    report = report_on(VALID)
    assert (report.has_no_errors, report.problems, report.omitted_counts) == (True, [], {})
