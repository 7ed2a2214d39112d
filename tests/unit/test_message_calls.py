"""Does each call that makes a message give its template what it needs, and nothing more?"""

from __future__ import annotations

import ast
import re

import pytest

from evidencehub.messages import rendering
from tests.support.dataset_builder import PROJECT_ROOT


def list_calls() -> list[tuple[str, int, str, frozenset[str]]]:
    """Return file, line, message code and parameter names of each call with a literal code."""
    calls = []
    for path in sorted((PROJECT_ROOT / "evidencehub").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            if node.func.id != "make_message" or not isinstance(node.args[0], ast.Constant):
                continue
            if all(keyword.arg for keyword in node.keywords):
                names = frozenset(str(keyword.arg) for keyword in node.keywords)
                calls.append((path.name, node.lineno, str(node.args[0].value), names))
    return calls


CALLS = list_calls()


def test_there_are_calls() -> None:
    assert len(CALLS) > 10


@pytest.mark.parametrize("call", CALLS, ids=lambda call: f"{call[0]}:{call[2]}")
def test_a_call_gives_its_template_the_parameters_that_it_names(
    call: tuple[str, int, str, frozenset[str]],
) -> None:
    _, _, code, names = call
    template = rendering.TEMPLATES[code]
    assert names == frozenset(re.findall(r"\{(\w+)\}", template))
