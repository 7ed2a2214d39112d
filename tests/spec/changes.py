"""Small changes of the toy dataset, each with the words in which documentation tells it."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from evidencehub.domain.problem import CheckReport
from tests.support.dataset_builder import DatasetBuilder

Edit = Callable[[DatasetBuilder], Any]

HERE = "datapackage.json"
CLAIM = {
    "finding": "toy-finding",
    "measure": "ratio",
    "stated": "1.3",
    "indicator": "toy-repairs-rate",
    "area": "toy-repairs-places:X01",
    "period": "2024",
    "scheme": "toy-repairs-groups",
    "ethnicity": "A",
    "reference": "B",
    "inputs": "",
}
FINDING = {
    "id": "toy-finding",
    "statement": "Toys of Group A are mended more often than toys of Group B.",
    "type": "finding",
    "workstreams": "innovating-for-all",
    "certainty": "not-assessed",
    "groups_affected": "toy-repairs-groups:A",
    "superseded_by": "",
    "indicators": "toy-repairs-rate",
    "sources": "toy-report",
}
RECOMMENDATION = {
    "id": "toy-advice",
    "text": "Mend the toys of Group B too.",
    "workstreams": "innovating-for-all",
    "findings": "",
    "sources": "toy-report",
}
UPDATE = {
    "recommendation": "toy-advice",
    "date": "2025-06-30",
    "status": "accepted",
    "note": "The Toy Office has said yes.",
}


@dataclass(frozen=True, slots=True)
class Change:
    """What is different from the valid toy dataset, in words and as an edit of it."""

    says: str
    make: Edit


@cache
def report_on(change: Change) -> CheckReport:
    """The report on the toy dataset with a change; the same change is checked once."""
    with tempfile.TemporaryDirectory() as folder:
        toys = DatasetBuilder(Path(folder) / "toy-repairs")
        change.make(toys)
        return toys.check()


def also(says: str, *changes: Change) -> Change:
    """Several changes as one."""
    return Change(says, lambda toys: [change.make(toys) for change in changes])


def edit(says: str, make: Edit) -> Change:
    """A change that has words of its own."""
    return Change(says, make)


def cells(table: str, row: int, **found: str) -> Change:
    """Other cells in a row of a table, numbered as in the file: the first row of data is 2."""
    return Change(_as_cells(found), lambda toys: toys.tables[table][row - 2].update(found))


def rows(says: str, table: str, *found: Mapping[str, str]) -> Change:
    """Rows in place of those of a table; in `observations` only what is not as usual is given."""

    def make(toys: DatasetBuilder) -> None:
        whole = toys.build_observation if table == "observations" else dict
        toys.tables[table] = [whole(**row) for row in found]

    return Change(says, make)


def column(says: str, table: str, **cell: str) -> Change:
    """A column with the same cell in every row."""
    return Change(says, lambda toys: [row.update(cell) for row in toys.tables[table]])


def without_column(says: str, table: str, name: str) -> Change:
    """A table that lacks a column."""
    return Change(says, lambda toys: [row.pop(name) for row in toys.tables[table]])


def finding(**found: str) -> Change:
    """A findings.csv of one row."""
    row = {**FINDING, **found}
    return Change(_as_cells(found), lambda toys: toys.tables.update(findings=[row]))


def claimed_finding(
    claim: Mapping[str, str], *, subject: str = "toys of Group A"
) -> dict[str, str]:
    """A finding that says in its statement what a claim states."""
    words = {
        "ratio": "were mended {stated} times as often as toys of Group B",
        "difference": "had {stated} more mended for every 1,000 than toys of Group B",
        "numerator": "had {stated} that were mended",
        "denominator": "were {stated} in all",
    }
    said = words.get(claim["measure"], "had {stated} mended for every 1,000").format_map(claim)
    return {**FINDING, "statement": f"In {claim['period']} {subject} {said}."}


def claim(**found: str) -> Change:
    """A finding, and a claim of it."""

    def make(toys: DatasetBuilder) -> None:
        toys.tables["findings"] = [claimed_finding({**CLAIM, **found})]
        toys.tables["claims"] = [{**CLAIM, **found}]
        toys.field_overrides["claims"] = {"stated": {"type": "number"}}

    return Change(_as_cells(found), make)


def claimed(statement: str, **found: str) -> Change:
    """A finding with this statement, and a claim of it."""

    def make(toys: DatasetBuilder) -> None:
        claim(**found).make(toys)
        toys.tables["findings"][0]["statement"] = statement

    says = f"the finding says “{statement}”"
    return Change(f"{says}, and its claim has {_as_cells(found)}" if found else says, make)


def update(**found: str) -> Change:
    """A recommendation and an update about it."""

    def make(toys: DatasetBuilder) -> None:
        toys.tables["recommendations"] = [dict(RECOMMENDATION)]
        toys.tables["updates"] = [{**UPDATE, **found}]

    return Change(_as_cells(found), make)


QUESTION = {
    "id": "toy-question",
    "question": "Which toys are mended most often?",
    "topics": "medical-devices",
    "findings": "toy-finding",
    "not_known": "Why that is so.",
}


def question(**found: str) -> Change:
    """A questions.csv of one row, beside a finding."""
    row = {**QUESTION, **found}

    def make(toys: DatasetBuilder) -> None:
        toys.tables["findings"] = [dict(FINDING)]
        toys.tables["questions"] = [row]

    return Change(_as_cells(found), make)


def recommendation(**found: str) -> Change:
    """A recommendations.csv of one row."""
    row = {**RECOMMENDATION, **found}
    return Change(_as_cells(found), lambda toys: toys.tables.update(recommendations=[row]))


def said(**found: Any) -> Change:
    """Other properties of the descriptor; None takes one out."""
    return Change(_as_json(found, HERE), lambda toys: _put(toys.descriptor, found))


def hub(**found: Any) -> Change:
    """Other properties of the package's hub object; None takes one out."""
    says = _as_json(found, "the hub object", '"hub": {')
    return Change(says, lambda toys: _put(toys.descriptor["hub"], found))


