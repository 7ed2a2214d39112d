"""Write docs/reference from the code: `python -m tests.support.reference_docs`.

Rules, commands, the database, the package and the code lists are described where they are
defined; these pages only print what stands there, so they cannot say something else.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import click
from click.testing import CliRunner

from evidencehub import codes
from evidencehub.check.rules import RULES
from evidencehub.check.rules.rule import Rule
from evidencehub.cli import cli
from evidencehub.model.vocabulary import ROLES, Concept
from evidencehub.serve.api.guide import PROBLEMS
from evidencehub.serve.api.items import FURTHER
from evidencehub.serve.api.resources import LIST_CODES, RESOURCES
from tests.spec.examples import APART, EXAMPLES
from tests.spec.words import (
    CODE_FILES,
    COLUMNS,
    EXAMPLE,
    HUB_OBJECTS,
    KINDS,
    OWN_KEYS,
    ROLE_OF,
    ROLE_WORDS,
    SUBJECTS,
    TABLES,
)
from tests.support.dataset import CODES, ROOT

REFERENCE = ROOT / "docs" / "reference"
MADE = "<!-- Written by `make docs` from the code. Change the code, not this page. -->"
_SEVERITY = {"error": "Must be fixed", "warning": "Worth a look"}
_CODE = re.compile(r'\w+ = "[^"]*"(, \w+ = "[^"]*")*|"\w+": .*["\]}]')


def pages() -> dict[str, str]:
    """Every page of docs/reference that is written from the code, by file name."""
    return {
        "rules.md": _page("Rules", rules()),
        "commands.md": _page("Commands", commands()),
        "database.md": _page("The database", database()),
        "package.md": _page("The package", package()),
        "codes.md": _page("Code lists", code_lists()),
        "api.md": _page("The API", api()),
        "hub.schema.json": _published("check", "hub.schema.json"),
    }


def _page(title: str, lines: Iterable[str]) -> str:
    return "\n".join([f"# {title}", "", MADE, "", *lines]).rstrip() + "\n"


def _published(package: str, name: str) -> str:
    return resources.files(f"evidencehub.{package}").joinpath(name).read_text("utf-8")


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    cells = [[cell.replace("|", "\\|").replace("\n", " ") for cell in line] for line in lines]
    return ["| " + " | ".join(line) + " |" for line in cells] + [""]


def rules() -> Iterator[str]:
    """Every rule: what it says, what to do, a bad and a good example."""
    yield "A dataset is published when it breaks no rule that must be kept."
    yield "A rule that is “worth a look” is told and stops nothing, unless `--strict` is given."
    yield "Each example is a change of one small made-up dataset, and each is also a test."
    yield ""
    for subject, title in SUBJECTS.items():
        found = [rule for rule in RULES if rule.name.partition("/")[0] == subject]
        if found:
            yield from ("## " + title, "")
        for rule in found:
            yield from _rule(rule)


def _rule(rule: Rule) -> Iterator[str]:
    bad, good = _examples(rule.name)
    yield from (f"### `{rule.name}`", "", f"{rule.says}", f"{_SEVERITY[rule.severity]}.", "")
    yield from (f"What to do: {rule.fix}", "")
    yield from (f"- Bad: {_code(bad)}", f"- Good: {_code(good)}", "")


def _examples(name: str) -> tuple[str, str]:
    said = {example.rule: (example.bad.says, example.good.says) for example in EXAMPLES}
    said |= {apart.rule: (apart.bad, apart.good) for apart in APART}
    return said.get(name, ("", ""))


def _code(says: str) -> str:
    return f"`{says}`" if _CODE.fullmatch(says) else says


def commands() -> Iterator[str]:
    """The help of every command, as the terminal shows it."""
    yield from ("Every command is a part of `build.py`.", "", *_help(()))
    for path in command_paths(cli):
        yield from (f"## {' '.join(path)}", "", *_help(path))


def command_paths(group: click.Group, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The names of every command, those inside a group too."""
    for name, command in sorted(group.commands.items()):
        if not command.hidden:
            yield (*above, name)
        if isinstance(command, click.Group):
            yield from command_paths(command, (*above, name))


def _help(path: Sequence[str]) -> Iterator[str]:
    run = CliRunner().invoke(
        cli, [*path, "--help"], prog_name="python build.py", terminal_width=88, color=False
    )
    assert run.exit_code == 0, run.output
    yield from ("```text", run.output.rstrip(), "```", "")


def loaded() -> sqlite3.Connection:
    """An empty database, as schema.sql and finish.sql make it."""
    db = sqlite3.connect(":memory:")
    db.executescript(_published("load", "schema.sql"))
    db.executescript(_published("load", "finish.sql"))
    return db


