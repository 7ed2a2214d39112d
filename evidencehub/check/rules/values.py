"""Rules on figures: limits, counts, statuses, periods; most are one condition in SQL."""

from __future__ import annotations

from collections.abc import Iterator

from evidencehub.check.definition import (
    MAX_LISTED_ROWS,
    Rule,
    RuleContext,
    SqlCondition,
    Violation,
    count_occurrences,
    format_number,
    make_violation,
)
from evidencehub.check.rate_agreement import find_rate_disagreements
from evidencehub.domain.concepts import OBSERVATION_KEY
from evidencehub.domain.package import UNPUBLISHED_STATES
from evidencehub.domain.status import (
    AVERAGE_VALUE_TYPES,
    FREE,
    MISSING_STATUSES,
    PERCENT_VALUE_TYPES,
    PROPORTION,
    RATE_VALUE_TYPES,
    SUPPRESSED,
    quote_codes,
)
from evidencehub.messages.rendering import make_message

_HEADER_BYTES = 1_000_000  # a header of 400 columns is 20 kB
_IS_MISSING_STATUS_SQL = f"o.obs_status in {quote_codes(MISSING_STATUSES)}"
_HAS_NO_VALUE_SQL = "o.value is null and o.value_min is null and o.value_max is null"
# a value that was rounded may lie outside its limits by half of its last place
_HALF_LAST_PLACE_SQL = "coalesce(0.5000001 * pow(10, -coalesce(o.decimals, i.decimals)), 0)"


def _duplicate_observations(dataset: RuleContext) -> Iterator[Violation]:
    """Observations that say the same of everything that tells two figures apart."""
    if not dataset.summary.may_have_duplicates:
        return
    rows = dataset.query(
        _DUPLICATES_SQL.format(key=", ".join(OBSERVATION_KEY), most=MAX_LISTED_ROWS)
    )
    for position, (file, row, first_file, first_row, is_same, count) in enumerate(rows, start=1):
        place = {"first_file": first_file, "first_row": first_row}
        message = (
            make_message("values/duplicate-observation", **place)
            if is_same
            else make_message("values/duplicate-observation/other-value", **place)
        )
        yield Violation(file, row, "", message, count_occurrences(position, count))


