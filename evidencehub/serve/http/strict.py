"""What Datasette's own pages may be asked: nothing unknown, so nothing is silently ignored.

The parameters are those that the views of Datasette 0.65.5 read (`views/table.py`, `row.py`,
`database.py`, `base.py`, `renderer.py`, `filters.py`, `facets.py`), less those that nobody needs
here and that make every address new, cost much, or reach into the machine.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from evidencehub.serve.http import asked, tables
from evidencehub.serve.http.asked import Asked
from evidencehub.serve.http.tables import Database, Table
from evidencehub.serve.problem import Fault, RefusedError, refused

MAX_FACETS, MAX_ROWS = 3, 1_000
TEXT = ("exact", "not", "contains", "endswith", "startswith", "like", "notlike", "glob")
ORDER = ("gt", "gte", "lt", "lte")
LISTS = ("in", "notin", "arraycontains", "arraynotcontains", "date")
ALONE = ("isnull", "notnull", "isblank", "notblank")
OPERATORS = (*TEXT, *ORDER, *LISTS, *ALONE)
ON = ("1", "on", "true", "yes")
Check = Callable[[str, Table], str]  # what is wrong with a value; empty: nothing

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
# a key as Datasette writes it: what needs no code has none, so that a row has one address
_PLAIN = "20|2D|3[0-9]|4[1-9A-F]|5[0-9AF]|6[1-9A-F]|7[0-9A]"
_PART = rf"(?:[A-Za-z0-9_+-]|~(?!{_PLAIN})[0-9A-F]{{2}})*"
_KEY = re.compile(rf"{_PART}(?:,{_PART})*")
_TABLE_PATH = re.compile(r"/hub/([^/.]+)(?:\.(\w+))?")
_ROW_PATH = re.compile(r"/hub/([^/.]+)/([^/]+?)(?:\.(\w+))?")


def _one_of(*values: str) -> Check:
    return lambda value, _: "" if value in values else f"is one of {', '.join(values)}"


def _column(value: str, table: Table) -> str:
    return "" if value in table.columns else f"names a column of “{table.name}”"


def _column_or_none(value: str, table: Table) -> str:
    return "" if not value else _column(value, table)


def _sort(value: str, table: Table) -> str:
    told = f"names a column that “{table.name}” can be sorted by"
    return "" if not value or value in table.sortable else told


def _up_to(most: int) -> Check:
    def check(value: str, _: Table) -> str:
        fine = value in {"", "max"} or (value.isdecimal() and int(value[:9]) <= most)
        return "" if fine else f"is a whole number up to {most}, or “max”"

    return check


def _next(value: str, table: Table) -> str:
    fine = not table.is_view or re.fullmatch(r"\d{1,9}", value)
    return "" if fine else "is what the page before said"


def _search(_: str, table: Table) -> str:
    return "" if table.searchable else f"finds nothing: “{table.name}” has no full-text index"


def _operator(value: str, _: Table) -> str:
    fine = value.removesuffix("__1") in OPERATORS or not value
    return "" if fine else f"is one of {', '.join(OPERATORS)}"


def _anything(_value: str, _table: Table) -> str:
    return ""


TABLE: Mapping[str, Check] = {
    **dict.fromkeys(("_col", "_nocol", "_label", "_facet", "_facet_array", "_facet_date"), _column),
    **dict.fromkeys(("_nocount", "_nofacet", "_nosuggest"), _one_of(*ON)),
    **dict.fromkeys(("_sort", "_sort_desc"), _sort),
    "_sort_by_desc": _one_of(*ON),
    **dict.fromkeys(("_size", "_facet_size"), _up_to(MAX_ROWS)),
    "_next": _next,
    "_labels": _one_of(*ON, "off", "0", "false", "no", ""),
    "_search": _search,
    "_searchmode": _one_of("raw", "escaped"),
    "_filter_column": _column_or_none,
    "_filter_op": _operator,
    "_filter_value": _anything,
}
JSON: Mapping[str, Check] = {
    "_shape": _one_of("arrays", "objects", "array", "object", "arrayfirst"),
    "_nl": _one_of(*ON),
    "_json": _anything,
    "_json_infinity": _one_of(*ON, "0", "off", "false", "no"),
}
CSV: Mapping[str, Check] = {"_header": _one_of("off", "on"), "_dl": _one_of(*ON)}
QUERY: Mapping[str, Check] = {
    "_size": _one_of("max"),
    **dict.fromkeys(("_hide_sql", "_show_sql"), _one_of(*ON)),
}
ROW: Mapping[str, Check] = {"_extras": _one_of("foreign_key_tables")}
START: Mapping[str, Check] = {"_show_hidden": _one_of(*ON)}
FORMATS: Mapping[str | None, Mapping[str, Check]] = {None: {}, "json": JSON, "csv": CSV}
# read by Datasette, and not for the public; told so, rather than called unknown
CLOSED = (
    *("_where", "_through", "_fts_table", "_fts_pk", "_timelimit", "_ttl", "_trace", "_context"),
    *("_stream", "sql"),
)
AGAIN = {"_col", "_nocol", "_label", "_facet", "_facet_array", "_facet_date", "_json", "_where"}
_NUMBERED = re.compile(r"(_filter_(?:column|op|value))_\d{1,2}")
_NOTHING = Table("", {}, frozenset(), frozenset(), is_view=False)


@dataclass(frozen=True)
class Strict:
    """Judges what Datasette's pages are asked. With `sql`, strangers' statements are let by."""

    database: Database
    sql: bool = False

    def __call__(self, question: Asked) -> None:
        """Raise RefusedError, with every fault of a question, or let it pass."""
        path = question.path
        if path in {"/api", "/favicon.ico"} or path.startswith(("/static/", "/-/static/")):
            self._judge(question, {}, "this page")
        elif path in {"/hub", "/hub.json", "/hub.csv"}:
            self._start(question)
        elif match := _TABLE_PATH.fullmatch(path):
            self._table(question, match[1], match[2])
        elif match := _ROW_PATH.fullmatch(path):
            self._row(question, match[1], match[2], match[3])

    def _start(self, question: Asked) -> None:
        ending = question.path.partition(".")[2] or None
        given = asked.parameters(question.pairs)
        if "sql" in given and not self.sql:
            raise refused(403, "sql", "SQL of your own is not open to the public here.")
        if "sql" in given:
            names = dict.fromkeys(tables.parameters(given["sql"][0]), _anything)
            own = {**names, "sql": _anything, **QUERY, **FORMATS[ending]}
            self._judge(question, own, "a question in SQL")
        elif ending == "csv":
            raise refused(404, "not-found", "The list of tables comes as a page and as JSON.")
        else:
            self._judge(question, {**START, **FORMATS[ending]}, "the list of tables")

    def _table(self, question: Asked, name: str, ending: str | None) -> None:
        special = _format(ending)
        if name in self.database.queries:
            own = dict.fromkeys(self.database.queries[name], _anything)
            self._judge(question, {**own, **QUERY, **special}, f"the query “{name}”")
            return
        table = self.database.tables.get(name)
        if table is None:
            raise _missing("table or view", name, [*self.database.tables, *self.database.queries])
        known = {**TABLE, **special, **{f"_search_{c}": _search for c in table.searchable}}
        if self.sql:
            known["_where"] = _anything
        self._judge(question, known, f"“{name}”", table)

    def _row(self, question: Asked, name: str, key: str, ending: str | None) -> None:
        special = _format(ending)
        table = self.database.tables.get(name)
        if table is None or table.is_view:
            rows = [known.name for known in self.database.tables.values() if not known.is_view]
            raise _missing("table", name, rows)
        if "%" not in key and not _KEY.fullmatch(key):
            raise refused(404, "not-found", "There is no such row.")
        self._judge(question, {**ROW, **special}, f"a row of “{name}”")

    def _judge(
        self, question: Asked, known: Mapping[str, Check], what: str, table: Table | None = None
    ) -> None:
        faults: list[Fault] = []
        for name, values in asked.parameters(question.pairs).items():
            faults += self._faults(name, values, known, what, table)
        facets = [name for name, _ in question.pairs if name in AGAIN and "_facet" in name]
        if len(facets) > MAX_FACETS:
            text = f"At most {MAX_FACETS} facets can be asked for at once."
            faults.append(Fault("too-many-facets", text, facets[0]))
        if {"_sort", "_sort_desc"} <= {name for name, value in question.pairs if value}:
            text = "Use “_sort” or “_sort_desc”, not both."
            faults.append(Fault("contradiction", text, "_sort"))
        if faults:
            raise RefusedError(400, faults)

    def _faults(
        self,
        name: str,
        values: Sequence[str],
        known: Mapping[str, Check],
        what: str,
        table: Table | None,
    ) -> list[Fault]:
        numbered = _NUMBERED.fullmatch(name)
        check = known.get(numbered[1] if numbered else name)
        if check is None:
            if table is not None and (not name.startswith("_") or "__" in name):
                return _filter_faults(name, values, known, table)
            return [_unknown(name, known, what)]
        if len(values) > 1 and name not in AGAIN:
            return [Fault("repeated-parameter", f"“{name}” is there {len(values)} times.", name)]
        wrong = {check(value, table or _NOTHING): value for value in values}
        return [
            Fault("bad-value", f"“{name}” {told}; it is “{value[:60]}”.", name)
            for told, value in wrong.items()
            if told
        ]


def _filter_faults(
    name: str, values: Sequence[str], known: Mapping[str, Check], table: Table
) -> list[Fault]:
    """The faults of a filter, `column` or `column__operator`."""
    column, _, operator = name.rpartition("__") if "__" in name else (name, "", "exact")
    if column not in table.columns:
        names = [*table.columns, *known]
        return [_unknown(name, names, f"“{table.name}”", asked_for=column)]
    if operator not in OPERATORS:
        near = difflib.get_close_matches(operator, OPERATORS, 1, 0.3)
        text = f"“{operator}” is no operator."
        best = [f"{column}__{found}" for found in near]
        return [Fault("unknown-operator", _meant(text, best), name, best)]
    wrong = (_wrong_number(value, column, operator, table) for value in values)
    return [Fault("bad-value", f"“{name}” {told}.", name) for told in wrong if told]


def _wrong_number(value: str, column: str, operator: str, table: Table) -> str:
    number = _NUMBER.fullmatch(value) is not None
    if operator in ORDER and table.untyped(column) and number and not value.isdecimal():
        return "can be compared with whole numbers only here"
    compared = operator in ORDER or (operator in ("exact", "not") and value)
    if compared and table.numeric(column) and not number:
        return f"is compared with a number; it is “{value[:60]}”"
    return ""


def _unknown(name: str, known: Collection[str], what: str, asked_for: str = "") -> Fault:
    if name in CLOSED:
        return Fault("closed", f"“{name}” is not open to the public here.", name)
    near = difflib.get_close_matches(asked_for or name, list(known), 1, 0.5)
    return Fault(
        "unknown-parameter", _meant(f"“{name[:60]}” is no parameter of {what}.", near), name, near
    )


def _meant(text: str, near: Sequence[str]) -> str:
    return f"{text} Did you mean “{near[0]}”?" if near else text


def _missing(kind: str, name: str, known: Collection[str]) -> RefusedError:
    near = difflib.get_close_matches(name, list(known), 1)
    return refused(404, "not-found", _meant(f"There is no {kind} “{name[:60]}”.", near))


def _format(ending: str | None) -> Mapping[str, Check]:
    """The parameters of a format. Raises RefusedError (404) for one that there is not."""
    found = FORMATS.get(ending)
    if found is None:
        raise refused(404, "not-found", f"There is no “.{ending}” here: use .json or .csv.")
    return found
