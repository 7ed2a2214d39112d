"""Whole packages whose suppressed counts follow from structures that only the package knows."""

from __future__ import annotations

import pytest

from evidencehub.domain.problem import CheckReport
from tests.support.dataset_builder import BuildWorkspace, DatasetBuilder

HIDDEN = {"value": "", "numerator": "", "obs_status": "Q", "conf_status": "A"}


@pytest.fixture
def toys(site: BuildWorkspace) -> DatasetBuilder:
    """Toys counted under a policy that suppresses 1 to 9."""
    toys = site.dataset()
    toys.descriptor["hub"]["disclosure_policy"] = "scot-nes"
    toys.tables["indicators"][0] |= {"value_type": "count", "scale": "1", "unit": "people"}
    return toys


def indicators(toys: DatasetBuilder, *names: str, **cells: str) -> None:
    first = toys.tables["indicators"][0] | cells
    toys.tables["indicators"] = [
        first | {"id": f"toy-repairs-{name}", "title": f"Toys: {name}"} for name in names
    ]


def row(toys: DatasetBuilder, name: str, count: int | None, **cells: str) -> dict[str, str]:
    """A count of Group A, suppressed where there is none."""
    made = toys.build_observation(indicator=f"toy-repairs-{name}", value=str(count), **cells)
    return made | (HIDDEN if count is None else {})


def findings(report: CheckReport) -> list[tuple[str, str, int | None]]:
    return [(p.rule.partition("/")[2], p.severity, p.row) for p in report.problems]


def declare(toys: DatasetBuilder, *parts: str, **entry: object) -> None:
    sums = toys.descriptor["hub"].setdefault("indicator_sums", [])
    sums.append({"parts": [f"toy-repairs-{part}" for part in parts], **entry})


def test_parts_of_a_total_that_the_package_declares_add_up(toys: DatasetBuilder) -> None:
    indicators(toys, "all", "wood", "tin", "glass")
    figures = (("all", 60), ("wood", 30), ("tin", 24), ("glass", None))
    toys.tables["observations"] = [row(toys, *figure) for figure in figures]
    declare(toys, "wood", "tin", "glass", total="toy-repairs-all")
    report = toys.check()
    assert findings(report) == [("recoverable", "error", 5)]
    assert report.problems[0].message == (
        "The suppressed count is 6. It can be derived from rows 2, 3, 4."
    )


def test_a_declared_part_without_a_row_is_a_remainder(toys: DatasetBuilder) -> None:
    indicators(toys, "all", "wood", "tin", "glass")
    figures = (("all", 60), ("wood", 30), ("tin", 24))
    toys.tables["observations"] = [
        *(row(toys, *figure) for figure in figures),
        row(toys, "glass", 20, period="2023"),
    ]
    declare(toys, "wood", "tin", "glass", total="toy-repairs-all")
    assert findings(toys.check()) == [("small-remainder", "error", 2)]


def test_three_answers_add_up_to_their_denominator(toys: DatasetBuilder) -> None:
    indicators(toys, "yes", "no", "maybe", value_type="percentage", scale="100", unit="percent")
    figures = (("yes", 1200), ("no", 796), ("maybe", None))
    toys.tables["observations"] = [
        row(toys, name, n)
        | {"denominator": "2000"}
        | ({"value": f"{n / 20:.1f}", "numerator": str(n)} if n else {})
        for name, n in figures
    ]
    declare(toys, "yes", "no", "maybe")
    assert findings(toys.check()) == [("recoverable", "error", 4)]


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([{"parts": ["toy-repairs-wood"]}], "A sum needs two or more different parts"),
        ([{"parts": ["toy-repairs-wood"] * 2}], "The list contains a duplicate."),
        ([{"parts": ["toy-repairs-wood", "toy-loans"]}], "“toy-loans” has no observations"),
        ([{"total": "toy-repairs-all"}], "`parts` is missing."),
        ([{"parts": []}], "The value is empty."),
        ([], "The value is empty."),
        (
            [
                {"total": "toy-repairs-all", "parts": ["toy-repairs-wood", "toy-repairs-tin"]},
                {"total": "toy-repairs-tin", "parts": ["toy-repairs-wood", "toy-repairs-all"]},
            ],
            "“toy-repairs-all” is declared to be a part of itself.",
        ),
        (
            [{"total": "toy-repairs-all", "parts": ["toy-repairs-all", "toy-repairs-tin"]}],
            "A sum needs two or more different parts",
        ),
    ],
)
def test_a_declaration_that_the_audit_cannot_use_is_an_error(
    toys: DatasetBuilder, entries: list[dict[str, object]], message: str
) -> None:
    indicators(toys, "all", "wood", "tin")
    figures = (("all", 60), ("wood", 30), ("tin", 30))
    toys.tables["observations"] = [row(toys, *figure) for figure in figures]
    toys.descriptor["hub"]["indicator_sums"] = entries
    report = toys.check()
    assert not report.has_no_errors
    assert message in " ".join(problem.message for problem in report.problems)


