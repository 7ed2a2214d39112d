"""A release takes every fragment into the changelog, or says why not and changes nothing."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.support.dataset_builder import PROJECT_ROOT
from tests.support.release import UNRELEASED, ReleaseError, cut_release, read_fragments

DAY = date(2026, 12, 1)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "changelog.d").mkdir()
    (tmp_path / "CHANGELOG.md").write_text(f"# Changelog\n\n{UNRELEASED}", "utf-8")
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "2026.11.0"\n', "utf-8")
    return tmp_path


def add(project: Path, name: str, text: str) -> None:
    (project / "changelog.d" / name).write_text(text, "utf-8")


def read_all(project: Path) -> dict[str, str]:
    return {
        path.relative_to(project).as_posix(): path.read_text("utf-8")
        for path in sorted(project.rglob("*"))
        if path.is_file()
    }


def test_fragments_become_a_section_by_kind_and_issue(project: Path) -> None:
    add(project, "13-toys.fixed.md", "- Toys roll again.\n")
    add(project, "9-kites.fixed.md", "Kites fly.\n")
    add(project, "18-drums.added.md", "- Drums.\n- Sticks.\n")
    cut_release(project, "2026.12.0", DAY)
    assert read_all(project) == {
        "CHANGELOG.md": (
            f"# Changelog\n\n{UNRELEASED}\n## 2026.12.0 (1 December 2026)\n\n"
            "### Added\n\n- Drums.\n- Sticks.\n\n### Fixed\n\n- Kites fly.\n- Toys roll again.\n"
        ),
        "pyproject.toml": '[project]\nversion = "2026.12.0"\n',
    }
    add(project, "19-yoyos.added.md", "- Yoyos.\n")
    cut_release(project, "2026.12.1", DAY)
    text = (project / "CHANGELOG.md").read_text("utf-8")
    assert text.index("2026.12.1") < text.index("2026.12.0")


@pytest.mark.parametrize("version", ["", "2026.12", "2026.13.0", "26.12.0", "2026.12.0rc1", "v1"])
def test_a_version_that_is_none_is_refused(project: Path, version: str) -> None:
    add(project, "13-toys.fixed.md", "- Toys.\n")
    before = read_all(project)
    with pytest.raises(ReleaseError, match="is not a version"):
        cut_release(project, version, DAY)
    assert read_all(project) == before


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("13-toys.repaired.md", "- Toys.\n", "Rename it"),
        ("toys.fixed.md", "- Toys.\n", "Rename it"),
        ("13-toys.fixed.txt", "- Toys.\n", "Rename it"),
        ("13-toys.fixed.md", " \n", "is empty"),
    ],
)
def test_a_fragment_that_would_be_lost_is_refused(
    project: Path, name: str, text: str, words: str
) -> None:
    add(project, "13-kites.fixed.md", "- Kites.\n")
    add(project, name, text)
    before = read_all(project)
    with pytest.raises(ReleaseError, match=words):
        cut_release(project, "2026.12.0", DAY)
    assert read_all(project) == before


def test_no_news_and_an_older_version_are_refused(project: Path) -> None:
    with pytest.raises(ReleaseError, match="nothing has changed"):
        cut_release(project, "2026.12.0", DAY)
    add(project, "13-kites.fixed.md", "- Kites.\n")
    cut_release(project, "2026.12.0", DAY)
    add(project, "13-kites.fixed.md", "- Kites.\n")
    for version in ("2026.12.0", "2026.11.9"):
        with pytest.raises(ReleaseError, match="is not above 2026"):
            cut_release(project, version, DAY)


def test_every_fragment_of_the_project_has_its_place() -> None:
    folder = PROJECT_ROOT / "changelog.d"
    if folder.exists() and any(folder.iterdir()):
        assert sum(map(len, read_fragments(folder).values())) >= len(list(folder.iterdir()))
    assert UNRELEASED in (PROJECT_ROOT / "CHANGELOG.md").read_text("utf-8")
