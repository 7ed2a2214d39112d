"""Do imports point one way, do plugins stay thin and modules small, is nothing left open?"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.dataset_builder import PROJECT_ROOT

MODULES = [
    path
    for path in sorted((PROJECT_ROOT / "evidencehub").rglob("*.py"))
    if path.parent.name != "examples"
]
PLUGINS = sorted((PROJECT_ROOT / "plugins").glob("*.py"))
# jinja2 because Datasette hands its environment to plugins
ALLOWED_IN_PLUGINS = (
    "datasette",
    "jinja2",
    "evidencehub.api",
    "evidencehub.http",
    "evidencehub.messages",
    "evidencehub.protocols",
    "evidencehub.runtime",
    "evidencehub.store",
    "evidencehub.web",
    "evidencehub.domain",
    "evidencehub.errors",
)


def imported(path: Path) -> set[str]:
    tree = ast.parse(path.read_text("utf-8"))
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


def name(path: Path) -> str:
    return str(path.relative_to(PROJECT_ROOT))


def test_there_is_something_to_look_at() -> None:
    assert len(MODULES) > 20
    assert len(PLUGINS) >= 2


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_a_module_is_small_and_says_what_it_is_for(path: Path) -> None:
    text = path.read_text("utf-8")
    assert text.count("\n") <= 400
    assert ast.get_docstring(ast.parse(text))


@pytest.mark.parametrize("path", PLUGINS, ids=name)
def test_a_plugin_is_thin(path: Path) -> None:
    assert path.read_text("utf-8").count("\n") <= 80
    ours = {
        module
        for module in imported(path)
        if not module.startswith(ALLOWED_IN_PLUGINS)
        and module.split(".")[0] not in sys.stdlib_module_names
    }
    assert ours == set()


def test_build_py_calls_the_command_line_and_nothing_else() -> None:
    assert imported(PROJECT_ROOT / "build.py") == {"evidencehub.cli"}


def test_nothing_is_left_open() -> None:
    open_note = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    rules = (
        PROJECT_ROOT / "evidencehub/check/rules/wording.py"
    )  # it looks for such notes in packages
    left = [
        name(p) for p in MODULES + PLUGINS if p != rules and open_note.search(p.read_text("utf-8"))
    ]
    assert left == []


def test_an_unchanged_build_does_not_load_heavy_libraries() -> None:
    code = "import sys, evidencehub.cli; print([m for m in ('frictionless', 'pyarrow', 'datasette', 'apsw') if m in sys.modules])"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert loaded.stdout.strip() == "[]"


def test_no_committed_file_names_the_address_of_a_registry() -> None:
    locks = [*PROJECT_ROOT.glob("*.lock"), *(PROJECT_ROOT / "tests" / "clients").glob("*.lock")]
    assert len(locks) == 5
    assert [p.name for p in locks if "://" in p.read_text("utf-8")] == []
