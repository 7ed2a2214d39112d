"""Disclosure over several releases: what was published stays published."""

from __future__ import annotations

import pytest

from evidencehub.check import disclosure_audit
from tests.support.dataset_builder import BuildWorkspace, DatasetBuilder

HIDDEN = {
    "value": "", "numerator": "", "denominator": "", "obs_status": "Q", "conf_status": "A",
}  # fmt: skip


def released(toys: DatasetBuilder, version: str) -> None:
    """The next release of the toys."""
    toys.descriptor["version"] = version
    toys.texts["changes.md"] = f"# Changes\n\n## {version}\n\n- Hidden.\n\n## 1.0.0\n\n- First.\n"
    toys.write()


@pytest.mark.parametrize(
    ("policy", "severity"), [("already-published", "warning"), ("nhs-7-5", "error")]
)
def test_what_an_earlier_release_shows_is_not_hidden(
    site: BuildWorkspace, policy: str, severity: str
) -> None:
    toys = site.dataset()
    toys.descriptor["hub"]["disclosure_policy"] = policy
    toys.write()
    assert site.build().build is not None
    toys.tables["observations"][0] |= HIDDEN
    released(toys, "1.0.1")
    (problem,) = site.build().reports["toy-repairs"].problems
    assert (problem.rule, problem.severity) == ("disclosure/published-before", severity)
    assert problem.location == "data/observations.csv row 2, obs_status"
    assert (
        problem.message == "Version 1.0.0 published 25 here, and earlier releases stay available."
    )


def test_what_every_release_hides_is_hidden(site: BuildWorkspace) -> None:
    toys = site.dataset()
    toys.descriptor["hub"]["disclosure_policy"] = "nhs-7-5"
    toys.tables["observations"][0] |= HIDDEN
    toys.write()
    assert site.build().build is not None
    released(toys, "1.0.1")
    assert site.build().reports["toy-repairs"].rules == []


def test_invented_figures_are_not_audited(site: BuildWorkspace) -> None:
    toys = site.dataset()
    toys.descriptor["hub"] |= {"disclosure_policy": "synthetic", "synthetic": True}
    toys.tables["observations"] += [
        toys.build_observation(ethnicity="_T", value="11.7", numerator="35", denominator="3000")
    ]
    toys.tables["observations"][1] |= HIDDEN
    toys.write()
    assert site.build().reports["toy-repairs"].rules == []


def figure(toys: DatasetBuilder, group: str, count: float | None, **found: str) -> dict[str, str]:
    """A rate of 2,000 toys, hidden where there is no count."""
    if count is None:
        return toys.build_observation(ethnicity=group) | HIDDEN | found
    told = {"numerator": f"{count:g}", "denominator": "2000", "value": f"{count / 2:.2f}"}
    return toys.build_observation(ethnicity=group) | told | found


def rules_of(
    site: BuildWorkspace, policy: str, *figures: tuple[str, float | None], **found: str
) -> list[str]:
    toys = site.dataset()
    toys.descriptor["hub"]["disclosure_policy"] = policy
    toys.tables["observations"] = [figure(toys, *one, **found) for one in figures]
    toys.write()
    return [f"{p.rule} {p.severity}" for p in toys.check().problems]


LEAK = "disclosure/recoverable error"


def test_exact_figures_of_a_country_are_not_taken_for_rounded_ones(site: BuildWorkspace) -> None:
    told = rules_of(site, "nhs-7-5", ("_T", 103), ("A", 100), ("B", None), area="GB")
    assert told == [LEAK]


def test_a_count_hidden_to_protect_another_may_be_large(site: BuildWorkspace) -> None:
    toys = site.dataset()
    toys.descriptor["hub"]["disclosure_policy"] = "cdc-wonder-9"
    toys.tables["observations"] = [
        figure(toys, "_T", 100),
        figure(toys, "A", None),
        figure(toys, "B", None, conf_status="D"),
        figure(toys, "_U", 76),
        figure(toys, "_T", 50, period="2023"),
        figure(toys, "A", None, period="2023"),
        figure(toys, "B", 25, period="2023"),
        figure(toys, "_U", 20, period="2023"),
    ]
    toys.write()
    found = [p for p in toys.check().problems if p.severity == "error"]
    assert [(p.rule, p.row) for p in found] == [("disclosure/recoverable", 7)]


def test_weighted_counts_do_not_contradict_themselves(site: BuildWorkspace) -> None:
    figures = (("_T", 100.5), ("A", None), ("B", 50.25), ("_U", None))
    assert rules_of(site, "already-published", *figures) == []


