"""Does each message get the parameters that its template takes? Some are needed only rarely."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from string import Formatter

from evidencehub.messages.rendering import TEMPLATES
from tests.architecture import house
from tests.support.dataset_builder import PROJECT_ROOT

PACKAGE = PROJECT_ROOT / "evidencehub"


def list_fields(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}


def list_calls() -> Iterator[tuple[str, str, set[str], bool]]:
    """The place, code and named parameters of each message, and whether others come with `**`."""
    for path in house.list_files(PACKAGE):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Call(ast.Name("make_message"), [ast.Constant(str(code))], keywords):
                    names = {keyword.arg for keyword in keywords if keyword.arg}
                    is_open = any(keyword.arg is None for keyword in keywords)
                    yield f"{path.relative_to(PACKAGE)}:{node.lineno}", code, names, is_open


def test_a_message_gets_the_parameters_of_its_template() -> None:
    calls = list(list_calls())
    assert len(calls) > 15
    for place, code, names, is_open in calls:
        fields = list_fields(TEMPLATES[code])
        assert names <= fields if is_open else names == fields, f"{place} {code}"
