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

from evidencehub.measures.recovery import Cells, Sums, leaks, narrow
from evidencehub.measures.rounding import (
    Behind,
    Z,
    counts_behind_interval,
    counts_behind_rate,
    rounded_range,
)
from tests.support import tables
from tests.support.tables import KINDS, LEAST, MOST, POLICIES, Table

FEW = 3  # values that are left; more is told as “narrowed”
SHORT = 3  # parts of a sum
ALSO = {"and round the rest to 10": lambda table: table.recommended(10)}


@dataclass
class Tally:
    """What was found in all tables of one kind under one policy."""

    hidden: int = 0
    exact: int = 0
    few: int = 0
    narrowed: int = 0
    combined: int = 0
    short: int = 0
    missed: int = 0
    missed_whole: int = 0
    audit: list[float] = field(default_factory=list)
    solver: list[float] = field(default_factory=list)

    def add(self, table: Table, cells: Cells, *, integers: bool) -> None:
        sums, hidden = table.sums, table.hidden
        begun = time.process_time()
        narrowed = narrow(cells, sums, hidden)
        found = leaks(narrowed, hidden, LEAST, MOST)
        self.audit.append(1000 * (time.process_time() - begun))
        self.hidden += int(hidden.sum())
        self.exact += sum(leak.is_exact for leak in found)
        self.few += sum(0 < leak.high - leak.low < FEW for leak in found)
        self.narrowed += len(found)
        parts = np.diff(sums.starts)
        self.short += sum(bool((parts[list(leak.reason.sums)] <= SHORT).any()) for leak in found)
        alone = narrow(cells, sums, hidden, most_cells=0)
        wider = (alone.lower < narrowed.lower) | (alone.upper > narrowed.upper)
        self.combined += int((hidden & wider).sum())
        begun = time.process_time()
        self.missed += missed(cells, sums, narrowed.lower, narrowed.upper, hidden)
        self.solver.append(1000 * (time.process_time() - begun))
        if integers:
            self.missed_whole += missed(
                cells, sums, narrowed.lower, narrowed.upper, hidden, integer=True
            )


def missed(
    cells: Cells, sums: Sums, lower: np.ndarray, upper: np.ndarray, hidden: np.ndarray, **how: bool
) -> int:
    """How many hidden cells the solver knows better."""
    told = tables.attacked(cells, sums, hidden, **how)
    return sum(low > lower[cell] or high < upper[cell] for cell, low, high in told)


def attack_tables(count: int, *, integers: bool) -> None:
    print(f"{count} tables of each kind\n")
    print(
        "| table | policy | hidden cells | exactly | 2 or 3 values left | narrowed otherwise "
        "| of all these, through a sum of 2 or 3 parts | by combined sums | missed"
        + (" | missed, whole numbers" if integers else "")
        + " | CPU ms: median, 95 %, longest | HiGHS, CPU ms |"
    )
    print("|" + " --- |" * (11 if integers else 10))
    for kind, make in KINDS.items():
        for policy, publish in (POLICIES | ALSO).items():
            tally = Tally()
            for seed in range(count):
                table = make(seed)
                tally.add(table, publish(table), integers=integers)
            print(row(kind, policy, tally, integers=integers), flush=True)


def row(kind: str, policy: str, tally: Tally, *, integers: bool) -> str:
    rest = tally.narrowed - tally.exact - tally.few
    cells = [
        kind,
        policy,
        f"{tally.hidden:,}",
        *(f"{part:,} ({share(part, tally.hidden)})" for part in (tally.exact, tally.few, rest)),
        share(tally.short, tally.narrowed),
        f"{tally.combined:,}",
        str(tally.missed),
        *([str(tally.missed_whole)] if integers else []),
        ", ".join(
            f"{time_:.1f}"
            for time_ in (
                statistics.median(tally.audit),
                float(np.quantile(tally.audit, 0.95)),
                max(tally.audit),
            )
        ),
        f"{statistics.median(tally.solver):.0f}",
    ]
    return "| " + " | ".join(cells) + " |"


def share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "none"


def exact_denominator(n: int, d: int) -> Behind:
    return counts_behind_rate(round(100 * n / d, 1), 1, 100, (d, d))


def rounded_denominator(n: int, d: int) -> Behind:
    low, high = rounded_range(5 * ((d + 2) // 5), 5)
    return counts_behind_rate(round(100 * n / d, 1), 1, 100, (float(low), float(high)))


def whole_percent(n: int, d: int) -> Behind:
    low, high = rounded_range(5 * ((d + 2) // 5), 5)
    return counts_behind_rate(round(100 * n / d), 0, 100, (float(low), float(high)))


def interval(decimals: int) -> Callable[[int, int], Behind]:
    def behind(n: int, d: int) -> Behind:
        middle, reach = (n + Z * Z / 2) / (d + Z * Z), Z / (d + Z * Z)
        reach *= math.sqrt(n * (d - n) / d + Z * Z / 4)
        told = [round(100 * part, decimals) for part in (n / d, middle - reach, middle + reach)]
        return counts_behind_interval(*told, decimals, most=400)

    return behind


RATES = {
    "percentage to 1 decimal, denominator as it is": exact_denominator,
    "percentage to 1 decimal, denominator rounded to 5": rounded_denominator,
    "percentage without decimals, denominator rounded to 5": whole_percent,
    "percentage and 95 % limits to 1 decimal, no counts": interval(1),
    "percentage and 95 % limits without decimals, no counts": interval(0),
}


def attack_rates(count: int) -> None:
    print(f"\n{count} percentages of 1 to 7 in 20 to 400\n")
    print(
        "| published | count known exactly | known to be 1 to 7 | CPU ms |\n| --- | --- | --- | --- |"
    )
    for told, behind in RATES.items():
        rng = np.random.default_rng(0)
        begun = time.process_time()
        found = [
            behind(int(rng.integers(LEAST, MOST + 1)), int(rng.integers(20, 401)))
            for _ in range(count)
        ]
        each = 1000 * (time.process_time() - begun) / count
        exact = sum(one.is_exact for one in found)
        small = sum(one.pins(LEAST, MOST) for one in found)
        print(f"| {told} | {share(exact, count)} | {share(small, count)} | {each:.2f} |")


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:] if word.isdigit()]
    attack_tables(numbers[0] if numbers else 200, integers="integers" in sys.argv)
    attack_rates(2000)
