"""Rules on figures: limits, counts, statuses, periods; most are one condition in SQL."""

from __future__ import annotations

from collections.abc import Iterator

from evidencehub.check.rules.rule import (
    IS_CRUDE_SQL,
    MAX_LISTED_ROWS,
    SCALE_SQL,
    Rule,
    RuleContext,
    SqlCondition,
    Violation,
    format_number,
)
from evidencehub.domain.concepts import OBSERVATION_KEY
from evidencehub.domain.status import (
    AVERAGE_VALUE_TYPES,
    FREE,
    MISSING_STATUSES,
    PERCENTAGE,
    PROPORTION,
    RATE_VALUE_TYPES,
    SUPPRESSED,
    quote_codes,
)

_IS_MISSING_STATUS_SQL = f"o.obs_status in {quote_codes(MISSING_STATUSES)}"
_HAS_NO_VALUE_SQL = "o.value is null and o.value_min is null and o.value_max is null"
_RECOMPUTED_SQL = f"o.numerator * {SCALE_SQL} / o.denominator"
_LAST_DECIMAL_SQL = "pow(10, -coalesce(o.decimals, i.decimals, 0))"
# time at risk is published in whole units: half a unit either way moves the rate by this much
_ROUNDED_TIME_SQL = f"(i.unit like '%person-%') * {_RECOMPUTED_SQL} * 0.5 / o.denominator"


def _duplicate_observations(dataset: RuleContext) -> Iterator[Violation]:
    """Observations that say the same of everything that tells two figures apart."""
    if not dataset.summary.may_have_duplicates:
        return
    rows = dataset.query(
        _DUPLICATES_SQL.format(key=", ".join(OBSERVATION_KEY), most=MAX_LISTED_ROWS)
    )
    for position, (file, row, first_file, first_row, count) in enumerate(rows, start=1):
        message = f"This repeats {first_file} row {first_row} (the same in every dimension)."
        yield Violation(
            file,
            row,
            "",
            message,
            count - MAX_LISTED_ROWS + 1 if position == MAX_LISTED_ROWS else 1,
        )


_DUPLICATES_SQL = """
select file, row, first_file, first_row, count(*) over ()
from (
  select
    file, row, rowid as place,
    first_value(file) over same as first_file,
    first_value(row) over same as first_row,
    row_number() over same as n
  from observation
  window same as (partition by {key} order by rowid)
)
where n > 1
order by place
limit {most}
"""


def _future_periods(dataset: RuleContext) -> Iterator[Violation]:
    """Judged against the day the package was made, so that a rebuild next year says the same."""
    created = str(dataset.package.descriptor.get("created", ""))[:10]
    if not created or dataset.summary.last_day <= created:
        return
    rows = dataset.query(
        "select file, row, period_end from observation where period_end > ? "
        "order by file, row limit 6",
        (created,),
    )
    for file, row, end in rows:
        yield Violation(file, row, "period", f"The period ends on {end}, after {created}.")


def _ethnicity_shares(dataset: RuleContext) -> Iterator[Violation]:
    sql = (
        "select file, row, ethnicity_known, ethnicity_unknown from indicators "
        "where ethnicity_known not between 0 and 100 or ethnicity_unknown not between 0 and 100 "
        "or ethnicity_known + ethnicity_unknown > 100.5 order by row"
    )
    for file, row, known_percent, unknown in dataset.query(sql):
        message = (
            f"{format_number(known_percent)} % known and {format_number(unknown)} % "
            f"unknown are not shares of one whole."
        )
        yield Violation(file, row, "ethnicity_known", message)


_NON_NEGATIVE_COLUMNS = {
    "numerator": "numerator",
    "denominator": "denominator",
    "population": "population",
    "se": "standard error",
}

