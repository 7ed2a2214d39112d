"""Rules on suppressed and small counts that sums of other published values disclose.

What a policy of the package's own forbids stops the dataset, and so does what could not be proven.
Values that their source has already published cannot be taken back: they only get a warning.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from evidencehub.check.definition import (
    Rule,
    RuleContext,
    Violation,
    format_number,
    make_descriptor_violation,
    make_violation,
)
from evidencehub.check.disclosure_policy import (
    DEFAULT_POLICY,
    POLICIES,
    SYNTHETIC_POLICY,
    applies_to_area,
    disclosure_severity,
    get_policy,
    has_suppressed_values,
)
from evidencehub.domain.code_lists import CodeBook
from evidencehub.domain.package import SourcePackage
from evidencehub.domain.problem import Severity
from evidencehub.messages.rendering import Message, make_message

if TYPE_CHECKING:
    from evidencehub.check.disclosure_audit import AuditFindings
    from evidencehub.disclosure.audit import DisclosedCount
    from evidencehub.disclosure.counts import BoundedCount
    from evidencehub.disclosure.evident_sums import DerivedPart, EvidentSum

MAX_NAMED_ROWS = 8  # rows that a message names
_POLICY_FIELD = "hub.disclosure_policy"


def _audit(dataset: RuleContext) -> AuditFindings | None:
    """Return what the audit finds; None if nothing is suppressed and no policy is promised."""
    is_synthetic = dataset.package.hub.get("disclosure_policy") == SYNTHETIC_POLICY
    needs_audit = get_policy(dataset) is not None or has_suppressed_values(dataset)
    if dataset.incomplete_roles or is_synthetic or not needs_audit:
        return None
    # imported here: most packages suppress nothing
    from evidencehub.check.disclosure_audit import audit_dataset

    return audit_dataset(dataset)


def _recoverable_counts(dataset: RuleContext) -> Iterator[Violation]:
    """Suppressed counts that others disclose exactly."""
    findings = _audit(dataset)
    for disclosed in _disclosed_by_this_release(findings) if findings else ():
        if disclosed.is_exact:
            message = make_message(
                _EXACT_CODES[bool(_release_label(disclosed.cell))],
                cell=_describe_rows([disclosed.cell]),
                count=format_number(disclosed.lower),
                rows=_describe_rows(disclosed.derived_from or (disclosed.cell,)),
            )
            yield _violation(disclosed, message)._replace(severity=disclosure_severity(dataset))


_EXACT_CODES = ("disclosure/recoverable/exact", "disclosure/recoverable/exact-elsewhere")
_RANGE_CODES = ("disclosure/narrowed/range", "disclosure/narrowed/range-elsewhere")
"""By whether an earlier release has the count."""


def _narrowed_counts(dataset: RuleContext) -> Iterator[Violation]:
    """Suppressed counts of which others leave fewer values than the policy promises."""
    findings = _audit(dataset)
    policy = get_policy(dataset)
    for disclosed in _disclosed_by_this_release(findings) if findings else ():
        if disclosed.is_exact:
            continue
        limit = policy.protection_interval if policy else 0
        if disclosed.value_count < limit and not _release_label(disclosed.cell):
            message = make_message(
                "disclosure/narrowed/too-narrow",
                count=_format_range(disclosed.lower, disclosed.upper),
                limit=limit,
                rows=_describe_rows(disclosed.derived_from or (disclosed.cell,)),
            )
        else:
            message = make_message(
                _RANGE_CODES[bool(_release_label(disclosed.cell))],
                cell=_describe_rows([disclosed.cell]),
                count=_format_range(disclosed.lower, disclosed.upper),
                rows=_describe_rows(disclosed.derived_from or (disclosed.cell,)),
            )
        severity: Severity = "error" if disclosed.value_count < limit else "warning"
        yield _violation(disclosed, message)._replace(severity=severity)


def _disclosed_by_this_release(findings: AuditFindings) -> Iterator[DisclosedCount]:
    """Yield what is disclosed, but for what an earlier release shows, or discloses, by itself."""
    for disclosed in findings.disclosed:
        key = disclosed.cell.key
        if key in findings.published_before:
            continue
        if not _release_label(disclosed.cell) or (
            key.release == "" and not all(map(_release_label, disclosed.derived_from))
        ):
            yield disclosed


def _violation(disclosed: DisclosedCount, message: Message) -> Violation:
    location = _first_location((disclosed.cell, *disclosed.derived_from))
    return Violation(*location, "numerator", message)


def _release_label(count: BoundedCount) -> str:
    """The earlier release that publishes a count (“version 1.0.0”); empty for this one."""
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


def _format_range(lower: float, upper: float) -> str:
    is_exact = lower == upper
    return f"{format_number(lower)}{'' if is_exact else f' to {format_number(upper)}'}"


def _small_remainders(dataset: RuleContext) -> Iterator[Violation]:
    """Small counts that have no row, because a total and its listed parts leave them."""
    findings = _audit(dataset)
    policy = get_policy(dataset) or DEFAULT_POLICY
    for remainder in findings.remainders if findings else ():
        total = remainder.counts[0]
        if all(map(_release_label, remainder.counts)) or total.key.release:
            continue
        if applies_to_area(policy, dataset, total.key.area):
            message = make_message(
                "disclosure/small-remainder",
                count=_format_range(remainder.lower, remainder.upper),
                rows=_describe_rows(remainder.counts[1:] or (total,)),
                total=_describe_rows([total]),
            )
            location = _first_location(remainder.counts)
            yield Violation(*location, "numerator", message, 1, disclosure_severity(dataset))


def _contradictory_counts(dataset: RuleContext) -> Iterator[Violation]:
    """Counts that cannot all be true; an error if what a suppressed one is hangs on them."""
    findings = _audit(dataset)
    for contradiction in findings.contradictions if findings else ():
        if all(map(_release_label, contradiction.counts)) or not contradiction.counts:
            continue
        message = make_message(
            "disclosure/contradiction", rows=_describe_rows(contradiction.counts)
        )
        is_error = contradiction.is_protective and get_policy(dataset) is not None
        severity: Severity = "error" if is_error else "warning"
        location = _first_location(contradiction.counts)
        yield Violation(*location, "numerator", message, 1, severity)


def _unproven_counts(dataset: RuleContext) -> Iterator[Violation]:
    """What the audit could not look at, or not to the end: nothing passes unseen."""
    findings = _audit(dataset)
    if findings is None:
        return
    severity = disclosure_severity(dataset)
    for name, count in findings.oversized.items():
        message = make_message("disclosure/not-proven/too-large", indicator=name, count=count)
        yield Violation("datapackage.json", None, _POLICY_FIELD, message, 1, severity)
    if findings.omitted_versions:
        versions = ", ".join(findings.omitted_versions)
        message = make_message("disclosure/not-proven/versions", versions=versions)
        yield Violation("datapackage.json", None, _POLICY_FIELD, message, 1, severity)
    if findings.unread_limits:
        message = make_message("disclosure/not-proven/limits", count=findings.unread_limits)
        yield Violation("datapackage.json", None, _POLICY_FIELD, message, 1, severity)
    if findings.uncompared_indicators:
        count = findings.uncompared_indicators
        message = make_message("disclosure/not-proven/indicators", count=count)
        yield Violation("datapackage.json", None, _POLICY_FIELD, message, 1, "warning")
    for cell in findings.undecided:
        if not _release_label(cell):
            message = make_message("disclosure/not-proven/block")
            yield Violation(*cell.location, "numerator", message, 1, severity)


def _undeclared_sums(dataset: RuleContext) -> Iterator[Violation]:
    """Indicators that look as if they added up, and then disclose a suppressed count.

    Those that nothing confirms may be chance, one time in many: one of them stands for all that
    concern an indicator.
    """
    findings = _audit(dataset)
    unconfirmed: dict[str, list[Violation]] = {}
    for evident in findings.evident if findings else ():
        for part in evident.derived:
            message = _build_sum_message(evident, part)
            violation = Violation(*part.cell.location, "numerator", message)
            if evident.confirmed:
                yield violation._replace(severity=disclosure_severity(dataset))
            else:
                unconfirmed.setdefault(part.cell.key.indicator, []).append(violation)
    for first, *rest in unconfirmed.values():
        yield first._replace(occurrences=1 + len(rest), severity="warning")


def _build_sum_message(evident: EvidentSum, part: DerivedPart) -> Message:
    count = _format_range(part.lower, part.upper)
    first, second = evident.sum.parts
    rows = _describe_rows(part.derived_from)
    if evident.sum.total:
        total = evident.sum.total
        return make_message(
            "disclosure/undeclared-sum/total",
            first=first,
            second=second,
            total=total,
            count=count,
            rows=rows,
        )
    return make_message(
        "disclosure/undeclared-sum/denominator", first=first, second=second, count=count, rows=rows
    )


def _invalid_indicator_sums(dataset: RuleContext) -> Iterator[Violation]:
    """Declared sums that the audit could not use."""
    sums = dataset.package.hub.get("indicator_sums", ())
    if not sums:
        return
    published = {name for (name,) in dataset.query("select distinct indicator from observation")}
    totals: dict[str, set[str]] = {}
    for position, entry in enumerate(sums):
        yield from _find_sum_faults(f"hub.indicator_sums[{position}]", entry, published)
        if entry.get("additive", True) and "total" in entry:
            totals.setdefault(entry["total"], set()).update(entry["parts"])
    for name in totals:
        if name in _reachable_parts(name, totals):
            yield make_descriptor_violation(
                "hub.indicator_sums", "disclosure/indicator-sums/circular", indicator=name
            )


def _find_sum_faults(
    place: str, entry: Mapping[str, Any], published: Collection[str]
) -> Iterator[Violation]:
    names = [*entry["parts"], *([entry["total"]] if "total" in entry else [])]
    for name in names:
        if name not in published:
            yield make_descriptor_violation(
                place, "disclosure/indicator-sums/unknown", indicator=name
            )
    if len(entry["parts"]) < 2 or len(set(names)) < len(names):
        yield make_descriptor_violation(place, "disclosure/indicator-sums/parts")


def _reachable_parts(name: str, parts_by_total: dict[str, set[str]]) -> set[str]:
    """Return the parts of a total, their parts, and so on."""
    reached: set[str] = set()
    queue = [name]
    while queue:
        new = parts_by_total.get(queue.pop(), set()) - reached
        reached |= new
        queue += new
    return reached


def _invalid_protection_interval(package: SourcePackage, _: CodeBook) -> Iterator[Violation]:
    """A protection interval that no policy uses, or that none of its counts could keep."""
    interval = package.hub.get("protection_interval")
    name = str(package.hub.get("disclosure_policy"))
    if interval is None:
        return
    policy = POLICIES.get(name)
    if policy is None:
        yield make_violation(
            "datapackage.json",
            None,
            "hub.protection_interval",
            "disclosure/protection-interval/no-policy",
            policy=name,
        )
    elif interval > policy.suppressed_value_count:
        yield make_violation(
            "datapackage.json",
            None,
            "hub.protection_interval",
            "disclosure/protection-interval/too-wide",
            interval=interval,
            policy=name,
            limit=policy.suppressed_value_count,
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
        "disclosure/narrowed",
        "dataset",
        "Other published values must leave a suppressed count at least as many values as the "
        "protection interval says.",
        _ADVICE,
        _narrowed_counts,
    ),
    Rule(
        "disclosure/small-remainder",
        "dataset",
        "A total and its listed parts must not leave a small count for a part without a row.",
        "List the part and suppress it together with another one, round the counts, or suppress "
        "the total.",
        _small_remainders,
    ),
    Rule(
        "disclosure/contradiction",
        "dataset",
        "Counts that add up must not contradict each other.",
        "Correct the count that is wrong. The audit cannot rely on sums that contradict each "
        "other.",
        _contradictory_counts,
    ),
    Rule(
        "disclosure/not-proven",
        "dataset",
        "Suppressed counts must be proven to be protected.",
        "Split the table into smaller datasets, publish fewer dimensions at once, or ask the "
        "hub's statisticians for an audit by other means.",
        _unproven_counts,
    ),
    Rule(
        "disclosure/undeclared-sum",
        "dataset",
        "Indicators that look as if they add up must not disclose a suppressed count.",
        "State in `hub.indicator_sums` whether they add up. If they do, apply secondary "
        "suppression.",
        _undeclared_sums,
    ),
    Rule(
        "disclosure/indicator-sums",
        "dataset",
        "A declared sum of indicators must be usable.",
        "Correct the entry: `parts` are two or more indicators of this package, and `total` is "
        "another one.",
        _invalid_indicator_sums,
    ),
    Rule(
        "disclosure/protection-interval",
        "descriptor",
        "A protection interval must fit the disclosure policy.",
        "Delete `protection_interval`, or choose a policy and a number of values that fit.",
        _invalid_protection_interval,
    ),
)
