"""Do pages choose and templates only write: no SQL in the web, no logic in a template?"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from evidencehub.web.views import time_axis
from tests.support.dataset_builder import PROJECT_ROOT

WEB = PROJECT_ROOT / "evidencehub" / "web"
TEMPLATES = PROJECT_ROOT / "templates"
SQL_QUERY = re.compile(r"\bselect\b.+\bfrom\b", re.DOTALL | re.IGNORECASE)
MAX_TEMPLATE_LINE = 120
MAX_MODULES_TO_VIEW_MODEL = 8
CODE_COMPARISON = re.compile(r"""\{%-?\s*(?:if|elif|for)\b[^%]*?[!=]=\s*["'][^"']+["']""")

TEMPLATES_WITH_VIEW_MODEL = (
    "_figures.html",
    "_latest.html",
    "chart.svg",
    "compare.html",
    "embed.html",
    "group.html",
    "groups.html",
    "indicator.html",
    "place.html",
    "places.html",
    "share.svg",
)


def has_sql(path: Path) -> bool:
    """Return whether a string of a module, with f-strings joined, is a query."""
    tree = ast.parse(path.read_text("utf-8"))
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    texts = []
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = [part.value for part in node.values if isinstance(part, ast.Constant)]
            texts.append(" ".join(map(str, parts)))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            texts += [] if id(node) in docstrings else [node.value]
    return any(SQL_QUERY.search(text) for text in texts)


def test_no_web_module_holds_sql() -> None:
    assert [path for path in sorted(WEB.rglob("*.py")) if has_sql(path)] == []


def test_sql_in_a_module_is_seen() -> None:
    assert has_sql(PROJECT_ROOT / "evidencehub" / "store" / "spreadsheets.py")


def find_web_imports(path: Path) -> set[Path]:
    """Return the modules of pages, views and store that a module imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.ImportFrom) or not node.module:
            continue
        for name in (node.module, *(f"{node.module}.{alias.name}" for alias in node.names)):
            module = PROJECT_ROOT / (name.replace(".", "/") + ".py")
            if module.parent in (WEB / "pages", WEB / "views", PROJECT_ROOT / "evidencehub/store"):
                found |= {module} if module.is_file() else set()
    return found


def count_longest_chain(path: Path) -> int:
    return 1 + max((count_longest_chain(other) for other in find_web_imports(path)), default=0)


def test_an_indicator_is_few_modules_away_from_its_route() -> None:
    page = WEB / "pages" / "indicators.py"
    assert find_web_imports(page)
    assert 1 + count_longest_chain(page) <= MAX_MODULES_TO_VIEW_MODEL  # 1 is the table of routes


@pytest.mark.parametrize("name", TEMPLATES_WITH_VIEW_MODEL)
def test_a_template_gets_ready_words(name: str) -> None:
    text = (TEMPLATES / name).read_text("utf-8")
    assert [line for line in text.splitlines() if len(line) > MAX_TEMPLATE_LINE] == []
    assert CODE_COMPARISON.findall(text) == []


CLASS_IN_SELECTOR = re.compile(r"\.(-?[a-z][\w-]*)")
CLASS_IN_MARKUP = re.compile(r"""(?:class|class_|className) ?= ?["']([^"']*)["']""")


def list_styled_classes(stylesheet: str) -> set[str]:
    rules = re.sub(r"/\*.*?\*/", "", stylesheet, flags=re.DOTALL)
    selectors = re.findall(r"[^{}]+(?=\{)", rules)
    return {name for selector in selectors for name in CLASS_IN_SELECTOR.findall(selector)}


def list_drawn_classes() -> set[str]:
    """Return the words of class attributes, and every word that a chart has as a text."""
    markup = [*TEMPLATES.iterdir(), PROJECT_ROOT / "static" / "hub.js"]
    names = {
        name
        for path in markup
        for value in CLASS_IN_MARKUP.findall(path.read_text("utf-8"))
        for name in re.findall(r"[a-z][\w-]*", value)
    }
    for path in (WEB / "charts").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                names |= set(node.value.split())
    return names | set(time_axis.STYLES)


@pytest.mark.parametrize("name", ["hub.css", "tables.css"])
def test_no_rule_is_for_a_class_that_nothing_has(name: str) -> None:
    stylesheet = (PROJECT_ROOT / "static" / name).read_text("utf-8")
    assert list_styled_classes(stylesheet) - list_drawn_classes() == set()


def test_a_rule_for_a_class_that_nothing_has_is_seen() -> None:
    styled = list_styled_classes("/* .old */ .cards .toy-box > p { line-height: 1.5 }")
    assert styled - list_drawn_classes() == {"toy-box"}
