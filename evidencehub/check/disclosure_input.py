"""The counts of a dataset, as the audit of disclosure takes them.

A count is known as it is shown, within its rounding, or within what a rate or its limits say
of it; a hidden one as the package's policy says.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Literal, NamedTuple

from evidencehub.check import previous_releases
from evidencehub.check.definition import IS_CRUDE_SQL, SCALE_SQL, RuleContext
from evidencehub.check.disclosure_policy import DisclosurePolicy, applies_to_area
from evidencehub.check.published_value import OBSERVATION_KEY, PublishedValue
from evidencehub.disclosure.counts import BoundedCount, CountKey
from evidencehub.domain.code_lists import CodeList
from evidencehub.domain.status import (
    RATE_VALUE_TYPES,
    SECONDARY_CONFIDENTIALITY,
    SUPPRESSED,
    quote_codes,
)
from evidencehub.stats.rounding import (
    ConsistentCounts,
    counts_consistent_with_limits,
    counts_consistent_with_rate,
)

MAX_EVENTS_FROM_LIMITS, MAX_DENOMINATOR_FROM_LIMITS = (
    2_000,
    10_000,
)  # behind limits without any count, no more are thought of
MAX_ROWS_WITH_LIMITS = 5_000  # rows of which limits are looked into
MAX_TRIED_COUNTS = (
    20_000  # counts tried for one figure; one that leaves more open says nothing of a few
)
MAX_DECIMALS, MAX_USABLE_VALUE = (
    12,
    1e12,
)  # figures beyond them are mistakes, and other rules say so
_FROM_SQL = "from observation as o left join indicators as i on i.id = o.indicator"
_IS_RATE_SQL = (
    f"o.value >= 0 and i.value_type in {quote_codes(RATE_VALUE_TYPES)} "
    "and (coalesce(o.denominator, o.population) > 0 or o.ci_lower is not null) "
    "and o.comparator = '' "
    f"and {SCALE_SQL} > 0 and {IS_CRUDE_SQL}"
)
_IS_COUNT_SQL = (
    f"i.value_type = 'count' or o.numerator is not null or o.obs_status = '{SUPPRESSED}'"
)
_VALUES_SQL = f"""
select
  o.file, o.row, {", ".join(f"o.{name}" for name in OBSERVATION_KEY)},
  case when i.value_type = 'count' then o.value else o.numerator end, o.denominator,
  coalesce(o.counting_basis, ''), o.obs_status = '{SUPPRESSED}', o.conf_status, o.value,
  coalesce(o.decimals, i.decimals, 0), {SCALE_SQL}, coalesce(i.value_type, ''), o.ci_lower,
  o.ci_upper, coalesce(o.ci_level, i.ci_level, 95), lower(coalesce(i.ci_method, '')), o.derived,
  o.population
{_FROM_SQL}
"""


class CollectedCounts(NamedTuple):
    """The counts of some indicators, and what could not be taken into account.

    `omitted_versions` are earlier releases that were too much; `unread_limits` is the number of
    rows whose confidence limits were not examined.
    """

    counts: list[BoundedCount]
    omitted_versions: list[str]
    unread_limits: int


def count_relevant_rows(dataset: RuleContext) -> dict[str, int]:
    """Return how many rows of each indicator say something of a count."""
    return dict(
        dataset.query(
            f"select o.indicator, count(*) {_FROM_SQL} where {_IS_COUNT_SQL} or ({_IS_RATE_SQL}) "
            "group by o.indicator order by o.indicator"
        )
    )


def collect_counts(
    dataset: RuleContext,
    policy: DisclosurePolicy,
    indicators: Collection[str],
    max_counts: int,
    *,
    is_declared: bool,
    with_previous: bool = True,
) -> CollectedCounts:
    """Return the counts of some indicators, in this release and, unless not asked, earlier ones.

    `is_declared` says that the package promises the policy; else nothing is known of what is
    suppressed but that it is no more than its denominator. Older releases are left out if all
    together would be more than `max_counts`.
    """
    reader = _CountReader(dataset, policy, is_declared=is_declared)
    sql = (
        f"{_VALUES_SQL} where o.indicator in (select value from json_each(?)) "
        f"and ({_IS_COUNT_SQL} or ({_IS_RATE_SQL})) order by o.rowid"
    )
    rows = dataset.query(sql, (json.dumps(sorted(indicators)),))
    counts = reader.read_counts(map(PublishedValue._make, rows))
    counts_by_key = {count.key: count for count in counts}
    omitted_versions, unread = [], reader.unread_limits
    previous = previous_releases.read_previous_values(dataset, indicators) if with_previous else {}
    for version, figures in previous.items():
        base = policy.rounding_base if all(map(reader.is_rounded, figures)) else 0
        previous_reader = _CountReader(
            dataset, replace(policy, rounding_base=base), is_declared=is_declared, release=version
        )
        previous_counts = previous_reader.read_counts(figures)
        unread += previous_reader.unread_limits
        if len(counts) + 2 * len(previous_counts) > max_counts:
            omitted_versions.append(version)
            continue
        counts += previous_counts
        counts += _carry_forward(previous_counts, counts_by_key)
    return CollectedCounts(counts, omitted_versions, unread)


def _carry_forward(
    previous_counts: list[BoundedCount], counts_by_key: dict[CountKey, BoundedCount]
) -> list[BoundedCount]:
    """What only an earlier release tells, once more as a count of this one, to be added up too.

    Nothing is kept of an indicator and period of which some count was revised since: then the
    old totals are not those of the new parts.
    """
    comparable = [(count, count.key._replace(release="")) for count in previous_counts]
    revised = {
        (key.indicator, key.period)
        for count, key in comparable
        if key in counts_by_key
        and not (
            count.lower <= counts_by_key[key].upper and counts_by_key[key].lower <= count.upper
        )
    }
    comparable_counts = [
        replace(count, key=key)
        for count, key in comparable
        if key not in counts_by_key and (key.indicator, key.period) not in revised
    ]
    counts_by_key |= {count.key: count for count in comparable_counts}
    return comparable_counts


def counts_behind_rates(
    dataset: RuleContext, policy: DisclosurePolicy
) -> Iterator[tuple[PublishedValue, ConsistentCounts]]:
    """Yield rates without their counts, and what they say of those."""
    reader = _CountReader(dataset, policy, is_declared=True)
    sql = f"{_VALUES_SQL} where o.numerator is null and {_IS_RATE_SQL} order by o.rowid"
    for cells in dataset.query(sql):
        value = PublishedValue._make(cells)
        counts = reader.consistent_counts(value)
        if counts is not None:
            yield value, counts


class _CountReader:
    """What the figures of one release say of counts."""

    def __init__(
        self,
        dataset: RuleContext,
        policy: DisclosurePolicy,
        *,
        is_declared: bool,
        release: str = "",
    ) -> None:
        self._policy, self._declared, self._release = policy, is_declared, release
        self._applies = cache(lambda area: applies_to_area(policy, dataset, area))
        self._basis = cache(lambda scheme: _counting_basis(dataset.code_book.get_list(scheme)))
        self._tried_row_count = self.unread_limits = 0

    def read_counts(self, figures: Iterable[PublishedValue]) -> list[BoundedCount]:
        """The counts behind figures, of those that say anything of one."""
        return [count for value in figures if (count := self.read_count(value)) is not None]

    def is_rounded(self, value: PublishedValue) -> bool:
        """False for a count that the policy would have rounded, and that is not."""
        base, n = self._policy.rounding_base, value.numerator
        return not base or n is None or n % base == 0 or not self._applies(value.area)

    def read_count(self, value: PublishedValue) -> BoundedCount | None:
        """The count behind a figure with the least and the most that it may be."""
        span = self._count_bounds(value)
        if span is None:
            return None
        denominator_bounds = (
            None
            if value.denominator is None
            else self._bounds_before_rounding(value.denominator, value.area)
        )
        return BoundedCount(
            self._key(value),
            *span,
            bool(value.is_suppressed),
            (value.file, value.row),
            denominator_bounds,
        )

    def _key(self, value: PublishedValue) -> CountKey:
        key = CountKey(
            value.indicator,
            f"{value.period_start}/{value.period_end}",
            value.area,
            value.scheme,
            value.ethnicity,
            value.sex,
            value.age,
            value.dimensions,
            value.comparator + value.adjustment,
            self._release,
        )
        if (value.counting_basis or self._basis(value.scheme)) not in ("", "single", "prioritised"):
            # people in several groups: the groups do not add up
            key = key._replace(scheme=f"{key.scheme} {key.ethnicity}")
        return key

    def _count_bounds(self, value: PublishedValue) -> tuple[float, float] | None:
        policy = self._policy
        people = (
            math.inf
            if value.base is None
            else self._bounds_before_rounding(value.base, value.area)[1]
        )
        if (
            value.is_suppressed
            and self._declared
            and value.conf_status not in SECONDARY_CONFIDENTIALITY
        ):
            return policy.min_suppressed, max(
                min(policy.max_suppressed, people), policy.min_suppressed
            )
        if value.is_suppressed:
            return 0, people
        if value.numerator is not None:
            return (
                self._bounds_before_rounding(value.numerator, value.area)
                if 0 <= value.numerator < MAX_USABLE_VALUE
                else None
            )
        counts = self.consistent_counts(value)
        return (
            None
            if counts is None or not counts.pair_count
            else (counts.min_numerator, counts.max_numerator)
        )

    def _bounds_before_rounding(self, n: float, area: str) -> tuple[float, float]:
        half = self._policy.rounding_base // 2 if n and self._applies(area) else 0
        low = n - half
        if half and n > self._policy.max_suppressed:
            low = max(low, self._policy.max_suppressed + 1)
        # weighted counts are not whole: what lies around them is
        return max(math.floor(low), 0), max(math.ceil(n + half), 0)

    def consistent_counts(self, value: PublishedValue) -> ConsistentCounts | None:
        """What a rate with its denominator says of its count, or with its limits alone."""
        if value.value_type not in RATE_VALUE_TYPES or not _is_usable(value):
            return None
        if value.base:
            span = self._bounds_before_rounding(value.base, value.area)
            is_share = value.value_type != "rate"
            consistent = counts_consistent_with_rate(
                value.value or 0.0,
                value.decimals,
                value.scale,
                span,
                is_proportion=is_share,
                max_tries=MAX_TRIED_COUNTS,
            )
            return consistent if consistent.pair_count >= 0 else None
        if _find_limit_method(value) is None:
            return None
        if self._tried_row_count >= MAX_ROWS_WITH_LIMITS:
            self.unread_limits += 1
            return None
        self._tried_row_count += 1
        return _counts_from_limits(value)


def _is_usable(published: PublishedValue) -> bool:
    """True where arithmetic may be done with a figure: other rules tell of what is not."""
    inputs = (published.value, published.base, published.ci_lower, published.ci_upper)
    numbers = [number for number in inputs if number is not None]
    fits = (
        all(0 <= number < MAX_USABLE_VALUE for number in numbers)
        and 1 / MAX_USABLE_VALUE < published.scale < MAX_USABLE_VALUE
    )
    return published.value is not None and fits and 0 <= published.decimals <= MAX_DECIMALS


def _find_limit_method(published: PublishedValue) -> _LimitMethod | None:
    """Return how the limits of a value were computed; None if that is not known."""
    value, lower, upper = published.value, published.ci_lower, published.ci_upper
    if value is None or lower is None or upper is None or published.derived:
        return None
    method = _LIMIT_METHODS["rate" if published.value_type == "rate" else "share"]
    is_named = any(name in published.ci_method for name in method.names)
    return method if is_named and published.ci_level == 95 else None


def _counts_from_limits(published: PublishedValue) -> ConsistentCounts | None:
    """Return what a value with its limits says of its count; None if that is not known."""
    limit_method = _find_limit_method(published)
    value, lower, upper = published.value, published.ci_lower, published.ci_upper
    if limit_method is None or value is None or lower is None or upper is None:
        return None
    consistent = counts_consistent_with_limits(
        value,
        lower,
        upper,
        published.decimals,
        scale=published.scale,
        method=limit_method.method,
        max_denominator=limit_method.maximum,
        max_tries=MAX_TRIED_COUNTS,
    )
    # at the end of what is thought of nothing is known
    is_rate = published.value_type == "rate"
    reached_limit = consistent.max_numerator if is_rate else consistent.max_denominator
    is_known = consistent.pair_count >= 0 and reached_limit < limit_method.maximum
    return consistent if is_known else None


class _LimitMethod(NamedTuple):
    """A method of limits, the names that `ci_method` may give it, and the most thought of."""

    method: Literal["byar", "wilson"]
    names: tuple[str, ...]
    maximum: int


_LIMIT_METHODS: Mapping[str, _LimitMethod] = {
    "rate": _LimitMethod("byar", ("byar", "poisson"), MAX_EVENTS_FROM_LIMITS),
    "share": _LimitMethod("wilson", ("wilson",), MAX_DENOMINATOR_FROM_LIMITS),
}


def _counting_basis(code_list: CodeList | None) -> str:
    return code_list.counting_basis if code_list is not None else ""
