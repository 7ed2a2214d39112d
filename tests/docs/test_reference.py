"""Is docs/reference what the code says, and does it say everything?"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema
import pytest

from evidencehub.check.rules import RULES
from evidencehub.cli import cli
from evidencehub.domain.concepts import CONCEPTS_BY_ROLE
from evidencehub.source.code_lists import read_code_book
from tests.spec.words import EXAMPLE
from tests.support import generated_docs
from tests.support.dataset_builder import CODE_FOLDER, DatasetBuilder

PAGES = generated_docs.render_pages()
SCHEMA: Mapping[str, Any] = json.loads(PAGES["hub.schema.json"])


def section(page: str, heading: str) -> str:
    """The part of a page under a heading, up to the next one of the same depth."""
    depth = heading.partition(" ")[0]
    start = PAGES[page].index(f"\n{heading}\n") + len(heading) + 2
    return re.split(rf"\n#{{1,{len(depth)}}} ", PAGES[page][start:])[0]


@pytest.mark.parametrize("name", list(PAGES))
def test_a_page_is_what_the_code_says_now(name: str) -> None:
    written = generated_docs.REFERENCE_FOLDER / name
    assert written.read_text("utf-8") == PAGES[name], "Run `make docs`."


def test_every_rule_is_described_with_both_its_examples() -> None:
    for rule in RULES:
        told = section("rules.md", f"### `{rule.name}`")
        assert rule.requirement in told
        assert rule.fix in told
        assert re.search(r"^- Bad: .+\n- Good: .+$", told, re.MULTILINE)


def test_every_command_and_option_is_described() -> None:
    paths = list(generated_docs.list_command_paths(cli))
    assert len(paths) >= 3
    for path in paths:
        told = section("commands.md", f"## {' '.join(path)}")
        command: Any = cli
        for name in path:
            command = command.commands[name]
        options = [option for param in command.params for option in param.opts]
        assert [
            option for option in options if option.startswith("--") and option not in told
        ] == []


def test_every_table_and_column_is_described() -> None:
    db = generated_docs.create_empty_database()
    relations = generated_docs.list_relations(db)
    assert len(relations) > 25
    empty = []
    for name, _, _ in relations:
        (heading,) = re.findall(rf"\n(## `{name}`.*)\n", PAGES["database.md"])
        told = section("database.md", heading)
        assert told.split("\n")[1], f"Say in tests/spec/words.py what {name} holds."
        for _, column, *_ in db.execute(f"pragma table_info({name})"):
            (line,) = re.findall(rf"^\| `{column}` \|.*$", told, re.MULTILINE)
            if line.endswith("|  |"):
                empty.append(f"{name}.{column}")
    db.close()
    assert empty == []


def test_every_check_of_a_table_is_described() -> None:
    db = generated_docs.create_empty_database()
    for name, _, sql in generated_docs.list_relations(db):
        for check in generated_docs.list_check_conditions(sql):
            assert check in section("database.md", f"## `{name}`")
    db.close()


def test_every_column_of_the_vocabulary_is_described() -> None:
    for role, concepts in CONCEPTS_BY_ROLE.items():
        told = section("package.md", f"## `{role}`")
        for name, concept in concepts.items():
            assert f"| `{name}` | {concept.description} |" in told


def keys(told: Mapping[str, Any]) -> Iterator[str]:
    for name, one in told.get("properties", {}).items():
        yield name
        yield from keys(one.get("items", one))


@pytest.mark.parametrize("name", ["package", "list", "resource", "field"])
def test_every_key_of_a_hub_object_is_described(name: str) -> None:
    told = section("package.md", f"## {generated_docs.HUB_OBJECTS[name]}")
    found = list(keys(SCHEMA["$defs"][name]))
    assert found
    assert [key for key in found if f"`{key}`" not in told] == []


def test_the_example_is_valid_against_the_schema() -> None:
    (text,) = re.findall(r"```json\n(.*?)\n```", PAGES["package.md"], re.DOTALL)
    assert list(jsonschema.Draft202012Validator(SCHEMA).iter_errors(json.loads(text))) == []


ROWS = """\
year,place,group,mended_per_1000,mended,owner
2023-24,GB,All toys,n/a,,child
2023-24,GB,Group A,12.5,100,child
2023-24,GB,Group B,*,,child
2023-24,GB,Not known,n/a,,child
2023-24,GB,Group B,3,10,shop
"""


def test_the_example_passes_the_gate_with_a_table_of_its_shape(dataset: DatasetBuilder) -> None:
    (repairs,) = EXAMPLE["resources"]
    del dataset.tables["observations"]
    dataset.tables["repairs"] = list(csv.DictReader(io.StringIO(ROWS)))
    dataset.field_overrides["repairs"] = {
        field["name"]: field for field in repairs["schema"]["fields"]
    }
    dataset.resource_overrides["repairs"] = {"hub": repairs["hub"]}
    report = dataset.check()
    assert report.problems == []


def test_every_code_list_is_described() -> None:
    lists = read_code_book(CODE_FOLDER).lists
    assert len(lists) > 40
    for name, found in lists.items():
        assert (
            f"| `{name}` | {found.title.replace('|', '')} | {len(found.codes)} |"
            in PAGES["codes.md"]
        )
