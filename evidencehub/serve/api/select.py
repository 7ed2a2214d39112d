"""The one builder of SQL: a question in, a statement with bound values out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from evidencehub.serve.api.known import Known
from evidencehub.serve.api.question import Question
from evidencehub.serve.api.resource import Column

_LABEL = re.compile(r"label\{([a-z-]+)\|([^{}]*)\}")
STATEMENTS, LONG = 2_000, 20_000  # that are kept, and characters of one
FREQUENT = ("_T", "A", "F")  # codes that most rows have, looked at first
SHORT = 32  # codes of a list whose labels are written into a statement

Statement = tuple[str, dict[str, Any]]
MANY = 20_000
"""Where more rows than this are chosen, they are read in the order of the key's index and
those that do not fit are passed over: quicker than to collect all and sort them."""


def count(question: Question, known: Known) -> Statement:
    """How many rows the question chooses, whatever its limit and cursor."""
    resource = question.resource
    where = _where(question.where)
    return _written(f"select count(*) from {resource.source}{where}", known), dict(question.bound)


def objects(question: Question, total: int, known: Known, more: int = 1) -> Statement:
    """Each row as a JSON object in UTF-8, and beside it the values of `beside`.

    One row more than the limit is asked for (`more`), to know whether there are others.
    """
    pairs = ", ".join(f"'{c.name}', {_json(c)}" for c in question.columns)
    sql, bound = _rows(question, total, f"cast(json_object({pairs}) as blob)", more)
    return _written(sql, known), bound


def cells(question: Question, total: int, known: Known, *, flat: bool = True) -> Statement:
    """Each row as its cells: objects as JSON; lists joined with semicolons, or as JSON too."""
    listed = [_cell(c) if flat else c.sql for c in question.columns]
    sql, bound = _rows(question, total, ", ".join(listed), 0, places=False)
    return _written(sql, known), bound


def places(question: Question) -> int:
    """How many values tell a row's place in the order."""
    return len(question.order) + len(question.resource.key)


def beside(question: Question) -> list[str]:
    """What every row of `objects` has beside it, as SQL: first its place in the order."""
    resource = question.resource
    place = [*(column.sql for column, _ in question.order), *resource.key]
    return [*place, *(sql for sql in resource.facts.values() if sql not in place)]


def _rows(
    question: Question, total: int, what: str, more: int, *, places: bool = True
) -> Statement:
    resource, bound = question.resource, dict(question.bound)
    keys = [(key, False) for key in resource.key]
    order = [*((column.sql, down) for column, down in question.order), *keys]
    where = [*question.where]
    if question.after is not None:
        bound |= {f"a{i}": value for i, value in enumerate(question.after)}
        where.append(_after(question))
    source = resource.source
    if resource.keyed and total > MANY and not question.order:
        plain = resource.keyed.partition(" indexed by ")[0]
        source = source.replace(plain, resource.keyed, 1)
    listed = [what]
    if places:
        listed += beside(question)
    sql = f"select {', '.join(listed)} from {source}{_where(where)} order by {_order(order)}"
    if question.limit is not None:
        sql += " limit :most"
        bound["most"] = question.limit + more
    return sql, bound


def _where(conditions: Sequence[str]) -> str:
    return f" where {' and '.join(f'({c})' for c in conditions)}" if conditions else ""


def _order(order: Sequence[tuple[str, bool]]) -> str:
    return ", ".join(
        f"{sql} desc nulls last" if down else f"{sql} nulls last" for sql, down in order
    )


def _after(question: Question) -> str:
    """The condition that a row comes after the one whose values are :a0, :a1 and so on.

    Columns that a filter has fixed do not tell rows apart; without them the condition lies on
    one index, and a late page costs what the first does.
    """
    values = question.after or ()
    key = [
        (sql, f":a{i}")
        for i, sql in enumerate(question.resource.key, start=len(question.order))
        if not _is_fixed(question, sql)
    ]
    last = f"({', '.join(sql for sql, _ in key)}) > ({', '.join(name for _, name in key)})"
    if not key:
        last = "0"
    for i, (column, down) in reversed(list(enumerate(question.order))):
        sql, name = column.sql, f":a{i}"
        if values[i] is None:  # nulls stand last, so only equals are left
            last = f"({sql} is null and {last})"
        else:
            further = f"{sql} {'<' if down else '>'} {name} or {sql} is null"
            last = f"({further} or ({sql} = {name} and {last}))"
    return last


def _is_fixed(question: Question, sql: str) -> bool:
    """Whether a filter allows one value only in this column of the key."""
    name = sql.partition(".")[2]
    one = question.resource.filter_by_name.get(name)
    return name in question.fixed and one is not None and one.where == f"{sql} in {{}}"


def _json(column: Column) -> str:
    match column.kind:
        case "list" | "object":
            return f"json({column.sql})"
        case "boolean":
            return f"json(iif({column.sql}, 'true', 'false'))"
        case _:
            return column.sql


def _cell(column: Column) -> str:
    if column.kind == "list":
        return f"(select group_concat(value, ';') from json_each({column.sql}))"
    if column.kind == "boolean":
        return f"iif({column.sql}, 'true', 'false')"
    return column.sql


def _written(sql: str, known: Known) -> str:
    """The statement with its labels written out; statements are few, and each is kept."""
    found = known.statements.get(sql)
    if found is None:
        found = _LABEL.sub(lambda match: _label(match[1], match[2], known), sql)
        if len(sql) > LONG:  # of a posted tree, and not asked again
            return found
        if len(known.statements) >= STATEMENTS:
            known.statements.clear()
        known.statements[sql] = found
    return found


def _label(listed: str, sql: str, known: Known) -> str:
    """The label of a code: out of the statement itself for a short list, else looked up."""
    codes = known.lists.get(listed, {})
    if not 0 < len(codes) <= SHORT:
        return f"(select label from code where list = '{listed}' and code = {sql})"
    first = sorted(codes, key=lambda code: code not in FREQUENT)
    cases = " ".join(f"when {_text(code)} then {_text(codes[code])}" for code in first)
    return f"case {sql} {cases} end"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
