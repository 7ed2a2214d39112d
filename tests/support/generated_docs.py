"""Write docs/reference and the picture of the packages: `python -m tests.support.generated_docs`.

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

from evidencehub.check.definition import Rule
from evidencehub.check.rules import RULES
from evidencehub.cli import cli
from evidencehub.crosswalk.comparability import ANSWER_RATIONALES, NOT_ASSESSED
from evidencehub.crosswalk.comparability_rules import RULES as RULES_OF_COMPARABILITY
from evidencehub.domain.concepts import CONCEPTS_BY_ROLE, INPUT_CONCEPTS, Concept
from evidencehub.load.schema import build_finish_sql, build_schema_sql
from evidencehub.source.code_lists import read_code_book
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
from tests.support import architecture_picture
from tests.support.api_reference import render_api
from tests.support.dataset_builder import CODE_FOLDER, PROJECT_ROOT

REFERENCE_FOLDER = PROJECT_ROOT / "docs" / "reference"
GENERATED_NOTICE = "<!-- Written by `make docs` from the code. Change the code, not this page. -->"
_SEVERITY_LABELS = {"error": "Severity: error", "warning": "Severity: warning"}
_LOOKS_LIKE_CODE = re.compile(r'\w+ = "[^"]*"(, \w+ = "[^"]*")*|"\w+": .*["\]}]')


def render_pages() -> dict[str, str]:
    """Every page of docs/reference that is written from the code, by file name."""
    return {
        "rules.md": _render_page("Rules", render_rules()),
        "commands.md": _render_page("Commands", render_commands()),
        "database.md": _render_page("The database", render_database()),
        "package.md": _render_page("The package", render_package()),
        "codes.md": _render_page("Code lists", render_code_lists()),
        "api.md": _render_page("The API", render_api()),
        "comparability.md": _render_page("What may be compared", render_comparability()),
        "hub.schema.json": _read_package_file("check", "hub.schema.json"),
    }


def _render_page(title: str, lines: Iterable[str]) -> str:
    return "\n".join([f"# {title}", "", GENERATED_NOTICE, "", *lines]).rstrip() + "\n"


def _read_package_file(package: str, name: str) -> str:
    return resources.files(f"evidencehub.{package}").joinpath(name).read_text("utf-8")


def _render_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    cells = [
        [cell.replace("|", "\\|").replace("\n", " ") for cell in table_line] for table_line in lines
    ]
    return ["| " + " | ".join(table_line) + " |" for table_line in cells] + [""]


def render_rules() -> Iterator[str]:
    """Every rule: what it says, what to do, a bad and a good example."""
    yield "A dataset is published only if it has no errors."
    yield "A warning is reported but does not stop publication, unless you use `--strict`."
    yield "Each example is a change to a small made-up dataset, and is also an automated test."
    yield ""
    for subject, title in SUBJECTS.items():
        subject_rules = [rule for rule in RULES if rule.name.partition("/")[0] == subject]
        if subject_rules:
            yield from ("## " + title, "")
        for rule in subject_rules:
            yield from _render_rule(rule)


def _render_rule(rule: Rule) -> Iterator[str]:
    bad, good = _find_examples(rule.name)
    yield from (
        f"### `{rule.name}`",
        "",
        f"{rule.requirement}",
        f"{_SEVERITY_LABELS[rule.severity]}.",
        "",
    )
    yield from (f"What to do: {rule.fix}", "")
    yield from (f"- Bad: {_format_code(bad)}", f"- Good: {_format_code(good)}", "")


def _find_examples(name: str) -> tuple[str, str]:
    examples_by_rule = {example.rule: (example.bad.says, example.good.says) for example in EXAMPLES}
    examples_by_rule |= {
        example_pair.rule: (example_pair.bad, example_pair.good) for example_pair in APART
    }
    return examples_by_rule.get(name, ("", ""))


def _format_code(example: str) -> str:
    return f"`{example}`" if _LOOKS_LIKE_CODE.fullmatch(example) else example


def render_commands() -> Iterator[str]:
    """The help of every command, as the terminal shows it."""
    yield from ("Every command is a part of `build.py`.", "", *_render_help(()))
    for path in list_command_paths(cli):
        yield from (f"## {' '.join(path)}", "", *_render_help(path))


def list_command_paths(
    group: click.Group, parent_path: tuple[str, ...] = ()
) -> Iterator[tuple[str, ...]]:
    """The names of every command, those inside a group too."""
    for name, command in sorted(group.commands.items()):
        if not command.hidden:
            yield (*parent_path, name)
        if isinstance(command, click.Group):
            yield from list_command_paths(command, (*parent_path, name))


def _render_help(path: Sequence[str]) -> Iterator[str]:
    run = CliRunner().invoke(
        cli, [*path, "--help"], prog_name="python build.py", terminal_width=88, color=False
    )
    assert run.exit_code == 0, run.output
    yield from ("```text", run.output.rstrip(), "```", "")


def create_empty_database() -> sqlite3.Connection:
    """An empty database, as a build makes it."""
    db = sqlite3.connect(":memory:")
    db.executescript(build_schema_sql())
    db.executescript(build_finish_sql())
    return db


def list_relations(db: sqlite3.Connection) -> list[tuple[str, str, str]]:
    """Tables and views in the order in which they are made: name, kind, the SQL that made them."""
    rows = db.execute(
        "select m.name, l.type, m.sql from sqlite_master as m "
        "join pragma_table_list as l on l.name = m.name "
        "where l.schema = 'main' and l.type in ('table', 'view', 'virtual') "
        "and m.name not like 'sqlite_%' order by m.rowid"
    )
    return list(rows)


def render_database() -> Iterator[str]:
    """The data dictionary: tables, columns, keys, checks, views."""
    yield "The build writes one SQLite database, `hub.db`; it is never changed afterwards."
    yield "Each dataset can also be read as a view `dataset_NAME`, with labels and its own columns."
    yield "Codes are text, and empty text means “none”; null means “not known”."
    yield ""
    db = create_empty_database()
    for name, kind, sql in list_relations(db):
        suffix = "" if kind == "table" else " (view)" if kind == "view" else " (search)"
        yield from (f"## `{name}`{suffix}", "", TABLES.get(name, ""), "")
        yield from _render_columns(db, name, is_view=kind != "table")
        yield from _render_constraints(db, name, sql if kind == "table" else "")
    db.close()


def _render_columns(db: sqlite3.Connection, table: str, *, is_view: bool) -> list[str]:
    column_info = db.execute(f"pragma table_info({table})").fetchall()
    describe_column = create_column_describer()
    if is_view:
        return _render_table(
            ["column", "what it holds"],
            [[f"`{name}`", describe_column(table, name)] for _, name, *_ in column_info],
        )
    return _render_table(
        ["column", "type", "given", "what it holds"],
        [
            [
                f"`{name}`",
                kind.lower(),
                "always" if is_required else "",
                describe_column(table, name),
            ]
            for _, name, kind, is_required, _, _ in column_info
        ],
    )


def _render_constraints(db: sqlite3.Connection, table: str, sql: str) -> Iterator[str]:
    if not sql:
        return
    lines = [f"- Key: {_format_names(names)}." for names in _list_unique_keys(db, table)]
    for (target_table, source_columns), names in _list_foreign_keys(db, table).items():
        lines.append(
            f"- {_format_names(names[0])} leads to `{target_table}` ({_format_names(names[1])})."
        )
        assert source_columns is not None
    lines += [f"- Check: `{check}`." for check in list_check_conditions(sql)]
    yield from [*lines, ""] if lines else []


def _list_unique_keys(db: sqlite3.Connection, table: str) -> list[list[str]]:
    indexes = db.execute(f"pragma index_list({table})").fetchall()
    unique = sorted((row for row in indexes if row[2]), key=lambda row: (row[3] != "pk", row[1]))
    return [[r[2] for r in db.execute(f"pragma index_info({row[1]})")] for row in unique]


def _list_foreign_keys(
    db: sqlite3.Connection, table: str
) -> dict[tuple[str, int], tuple[list[str], list[str]]]:
    keys_by_reference: dict[tuple[str, int], tuple[list[str], list[str]]] = {}
    rows = db.execute(f"pragma foreign_key_list({table})").fetchall()
    for number, _, target_table, source_column, target_column, *_ in sorted(
        rows, key=lambda row: (-row[0], row[1])
    ):
        names = keys_by_reference.setdefault((target_table, number), ([], []))
        names[0].append(source_column)
        names[1].append(target_column or source_column)
    return keys_by_reference


def list_check_conditions(sql: str) -> list[str]:
    """The conditions of every `check (…)` of a table, on one line each."""
    conditions = []
    for start in re.finditer(r"\bcheck \(", sql):
        depth, end = 1, start.end()
        while depth:
            depth += {"(": 1, ")": -1}.get(sql[end], 0)
            end += 1
        conditions.append(" ".join(sql[start.end() : end - 1].split()))
    return conditions


def _format_names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def create_column_describer() -> Callable[[str, str], str]:
    """What a column of a table holds: as the vocabulary, the schema or the code lists say it."""
    descriptions = {
        table: {c.name: c.description for c in CONCEPTS_BY_ROLE[role].values()}
        for table, role in ROLE_OF.items()
    }
    fields = {
        r["name"]: r["schema"]["fields"]
        for r in _read_json(CODE_FOLDER / "datapackage.json")["resources"]
    }
    for table, name in CODE_FILES.items():
        descriptions[table] = {field["name"]: field["description"] for field in fields[name]}
    hub = json.loads(_read_package_file("check", "hub.schema.json"))["$defs"]["package"][
        "properties"
    ]
    descriptions["dataset"] = {
        name: property_schema["description"] for name, property_schema in hub.items()
    }

    def words(table: str, column: str) -> str:
        column_descriptions = descriptions.get(table, {})
        return column_descriptions.get(OWN_KEYS.get((table, column), column)) or COLUMNS.get(
            column, ""
        )

    return words


def _read_json(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def render_package() -> Iterator[str]:
    """The vocabulary of each role, and what the hub objects may say."""
    yield "A dataset is a folder with a `datapackage.json` of the Data Package standard, version 2."
    yield "What the hub needs to know beyond the standard stands in objects named `hub`."
    yield "A table that uses the column names below needs no `hub` object at all."
    yield "Editors can check a descriptor against [hub.schema.json](hub.schema.json)."
    yield ""
    for role, concepts in CONCEPTS_BY_ROLE.items():
        yield from (f"## `{role}`", "", ROLE_WORDS[role], "")
        yield from _render_table(
            ["column", "what it holds", "read as", "code list", "when it is not given"],
            [_build_concept_row(concept) for concept in concepts.values()],
        )
        if role in INPUT_CONCEPTS:
            yield from ("Read, and not kept as they stand:", "")
            inputs = INPUT_CONCEPTS[role].values()
            yield from _render_table(
                ["concept", "what it holds"],
                [[f"`{concept.name}`", concept.description] for concept in inputs],
            )
    yield from _render_hub_objects()
    yield from (
        "## An example",
        "",
        "A table in a shape of its own, with two marks in its figures.",
    )
    yield from ("", "```json", json.dumps(EXAMPLE, ensure_ascii=False, indent=2), "```")


def _build_concept_row(concept: Concept) -> list[str]:
    code_list_name = f"`{concept.codelist}`" if concept.codelist else ""
    default_text = "error" if concept.required else ""
    if concept.default is not None:
        default_text = f"`{concept.default}`" if concept.default else "none"
    return [
        f"`{concept.name}`",
        concept.description,
        concept.cell_type,
        code_list_name,
        default_text,
    ]


def _render_hub_objects() -> Iterator[str]:
    defined = json.loads(_read_package_file("check", "hub.schema.json"))["$defs"]
    for name, title in HUB_OBJECTS.items():
        yield from (f"## {title}", "", defined[name]["description"], "")
        yield from _render_property_table(defined[name])
        yield from _render_inner_objects(defined[name])


def _render_inner_objects(schema: Mapping[str, Any], parent_path: str = "") -> Iterator[str]:
    """The objects inside a hub object, each under a heading of its own."""
    for key, property_schema in schema["properties"].items():
        inner = property_schema.get("items", property_schema)
        if "properties" in inner:
            yield from (f"### `{parent_path}{key}`", "", *_render_property_table(inner))
            yield from _render_inner_objects(inner, f"{parent_path}{key}.")


def _render_property_table(schema: Mapping[str, Any]) -> list[str]:
    keys_by_description: dict[tuple[str, str, str], list[str]] = {}
    for key, property_schema in schema["properties"].items():
        presence = "always" if key in schema.get("required", ()) else ""
        if key in schema.get("else", {}).get("required", ()):
            presence = "to be published"
        keys_by_description.setdefault(
            (_describe_type(property_schema), presence, property_schema.get("description", "")), []
        ).append(key)
    return _render_table(
        ["key", "kind", "given", "what it says"],
        [
            [_format_names(keys), *description_cells]
            for description_cells, keys in keys_by_description.items()
        ],
    )


def _describe_type(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return KINDS[str(schema["$ref"]).rsplit("/", 1)[-1]]
    if "enum" in schema:
        return " or ".join(f"`{value}`" for value in schema["enum"])
    if "anyOf" in schema:
        return " or ".join(_describe_type(alternative) for alternative in schema["anyOf"])
    if schema.get("type") == "array":
        return f"list of {_describe_type(schema.get('items', {}))}"
    return {"string": "text", "boolean": "true or false"}.get(schema["type"], str(schema["type"]))


def render_code_lists() -> Iterator[str]:
    """Every code list of the hub."""
    book = read_code_book(CODE_FOLDER)
    yield "Every column of codes takes them from a list; lists are CSV files in `codes/`."
    yield "“Verified” says how a list is known: seen in its source, partly, from memory, or not."
    yield ""
    for kind in dict.fromkeys(code_list.kind for code_list in book.lists.values()):
        yield from (f"## {kind.capitalize()}", "")
        yield from _render_table(
            ["list", "title", "codes", "verified", "source"],
            [
                [
                    f"`{name}`",
                    code_list.title,
                    str(len(code_list.codes)),
                    code_list.verified,
                    code_list.source_url,
                ]
                for name, code_list in book.lists.items()
                if code_list.kind == kind
            ],
        )


def render_comparability() -> Iterator[str]:
    """Every reason of the comparability assessment: what it means for values and gaps, and why."""
    yield "The API assesses all rows of an answer, whatever its page and format."
    yield "`refuse` means that the rows would mislead, set beside each other."
    yield "`caution` means that they may stand side by side if the difference is said."
    yield "Values are the rows of `observations`."
    yield "Gaps are the rows of `gaps`, `inequality` and `compare`; each measure is compared with itself."
    yield "[Decision 0033](../decisions/0033-gaps-beside-gaps.md) says how this was settled."
    yield ""
    rows = [
        (rule.name, rule.values_level, rule.gaps_level, rule.rationale)
        for rule in RULES_OF_COMPARABILITY
    ]
    for name, rationale in ANSWER_RATIONALES.items():
        level = "refuse" if name == NOT_ASSESSED else "caution"
        rows.append((name, level, level, rationale))
    yield from _render_table(
        ("code", "values", "gaps", "why"),
        [
            (f"`{name}`", *(level.replace("ok", "–") for level in levels), why)
            for name, *levels, why in rows
        ],
    )


def write_pages(folder: Path) -> None:
    """Write every page into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in render_pages().items():
        (folder / name).write_text(text, "utf-8")


if __name__ == "__main__":
    write_pages(REFERENCE_FOLDER)
    architecture_picture.write_picture()