def test_a_standardised_rate_tells_no_count(site: BuildWorkspace) -> None:
    toys = site.dataset()
    toys.descriptor["hub"]["disclosure_policy"] = "nhs-7-5"
    toys.tables["indicators"][0] |= {
        "standardisation": "Standardised for age.",
        "scale": "100000",
        "unit": "per-100000-population",
    }
    toys.tables["observations"] = [toys.build_observation(value="15", denominator="20000")]
    toys.write()
    assert toys.check().rules == []


def leaks(toys: DatasetBuilder, *figures: dict[str, str]) -> list[str]:
    """What these figures give away under a policy that hides 1 to 9."""
    toys.descriptor["hub"]["disclosure_policy"] = "scot-nes"
    toys.tables["observations"] = list(figures)
    toys.write()
    return [f"{p.location}: {p.message}" for p in toys.check().problems if "recoverable" in p.rule]


def test_a_rate_with_its_denominator_is_a_count_in_the_sums(site: BuildWorkspace) -> None:
    toys = site.dataset()
    told = leaks(
        toys,
        toys.build_observation(ethnicity="_T", value="22.50", numerator="45", denominator="2000"),
        toys.build_observation(ethnicity="A", value="20.00", numerator="", denominator="2000"),
        figure(toys, "B", None),
    )
    assert told == [
        "data/observations.csv row 4, numerator: The suppressed count is 5. It can be derived from rows 2, 3."
    ]


def test_a_rate_is_as_exact_as_its_own_decimals_say(site: BuildWorkspace) -> None:
    toys = site.dataset()
    toys.tables["indicators"][0] |= {"decimals": "0"}
    toys.field_overrides["indicators"] = {"decimals": {"type": "integer"}}
    told = leaks(
        toys,
        figure(toys, "_T", 45),
        toys.build_observation(ethnicity="A", value="20.00", numerator="", denominator="2000"),
        figure(toys, "B", None),
    )
    assert len(told) == 1


@pytest.mark.parametrize("levels", [("", ""), ("95", "90"), ("", "95")])
def test_limits_without_a_denominator_are_a_count_in_the_sums(
    site: BuildWorkspace, levels: tuple[str, str]
) -> None:
    toys = site.dataset()
    own_level, level_of_indicator = levels
    toys.tables["indicators"][0] |= {"ci_method": "Byar", "ci_level": level_of_indicator}
    toys.field_overrides["indicators"] = {"ci_method": {"type": "string"}}
    figures = [
        toys.build_observation(ethnicity="_T", value="22.50", numerator="45", denominator="2000"),
        # Byar's limits of 40 in 2,000
        toys.build_observation(ethnicity="A", value="20.00", numerator="", denominator="")
        | {"ci_lower": "14.29", "ci_upper": "27.24", "ci_level": own_level},
        figure(toys, "B", None),
    ]
    toys.descriptor["hub"]["disclosure_policy"] = "scot-nes"
    toys.tables["observations"] = [
        {"ci_lower": "", "ci_upper": "", "ci_level": ""} | one for one in figures
    ]
    toys.write()
    (problem,) = toys.check().problems
    assert problem.message == "The suppressed count is 5. It can be derived from rows 2, 3."


def test_periods_that_follow_each_other_add_up(site: BuildWorkspace) -> None:
    toys = site.dataset()
    told = leaks(
        toys,
        figure(toys, "A", 50, period="2020-01-01/2024-12-31"),
        *(figure(toys, "A", 11, period=year) for year in ("2020", "2021", "2022", "2023")),
        figure(toys, "A", None, period="2024"),
    )
    (one,) = told
    assert one.endswith(
        "row 7, numerator: The suppressed count is 6. It can be derived from rows 2, 3, 4, 5, 6."
    )


def test_two_ways_to_divide_a_country_are_each_summed(site: BuildWorkspace) -> None:
    toys = site.dataset()
    toys.descriptor["hub"]["lists"].append(
        {"list": "toy-places", "title": "Toy places", "kind": "area"}
    )
    usual = {"list": "toy-places", "facet": ""}
    toys.tables["codes"] += [
        usual | {"code": "all", "label": "All", "level": "country", "parent": ""},
        *(
            usual | {"code": f"{level[0]}{n}", "label": f"{level} {n}", "level": level}
            | {"parent": "all"}
            for level in ("district", "hospital")
            for n in (1, 2)
        ),
    ]  # fmt: skip
    toys.tables["codes"] = [{"parent": ""} | row for row in toys.tables["codes"]]
    places = (("all", 40), ("d1", 30), ("d2", 10), ("h1", 36), ("h2", None))
    told = leaks(toys, *(figure(toys, "A", n, area=f"toy-places:{name}") for name, n in places))
    assert told == [
        "data/observations.csv row 6, numerator: The suppressed count is 4. It can be derived from rows 2, 5."
    ]


