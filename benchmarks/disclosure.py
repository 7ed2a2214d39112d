"""What an attacker gets out of random tables, policy by policy: `python benchmarks/disclosure.py`.

The auditor's findings stand beside those of HiGHS, a linear solver, which knows no tables.
A number of tables may be given (200 unless said), and `integers` to let HiGHS search whole numbers.
"""

from __future__ import annotations

import math
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from evidencehub.disclosure.feasibility import (
    CellBounds,
    SumConstraints,
    find_disclosed_cells,
    narrow_bounds,
)
from evidencehub.stats.rounding import (
    Z_95,
    ConsistentCounts,
    counts_before_rounding,
    counts_consistent_with_limits,
    counts_consistent_with_rate,
)
from tests.support import disclosure_tables
from tests.support.disclosure_tables import (
    MAX_SUPPRESSED,
    MIN_SUPPRESSED,
    POLICIES,
    TABLE_GENERATORS,
    HierarchicalTable,
)

FEW_VALUES = 3  # values that are left; more is told as “narrowed”
MAX_SHORT_SUM_PARTS = 3  # parts of a sum
EXTRA_POLICIES = {"and round the rest to 10": lambda table: table.recommended(10)}


@dataclass
class PolicyTally:
    """What was found in all tables of one kind under one policy."""

    suppressed: int = 0
    exact: int = 0
    few: int = 0
    narrowed: int = 0
    combined: int = 0
    short: int = 0
    missed: int = 0
    missed_whole: int = 0
    audit_ms: list[float] = field(default_factory=list)
    solver_ms: list[float] = field(default_factory=list)

    def add(self, table: HierarchicalTable, cells: CellBounds, *, integers: bool) -> None:
        sums, suppressed = table.sums, table.suppressed
        started = time.process_time()
        narrowed = narrow_bounds(cells, sums, suppressed)
        disclosed_cells = find_disclosed_cells(narrowed, suppressed, MIN_SUPPRESSED, MAX_SUPPRESSED)
        self.audit_ms.append(1000 * (time.process_time() - started))
        self.suppressed += int(suppressed.sum())
        self.exact += sum(leak.is_exact for leak in disclosed_cells)
        self.few += sum(0 < leak.upper - leak.lower < FEW_VALUES for leak in disclosed_cells)
        self.narrowed += len(disclosed_cells)
        parts_per_sum = np.diff(sums.starts)
        self.short += sum(
            bool((parts_per_sum[list(leak.derivation.sums)] <= MAX_SHORT_SUM_PARTS).any())
            for leak in disclosed_cells
        )
        narrowed_singly = narrow_bounds(cells, sums, suppressed, max_cells=0)
        is_wider = (narrowed_singly.lower < narrowed.lower) | (
            narrowed_singly.upper > narrowed.upper
        )
        self.combined += int((suppressed & is_wider).sum())
        started = time.process_time()
        self.missed += count_missed(cells, sums, narrowed.lower, narrowed.upper, suppressed)
        self.solver_ms.append(1000 * (time.process_time() - started))
        if integers:
            self.missed_whole += count_missed(
                cells, sums, narrowed.lower, narrowed.upper, suppressed, integer=True
            )


def count_missed(
    cells: CellBounds,
    sums: SumConstraints,
    lower: np.ndarray,
    upper: np.ndarray,
    suppressed: np.ndarray,
    **solver_options: bool,
) -> int:
    """How many hidden cells the solver knows better."""
    solver_results = disclosure_tables.solve_bounds(cells, sums, suppressed, **solver_options)
    return sum(low > lower[cell] or high < upper[cell] for cell, low, high in solver_results)


def report_tables(count: int, *, integers: bool) -> None:
    print(f"{count} tables of each kind\n")
    print(
        "| table | policy | hidden cells | exactly | 2 or 3 values left | narrowed otherwise "
        "| of all these, through a sum of 2 or 3 parts | by combined sums | missed"
        + (" | missed, whole numbers" if integers else "")
        + " | CPU ms: median, 95 %, longest | HiGHS, CPU ms |"
    )
    print("|" + " --- |" * (11 if integers else 10))
    for table_kind, make in TABLE_GENERATORS.items():
        for policy, publish in (POLICIES | EXTRA_POLICIES).items():
            tally = PolicyTally()
            for seed in range(count):
                table = make(seed)
                tally.add(table, publish(table), integers=integers)
            print(format_table_row(table_kind, policy, tally, integers=integers), flush=True)


