"""Does each message get the parameters that its template takes? Some are needed only rarely.

Are the sentences of the checks in the catalogue, and not in the middle of the code?
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from string import Formatter

import pytest

from evidencehub.check.rules import RULES
from evidencehub.messages.rendering import TEMPLATES
from tests.architecture import house
from tests.support.dataset_builder import PROJECT_ROOT

PACKAGE = PROJECT_ROOT / "evidencehub"
MAKERS = (
    *("make_message", "make_violation", "make_descriptor_violation", "_add_problem"),
    *("make_problem", "make_http_error", "reject"),
)
"""What makes a message of a code, which stands before the named parameters."""


def list_fields(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}


def find_code(arguments: list[ast.expr]) -> str:
    """The code among the arguments, or nothing where it is not written there."""
    values = [argument.value for argument in arguments if isinstance(argument, ast.Constant)]
    codes = [value for value in values if isinstance(value, str) and "/" in value]
    return codes[0] if codes else ""


def list_calls() -> Iterator[tuple[str, str, set[str], bool]]:
    """The place, code and named parameters of each message, and whether others come with `**`."""
    for path in house.list_files(PACKAGE):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Call(ast.Name(maker) | ast.Attribute(attr=maker), words_before, words) if (
                    maker in MAKERS and (code := find_code(words_before))
                ):
                    names = {word.arg for word in words if word.arg}
                    is_open = any(word.arg is None for word in words)
                    yield f"{path.relative_to(PACKAGE)}:{node.lineno}", code, names, is_open


def test_a_message_gets_the_parameters_of_its_template() -> None:
    calls = list(list_calls())
    assert len(calls) > 230
    for place, code, names, is_open in calls:
        fields = list_fields(TEMPLATES[code]) | list_fields(TEMPLATES.get(f"{code}/fix", ""))
        assert names <= fields if is_open else names == fields, f"{place} {code}"


def test_a_condition_in_sql_gets_the_parameters_of_its_template() -> None:
    conditions = [condition for rule in RULES for condition in rule.conditions]
    assert len(conditions) > 20
    for condition in conditions:
        assert list_fields(condition.template) == condition.parameters.keys(), condition.template


CHECKING = ("check", "source", "normalise")
MAKES_PROBLEMS = ("source/", "normalise/", "check/frictionless_errors.py")


def test_a_problem_that_is_no_violation_has_advice() -> None:
    codes = [code for place, code, _, _ in list_calls() if place.startswith(MAKES_PROBLEMS)]
    assert len(codes) > 40
    assert [code for code in codes if f"{code}/fix" not in TEMPLATES] == []


DECLARED = ("Rule", "SqlCondition")  # what a row of the table of rules declares
REFUSED = ("HubError", "UsageError")  # not of a package, and best beside their raise


def list_sentences(node: ast.AST) -> Iterator[tuple[int, str]]:
    """The texts in code that end as a sentence does, other than docstrings and declared ones."""
    match node:
        case ast.Expr(ast.Constant()):
            return
        case ast.Assign([ast.Name(name)]) if name.endswith("_ADVICE"):
            return  # of several rows
        case ast.Call(ast.Name(name)) if name in (*DECLARED, *REFUSED):
            return
        case ast.JoinedStr() | ast.Constant(str()):
            text = ast.unparse(node).strip("f'\"")
            if " " in text and re.search(r"\S[.?]$", text):
                yield node.lineno, text
        case _:
            for child in ast.iter_child_nodes(node):
                yield from list_sentences(child)


def test_no_sentence_of_the_checks_is_written_in_the_middle_of_the_code() -> None:
    files = [path for folder in CHECKING for path in house.list_files(PACKAGE / folder)]
    assert len(files) > 30
    assert [
        f"{path.relative_to(PACKAGE)}:{line} {text}"
        for path in files
        for line, text in list_sentences(ast.parse(path.read_text("utf-8")))
    ] == []


@pytest.mark.parametrize(
    "code",
    [
        "yield Violation(file, row, 'value', f'The value {value} is negative.')",
        "message = 'The cell is empty.'\nyield Violation(file, row, 'value', message)",
        "Problem('values/required', f'“{text}” is empty', 'Enter a value.')",
        "make_problem(message, f'Did you mean {name}?')",
    ],
)
def test_a_sentence_beside_its_problem_is_seen(code: str) -> None:
    assert len(list(list_sentences(ast.parse(code)))) == 1
