"""Rules on recommendations and searches: when it was looked, and which status is which."""

from __future__ import annotations

from collections.abc import Iterator

from evidencehub.check.definition import Rule, RuleContext, Violation, make_violation
from evidencehub.domain.code_lists import NO_RESPONSE_STATUS, OUTCOME_LEVEL

_CHECK_COLUMNS = ("last_checked", "checked_where", "checked_by")


_CHECKED_ROLES = {"recommendations": "next_check", "findings": "null"}
"""The tables with searches, and what says in them when the next one is."""


def _incomplete_check(dataset: RuleContext) -> Iterator[Violation]:
    columns = ", ".join(_CHECK_COLUMNS)
    for role, next_check_sql in _CHECKED_ROLES.items():
        sql = f"select file, row, {next_check_sql}, {columns} from {role} order by rowid"
        for file, row, next_check, *cells in dataset.query(sql):
            missing = [name for name, cell in zip(_CHECK_COLUMNS, cells, strict=True) if not cell]
            if missing and len(missing) < len(_CHECK_COLUMNS):
                code, names = "metadata/last-check/incomplete", tuple(missing)
                yield make_violation(file, row, missing[0], code, columns=names)
            if next_check and cells[0] and next_check <= cells[0]:
                yield make_violation(
                    file,
                    row,
                    "next_check",
                    "metadata/last-check/order",
                    next_check=next_check,
                    last_checked=cells[0],
                )


def _unsought_response(dataset: RuleContext) -> Iterator[Violation]:
    if "recommendations" in dataset.incomplete_roles:
        return
    sql = f"""
select r.file, r.row, 'status', r.id from recommendations as r
where r.status = '{NO_RESPONSE_STATUS}' and r.last_checked is null
union all
select u.file, u.row, 'status', u.recommendation from updates as u
join recommendations as r on r.id = u.recommendation
where u.status = '{NO_RESPONSE_STATUS}' and r.last_checked is null
"""
    for file, row, column, name in dataset.query(sql):
        yield make_violation(file, row, column, "recommendations/unsought-response", id=name)


def _outcome_when_issued(dataset: RuleContext) -> Iterator[Violation]:
    statuses = dataset.code_book.lists["recommendation-status"].codes
    sql = "select file, row, status from recommendations order by rowid"
    for file, row, status in dataset.query(sql):
        if status in statuses and statuses[status].level == OUTCOME_LEVEL:
            yield make_violation(
                file, row, "status", "recommendations/outcome-when-issued", status=status
            )


RULES = (
    Rule(
        "metadata/last-check",
        "dataset",
        "The day on which a response or evidence was last looked for must say where it was looked "
        "for and who looked.",
        "Fill in `last_checked`, `checked_where` and `checked_by`, or leave all three empty, which "
        "says that it has not yet been looked for. `next_check` must be later.",
        _incomplete_check,
    ),
    Rule(
        "recommendations/unsought-response",
        "dataset",
        "“No published response found” must rest on a search.",
        "Fill in `last_checked`, `checked_where` and `checked_by`, or use the status “unknown”.",
        _unsought_response,
    ),
    Rule(
        "recommendations/outcome-when-issued",
        "dataset",
        "What a recommendation brought must be an update, not its status when it was made.",
        "Record the outcome in `updates` with its date and source.",
        _outcome_when_issued,
    ),
)
