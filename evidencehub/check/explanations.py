"""What the source really says: rules that a package may answer with a reason, which is published.

Coverage above 100 %, negative corrections, rates beside weighted counts are normal in official
tables. Where the package explains them (`hub.explained`), an error becomes a warning that quotes
the reason, and a warning is answered.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from evidencehub.check.definition import (
    OBSERVATIONS_SQL,
    RuleContext,
    SqlCondition,
    Violation,
    make_violation,
)
from evidencehub.domain.problem import Severity

EXPLAINABLE_RULES = frozenset((
    "values/percentage-range", "values/negative", "values/rate-disagrees",
    "values/numerator-above-denominator", "plausibility/unit", "plausibility/scale",
    "plausibility/group", "plausibility/missing-group", "plausibility/parts",
    "plausibility/digits", "plausibility/whole-number", "plausibility/last-release",
))  # fmt: skip
"""Rules that look for what is unusual; no reason makes good what is wrong."""
_RULES_OF_SHARES = ("values/percentage-range", "values/numerator-above-denominator")


class Explanation(NamedTuple):
    """A reason that a package gives; of all its indicators where it names none."""

    rule: str
    reason: str
    indicators: tuple[str, ...] = ()


def list_explanations(dataset: RuleContext) -> list[Explanation]:
    """Return what the package explains, and what its indicators say of their sources."""
    if "explanations" not in dataset.memo:
        entries = dataset.package.hub.get("explained") or ()
        declared = [
            Explanation(entry["rule"], entry["reason"], tuple(entry.get("indicators") or ()))
            for entry in entries
        ]
        dataset.memo["explanations"] = [*declared, *_read_caveats(dataset)]
    explanations: list[Explanation] = dataset.memo["explanations"]
    return explanations


def _read_caveats(dataset: RuleContext) -> Iterator[Explanation]:
    """A share may exceed its whole where both are of different sources, and a caveat says so.

    An indicator has the caveats of the package beside its own.
    """
    hub = dataset.package.hub
    shared_caveats = " ".join(hub.get("caveats") or ())
    rows = dataset.query(
        "select id, coalesce(caveats, '') from indicators "
        "where coalesce(nullif(same_source, ''), ?) = 'no' order by id",
        (str(hub.get("same_source") or ""),),
    )
    for indicator, own_caveats in rows:
        caveats = own_caveats or shared_caveats
        if caveats:
            for rule in _RULES_OF_SHARES:
                yield Explanation(rule, caveats, (indicator,))


def _quote_texts(texts: tuple[str, ...]) -> str:
    """Texts of a descriptor as an SQL list."""
    quoted = ("'" + text.replace("'", "''") + "'" for text in texts)
    return f"({', '.join(quoted)})"


def find_explained(
    rule: str, condition: SqlCondition, dataset: RuleContext, severity: Severity = "error"
) -> tuple[SqlCondition, list[Violation]]:
    """Return the condition without the rows that the package explains, and a remark on those."""
    remarks: list[Violation] = []
    for explanation in list_explanations(dataset):
        if explanation.rule != rule:
            continue
        is_of_it = "1"
        if explanation.indicators:
            is_of_it = f"o.indicator in {_quote_texts(explanation.indicators)}"
        explained_sql = f"({condition.sql}) and {is_of_it}"
        explained_rows = dataset.query(
            f"select o.file, o.row, count(*) over () {OBSERVATIONS_SQL} "
            f"where {explained_sql} order by o.file, o.row limit 1"
        )
        for file, row, count in explained_rows if severity == "error" else ():
            remark = make_violation(
                file, row, condition.column, "values/explained", reason=explanation.reason
            )
            remarks.append(remark._replace(occurrences=count, severity="warning"))
        condition = condition.without(is_of_it)
    return condition, remarks


def is_answered(dataset: RuleContext, rule: str, indicator: str) -> bool:
    """Whether the package explains what a warning would say of an indicator."""
    return any(
        explanation.rule == rule
        and (not explanation.indicators or indicator in explanation.indicators)
        for explanation in list_explanations(dataset)
    )
