"""Claims of findings, recomputed from the figures of every dataset that is to be published."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
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
    """Every claim of the staged datasets, in order of dataset and file.

    Where they are not the `is_complete` (one failed, or was not looked at), figures that are not
    among them may be in another, and a claim on them is not judged.
    """
    defined = {link.id for dataset in staged.values() for link in dataset.links.defines}
    return [
        _verify_claim(
            slug,
            number,
            claim,
            staged,
            is_indicator_defined=claim["indicator"] in defined,
            is_complete=is_complete,
        )
        for slug, dataset in sorted(staged.items())
        if dataset.claim_count
        for number, claim in _number_within_finding(load.read_claims(dataset.database))
    ]


def _number_within_finding(claims: list[dict[str, Any]]) -> Iterator[tuple[int, dict[str, Any]]]:
    count_by_finding: dict[str, int] = {}
    for claim in claims:
        count_by_finding[claim["finding"]] = count_by_finding.get(claim["finding"], 0) + 1
        yield count_by_finding[claim["finding"]], claim


def _verify_claim(
    slug: str,
    number: int,
    claim: dict[str, Any],
    staged: Mapping[str, StagedDataset],
    *,
    is_indicator_defined: bool,
    is_complete: bool,
) -> VerifiedClaim:
    groups = [claim["ethnicity"], *([claim["reference"]] if claim["reference"] else [])]
    datasets_with_indicator = [
        dataset
        for dataset in staged.values()
        if any(u.id == claim["indicator"] and u.field == "indicator" for u in dataset.links.uses)
    ]
    databases = [dataset.database for dataset in datasets_with_indicator]
    values_by_group = (
        [_read_values(databases, claim, group) for group in groups] if is_indicator_defined else []
    )
    claim_columns = {name: claim[name] for name in load.CLAIM_COLUMNS}
    row = {
        **claim_columns,
        "dataset": slug,
        "claim": number,
        "inputs_signed": claim_columns.pop("inputs"),
    }
    row |= {"inputs": None, "recomputed": None, "lowest": None, "highest": None}
    row["verdict"] = "not-computable"
    if not is_indicator_defined:
        return VerifiedClaim(slug, row, None)
    for group, values in zip(groups, values_by_group, strict=True):
        if not values and not is_complete and staged[slug] not in datasets_with_indicator:
            return VerifiedClaim(slug, row, None)
        if len(values) != 1 or values[0].value is None:
            return VerifiedClaim(slug, row, _create_no_value_problem(claim, group, values))
    dataset, *reference_values = [values[0] for values in values_by_group]
    recomputed_range = measures.recompute_claim(
        claim["measure"], dataset, reference_values[0] if reference_values else None
    )
    row["inputs"] = "; ".join(str(figure) for figure in (dataset, *reference_values))
    row["verdict"] = measures.compare_with_stated(
        claim["stated"], claim["decimals"] or 0, recomputed_range
    )
    if recomputed_range is not None:
        row |= {
            "lowest": recomputed_range.lower,
            "recomputed": recomputed_range.estimate,
            "highest": recomputed_range.upper,
        }
    if row["verdict"] in ("equal", "within-rounding") and _has_changed_since_sign_off(row):
        row["verdict"] = "stale"
    return VerifiedClaim(slug, row, _create_verdict_problem(claim, row))


def _read_values(databases: list[Path], claim: Mapping[str, Any], group: str) -> list[RoundedValue]:
    return [
        RoundedValue(*value_row)
        for database in databases
        for value_row in load.find_values(database, claim, group)
    ]


def _has_changed_since_sign_off(row: Mapping[str, Any]) -> bool:
    return bool(row["inputs_signed"]) and row["inputs_signed"] != row["inputs"]


def _create_no_value_problem(
    claim: Mapping[str, Any], group: str, values: list[RoundedValue]
) -> Problem:
    table_key_text = f"{claim['indicator']}, {claim['area']}, {claim['period_start']} to "
    table_key_text += f"{claim['period_end']}, {claim['scheme']}:{group}"
    statement = "No figure has" if not values else "The figure is not published for"
    if len(values) > 1:
        statement = "More than one figure has"
    return _create_claim_problem(
        "claims/no-figure", claim, "indicator", f"{statement} {table_key_text}."
    )


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
