"""Whether rates agree with their counts, within the rounding of either."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from evidencehub.check.definition import (
    IS_CRUDE_SQL,
    SCALE_SQL,
    RuleContext,
    SqlCondition,
    Violation,
)
from evidencehub.check.explanations import find_explained
from evidencehub.domain.count_rounding import get_rounding_reach
from evidencehub.domain.status import RATE_VALUE_TYPES, quote_codes
from evidencehub.messages.rendering import make_message

RULE = "values/rate-disagrees"
LIKELY_BASES = (5, 10)
MIN_ROUNDED_COUNTS = 4  # counts that are all multiples of 5 by chance once in 625 tables
_RECOMPUTED_SQL = f"o.numerator * {SCALE_SQL} / o.denominator"
_LAST_DECIMAL_SQL = "pow(10, -coalesce(o.decimals, i.decimals, 0))"
# time at risk is published in whole units: half a unit either way moves the rate by this much
_ROUNDED_TIME_SQL = f"(i.unit like '%person-%') * {_RECOMPUTED_SQL} * 0.5 / o.denominator"
_DISAGREES_SQL = (
    # the first comparison is quick, and settles nearly every row
    f"o.denominator > 0 and abs(o.value - {_RECOMPUTED_SQL}) > {_LAST_DECIMAL_SQL} * 1.000001 "
    f"and abs(o.value - {_RECOMPUTED_SQL}) > {_LAST_DECIMAL_SQL} * 1.000001 + {_ROUNDED_TIME_SQL} "
    f"and i.value_type in {quote_codes(RATE_VALUE_TYPES)} and {IS_CRUDE_SQL}"
)


def find_rate_disagreements(dataset: RuleContext) -> Iterator[Violation]:
    """Rates that do not follow from their counts, by more than rounding of either explains.

    Where all counts of an indicator look rounded and would explain it, that is a remark.
    """
    hub = dataset.package.hub
    reach = float(hub.get("counts_rounded_to") or 0) / 2
    reach = max(reach, get_rounding_reach(hub.get("disclosure_policy")))
    condition = SqlCondition(
        f"({_DISAGREES_SQL}) and not ({_within_rounding_sql(reach)})",
        "value",
        "The value is {value}, but {numerator} of {denominator} gives {recomputed}.",
        {
            "numerator": "o.numerator",
            "denominator": "o.denominator",
            "value": "o.value",
            "recomputed": f"round({_RECOMPUTED_SQL}, 6)",
        },
    )
    condition, remarks = find_explained(RULE, condition, dataset)
    yield from remarks
    for base in LIKELY_BASES:
        within_sql = f"{_looks_rounded_sql(base)} and ({_within_rounding_sql(base / 2)})"
        rounded = replace(condition, sql=f"({condition.sql}) and {within_sql}")
        for violation in rounded.find_violations(RULE, dataset):
            message = make_message("values/rate-disagrees/rounded", base=base)
            yield violation._replace(message=message, severity="warning")
        condition = condition.without(within_sql)
    yield from condition.find_violations(RULE, dataset)


def _looks_rounded_sql(base: int) -> str:
    """Whether all counts of an indicator are multiples of a base, and are enough to tell."""
    return (
        "o.indicator in (select indicator from observation group by indicator "
        f"having count(numerator) + count(denominator) >= {MIN_ROUNDED_COUNTS} "
        f"and total(numerator % {base} <> 0) + total(denominator % {base} <> 0) = 0)"
    )


def _within_rounding_sql(reach: float) -> str:
    """Whether counts that lie so far from those published may give the value."""
    if not reach:
        return "0"
    return (
        f"o.denominator > {reach} and o.value between "
        f"(o.numerator - {reach}) * {SCALE_SQL} / (o.denominator + {reach}) - {_LAST_DECIMAL_SQL} "
        f"and (o.numerator + {reach}) * {SCALE_SQL} / (o.denominator - {reach}) "
        f"+ {_LAST_DECIMAL_SQL}"
    )