def relations(db: sqlite3.Connection) -> list[tuple[str, str, str]]:
    """Tables and views in the order in which they are made: name, kind, the SQL that made them."""
    rows = db.execute(
        "select m.name, l.type, m.sql from sqlite_master as m "
        "join pragma_table_list as l on l.name = m.name "
        "where l.schema = 'main' and l.type in ('table', 'view', 'virtual') "
        "and m.name not like 'sqlite_%' order by m.rowid"
    )
    return list(rows)


def database() -> Iterator[str]:
    """The data dictionary: tables, columns, keys, checks, views."""
    yield "The build writes one SQLite database, `hub.db`; it is never changed afterwards."
    yield "Each dataset can also be read as a view `dataset_NAME`, with labels and its own columns."
    yield "Codes are text, and empty text means “none”; null means “not known”."
    yield ""
    db = loaded()
    for name, kind, sql in relations(db):
        suffix = "" if kind == "table" else " (view)" if kind == "view" else " (search)"
        yield from (f"## `{name}`{suffix}", "", TABLES.get(name, ""), "")
        yield from _columns(db, name, is_view=kind != "table")
        yield from _constraints(db, name, sql if kind == "table" else "")
    db.close()


def _columns(db: sqlite3.Connection, table: str, *, is_view: bool) -> list[str]:
    found = db.execute(f"pragma table_info({table})").fetchall()
    words = column_words()
    if is_view:
        return _table(
            ["column", "what it holds"],
            [[f"`{name}`", words(table, name)] for _, name, *_ in found],
        )
    return _table(
        ["column", "type", "given", "what it holds"],
        [
            [f"`{name}`", kind.lower(), "always" if needed else "", words(table, name)]
            for _, name, kind, needed, _, _ in found
        ],
    )


def _constraints(db: sqlite3.Connection, table: str, sql: str) -> Iterator[str]:
    if not sql:
        return
    lines = [f"- Key: {_names(names)}." for names in _keys(db, table)]
    for (there, here), names in _references(db, table).items():
        lines.append(f"- {_names(names[0])} leads to `{there}` ({_names(names[1])}).")
        assert here is not None
    lines += [f"- Check: `{check}`." for check in checks(sql)]
    yield from [*lines, ""] if lines else []


def _keys(db: sqlite3.Connection, table: str) -> list[list[str]]:
    indexes = db.execute(f"pragma index_list({table})").fetchall()
    unique = sorted((row for row in indexes if row[2]), key=lambda row: (row[3] != "pk", row[1]))
    return [[r[2] for r in db.execute(f"pragma index_info({row[1]})")] for row in unique]


def _references(
    db: sqlite3.Connection, table: str
) -> dict[tuple[str, int], tuple[list[str], list[str]]]:
    found: dict[tuple[str, int], tuple[list[str], list[str]]] = {}
    rows = db.execute(f"pragma foreign_key_list({table})").fetchall()
    for number, _, there, here, to, *_ in sorted(rows, key=lambda row: (-row[0], row[1])):
        names = found.setdefault((there, number), ([], []))
        names[0].append(here)
        names[1].append(to or here)
    return found


def checks(sql: str) -> list[str]:
    """The conditions of every `check (…)` of a table, on one line each."""
    found = []
    for start in re.finditer(r"\bcheck \(", sql):
        depth, end = 1, start.end()
        while depth:
            depth += {"(": 1, ")": -1}.get(sql[end], 0)
            end += 1
        found.append(" ".join(sql[start.end() : end - 1].split()))
    return found


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def column_words() -> Callable[[str, str], str]:
    """What a column of a table holds: as the vocabulary, the schema or the code lists say it."""
    said = {
        table: {c.name: c.says for c in ROLES[role].values()} for table, role in ROLE_OF.items()
    }
    fields = {
        r["name"]: r["schema"]["fields"] for r in _json(CODES / "datapackage.json")["resources"]
    }
    for table, name in CODE_FILES.items():
        said[table] = {field["name"]: field["description"] for field in fields[name]}
    hub = json.loads(_published("check", "hub.schema.json"))["$defs"]["package"]["properties"]
    said["dataset"] = {name: told["description"] for name, told in hub.items()}

    def words(table: str, column: str) -> str:
        own = said.get(table, {})
        return own.get(OWN_KEYS.get((table, column), column)) or COLUMNS.get(column, "")

    return words


