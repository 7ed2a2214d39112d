"""`new` asks what readers will be told, asks again, and makes nothing up."""

from __future__ import annotations

import csv
import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from evidencehub import cli
from evidencehub.cli.new_answers import SUGGESTED_LICENCES
from evidencehub.cli.new_dataset import QUESTIONS
from evidencehub.source.code_lists import read_code_book
from tests.support.dataset_builder import CODE_FOLDER, PROJECT_ROOT
from tests.support.terminal import run_in_terminal

PLACES = ["--codes", str(CODE_FOLDER)]
TITLE = ("--title", "Toys lent")
ANSWERS = {
    "title": "Toys lent",
    "description": "How many toys people borrow.",
    "workstream": "innovating-for-all",
    "country": "AU",
    "whose_ethnicity": "population",
    "ethnicity_recording": "self-reported",
    "source_title": "A report on toys, 2024",
    "source_type": "report",
    "source_publisher": "Toy Office",
    "source_url": "https://example.org/toys",
    "source_licence": "CC BY 4.0",
    "source_accessed": "2026-01-31",
    "verification": "C2",
    "disclosure_policy": "nz-rr3",
    "licence": "OGL-UK-3.0",
    "publisher": "Toy Library Trust",
    "contact": "toys@example.org",
    "next_update": "in spring",
}


def new(tmp_path: Path, *args: str, answers: str = "") -> Result:
    command = ["new", "toy-sales", "--datasets", str(tmp_path / "datasets"), *PLACES, *args]
    return CliRunner().invoke(cli.cli, command, input=answers)


def check(tmp_path: Path) -> Result:
    folders = ["--datasets", str(tmp_path / "datasets"), "--out", str(tmp_path / "dist")]
    path = str(tmp_path / "datasets/toy-sales")
    return CliRunner().invoke(cli.cli, ["check", path, *PLACES, *folders])


def read_descriptor(tmp_path: Path) -> dict[str, Any]:
    path = tmp_path / "datasets/toy-sales/datapackage.json"
    return dict(json.loads(path.read_text("utf-8")))