_DUPLICATES_SQL = """
select file, row, first_file, first_row, value is first_value, count(*) over ()
from (
  select
    file, row, rowid as place, value,
    first_value(value) over same as first_value,
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


def _empty_tables(dataset: RuleContext) -> Iterator[Violation]:
    """Tables of values with nothing below their header; those of a draft are still to come."""
    if dataset.package.hub.get("state") in UNPUBLISHED_STATES:
        return
    for resource in dataset.package.with_role("observations"):
        with resource.path.open("rb") as file:
            header, *rows = file.read(_HEADER_BYTES).splitlines() or [b""]
        if not any(rows) and all(f["name"].encode() in header for f in resource.fields):
            yield make_violation(resource.file, 1, "", "values/no-rows")


def _future_periods(dataset: RuleContext) -> Iterator[Violation]:
    """Judged against the day the package was made, so that a rebuild next year says the same."""
    created = str(dataset.package.descriptor.get("created", ""))[:10]
    if not created or dataset.summary.last_day <= created:
        return
    rows = dataset.query(
        "select file, row, period_end, count(*) over () from observation where period_end > ? "
        f"order by file, row limit {MAX_LISTED_ROWS}",
        (created,),
    )
    for position, (file, row, end, count) in enumerate(rows, start=1):
        message = make_message("values/period-future", end=end, created=created)
        yield Violation(file, row, "period", message, count_occurrences(position, count))


def _ethnicity_shares(dataset: RuleContext) -> Iterator[Violation]:
    sql = (
        "select file, row, ethnicity_known, ethnicity_unknown from indicators "
        "where ethnicity_known not between 0 and 100 or ethnicity_unknown not between 0 and 100 "
        "or ethnicity_known + ethnicity_unknown > 100.5 order by row"
    )
    for file, row, known_percent, unknown_percent in dataset.query(sql):
        yield make_violation(
            file,
            row,
            "ethnicity_known",
            "values/ethnicity-shares",
            known=format_number(known_percent),
            unknown=format_number(unknown_percent),
        )


_COUNTS = {"numerator": "o.numerator", "denominator": "o.denominator"}
_LIMITS = {"lower": "o.ci_lower", "upper": "o.ci_upper"}
_NON_NEGATIVE_COLUMNS = {
    "numerator": "numerator",
    "denominator": "denominator",
    "population": "population",
    "se": "standard error",
}

RULES = (
    Rule(
        "values/no-rows",
        "dataset",
        "A table of values should have rows.",
        "Add the rows, or take the table out of the descriptor.",
        _empty_tables,
        "warning",
    ),
    Rule(
        "values/missing-without-reason",
        "dataset",
        "A missing value must have a reason (`obs_status`).",
        "Set obs_status to Q (suppressed), M (cannot exist), L (not collected) or O "
        "(missing), or declare the marker that stands for a missing value.",
        SqlCondition(f"{_HAS_NO_VALUE_SQL} and o.obs_status = ''", "value", "The value is empty."),
    ),
    Rule(
        "values/status-without-value",
        "dataset",
        "A normal status (such as A) must have a value.",
        "Enter the value, or a status that explains why it is missing (Q, M, L, O, H, K, S).",
        SqlCondition(
            f"{_HAS_NO_VALUE_SQL} and o.obs_status <> '' and not ({_IS_MISSING_STATUS_SQL})",
            "obs_status",
            "The status is {status} but the value is empty.",
            {"status": "o.obs_status"},
        ),
    ),
    Rule(
        "values/value-and-status",
        "dataset",
        "A value whose status says it is missing or suppressed must be empty.",
        "Delete the value, confidence limits and standard error, or correct the status.",
        SqlCondition(
            f"{_IS_MISSING_STATUS_SQL} and (o.value is not null or o.ci_lower is not null "
            "or o.ci_upper is not null or o.se is not null)",
            "obs_status",
            "The status {status} says that the value is missing, but a value, limit or standard "
            "error is given.",
            {"status": "o.obs_status"},
        ),
    ),
    Rule(
        "values/suppressed-count",
        "dataset",
        "The numerator of a suppressed value must be suppressed too.",
        "Delete the numerator: the suppressed value can be derived from it.",
        SqlCondition(
            f"o.obs_status = '{SUPPRESSED}' and o.numerator is not null",
            "numerator",
            "The value is suppressed but its numerator, {numerator}, is published.",
            {"numerator": "o.numerator"},
        ),
    ),
    Rule(
        "values/suppression-unexplained",
        "dataset",
        "A suppressed value must have a confidentiality status.",
        "Set conf_status to A (primary suppression, small counts), D (secondary suppression), "
        "C (confidential) or N (not for publication).",
        SqlCondition(
            f"o.obs_status = '{SUPPRESSED}' and o.conf_status = '{FREE}'",
            "conf_status",
            "The value is suppressed (Q) but conf_status is F (free for publication).",
        ),
    ),
    Rule(
        "values/confidential-not-suppressed",
        "dataset",
        "A confidential value must be suppressed.",
        "Suppress it (set obs_status to Q and delete the value), or correct conf_status.",
        SqlCondition(
            f"o.conf_status <> '{FREE}' and o.obs_status <> '{SUPPRESSED}'",
            "conf_status",
            "The value is marked confidential ({status}) but is published.",
            {"status": "o.conf_status"},
        ),
    ),
    Rule(
        "values/censored-and-value",
        "dataset",
        "A censored observation, known only by its bound (“over 950”), must not have a value.",
        "Enter either the value or the bounds. The lower bound must not exceed the upper bound.",
        SqlCondition(
            "(o.value is not null and (o.value_min is not null or o.value_max is not null)) "
            "or o.value_min > o.value_max",
            "value_min",
            "The value ({value}), lower bound ({lower}) and upper bound ({upper}) are "
            "inconsistent.",
            {"lower": "o.value_min", "upper": "o.value_max", "value": "o.value"},
        ),
    ),
    Rule(
        "values/interval-order",
        "dataset",
        "The value must lie between its confidence limits.",
        "Check whether the lower and upper confidence limits are swapped.",
        SqlCondition(
            f"o.ci_lower > o.value + {_HALF_LAST_PLACE_SQL} "
            f"or o.ci_upper < o.value - {_HALF_LAST_PLACE_SQL} or o.ci_lower > o.ci_upper",
            "ci_lower",
            "The value {value} is not between the confidence limits {lower} and {upper}.",
            {**_LIMITS, "value": "o.value"},
        ),
    ),
    Rule(
        "values/interval-half",
        "dataset",
        "A confidence interval should have both limits.",
        "Add the other limit, or explain in the note why the source gives only one.",
        SqlCondition(
            "(o.ci_lower is null) <> (o.ci_upper is null)",
            "ci_lower",
            "The confidence interval has only one limit ({lower} to {upper}).",
            _LIMITS,
        ),
        "warning",
    ),
    Rule(
        "values/interval-level",
        "dataset",
        "The confidence level must be a percentage of at least 50 and below 100.",
        "Write 95 for a 95% confidence interval.",
        SqlCondition(
            "coalesce(o.ci_level, i.ci_level) < 50 or coalesce(o.ci_level, i.ci_level) >= 100",
            "ci_level",
            "The confidence level is {level}.",
            {"level": "coalesce(o.ci_level, i.ci_level)"},
        ),
    ),
    Rule(
        "values/negative",
        "dataset",
        "Counts, rates, percentages, ratios and standard errors must not be negative.",
        "Correct the value. If it is a difference, set the value type to `difference`; if it is a "
        "correction of earlier values, give the reason in hub.explained.",
        (
            SqlCondition(
                "o.value < 0 and i.value_type is not null and i.value_type not in "
                + quote_codes(("difference", *AVERAGE_VALUE_TYPES)),
                "value",
                "The value {value} is negative.",
                {"value": "o.value"},
            ),
            *(
                SqlCondition(
                    f"o.{name} < 0",
                    name,
                    "The {label} {value} is negative.",
                    {"label": f"'{label}'", "value": f"o.{name}"},
                )
                for name, label in _NON_NEGATIVE_COLUMNS.items()
            ),
        ),
    ),
    Rule(
        "values/percentage-range",
        "dataset",
        "A percentage and a composition must be between 0 and 100, a proportion between 0 and 1.",
        "Check the value and the indicator's value type. If numerator and denominator come from "
        "different sources, set same_source to no and say so in the caveats, or give the reason in "
        "hub.explained.",
        SqlCondition(
            f"(i.value_type in {quote_codes(PERCENT_VALUE_TYPES)} and o.value > 100) "
            f"or (i.value_type = '{PROPORTION}' and o.value > 1)",
            "value",
            "{value} is outside the range of a {value_type}.",
            {"value": "o.value", "value_type": "i.value_type"},
        ),
    ),
    Rule(
        "values/zero-denominator",
        "dataset",
        "A rate must have a denominator above 0.",
        "Leave the value empty and set obs_status to M (cannot exist).",
        SqlCondition(
            "o.denominator = 0 and o.value is not null",
            "denominator",
            "The denominator is 0 but a value ({value}) is given.",
            {"value": "o.value"},
        ),
    ),
    Rule(
        "values/numerator-above-denominator",
        "dataset",
        "The numerator should not exceed the denominator.",
        "Check both counts. If they come from different sources, say so in the caveats.",
        SqlCondition(
            f"o.numerator > o.denominator and i.value_type in {quote_codes(RATE_VALUE_TYPES)}",
            "numerator",
            "The numerator {numerator} exceeds the denominator {denominator}.",
            _COUNTS,
        ),
        "warning",
    ),
    Rule(
        "values/rate-disagrees",
        "dataset",
        "A rate must agree with its numerator and denominator, within rounding.",
        "Check the value, the counts and the scale, and whether columns are swapped. If "
        "counts are rounded, state the base in hub.counts_rounded_to; if they are weighted, give "
        "the reason in hub.explained.",
        find_rate_disagreements,
    ),
    Rule(
        "values/ethnicity-shares",
        "dataset",
        "The shares with known and unknown ethnicity must be between 0 and 100 and must not "
        "add up to more than 100.",
        "Give both as percentages of the same people.",
        _ethnicity_shares,
    ),
    Rule(
        "values/period-order",
        "dataset",
        "A period must not end before it starts.",
        "Check whether the start and end of the period are swapped.",
        SqlCondition(
            "o.period_start > o.period_end",
            "period_start",
            "The period starts on {start} but ends on {end}.",
            {"start": "o.period_start", "end": "o.period_end"},
        ),
    ),
    Rule(
        "values/period-future",
        "dataset",
        "A period must not end after the package was created.",
        "Correct the period, or the date in `created`.",
        _future_periods,
    ),
    Rule(
        "values/duplicate-observation",
        "dataset",
        "Two observations must not have the same indicator, area, period, group and other "
        "dimensions.",
        "Delete one row, or correct the column that should differ.",
        _duplicate_observations,
    ),
)
