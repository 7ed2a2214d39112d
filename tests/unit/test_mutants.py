"""The mutator makes the changes that it names, leaves the source alone, and counts rightly."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.support import mutants
from tests.support.mutation_operators import Mutant, is_sql, is_whole, mutants_of

PYTHON = {
    "comparison": {
        "x = a < b": ["x = a <= b"],
        "x = a <= b": ["x = a < b"],
        "x = a > b": ["x = a >= b"],
        "x = a >= b": ["x = a > b"],
        "x = (a) == (b)": ["x = (a) != (b)"],
        "x = a != b": ["x = a == b"],
        "x = a is not b": ["x = a is b"],
        "x = a is b": ["x = a is not b"],
        "x = a not in b": ["x = a in b"],
        "x = a < b < c": ["x = a <= b < c", "x = a < b <= c"],
        "x: 'a < b' = c": [],
    },
    "arithmetic": {
        "x = a + b - c": ["x = a - b - c", "x = a + b + c"],
        "x = a * b": ["x = a / b"],
        "x = a // b": ["x = a * b"],
        "x = a ** b": ["x = a * b"],
        "x |= a": ["x &= a"],
        "x += a": ["x -= a"],
        "def f(a: int | None) -> int | None: ...": [],
    },
    "and/or": {"x = a and b or c": ["x = a or b or c", "x = a and b and c"]},
    "not": {"x = not (a or b)": ["x = (a or b)"], "x = é, not a": ["x = é, a"]},
    "constant": {"x = f(0, 1.5, True)": ["x = f(1, 1.5, True)"]},
    "return": {
        "def f(): return a + b": ["def f(): return None"],
        "def f(): return True": ["def f(): return False"],
        "def f(): return None": [],
    },
    "statement": {
        "f(a)": ["pass"],
        "raise E": ["pass"],
        "a.b = c": ["pass"],
        "a = a + 1": ["pass"],
        "a = b": [],
        '"""Words."""': [],
    },
    "arguments": {
        "x = f(a, b(c), d)": ["x = f(b(c), a, d)", "x = f(a, d, b(c))"],
        "x = f(a, *b)": [],
        "x = max(a, b)": [],
        "x = f(a, b=c)": [],
    },
    "condition": {
        "if a < b: pass": ["if not (a < b): pass"],
        "x = [a for a in b if a.c]": ["x = [a for a in b if not (a.c)]"],
        "x = a if b else c": ["x = a if not (b) else c"],
        "if not a: pass": [],
        "if a == b: pass": [],
        "if TYPE_CHECKING: import a": [],
    },
}
SQL = {
    "SQL comparison": {
        "select a from t where a = b": ["select a from t where a <> b"],
        "select a from t where a <= b": ["select a from t where a < b"],
        "select a from t where a <> b": ["select a from t where a = b"],
        "select a from t where a > b": ["select a from t where a >= b"],
        "select 'a = b' from t -- a < b": [],
    },
    "SQL and/or": {
        "select a from t where b and c": ["select a from t where b or c"],
        "select a from t where b between 1 and 2 or c": [
            "select a from t where b between 1 and 2 and c"
        ],
    },
    "SQL coalesce": {
        "select coalesce(a.x, f(b, c)) from a": ["select f(b, c) from a"],
        "select coalesce(a.x, b.x, 0) from a": ["select coalesce(b.x, 0) from a"],
    },
    "SQL null": {
        "select a from t where b is null": ["select a from t where b is not null"],
        "select a from t where b is not null": ["select a from t where b is null"],
    },
    "SQL arithmetic": {"select a + 1, b - c from t": [
        "select a - 1, b - c from t", "select a + 1, b + c from t",
    ]},
    "SQL join": {"select a from t left join u on b": ["select a from t join u on b"]},
}  # fmt: skip


def changed(file: str, text: str, operator: str) -> list[str]:
    data = text.encode()
    made = [mutant for mutant in mutants_of(file, data) if mutant.operator == operator]
    assert all(is_whole(mutant, data) for mutant in made)
    return [mutant.apply(data).decode() for mutant in made]


@pytest.mark.parametrize(
    ("operator", "text"), [(name, text) for name, cases in PYTHON.items() for text in cases]
)
def test_an_operator_changes_one_place_of_python(operator: str, text: str) -> None:
    assert changed("toys.py", text, operator) == PYTHON[operator][text]


@pytest.mark.parametrize(
    ("operator", "text"), [(name, text) for name, cases in SQL.items() for text in cases]
)
def test_an_operator_changes_one_place_of_sql(operator: str, text: str) -> None:
    assert changed("toys.sql", text, operator) == SQL[operator][text]
    in_python = [f'q = "{other}"' for other in SQL[operator][text]]
    assert changed("toys.py", f'q = "{text}"', operator) == in_python


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("select a from t", True),
        ("coalesce(o.verification, d.verification)", True),
        ("Use it where you can, and select one.", False),
        ("A cell is empty.", False),
        ("Raise the version and say what changed, where nothing is public on it.", False),
        ("where obs_status = 'Q' and value is null", True),
    ],
)
def test_words_are_not_taken_for_sql(text: str, expected: bool) -> None:
    assert is_sql(text) == expected


def test_a_mutant_says_where_it_is() -> None:
    (mutant,) = mutants_of("toys.py", b"x = f(\n    a,\n    b < c\n)\n")[:1]
    assert str(mutant) == "toys.py:2 arguments: a, b < c → b < c, a"
    comparison = mutants_of("toys.py", b"x = (\n    a <\n    b\n)\n")[0]
    assert (comparison.line, comparison.statement) == (2, 1)


MODULE = """\
def count_down(start):
    steps = 0
    while start > 0 and not steps:
        start -= 1
        steps += f(2, 1)
    return steps
