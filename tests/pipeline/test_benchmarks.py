"""The benchmarks start: nobody runs them with every change, and a script of theirs may be renamed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import generated_package
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