def read_sources(tmp_path: Path) -> list[dict[str, str]]:
    with (tmp_path / "datasets/toy-sales/data/sources.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def list_files(tmp_path: Path) -> list[str]:
    return sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*"))


def write_lines(**changes: str) -> str:
    return "".join(f"{answer}\n" for answer in {**ANSWERS, **changes}.values())


def test_every_answer_stands_where_readers_look_for_it(tmp_path: Path) -> None:
    assert set(ANSWERS) == {question.name for question in QUESTIONS}
    assert new(tmp_path, answers=write_lines()).exit_code == 0
    told = read_descriptor(tmp_path)
    assert told["licenses"] == [{"name": "OGL-UK-3.0"}]  # its address is in the list of licences
    assert told["contributors"] == [{"title": "Toy Library Trust", "roles": ["publisher"]}]
    assert told["hub"] == {
        "state": "draft",
        "workstreams": ["innovating-for-all"],
        "countries": ["AU"],
        "contact": "toys@example.org",
        "language": "en",
        "whose_ethnicity": "population",
        "ethnicity_recording": "self-reported",
        "disclosure_policy": "nz-rr3",
        "next_update": "in spring",
        "verification": "C2",
        "release_note": "First release.",
    }
    assert read_sources(tmp_path) == [
        {
            "id": "a-report-on-toys-2024",
            "title": "A report on toys, 2024",
            "publisher": "Toy Office",
            "type": "report",
            "url": "https://example.org/toys",
            "doi": "",
            "published": "",
            "accessed": "2026-01-31",
            "licence": "CC BY 4.0",
        }
    ]
    assert "Still unknown" not in check(tmp_path).output


def test_options_say_the_same_as_answers(tmp_path: Path) -> None:
    new(tmp_path / "asked", answers=write_lines())
    options = [part for question in QUESTIONS for part in (question.option, ANSWERS[question.name])]
    assert new(tmp_path / "told", "--yes", *options).exit_code == 0
    for name in ("datapackage.json", "about.md", "changes.md", "data/sources.csv"):
        paths = [tmp_path / way / "datasets/toy-sales" / name for way in ("asked", "told")]
        assert paths[0].read_text("utf-8") == paths[1].read_text("utf-8")


def test_what_nobody_said_is_in_no_file(tmp_path: Path) -> None:
    assert new(tmp_path, "--yes", "--title", 'Toys, "sold"').exit_code == 0
    told = read_descriptor(tmp_path)
    assert {*told} == {"$schema", "name", "title", "version", "created", "hub", "resources"}
    assert {*told["hub"]} == {"state", "language", "release_note"}
    for name in ("indicators", "observations", "sources"):
        text = (tmp_path / f"datasets/toy-sales/data/{name}.csv").read_text("utf-8")
        assert len(text.splitlines()) == 1


def test_a_draft_with_gaps_passes_and_its_gaps_are_one_list(tmp_path: Path) -> None:
    new(tmp_path, "--yes", *TITLE)
    told = check(tmp_path)
    assert told.exit_code == 0
    assert "no errors" in told.output
    assert "state is “draft”" in told.output
    gaps = re.search(r"Still unknown: (.*)\[metadata/unknown\]", told.output, re.DOTALL)
    assert gaps is not None
    for key in ("description", "licenses", "contributors", "sources", "hub.contact",
                "hub.workstreams", "hub.countries", "hub.whose_ethnicity",
                "hub.ethnicity_recording", "hub.verification", "hub.disclosure_policy"):  # fmt: skip
        assert f"`{key}`" in gaps[1]


WRONG_ANSWERS = [
    ("title", "x" * 301, "The title has 301 characters. Use at most 300."),
    ("title", "", "This one is needed now."),
    ("title", "Toys\u202e", "a character that is not seen"),
    ("workstream", "Inovating for all", "Did you mean innovating-for-all (Innovating for all)"),
    ("country", "Atlantis", "“Atlantis” is not in iso-3166."),
    ("whose_ethnicity", "zzz", "Use mother, baby, child,"),
    ("source_type", "a book", "“a book” is not in source-type."),
    ("source_type", "", "This one is needed now."),
    ("source_publisher", "Toys <toys@example.org>", "Write the name, as it should stand in"),
    ("source_url", "example.org/toys", "Did you mean https://example.org/toys?"),
    ("source_url", "ftp://example.org", "Write it in full, as in https://example.org/toys"),
    ("source_accessed", "31/01/2026", "Write year, month and day, as in 2"),
    ("source_accessed", "9999-12-31", "9999-12-31 has not come yet."),
    ("verification", "checked", "“checked” is not in verification."),
    ("disclosure_policy", "zzz", "The codes are in codes/disclosure-policy.csv."),
    ("licence", "CC-BY-NC-4.0", "Use CC-BY-4.0, CC0-1.0, OGL-UK-3.0 or CC-BY-SA-4.0,"),
    ("publisher", "https://example.org", "“https://example.org” is an address."),
    ("contact", "ask Ann", "as in toys@example.org or https://example.org."),
]


@pytest.mark.parametrize(("name", "wrong", "message"), WRONG_ANSWERS)
def test_a_wrong_answer_is_explained_and_asked_again(
    tmp_path: Path, name: str, wrong: str, message: str
) -> None:
    lines = write_lines(**{name: f"{wrong}\n{ANSWERS[name]}"})
    result = new(tmp_path, answers=lines)
    assert result.exit_code == 0, result.output
    assert message in result.output
    new(tmp_path / "right", answers=write_lines())
    assert read_descriptor(tmp_path) == read_descriptor(tmp_path / "right")


@pytest.mark.parametrize(("name", "wrong", "message"), [w for w in WRONG_ANSWERS if w[1]])
def test_a_wrong_option_is_named_and_nothing_is_written(
    tmp_path: Path, name: str, wrong: str, message: str
) -> None:
    option = "--" + name.replace("_", "-")
    result = new(tmp_path, "--yes", *TITLE, option, wrong)
    assert result.exit_code == 2
    assert f"{option}: " in result.output
    assert message in result.output
    assert list_files(tmp_path) == []


def test_all_wrong_options_are_told_at_once(tmp_path: Path) -> None:
    result = new(tmp_path, "--yes", "--country", "Atlantis", "--licence", "mine")
    assert "--country: " in result.output
    assert "--licence: " in result.output


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ([], "Add --title TEXT."),
        (["--title", " n/a "], "Add --title TEXT."),
        ([*TITLE, "--source-title", "A report"], "Add --source-type TEXT."),
        ([*TITLE, "--source-url", "https://example.org"], "--source-url needs --source-title."),
    ],
)
def test_a_missing_option_is_named(tmp_path: Path, args: list[str], message: str) -> None:
    result = new(tmp_path, "--yes", *args)
    assert result.exit_code == 2
    assert message in result.output
    assert list_files(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "answer", "code"),
    [
        ("workstream", "INNOVATING FOR ALL", "innovating-for-all"),
        ("workstream", "Innovating-For-All", "innovating-for-all"),
        ("country", "nz", "NZ"),
        ("country", "new  zealand", "NZ"),
        ("whose_ethnicity", "Unknown", "unknown"),
        ("verification", "article or abstract", "C2"),
        ("disclosure_policy", "SYNTHETIC", "synthetic"),
        ("licence", "cc by-sa 4.0", "CC-BY-SA-4.0"),
        ("licence", "odbl-1.0", "ODbL-1.0"),
    ],
)
def test_a_code_may_be_written_as_its_label_and_in_any_capitals(
    tmp_path: Path, name: str, answer: str, code: str
) -> None:
    assert new(tmp_path, "--yes", *TITLE, "--" + name.replace("_", "-"), answer).exit_code == 0
    assert json.dumps(code) in json.dumps(read_descriptor(tmp_path))


