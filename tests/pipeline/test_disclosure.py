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