"""


def test_the_same_seed_gives_the_same_mutants(tmp_path: Path) -> None:
    (tmp_path / "toys").mkdir()
    (tmp_path / "toys" / "steps.py").write_text(MODULE, "utf-8")
    (tmp_path / "toys" / "steps.sql").write_text("select a from t where a = b and c < d", "utf-8")
    chosen = mutants.choose(tmp_path, ["toys"], 6, 1)
    assert len(chosen) == 6
    assert chosen == mutants.choose(tmp_path, ["toys"], 6, 1)
    others = [mutants.choose(tmp_path, ["toys"], 6, seed) for seed in range(2, 9)]
    assert any(other != chosen for other in others)
    assert set(chosen) < set(mutants.choose(tmp_path, ["toys"], 99, 2))
    assert len({mutant.operator for mutant in chosen}) == 6
    (only,) = {mutant.file for mutant in mutants.choose(tmp_path, ["toys/steps.sql"], 99, 1)}
    assert only == "toys/steps.sql"


@pytest.mark.parametrize(
    ("killed", "survived", "text", "is_enough"),
    [
        (9, 1, "9 of 10 mutants killed (90%), 5 timed out", True),
        (89, 11, "89 of 100 mutants killed (89%), 5 timed out", False),
        (0, 0, "0 of 0 mutants killed (0%), 5 timed out", False),
    ],
)
def test_a_mutant_that_timed_out_is_not_counted(
    killed: int, survived: int, text: str, is_enough: bool
) -> None:
    outcomes: Counter[mutants.Outcome] = Counter(killed=killed, survived=survived)
    outcomes["timed out"] = 5
    assert mutants.summary(outcomes) == (text, is_enough)


@pytest.mark.parametrize("row", mutants.equivalents(), ids=lambda row: f"{row.file} {row.line}")
def test_an_equivalent_mutant_is_one_of_a_line_of_the_source(row: mutants.Equivalent) -> None:
    data = (mutants.ROOT / row.file).read_bytes()
    lines = data.splitlines()

    def is_of_row(mutant: Mutant) -> bool:
        return (lines[mutant.line - 1].decode().strip(), mutant.operator) == (
            row.line,
            row.operator,
        )

    assert any(map(is_of_row, mutants_of(row.file, data)))
    assert row.reason.strip()
