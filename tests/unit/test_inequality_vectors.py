"""Measures of inequality against what the WHO's R package gives for the same input."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evidencehub.inequality.measures import MEASURES, MeasureResult, Strata, compute_measure
from tests.support import upstream_vectors

OWN = Path(__file__).parents[1] / "vectors" / "inequality_synthetic_vs_R.json"
NAMES = {"covar": "cov", "parisk": "par"}
WRONG_UNIT = {"ti": 1000, "mld": 1000, "paf": 100}
"""Their standard errors are in another unit than their estimates; times this they are right."""
OTHER_METHOD = ("r", "par", "paf", "aci", "rci", "sii", "rii")
"""Where ours differ on purpose unless asked to compute as they do."""

Case = dict[str, Any]


def cases(path: Path) -> list[Case]:
    return list(json.loads(path.read_text("utf-8"))["cases"])


def scale_of(case: Case) -> float:
    """The scale they are given, or the one they guess from the largest figure."""
    given = case["inputs"].get("scaleval")
    if given:
        return float(given[0])
    highest = max(figure for figure in case["inputs"]["est"] if figure is not None)
    return next(scale for scale in (1.0, 100.0, 1000.0, 10000.0, 100000.0) if highest <= scale)


def strata_of(case: Case) -> Strata:
    given = case["inputs"]

    def array(name: str) -> Any:
        values = given.get(name)
        return None if values is None else np.array([values], dtype=float)

    slope, ordered = case["measure"] in ("sii", "rii"), given.get("ordered_dimension", [1])[0]
    scaled = "scaleval" in given or (slope and not given.get("linear"))
    reference = given.get("reference_subgroup")
    average = given.get("setting_average")
    return Strata(
        estimate=array("est"),
        se=array("se"),
        population=array("pop"),
        rank=array("subgroup_order") if ordered else None,
        favourable=np.array([bool(given.get("favourable_indicator", [1])[0])]),
        reference=np.array([reference.index(1)]) if reference else None,
        published_average=np.array(average[:1], float) if average else None,
        max_value=np.array([scale_of(case)]) if scaled else None,
    )


def differences(case: Case, found: MeasureResult) -> list[str]:
    """What is not as expected, in words."""
    name, expected = NAMES.get(case["measure"], case["measure"]), case["expected"]
    if "error" in expected:
        return [] if found.missing_reason_texts()[0] == "Fewer than 3 groups." else [str(found)]
    curved = name in ("sii", "rii") and not case["inputs"].get("linear")
    wanted = {"estimate": (expected["estimate"], 1e-6 if curved else 1e-9)}
    if expected["se"] is not None:
        unit = WRONG_UNIT.get(name, scale_of(case) if name == "sii" else 1)
        tolerance = 1e-4 if name in ("sii", "rii") else 1e-6
        wanted["se"] = expected["se"] * unit, tolerance
        if name not in WRONG_UNIT:
            is_clipped = name == "bgv" and found.lower[0] == 0  # theirs may reach below zero
            wanted["lower"] = 0.0 if is_clipped else expected["lowerci"], tolerance
            wanted["upper"] = expected["upperci"], tolerance
    if expected["estimate"] is None:
        return [] if found.missing_reason[0] else [str(found)]
    return [
        f"{case['id']} {part}: {getattr(found, part)[0]} is not {value}"
        for part, (value, tolerance) in wanted.items()
        if not math.isclose(getattr(found, part)[0], value, rel_tol=tolerance, abs_tol=1e-12)
    ]


def compared(path: Path) -> tuple[int, list[str]]:
    """The number of cases, and every difference, computed as they do and, where that is the
    same method, as we do.
    """
    found: list[str] = []
    every = cases(path)
    for case in every:
        name = NAMES.get(case["measure"], case["measure"])
        found += differences(case, compute_measure(name, strata_of(case), as_who=True))
        if name not in OTHER_METHOD:
            found += differences(case, compute_measure(name, strata_of(case)))
    return len(every), found


def test_the_cases_of_our_own_cover_every_measure() -> None:
    measures = {NAMES.get(case["measure"], case["measure"]) for case in cases(OWN)}
    assert measures == set(MEASURES)


@pytest.mark.parametrize("case", cases(OWN), ids=lambda case: case["id"])
def test_a_case_of_our_own(case: Case) -> None:
    name = NAMES.get(case["measure"], case["measure"])
    assert differences(case, compute_measure(name, strata_of(case), as_who=True)) == []
    if name not in OTHER_METHOD:
        assert differences(case, compute_measure(name, strata_of(case))) == []


def test_estimates_of_risk_and_of_straight_slopes_are_the_same_either_way() -> None:
    chosen = [case for case in cases(OWN) if case["measure"] in ("paf", "parisk")]
    chosen += [case for case in cases(OWN) if case["inputs"].get("linear")]
    assert len(chosen) > 10
    for case in chosen:
        found = compute_measure(NAMES.get(case["measure"], case["measure"]), strata_of(case))
        assert found.estimate[0] == pytest.approx(case["expected"]["estimate"], rel=1e-9)


@pytest.mark.parametrize(("name", "number"), [("upstream_tests", 20), ("doc_examples", 27)])
def test_the_cases_of_the_package_itself(name: str, number: int) -> None:
    path = upstream_vectors.find_vector_file("healthequal", f"{name}.json")
    assert compared(path) == (number, [])
