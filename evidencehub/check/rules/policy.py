"""Policies of disclosure: what each promises of single counts, and to which figures it applies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from evidencehub.check.rules.rule import TOLD, Dataset, Finding
from evidencehub.model.problem import Severity


@dataclass(frozen=True, slots=True)
class Policy:
    """What a policy promises: counts from `least` to `most` are hidden, others are rounded.

    `base` 0 means that counts are not rounded; `national` that it holds for whole countries too.
    """

    least: int
    most: int
    base: int = 0
    national: bool = False


POLICIES = {
    "nhs-7-5": Policy(1, 7, 5),
    "mhsds-5": Policy(0, 4, 5),
    "opensafely-7-5": Policy(1, 7, 5, national=True),
    "cdc-wonder-9": Policy(0, 9),
    "scot-nes": Policy(1, 9, national=True),
    "nz-6": Policy(1, 5, national=True),
    "acro-default": Policy(1, 9, national=True),
}
"""Policies whose promise can be looked at count by count (codes/disclosure-policy.csv)."""

USUAL = Policy(1, 7)  # what is asked of figures whose policy says nothing of single counts
_COUNTRY = ("country", "nation", "combined")  # levels of areas to which most policies do not apply

INVENTED = "synthetic"  # the policy of figures that are about nobody


def hides(dataset: Dataset) -> bool:
    """True when figures are hidden that are about somebody."""
    if dataset.package.hub.get("disclosure_policy") == INVENTED:
        return False
    return bool(dataset.query("select 1 from observation where obs_status = 'Q' limit 1"))


def policy_of(dataset: Dataset) -> Policy | None:
    """What the package promises; None where its policy says nothing of single counts."""
    return POLICIES.get(str(dataset.package.hub.get("disclosure_policy")))


def policy_for_people(dataset: Dataset) -> Policy | None:
    """What the package promises where its figures are about somebody; else None."""
    return None if dataset.package.hub.get("synthetic") else policy_of(dataset)


def severity_of(dataset: Dataset) -> Severity:
    """What a policy forbids stops the dataset; what a source has published already is told."""
    return "error" if policy_of(dataset) is not None else "warning"


def applies(policy: Policy, dataset: Dataset, area: str) -> bool:
    """True where a policy holds for figures of an area: most leave whole countries alone."""
    return policy.national or _below_national(dataset, area)


def _below_national(dataset: Dataset, area: str) -> bool:
    """True for an area that is less than a country, or of which that is not known."""
    name, _, code = area.rpartition(":")
    for known in (name,) if name else ("iso-3166", "gss"):
        code_list = dataset.book.find(known)
        if code_list is not None and code in code_list.codes:
            return code_list.codes[code].level not in _COUNTRY
    return True


def first(found: list[Finding], severity: Severity | None = None) -> Iterator[Finding]:
    """The first findings, the last standing for all that follow."""
    for place, one in enumerate(found[:TOLD], start=1):
        times = len(found) - TOLD + 1 if place == TOLD else 1
        yield one._replace(times=times, severity=severity)
