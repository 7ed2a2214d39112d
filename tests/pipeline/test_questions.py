"""Questions are held against the values of every dataset, and stand in a folder of their own."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from evidencehub import pipeline
from evidencehub.pipeline import BuildPaths
from tests.support.dataset_builder import CODE_FOLDER, BuildWorkspace, DatasetBuilder

QUESTION = {
    "id": "toy-question",
    "question": "Are toys of Group B mended more often?",
    "topics": "medical-devices",
    "family": "maternal-mortality",
    "groups": "toy-groups:B",
    "area": "GB",
    "not_known": "Why.",
}


def ask(site: BuildWorkspace, **cells: str) -> DatasetBuilder:
    """A dataset with values in a family, and another with a question about it."""
    toys = site.dataset("toy-repairs")
    indicator = toys.tables["indicators"][0]
    indicator["family"] = "maternal-mortality"
    row = toys.tables["observations"][0]
    toys.write()
    asking = site.dataset("toy-questions")
    for role in ("indicators", "observations", "sources", "codes"):
        asking.tables.pop(role, None)
    asking.descriptor["hub"].pop("lists", None)
    scheme, area = row.get("scheme"), row.get("area")
    question = {**QUESTION, "groups": f"{scheme}:B", "area": str(area), **cells}
    asking.tables["questions"] = [question]
    return asking


def test_a_question_with_values_in_another_dataset_is_published(site: BuildWorkspace) -> None:
    ask(site).write()
    outcome = site.build()
    assert outcome.build is not None, outcome.reports
    with closing(sqlite3.connect(outcome.build / "hub.db")) as db:
        assert db.execute("select question, family from question").fetchall() == [
            ("toy-question", "maternal-mortality")
        ]


def test_a_family_without_a_value_for_the_place_is_refused(site: BuildWorkspace) -> None:
    ask(site, area="NZ").write()
    outcome = site.build()
    assert outcome.build is None
    (problem,) = outcome.reports["toy-questions"].problems
    assert problem.rule == "questions/no-values"
    assert problem.location == "data/questions.csv row 2, family"
    assert "NZ" in str(problem.finding)


def test_a_finding_that_nobody_defines_is_refused(site: BuildWorkspace) -> None:
    ask(site, findings="nosuch").write()
    rules = {problem.rule for problem in site.build().reports["toy-questions"].problems}
    assert rules == {"links/unknown-finding"}


def test_a_root_with_a_descriptor_is_a_package_itself(site: BuildWorkspace) -> None:
    asking = ask(site)
    folder = site.datasets.parent / "toy-questions"
    asking.folder = folder
    asking.write()
    paths = BuildPaths(
        [site.datasets, folder],
        CODE_FOLDER,
        site.datasets.parent / "metadata.yaml",
        site.out,
        site.datasets.parent / "archive",
    )
    outcome = pipeline.build_hub(paths)
    assert outcome.build is not None, outcome.reports
    assert set(outcome.rebuilt) == {"toy-repairs", "toy-questions"}


def test_a_group_that_no_list_has_is_refused(site: BuildWorkspace) -> None:
    ask(site, family="", groups="nosuch:B", findings="").write()
    asking = site.build().reports["toy-questions"].problems
    assert {problem.rule for problem in asking} >= {"questions/binding"}
    ask(site, groups="nosuch:B").write()
    (problem,) = site.build().reports["toy-questions"].problems
    assert problem.rule == "questions/unknown-code"
    assert "nosuch:B" in str(problem.finding)