RULES = (
    Rule(
        "values/missing-without-reason",
        "dataset",
        "A figure that is not there says why.",
        "Add obs_status: Q suppressed, M cannot exist, L not collected, O missing, or declare the "
        "mark that stands for it.",
        SqlCondition(f"{_HAS_NO_VALUE_SQL} and o.obs_status = ''", "value", "The value is empty."),
    ),
    Rule(
        "values/status-without-value",
        "dataset",
        "A status that means an ordinary figure stands beside a figure.",
        "Give the value, or a status that says why there is none (Q, M, L, O, H, K, S).",
        SqlCondition(
            f"{_HAS_NO_VALUE_SQL} and o.obs_status <> '' and not ({_IS_MISSING_STATUS_SQL})",
            "obs_status",
            "The status is {0} and there is no value.",
            "o.obs_status",
        ),
    ),
    Rule(
        "values/value-and-status",
        "dataset",
        "A figure that is said to be missing or suppressed is not there.",
        "Take value, limits and standard error out, or correct the status.",
        SqlCondition(
            f"{_IS_MISSING_STATUS_SQL} and (o.value is not null or o.ci_lower is not null "
            "or o.ci_upper is not null or o.se is not null)",
            "obs_status",
            "The status {0} says that there is no figure, and there is one.",
            "o.obs_status",
        ),
    ),
    Rule(
        "values/suppressed-count",
        "dataset",
        "The count behind a suppressed figure is suppressed too.",
        "Take the numerator out: it gives the suppressed figure away.",
        SqlCondition(
            f"o.obs_status = '{SUPPRESSED}' and o.numerator is not null",
            "numerator",
            "The figure is suppressed and its numerator, {0}, is shown.",
            "o.numerator",
        ),
    ),
    Rule(
        "values/suppression-unexplained",
        "dataset",
        "A suppressed figure says what kind of confidentiality it has.",
        "Add conf_status: A small counts, D secondary, C confidential, N not for publication.",
        SqlCondition(
            f"o.obs_status = '{SUPPRESSED}' and o.conf_status = '{FREE}'",
            "conf_status",
            "The figure is suppressed and said to be free.",
        ),
    ),
    Rule(
        "values/confidential-not-suppressed",
        "dataset",
        "A confidential figure is suppressed.",
        "Suppress it (obs_status Q, no value), or correct conf_status.",
        SqlCondition(
            f"o.conf_status <> '{FREE}' and o.obs_status <> '{SUPPRESSED}'",
            "conf_status",
            "The figure is marked confidential ({0}) and shown.",
            "o.conf_status",
        ),
    ),
    Rule(
        "values/censored-and-value",
        "dataset",
        "A figure known only by its bound (“over 950”) has no value of its own.",
        "Give the value or the bound, and a lower bound that is not above the upper one.",
        SqlCondition(
            "(o.value is not null and (o.value_min is not null or o.value_max is not null)) "
            "or o.value_min > o.value_max",
            "value_min",
            "There is a value ({2}), at least {0}, at most {1}: these do not go together.",
            "o.value_min, o.value_max, o.value",
        ),
    ),
    Rule(
        "values/interval-order",
        "dataset",
        "The limits of an interval lie on either side of the value.",
        "Check whether the lower and upper limits are swapped.",
        SqlCondition(
            "o.ci_lower > o.value or o.ci_upper < o.value or o.ci_lower > o.ci_upper",
            "ci_lower",
            "The limits {0} to {1} do not bracket the value {2}.",
            "o.ci_lower, o.ci_upper, o.value",
        ),
    ),
    Rule(
        "values/interval-half",
        "dataset",
        "An interval has both its limits.",
        "Add the other limit, or say in the note why the source gives one only.",
        SqlCondition(
            "(o.ci_lower is null) <> (o.ci_upper is null)",
            "ci_lower",
            "The interval has one limit only ({0} to {1}).",
            "o.ci_lower, o.ci_upper",
        ),
        "warning",
    ),
    Rule(
        "values/interval-level",
        "dataset",
        "The level of an interval is a percentage from 50 to below 100.",
        "Write 95 for a 95 % interval.",
        SqlCondition(
            "coalesce(o.ci_level, i.ci_level) < 50 or coalesce(o.ci_level, i.ci_level) >= 100",
            "ci_level",
            "The level is {0}.",
            "coalesce(o.ci_level, i.ci_level)",
        ),
    ),
    Rule(
        "values/negative",
        "dataset",
        "Counts, rates, percentages, ratios and standard errors are not negative.",
        "Correct the figure, or give the indicator the value type `difference`.",
        (
            SqlCondition(
                "o.value < 0 and i.value_type is not null and i.value_type not in "
                + quote_codes(("difference", *AVERAGE_VALUE_TYPES)),
                "value",
                "The value, {0}, is negative.",
                "o.value",
            ),
            *(
                SqlCondition(f"o.{name} < 0", name, f"The {says}, {{0}}, is negative.", f"o.{name}")
                for name, says in _NON_NEGATIVE_COLUMNS.items()
            ),
        ),
    ),
    Rule(
        "values/percentage-range",
        "dataset",
        "A percentage lies between 0 and 100, a proportion between 0 and 1.",
        "Check the figure and the indicator's value type.",
        SqlCondition(
            f"(i.value_type = '{PERCENTAGE}' and o.value > 100) "
            f"or (i.value_type = '{PROPORTION}' and o.value > 1)",
            "value",
            "{0} is not possible for a {1}.",
            "o.value, i.value_type",
        ),
    ),
    Rule(
        "values/zero-denominator",
        "dataset",
        "A rate is made from at least one person or event.",
        "Leave the value empty with status M (cannot exist).",
        SqlCondition(
            "o.denominator = 0 and o.value is not null",
            "denominator",
            "The denominator is 0 and the value is {0}.",
            "o.value",
        ),
    ),
    Rule(
        "values/numerator-above-denominator",
        "dataset",
        "No more people have something than there are people.",
        "Check both counts; if they come from different sources, say so in the caveats.",
        SqlCondition(
            f"o.numerator > o.denominator and i.value_type in {quote_codes(RATE_VALUE_TYPES)}",
            "numerator",
            "The numerator {0} is above the denominator {1}.",
            "o.numerator, o.denominator",
        ),
        "warning",
    ),
    Rule(
        "values/rate-disagrees",
        "dataset",
        "A rate agrees with its own counts, as far as rounding allows.",
        "Check value, numerator, denominator and the indicator's scale.",
        SqlCondition(
            # the first comparison is quick, and settles nearly every row
            f"o.denominator > 0 and abs(o.value - {_RECOMPUTED_SQL}) > {_LAST_DECIMAL_SQL} "
            f"* 1.000001 "
            f"and abs(o.value - {_RECOMPUTED_SQL}) > {_LAST_DECIMAL_SQL} * 1.000001 + "
            f"{_ROUNDED_TIME_SQL} "
            f"and i.value_type in {quote_codes(RATE_VALUE_TYPES)} and {IS_CRUDE_SQL}",
            "value",
            "The value is {0}; {1} of {2} gives {3}.",
            f"o.value, o.numerator, o.denominator, round({_RECOMPUTED_SQL}, 6)",
        ),
    ),
    Rule(
        "values/ethnicity-shares",
        "dataset",
        "The shares with known and unknown ethnicity lie between 0 and 100 and fit together.",
        "Give both in percent of the same people.",
        _ethnicity_shares,
    ),
    Rule(
        "values/period-order",
        "dataset",
        "A period ends after it starts.",
        "Check whether start and end are swapped.",
        SqlCondition(
            "o.period_start > o.period_end",
            "period_start",
            "The period starts on {0} and ends on {1}.",
            "o.period_start, o.period_end",
        ),
    ),
    Rule(
        "values/period-future",
        "dataset",
        "A period does not end after the package was made.",
        "Correct the period, or `created` in the descriptor.",
        _future_periods,
    ),
    Rule(
        "values/duplicate-observation",
        "dataset",
        "No two figures say the same of indicator, place, time, group and every other dimension.",
        "Delete one, or correct the column that should differ.",
        _duplicate_observations,
    ),
)
