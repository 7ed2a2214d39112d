"""A package that other programs would read otherwise, and what the fast way understands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evidencehub.check.guessed_reading import is_read_alike
from evidencehub.check.structure import PackageValidator
from evidencehub.check.understood_properties import is_understood
from evidencehub.domain.package import Resource, SourcePackage

FIELDS = [{"name": "a", "type": "string"}, {"name": "b", "type": "string"}]
DIALECT = {"header": True, "delimiter": ",", "quoteChar": '"', "doubleQuote": True}


def package(folder: Path, text: str, file: str = "t.csv", **told: Any) -> SourcePackage:
    (folder / file).write_bytes(text.encode())
    resource = {"name": "t", "path": file, "schema": {"fields": FIELDS}, **told}
    table = Resource("t", file, folder / file, resource)
    return SourcePackage("toys", folder, {"name": "toys", "resources": [resource]}, (table,))


def list_rules(told: SourcePackage, *, use_arrow: bool = True) -> list[str]:
    gate = PackageValidator(told)
    for resource in told.resources:
        list(gate.read_chunks(resource, use_arrow=use_arrow))
    return [problem.rule for problem in gate.find_problems()]


@pytest.mark.parametrize(
    ("text", "told", "is_alike"),
    [
        ("a,b\nx,y\n", {}, True),
        ("a,b\nx; y,z; w\n", {}, True),
        ("\na,b\nx,y\n", {}, False),
        ("\ufeff\na,b\nx,y\n", {}, False),
        ("\ufeffa,b\nx,y\n", {}, True),
        ("\r\na,b\nx,y\n", {"dialect": {**DIALECT, "skipInitialSpace": False}}, False),
        ("a,b\n\nx,y\n", {}, True),
        ("a, b\nx, y\n", {}, False),
        ("a, b\nx, y\n", {"dialect": {**DIALECT, "skipInitialSpace": False}}, True),
        ("a;b\nx;y\n", {}, False),
        ("a;b\nx;y\n", {"dialect": {"delimiter": ";"}}, True),
        ("a,b\nMāori,y\n", {}, True),
    ],
)
def test_a_guess_that_differs_is_seen(
    text: str, told: dict[str, Any], is_alike: bool, tmp_path: Path
) -> None:
    assert is_read_alike(package(tmp_path, text, **told).resources[0]) == is_alike


def test_a_file_whose_format_must_be_guessed_is_refused_unless_it_is_said(tmp_path: Path) -> None:
    text = "a,b\nx,y\n"
    assert list_rules(package(tmp_path, text, "t.tsv")) == ["structure/inline"]
    assert list_rules(package(tmp_path, text, "t.tsv", format="csv")) == []


@pytest.mark.parametrize(
    "told",
    [
        {"bytes": 8}, {"hash": "x"}, {"type": "file"}, {"mediatype": "text/tsv"}, {"title": 1},
        {"dialect": {"commentChar": "#"}}, {"dialect": []}, {"schema": {"fields": []}},
        {"schema": {"fields": [{"name": "a", "constraints": {"jsonSchema": {}}}]}},
        {"licenses": [{"name": "MIT", "x": 1}]}, {"path": "t.tsv"}, {"path": "$HOME.csv"}, {"x": 1},
    ],
    ids=str,
)  # fmt: skip
def test_what_is_not_in_the_table_is_not_understood(told: dict[str, Any], tmp_path: Path) -> None:
    plain = package(tmp_path, "a,b\n").descriptor
    assert is_understood(plain)
    assert not is_understood({**plain, "resources": [{**plain["resources"][0], **told}]})


def test_statistics_of_the_file_itself_are_accepted_and_others_refused(tmp_path: Path) -> None:
    text = "a,b\nx,y\n"
    assert list_rules(package(tmp_path, text, bytes=len(text))) == []
    assert list_rules(package(tmp_path, text, bytes=len(text) + 1)) == ["structure/descriptor"]


@pytest.mark.parametrize("start", ["\n", "\r\n", "\r", "\ufeff\n", "\ufeff\r\n"])
def test_two_columns_of_one_name_below_a_blank_line_are_refused(start: str, tmp_path: Path) -> None:
    """By the standard's defaults the blank line is the header, and the names are a row of data."""
    schema = {"fields": [{"name": name, "type": "any"} for name in ("a", "id", "a2")]}
    table = package(tmp_path, f'{start}"a","id","a"\r\n', schema=schema)
    assert list_rules(table, use_arrow=False) != []
