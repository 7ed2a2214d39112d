"""Does each rule accept the value at its border, and refuse the next?"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections import Counter

import pytest

from evidencehub.check.definition import Rule
from evidencehub.check.rules import RULES
from tests.spec.borders import BESIDES, BORDERS, WITHOUT, Border
from tests.spec.changes import report_on

COMPARES = re.compile(r"<(?!>)|(?<!<)>|\bbetween\b")  # in SQL, where <> only asks for another text
ORDERS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
WORDS = re.compile(r"\b(select|where|having)\b")


def has_comparison(rule: Rule) -> bool:
    """Whether a rule compares something with more or less, in SQL or in Python."""
    if rule.conditions:
        return any(COMPARES.search(condition.sql) for condition in rule.conditions)
    if not callable(rule.find_violations):
        return False
    tree = ast.parse(textwrap.dedent(inspect.getsource(rule.find_violations)))
    return any(map(is_comparison, ast.walk(tree)))


def is_comparison(node: ast.AST) -> bool:
    if isinstance(node, ast.Compare):
        return any(isinstance(operator, ORDERS) for operator in node.ops)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return bool(WORDS.search(node.value) and COMPARES.search(node.value))
    return False


def test_every_rule_has_a_border_or_says_why_it_has_none() -> None:
    with_border = {border.rule for border in BORDERS}
    assert with_border.isdisjoint(WITHOUT)
    assert sorted(with_border | set(WITHOUT)) == sorted(rule.name for rule in RULES)


@pytest.mark.parametrize("name", sorted(WITHOUT))
def test_a_rule_that_is_said_to_have_no_border_compares_nothing(name: str) -> None:
    (rule,) = (rule for rule in RULES if rule.name == name)
    assert not has_comparison(rule)


def test_comparisons_are_seen_where_they_are() -> None:
    seen = {rule.name for rule in RULES if has_comparison(rule)}
    assert {
        "values/percentage-range",
        "wording/statement-length",
        "values/ethnicity-shares",
    } <= seen


def test_no_border_stands_there_twice() -> None:
    assert [text for text, count in Counter(map(str, BORDERS)).items() if count > 1] == []


@pytest.mark.slow  # two checks of a package for each border
@pytest.mark.parametrize("border", BORDERS, ids=str)
def test_a_rule_accepts_the_value_on_this_side_of_its_border(border: Border) -> None:
    rules = set(report_on(border.accepted).rules)
    assert border.rule not in rules
    assert rules <= set(BESIDES.get(border.rule, ()))  # else it might not have been looked at


@pytest.mark.slow  # two checks of a package for each border
@pytest.mark.parametrize("border", BORDERS, ids=str)
def test_a_rule_refuses_the_value_on_the_other_side_of_its_border(border: Border) -> None:
    assert border.rule in report_on(border.refused).rules
