"""Measure the code as a whole: `python -m tests.architecture.house [FOLDER …]` prints one table.

Every number is counted the same way for any folder of Python, so that it can be compared with
other projects, or with an earlier commit.
"""

from __future__ import annotations

import ast
import io
import re
import statistics
import sys
import tokenize
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support.dataset_builder import PROJECT_ROOT

COMPLEX = 11  # decisions and one: from here radon grades a function C or worse
LONG_FUNCTION = 50  # lines
_NOT_CODE = (
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENCODING,
    tokenize.ENDMARKER,
)
Function = ast.FunctionDef | ast.AsyncFunctionDef
Definition = Function | ast.ClassDef


@dataclass(frozen=True)
class MeasuredFunction:
    """A function, closures too: where it is, its lines and its cyclomatic complexity."""

    place: str
    name: str
    lines: int
    complexity: int


@dataclass(frozen=True)
class Module:
    """What was counted in one file."""

    path: Path
    lines: int
    code_lines: int
    statements: int
    comments: int
    functions: Sequence[MeasuredFunction]
    public: int  # modules, classes and functions that others may use
    documented: int  # those of them that have a docstring


@dataclass(frozen=True)
class House:
    """What was counted in all files of a folder."""

    modules: Sequence[Module]

    @property
    def functions(self) -> list[MeasuredFunction]:
        return [function for module in self.modules for function in module.functions]

    @property
    def code_lines(self) -> int:
        return sum(module.code_lines for module in self.modules)

    @property
    def statements(self) -> int:
        """The statements, however many lines the formatter gives them."""
        return sum(module.statements for module in self.modules)

    @property
    def complex_functions(self) -> list[MeasuredFunction]:
        """The functions that radon would grade C or worse, the most complex first."""
        graded = [f for f in self.functions if f.complexity >= COMPLEX]
        return sorted(graded, key=lambda f: (-f.complexity, f.place, f.name))

    @property
    def complex_share(self) -> float:
        return len(self.complex_functions) / len(self.functions)

    @property
    def documented_share(self) -> float:
        return sum(m.documented for m in self.modules) / sum(m.public for m in self.modules)


def list_files(folder: Path) -> list[Path]:
    """The Python files of a folder; the API's examples for readers are not code of the hub."""
    return [path for path in sorted(folder.rglob("*.py")) if path.parent.name != "examples"]


def measure(folder: Path) -> House:
    """Return what is counted in a folder."""
    return House([measure_module(path) for path in list_files(folder)])


def measure_module(path: Path) -> Module:
    """Return what is counted in a file."""
    text = path.read_text("utf-8")
    tree = ast.parse(text)
    tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    public = [tree, *list_public(tree.body)]
    return Module(
        path,
        text.count("\n"),
        len(find_code_lines(tree, tokens)),
        sum(isinstance(node, ast.stmt) and not is_text(node) for node in ast.walk(tree)),
        sum(token.type == tokenize.COMMENT for token in tokens),
        [
            MeasuredFunction(
                str(path), node.name, count_lines(node), 1 + sum(map(count_decisions, node.body))
            )
            for node in ast.walk(tree)
            if isinstance(node, Function)
        ],
        len(public),
        sum(ast.get_docstring(node) is not None for node in public),
    )


def find_code_lines(tree: ast.Module, tokens: Iterable[tokenize.TokenInfo]) -> set[int]:
    """The lines that hold code: no blank line, no comment, no text that stands by itself."""
    lines = {
        line
        for token in tokens
        if token.type not in _NOT_CODE
        for line in range(token.start[0], token.end[0] + 1)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and is_text(node):
            lines -= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return lines


def is_text(node: ast.AST) -> bool:
    """True for a docstring, or for another text that stands by itself."""
    if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Constant):
        return False
    return isinstance(node.value.value, str)


def list_public(body: Iterable[ast.stmt]) -> Iterator[Definition]:
    """The classes and functions, methods too, whose names do not begin with an underscore."""
    for node in body:
        if isinstance(node, Definition) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from list_public(node.body)


def count_lines(node: Function) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def count_decisions(node: ast.AST) -> int:
    """The decisions in a node as radon counts them; a function within it counts by itself."""
    if isinstance(node, Definition):
        return 0
    inner = sum(count_decisions(child) for child in ast.iter_child_nodes(node))
    match node:
        case ast.If() | ast.IfExp() | ast.Assert():
            return inner + 1
        case ast.For() | ast.AsyncFor() | ast.While():
            return inner + 1 + bool(node.orelse)
        case ast.Try() | ast.TryStar():
            return inner + len(node.handlers) + bool(node.orelse)
        case ast.BoolOp():
            return inner + len(node.values) - 1
        case ast.comprehension():
            return inner + 1 + len(node.ifs)
        case ast.Match():
            return inner + sum(not is_catch_all(case) for case in node.cases)
    return inner


def is_catch_all(case: ast.match_case) -> bool:
    return isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None


def list_bindings(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """The line and name of everything that a module gives a name to."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.lineno, node.name
            case ast.arg():
                yield node.lineno, node.arg
            case ast.Name(ctx=ast.Store()):
                yield node.lineno, node.id
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                yield node.lineno, name
            case ast.ExceptHandler(name=str(name)):
                yield node.lineno, name
            case ast.alias(asname=str(name)):
                yield node.lineno, name
            case ast.Attribute(ctx=ast.Store(), attr=name):
                yield node.lineno, name


def list_words(name: str) -> list[str]:
    """The words of a name in snake case or camel case, in small letters."""
    return [word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+", name)]


def render_row(title: str, house: House) -> list[str]:
    """The cells of the table for one folder."""
    lengths = sorted(module.lines for module in house.modules)
    sizes = [function.lines for function in house.functions]
    long_share = sum(size > LONG_FUNCTION for size in sizes) / len(sizes)
    total = sum(lengths)
    return [
        title,
        str(len(house.modules)),
        f"{total:,}",
        f"{house.code_lines:,}",
        f"{house.statements:,}",
        f"{statistics.median(lengths):.0f} / {lengths[int(len(lengths) * 0.9)]} / {lengths[-1]}",
        f"{statistics.median(sizes):.0f} / {statistics.mean(sizes):.1f} / {long_share:.1%}",
        f"{len(house.complex_functions)} ({house.complex_share:.1%})",
        f"{100 * sum(m.comments for m in house.modules) / total:.1f}",
        f"{house.documented_share:.0%}",
    ]


def render_table(folders: Sequence[Path]) -> str:
    """The table of all folders, and the functions of grade C or worse."""
    head = [
        "folder",
        "files",
        "lines",
        "code lines",
        "statements",
        "module median / p90 / max",
        "function median / mean / > 50 lines",
        "grade C or worse",
        "comments per 100 lines",
        "public docstrings",
    ]
    houses = [(folder, measure(folder)) for folder in folders]
    rows = [head, ["---"] * len(head)]
    rows += [render_row(folder.name, house) for folder, house in houses]
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    for _, house in houses:
        lines += [f"{f.complexity:3} {f.place} {f.name}" for f in house.complex_functions]
    return "\n".join(lines)


if __name__ == "__main__":
    given_folders = [Path(argument) for argument in sys.argv[1:]]
    print(render_table(given_folders or [PROJECT_ROOT / "evidencehub", PROJECT_ROOT / "plugins"]))
