"""Frictionless' verdict on a descriptor stays its own where forms are remembered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import frictionless
import pytest

from evidencehub.check import oracle
from evidencehub.check.oracle import Oracle
from evidencehub.domain.package import Resource, SourcePackage

FIELDS = [{"name": "id", "type": "string"}, {"name": "value", "type": "number"}]


def resource(name: str, **told: Any) -> dict[str, Any]:
    return {"name": name, "path": f"{name}.csv", "schema": {"fields": FIELDS}} | told


def package(folder: Path, *resources: dict[str, Any], **told: Any) -> SourcePackage:
    descriptor = {"name": "toys", "resources": list(resources)} | told
    tables = tuple(Resource(r["name"], r["path"], folder / r["path"], r) for r in resources)
    return SourcePackage("toys", folder, descriptor, tables)


def accepted(told: SourcePackage) -> bool:
    try:
        Oracle(told).validate()
    except frictionless.FrictionlessException:
        return False
    return True


def peer(told: SourcePackage) -> bool:
    try:
        frictionless.Package.from_descriptor(json.loads(json.dumps(told.descriptor)))
    except frictionless.FrictionlessException:
        return False
    return True


@pytest.fixture
def known(tmp_path: Path) -> Path:
    """A folder after a package was accepted: the forms of `a` and `b` are remembered."""
    oracle.ACCEPTED_FORMS.clear()
    assert accepted(package(tmp_path, resource("a"), resource("b")))
    return tmp_path


def count_opened(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    opened: list[int] = []
    given = frictionless.Package.from_descriptor

    def counted(told: Any, **options: Any) -> Any:
        opened.append(len(told["resources"]))
        return given(told, **options)

    monkeypatch.setattr(frictionless.Package, "from_descriptor", counted)
    return opened


def test_a_form_is_judged_once_whatever_the_hub_says_of_it(
    known: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = count_opened(monkeypatch)
    assert accepted(package(known, resource("b", hub={"role": "table"}), resource("a")))
    assert accepted(package(known, resource("a"), resource("c")))
    assert opened == [1, 2]


@pytest.mark.parametrize(
    ("resources", "told"),
    [
        (("a", "b"), {"name": "Not A Name!"}),
        (("a", "b"), {"created": "yesterday"}),
        (("a", "b"), {"licenses": "CC-BY"}),
        (("a", "b"), {"contributors": [{"title": 7}]}),
        (("a", "a"), {}),
        (("a", "b"), {"$schema": "https://example.org/nowhere.json"}),
        (("a", "b"), {"profile": "../outside.json"}),
        (("a", "b"), {"version": 3}),
    ],
)
def test_what_is_wrong_with_a_package_is_seen_though_its_forms_are_known(
    known: Path, resources: tuple[str, ...], told: dict[str, Any]
) -> None:
    one = package(known, *map(resource, resources), **told)
    assert accepted(one) == peer(one)


@pytest.mark.parametrize(
    "told",
    [
        {"schema": {"fields": [{"name": "id", "type": "strange"}]}},
        {"encoding": 8},
        {"path": "../outside.csv"},
        {"schema": {"fields": FIELDS, "primaryKey": ["lost"]}},
        {"profile": "../outside.json"},
    ],
)
def test_a_form_that_is_new_is_judged(known: Path, told: dict[str, Any]) -> None:
    one = package(known, resource("a"), resource("b", **told))
    assert accepted(one) == peer(one)


def test_what_was_refused_is_not_remembered(known: Path) -> None:
    bad = package(known, resource("a"), resource("b", encoding=8))
    assert [accepted(bad), accepted(bad)] == [False, False]


CHANGES = {
    "nothing": ({}, False),
    "another delimiter": ({"dialect": {"delimiter": ";"}}, True),
    "a primary key as one text": ({"schema": {"fields": FIELDS, "primaryKey": "id"}}, True),
    "a property of the publisher's own": ({"shelf": "toys"}, False),
    "a scheme of its own": ({"scheme": "file"}, False),
}


@pytest.mark.parametrize("case", list(CHANGES))
def test_a_descriptor_that_frictionless_changes_is_judged_once_more(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    properties, is_changed = CHANGES[case]
    judged: list[bool] = []
    original = frictionless.Package.to_descriptor

    def noted(package: Any, *, validate: bool = False) -> Any:
        judged.append(validate)
        return original(package, validate=validate)

    monkeypatch.setattr(frictionless.Package, "to_descriptor", noted)
    oracle.ACCEPTED_FORMS.clear()
    assert accepted(package(tmp_path, resource("a", **properties)))
    assert any(judged) == is_changed
