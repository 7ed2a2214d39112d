"""Every shipped gap and measure of inequality once more, by formulas that share no code with ours."""

from __future__ import annotations

import math
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from evidencehub.inequality.partition import ClassificationTree
from evidencehub.inequality.records import Category
from tests.support import reference_inequality as slow
from tests.support.reference_inequality import ReferenceGroup, ReferenceStratum
from tests.support.reference_limits import SPREADS, limit_distance_from_best, limit_spread
from tests.support.reference_observations import (
    Limits,
    ReferenceFigure,
    limit_difference,
    limit_ratio,
    read_figure,
    z_of,
)
from tests.support.sampling import WHOLE, sample

Row = dict[str, Any]
Place = tuple[Any, ...]
PLACE = (
    "indicator", "scheme", "area", "period_start", "period_end", "sex", "age", "other",
    "adjustment",
)  # fmt: skip
FROM_BEST = ("mdbu", "mdbw", "par", "paf")
WITH_ERRORS = ("bgv", "ti", "mld", "aci", "rci", "sii", "rii")
POSSIBLE = {
    **dict.fromkeys(("bgv", "ti", "mld"), (0.0, math.inf)),
    "rci": (-1.0, 1.0),
    "paf": (-100.0, math.inf),
}
"""Where the limits of a measure are cut off."""
ROUNDED_TO_FIVE = ("nhs-7-5", "mhsds-5", "opensafely-7-5")


class ShippedHub:
    """The tables of a build that are needed, as dictionaries."""

    def __init__(self, build: Path) -> None:
        with closing(sqlite3.connect(build / "hub.db")) as connection:
            connection.row_factory = sqlite3.Row

            def read(sql: str) -> list[Row]:
                return [dict(row) for row in connection.execute(sql)]

            self.indicators = {row["indicator"]: row for row in read("select * from indicator")}
            self.strata = {row["stratum"]: row for row in read("select * from stratum")}
            self.policies = {
                row["dataset"]: row["disclosure_policy"] for row in read("select * from dataset")
            }
            self.gaps = read("select * from gap")
            self.measures = read("select * from inequality")
            observations = read("select * from observation where comparator = ''")
            self.codes = read("select * from code")
            self.bases = {
                row["list"]: row["counting_basis"]
                for row in read("select list, counting_basis from code_list")
            }
        self.observations: dict[Place, dict[str, Row]] = {}
        for row in observations:
            place = tuple(row[name] for name in PLACE)
            self.observations.setdefault(place, {})[row["ethnicity"]] = row

    def find_groups(self, stratum: Row) -> dict[str, Row]:
        """The observations of a stratum, by ethnic group or by the step of its own dimension."""
        place = [stratum[name] for name in PLACE]
        if stratum["dimension"] == "ethnicity":
            return self.observations[tuple(place)]
        groups = {}
        parts = [part for part in stratum["other"].split(";") if part]
        for code in self.list_steps(stratum["dimension"]):
            place[PLACE.index("other")] = ";".join(
                sorted([*parts, f"{stratum['dimension']}={code}"])
            )
            row = self.observations.get(tuple(place), {}).get(stratum["ethnicity"])
            if row is not None:
                groups[code] = row
        return groups

    def counts_nobody_twice(self, stratum: Row) -> bool:
        """Whether every person is in one group only, as far as is said."""
        bases = {
            row["counting_basis"] or self.bases[stratum["scheme"]] or ""
            for place, groups in self.observations.items()
            if place[:2] == (stratum["indicator"], stratum["scheme"])
            for row in groups.values()
        }
        return bases <= {"", "single", "prioritised"}

    def list_steps(self, name: str) -> list[str]:
        """The codes of an ordered list, the most disadvantaged first."""
        rows = [
            row for row in self.codes if row["list"] == name and not row["code"].startswith("_")
        ]
        return [row["code"] for row in sorted(rows, key=lambda row: row["sort_order"])]

    def read(self, row: Row) -> ReferenceFigure:
        reach = 2 if self.policies[row["dataset"]] in ROUNDED_TO_FIVE else 0
        return read_figure(row, self.indicators[row["indicator"]], reach)


@pytest.fixture(scope="module")
def hub(built: Path) -> ShippedHub:
    return ShippedHub(built)


def near(value: float | None, rel: float = 1e-7) -> Any:
    return pytest.approx(value, rel=rel, abs=1e-9)


def test_every_gap_is_what_its_two_observations_give(hub: ShippedHub) -> None:
    limited = 0
    for gap in hub.gaps:
        stratum = hub.strata[gap["stratum"]]
        groups = hub.find_groups(stratum)
        first, second = hub.read(groups[gap["ethnicity"]]), hub.read(groups[gap["reference"]])
        label = (stratum["indicator"], stratum["area"], stratum["period_start"], gap["ethnicity"])
        assert gap["difference"] == near(first.value - second.value), label
        if gap["ratio"] is not None:
            assert gap["ratio"] == near(first.value / second.value), label
        else:
            assert second.value <= 0 or first.value < 0, label
        difference, ratio = limit_difference(first, second), limit_ratio(first, second)
        is_independent = gap["reference"] != "_T" and hub.counts_nobody_twice(stratum)
        if not is_independent or difference is None:
            assert gap["difference_lower"] is None, label
            assert gap["ratio_lower"] is None, label
            continue
        limited += 1
        assert (gap["difference_lower"], gap["difference_upper"]) == near(difference), label
        assert ratio is not None
        assert gap["ratio_lower"] == near(ratio[0]), label
        upper = None if math.isinf(ratio[1]) else near(ratio[1])
        assert gap["ratio_upper"] == upper, label
        assert gap["ci_method"] == "mover", label
    assert limited > 1_000
    assert len(hub.gaps) > limited


