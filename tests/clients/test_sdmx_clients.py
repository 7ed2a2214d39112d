"""Real clients of SDMX and JSON-stat read the served hub; the official description fuzzes it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.clients.conftest import ClientTools
from tests.support.dataset_builder import PROJECT_ROOT
from tests.support.running_server import RunningServer

PAGE = PROJECT_ROOT / "docs" / "reference" / "sdmx.md"
FENCES = re.findall(
    r"^```(python|r)\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL
)
SCRIPTS = Path(__file__).parent
DESCRIPTION = PROJECT_ROOT.parent / "shared" / "specs" / "sdmx-rest" / "sdmx-rest.yaml"
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance"
OPERATIONS = "^/(data|availability|schema|structure)/"


@pytest.mark.parametrize("script", ["sdmx_1_2_1", "sdmx_1_3_0", "pysdmx_connectors", "json_stat"])
def test_a_client_in_python_reads_the_hub(
    sdmx_tools: ClientTools, served: RunningServer, tmp_path: Path, script: str
) -> None:
    path = SCRIPTS / f"{script}.py"
    assert "done" in sdmx_tools.run("python", path, served.address, cwd=tmp_path)


def test_rsdmx_reads_the_hub(served: RunningServer) -> None:
    if shutil.which("Rscript") is None:
        pytest.skip("there is no R here")
    known = subprocess.run(["Rscript", "-e", "library(rsdmx)"], capture_output=True, check=False)
    if known.returncode:
        pytest.skip("R has no rsdmx here: install r-cran-rsdmx")
    command = ["Rscript", str(SCRIPTS / "rsdmx_client.R"), served.address]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "done" in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize("fence", FENCES, ids=[f"{name}-{n}" for n, (name, _) in enumerate(FENCES)])
def test_a_snippet_of_the_documentation_runs(
    sdmx_tools: ClientTools, served: RunningServer, tmp_path: Path, fence: tuple[str, str]
) -> None:
    language, text = fence
    program = "Rscript" if language == "r" else "python"
    if shutil.which(program) is None:
        pytest.skip(f"there is no {program} here")
    script = tmp_path / f"snippet.{language}"
    script.write_text(text.replace("http://127.0.0.1:8001", served.address), "utf-8")
    assert sdmx_tools.run(program, script, cwd=tmp_path).strip()


def test_the_official_description_finds_no_fault(served: RunningServer, tmp_path: Path) -> None:
    """Requests are made from it with the hub's own identifiers, and with any others."""
    if not DESCRIPTION.exists():
        pytest.skip("../shared/specs/sdmx-rest is not there")
    description = yaml.safe_load(DESCRIPTION.read_text("utf-8"))
    names = ["uk-maternal-mortality-rate", "ew-infant-mortality-rate", "sex", "*"]
    own = {"agencies": ["HUB", "*"], "resourceIDs": names, "versions": ["1.0.0", "+", "~", "*"]}
    for name, values in own.items():
        schema = description["components"]["parameters"][name]["schema"]
        schema["items"] = {"anyOf": [{"enum": values}, schema["items"]]}
        schema["minItems"] = 1
    for name, value in (("agencyID", "HUB"), ("resourceID", names[0]), ("version", "1.0.0")):
        schema = description["components"]["parameters"][name]["schema"]
        description["components"]["parameters"][name]["schema"] = {
            "anyOf": [{"enum": [value]}, schema]
        }
    (tmp_path / "sdmx.json").write_text(json.dumps(description), "utf-8")
    command = [
        *(str(Path(sys.executable).with_name("schemathesis")), "run", "sdmx.json"),
        *("--url", f"{served.address}/sdmx/v2", "--include-path-regex", OPERATIONS),
        *("--checks", CHECKS, "--phases", "coverage,fuzzing", "--max-examples", "30"),
        *("--seed", "20261130"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stdout[-6_000:] + done.stderr[-2_000:]
