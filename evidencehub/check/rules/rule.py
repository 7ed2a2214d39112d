"""What a rule is: a row of the table of rules, and the three places where one may look."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from evidencehub.check.tally import Tally
from evidencehub.codes import CodeBook
from evidencehub.model.columns import Chunk
from evidencehub.model.package import Resource, SourcePackage
from evidencehub.model.problem import Problem, Severity

Query = Callable[..., list[tuple[Any, ...]]]  # (sql, values) -> rows of the staging database
Finding = tuple[str, int | None, str, str]  # file, row, field, message


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of mistake: its name, what it says, what to do, and how it is looked for.

    A `descriptor` rule looks at the package's descriptor, a `chunk` rule at a run of rows in
    the package's own shape, a `dataset` rule asks the staging database. Each gives findings:
    file, row, field and message. A rule without `look` is judged elsewhere in the gate
    (structure by Frictionless, codes while they are looked up) or belongs to a later release.
    """

    name: str
    scope: Literal["descriptor", "chunk", "dataset", "collection"]
    says: str
    fix: str
    look: Callable[..., Iterable[Finding]] | None = None
    severity: Severity = "error"

    def problem(self, finding: Finding, times: int = 1) -> Problem:
        """The problem that a finding of this rule tells."""
        file, row, field, message = finding
        return Problem(self.name, message, self.fix, self.severity, file, row, field, times)


@dataclass(frozen=True, slots=True)
class Dataset:
    """What a dataset rule may look at: package, codes, staging database, what was counted."""

    package: SourcePackage
    book: CodeBook
    query: Query
    tally: Tally


@dataclass(frozen=True, slots=True)
class Part:
    """What a chunk rule may look at: a run of rows, and the resource they are of."""

    resource: Resource
    chunk: Chunk
    odd: dict[str, set[str]] = field(default_factory=dict)  # texts that the cell rules look at


@dataclass(frozen=True, slots=True)
class Condition:
    """A dataset rule said in SQL: every observation for which `sql` holds is a finding.

    `o` is the observation and `i` its indicator (empty where another package defines it).
    `message` may quote the `columns` as {0}, {1} …
    """

    sql: str
    field: str
    message: str
    columns: str = ""

    def __call__(self, dataset: Dataset) -> Iterator[Finding]:
        """The first findings, and how many there are beyond them."""
        extra = f", {self.columns}" if self.columns else ""
        rows = dataset.query(
            f"select o.file, o.row, count(*) over (){extra} {OBSERVATIONS} "
            f"where {self.sql} order by o.file, o.row limit {TOLD}"
        )
        for file, row, _, *quoted in rows:
            yield file, row, self.field, self.message.format(*map(number, quoted))
        if rows and rows[0][2] > len(rows):
            more = rows[0][2] - len(rows)
            yield rows[0][0], None, self.field, f"The same in {more} rows more."


OBSERVATIONS = "from observation as o left join indicators as i on i.id = o.indicator"
TOLD = 6  # places named for one rule; the rest are counted


def number(value: Any) -> Any:
    """A number as people write it: no decimals that say nothing."""
    if isinstance(value, float):
        return f"{value:.12g}"
    return "nothing" if value is None else value