@dataclass(frozen=True)
class ComparedGroups:
    """The groups of a stratum that are compared; NaN where an error or a population is unknown."""

    stratum: ReferenceStratum
    figures: tuple[ReferenceFigure, ...]

    @property
    def limits(self) -> list[Limits]:
        return [figure.limits or (math.nan, math.nan) for figure in self.figures]

    def figure_of(self, group: ReferenceGroup) -> ReferenceFigure:
        return self.figures[self.stratum.groups.index(group)]


def compare_groups(hub: ShippedHub, row: Row) -> ComparedGroups:
    stratum = hub.strata[row["stratum"]]
    indicator, rows = hub.indicators[stratum["indicator"]], hub.find_groups(stratum)
    is_ordered = stratum["dimension"] != "ethnicity"
    compared = [code for code, found in rows.items() if found["value"] is not None]
    if not is_ordered:
        # which groups of a table are compared is tried over all subsets in its own property test
        scheme = {
            code["code"]: Category(code["parent"], code["residual"] == 1, 0)
            for code in hub.codes
            if code["list"] == stratum["scheme"]
        }
        declared = (indicator["reference_group"] or "").removeprefix(f"{stratum['scheme']}:")
        partition = ClassificationTree(scheme).select_partition(list(rows), compared, declared)
        compared = sorted(partition.valued)
    figures = tuple(hub.read(rows[code]) for code in compared)
    has_scale = indicator["value_type"] in ("percentage", "proportion")
    scale = indicator["scale"] or (100.0 if indicator["value_type"] == "percentage" else 1.0)
    groups = tuple(
        ReferenceGroup(
            figure.value,
            math.nan if figure.se is None else figure.se,
            math.nan if figure.population is None else figure.population,
        )
        for figure in figures
    )
    reference = compared.index(row["reference"]) if row["reference"] in compared else None
    return ComparedGroups(
        ReferenceStratum(
            groups=groups,
            favourable=indicator["polarity"] == "favourable",
            ordered=is_ordered,
            reference=reference,
            scale=scale if has_scale else None,
        ),
        figures,
    )


def count_alike(stratum: ReferenceStratum) -> ReferenceStratum:
    """The stratum with as many people in each group, where the people are not known."""
    if not any(math.isnan(group.population) for group in stratum.groups):
        return stratum
    return replace(stratum, groups=tuple(replace(g, population=1.0) for g in stratum.groups))


def find_limits(name: str, compared: ComparedGroups) -> tuple[float, float]:
    """The limits of a measure, before they are cut off at what is possible."""
    stratum = compared.stratum
    if name in ("d", "r"):
        first, second = map(compared.figure_of, slow.select_compared_pair(stratum))
        limits = limit_difference(first, second) if name == "d" else limit_ratio(first, second)
        assert limits is not None
        return limits
    if name in SPREADS:
        return limit_spread(name, count_alike(stratum), compared.limits)
    if name in FROM_BEST:
        lower, upper = limit_distance_from_best(name, stratum, compared.limits)
        is_negative = name in ("par", "paf") and not stratum.favourable
        return (-upper, -lower) if is_negative else (lower, upper)
    estimate, se = slow.MEASURES[name](stratum)
    assert se is not None
    if name == "rii":
        return estimate / math.exp(z_of(95) * se), estimate * math.exp(z_of(95) * se)
    return estimate - z_of(95) * se, estimate + z_of(95) * se


def test_every_measure_is_what_its_groups_give(hub: ShippedHub) -> None:
    count = 0
    for row in hub.measures:
        compared = compare_groups(hub, row)
        label = (row["measure"], hub.strata[row["stratum"]])
        assert row["groups"] == len(compared.figures), label
        estimate, se = slow.MEASURES[row["measure"]](compared.stratum)
        if math.isnan(estimate):  # a mean without populations is the published one
            assert row["measure"] in ("mdmu", "idisu", "mdru"), label
            continue
        count += 1
        assert row["value"] == near(estimate, 1e-6), label
        if row["measure"] in WITH_ERRORS and row["se"]:
            assert row["se"] == pytest.approx(se, rel=2e-4, abs=1e-9), label
    assert count > 4_000


def test_every_interval_of_a_measure_is_what_its_groups_give(hub: ShippedHub) -> None:
    limited: Counter[str] = Counter()
    for row in sample(hub.measures, 3):
        name, compared = row["measure"], compare_groups(hub, row)
        if row["ci_lower"] is None:
            continue
        label = (name, hub.strata[row["stratum"]], row)
        limited[name] += 1
        lowest, highest = POSSIBLE.get(name, (-math.inf, math.inf))
        lower, upper = find_limits(name, compared)
        noise = 2e-4 * (upper - lower) + 1e-9
        if name in SPREADS:  # drawn, here and there with other draws
            squares = row["ci_lower"] ** 2, lower**2
            assert squares[0] == pytest.approx(squares[1], abs=0.08 * row["value"] ** 2), label
            noise = 1e-6 * upper + 1e-9
        else:
            assert row["ci_lower"] == pytest.approx(max(lower, lowest), abs=noise), label
        if row["ci_upper"] is None:
            assert math.isinf(upper), label
            continue
        assert row["ci_upper"] == pytest.approx(min(upper, highest), abs=noise), label
    assert set(limited) == set(slow.MEASURES)
    assert min(limited.values()) >= (100 if WHOLE else 20)
