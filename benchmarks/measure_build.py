"""The hub's own part of the benchmarks, run in a process of its own; tells its times as JSON."""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from evidencehub import pipeline
from evidencehub.check.structure import PackageValidator
from evidencehub.domain.problem import CheckReport
from evidencehub.formats import flat_table
from evidencehub.pipeline import BuildPaths, stage
from evidencehub.pipeline.stage_task import StageTask
from evidencehub.releases.published_file import package_digest
from evidencehub.source import packages
from evidencehub.source.code_lists import read_code_book

ROOT = Path(__file__).parents[1]


def measure_gate(folder: Path) -> dict[str, float]:
    """The gate alone: every cell judged, every key checked, nothing kept."""
    gc.disable()
    package, _ = packages.read_package(folder)
    assert package is not None
    judge = PackageValidator(package)
    for resource in package.resources:
        for _ in judge.read_chunks(resource, use_arrow=True):
            pass
    assert judge.find_problems() == []
    return {}


def measure_pipeline(folder: Path) -> dict[str, float]:
    """The whole line; the CPU seconds of the CSV files, plain and compressed, apart."""
    csv_seconds: dict[str, float] = {}

    def timed(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def called(*args: Any) -> Any:
            started = time.process_time()
            try:
                return function(*args)
            finally:
                csv_seconds[name] = csv_seconds.get(name, 0) + time.process_time() - started

        return called

    for method in ("write", "close"):
        timed_method = timed(
            "flat CSV, plain and compressed", getattr(flat_table.FlatCsvWriter, method)
        )
        setattr(flat_table.FlatCsvWriter, method, timed_method)
    out = folder.parents[1]
    paths = BuildPaths(
        [folder.parent], ROOT / "codes", ROOT / "metadata.yaml", out / "dist", out / "archive"
    )
    # staged here and not in another process, whose CPU nobody would count; the build finds it
    package, _ = packages.read_package(folder)
    assert package is not None
    task = StageTask(package, package_digest(package), out / "dist" / "stage" / package.slug)
    report = CheckReport(package.slug)
    assert stage.stage_dataset(task, read_code_book(paths.code_folder), report) is not None
    outcome = pipeline.build_hub(paths)
    assert outcome.rebuilt == []
    assert outcome.build is not None, outcome.reports
    return csv_seconds


if __name__ == "__main__":
    print(
        json.dumps({"gate": measure_gate, "line": measure_pipeline}[sys.argv[1]](Path(sys.argv[2])))
    )