def scheme(**found: Any) -> Change:
    """Other properties of the package's own scheme in hub.lists; None takes one out."""
    says = _as_json(found, "the entry of the scheme in hub.lists", '"hub": {"lists": [{')
    return Change(says, lambda toys: _put(toys.descriptor["hub"]["lists"][0], found))


def resource(table: str, **found: Any) -> Change:
    """Other properties of a resource."""
    says = f"the resource {table} has {{{_as_json(found)}}}"
    return Change(says, lambda toys: toys.resource_overrides.setdefault(table, {}).update(found))


def field(table: str, name: str, **found: Any) -> Change:
    """Other properties of a field of a schema."""
    says = f"the field {name} has {{{_as_json(found)}}}"
    return Change(
        says, lambda toys: toys.field_overrides.setdefault(table, {}).update({name: found})
    )


def schema(table: str, **found: Any) -> Change:
    """Other properties of the schema of a table, beside its fields."""

    def make(toys: DatasetBuilder) -> None:
        told = described(toys)
        next(r for r in told if r["name"] == table)["schema"].update(found)
        toys.descriptor["resources"] = told

    return Change(f"the schema of {table} has {{{_as_json(found)}}}", make)


def resources(says: str, change: Callable[[list[dict[str, Any]]], Any]) -> Change:
    """Other resources in the descriptor."""

    def make(toys: DatasetBuilder) -> None:
        told = described(toys)
        change(told)
        toys.descriptor["resources"] = told

    return Change(says, make)


def bytes_of(says: str, table: str, old: bytes, new: bytes) -> Change:
    """Other bytes in a file, at one place."""

    def make(toys: DatasetBuilder) -> None:
        found = (toys.write() / "data" / f"{table}.csv").read_bytes()
        assert found.count(old) >= 1
        toys.raw_files[table] = found.replace(old, new, 1)

    return Change(says, make)


def described(toys: DatasetBuilder) -> list[dict[str, Any]]:
    """The resources as the descriptor of the written folder names them."""
    found: list[dict[str, Any]] = json.loads(
        (toys.write() / "datapackage.json").read_text("utf-8")
    )["resources"]
    return found


def _put(target: dict[str, Any], found: Mapping[str, Any]) -> None:
    for name, value in found.items():
        if value is None:
            target.pop(name, None)
        else:
            target[name] = value


def _as_cells(found: Mapping[str, str]) -> str:
    return ", ".join(f'{name} = "{value}"' for name, value in found.items())


def _as_json(found: Mapping[str, Any], where: str = "", start: str = "") -> str:
    """Properties as they stand in the descriptor, after `start`; “no x in …” where they are out."""
    if None in found.values():
        return " and ".join(f'no "{name}"' for name in found) + f" in {where}"
    inner = ", ".join(f'"{n}": {json.dumps(v, ensure_ascii=False)}' for n, v in found.items())
    close = {"{": "}", "[": "]"}
    return start + inner + "".join(close.get(sign, "") for sign in reversed(start))
