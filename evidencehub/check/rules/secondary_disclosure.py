"""Rules on what published figures give away of hidden ones, and of small counts.

What a policy of the package's own forbids stops the dataset. Figures that their source has
already published cannot be taken back: what they give away is told, and stops nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING

from evidencehub.check import previous_releases
from evidencehub.check.definition import (
    MAX_LISTED_ROWS,
    Rule,
    RuleContext,
    Violation,
    count_occurrences,
    format_number,
    make_violation,
)
from evidencehub.check.disclosure_policy import (
    DEFAULT_POLICY,
    applies_to_area,
    disclosure_severity,
    get_policy,
    has_suppressed_values,
    limit_violations,
)
from evidencehub.check.published_value import OBSERVATION_KEY, PublishedValue
from evidencehub.domain.status import SUPPRESSED
from evidencehub.messages.rendering import Message, make_message

if TYPE_CHECKING:
    from evidencehub.disclosure.additivity import BoundedCount, CountKey
    from evidencehub.disclosure.audit import DisclosedCount
    from evidencehub.stats.rounding import ConsistentCounts

MAX_AUDITED_COUNTS = 100_000  # counts that are audited as a whole; more take minutes and memory
MIN_AGREEMENT = 0.5  # of the rows that show their counts
MAX_NAMED_ROWS = 8  # rows that a message names
MAX_EXAMINED_ROWS = 20_000  # rows looked at to name the first few that are wrong


def _recoverable_counts(dataset: RuleContext) -> Iterator[Violation]:
    """Hidden counts that others give away, and figures that contradict each other."""
    if not _needs_audit(dataset):
        return
    # imported here: most packages hide nothing
    from evidencehub.check import disclosure_input
    from evidencehub.disclosure.audit import audit_counts

    count = disclosure_input.count_relevant_rows(dataset)
    if count > MAX_AUDITED_COUNTS:
        yield _warn(make_message("disclosure/recoverable/too-large", count=count))
        return
    policy = get_policy(dataset) or DEFAULT_POLICY
    counts, omitted_versions = disclosure_input.collect_counts(
        dataset, policy, MAX_AUDITED_COUNTS, is_declared=get_policy(dataset) is not None
    )
    audit_result = audit_counts(
        counts,
        disclosure_input.build_hierarchies(dataset, counts),
        policy.min_suppressed,
        policy.max_suppressed,
        disclosure_input.find_area_levels(dataset, counts),
    )
    yield from _find_disclosures(dataset, counts, audit_result.disclosed)
    for figures in audit_result.contradictions[:MAX_LISTED_ROWS]:
        message = make_message("disclosure/recoverable/conflict", rows=_describe_rows(figures))
        yield Violation(*_first_location(figures), "numerator", message, 1, "warning")
    if omitted_versions:
        versions = ", ".join(omitted_versions)
        yield _warn(make_message("disclosure/recoverable/versions", versions=versions))
    if audit_result.undecided_count:
        count = audit_result.undecided_count
        yield _warn(make_message("disclosure/recoverable/undecided", count=count))


def _needs_audit(dataset: RuleContext) -> bool:
    """True where counts are hidden, or where a policy may be broken by an earlier release."""
    has_policy_and_history = get_policy(dataset) is not None and bool(dataset.previous_releases)
    return not dataset.incomplete_roles and (
        has_suppressed_values(dataset) or has_policy_and_history
    )


def _warn(message: Message) -> Violation:
    """What the audit says of the table as a whole."""
    return Violation("datapackage.json", None, "hub.disclosure_policy", message, 1, "warning")


def _find_disclosures(
    dataset: RuleContext, counts: Iterable[BoundedCount], disclosed: Iterable[DisclosedCount]
) -> Iterator[Violation]:
    """Exact counts, as grave as the policy says, and then ranges, of which it is a warning."""
    published_keys = {
        count.key._replace(release="")
        for count in counts
        if count.key.release and not count.is_suppressed
    }
    violations: dict[bool, list[Violation]] = {True: [], False: []}
    for count in disclosed:
        if _is_from_this_release(count, published_keys):
            violations[count.is_exact].append(_disclosure_violation(count))
    yield from limit_violations(violations[True], disclosure_severity(dataset))
    yield from limit_violations(violations[False], "warning")


def _is_from_this_release(disclosed: DisclosedCount, published_keys: set[CountKey]) -> bool:
    """False for what an earlier release shows, or gives away, by itself."""
    if _release_label(disclosed.cell):
        is_own_cell = disclosed.cell.key.release == "" and disclosed.cell.key not in published_keys
        return is_own_cell and not all(map(_release_label, disclosed.derived_from))
    return disclosed.cell.key not in published_keys


def _release_label(count: BoundedCount) -> str:
    """The earlier release that tells a count (“version 1.0.0”); empty for this one."""
    return count.location[0] if count.location[0].startswith("version ") else ""


def _first_location(counts: Sequence[BoundedCount]) -> tuple[str, int]:
    """The place of the first count of this release."""
    return next(
        (count.location for count in counts if not _release_label(count)), counts[0].location
    )


def _describe_rows(counts: Iterable[BoundedCount]) -> str:
    """Where counts stand, in words."""
    by_release: dict[str, set[int]] = {}
    for count in counts:
        by_release.setdefault(_release_label(count), set()).add(count.location[1])
    phrases = []
    for release, rows in sorted(by_release.items()):
        row_list = ", ".join(map(str, sorted(rows)[:MAX_NAMED_ROWS])) + (
            " …" if len(rows) > MAX_NAMED_ROWS else ""
        )
        phrases.append(
            f"row{'s' * (len(rows) > 1)} {row_list}{f' of {release}' if release else ''}"
        )
    return " and ".join(phrases)


def _disclosure_violation(disclosed: DisclosedCount) -> Violation:
    cell, sources = disclosed.cell, disclosed.derived_from or (disclosed.cell,)
    message = make_message(
        _RECOVERABLE_CODES[bool(_release_label(cell)), disclosed.is_exact],
        cell=_describe_rows([cell]),
        count=_format_range(disclosed.lower, disclosed.upper, is_exact=disclosed.is_exact),
        rows=_describe_rows(sources),
    )
    return Violation(*_first_location((cell, *sources)), "numerator", message)


_RECOVERABLE_CODES = {
    (False, True): "disclosure/recoverable/exact",
    (False, False): "disclosure/recoverable/range",
    (True, True): "disclosure/recoverable/exact-elsewhere",
    (True, False): "disclosure/recoverable/range-elsewhere",
}
"""By whether an earlier release has the count, and whether it is known exactly."""


def _format_range(lower: float, upper: float, *, is_exact: bool) -> str:
    return f"{format_number(lower)}{'' if is_exact else f' to {format_number(upper)}'}"


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
    yield from limit_violations(violations, disclosure_severity(dataset))


def _censored_with_counts(dataset: RuleContext) -> Iterator[Violation]:
    """A censored rate with both of its counts beside it."""
    sql = (
        "select o.file, o.row, o.value_min, o.value_max, o.numerator, o.denominator, "
        "count(*) over () from observation as o "
        "where (o.value_min is not null or o.value_max is not null) "
        f"and o.numerator is not null and o.denominator > 0 order by o.rowid limit "
        f"{MAX_LISTED_ROWS}"
    )
    for position, (file, row, low, high, n, d, count) in enumerate(dataset.query(sql), start=1):
        message = make_message(
            "disclosure/mask-undone/under" if low is None else "disclosure/mask-undone/over",
            bound=format_number(high if low is None else low),
            numerator=format_number(n),
            denominator=format_number(d),
        )
        occurrences = count_occurrences(position, count)
        yield Violation(file, row, "value", message, occurrences, disclosure_severity(dataset))


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
        f"where o.obs_status = '{SUPPRESSED}' and o.extra is not null "
        "and j.type in ('integer', 'real') "
        f"and j.value between 0 and ? order by o.rowid limit {MAX_EXAMINED_ROWS}"
    )
    violations = [
        make_violation(file, row, name, "disclosure/raw-column", value=format_number(value))
        for file, row, name, value in dataset.query(sql, (policy.max_suppressed,))
        if agreement_by_column.get(name, 1.0) > MIN_AGREEMENT
    ]
    yield from limit_violations(violations, disclosure_severity(dataset))


_AGREEMENT_SQL = f"""
select j.key, avg(abs(j.value - coalesce(o.numerator, o.value)) <= ?)
from observation as o, json_each(o.extra) as j
where o.obs_status <> '{SUPPRESSED}' and o.extra is not null and j.type in ('integer', 'real')
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
    for value, counts in disclosure_input.counts_behind_rates(dataset, policy, MAX_EXAMINED_ROWS):
        pins_small_count = counts.pins_within(policy.min_suppressed, policy.max_suppressed)
        if pins_small_count and applies_to_area(policy, dataset, value.area):
            message = _build_rate_message(value, counts)
            violations.append(Violation(value.file, value.row, "value", message))
    yield from limit_violations(violations)


def _build_rate_message(value: PublishedValue, counts: ConsistentCounts) -> Message:
    rate = format_number(value.value)
    count = _format_range(counts.min_numerator, counts.max_numerator, is_exact=counts.is_exact)
    if value.denominator is not None:
        return make_message(
            "disclosure/rate-tells-count/denominator",
            rate=rate,
            denominator=format_number(value.denominator),
            count=count,
        )
    return make_message(
        "disclosure/rate-tells-count/limits",
        rate=rate,
        lower=format_number(value.ci_lower),
        upper=format_number(value.ci_upper),
        count=count,
    )


_ADVICE = (
    "Round every other count independently, apply secondary suppression to more cells, or "
    "combine groups. See docs/explanation/disclosure.md."
)

RULES = (
    Rule(
        "disclosure/recoverable",
        "dataset",
        "A suppressed count must not be derivable from other published values.",
        _ADVICE,
        _recoverable_counts,
    ),
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
