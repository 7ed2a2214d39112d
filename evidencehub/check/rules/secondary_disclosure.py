"""Rules on single values that disclose suppressed ones, and small counts, without any sum.

What a policy of the package's own forbids stops the dataset. Values that their source has
already published cannot be taken back: what they disclose is reported, and stops nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from operator import itemgetter
from typing import TYPE_CHECKING

from evidencehub.check import previous_releases
from evidencehub.check.definition import Rule, RuleContext, Violation, format_number, make_violation
from evidencehub.check.disclosure_policy import (
    DEFAULT_POLICY,
    applies_to_area,
    disclosure_severity,
    get_policy,
    has_suppressed_values,
    with_severity,
)
from evidencehub.check.published_value import OBSERVATION_KEY, PublishedValue
from evidencehub.domain.status import SUPPRESSED
from evidencehub.messages.rendering import Message, make_message

if TYPE_CHECKING:
    from evidencehub.stats.rounding import ConsistentCounts

MIN_AGREEMENT = 0.5  # of the rows that show their counts


def _published_previously(dataset: RuleContext) -> Iterator[Violation]:
    """A hidden count that an earlier release of the same dataset shows."""
    if not dataset.previous_releases or not has_suppressed_values(dataset):
        return
    sql = (
        f"select {', '.join(OBSERVATION_KEY)}, file, row from observation "
        f"where obs_status = '{SUPPRESSED}'"
    )
    suppressed_rows = {tuple(key): (file, row) for *key, file, row in dataset.query(sql)}
    messages: dict[tuple[str, int], Message] = {}
    for version, figures in previous_releases.read_previous_values(dataset).items():
        for value in figures:
            location, published = (
                suppressed_rows.get(value.key),
                value.value if value.numerator is None else value.numerator,
            )
            if location is not None and published is not None:
                messages[location] = make_message(
                    "disclosure/published-before", version=version, value=format_number(published)
                )
    violations = [
        Violation(*location, "obs_status", message)
        for location, message in sorted(messages.items(), key=itemgetter(0))
    ]
    yield from with_severity(violations, disclosure_severity(dataset))


def _censored_with_counts(dataset: RuleContext) -> Iterator[Violation]:
    """A censored rate with both of its counts beside it."""
    sql = (
        "select o.file, o.row, o.indicator, o.value_min, o.value_max, o.numerator, o.denominator "
        "from observation as o "
        "where (o.value_min is not null or o.value_max is not null) "
        "and o.numerator is not null and o.denominator > 0 order by o.rowid"
    )
    for file, row, indicator, low, high, n, d in dataset.query(sql):
        message = make_message(
            "disclosure/mask-undone/under" if low is None else "disclosure/mask-undone/over",
            indicator=indicator,
            bound=format_number(high if low is None else low),
            numerator=format_number(n),
            denominator=format_number(d),
        )
        yield Violation(file, row, "value", message, 1, disclosure_severity(dataset))


def _counts_in_unmapped_columns(dataset: RuleContext) -> Iterator[Violation]:
    """A column without a concept that holds the count where the figure is hidden.

    Where other rows show their counts, a column is one of counts if it mostly agrees with them.
    """
    if not has_suppressed_values(dataset):
        return
    policy = get_policy(dataset) or DEFAULT_POLICY
    agreement_by_column: dict[str, float] = dict(
        dataset.query(_AGREEMENT_SQL, (policy.rounding_base,))
    )
    sql = (
        "select file, row, j.key, j.value from observation as o, json_each(o.extra) as j "
        f"where o.obs_status = '{SUPPRESSED}' and o.extra is not null and {_IS_NUMBER_SQL} "
        "and cast(j.value as real) between 0 and ? order by o.rowid"
    )
    violations = [
        make_violation(file, row, name, "disclosure/raw-column", value=format_number(value))
        for file, row, name, value in dataset.query(sql, (policy.max_suppressed,))
        if agreement_by_column.get(name, 1.0) > MIN_AGREEMENT
    ]
    yield from with_severity(violations, disclosure_severity(dataset))


# text columns hold numbers too
_IS_NUMBER_SQL = (
    "(j.type in ('integer', 'real') "
    "or (j.type = 'text' and trim(j.value) glob '[0-9]*' and trim(j.value) not glob '*[^0-9.]*'))"
)
_AGREEMENT_SQL = f"""
select j.key, avg(abs(cast(j.value as real) - coalesce(o.numerator, o.value)) <= ?)
from observation as o, json_each(o.extra) as j
where o.obs_status <> '{SUPPRESSED}' and o.extra is not null and {_IS_NUMBER_SQL}
  and coalesce(o.numerator, o.value) is not null
group by j.key
"""


def _rates_revealing_counts(dataset: RuleContext) -> Iterator[Violation]:
    """A rate, without its count, of which only a small count can be the numerator."""
    policy = get_policy(dataset)
    if policy is None:
        return
    # imported here: few packages have a policy of their own
    from evidencehub.check import disclosure_input

    violations = []
    for value, counts in disclosure_input.counts_behind_rates(dataset, policy):
        pins_small_count = counts.pins_within(policy.min_suppressed, policy.max_suppressed)
        if pins_small_count and applies_to_area(policy, dataset, value.area):
            message = _build_rate_message(value, counts)
            violations.append(Violation(value.file, value.row, "value", message))
    yield from violations


def _build_rate_message(value: PublishedValue, counts: ConsistentCounts) -> Message:
    rate = format_number(value.value)
    lower, upper = format_number(counts.min_numerator), format_number(counts.max_numerator)
    count = lower if counts.is_exact else f"{lower} to {upper}"
    if value.base is not None:
        return make_message(
            "disclosure/rate-tells-count/denominator",
            rate=rate,
            denominator=format_number(value.base),
            count=count,
        )
    return make_message(
        "disclosure/rate-tells-count/limits",
        rate=rate,
        lower=format_number(value.ci_lower),
        upper=format_number(value.ci_upper),
        count=count,
    )


RULES = (
    Rule(
        "disclosure/published-before",
        "dataset",
        "A value suppressed now must not have been published in an earlier release.",
        "Publish the value, or explain in changes.md why it is now suppressed. Earlier "
        "releases stay available.",
        _published_previously,
    ),
    Rule(
        "disclosure/rate-tells-count",
        "dataset",
        "A rate must not be so precise that it implies a small count.",
        "Suppress the row's values, omit the denominator and confidence limits, or reduce the "
        "decimals.",
        _rates_revealing_counts,
    ),
    Rule(
        "disclosure/mask-undone",
        "dataset",
        "A censored value (“over” or “under”) must not be derivable from the counts in its row.",
        "Remove the counts, or publish the value.",
        _censored_with_counts,
    ),
    Rule(
        "disclosure/raw-column",
        "dataset",
        "A suppressed value must not appear in another column of its row.",
        "Delete the value from this column. The whole file is published, including columns "
        "without a concept.",
        _counts_in_unmapped_columns,
    ),
)
