"""Small wrong versions of a source file: each differs from it in one place only."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePath

Edit = tuple[int, int, str]  # from byte, to byte, text in place of what stands there


@dataclass(frozen=True, slots=True)
class Mutant:
    """One wrong version of a file: what stands at `start` to `end` becomes `after`.

    `statement` is the line on which the innermost statement around it starts.
    """

    file: str
    line: int
    statement: int
    operator: str
    start: int
    end: int
    before: str
    after: str

    def apply(self, data: bytes) -> bytes:
        """The bytes of the file with the change made."""
        return data[: self.start] + self.after.encode() + data[self.end :]

    def __str__(self) -> str:
        """Where it is and what it changes, on one line."""
        before, after = (" ".join(text.split()) for text in (self.before, self.after))
        return f"{self.file}:{self.line} {self.operator}: {_cut(before)} → {_cut(after) or '∅'}"


def _cut(text: str, most: int = 60) -> str:
    return text if len(text) <= most else f"{text[:most]}…"


class Source:
    """A file with the byte offsets of its lines and of the nodes of its syntax tree."""

    def __init__(self, file: str, data: bytes) -> None:
        self.file, self.data = file, data
        self.starts = [0]
        for line in data.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))

    def span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return (
            self.starts[node.lineno - 1] + node.col_offset,
            self.starts[node.end_lineno - 1] + node.end_col_offset,
        )

    def text(self, node: ast.expr | ast.stmt) -> str:
        start, end = self.span(node)
        return self.data[start:end].decode()

    def between(self, left: ast.expr, right: ast.expr, before: str, after: str) -> Iterator[Edit]:
        """The operator between two expressions, replaced by another one."""
        first, last = self.span(left)[1], self.span(right)[0]
        words = r"\s+".join(map(re.escape, before.split()))
        match = re.search(words, self.data[first:last].decode())
        if match is not None:
            yield first + match.start(), first + match.end(), after

    def mutant(self, operator: str, edit: Edit, statement: int = 0) -> Mutant:
        start, end, after = edit
        line = self.data.count(b"\n", 0, start) + 1
        before = self.data[start:end].decode()
        return Mutant(self.file, line, statement or line, operator, start, end, before, after)


# Python


COMPARISONS: dict[type[ast.cmpop], tuple[str, str]] = {
    ast.Lt: ("<", "<="), ast.LtE: ("<=", "<"), ast.Gt: (">", ">="), ast.GtE: (">=", ">"),
    ast.Eq: ("==", "!="), ast.NotEq: ("!=", "=="), ast.Is: ("is", "is not"),
    ast.IsNot: ("is not", "is"), ast.In: ("in", "not in"), ast.NotIn: ("not in", "in"),
}  # fmt: skip
ARITHMETIC: dict[type[ast.operator], tuple[str, str]] = {
    ast.Add: ("+", "-"), ast.Sub: ("-", "+"), ast.Mult: ("*", "/"), ast.Div: ("/", "*"),
    ast.FloorDiv: ("//", "*"), ast.Mod: ("%", "*"), ast.Pow: ("**", "*"),
    ast.BitOr: ("|", "&"), ast.BitAnd: ("&", "|"),
}  # fmt: skip
COMMUTATIVE = ("max", "min")  # in which order their arguments are makes no difference
OPPOSED = (ast.Eq, ast.NotEq, ast.Is, ast.IsNot, ast.In, ast.NotIn)


def _comparison(source: Source, node: ast.AST) -> Iterator[Edit]:
    if isinstance(node, ast.Compare):
        lefts = [node.left, *node.comparators]
        for left, operator, right in zip(lefts, node.ops, node.comparators, strict=False):
            yield from source.between(left, right, *COMPARISONS[type(operator)])


def _arithmetic(source: Source, node: ast.AST) -> Iterator[Edit]:
    if isinstance(node, ast.BinOp) and type(node.op) in ARITHMETIC:
        yield from source.between(node.left, node.right, *ARITHMETIC[type(node.op)])
    if isinstance(node, ast.AugAssign) and type(node.op) in ARITHMETIC:
        before, after = ARITHMETIC[type(node.op)]
        yield from source.between(node.target, node.value, f"{before}=", f"{after}=")


def _and_or(source: Source, node: ast.AST) -> Iterator[Edit]:
    if isinstance(node, ast.BoolOp):
        words = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
        for left, right in zip(node.values, node.values[1:], strict=False):
            yield from source.between(left, right, *words)


def _not(source: Source, node: ast.AST) -> Iterator[Edit]:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        start, _ = source.span(node)
        match = re.match(r"not\s*", source.text(node))
        if match is not None:
            yield start, start + match.end(), ""


def _constant(source: Source, node: ast.AST) -> Iterator[Edit]:
    if isinstance(node, ast.Constant) and type(node.value) is int:
        yield (*source.span(node), str(node.value + 1))


def _return(source: Source, node: ast.AST) -> Iterator[Edit]:
    if isinstance(node, ast.Return) and node.value is not None:
        value = node.value.value if isinstance(node.value, ast.Constant) else ...
        if value is not None:
            after = str(not value) if isinstance(value, bool) else "None"
            yield (*source.span(node.value), after)


def _statement(source: Source, node: ast.AST) -> Iterator[Edit]:
    simple = ast.AugAssign | ast.Raise | ast.Continue | ast.Break | ast.Delete
    is_call = isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant)
    if isinstance(node, simple) or is_call or _is_second_assignment(node):
        assert isinstance(node, ast.stmt)
        yield (*source.span(node), "pass")


def _is_second_assignment(node: ast.AST) -> bool:
    """Whether a value is assigned to what had one before: without it the code still runs."""
    if not isinstance(node, ast.Assign):
        return False
    read = {part.id for part in ast.walk(node.value) if isinstance(part, ast.Name)}
    return all(
        isinstance(target, ast.Attribute | ast.Subscript)
        or (isinstance(target, ast.Name) and target.id in read)
        for target in node.targets
    )


def _arguments(source: Source, node: ast.AST) -> Iterator[Edit]:
    if not isinstance(node, ast.Call) or ast.unparse(node.func) in COMMUTATIVE:
        return
    for left, right in zip(node.args, node.args[1:], strict=False):
        if isinstance(left, ast.Starred) or isinstance(right, ast.Starred):
            continue
        (start, middle), (resume, end) = source.span(left), source.span(right)
        gap = source.data[middle:resume].decode()
        yield start, end, f"{source.text(right)}{gap}{source.text(left)}"


def _condition(source: Source, node: ast.AST) -> Iterator[Edit]:
    tests = [node.test] if isinstance(node, ast.If | ast.While | ast.IfExp) else []
    tests += node.ifs if isinstance(node, ast.comprehension) else []
    for test in tests:
        is_negated = isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)
        is_opposed = isinstance(test, ast.Compare) and isinstance(test.ops[-1], OPPOSED)
        if not (is_negated or is_opposed):  # other operators make the same of them
            yield (*source.span(test), f"not ({source.text(test)})")


PYTHON: dict[str, Callable[[Source, ast.AST], Iterator[Edit]]] = {
    "comparison": _comparison,
    "arithmetic": _arithmetic,
    "and/or": _and_or,
    "not": _not,
    "constant": _constant,
    "return": _return,
    "statement": _statement,
    "arguments": _arguments,
    "condition": _condition,
}


def _walk(node: ast.AST, statement: int) -> Iterator[tuple[ast.AST, int]]:
    """The nodes that run, each with the line of its statement: no annotation, no docstring."""
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        return
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    statement = node.lineno if isinstance(node, ast.stmt) else statement
    yield node, statement
    if isinstance(node, ast.JoinedStr):  # places inside it are not exact
        return
    for name, value in ast.iter_fields(node):
        if name not in ("annotation", "returns"):
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    yield from _walk(child, statement)


def _python_mutants(source: Source) -> Iterator[Mutant]:
    for node, statement in _walk(ast.parse(source.data), 0):
        for operator, edits in PYTHON.items():
            for edit in edits(source, node):
                yield source.mutant(operator, edit, statement)
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if isinstance(node, ast.JoinedStr) or is_text:
            assert isinstance(node, ast.expr)
            if is_sql(source.text(node)):
                yield from _sql_mutants(source, *source.span(node), statement)


# SQL


_CLAUSES = re.compile(r"\b(?:select|where|coalesce\(|join|order by|group by|is null|is not null)")
_COLUMN = re.compile(r"\b[a-z]\.[a-z_]+\b")  # of a table with an alias
_START = re.compile(
    r"\W*f?\W*(?:select|insert into|update|delete from|create|with|from|where|and|or|join|"
    r"left join|order by|case|coalesce)\b.*(?:[=<>(*?]| from )",
    re.DOTALL,
)
_QUOTED = re.compile(r"--[^\n]*|'(?:[^'\n]|'')*'|\{[^{}\n]*\}")
_BETWEEN = re.compile(r"\bbetween\s+\S+\s+and\b")
_TOKENS = {
    "SQL comparison": (
        (r"(?<![<>=!:|])=(?![=>])", "<>"), (r"<>", "="), (r"<(?![>=])", "<="), (r"<=", "<"),
        (r"(?<![<>=-])>(?!=)", ">="), (r">=", ">"),
    ),
    "SQL and/or": ((r"\band\b", "or"), (r"\bor\b(?! (?:replace|ignore)\b)", "and")),
    "SQL null": ((r"\bis null\b", "is not null"), (r"\bis not null\b", "is null")),
    "SQL arithmetic": ((r"(?<= )\+(?= )", "-"), (r"(?<= )-(?= )", "+")),
    "SQL join": ((r"\bleft join\b", "join"),),
}  # fmt: skip


def is_sql(text: str) -> bool:
    """Whether a text is SQL rather than words."""
    is_code = _COLUMN.search(text) or _START.match(text)
    return _CLAUSES.search(text) is not None and is_code is not None


def _sql_mutants(source: Source, first: int, last: int, statement: int = 0) -> Iterator[Mutant]:
    text = source.data[first:last].decode()
    for operator, start, end, after in sql_edits(text):
        edit = (first + len(text[:start].encode()), first + len(text[:end].encode()), after)
        yield source.mutant(operator, edit, statement)


def sql_edits(text: str) -> Iterator[tuple[str, int, int, str]]:
    """The operator and place of each change of an SQL text, outside comments and values."""
    code = _BETWEEN.sub(_blank, _QUOTED.sub(_blank, text))
    for operator, tokens in _TOKENS.items():
        for before, after in tokens:
            for match in re.finditer(before, code):
                yield operator, *match.span(), after
    for match in re.finditer(r"\bcoalesce\(", code):
        commas, end = _arguments_of(code, match.end())
        if commas:
            rest = text[commas[0] + 1 : end].lstrip()
            after = f"coalesce({rest})" if len(commas) > 1 else rest
            yield "SQL coalesce", match.start(), end + 1, after


def _blank(match: re.Match[str]) -> str:
    return "\0" * len(match[0])


def _arguments_of(code: str, start: int) -> tuple[list[int], int]:
    """Where the commas between the arguments of a call are, and its closing bracket."""
    depth, commas = 0, []
    for place in range(start, len(code)):
        if code[place] == ")" and not depth:
            return commas, place
        depth += {"(": 1, ")": -1}.get(code[place], 0)
        if code[place] == "," and not depth:
            commas.append(place)
    return [], start


def mutants_of(file: str, data: bytes) -> list[Mutant]:
    """Every mutant of a Python or SQL file, in the order of its lines."""
    source = Source(file, data)
    is_python = PurePath(file).suffix == ".py"
    found = _python_mutants(source) if is_python else _sql_mutants(source, 0, len(data))
    return sorted(found, key=lambda mutant: (mutant.start, mutant.end, mutant.after))


def is_whole(mutant: Mutant, data: bytes) -> bool:
    """Whether the wrong version can be parsed and is another program than the right one."""
    if PurePath(mutant.file).suffix != ".py":
        return True
    try:
        wrong = ast.parse(mutant.apply(data))
    except (SyntaxError, ValueError):
        return False
    return ast.dump(wrong) != ast.dump(ast.parse(data))
