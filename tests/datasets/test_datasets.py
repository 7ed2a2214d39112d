"""Does every real folder in datasets/ pass, and do they build together?"""

from __future__ import annotations

from pathlib import Path

import pytest
from frictionless import Package

from evidencehub import pipeline
from evidencehub.formats import check_report as reports
from evidencehub.pipeline import BuildPaths
from evidencehub.source.code_lists import read_code_book
from tests.support.dataset_builder import CODE_FOLDER, PROJECT_ROOT

FOLDERS = sorted(p for p in (PROJECT_ROOT / "datasets").iterdir() if p.is_dir())


def test_there_are_datasets() -> None:
    assert FOLDERS


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_dataset_passes_its_checks(folder: Path, tmp_path: Path) -> None:
    places = BuildPaths(
        [PROJECT_ROOT / "datasets"],
        CODE_FOLDER,
        PROJECT_ROOT / "metadata.yaml",
        tmp_path,
        tmp_path / "archive",
    )
    report = pipeline.check_packages([folder], places)[0]
    assert report.has_no_errors, reports.render_text(report)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_any_frictionless_tool_reads_a_dataset(folder: Path) -> None:
    assert Package(str(folder / "datapackage.json")).validate().flatten(["message"]) == []


def test_the_code_lists_are_a_valid_data_package() -> None:
    assert Package(str(CODE_FOLDER / "datapackage.json")).validate().flatten(["message"]) == []


def test_every_classification_says_under_which_terms_its_owner_publishes_it() -> None:
    lists = read_code_book(CODE_FOLDER).lists.values()
    classifications = [code_list for code_list in lists if code_list.kind == "ethnicity"]
    assert len(classifications) > 15
    assert [c.name for c in classifications if not c.terms or not c.terms_verified] == []
