"""`convert=`: figures carried over into another classification, or the reasons why that cannot be.

A conversion is an answer to one question and is never stored. Whole tables go in, so that a
hidden figure is seen to be hidden; groups are chosen afterwards.
"""

from __future__ import annotations

import difflib
import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from evidencehub.measures.classify import Relation, Scheme
from evidencehub.serve.api import cursor, select
from evidencehub.serve.api.figures import OBSERVATIONS
from evidencehub.serve.api.known import Known
from evidencehub.serve.api.question import Question, parse, short
from evidencehub.serve.api.resource import Column
from evidencehub.serve.database import Database, Row
from evidencehub.serve.problem import Fault, RefusedError

if TYPE_CHECKING:
    from evidencehub.measures.answered import Answered

HEADINGS = "headings"
MOST = 20_000  # rows that go into one conversion
NOT_WITH = ("obs_status", "verification", "comparator")
"""Filters that would take rows out of a table, so that what is hidden would look absent."""
ORIGIN = (
    Column("from_scheme", "", "code", "the classification that the figure was published in"),
    Column("from_codes", "", "text", "the groups that it was made from, separated by semicolons"),
)
Rows = Callable[..., list[Row]]


@dataclass(frozen=True)
class Conversions:
    """What is needed to convert: classifications and how their groups relate."""

    schemes: Mapping[str, Scheme]
    crosswalks: Mapping[tuple[str, str], Sequence[Relation]]


def read(database: Database) -> Conversions:
    """The classifications and crosswalks of a build."""
    parents: dict[str, dict[str, str]] = defaultdict(dict)
    residual: dict[str, set[str]] = defaultdict(set)
    for listed, code, parent, is_residual in database.rows(
        "select list, code, coalesce(parent, ''), residual from code join code_list using (list)"
        " where kind in ('ethnicity', 'facet') order by list, sort_order, code"
    ):
        parents[listed][code] = parent
        if is_residual:
            residual[listed].add(code)
    schemes = {
        name: Scheme(name, parents[name], frozenset(residual[name]), basis, where, kind == "facet")
        for name, basis, where, kind in database.rows(
            "select list, coalesce(counting_basis, ''), coalesce(jurisdiction, ''), kind"
            " from code_list where kind in ('ethnicity', 'facet')"
        )
    }
    walks: dict[tuple[str, str], list[Relation]] = defaultdict(list)
    for source, target, code, to_code, relation in database.rows(
        "select from_scheme, to_scheme, from_code, coalesce(to_code, ''), relation from crosswalk"
    ):
        walks[source, target].append(Relation(code, to_code, relation))
    return Conversions(schemes, walks)


@dataclass(frozen=True)
class Asked:
    """A question with its conversion: what to read, what to convert to, what to keep of it."""

    whole: Question
    shown: Question
    to: str
    groups: frozenset[tuple[str, str]]  # a classification, empty for any, and a code


def asked(told: Sequence[tuple[str, str]], known: Known, *, streamed: bool) -> Asked:
    """The question with `convert` in it; raises RefusedError with every fault.

    The status is 409 where all is understood and does not go together, else 400.
    """
    wanted = [value for name, value in told if name == "convert"]
    rest = [(name, value) for name, value in told if name != "convert"]
    faults = _faults(wanted, rest, known)
    try:
        shown = parse(OBSERVATIONS, rest, known, whole=streamed, seal=wanted[0])
    except RefusedError as error:
        raise RefusedError(error.status, [*faults, *error.faults]) from None
    if faults:
        torn = all(fault.code == "not-with-convert" for fault in faults)
        raise RefusedError(409 if torn else 400, faults)
    kept = [
        (name, value)
        for name, value in rest
        if name in OBSERVATIONS.filter_by_name and name != "ethnicity"
    ]
    whole = parse(OBSERVATIONS, kept, known, whole=True)
    chosen = (
        ("", value) if value in known.groups else (value.partition(":")[0], value.partition(":")[2])
        for value in shown.asked.get("ethnicity", ())
    )
    return Asked(whole, shown, wanted[0], frozenset(chosen))