@pytest.mark.parametrize(
    ("wood", "severity"), [("30", "error"), (None, "warning")], ids=["confirmed", "possible"]
)
def test_indicators_that_only_look_as_if_they_added_up_must_be_declared(
    toys: DatasetBuilder, wood: str | None, severity: str
) -> None:
    indicators(toys, "all", "wood", "tin")
    figures = [("all", 60), ("wood", 55), ("tin", None)]
    toys.tables["observations"] = [row(toys, *figure) for figure in figures]
    if wood:
        confirmed = (("all", 50), ("wood", 30), ("tin", 20))
        toys.tables["observations"] += [row(toys, *one, ethnicity="B") for one in confirmed]
    assert findings(toys.check()) == [("undeclared-sum", severity, 4)]
    declare(toys, "wood", "tin", total="toy-repairs-all", additive=False)
    assert findings(toys.check()) == []


def test_a_stratum_that_contradicts_it_says_that_indicators_do_not_add_up(
    toys: DatasetBuilder,
) -> None:
    indicators(toys, "all", "wood", "tin")
    figures = [("all", 60), ("wood", 55), ("tin", None)]
    contradicting = [("all", 50), ("wood", 30), ("tin", 40)]
    toys.tables["observations"] = [
        *(row(toys, *figure) for figure in figures),
        *(row(toys, *figure, ethnicity="B") for figure in contradicting),
    ]
    assert findings(toys.check()) == []


def test_a_rate_of_a_population_is_a_count_in_the_sums(toys: DatasetBuilder) -> None:
    toys.tables["indicators"][0] |= {"value_type": "rate", "scale": "1000"}
    toys.tables["indicators"][0] |= {"unit": "per-1000-population"}
    people = {"population": "2000"}
    toys.tables["observations"] = [
        toys.build_observation(ethnicity="_T", value="22.50") | people,
        toys.build_observation(ethnicity="A", value="20.00") | people,
        toys.build_observation(ethnicity="B") | HIDDEN | people,
    ]
    assert findings(toys.check()) == [("recoverable", "error", 4)]


@pytest.mark.parametrize(
    ("interval", "severity"), [(None, "warning"), (4, "warning"), (5, "error")]
)
def test_the_protection_interval_is_the_fewest_values_that_must_remain(
    toys: DatasetBuilder, interval: int | None, severity: str
) -> None:
    if interval:
        toys.descriptor["hub"]["protection_interval"] = interval
    toys.tables["observations"] = [
        row(toys, "rate", n, ethnicity=group)
        for group, n in (("_T", 45), ("A", 40), ("B", None), ("_U", None))
    ]
    assert findings(toys.check()) == [("narrowed", severity, 4), ("narrowed", severity, 5)]


def test_a_suppressed_zero_is_no_minus_zero(toys: DatasetBuilder) -> None:
    toys.descriptor["hub"]["disclosure_policy"] = "cdc-wonder-9"
    toys.tables["observations"] = [
        row(toys, "rate", n, ethnicity=group) for group, n in (("_T", 40), ("A", 40), ("B", None))
    ]
    (problem,) = toys.check().problems
    assert problem.message == "The suppressed count is 0. It can be derived from rows 2, 3."


def test_a_text_column_with_the_count_of_a_suppressed_row_is_refused(toys: DatasetBuilder) -> None:
    toys.tables["observations"] = [
        row(toys, "rate", 40) | {"remark": "all mended"},
        row(toys, "rate", None, ethnicity="B") | {"remark": "only 4 toys, so not shown"},
    ]
    assert findings(toys.check()) == [("suppressed-in-text", "error", 3)]


def test_bands_of_a_dimension_of_their_own_add_up_by_their_bounds(toys: DatasetBuilder) -> None:
    toys.descriptor["hub"]["lists"].append(
        {"list": "toy-ages", "title": "Ages of toys", "kind": "dimension"}
    )
    bands = (("0-9", 40), ("0-4", 15), ("5-7", 20), ("8-9", None), ("10+", 30))
    toys.tables["codes"] += [
        {"list": "toy-ages", "code": band, "label": f"{band} years", "level": "", "facet": ""}
        for band, _ in bands
    ]
    toys.tables["observations"] = [
        row(toys, "rate", 70),
        *(row(toys, "rate", n) | {"other": f"toy-ages={band}"} for band, n in bands),
    ]
    assert findings(toys.check()) == [("recoverable", "error", 6)]
