"""Claims of findings, recomputed from the values of every dataset that is to be published."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from evidencehub.domain.problem import Problem
from evidencehub.domain.status import STATUSES_BY_DOUBT, rank_verification
from evidencehub.load import claim_queries as load
from evidencehub.load.claim_queries import StagedIndicator, StagedValue
from evidencehub.pipeline.stage_cache import StagedDataset
from evidencehub.stats import stated_values as measures
from evidencehub.stats.stated_values import RoundedValue

_COUNTED = {"numerator", "denominator"}
_LIMITS = {"lower-limit": "ci_lower", "upper-limit": "ci_upper"}
_SERIES = (
    "finding", "indicator", "area", "scheme", "ethnicity", "reference", "sex", "age", "other",
    "comparator", "adjustment",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class VerifiedClaim:
    """A claim with its verdict: the row of the hub's table, and the problem where there is one.

    `claim` is the row of claims.csv, `values` are those that it rests on, by group; `datasets` are
    the slugs of all that it rests on. Without an `indicator` nothing could be judged.
    """

    dataset: str
    claim: Mapping[str, Any]
    row: dict[str, Any]
    problem: Problem | None
    values: Mapping[str, StagedValue] = field(default_factory=dict)
    indicator: StagedIndicator | None = None
    datasets: frozenset[str] = frozenset()


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
    claims = load.read_claims(staged[slug].database)
    verified = []
    for number, claim in _number_within_finding(claims):
        is_defined = claim["indicator"] in defined
        users = _find_users(claim["indicator"], staged) if is_defined else []
        is_known = is_defined and (is_complete or staged[slug] in users)
        indicator = _find_indicator(claim["indicator"], staged) if is_defined else None
        judged = _verify_claim(slug, claim, users, indicator, is_complete=is_known)
        judged.row["claim"] = number
        judged.row.update(_find_newer_period(claim, claims, users))
        verified.append(judged)
    return verified


def _find_users(indicator: str, staged: Mapping[str, StagedDataset]) -> list[StagedDataset]:
    """Return the datasets that have observations of an indicator."""
    return [
        dataset
        for dataset in staged.values()
        if any(use.id == indicator and use.field == "indicator" for use in dataset.links.uses)
    ]


def _find_indicator(identifier: str, staged: Mapping[str, StagedDataset]) -> StagedIndicator | None:
    for dataset in staged.values():
        if any(use.id == identifier and use.kind == "indicator" for use in dataset.links.defines):
            return load.find_indicator(dataset.database, identifier)
    return None


def _number_within_finding(claims: list[dict[str, Any]]) -> Iterator[tuple[int, dict[str, Any]]]:
    count_by_finding: dict[str, int] = {}
    for claim in claims:
        count_by_finding[claim["finding"]] = count_by_finding.get(claim["finding"], 0) + 1
        yield count_by_finding[claim["finding"]], claim


def _verify_claim(
    slug: str,
    claim: Mapping[str, Any],
    datasets: Sequence[StagedDataset],
    indicator: StagedIndicator | None,
    *,
    is_complete: bool,
) -> VerifiedClaim:
    """Return a claim with its verdict; `datasets` are those with values of its indicator."""
    row = {name: claim[name] for name in load.CLAIM_COLUMNS}
    row |= {"dataset": slug, "inputs_signed": claim["inputs"], "inputs": None}
    row |= dict.fromkeys((*load.BASIS_COLUMNS, "value_note", "recomputed", "lowest", "highest"))
    row["verdict"] = "not-computable"
    by_group: dict[str, StagedValue] = {}
    inputs: list[RoundedValue] = []
    for group in filter(None, (claim["ethnicity"], claim["reference"])):
        values = _find_values(claim, group, datasets)
        if not values and not is_complete:
            return VerifiedClaim(slug, claim, row, None)
        number = _select_number(values[0], claim["measure"]) if len(values) == 1 else None
        if number is None:
            problem = _create_no_value_problem(claim, group, len(values))
            return VerifiedClaim(slug, claim, row, problem=problem)
        by_group[group] = values[0]
        inputs.append(number)
    row |= _judge_claim(claim, inputs) | _describe_basis(by_group.values(), indicator)
    slugs = frozenset((slug, *(dataset.slug for dataset in datasets)))
    verdict_problem = _create_verdict_problem(claim, row)
    return VerifiedClaim(slug, claim, row, verdict_problem, by_group, indicator, slugs)


def _find_values(
    claim: Mapping[str, Any], group: str, datasets: Iterable[StagedDataset]
) -> list[StagedValue]:
    return [
        value for dataset in datasets for value in load.find_values(dataset.database, claim, group)
    ]


def _select_number(value: StagedValue, measure: str) -> RoundedValue | None:
    """Return the number of an observation that a measure is about, None where it has none."""
    if measure in _COUNTED:
        count = value.numerator if measure == "numerator" else value.denominator
        return None if count is None else RoundedValue(count, None)
    if measure in _LIMITS:
        limit = value.ci_lower if _LIMITS[measure] == "ci_lower" else value.ci_upper
        return None if limit is None else RoundedValue(limit, value.decimals)
    return None if value.value is None else RoundedValue(*_read_value_cells(value))


def _read_value_cells(
    value: StagedValue,
) -> tuple[float, int | None, float | None, float | None, float]:
    cells = value.decimals, value.numerator, value.denominator, value.scale
    return float(value.value or 0.0), *cells


def _describe_basis(
    values: Iterable[StagedValue], indicator: StagedIndicator | None
) -> dict[str, Any]:
    """Return what the values are besides their numbers; of several the most doubtful."""
    rows = list(values)
    notes = dict.fromkeys(row.note for row in rows if row.note)
    return {
        "unit": indicator.unit if indicator else None,
        "scale": indicator.scale if indicator else None,
        "polarity": indicator.polarity if indicator else None,
        "obs_status": max((row.obs_status for row in rows), key=_rank_status),
        "verification": max((row.verification for row in rows), key=rank_verification),
        "value_note": "\n".join(notes) or None,
    }


def _rank_status(status: str) -> int:
    last = len(STATUSES_BY_DOUBT)
    return STATUSES_BY_DOUBT.index(status) if status in STATUSES_BY_DOUBT else last


def _find_newer_period(
    claim: Mapping[str, Any], claims: Sequence[Mapping[str, Any]], users: Iterable[StagedDataset]
) -> dict[str, Any]:
    """Return the newest later period for which all the groups of a claim have a value.

    A finding that also has a claim about that period, or a later one, says how it went on.
    """
    databases = [dataset.database for dataset in users]
    periods_by_group = [
        set().union(*(load.find_newer_periods(path, claim, group) for path in databases))
        for group in filter(None, (claim["ethnicity"], claim["reference"]))
    ]
    end, start = max(set.intersection(*periods_by_group), default=(None, None))
    if end is None or any(_continues(other, claim, end) for other in claims):
        return {"state": "current", "newer_period_start": None, "newer_period_end": None}
    return {"state": "superseded", "newer_period_start": start, "newer_period_end": end}


def _continues(other: Mapping[str, Any], claim: Mapping[str, Any], end: str) -> bool:
    """Return true for a claim of the same finding and series up to `end` or later."""
    return other["period_end"] >= end and all(other[name] == claim[name] for name in _SERIES)


def _judge_claim(claim: Mapping[str, Any], inputs: Sequence[RoundedValue]) -> dict[str, Any]:
    """Return the columns of the hub's table that follow from the values of a claim's groups."""
    value, reference = inputs[0], inputs[1] if len(inputs) > 1 else None
    measure = claim["measure"]
    is_value = measure in _COUNTED or measure in _LIMITS
    recomputed_range = measures.recompute_claim("value" if is_value else measure, value, reference)
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


def _create_no_value_problem(claim: Mapping[str, Any], group: str, value_count: int) -> Problem:
    statements = ("No figure has", "The figure is not published for", "More than one figure has")
    message = (
        f"{statements[min(value_count, 2)]} {claim['indicator']}, {claim['area']}, "
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


def _create_claim_problem(
    name: str, claim: Mapping[str, Any], column: str, message: str
) -> Problem:
    # imported here: claims that hold need none of the rules' libraries
    from evidencehub.check import rules
    from evidencehub.check.definition import Violation

    return rules.get_rule(name).make_problem(
        Violation(claim["file"], claim["row"], column, message)
    )
