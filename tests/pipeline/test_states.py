"""The state of a package: only what is published is built, and a draft blocks nobody."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from evidencehub.domain.package import UNPUBLISHED_STATES
from evidencehub.pipeline import BuildOutcome
from tests.support.dataset_builder import CODE_FOLDER, BuildWorkspace


def versions(outcome: BuildOutcome) -> dict[str, str]:
    assert outcome.build is not None
    manifest = json.loads((outcome.build / "manifest.json").read_text("utf-8"))
    return {slug: told["version"] for slug, told in manifest["datasets"].items()}


def spoil_as_draft(site: BuildWorkspace, slug: str, **options: str) -> None:
    """A draft with a mistake in its table."""
    toys = site.dataset(slug)
    toys.descriptor.update(options)
    toys.descriptor["hub"]["state"] = "draft"
    toys.tables["observations"][0]["ethnicity"] = "Z"
    toys.write()


@pytest.mark.parametrize("state", UNPUBLISHED_STATES)
@pytest.mark.parametrize("strict", [False, True])
def test_what_is_not_ready_is_not_built_and_blocks_nobody(
    site: BuildWorkspace, state: str, strict: bool
) -> None:
    site.dataset("toy-loans").write()
    toys = site.dataset("toy-repairs")
    toys.descriptor["hub"]["state"] = state
    toys.write()
    outcome = site.build(strict=strict)
    assert versions(outcome) == {"toy-loans": "1.0.0"}
    assert list(outcome.reports) == ["toy-loans"]
    assert outcome.notes == [
        f"toy-repairs is not ready to publish (hub.state is “{state}”), so it is not built."
    ]


def test_a_package_that_says_it_is_published_is_built(site: BuildWorkspace) -> None:
    toys = site.dataset()
    toys.descriptor["hub"]["state"] = "published"
    toys.write()
    assert versions(site.build()) == {"toy-repairs": "1.0.0"}


@pytest.mark.parametrize("state", ["Draft", "", None, ["draft"]])
def test_a_state_that_there_is_not_is_an_error(site: BuildWorkspace, state: object) -> None:
    toys = site.dataset()
    toys.descriptor["hub"]["state"] = state
    toys.write()
    assert site.build().reports["toy-repairs"].rules == ["metadata/hub"]


def test_the_last_release_of_a_dataset_stays_while_the_next_is_a_draft(
    site: BuildWorkspace,
) -> None:
    site.dataset().write()
    site.build()
    spoil_as_draft(site, "toy-repairs", version="1.1.0")
    outcome = site.build()
    assert outcome.is_ok
    assert versions(outcome) == {"toy-repairs": "1.0.0"}


def test_a_check_tells_what_is_wrong_with_a_draft(site: BuildWorkspace) -> None:
    toys = site.dataset()
    toys.descriptor["hub"]["state"] = "draft"
    toys.tables["observations"][0]["ethnicity"] = "Z"
    assert toys.check().rules == ["metadata/not-ready", "codes/unknown-code"]


def test_what_only_a_draft_defines_may_not_be_referred_to_by_what_is_published(
    site: BuildWorkspace,
) -> None:
    draft = site.dataset("toy-loans")
    draft.descriptor["hub"]["state"] = "draft"
    draft.write()
    toys = site.dataset("toy-repairs")
    toys.tables["observations"][0]["indicator"] = "toy-loans-rate"
    toys.write()
    outcome = site.build()
    assert outcome.build is None
    assert outcome.reports["toy-repairs"].rules == ["links/unknown-indicator"]


@pytest.fixture
def published(site: BuildWorkspace, tmp_path: Path) -> BuildWorkspace:
    """A site with one release, and code lists of its own."""
    site.codes = shutil.copytree(CODE_FOLDER, tmp_path / "codes")
    site.dataset().write()
    assert site.build().is_ok
    return site


def drop_code(site: BuildWorkspace, list_name: str, code: str) -> None:
    """Let the hub not know a code any more that a published release has."""
    path = site.codes / f"{list_name}.csv"
    lines = path.read_text("utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith(f"{code},")]
    assert len(kept) == len(lines) - 1
    path.write_text("".join(kept), "utf-8")
    aliases = site.codes / "aliases.csv"
    lines = aliases.read_text("utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not re.match(f"{list_name},.*,{code},", line)]
    aliases.write_text("".join(kept), "utf-8")


@pytest.mark.parametrize("lost_stages", [False, True])
def test_a_rule_of_today_does_not_hold_back_a_release_that_was_published(
    published: BuildWorkspace, lost_stages: bool
) -> None:
    drop_code(published, "ethnicity-recording", "self-reported")
    if lost_stages:
        shutil.rmtree(published.out)
    outcome = published.build()
    assert outcome.is_ok
    assert outcome.rebuilt == ["toy-repairs"]
    (problem,) = outcome.reports["toy-repairs"].problems
    assert (problem.rule, problem.severity) == ("metadata/codes", "warning")
    assert problem.message.endswith("This release was published already, so it is not held back.")


def test_the_same_rule_holds_back_the_next_release(published: BuildWorkspace) -> None:
    drop_code(published, "ethnicity-recording", "self-reported")
    toys = published.dataset()
    toys.descriptor["version"] = "1.0.1"
    toys.write()
    outcome = published.build(keep_going=True)
    assert [
        p.severity for p in outcome.reports["toy-repairs"].problems if p.rule == "metadata/codes"
    ] == ["error"]
    assert outcome.kept_previous == ["toy-repairs"]
    assert versions(outcome) == {"toy-repairs": "1.0.0"}


def test_what_cannot_be_loaded_any_more_fails_that_dataset_alone(published: BuildWorkspace) -> None:
    loans = published.dataset("toy-loans")
    for row in loans.tables["observations"]:
        row["sex"] = "F"
    loans.field_overrides["observations"] = {"sex": {"type": "string"}}
    loans.write()
    assert published.build().is_ok
    drop_code(published, "sex", "F")
    outcome = published.build(keep_going=True)
    assert not outcome.reports["toy-loans"].has_no_errors
    assert outcome.reports["toy-repairs"].has_no_errors
    assert versions(outcome) == {"toy-loans": "1.0.0", "toy-repairs": "1.0.0"}
