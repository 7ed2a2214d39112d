"""/openapi.json says what the API does: schemathesis asks whatever it allows, and what it does not."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.support.dataset_builder import PROJECT_ROOT

WHOLE = os.environ.get("API") == "whole"  # every case that can be thought of, not some at random
CASES, EXAMPLES = (5_000, 25) if WHOLE else (500, 12)  # in all, and of an operation
SECONDS = 900


def test_the_api_is_as_it_is_described(served, tmp_path: Path) -> None:
    program = Path(sys.executable).with_name("schemathesis")
    command = [program, "run", f"{served.address}/openapi.json", "--checks", "all"]
    command += ["--phases", "coverage,fuzzing,stateful" if WHOLE else "fuzzing"]
    command += [
        "--max-examples",
        str(EXAMPLES),
        "--continue-on-failure",
        "--seed",
        "1",
        "--no-color",
    ]
    # a posted query may be of one of seven forms, each with conditions within conditions
    command += ["--suppress-health-check", "large_base_example"]
    home = {"SCHEMATHESIS_HOOKS": "tests.api.v1.hooks", "PYTHONPATH": str(PROJECT_ROOT)}
    done = subprocess.run(
        [*map(str, command)],
        cwd=tmp_path,
        env={**os.environ, **home},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    told = done.stdout[-20_000:]
    assert done.returncode == 0, told
    (cases,) = re.findall(r"(\d+) generated", told)
    print(f"{cases} cases")
    assert int(cases) >= CASES
