"""Policies of disclosure: what each promises of single counts, and to which figures it applies."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from evidencehub.check.definition import RuleContext, Violation
from evidencehub.domain.code_lists import BARE_AREA_LISTS
from evidencehub.domain.problem import Severity
from evidencehub.domain.status import SUPPRESSED


@dataclass(frozen=True, slots=True)
class DisclosurePolicy:
    """A policy: counts from `min_suppressed` to `max_suppressed` are suppressed, others rounded.

    `rounding_base` 0 means that counts are not rounded; `includes_national` that it holds for whole
    countries too. `protection_interval` is the fewest values that must remain possible for a
    suppressed count.
    """

    min_suppressed: int
    max_suppressed: int
    rounding_base: int = 0
    includes_national: bool = False
    protection_interval: int = 3

    @property
    def suppressed_value_count(self) -> int:
        """How many values a suppressed count may have."""
        return self.max_suppressed - self.min_suppressed + 1


POLICIES = {
    "nhs-7-5": DisclosurePolicy(1, 7, 5),
    "mhsds-5": DisclosurePolicy(0, 4, 5),
    "opensafely-7-5": DisclosurePolicy(1, 7, 5, includes_national=True),
    "cdc-wonder-9": DisclosurePolicy(0, 9),
    "scot-nes": DisclosurePolicy(1, 9, includes_national=True),
    "nz-6": DisclosurePolicy(1, 5, includes_national=True),
    "acro-default": DisclosurePolicy(1, 9, includes_national=True),
}
"""Policies that can be checked count by count (codes/disclosure-policy.csv)."""

DEFAULT_POLICY = DisclosurePolicy(
    1, 7
)  # what is asked of figures whose policy says nothing of single counts
_NATIONAL_LEVELS = (
    "country",
    "nation",
    "combined",
)  # levels of areas to which most policies do not apply

SYNTHETIC_POLICY = "synthetic"  # the policy of figures that are about nobody


def has_suppressed_values(dataset: RuleContext) -> bool:
    """True when figures are hidden that are about somebody."""
    if dataset.package.hub.get("disclosure_policy") == SYNTHETIC_POLICY:
        return False
    return bool(
        dataset.query(f"select 1 from observation where obs_status = '{SUPPRESSED}' limit 1")
    )


def get_policy(dataset: RuleContext) -> DisclosurePolicy | None:
    """What the package promises; None where its policy says nothing of single counts."""
    policy = POLICIES.get(str(dataset.package.hub.get("disclosure_policy")))
    interval = dataset.package.hub.get("protection_interval")
    if policy is None or interval is None:
        return policy
    return replace(policy, protection_interval=interval)


def get_policy_unless_synthetic(dataset: RuleContext) -> DisclosurePolicy | None:
    """What the package promises where its figures are about somebody; else None."""
    return None if dataset.package.hub.get("synthetic") else get_policy(dataset)


def disclosure_severity(dataset: RuleContext) -> Severity:
    """What a policy forbids stops the dataset; what a source has published already is told."""
    return "error" if get_policy(dataset) is not None else "warning"


def applies_to_area(policy: DisclosurePolicy, dataset: RuleContext, area: str) -> bool:
    """True where a policy holds for figures of an area: most leave whole countries alone."""
    return policy.includes_national or _is_subnational(dataset, area)


def _is_subnational(dataset: RuleContext, area: str) -> bool:
    """True for an area that is less than a country, or of which that is not known."""
    name, _, code = area.rpartition(":")
    for list_name in (name,) if name else BARE_AREA_LISTS:
        code_list = dataset.code_book.get_list(list_name)
        if code_list is not None and code in code_list.codes:
            return code_list.codes[code].level not in _NATIONAL_LEVELS
    return True


def select_areas(policy: DisclosurePolicy, dataset: RuleContext) -> str:
    """Return the areas that a policy applies to, as a JSON list for a condition in SQL."""
    areas = [area for (area,) in dataset.query("select distinct area from observation")]
    return json.dumps([area for area in areas if applies_to_area(policy, dataset, area)])


def with_severity(
    violations: Iterable[Violation], severity: Severity | None = None
) -> Iterator[Violation]:
    """Every finding, as grave as is said; a report must not leave out one of them."""
    for violation in violations:
        yield violation._replace(severity=severity)
