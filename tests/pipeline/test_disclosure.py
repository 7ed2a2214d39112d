"""Disclosure over several releases: what was published stays published."""

from __future__ import annotations

import pytest

from tests.support.dataset import Dataset, Site

HIDDEN = {
    "value": "", "numerator": "", "denominator": "", "obs_status": "Q", "conf_status": "A",
}  # fmt: skip


def released(toys: Dataset, version: str) -> None:
    """The next release of the toys."""
    toys.descriptor["version"] = version
    toys.texts["changes.md"] = f"# Changes\n\n## {version}\n\n- Hidden.\n\n## 1.0.0\n\n- First.\n"
    toys.write()


@pytest.mark.parametrize(
    ("policy", "severity"), [("already-published", "warning"), ("nhs-7-5", "error")]
)
def test_what_an_earlier_release_shows_is_not_hidden(
    site: Site, policy: str, severity: str
) -> None:
    toys = site.dataset()
    toys.descriptor["hub"]["disclosure_policy"] = policy
    toys.write()
    assert site.build().build is not None
    toys.tables["observations"][0] |= HIDDEN
    released(toys, "1.0.1")
    (problem,) = site.build().reports["toy-repairs"].problems
    assert (problem.rule, problem.severity) == ("disclosure/published-before", severity)
    assert problem.where == "data/observations.csv row 2, obs_status"
    assert problem.message == "Version 1.0.0 shows 25 here, and stays published."


def test_what_every_release_hides_is_hidden(site: Site) -> None:
    toys = site.dataset()
    toys.descriptor["hub"]["disclosure_policy"] = "nhs-7-5"
    toys.tables["observations"][0] |= HIDDEN
    toys.write()
    assert site.build().build is not None
    released(toys, "1.0.1")
    assert site.build().reports["toy-repairs"].rules == []


def test_invented_figures_are_not_audited(site: Site) -> None:
    toys = site.dataset()
    toys.descriptor["hub"] |= {"disclosure_policy": "synthetic", "synthetic": True}
    toys.tables["observations"] += [
        toys.observation(ethnicity="_T", value="11.7", numerator="35", denominator="3000"),
    ]
    toys.tables["observations"][1] |= HIDDEN
    toys.write()
    assert site.build().reports["toy-repairs"].rules == []


def figure(toys: Dataset, group: str, count: float | None, **found: str) -> dict[str, str]:
    """A rate of 2,000 toys, hidden where there is no count."""
    if count is None:
        return toys.observation(ethnicity=group) | HIDDEN | found
    told = {"numerator": f"{count:g}", "denominator": "2000", "value": f"{count / 2:.2f}"}
    return toys.observation(ethnicity=group) | told | found


def rules_of(
    site: Site, policy: str, *figures: tuple[str, float | None], **found: str
) -> list[str]:
    toys = site.dataset()
    toys.descriptor["hub"]["disclosure_policy"] = policy
    toys.tables["observations"] = [figure(toys, *one, **found) for one in figures]
    toys.write()
    return [f"{p.rule} {p.severity}" for p in toys.check().problems]


LEAK = "disclosure/recoverable error"


def test_exact_figures_of_a_country_are_not_taken_for_rounded_ones(site: Site) -> None:
    told = rules_of(site, "nhs-7-5", ("_T", 103), ("A", 100), ("B", None), area="GB")
    assert told == [LEAK]


def test_a_count_hidden_to_protect_another_may_be_large(site: Site) -> None:
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


def test_weighted_counts_do_not_contradict_themselves(site: Site) -> None:
    figures = (("_T", 100.5), ("A", None), ("B", 50.25), ("_U", None))
    assert rules_of(site, "already-published", *figures) == []


def test_a_standardised_rate_tells_no_count(site: Site) -> None:
    toys = site.dataset()
    toys.descriptor["hub"]["disclosure_policy"] = "nhs-7-5"
    toys.tables["indicators"][0] |= {"standardisation": "Standardised for age.", "scale": "100000"}
    toys.tables["observations"] = [toys.observation(value="15", denominator="20000")]
    toys.write()
    assert toys.check().rules == []
