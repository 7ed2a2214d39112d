"""The page at /api: its examples run, in every language that this machine has."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from evidencehub.api.guide import EXAMPLE_LANGUAGES, LOCAL_URL, read_examples
from evidencehub.api.openapi import build_example_url
from evidencehub.api.resources import RESOURCES

RUN = {
    "curl": ["sh"],
    "Python": [sys.executable],
    "R": ["Rscript", "-"],  # without the dash it prints its usage
    "JavaScript": ["node", "--input-type=module"],
}
CASES = [
    pytest.param(told["title"], language, code, id=f"{at}-{language}")
    for at, told in enumerate(read_examples(), start=1)
    for language, code in told["code"].items()
]


def test_every_example_is_there_in_every_language() -> None:
    assert len(CASES) == len(read_examples()) * len(EXAMPLE_LANGUAGES) >= 16


@pytest.mark.parametrize(("title", "language", "code"), CASES)
def test_an_example_runs(served, tmp_path: Path, title: str, language: str, code: str) -> None:
    needed = ["curl", "jq"] if language == "curl" else RUN[language][:1]
    if absent := [program for program in needed if shutil.which(program) is None]:
        pytest.skip(f"there is no {' or '.join(absent)} here")
    assert LOCAL_URL in code
    done = subprocess.run(
        RUN[language],
        input=code.replace(LOCAL_URL, served.address),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    written = "".join(path.read_text("utf-8") for path in tmp_path.iterdir())
    assert len(done.stdout + written) > 8
    assert "problem" not in done.stdout


async def test_the_page_explains_every_resource_and_its_links_work(client) -> None:
    page = (await client.get("/api")).text
    assert "http://localhost/api/v1/observations" in page  # here, and not where examples are tried
    assert "127.0.0.1" not in page
    for name in RESOURCES:
        assert f'id="resource-{name}"' in page
        answer = await client.get(build_example_url(name))
        assert answer.status_code == 200
        assert answer.json()["data"], name
    ids = re.findall(r'<dt id="([a-z-]+)"', page)
    assert "unknown-parameter" in ids


def test_the_pages_of_a_long_answer_are_all_there(served, tmp_path: Path) -> None:
    if absent := [program for program in ("curl", "jq") if shutil.which(program) is None]:
        pytest.skip(f"there is no {' or '.join(absent)} here")
    (code,) = [told["code"]["curl"] for told in read_examples() if "page by page" in told["title"]]
    done = subprocess.run(
        ["sh"],
        input=code.replace(LOCAL_URL, served.address),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    indicators = done.stdout.split()
    total = json.loads((tmp_path / "page.json").read_text("utf-8"))["page"]["total"]
    assert len(indicators) == len(set(indicators)) == total > 20
