"""`new` writes a folder that passes, and asks what it must know."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from evidencehub import cli
from tests.support.dataset_builder import CODE_FOLDER, PROJECT_ROOT

PLACES = ["--codes", str(CODE_FOLDER)]


def new(tmp_path: Path, *args: str, answers: str = ""):
    command = ["new", "toy-sales", "--datasets", str(tmp_path), *PLACES, *args]
    return CliRunner().invoke(cli.cli, command, input=answers)


@pytest.mark.parametrize(
    "args", [["--yes"], ["--yes", "--title", 'Toys, "sold"', "--country", "NZ"]]
)
def test_a_new_dataset_passes_its_checks(tmp_path: Path, args: list[str]) -> None:
    assert new(tmp_path, *args).exit_code == 0
    told = CliRunner().invoke(
        cli.cli,
        [
            "check",
            str(tmp_path / "toy-sales"),
            *PLACES,
            "--datasets",
            str(tmp_path),
            "--out",
            str(tmp_path / "dist"),
        ],
    )
    assert told.exit_code == 0
    assert "The dataset is not ready to publish: its state is “draft”." in told.output
    assert "no errors, 1 warning" in told.output


def test_it_asks_six_questions(tmp_path: Path) -> None:
    answers = (
        "Toys sold\nToys that were sold.\ninnovating-for-all\nAU\nstaff\nhttps://example.org\n"
    )
    result = new(tmp_path, answers=answers)
    assert result.exit_code == 0
    assert result.output.count("?") >= 4
    written = (tmp_path / "toy-sales/datapackage.json").read_text("utf-8")
    for word in ("Toys sold", "innovating-for-all", '"AU"', '"staff"'):
        assert word in written


def test_an_answer_that_is_no_code_names_the_nearest(tmp_path: Path) -> None:
    result = new(tmp_path, "--yes", "--workstream", "inovating for all")
    assert result.exit_code == 2
    assert "Did you mean innovating-for-all" in result.output
    assert not (tmp_path / "toy-sales").exists()


def test_a_folder_that_is_there_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "toy-sales").mkdir()
    result = new(tmp_path, "--yes")
    assert result.exit_code == 2
    assert "already exists" in result.output
    assert list((tmp_path / "toy-sales").iterdir()) == []


def test_every_command_says_what_it_does() -> None:
    for command in cli.cli.commands.values():
        assert command.help
    assert (PROJECT_ROOT / "build.py").is_file()