def format_table_row(table_kind: str, policy: str, tally: PolicyTally, *, integers: bool) -> str:
    other_narrowed = tally.narrowed - tally.exact - tally.few
    cells = [
        table_kind,
        policy,
        f"{tally.suppressed:,}",
        *(
            f"{cell_count:,} ({format_percent(cell_count, tally.suppressed)})"
            for cell_count in (tally.exact, tally.few, other_narrowed)
        ),
        format_percent(tally.short, tally.narrowed),
        f"{tally.combined:,}",
        str(tally.missed),
        *([str(tally.missed_whole)] if integers else []),
        ", ".join(
            f"{time_:.1f}"
            for time_ in (
                statistics.median(tally.audit_ms),
                float(np.quantile(tally.audit_ms, 0.95)),
                max(tally.audit_ms),
            )
        ),
        f"{statistics.median(tally.solver_ms):.0f}",
    ]
    return "| " + " | ".join(cells) + " |"


def format_percent(numerator: int, denominator: int) -> str:
    return f"{100 * numerator / denominator:.1f} %" if denominator else "none"


def infer_from_exact_denominator(n: int, d: int) -> ConsistentCounts:
    return counts_consistent_with_rate(round(100 * n / d, 1), 1, 100, (d, d))


def infer_from_rounded_denominator(n: int, d: int) -> ConsistentCounts:
    low, high = counts_before_rounding(5 * ((d + 2) // 5), 5)
    return counts_consistent_with_rate(round(100 * n / d, 1), 1, 100, (float(low), float(high)))


def infer_from_whole_percent(n: int, d: int) -> ConsistentCounts:
    low, high = counts_before_rounding(5 * ((d + 2) // 5), 5)
    return counts_consistent_with_rate(round(100 * n / d), 0, 100, (float(low), float(high)))


def create_interval_inference(decimals: int) -> Callable[[int, int], ConsistentCounts]:
    def behind(n: int, d: int) -> ConsistentCounts:
        middle, half_width = (n + Z_95 * Z_95 / 2) / (d + Z_95 * Z_95), Z_95 / (d + Z_95 * Z_95)
        half_width *= math.sqrt(n * (d - n) / d + Z_95 * Z_95 / 4)
        published = [
            round(100 * proportion, decimals)
            for proportion in (n / d, middle - half_width, middle + half_width)
        ]
        return counts_consistent_with_limits(*published, decimals, max_denominator=400)

    return behind


PUBLISHED_FORMS = {
    "percentage to 1 decimal, denominator as it is": infer_from_exact_denominator,
    "percentage to 1 decimal, denominator rounded to 5": infer_from_rounded_denominator,
    "percentage without decimals, denominator rounded to 5": infer_from_whole_percent,
    "percentage and 95 % limits to 1 decimal, no counts": create_interval_inference(1),
    "percentage and 95 % limits without decimals, no counts": create_interval_inference(0),
}


def report_rates(count: int) -> None:
    print(f"\n{count} percentages of 1 to 7 in 20 to 400\n")
    print(
        "| published | count known exactly | known to be 1 to 7 | CPU ms |\n| --- | --- | --- | --- |"
    )
    for form, infer_counts in PUBLISHED_FORMS.items():
        rng = np.random.default_rng(0)
        started = time.process_time()
        inferred = [
            infer_counts(
                int(rng.integers(MIN_SUPPRESSED, MAX_SUPPRESSED + 1)), int(rng.integers(20, 401))
            )
            for _ in range(count)
        ]
        ms_each = 1000 * (time.process_time() - started) / count
        exact = sum(counts.is_exact for counts in inferred)
        small = sum(counts.pins_within(MIN_SUPPRESSED, MAX_SUPPRESSED) for counts in inferred)
        print(
            f"| {form} | {format_percent(exact, count)} | {format_percent(small, count)} | {ms_each:.2f} |"
        )


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:] if word.isdigit()]
    report_tables(numbers[0] if numbers else 200, integers="integers" in sys.argv)
    report_rates(2000)
