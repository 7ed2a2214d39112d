"""The audit of a staged dataset: in batches of indicators that no sum links, all of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from evidencehub.check import disclosure_input
from evidencehub.check.definition import RuleContext
from evidencehub.check.disclosure_policy import DEFAULT_POLICY, DisclosurePolicy, get_policy
from evidencehub.check.disclosure_structure import build_structure, declared_sums
from evidencehub.disclosure.additivity import group_by_indicator
from evidencehub.disclosure.audit import (
    Contradiction,
    DisclosedCount,
    DisclosedRemainder,
    ProtectedRange,
    audit_counts,
)
from evidencehub.disclosure.counts import BoundedCount, CountKey
from evidencehub.disclosure.evident_sums import EvidentSum, find_evident_sums

MAX_BATCH_COUNTS = 100_000  # counts audited at once: about 0.3 GB
MAX_AUDITED_COUNTS = 250_000  # counts of a dataset: more would take longer than a check may
_MEMO_KEY = "disclosure audit"


@dataclass(slots=True)
class AuditFindings:
    """What the audit of all batches found, and what it could not prove.

    `oversized` gives the number of counts of indicators that were not audited, by the first of
    them; `unread_limits` is the number of rows whose confidence limits were not examined.
    """

    disclosed: list[DisclosedCount] = field(default_factory=list)
    remainders: list[DisclosedRemainder] = field(default_factory=list)
    contradictions: list[Contradiction] = field(default_factory=list)
    undecided: list[BoundedCount] = field(default_factory=list)
    evident: list[EvidentSum] = field(default_factory=list)
    published_before: set[CountKey] = field(default_factory=set)
    omitted_versions: dict[str, None] = field(default_factory=dict)
    oversized: dict[str, int] = field(default_factory=dict)
    unread_limits: int = 0
    uncompared_indicators: int = 0


def audit_dataset(dataset: RuleContext) -> AuditFindings:
    """Return what the audit finds in a dataset; several rules ask, and it runs once."""
    if _MEMO_KEY not in dataset.memo:
        dataset.memo[_MEMO_KEY] = _run_audit(dataset)
    findings: AuditFindings = dataset.memo[_MEMO_KEY]
    return findings


def _run_audit(dataset: RuleContext) -> AuditFindings:
    own_policy = get_policy(dataset)
    policy, findings = own_policy or DEFAULT_POLICY, AuditFindings()
    counts_by_indicator = disclosure_input.count_relevant_rows(dataset)
    for batch in _iter_batches(dataset, counts_by_indicator, findings):
        collected = disclosure_input.collect_counts(
            dataset, policy, batch, MAX_AUDITED_COUNTS, is_declared=own_policy is not None
        )
        _audit_batch(dataset, policy, collected.counts, findings)
        findings.omitted_versions |= dict.fromkeys(collected.omitted_versions)
        findings.unread_limits += collected.unread_limits
    _compare_indicators(dataset, policy, counts_by_indicator, findings)
    return findings


def _iter_batches(
    dataset: RuleContext, counts_by_indicator: Mapping[str, int], findings: AuditFindings
) -> Iterator[list[str]]:
    """Yield indicators in batches; those that are too many at once are noted instead."""
    sums = [entry.indicators for entry in declared_sums(dataset)]
    batch: list[str] = []
    batch_count = audited_count = 0
    for group in group_by_indicator(sums, counts_by_indicator):
        count = sum(counts_by_indicator.get(name, 0) for name in group)
        if audited_count + count > MAX_AUDITED_COUNTS:
            findings.oversized[group[0]] = count
            continue
        audited_count += count
        if batch and batch_count + count > MAX_BATCH_COUNTS:
            yield batch
            batch, batch_count = [], 0
        batch += group
        batch_count += count
    if batch:
        yield batch


def _audit_batch(
    dataset: RuleContext,
    policy: DisclosurePolicy,
    counts: list[BoundedCount],
    findings: AuditFindings,
) -> None:
    protected = ProtectedRange(
        policy.min_suppressed, policy.max_suppressed, policy.protection_interval
    )
    result = audit_counts(counts, build_structure(dataset, counts), protected)
    findings.disclosed += result.disclosed
    findings.remainders += result.remainders
    findings.contradictions += result.contradictions
    findings.undecided += result.undecided
    findings.published_before |= {
        count.key._replace(release="")
        for count in counts
        if count.key.release and not count.is_suppressed
    }


def _compare_indicators(
    dataset: RuleContext,
    policy: DisclosurePolicy,
    counts_by_indicator: Mapping[str, int],
    findings: AuditFindings,
) -> None:
    """Look for indicators that add up although nobody declares it."""
    if len(counts_by_indicator) < 2:
        return
    if sum(counts_by_indicator.values()) > MAX_AUDITED_COUNTS:
        findings.uncompared_indicators = len(counts_by_indicator)
        return
    collected = disclosure_input.collect_counts(
        dataset,
        policy,
        counts_by_indicator,
        MAX_AUDITED_COUNTS,
        is_declared=get_policy(dataset) is not None,
        with_previous=False,
    )
    evident = find_evident_sums(
        collected.counts, declared_sets(dataset), policy.min_suppressed, policy.max_suppressed
    )
    findings.evident = evident.sums
    if not evident.is_complete:
        findings.uncompared_indicators = len(counts_by_indicator)


def declared_sets(dataset: RuleContext) -> set[frozenset[str]]:
    """Return the sets of indicators of which the package says whether they add up."""
    entries = dataset.package.hub.get("indicator_sums", ())
    return {
        frozenset([*entry["parts"], *([entry["total"]] if "total" in entry else [])])
        for entry in entries
    }
