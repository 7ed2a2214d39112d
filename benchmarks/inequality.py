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

from evidencehub.inequality.measures import MEASURES, Strata, compute_measure
from evidencehub.inequality.reference_group import compare_with_reference

DEFAULT_STRATA, GROUPS_PER_STRATUM = 1_000_000, 5
TARGET_SECONDS, TARGET_MEGABYTES = 60, 1000
MAX_SIMULATED_STRATA, DRAWS = 500, 10_000
MEASURE_SETS = {
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


def create_random_strata(size: int) -> Strata:
    """Invented percentages with everything a measure can ask for."""
    rng = np.random.default_rng(1)
    shape = (size, GROUPS_PER_STRATUM)
    return Strata(
        estimate=rng.uniform(20, 90, shape),
        se=rng.uniform(0.5, 3, shape),
        population=rng.uniform(100, 100_000, shape),
        rank=np.tile(np.arange(float(GROUPS_PER_STRATUM)), (size, 1)),
        favourable=rng.random(size) < 0.5,
        reference=rng.integers(0, GROUPS_PER_STRATUM, size),
        max_value=np.full(size, 100.0),
    )


def measure_set(measure_set_name: str, size: int) -> None:
    """Measure one line and tell it as JSON."""
    strata = create_random_strata(size)
    started = time.perf_counter()
    if measure_set_name == EVERY_GROUP:
        compare_with_reference(strata)
    for name in MEASURE_SETS.get(measure_set_name, "").split():
        compute_measure(name, strata)
    if measure_set_name == SIMULATED:
        for name in MEASURE_SETS["mean distances"].split():
            compute_measure(name, strata, draws=DRAWS)
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "megabytes": peak}))


def report_line(measure_set_name: str, size: int) -> bool:
    """Print one line; True where it is within the target."""
    command = [sys.executable, __file__, measure_set_name, str(size)]
    timings = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    print(
        f"| {measure_set_name} | {size:,} | {timings['seconds']:.1f} | {timings['megabytes']:.0f} |",
        flush=True,
    )
    return bool(timings["seconds"] < TARGET_SECONDS and timings["megabytes"] < TARGET_MEGABYTES)


def report_table(size: int) -> None:
    print(
        f"| {GROUPS_PER_STRATUM} groups in each stratum | strata | s | peak MB |\n| --- | --- | --- | --- |"
    )
    within = [report_line(measure_set_name, size) for measure_set_name in MEASURE_SETS]
    report_line(EVERY_GROUP, size)
    report_line(SIMULATED, min(size, MAX_SIMULATED_STRATA))
    verdict = "met" if within[-1] else "missed"
    print(
        f"\nTarget: all 21 measures within {TARGET_SECONDS} s and {TARGET_MEGABYTES} MB: {verdict}."
    )


if __name__ == "__main__":
    if len(sys.argv) == 3:
        measure_set(sys.argv[1], int(sys.argv[2]))
    else:
        report_table(int(sys.argv[1]) if len(sys.argv) == 2 else DEFAULT_STRATA)
