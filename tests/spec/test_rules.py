"""Does each rule refuse its bad example and accept its good one, and say so where it is?"""

from __future__ import annotations

import pytest

from evidencehub.check.rules import RULES, get_rule
from tests.spec.changes import report_on
from tests.spec.examples import APART, EXAMPLES, Example
from tests.support.dataset_builder import BuildWorkspace, DatasetBuilder


def name(example: Example) -> str:
    return example.rule


def test_every_rule_has_one_example_or_a_reason_to_have_none() -> None:
    names = [example.rule for example in (*EXAMPLES, *APART)]
    assert sorted(names) == sorted(rule.name for rule in RULES)


def test_the_toy_dataset_itself_breaks_no_rule(dataset: DatasetBuilder) -> None:
    assert dataset.check().rules == []


@pytest.mark.parametrize("example", EXAMPLES, ids=name)
def test_a_rule_refuses_its_bad_example_and_names_the_place(example: Example) -> None:
    report = report_on(example.bad)
    places = [p.location for p in report.problems if p.rule == example.rule]
    assert places == [example.where]
    assert {p.severity for p in report.problems if p.rule == example.rule} == {
        get_rule(example.rule).severity
    }


@pytest.mark.slow  # `quick` has the bad example of each rule, and what is said of it
@pytest.mark.parametrize("example", EXAMPLES, ids=name)
def test_a_bad_example_breaks_no_rule_that_it_is_not_about(example: Example) -> None:
    report = report_on(example.bad)
    assert set(report.rules) - {example.rule} <= set(example.besides)


@pytest.mark.slow  # `quick` has the bad example of each rule, and what is said of it
@pytest.mark.parametrize("example", EXAMPLES, ids=name)
def test_a_good_example_breaks_no_rule_at_all(example: Example) -> None:
    assert report_on(example.good).rules == []


@pytest.mark.parametrize("example", EXAMPLES, ids=name)
def test_an_example_is_told_in_one_line_of_words(example: Example) -> None:
    for says in (example.bad.says, example.good.says):
        assert says
        assert "\n" not in says


def test_two_packages_may_not_define_the_same_indicator(site: BuildWorkspace) -> None:
    site.dataset("toy-loans").write()
    other = site.dataset("toy-repairs")
    other.tables["indicators"][0]["id"] = "toy-loans-rate"
    for row in other.tables["observations"]:
        row["indicator"] = "toy-loans-rate"
    other.write()
    reports = site.build().reports
    assert reports["toy-loans"].rules == []
    assert [(p.rule, p.location) for p in reports["toy-repairs"].problems] == [
        ("links/defined-twice", "data/indicators.csv row 2, id")
    ]


def test_a_package_may_use_an_indicator_that_another_defines(site: BuildWorkspace) -> None:
    site.dataset("toy-loans").write()
    other = site.dataset("toy-repairs")
    other.tables["observations"][0]["indicator"] = "toy-loans-rate"
    other.write()
    assert site.build().reports["toy-repairs"].rules == []


def test_a_published_version_is_never_changed_and_a_raised_one_is_taken(
    site: BuildWorkspace,
) -> None:
    site.dataset().write()
    assert site.build().is_ok
    changed = site.dataset()
    changed.tables["observations"][0]["note"] = "Mended twice."
    changed.write()
    report = site.build().reports["toy-repairs"]
    assert [(p.rule, p.location) for p in report.problems] == [
        ("metadata/version-not-raised", "datapackage.json, version")
    ]
    changed.descriptor["version"] = "1.0.1"
    changed.texts["changes.md"] += "\n## 1.0.1\n\n- A note.\n"
    changed.write()
    assert site.build().reports["toy-repairs"].rules == []