def test_the_denominator_of_all_answers_is_their_total(site: BuildWorkspace) -> None:
    toys = site.dataset()
    toys.descriptor["hub"]["lists"].append(
        {"list": "toy-answers", "title": "Toy answers", "kind": "dimension"}
    )
    toys.tables["codes"] += [
        {"list": "toy-answers", "code": c, "label": c, "level": "", "facet": ""}
        for c in ("yes", "no", "maybe")
    ]
    answers = [("A", (1200, 790, 10)), ("B", (1100, 896, None))]
    told = leaks(
        toys,
        *(
            figure(toys, group, n, denominator="2000") | {"other": f"toy-answers={answer}"}
            for group, counts in answers
            for answer, n in zip(("yes", "no", "maybe"), counts, strict=True)
        ),
    )
    assert told == [
        "data/observations.csv row 7, numerator: The suppressed count is 4. It can be derived from rows 5, 6."
    ]


def test_what_an_earlier_release_said_is_part_of_the_sums(site: BuildWorkspace) -> None:
    toys = site.dataset()
    toys.descriptor["hub"]["disclosure_policy"] = "scot-nes"
    toys.tables["observations"] = [figure(toys, g, n) for g, n in (("_T", 95), ("A", 40))]
    toys.write()
    assert site.build().build is not None
    # the total is gone, and a group that was not there before is hidden
    toys.tables["observations"] = [
        figure(toys, g, n) for g, n in (("A", 40), ("B", 50), ("_U", None))
    ]
    released(toys, "1.0.1")
    (problem,) = site.build().reports["toy-repairs"].problems
    assert (problem.rule, problem.severity) == ("disclosure/recoverable", "error")
    assert problem.message == (
        "The suppressed count is 5. It can be derived from rows 2, 3 and row 2 of version 1.0.0."
    )


LEFT_OUT = "There are too many counts to audit. Versions 1.0.0 were left out of the audit."
TOO_MANY = (
    "3 counts of the indicator toy-repairs-rate, and those that it adds up with, are too many to "
    "audit for disclosure in this dataset."
)


@pytest.mark.parametrize(
    ("most", "messages"),
    [
        (2, [TOO_MANY]),
        (3, [LEFT_OUT]),
        # three counts of this release, two of the earlier one, those once more
        (6, [LEFT_OUT]),
        (
            7,
            [
                "The suppressed count is 5. It can be derived from rows 2, 3 and row 2 of version 1.0.0."
            ],
        ),
        (
            8,
            [
                "The suppressed count is 5. It can be derived from rows 2, 3 and row 2 of version 1.0.0."
            ],
        ),
    ],
)
@pytest.mark.usefixtures("forked_stages")
def test_releases_are_audited_together_up_to_the_bound_and_no_further(
    most: int, messages: list[str], site: BuildWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disclosure_audit, "MAX_AUDITED_COUNTS", most)
    toys = site.dataset()
    toys.descriptor["hub"]["disclosure_policy"] = "scot-nes"
    toys.tables["observations"] = [figure(toys, g, n) for g, n in (("_T", 95), ("A", 40))]
    toys.write()
    assert site.build().build is not None
    toys.tables["observations"] = [
        figure(toys, g, n) for g, n in (("A", 40), ("B", 50), ("_U", None))
    ]
    released(toys, "1.0.1")
    problems = site.build().reports["toy-repairs"].problems
    assert [p.message for p in problems] == messages
    assert {p.severity for p in problems} == {"error"}


def test_a_new_release_does_not_give_away_what_an_earlier_one_hid(site: BuildWorkspace) -> None:
    toys = site.dataset()
    toys.descriptor["hub"]["disclosure_policy"] = "scot-nes"
    toys.tables["observations"] = [
        *(figure(toys, g, n) for g, n in (("_T", 95), ("A", 40), ("B", None))),
        figure(toys, "_U", None, conf_status="D"),
    ]
    toys.write()
    assert site.build().build is not None
    toys.tables["observations"] = [figure(toys, g, n) for g, n in (("A", 40), ("_U", 52))]
    released(toys, "1.0.1")
    (problem,) = site.build().reports["toy-repairs"].problems
    assert problem.message == (
        "The suppressed count in row 4 of version 1.0.0 is 3. It can be derived from rows 2, 3 and row 2 of version 1.0.0."
    )


def test_a_count_that_was_revised_says_nothing_of_the_other(site: BuildWorkspace) -> None:
    toys = site.dataset()
    toys.descriptor["hub"]["disclosure_policy"] = "scot-nes"
    hidden = (("B", None), ("_U", None))
    toys.tables["observations"] = [figure(toys, g, n) for g, n in (("A", 40), *hidden)]
    toys.write()
    assert site.build().build is not None
    toys.tables["observations"] = [figure(toys, g, n) for g, n in (("A", 41), *hidden)]
    released(toys, "1.0.1")
    assert site.build().reports["toy-repairs"].problems == []


