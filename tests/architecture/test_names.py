"""Do names say what they are? No pronoun, participle or preposition stands alone as one."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest

from tests.architecture import house
from tests.support.dataset_builder import PROJECT_ROOT

PACKAGE = PROJECT_ROOT / "evidencehub"
FILES = [*house.list_files(PACKAGE), *house.list_files(PROJECT_ROOT / "plugins")]
_WORDS = """
about after against answered asked at before behind beside carried done down drawn everything
found from given here hers his inside into it its kept known least left made meant most one only
others out outside own passed plain said same seen shown since such taken that them there these
they this those to told tried up used what where which who whom whose why written
"""
BANNED = frozenset(_WORDS.split())
NAMED_BY_OPTIONS = {"only", "out"}  # in the command line, where --only and --out give the names
NAMED_BY_COLUMNS = {"about"}  # in typed rows of the store: a public column of the table of datasets
ENDINGS = ("s", "es", "d", "ed", "er", "ing", "or", "al", "ation", "ment")
TWINS_THAT_STAY = {
    ("crosswalk", "crosswalks"): (
        "the arithmetic and its messages; the resource of the API, named as its address is"
    ),
    ("evidence_lines", "evidence_links"): (
        "lines of evidence on a page; what findings and recommendations are linked to, in the store"
    ),
    ("format", "formats"): "one format as data, with the table of all; its package",
    ("observation", "observations"): (
        "what an observation is; rows of them in the store and in the API, named as the address is"
    ),
    ("package", "packages"): "what a dataset's package is; packages read from disk",
    ("release", "releases"): (
        "a release as it was published; the package of all of them, and the rules on them"
    ),
    ("source", "sources"): (
        "the package that reads what staff write; the resource of the API, named as its address is"
    ),
    ("stats", "status"): "statistics; statuses of observations: two words of the field",
}
"""Modules a letter or an ending apart, in different packages, with what each of them is."""
SHORT = 3  # letters: names such as api and app are apart as they are


def list_banned(path: Path) -> Iterator[str]:
    """Each banned name that a file gives to something, with its line."""
    is_command_line = path.stem == "cli" or path.parent.name == "cli"
    allowed = NAMED_BY_OPTIONS if is_command_line else set()
    if path.parent.name == "store":
        allowed = NAMED_BY_COLUMNS
    for line, name in house.list_bindings(ast.parse(path.read_text("utf-8"))):
        if name.strip("_").lower() in BANNED - allowed:
            yield f"{path.relative_to(PROJECT_ROOT)}:{line} {name}"
    if path.stem.strip("_") in BANNED:
        yield f"{path.relative_to(PROJECT_ROOT)}"


def test_no_pronoun_participle_or_preposition_is_a_name() -> None:
    assert len(FILES) > 150
    assert [place for path in FILES for place in list_banned(path)] == []


@pytest.mark.parametrize(
    "code",
    ["told = 1", "def f(found): ...", "def shown(): ...", "class Known: ...", "self._kept = 1",
     "for one in x: ...", "import a as why"],
)  # fmt: skip
def test_a_banned_name_is_seen_wherever_it_is_given(code: str) -> None:
    names = [name for _, name in house.list_bindings(ast.parse(code))]
    assert any(name.strip("_").lower() in BANNED for name in names)


def test_no_two_classes_share_a_name() -> None:
    places = defaultdict(list)
    for path in house.list_files(PACKAGE):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef):
                places[node.name.lstrip("_")].append(str(path.relative_to(PACKAGE)))
    assert len(places) > 100
    assert {name: files for name, files in places.items() if len(files) > 1} == {}


def name_module(path: Path) -> str:
    return path.parent.name if path.stem == "__init__" else path.stem


def are_twins(name: str, other: str) -> bool:
    """True for two names that are a letter or an ending apart."""
    short, long = sorted((name, other), key=len)
    if len(short) <= SHORT or short == long:
        return False
    if any(long in (short + end, short.removesuffix("e") + end) for end in ENDINGS):
        return True
    if len(short) == len(long):
        return sum(a != b for a, b in zip(short, long, strict=True)) == 1
    return any(long[:i] + long[i + 1 :] == short for i in range(len(long)))


def test_no_two_modules_are_a_letter_or_an_ending_apart() -> None:
    names = sorted({name_module(path) for path in house.list_files(PACKAGE)})
    twins = {pair for pair in combinations(names, 2) if are_twins(*pair)}
    assert twins == set(TWINS_THAT_STAY)


def test_twins_are_never_side_by_side() -> None:
    folders = defaultdict(set)
    for path in house.list_files(PACKAGE):
        folder = path.parent.parent if path.stem == "__init__" else path.parent
        folders[name_module(path)].add(folder)
    assert [pair for pair in TWINS_THAT_STAY if folders[pair[0]] & folders[pair[1]]] == []


@pytest.mark.parametrize(
    ("name", "other", "expected"),
    [
        ("serve", "server", True), ("measure", "measured", True), ("table", "tables", True),
        ("stage", "staging", True), ("answers", "answer", True), ("cover", "covers", True),
        ("strict", "string", False), ("hashed", "hashes", True), ("api", "app", False),
        ("codes", "codes", False), ("rows", "row", False), ("values", "valued", True),
    ],
)  # fmt: skip
def test_twins_are_seen(name: str, other: str, expected: bool) -> None:
    assert are_twins(name, other) == are_twins(other, name) == expected
