"""How often the 95 % intervals of gaps and of measures hold the truth, in drawn data.

    python benchmarks/coverage.py          # one table, about a minute
    python benchmarks/coverage.py 0.1      # a tenth of the draws

Counts are drawn from a true rate or share of each group, and go the way that observations go. An
interval is counted whatever was drawn: after no events too, and also where groups look alike. Where
no limits are given the share of such draws is shown; nothing was claimed there, so they are no
misses. It ends with 1 where coverage is below 93 %, or above 99.5 % where nothing says why.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evidencehub.inequality.group_errors import ObservedValues
from evidencehub.inequality.measures import MEASURES, MeasureResult, Strata, compute_measures
from evidencehub.inequality.records import IndicatorProperties
from evidencehub.inequality.reference_group import compare_with_reference
from evidencehub.inequality.table import SIMULATION_DRAWS

Floats = NDArray[np.float64]
MIN_COVERAGE, MAX_COVERAGE = 0.93, 0.995
PAIR_DRAWS, GROUP_DRAWS, STEP_DRAWS = 20_000, 4_000, 20_000
SEED = 20261128


@dataclass(frozen=True)
class Design:
    """Groups with their people and their true rate or share; `scale` is that of the values."""

    name: str
    value_type: str
    people: Sequence[float]
    truth: Sequence[float]
    scale: float = 100_000.0

    def draw_counts(self, size: int) -> Floats:
        """Return events of each group in many draws, (size, groups)."""
        rng = np.random.default_rng([SEED, *self.name.encode()])
        people, truth = np.array(self.people), np.array(self.truth) / self.scale
        shape = (size, len(people))
        if self.value_type == "rate":
            return rng.poisson(people * truth, shape).astype(float)
        return rng.binomial(people.astype(int), truth, shape).astype(float)

    def build_strata(self, counts: Floats, *, is_ordered: bool = False) -> Strata:
        """Return the strata of these counts, with the errors that the hub derives of them."""
        people = np.broadcast_to(np.array(self.people, float), counts.shape)
        is_share = self.value_type == "percentage"
        size, groups = counts.shape
        observed = _observe(self, counts.ravel(), people.ravel())
        estimate, se, lower, upper = (
            values.reshape(counts.shape)
            for values in (observed.estimate, observed.standard_errors, *observed.limits)
        )
        return Strata(
            estimate=estimate,
            se=se,
            lower=lower,
            upper=upper,
            population=people,
            rank=np.tile(np.arange(float(groups)), (size, 1)) if is_ordered else None,
            favourable=np.full(size, is_share),
            reference=np.zeros(size, int),
            max_value=np.full(size, self.scale if is_share else np.nan),
        )

    def true_strata(self, *, is_ordered: bool = False) -> Strata:
        """Return one stratum of the true values."""
        counts = np.array([self.people]) * np.array([self.truth]) / self.scale
        return self.build_strata(counts, is_ordered=is_ordered)


def _observe(design: Design, counts: Floats, people: Floats) -> ObservedValues:
    properties = IndicatorProperties(design.value_type, "adverse", design.scale, is_crude=True)
    unknown = np.full(counts.shape, np.nan)
    nowhere = np.zeros(counts.shape, np.bool_)
    return ObservedValues(
        indicator=properties,
        value=design.scale * counts / people,
        se=unknown,
        lower=unknown,
        upper=unknown,
        level=np.full(counts.shape, 95.0),
        numerator=counts,
        denominator=people,
        population=people,
        decimals=np.full(counts.shape, 9.0),
        has_derived_limits=nowhere,
        is_adjusted=nowhere,
    )


def _pair(name: str, people: tuple[float, float], events: tuple[float, float]) -> Design:
    truth = [100_000 * count / size for count, size in zip(events, people, strict=True)]
    return Design(name, "rate", people[::-1], truth[::-1])


def _share_pair(name: str, people: tuple[float, float], events: tuple[float, float]) -> Design:
    truth = [100 * count / size for count, size in zip(events, people, strict=True)]
    return Design(name, "percentage", people[::-1], truth[::-1], 100.0)


PAIRS = (
    _pair("rate 3 of 10,000 / 30 of 300,000", (1e4, 3e5), (3, 30)),
    _pair("rate 5 / 5", (1e4, 1e4), (5, 5)),
    _pair("rate 10 / 50", (1e4, 5e4), (10, 50)),
    _pair("rate 1 of 10,000 / 100 of 1,000,000", (1e4, 1e6), (1, 100)),
    _pair("rate 100 / 200", (1e5, 1e5), (100, 200)),
    _share_pair("share 2 of 100 / 50 of 5,000", (100, 5000), (2, 50)),
    _share_pair("share 1 of 20 / 20 of 200", (20, 200), (1, 20)),
    _share_pair("share 3 of 30 / 3 of 30", (30, 30), (3, 3)),
    _share_pair("share 12.5 of 25 / 160 of 400", (25, 400), (12.5, 160)),
)
_PEOPLE = (400_000.0, 200_000.0, 80_000.0, 30_000.0, 10_000.0)
GROUPS = (
    Design("all equal (30)", "rate", _PEOPLE, (30,) * 5),
    Design("mild (30 to 60)", "rate", _PEOPLE, (30, 37.5, 45, 52.5, 60)),
    Design("mild, the smallest best", "rate", _PEOPLE, (60, 52.5, 45, 37.5, 30)),
    Design("strong (50 to 200)", "rate", _PEOPLE, (50, 80, 120, 160, 200)),
    Design(
        "favourable shares, small", "percentage", (4000, 1500, 500, 150, 40),
        (80, 75, 70, 65, 60), 100.0,
    ),
)  # fmt: skip
_STEPS = (20_000.0, 21_000.0, 19_000.0, 18_000.0, 22_000.0)
STEPS = (
    Design("linear rates", "rate", _STEPS, (600, 525, 450, 375, 300)),
    Design("small rates", "rate", _STEPS, (60, 52, 44, 36, 28)),
    Design("flat", "rate", _STEPS, (300,) * 5),
    Design(
        "shares (logistic)", "percentage", (900, 950, 850, 800, 1000), (60, 66, 72, 77, 81), 100.0
    ),
    Design("bent (first step far worse)", "rate", _STEPS, (900, 400, 380, 360, 340)),
)
ORDERED = ("sii", "rii", "aci", "rci")
UNORDERED = tuple(
    name for name, row in MEASURES.items() if not row.is_ordered and name not in ("d", "r")
)

_FROM_BEST = ("mdbu", "mdbw", "par", "paf")
BOUNDARIES = {
    "all equal (30)": (UNORDERED, "no inequality is the end of what is possible"),
    "mild (30 to 60)": (_FROM_BEST, "near a tie for the best group"),
    "mild, the smallest best": (
        (*_FROM_BEST, "mdmu", "idisu"), "near a tie: the best group is the least certain one",
    ),
}  # fmt: skip
"""Where an interval may hold the truth more often than asked: measures of a design, and why."""


@dataclass(frozen=True)
class Coverage:
    """How often an interval held the truth, missed it on either side, and was not given.

    `after_no_events` is the coverage among draws without events in some group, and their share.
    """

    design: str
    measure: str
    held: float
    too_low: float
    too_high: float
    not_given: float
    after_no_events: tuple[float, float]

    @property
    def boundary(self) -> str:
        """Why it may be above what is asked; empty where nothing says so."""
        measures, reason = BOUNDARIES.get(self.design, ((), ""))
        return reason if self.measure in measures and self.held > MAX_COVERAGE else ""

    @property
    def is_within(self) -> bool:
        """True where it is as high as it must be, and no higher than it may be."""
        return self.held >= MIN_COVERAGE and (self.held <= MAX_COVERAGE or bool(self.boundary))

    def format_row(self) -> str:
        held_after, share = self.after_no_events
        after = f"{held_after:.1%} of {share:.1%}" if share else "-"
        note = self.boundary or ("" if self.is_within else "OUTSIDE")
        return (
            f"| {self.design} | {self.measure} | {self.held:.1%} | {self.too_low:.1%} "
            f"| {self.too_high:.1%} | {self.not_given:.1%} | {after} | {note} |"
        )


def count_coverage(
    design: Design, measure: str, result: MeasureResult, truth: float, counts: Floats
) -> Coverage:
    """Compare the limits of many draws, (S,), with the truth."""
    tolerance = 1e-9 * max(abs(truth), 1.0)
    too_high, too_low = result.lower > truth + tolerance, result.upper < truth - tolerance
    held = ~(too_high | too_low)
    has_no_events = (counts == 0).any(axis=1)
    after = float(held[has_no_events].mean()) if has_no_events.any() else math.nan
    return Coverage(
        design.name,
        measure,
        float(held.mean()),
        float(too_low.mean()),
        float(too_high.mean()),
        float((result.ci_method == 0).mean()),
        (after, float(has_no_events.mean())),
    )


def measure_pairs(share: float) -> Iterator[Coverage]:
    """Difference and ratio of two groups, the second the reference."""
    for design in PAIRS:
        counts = design.draw_counts(int(PAIR_DRAWS * share))
        found = compare_with_reference(design.build_strata(counts))
        base, value = design.truth
        for name, result, truth in (
            ("difference", found.difference, value - base),
            ("ratio", found.ratio, value / base),
        ):
            yield count_coverage(design, name, _second_group(result), truth, counts)


def _second_group(result: MeasureResult) -> MeasureResult:
    """The result of the group beside the reference, which is the first."""
    arrays = {
        name: values[:, 1] if values.ndim == 2 else values for name, values in vars(result).items()
    }
    return MeasureResult(**arrays)


def measure_sets(
    designs: Sequence[Design], names: Sequence[str], size: int, *, is_ordered: bool
) -> Iterator[Coverage]:
    """Measures over all groups, or along their order."""
    for design in designs:
        counts = design.draw_counts(size)
        true_results = compute_measures(names, design.true_strata(is_ordered=is_ordered))
        drawn = design.build_strata(counts, is_ordered=is_ordered)
        results = compute_measures(names, drawn, draws=SIMULATION_DRAWS)
        for name in names:
            truth = float(true_results[name].estimate[0])
            yield count_coverage(design, name, results[name], truth, counts)


def report_table(share: float) -> bool:
    """Print one table; True where every line is within what is asked."""
    started, is_within = time.perf_counter(), True
    print(
        "| truth | of | coverage | limits too low | too high | not given | after no events | note |\n"
        "| --- | --- | --- | --- | --- | --- | --- | --- |"
    )
    parts: tuple[Callable[[], Iterator[Coverage]], ...] = (
        lambda: measure_pairs(share),
        lambda: measure_sets(GROUPS, UNORDERED, int(GROUP_DRAWS * share), is_ordered=False),
        lambda: measure_sets(STEPS, ORDERED, int(STEP_DRAWS * share), is_ordered=True),
    )
    for part in parts:
        for coverage in part():
            print(coverage.format_row(), flush=True)
            is_within &= coverage.is_within
    verdict = "met" if is_within else "missed"
    print(
        f"\nTarget: {MIN_COVERAGE:.0%} to {MAX_COVERAGE:.1%}, above it only where a note says why:"
        f" {verdict}. {time.perf_counter() - started:.0f} s"
    )
    return is_within


if __name__ == "__main__":
    sys.exit(0 if report_table(float(sys.argv[1]) if len(sys.argv) == 2 else 1.0) else 1)
