"""The hub's own part of the benchmarks, run in a process of its own; tells its times as JSON."""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from evidencehub import pipeline, source
from evidencehub.check.structure import Gate
from evidencehub.formats import flat
from evidencehub.pipeline import Places

ROOT = Path(__file__).parents[1]


def gate(folder: Path) -> dict[str, float]:
    """The gate alone: every cell judged, every key checked, nothing kept."""
    gc.disable()
    package, _ = source.read(folder)
    assert package is not None
    judge = Gate(package)
    for resource in package.resources:
        for _ in judge.chunks(resource, fast=True):
            pass
    assert judge.problems() == []
    return {}


def line(folder: Path) -> dict[str, float]:
    """The whole line; the CPU seconds of the CSV files, plain and compressed, apart."""
    apart: dict[str, float] = {}

    def timed(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def called(*args: Any) -> Any:
            begun = time.process_time()
            try:
                return function(*args)
            finally:
                apart[name] = apart.get(name, 0) + time.process_time() - begun

        return called

    for method in ("write", "close"):
        part = timed("flat CSV, plain and compressed", getattr(flat.FlatCsv, method))
        setattr(flat.FlatCsv, method, part)
    out = folder.parents[1]
    places = Places(
        [folder.parent], ROOT / "codes", ROOT / "metadata.yaml", out / "dist", out / "archive"
    )
    outcome = pipeline.build(places)
    assert outcome.build is not None, outcome.reports
    return apart


if __name__ == "__main__":
    print(json.dumps({"gate": gate, "line": line}[sys.argv[1]](Path(sys.argv[2]))))
