"""What a rule is: a row of the table of rules, and the three places where one may look."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, NamedTuple

from evidencehub.check.summary import ObservationSummary
from evidencehub.domain.code_lists import CodeBook
from evidencehub.domain.columns import Chunk
from evidencehub.domain.package import Resource, SourcePackage
from evidencehub.domain.problem import MAX_PER_KIND, Problem, Sentence, Severity
from evidencehub.domain.status import build_scale_sql
from evidencehub.messages.rendering import Message, Parameter, make_message

Query = Callable[..., list[tuple[Any, ...]]]  # (sql, values) -> rows of the staging database


class Violation(NamedTuple):
    """Where a rule found something, and what; `occurrences` where one stands for several alike.

    `severity` is the rule's own unless it says another.
    """

    file: str
    row: int | None
    field: str
    message: Sentence | str
    occurrences: int = 1
    severity: Severity | None = None


def make_violation(
    file: str, row: int | None, field: str, code: str, /, **params: Parameter
) -> Violation:
    """Return what was found at a place, as the message of this code with its parameters."""
    return Violation(file, row, field, make_message(code, **params))


def make_descriptor_violation(field: str, code: str, /, **params: Parameter) -> Violation:
    """Return what was found at a place of the descriptor."""
    return make_violation("datapackage.json", None, field, code, **params)


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of mistake: its name, what it says, what to do, and how it is looked for.

    A `descriptor` rule looks at the package's descriptor, a `chunk` rule at a run of rows in
    the package's own shape, a `dataset` rule asks the staging database. Each gives findings:
    file, row, field and message. A rule without `find_violations` is judged elsewhere in the gate
    (structure by Frictionless, codes while they are looked up) or belongs to a later release.
    """

    name: str
    scope: Literal["descriptor", "chunk", "dataset", "collection"]
    requirement: str
    fix: str
    find_violations: (
        Callable[..., Iterable[Violation]] | SqlCondition | tuple[SqlCondition, ...] | None
    ) = None
    severity: Severity = "error"

    def make_problem(self, violation: Violation) -> Problem:
        """The problem that a finding of this rule tells."""
        file, row, field, message, times, severity = violation
        severity = severity or self.severity
        return Problem(self.name, message, self.fix, severity, file, row, field, times)

    @property
    def conditions(self) -> tuple[SqlCondition, ...]:
        """What the rule asks of every observation in SQL."""
        checks = (
            self.find_violations
            if isinstance(self.find_violations, tuple)
            else (self.find_violations,)
        )
        return tuple(look for look in checks if isinstance(look, SqlCondition))


@dataclass(frozen=True, slots=True)
class RuleContext:
    """What a dataset rule may look at: package, codes, staging database, what was counted.

    `previous_releases` are the flat files of releases that were published before, by version.
    """

    package: SourcePackage
    code_book: CodeBook
    query: Query
    summary: ObservationSummary
    incomplete_roles: frozenset[str] = (
        frozenset()
    )  # roles of which rows were left out for a mistake
    previous_releases: Mapping[str, Path] = field(default_factory=dict)
    memo: dict[str, Any] = field(default_factory=dict)  # what several rules need, computed once


@dataclass(frozen=True, slots=True)
class ResourceChunk:
    """What a chunk rule may look at: a run of rows, and the resource they are of."""

    resource: Resource
    chunk: Chunk
    suspicious_texts: dict[str, set[str]] = field(
        default_factory=dict
    )  # texts that the cell rules look at

    def make_violation(
        self, position: int, field: str, code: str, /, **params: Parameter
    ) -> Violation:
        """Return what was found in the row at `position` of the chunk."""
        return make_violation(self.chunk.file, self.chunk.rows[position], field, code, **params)


@dataclass(frozen=True, slots=True)
class SqlCondition:
    """A dataset rule said in SQL: every observation for which `sql` holds is a finding.

    `o` is the observation and `i` its indicator (empty where another package defines it).
    `template` may name `parameters`, each of them an expression in SQL.
    """

    sql: str
    column: str
    template: str
    parameters: Mapping[str, str] = field(default_factory=dict)

    def without(self, sql: str) -> SqlCondition:
        """The condition of the rows for which `sql` does not hold."""
        return replace(self, sql=f"({self.sql}) and not ({sql})")

    def find_violations(self, code: str, dataset: RuleContext) -> Iterator[Violation]:
        """The findings, the last of very many standing for all beyond; `code` is the rule's."""
        columns = ", ".join(["o.file", "o.row", "count(*) over ()", *self.parameters.values()])
        rows = dataset.query(
            f"select {columns} {OBSERVATIONS_SQL} "
            f"where {self.sql} order by o.file, o.row limit {MAX_LISTED_ROWS}"
        )
        for position, (file, row, count, *quoted) in enumerate(rows, start=1):
            params = tuple(zip(self.parameters, map(format_number, quoted), strict=True))
            message = Message(code, params, self.template)
            yield Violation(file, row, self.column, message, count_occurrences(position, count))


IS_CRUDE_SQL = (
    "o.adjustment = '' and (i.standardisation is null or i.standardisation like 'crude%' "
    "or i.standardisation like 'none%')"
)
SCALE_SQL = build_scale_sql("i.")
"""What a figure is multiplied by: 100 for a percentage, 1,000 for a rate per 1,000."""

OBSERVATIONS_SQL = "from observation as o left join indicators as i on i.id = o.indicator"
MAX_LISTED_ROWS = MAX_PER_KIND + 1  # of one condition; the last stands for all that follow


def count_occurrences(position: int, count: int) -> int:
    """Return how many findings the one at `position` stands for: the last listed for all others."""
    return count - MAX_LISTED_ROWS + 1 if position == MAX_LISTED_ROWS else 1


def format_number(value: Any) -> Any:
    """A number as people write it: no decimals that say nothing."""
    if isinstance(value, float):
        return f"{value:.12g}"
    return "nothing" if value is None else value
