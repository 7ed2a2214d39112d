"""An exact attack on packages, written without the auditor: people in the finest cells, by HiGHS.

Every row is the sum of the people in the finest cells that it covers. Each cell holds a whole
number of people, at least 0. What a row says of its count, and nothing else, limits them. The
smallest and the largest count of each suppressed row follow by integer programming.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
import scipy.sparse
from scipy.optimize import Bounds, LinearConstraint, milp

Row = Mapping[str, str]
Atom = tuple[str, ...]  # indicator, area, group, sex, age: the finest of each
FINEST = ("indicator", "area", "ethnicity", "sex", "age")


@dataclass(frozen=True)
class Attacker:
    """What the attacker knows beside the rows: the policy, and what is inside what.

    `inside` says for each dimension which finest codes a code covers; a code that it does not name
    covers itself alone.
    """

    least: int
    most: int
    inside: Mapping[str, Mapping[str, frozenset[str]]]
    rounded_to: int = 0

    def bounds(self, row: Row) -> tuple[float, float]:
        """The least and the most that the count of a row may be, by what the row itself says."""
        if row["obs_status"] == "Q":
            return (self.least, self.most) if row["conf_status"] == "A" else (0, math.inf)
        text = row["numerator"] or (row["value"] if not is_rate(row) else "")
        if text:
            half = self.rounded_to // 2
            low, high = float(text) - half, float(text) + half
            if self.rounded_to and float(text) > self.most:
                low = max(low, self.most + 1)
            return (max(low, 0), high) if float(text) else (0, 0)
        return self.bounds_from_rate(row)

    def bounds_from_rate(self, row: Row) -> tuple[float, float]:
        """All counts that are shown as this rate, found by trying them."""
        people = int(row["denominator"] or row.get("population", ""))
        scale = {"percentage": 100, "rate": 100_000}[row["value_type"]]
        decimals = len(row["value"].partition(".")[2])
        middle = float(row["value"]) * people / scale
        tried = range(max(int(middle) - 5, 0), int(middle) + 7)
        fits = [n for n in tried if f"{scale * n / people:.{decimals}f}" == row["value"]]
        return min(fits), max(fits)

    def covers(self, dimension: str, code: str) -> frozenset[str]:
        return self.inside.get(dimension, {}).get(code, frozenset([code]))


def is_rate(row: Row) -> bool:
    return row["value_type"] in ("percentage", "rate")


@dataclass
class System:
    """The equations of a package: each row is the sum of its atoms."""

    attacker: Attacker
    rows: list[Row]
    columns: dict[Atom, int] = field(default_factory=dict)

    def entries(self, row: Row) -> Iterator[int]:
        """The columns of the atoms of a row."""
        finest: list[Atom] = [()]
        for dimension in FINEST:
            codes = sorted(self.attacker.covers(dimension, row[dimension]))
            finest = [(*atom, code) for atom in finest for code in codes]
        for atom in finest:
            yield self.columns.setdefault((row["period"], *atom), len(self.columns))

    def solve(self) -> dict[int, tuple[float, float]] | None:
        """The range of each suppressed row (its line in the file); None if nothing satisfies all.

        A total that its own parts contradict is left out first, as an attacker would.
        """
        cells = [list(self.entries(row)) for row in self.rows]
        bounds = [self.attacker.bounds(row) for row in self.rows]
        matrix = scipy.sparse.lil_array((len(cells), len(self.columns)))
        for line, columns in enumerate(cells):
            matrix[line, columns] = 1
        self._limits = LinearConstraint(matrix.tocsr(), *np.array(bounds).T)
        ranges = {}
        for line, row in enumerate(self.rows):
            if row["obs_status"] == "Q":
                cost = np.zeros(len(self.columns))
                cost[cells[line]] = 1
                lower, upper = self._optimum(cost), self._optimum(-cost)
                if lower is None or upper is None:
                    return None
                ranges[line + 2] = (lower, -upper)
        return ranges

    def _optimum(self, cost: np.ndarray) -> float | None:
        solution = milp(
            cost,
            constraints=self._limits,
            bounds=Bounds(0, np.inf),
            integrality=np.ones(len(cost)),
            options={"mip_rel_gap": 0},
        )
        if solution.status in (3, 4):  # unbounded
            return -math.inf
        return None if solution.status == 2 else float(np.round(solution.fun))


def read_rows(folder: Path) -> list[Row]:
    """The observations of a package as an attacker reads them, each with the type of its value."""
    with (folder / "data" / "indicators.csv").open(encoding="utf-8", newline="") as file:
        types = {row["id"]: row["value_type"] for row in csv.DictReader(file)}
    with (folder / "data" / "observations.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    usual = {"sex": "_T", "age": "_T"}
    return [
        usual | {name: cell for name, cell in row.items() if cell or name not in usual}
        | {"value_type": types[row["indicator"]]}
        for row in rows
    ]  # fmt: skip


def age_atoms(ages: list[str]) -> dict[str, frozenset[str]]:
    """Which of the finest bands each band covers, by the numbers in its code."""
    spans = {}
    for age in ages:
        numbers = [int(number) for number in re.findall(r"\d+", age)]
        if numbers:
            last = 999 if age.endswith("+") else numbers[-1] + 1
            spans[age] = (0 if age.startswith("under") else numbers[0], last)
    edges = sorted({edge for span in spans.values() for edge in span})
    steps = list(pairwise(edges))
    atoms = {
        age: frozenset(str(step) for step in steps if span[0] <= step[0] and step[1] <= span[1])
        for age, span in spans.items()
    }
    return {**atoms, "_T": frozenset(str(step) for step in steps)}
