"""The benchmarks start: nobody runs them with every change, and a script of theirs may be renamed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import coverage, generated_package
from evidencehub.inequality.measures import MEASURES, MeasureResult
from evidencehub.inequality.reference_group import compare_with_reference
from tests.support.dataset_builder import PROJECT_ROOT

FOLDER = PROJECT_ROOT / "benchmarks"


def test_every_script_that_a_benchmark_starts_is_there() -> None:
    names = {
        name
        for path in FOLDER.glob("*.py")
        for name in re.findall(r'BENCHMARKS_FOLDER / "(\w+\.py)"', path.read_text("utf-8"))
    }
    assert names
    assert {name for name in names if not (FOLDER / name).is_file()} == set()


@pytest.mark.parametrize("step", ["gate", "line"])
def test_the_hubs_own_part_runs_on_a_small_package(step: str, tmp_path: Path) -> None:
    folder = generated_package.write_package(tmp_path / "one" / "datasets" / "bench", 200)
    command = [sys.executable, str(FOLDER / "measure_build.py"), step, str(folder)]
    finished = subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, check=True)
    assert isinstance(json.loads(finished.stdout), dict)
    assert (tmp_path / "one/dist/current/hub.db").is_file() == (step == "line")


def test_coverage_is_measured_of_every_measure_and_ends_by_its_verdict(
    capsys: pytest.CaptureFixture[str],
) -> None:
    coverage.report_table(0.005)
    table = capsys.readouterr().out
    lines = [line for line in table.splitlines() if line.startswith("| ")][2:]
    assert {line.split(" | ")[1] for line in lines} == {"difference", "ratio", *MEASURES} - {
        "d",
        "r",
    }
    assert len(lines) == 9 * 2 + 5 * 15 + 5 * 4
    assert re.search(r"Target: 93% to 99.5%.*: (met|missed)\.", table)


@pytest.mark.parametrize(
    ("design", "held", "is_within"),
    [
        ("rate 5 / 5", 0.93, True),
        ("rate 5 / 5", 0.929, False),
        ("rate 5 / 5", 0.995, True),
        ("rate 5 / 5", 0.996, False),
        ("all equal (30)", 0.999, True),
        ("all equal (30)", 0.9, False),
    ],
)
def test_coverage_beyond_its_bounds_fails_where_no_boundary_is_named(
    design: str, held: float, is_within: bool
) -> None:
    found = coverage.Coverage(design, "mdbu", held, 0.0, 1 - held, 0.0, (0.5, 0.1))
    assert found.is_within == is_within
    assert ("OUTSIDE" in found.format_row()) == (not is_within)


def test_symmetric_errors_at_small_counts_are_seen_to_miss() -> None:
    """The check can fail: these intervals leave the truth out after no events."""
    (design,) = [pair for pair in coverage.PAIRS if pair.name.startswith("rate 3 of")]
    counts = design.draw_counts(2000)
    drawn = replace(design.build_strata(counts), lower=None, upper=None)
    result = compare_with_reference(drawn).difference
    base, value = design.truth
    arrays = {n: v[:, 1] if v.ndim == 2 else v for n, v in vars(result).items()}
    found = coverage.count_coverage(
        design, "difference", MeasureResult(**arrays), value - base, counts
    )
    assert not found.is_within
    assert found.after_no_events[0] < 0.5