def _json(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def package() -> Iterator[str]:
    """The vocabulary of each role, and what the hub objects may say."""
    yield "A dataset is a folder with a `datapackage.json` of the Data Package standard, version 2."
    yield "What the hub needs to know beyond the standard stands in objects named `hub`."
    yield "A table that uses the column names below needs no `hub` object at all."
    yield "Editors can check a descriptor against [hub.schema.json](hub.schema.json)."
    yield ""
    for role, concepts in ROLES.items():
        yield from (f"## `{role}`", "", ROLE_WORDS[role], "")
        yield from _table(
            ["column", "what it holds", "read as", "code list", "when it is not given"],
            [_concept(concept) for concept in concepts.values()],
        )
    yield from _hub_objects()
    yield from (
        "## An example",
        "",
        "A table in a shape of its own, with two marks in its figures.",
    )
    yield from ("", "```json", json.dumps(EXAMPLE, ensure_ascii=False, indent=2), "```")


def _concept(concept: Concept) -> list[str]:
    listed = f"`{concept.codelist}`" if concept.codelist else ""
    absent = "error" if concept.required else ""
    if concept.default is not None:
        absent = f"`{concept.default}`" if concept.default else "none"
    return [f"`{concept.name}`", concept.says, concept.kind, listed, absent]


def _hub_objects() -> Iterator[str]:
    defined = json.loads(_published("check", "hub.schema.json"))["$defs"]
    for name, title in HUB_OBJECTS.items():
        yield from (f"## {title}", "", defined[name]["description"], "")
        yield from _properties(defined[name])
        yield from _inner(defined[name])


def _inner(told: Mapping[str, Any], above: str = "") -> Iterator[str]:
    """The objects inside a hub object, each under a heading of its own."""
    for key, one in told["properties"].items():
        inner = one.get("items", one)
        if "properties" in inner:
            yield from (f"### `{above}{key}`", "", *_properties(inner))
            yield from _inner(inner, f"{above}{key}.")


def _properties(told: Mapping[str, Any]) -> list[str]:
    alike: dict[tuple[str, str, str], list[str]] = {}
    for key, one in told["properties"].items():
        given = "always" if key in told.get("required", ()) else ""
        alike.setdefault((_kind(one), given, one.get("description", "")), []).append(key)
    return _table(
        ["key", "kind", "given", "what it says"],
        [[_names(keys), *about] for about, keys in alike.items()],
    )


def _kind(told: Mapping[str, Any]) -> str:
    if "$ref" in told:
        return KINDS[str(told["$ref"]).rsplit("/", 1)[-1]]
    if "enum" in told:
        return " or ".join(f"`{value}`" for value in told["enum"])
    if "anyOf" in told:
        return " or ".join(_kind(one) for one in told["anyOf"])
    if told.get("type") == "array":
        return f"list of {_kind(told.get('items', {}))}"
    return {"string": "text", "boolean": "true or false"}.get(told["type"], str(told["type"]))


def code_lists() -> Iterator[str]:
    """Every code list of the hub."""
    book = codes.read(CODES)
    yield "Every column of codes takes them from a list; lists are CSV files in `codes/`."
    yield "“Verified” says how a list is known: seen in its source, partly, from memory, or not."
    yield ""
    for kind in dict.fromkeys(found.kind for found in book.lists.values()):
        yield from (f"## {kind.capitalize()}", "")
        yield from _table(
            ["list", "title", "codes", "verified", "source"],
            [
                [f"`{name}`", found.title, str(len(found.codes)), found.verified, found.source_url]
                for name, found in book.lists.items()
                if found.kind == kind
            ],
        )


def api() -> Iterator[str]:
    """Every resource of the API with its filters and columns, and every refusal."""
    yield "`/openapi.json` says the same for machines, with every code of every list."
    yield "`/api` shows examples in curl, Python, R and JavaScript."
    for resource in (*RESOURCES.values(), LIST_CODES):
        name = resource.name if resource is not LIST_CODES else "codes/{list}"
        yield from ("", f"## `/api/v1/{name}`", "", f"{resource.title}.")
        if resource.item and resource.name in FURTHER:
            told = ", ".join(f"`{key}`" for key in FURTHER[resource.name])
            yield f"`/api/v1/{name}/{{id}}` gives a single one, and beside its columns {told}."
        filters = [one for one in resource.filters if resource is not LIST_CODES]
        if filters:
            yield from ("", "Filters:", "")
            yield from _table(
                ("parameter", "gives rows"), [(f"`{f.name}`", f.says) for f in filters]
            )
        yield from ("", "Columns:", "")
        columns = [(f"`{c.name}`", c.kind, c.says) for c in resource.columns]
        yield from _table(("column", "kind", "what it holds"), columns)
    yield from ("", "## Refusals", "", "In `problems` of an `application/problem+json`.", "")
    yield from _table(("code", "what it means"), [(f"`{k}`", v) for k, v in PROBLEMS.items()])


def write(folder: Path) -> None:
    """Write every page into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (folder / name).write_text(text, "utf-8")


if __name__ == "__main__":
    write(REFERENCE)