def test_a_period_that_ends_on_the_day_of_the_package_is_not_named_beside_one_that_ends_later(
    dataset: DatasetBuilder,
) -> None:
    dataset.descriptor["created"] = "2026-01-31T00:00:00Z"
    for row, end in zip(dataset.tables["observations"], ("2026-01-31", "2026-02-01"), strict=True):
        row["period"] = f"2026-01-01/{end}"
    places = [p.location for p in dataset.check().problems]
    assert places == ["data/observations.csv row 3, period"]


@pytest.mark.parametrize(("value", "is_remarked"), [("62.5", False), ("62.6", True), ("2.4", True)])
def test_a_value_that_is_many_times_that_of_the_last_release_is_remarked_on(
    value: str, is_remarked: bool, site: BuildWorkspace
) -> None:
    site.dataset().write()
    assert site.build().is_ok
    changed = site.dataset()
    changed.tables["observations"][0] |= {"value": value, "numerator": "", "denominator": ""}
    changed.descriptor["version"] = "1.0.1"
    changed.texts["changes.md"] += "\n## 1.0.1\n\n- A correction.\n"
    changed.write()
    rules = site.build().reports["toy-repairs"].rules
    assert rules == (["plausibility/last-release"] if is_remarked else [])


def test_what_a_package_explains_is_a_remark_and_what_it_answers_is_none(
    dataset: DatasetBuilder,
) -> None:
    dataset.tables["observations"][0] |= {"value": "-3", "numerator": "", "denominator": ""}
    assert [(p.rule, p.severity) for p in dataset.check().problems] == [
        ("values/negative", "error")
    ]
    reason = "The office takes toys back that were counted twice."
    explained = {"rule": "values/negative", "reason": reason}
    dataset.descriptor["hub"]["explained"] = [{**explained, "indicators": ["toy-repairs-rate"]}]
    (remark,) = dataset.check().problems
    assert (remark.rule, remark.severity) == ("values/negative", "warning")
    assert remark.message == f"The values are unusual. The package explains: {reason}"
    dataset.tables["observations"][0]["value"] = "12.499999999999998"
    dataset.descriptor["hub"]["explained"] = [{"rule": "plausibility/digits", "reason": "So."}]
    assert dataset.check().rules == []


@pytest.mark.parametrize(
    ("same_source", "caveats", "rules"),
    [
        ("no", ["The counts are of another source."], ["values/percentage-range"]),
        ("no", [], ["values/numerator-above-denominator", "values/percentage-range"]),
        ("yes", ["The counts are early."],
         ["values/numerator-above-denominator", "values/percentage-range"]),
    ],
)  # fmt: skip
def test_a_share_above_its_whole_is_answered_by_the_caveats_of_a_package_of_two_sources(
    same_source: str, caveats: list[str], rules: list[str], dataset: DatasetBuilder
) -> None:
    dataset.tables["indicators"][0] |= {
        "unit": "percent", "value_type": "percentage", "scale": "100"
    }  # fmt: skip
    row, *_ = dataset.tables["observations"]
    row |= {"value": "101.3", "numerator": "1013", "denominator": "1000"}
    dataset.tables["observations"] = [row]
    dataset.descriptor["hub"] |= {"same_source": same_source, "caveats": caveats}
    problems = dataset.check().problems
    assert sorted(problem.rule for problem in problems) == rules
    is_error = any(problem.severity == "error" for problem in problems)
    assert is_error is (len(rules) > 1)


@pytest.mark.parametrize(("base", "rules"), [(None, ["values/rate-disagrees"]), (3, [])])
def test_rates_may_differ_from_rounded_counts_within_the_base_that_is_declared(
    base: int | None, rules: list[str], dataset: DatasetBuilder
) -> None:
    counts = (("12.6", "24", "1998"), ("10.0", "9", "999"))
    for row, (value, numerator, denominator) in zip(
        dataset.tables["observations"], counts, strict=True
    ):
        row |= {"value": value, "numerator": numerator, "denominator": denominator}
    if base:
        dataset.descriptor["hub"]["counts_rounded_to"] = base
    report = dataset.check()
    assert report.rules == rules
    assert report.has_no_errors == (not rules)