def test_a_question_mark_lists_the_codes_of_a_long_list(tmp_path: Path) -> None:
    result = new(tmp_path, answers=write_lines(country="?\nNZ"))
    assert "  NZ: New Zealand\n" in result.output
    assert read_descriptor(tmp_path)["hub"]["countries"] == ["NZ"]


@pytest.mark.parametrize("answer", ["", " ", "n/a", "N/A", "unknown", "not given", "?", "-"])
@pytest.mark.parametrize("name", ["description", "publisher", "contact", "licence"])
def test_who_does_not_know_asserts_nothing(tmp_path: Path, name: str, answer: str) -> None:
    assert new(tmp_path, answers=write_lines(**{name: answer})).exit_code == 0
    key = {"publisher": "contributors", "licence": "licenses"}.get(name, name)
    told = read_descriptor(tmp_path)
    assert key not in {**told, **told["hub"]}


@pytest.mark.parametrize("address", ["10.1136/jcp.2010.077560", "doi:10.1136/jcp.2010.077560",
                                     "https://doi.org/10.1136/jcp.2010.077560"])  # fmt: skip
def test_a_doi_stands_in_its_own_column(tmp_path: Path, address: str) -> None:
    new(tmp_path, answers=write_lines(source_url=address))
    (source,) = read_sources(tmp_path)
    assert (source["url"], source["doi"]) == ("", "10.1136/jcp.2010.077560")


@pytest.mark.parametrize("count", range(len(ANSWERS)))
def test_answers_that_end_early_leave_nothing(tmp_path: Path, count: int) -> None:
    lines = "".join(f"{answer}\n" for answer in list(ANSWERS.values())[:count])
    result = new(tmp_path, answers=lines)
    assert result.exit_code == 1
    assert "nothing was written" in str(result.exception)
    assert list_files(tmp_path) == []


def test_a_folder_that_is_there_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "datasets/toy-sales").mkdir(parents=True)
    result = new(tmp_path, "--yes", *TITLE)
    assert result.exit_code == 2
    assert "already exists" in result.output
    assert list((tmp_path / "datasets/toy-sales").iterdir()) == []


@pytest.mark.parametrize(("slug", "valid"), [("Toy Sales", "toy-sales"), ("--toys_2", "toys-2")])
def test_a_name_that_cannot_be_is_told_with_one_that_can(slug: str, valid: str) -> None:
    result = CliRunner().invoke(cli.cli, ["new", "--yes", *TITLE, "--", slug])
    assert result.exit_code == 2
    assert f"Use lower-case letters, digits and hyphens: {valid}." in result.output


def test_a_write_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "rename", fail)
    assert isinstance(new(tmp_path, "--yes", *TITLE).exception, OSError)
    assert list_files(tmp_path) == ["datasets"]


@pytest.mark.slow
@pytest.mark.parametrize("end", ["\x03", "\x04"], ids=["Ctrl-C", "Ctrl-D"])
def test_whoever_leaves_a_terminal_leaves_nothing(tmp_path: Path, end: str) -> None:
    command = [sys.executable, "build.py", "new", "toy-sales", "--datasets", str(tmp_path / "new")]
    with run_in_terminal(command, PROJECT_ROOT) as terminal:
        terminal.type("(the title): ", "Toys lent\n")
        terminal.type("sentence: ", "\n")
        terminal.type("label: ", "Maternity\n")
        terminal.type("label: ", end)
        terminal.finish()
    assert terminal.exit_code == 1
    assert "“Maternity” is not in workstream. Use improving-health-and-care," in terminal.screen
    assert terminal.screen.rstrip().endswith("or answer by options and add --yes.")
    assert "Traceback" not in terminal.screen
    assert list_files(tmp_path) == []


def test_every_licence_that_is_suggested_is_known() -> None:
    licences = read_code_book(CODE_FOLDER).licences
    for name in SUGGESTED_LICENCES:
        licence = licences.find(name)
        assert licence is not None
        assert licence.is_open


def test_every_command_says_what_it_does() -> None:
    for command in cli.cli.commands.values():
        assert command.help
    assert (PROJECT_ROOT / "build.py").is_file()
