"""Claims of findings, recomputed from the figures of every dataset that is to be published."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evidencehub.domain.problem import Problem
from evidencehub.load import claim_queries as load
from evidencehub.pipeline.stage_cache import StagedDataset
from evidencehub.stats import stated_values as measures
from evidencehub.stats.stated_values import RoundedValue


@dataclass(frozen=True, slots=True)
class VerifiedClaim:
    """A claim with its verdict: the row of the hub's table, and the problem where there is one."""

    dataset: str
    row: dict[str, Any]
    problem: Problem | None


def verify_claims(
    staged: Mapping[str, StagedDataset], *, is_complete: bool = True
) -> list[VerifiedClaim]:
    """Every claim of the staged datasets, in order of dataset and file."""
    return [
        claim
        for slug in sorted(staged)
        for claim in verify_claims_of(slug, staged, is_complete=is_complete)
    ]


def verify_claims_of(
    slug: str, staged: Mapping[str, StagedDataset], *, is_complete: bool
) -> list[VerifiedClaim]:
    """Every claim of one dataset, in order of file.

    Where they are not the `is_complete` (one failed, or was not looked at), figures that are not
    among them may be in another, and a claim on them is not judged.
    """
    if not staged[slug].claim_count:
        return []
    defined = {link.id for dataset in staged.values() for link in dataset.links.defines}
    verified = []
    for number, claim in _number_within_finding(load.read_claims(staged[slug].database)):
        is_defined = claim["indicator"] in defined
        users = _find_users(claim["indicator"], staged) if is_defined else []
        is_known = is_defined and (is_complete or staged[slug] in users)
        verified.append(_verify_claim(slug, number, claim, users, is_complete=is_known))
    return verified


def _find_users(indicator: str, staged: Mapping[str, StagedDataset]) -> list[StagedDataset]:
    """Return the datasets that have observations of an indicator."""
    return [
        dataset
        for dataset in staged.values()
        if any(use.id == indicator and use.field == "indicator" for use in dataset.links.uses)
    ]


def _number_within_finding(claims: list[dict[str, Any]]) -> Iterator[tuple[int, dict[str, Any]]]:
    count_by_finding: dict[str, int] = {}
    for claim in claims:
        count_by_finding[claim["finding"]] = count_by_finding.get(claim["finding"], 0) + 1
        yield count_by_finding[claim["finding"]], claim


def _verify_claim(
    slug: str,
    number: int,
    claim: Mapping[str, Any],
    datasets: Iterable[StagedDataset],
    *,
    is_complete: bool,
) -> VerifiedClaim:
    """Return a claim with its verdict; `datasets` are those with values of its indicator."""
    row = {name: claim[name] for name in load.CLAIM_COLUMNS}
    row |= {"dataset": slug, "claim": number, "inputs_signed": claim["inputs"], "inputs": None}
    row |= {"recomputed": None, "lowest": None, "highest": None, "verdict": "not-computable"}
    inputs: list[RoundedValue] = []
    for group in filter(None, (claim["ethnicity"], claim["reference"])):
        values = [
            RoundedValue(*value_row)
            for dataset in datasets
            for value_row in load.find_values(dataset.database, claim, group)
        ]
        if not values and not is_complete:
            return VerifiedClaim(slug, row, None)
        if len(values) != 1 or values[0].value is None:
            return VerifiedClaim(slug, row, _create_no_value_problem(claim, group, values))
        inputs += values
    row |= _judge_claim(claim, inputs)
    return VerifiedClaim(slug, row, _create_verdict_problem(claim, row))


def _judge_claim(claim: Mapping[str, Any], inputs: Sequence[RoundedValue]) -> dict[str, Any]:
    """Return the columns of the hub's table that follow from the values of a claim's groups."""
    value, reference = inputs[0], inputs[1] if len(inputs) > 1 else None
    recomputed_range = measures.recompute_claim(claim["measure"], value, reference)
    inputs_text = "; ".join(map(str, inputs))
    verdict: str = measures.compare_with_stated(
        claim["stated"], claim["decimals"] or 0, recomputed_range
    )
    if verdict in ("equal", "within-rounding") and claim["inputs"] not in (None, "", inputs_text):
        verdict = "stale"
    judged: dict[str, Any] = {"inputs": inputs_text, "verdict": verdict}
    if recomputed_range is not None:
        judged |= {"lowest": recomputed_range.lower, "highest": recomputed_range.upper}
        judged["recomputed"] = recomputed_range.estimate
    return judged


def _create_no_value_problem(
    claim: Mapping[str, Any], group: str, values: list[RoundedValue]
) -> Problem:
    statements = ("No figure has", "The figure is not published for", "More than one figure has")
    message = (
        f"{statements[min(len(values), 2)]} {claim['indicator']}, {claim['area']}, "
        f"{claim['period_start']} to {claim['period_end']}, {claim['scheme']}:{group}."
    )
    return _create_claim_problem("claims/no-figure", claim, "indicator", message)


def _create_verdict_problem(claim: Mapping[str, Any], row: Mapping[str, Any]) -> Problem | None:
    stated = f"{claim['stated']:.{max(claim['decimals'] or 0, 0)}f}"
    match row["verdict"]:
        case "mismatch":
            range_text = f"{row['lowest']:.4g} to {row['highest']:.4g} before rounding"
            recomputed_text = f"{row['recomputed']:.4g}"
            recomputed_text += f" ({range_text})" if row["lowest"] < row["highest"] else ""
            message = (
                f"The finding states {stated}, but the data gives {recomputed_text}, from "
                f"{row['inputs']}."
            )
            return _create_claim_problem("claims/mismatch", claim, "stated", message)
        case "stale":
            message = (
                f"{stated} was signed off with the values {claim['inputs']}, but they are now "
                f"{row['inputs']}."
            )
            return _create_claim_problem("claims/stale", claim, "inputs", message)
        case "not-computable":
            message = f"A {claim['measure']} cannot be calculated from {row['inputs']}."
            return _create_claim_problem("claims/no-figure", claim, "measure", message)
        case _:
            return None


def _create_claim_problem(name: str, claim: Mapping[str, Any], field: str, message: str) -> Problem:
    # imported here: claims that hold need none of the rules' libraries
    from evidencehub.check import rules
    from evidencehub.check.definition import Violation

    return rules.get_rule(name).make_problem(Violation(claim["file"], claim["row"], field, message))
