"""Seconds and memory of the measures of inequality, for 1,000,000 strata of 5 groups each.

    python benchmarks/inequality.py          # one table
    python benchmarks/inequality.py 100000   # the same with fewer strata

Each line is a process of its own, so that its peak memory is that of its measures.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time

import numpy as np

from evidencehub.measures.against import against_reference
from evidencehub.measures.inequality import MEASURES, Strata, measure

STRATA, GROUPS = 1_000_000, 5
SECONDS, MEGABYTES = 60, 1000
DRAWN, DRAWS = 500, 10_000
PARTS = {
    "the figures alone": "",
    "difference and ratio": "d r",
    "variance, deviation, variation": "bgv bgsd cov",
    "mean distances": "mdmu mdmw mdbu mdbw mdru mdrw idisu idisw",
    "Theil, mean log deviation": "ti mld",
    "attributable risk and fraction": "par paf",
    "concentration indices": "aci rci",
    "slope indices, logistic": "sii rii",
    "all 21 measures": " ".join(MEASURES),
}
EVERY_GROUP = "every group against the reference"
SIMULATED = f"all distances, {DRAWS:,} draws"


def figures(size: int) -> Strata:
    """Invented percentages with everything a measure can ask for."""
    rng = np.random.default_rng(1)
    shape = (size, GROUPS)
    return Strata(
        estimate=rng.uniform(20, 90, shape),
        se=rng.uniform(0.5, 3, shape),
        population=rng.uniform(100, 100_000, shape),
        rank=np.tile(np.arange(float(GROUPS)), (size, 1)),
        favourable=rng.random(size) < 0.5,
        reference=rng.integers(0, GROUPS, size),
        scale=np.full(size, 100.0),
    )


def run(part: str, size: int) -> None:
    """Measure one line and tell it as JSON."""
    strata = figures(size)
    begun = time.perf_counter()
    if part == EVERY_GROUP:
        against_reference(strata)
    for name in PARTS.get(part, "").split():
        measure(name, strata)
    if part == SIMULATED:
        for name in PARTS["mean distances"].split():
            measure(name, strata, draws=DRAWS)
    seconds = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "megabytes": peak}))


def line(part: str, size: int) -> bool:
    """Print one line; True where it is within the target."""
    command = [sys.executable, __file__, part, str(size)]
    told = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    print(f"| {part} | {size:,} | {told['seconds']:.1f} | {told['megabytes']:.0f} |", flush=True)
    return bool(told["seconds"] < SECONDS and told["megabytes"] < MEGABYTES)


def table(size: int) -> None:
    print(f"| {GROUPS} groups in each stratum | strata | s | peak MB |\n| --- | --- | --- | --- |")
    within = [line(part, size) for part in PARTS]
    line(EVERY_GROUP, size)
    line(SIMULATED, min(size, DRAWN))
    verdict = "met" if within[-1] else "missed"
    print(f"\nTarget: all 21 measures within {SECONDS} s and {MEGABYTES} MB: {verdict}.")


if __name__ == "__main__":
    if len(sys.argv) == 3:
        run(sys.argv[1], int(sys.argv[2]))
    else:
        table(int(sys.argv[1]) if len(sys.argv) == 2 else STRATA)
