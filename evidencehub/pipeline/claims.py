"""Claims of findings, recomputed from the figures of every dataset that is to be published."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evidencehub.load import claims as load
from evidencehub.measures import claims as measures
from evidencehub.measures.claims import Figure
from evidencehub.model.problem import Problem
from evidencehub.pipeline.cache import Staged


@dataclass(frozen=True, slots=True)
class Judged:
    """A claim with its verdict: the row of the hub's table, and the problem where there is one."""

    dataset: str
    row: dict[str, Any]
    problem: Problem | None


def judged(staged: Mapping[str, Staged], *, whole: bool = True) -> list[Judged]:
    """Every claim of the staged datasets, in order of dataset and file.

    Where they are not the `whole` (one failed, or was not looked at), figures that are not
    among them may be in another, and a claim on them is not judged.
    """
    defined = {link.id for one in staged.values() for link in one.links.defines}
    return [
        _judged(slug, number, claim, staged, known=claim["indicator"] in defined, whole=whole)
        for slug, one in sorted(staged.items())
        if one.claims
        for number, claim in _numbered(load.asked(one.database))
    ]


def _numbered(claims: list[dict[str, Any]]) -> Iterator[tuple[int, dict[str, Any]]]:
    seen: dict[str, int] = {}
    for claim in claims:
        seen[claim["finding"]] = seen.get(claim["finding"], 0) + 1
        yield seen[claim["finding"]], claim


def _judged(
    slug: str,
    number: int,
    claim: dict[str, Any],
    staged: Mapping[str, Staged],
    *,
    known: bool,
    whole: bool,
) -> Judged:
    groups = [claim["ethnicity"], *([claim["reference"]] if claim["reference"] else [])]
    users = [
        one
        for one in staged.values()
        if any(u.id == claim["indicator"] and u.field == "indicator" for u in one.links.uses)
    ]
    places = [one.database for one in users]
    found = [_figures(places, claim, group) for group in groups] if known else []
    told = {name: claim[name] for name in load.COLUMNS}
    row = {**told, "dataset": slug, "claim": number, "inputs_signed": told.pop("inputs")}
    row |= {"inputs": None, "recomputed": None, "lowest": None, "highest": None}
    row["verdict"] = "not-computable"
    if not known:
        return Judged(slug, row, None)
    for group, figures in zip(groups, found, strict=True):
        if not figures and not whole and staged[slug] not in users:
            return Judged(slug, row, None)
        if len(figures) != 1 or figures[0].value is None:
            return Judged(slug, row, _no_figure(claim, group, figures))
    one, *other = [figures[0] for figures in found]
    span = measures.recomputed(claim["measure"], one, other[0] if other else None)
    row["inputs"] = "; ".join(str(figure) for figure in (one, *other))
    row["verdict"] = measures.judge(claim["stated"], claim["decimals"] or 0, span)
    if span is not None:
        row |= {"lowest": span.lowest, "recomputed": span.best, "highest": span.highest}
    if row["verdict"] in ("equal", "within-rounding") and _is_stale(row):
        row["verdict"] = "stale"
    return Judged(slug, row, _problem(claim, row))


def _figures(places: list[Path], claim: Mapping[str, Any], group: str) -> list[Figure]:
    return [Figure(*told) for place in places for told in load.figures(place, claim, group)]


def _is_stale(row: Mapping[str, Any]) -> bool:
    return bool(row["inputs_signed"]) and row["inputs_signed"] != row["inputs"]


def _no_figure(claim: Mapping[str, Any], group: str, figures: list[Figure]) -> Problem:
    wanted = f"{claim['indicator']}, {claim['area']}, {claim['period_start']} to "
    wanted += f"{claim['period_end']}, {claim['scheme']}:{group}"
    count = "No figure has" if not figures else "The figure is not published for"
    if len(figures) > 1:
        count = "More than one figure has"
    return _told("claims/no-figure", claim, "indicator", f"{count} {wanted}.")


def _problem(claim: Mapping[str, Any], row: Mapping[str, Any]) -> Problem | None:
    stated = f"{claim['stated']:.{max(claim['decimals'] or 0, 0)}f}"
    match row["verdict"]:
        case "mismatch":
            span = f"{row['lowest']:.4g} to {row['highest']:.4g} before rounding"
            given = f"{row['recomputed']:.4g}"
            given += f" ({span})" if row["lowest"] < row["highest"] else ""
            message = f"The finding states {stated}; the data give {given}, from {row['inputs']}."
            return _told("claims/mismatch", claim, "stated", message)
        case "stale":
            message = f"{stated} was signed off with {claim['inputs']}; now it is {row['inputs']}."
            return _told("claims/stale", claim, "inputs", message)
        case "not-computable":
            message = f"A {claim['measure']} cannot be made of {row['inputs']}."
            return _told("claims/no-figure", claim, "measure", message)
        case _:
            return None


def _told(name: str, claim: Mapping[str, Any], field: str, message: str) -> Problem:
    # imported here: claims that hold need none of the rules' libraries
    from evidencehub.check import rules
    from evidencehub.check.rules.rule import Finding

    return rules.rule(name).problem(Finding(claim["file"], claim["row"], field, message))