@pytest.mark.parametrize(
    ("shown", "told"), [(("25", "31"), ["disclosure/raw-column"]), (("4", "2"), [])]
)
def test_a_column_that_agrees_with_no_count_is_not_one_of_counts(
    site: BuildWorkspace, shown: tuple[str, str], told: list[str]
) -> None:
    toys = site.dataset()
    toys.descriptor["hub"]["disclosure_policy"] = "scot-nes"
    toys.field_overrides["observations"] = {"mended": {"type": "integer"}}
    toys.tables["observations"] = [
        figure(toys, "A", 25) | {"mended": shown[0]},
        figure(toys, "B", 31) | {"mended": shown[1]},
        figure(toys, "_U", None) | {"mended": "3"},
    ]
    toys.write()
    assert toys.check().rules == told


def again(site: BuildWorkspace, toys: DatasetBuilder, *figures: dict[str, str]) -> list[str]:
    """Release what stands there, then these figures; what is told of the second release."""
    toys.write()
    assert site.build().build is not None
    toys.tables["observations"] = list(figures) or toys.tables["observations"]
    released(toys, "1.0.1")
    return [p.rule for p in site.build().reports["toy-repairs"].problems]


def test_exact_figures_of_a_country_do_not_make_local_ones_exact(site: BuildWorkspace) -> None:
    toys = site.dataset()
    toys.descriptor["hub"]["disclosure_policy"] = "nhs-7-5"
    toys.tables["observations"] = [
        *(figure(toys, g, n) for g, n in (("_T", 50), ("A", 45), ("B", None))),
        figure(toys, "A", 103, area="GB"),
    ]
    assert again(site, toys) == []


@pytest.mark.parametrize("people", ["", "2000"])
def test_a_rate_that_an_earlier_release_shows_is_not_hidden(
    site: BuildWorkspace, people: str
) -> None:
    toys = site.dataset()
    told = {"value": "12.5", "numerator": "", "denominator": people}
    toys.tables["observations"] = [toys.build_observation(ethnicity="A") | told]
    hidden = figure(toys, "A", None)
    assert again(site, toys, hidden) == ["disclosure/published-before"]


def test_an_old_total_is_not_that_of_parts_that_were_revised(site: BuildWorkspace) -> None:
    toys = site.dataset()
    toys.descriptor["hub"]["disclosure_policy"] = "scot-nes"
    told = (("_T", 95), ("A", 40), ("B", 55))
    toys.tables["observations"] = [figure(toys, g, n) for g, n in told]
    new = [figure(toys, g, n) for g, n in (("A", 42), ("B", 50), ("_U", None))]
    assert again(site, toys, *new) == []


def test_a_hidden_count_is_no_more_than_its_own_denominator(site: BuildWorkspace) -> None:
    toys = site.dataset()
    told = leaks(toys, figure(toys, "A", None, denominator="1"), figure(toys, "B", 31))
    assert told == [
        "data/observations.csv row 2, numerator: The suppressed count is 1. It can be derived from row 2."
    ]


ODD = [
    {"value": "INF", "numerator": "", "denominator": "2000"},
    {"value": "1e200", "numerator": "", "denominator": "1e200"},
    {"value": "12.5", "numerator": "", "denominator": "", "ci_lower": "9", "ci_upper": "INF"},
    {"value": "1", "numerator": "", "denominator": "2000", "decimals": "-400"},
    {"value": "1", "numerator": "", "ci_lower": "1", "ci_upper": "1", "decimals": "300"},
    {"value": "", "numerator": "", "denominator": "-5", "obs_status": "Q", "conf_status": "A"},
    {"value": "10.0", "numerator": "10", "denominator": "1000", "period": "9999"},
]


@pytest.mark.parametrize("policy", ["scot-nes", "already-published"])
@pytest.mark.parametrize("cells", ODD, ids=str)
def test_odd_figures_do_not_stop_the_audit(
    site: BuildWorkspace, cells: dict[str, str], policy: str
) -> None:
    toys = site.dataset()
    toys.descriptor["hub"]["disclosure_policy"] = policy
    toys.tables["indicators"][0] |= {"ci_method": "Byar"}
    toys.field_overrides["indicators"] = {"ci_method": {"type": "string"}}
    toys.field_overrides["observations"] = {"decimals": {"type": "integer"}}
    nothing = dict.fromkeys(("ci_lower", "ci_upper", "decimals"), "")
    toys.tables["observations"] = [
        nothing | one
        for one in (
            toys.build_observation(ethnicity="A") | cells,
            figure(toys, "B", None),
            figure(toys, "B", 40, period="2022"),
            figure(toys, "B", 40, period="2023"),
        )
    ]
    toys.check()