def _faults(wanted: Sequence[str], rest: Sequence[tuple[str, str]], known: Known) -> list[Fault]:
    there = [*known.values["scheme"], HEADINGS]
    found = []
    if len(wanted) > 1:
        found.append(Fault("repeated-parameter", f"It stands {len(wanted)} times.", "convert"))
    for value in wanted[:1]:
        if value not in there:
            near = difflib.get_close_matches(value, there, 3, 0.5)
            text = (
                f"“{short(value)}” is no classification. Give one of /api/v1/codes?kind=ethnicity, "
                f"or {HEADINGS} for the top headings of each one's own."
            )
            found.append(Fault("unknown-value", text, "convert", near))
    found += [
        Fault("not-with-convert", "A conversion needs whole tables: leave this out.", name)
        for name in dict.fromkeys(name for name, _ in rest if name in NOT_WITH)
    ]
    return found


def answer(question: Asked, rows: Rows, known: Known, conversions: Conversions) -> Answered:
    """The converted rows that are asked for, in the order that is asked for.

    Raises RefusedError (409) with every obstacle where there is no conversion, and where more
    rows would have to be converted than one answer is made for.
    """
    # imported here: pandas takes half a second and much memory, and few ask for a conversion
    from evidencehub.measures import answered
    from evidencehub.measures.added import Measure

    total = rows(*select.count(question.whole, known))[0][0]
    if total > MOST:
        text = f"{total} figures would be converted; {MOST} are the most at once. Add filters."
        raise RefusedError(409, [Fault("too-much-to-convert", text, "convert")])
    names = [column.name for column in question.whole.columns]
    sql, bound = select.cells(question.whole, total, known, flat=False)
    found = [dict(zip(names, row, strict=True)) for row in rows(sql, bound)]
    if not found:
        return answered.Answered([], [], {}, [])
    measures = {
        name: Measure(
            told["value_type"], told["scale"], told["standardisation"] or "", told["ci_level"]
        )
        for name, told in known.indicators.items()
    }
    told = answered.answer(
        found,
        question.to,
        schemes=conversions.schemes,
        crosswalks=conversions.crosswalks,
        measures=measures,
    )
    if not isinstance(told, answered.Answered):
        faults = [Fault("not-convertible", one.text, "convert", one.names) for one in told]
        raise RefusedError(409, faults)
    kept = [_labelled(row, known) for row in told.rows if _wanted(row, question)]
    gaps = [_labelled(row, known) for row in told.gaps if _wanted(row, question)]
    return replace(told, rows=_ordered(kept, question.shown), gaps=gaps)


def _wanted(row: Mapping[str, Any], question: Asked) -> bool:
    both = {("", row["ethnicity"]), (row["scheme"], row["ethnicity"])}
    return not question.groups or not question.groups.isdisjoint(both)


def _labelled(row: Mapping[str, Any], known: Known) -> dict[str, Any]:
    """A row with the names of its new group and classification."""
    group = f"{row['scheme']}:{row['ethnicity']}"
    return {
        **row,
        "ethnicity_label": known.values["ethnicity"].get(group),
        "scheme_title": known.values["scheme"].get(row["scheme"]),
    }


def _ordered(rows: list[dict[str, Any]], question: Question) -> list[dict[str, Any]]:
    """The rows in the order of `sort`, those without a value last."""
    for column, down in reversed(question.order):
        name = column.name
        there = [row for row in rows if row[name] is not None]
        none = [row for row in rows if row[name] is None]
        rows = sorted(there, key=lambda row: row[name], reverse=down) + none
    return rows


def columns(question: Asked) -> list[Column]:
    """The columns of the answer: those that were asked for, and where each figure is from."""
    return [*question.shown.columns, *ORIGIN]


def as_json(row: Mapping[str, Any], shown: Sequence[Column]) -> dict[str, Any]:
    """The columns of a row that are shown, objects read from their text."""
    told = {column.name: row[column.name] for column in shown}
    objects = [c.name for c in shown if c.kind == "object" and told[c.name] is not None]
    return told | {name: json.loads(told[name]) for name in objects}


def _start(after: Sequence[Any] | None) -> int:
    return after[0] if after and isinstance(after[0], int) and after[0] > 0 else 0


def page(question: Asked, rows: Sequence[Any], known: Known) -> tuple[Sequence[Any], str]:
    """The rows of the page that is asked for, and the cursor of the next, empty for none."""
    start = _start(question.shown.after)
    limit = question.shown.limit or len(rows)
    end = start + limit
    more = end < len(rows)
    following = cursor.write([end], question.shown.digest, known.edition) if more else ""
    return rows[start:end], following
