"""Do the steps of CONTRIBUTING.md work? A rule, a filter, a format are added to a scratch copy.

The steps are done as a newcomer would do them: lines in the files that the page names, `make docs`,
then the tests. Nothing else may have to change.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.dataset_builder import PROJECT_ROOT

pytestmark = pytest.mark.slow
COPIED = ("evidencehub", "codes", "tests", "plugins", "templates", "static", "docs")
COPIED_FILES = ("pyproject.toml", "metadata.yaml", "settings.json", "build.py", "CONTRIBUTING.md")

NEW_RULE = """
    Rule(
        "values/dot-for-a-note",
        "dataset",
        "A note has words.",
        "Write the note, or leave the cell empty.",
        SqlCondition("o.note = '.'", "note", "The note is a dot."),
    ),"""
NEW_EXAMPLE = """
    Example(
        "values/dot-for-a-note",
        cells("observations", 2, note="."),
        cells("observations", 2, note="Counted in one town."),
        f"{ROW}, note",
    ),"""
RULE_STEPS = {
    "evidencehub/check/rules/values.py": ("\nRULES = (", NEW_RULE),
    "tests/spec/examples.py": ("\nVALUES = (", NEW_EXAMPLE),
    "tests/spec/borders.py": (
        '\n    "whether something is there, or given": (',
        '\n        "values/dot-for-a-note",',
    ),
}
RULE_TESTS = (
    "tests/spec/test_rules.py",
    "tests/spec/test_borders.py",
    "tests/docs/test_reference.py",
)
RULE_QUESTION = "dot-for-a-note or every_rule or what_the_code_says"

FILTER_STEPS = {
    "evidencehub/api/resources/observations.py": (
        '\n        *filters.build_values("o"),',
        '\n        ("conf_status", "with this", "conf-status"),',
    )
}
NEW_FORMAT_MODULE = '''"""Rows as tab-separated values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from evidencehub.formats.format import RowColumn


class TsvStream:
    """A file that is written a piece at a time; tabs and line ends in a cell become spaces."""

    def __init__(self, columns: Sequence[RowColumn]) -> None:
        self._header_rows: list[Sequence[Any]] = [[column.name for column in columns]]

    def write_rows(self, rows: Iterable[Sequence[Any]]) -> bytes:
        """Return the rows, below the header where they are the first."""
        lines = [*self._header_rows, *rows]
        self._header_rows = []
        return "".join(
            "\\t".join("" if cell is None else " ".join(str(cell).split()) for cell in line) + "\\n"
            for line in lines
        ).encode()

    def finish(self) -> bytes:
        """Return the header of a file without rows."""
        return self.write_rows(())
'''
NEW_FORMAT_OPENER = """
def _open_tsv(columns: Sequence[RowColumn], _: FileMetadata) -> RowWriter:
    from evidencehub.formats.tsv import TsvStream

    return TsvStream(columns)


"""
NEW_FORMAT_ROW = """
    Format("tsv", "TSV", "tsv", "text/tab-separated-values; charset=utf-8", ("rows",),
           open_writer=_open_tsv, is_attachment=True),"""
FORMAT_MODULE = "evidencehub/formats/tsv.py"
FORMAT_TABLE = "evidencehub/formats/format.py"
FORMAT_STEPS = (
    {FORMAT_TABLE: ("\n    return NdjsonStream()\n\n", NEW_FORMAT_OPENER)},
    {FORMAT_TABLE: ("open_writer=_open_ndjson),", NEW_FORMAT_ROW)},
)
BUILD_TOYS = """
import asyncio, json, sys
from pathlib import Path

import httpx

from evidencehub.api.app import ApiApp
from tests.support.dataset_builder import BuildWorkspace

site = BuildWorkspace(Path(sys.argv[1]))
toys = site.dataset()
toys.tables["observations"][0] |= {
    "value": "", "numerator": "", "denominator": "", "obs_status": "Q", "conf_status": "C",
}
toys.write()
outcome = site.build()
assert outcome.build is not None, outcome.reports
"""
ASK_FOR_THE_FILTER = """
async def ask():
    transport = httpx.ASGITransport(app=ApiApp(outcome.build))
    async with httpx.AsyncClient(transport=transport, base_url="http://hub.test") as client:
        for query in ("conf_status=C", "conf_status=F", "conf_status=zz"):
            response = await client.get(f"/api/v1/observations?{query}")
            rows = response.json().get("data", ())
            print(response.status_code, *(row["ethnicity"] for row in rows))
        description = (await client.get("/openapi.json")).json()
        described = description["paths"]["/api/v1/observations"]["get"]["parameters"]
        names = [parameter["$ref"].rpartition("/")[2] for parameter in described]
        parameters = [description["components"]["parameters"][name] for name in names]
        print(json.dumps([p for p in parameters if p["name"] == "conf_status"]))


asyncio.run(ask())
"""
ASK_FOR_THE_FORMAT = """
async def ask():
    transport = httpx.ASGITransport(app=ApiApp(outcome.build))
    async with httpx.AsyncClient(transport=transport, base_url="http://hub.test") as client:
        by_ending = await client.get("/api/v1/observations.tsv")
        accept = {"accept": "text/tab-separated-values"}
        by_header = await client.get("/api/v1/observations", headers=accept)
        rows = (await client.get("/api/v1/observations")).json()
        description = (await client.get("/openapi.json")).json()
    responses = description["paths"]["/api/v1/observations"]["get"]["responses"]
    header, *lines = by_ending.text.splitlines()
    print(by_ending.status_code, by_ending.content == by_header.content)
    print(header.split("\\t") == list(rows["data"][0]), len(lines) == len(rows["data"]) > 1)
    print("tsv" in rows["links"], accept["accept"] in str(responses["200"]))


asyncio.run(ask())
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the project in which a newcomer may work."""
    root = tmp_path / "project"
    for folder in COPIED:
        shutil.copytree(
            PROJECT_ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__")
        )
    for name in COPIED_FILES:
        shutil.copy(PROJECT_ROOT / name, root / name)
    return root


def follow(steps: Mapping[str, tuple[str, str]], root: Path) -> None:
    """Write the lines of each step after the line that they belong to."""
    for name, (anchor, lines) in steps.items():
        text = (root / name).read_text("utf-8")
        assert text.count(anchor) == 1, f"{name}: {anchor}"
        (root / name).write_text(text.replace(anchor, anchor + lines), "utf-8")


def run(root: Path, *arguments: str) -> str:
    """What Python prints when it is run in the copy, whose modules come before all others."""
    environment = {**os.environ, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=root, env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-5_000:] + done.stderr[-5_000:]
    return done.stdout


def hash_files(root: Path) -> dict[str, str]:
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file() and ".pytest_cache" not in path.parts
    }


def list_changed(before: Mapping[str, str], root: Path) -> set[str]:
    return {name for name, digest in hash_files(root).items() if before.get(name) != digest}


def test_the_copy_runs_its_own_modules(copy: Path) -> None:
    printed = run(copy, "-c", "import evidencehub; print(evidencehub.__file__)")
    assert Path(printed.strip()).is_relative_to(copy)


def test_a_rule_is_a_row_an_example_and_a_border(copy: Path) -> None:
    before = hash_files(copy)
    follow(RULE_STEPS, copy)
    run(copy, "-m", "tests.support.generated_docs")
    printed = run(
        copy,
        "-m",
        "pytest",
        "-q",
        "-n",
        "0",
        "-p",
        "no:cacheprovider",
        *RULE_TESTS,
        "-k",
        RULE_QUESTION,
    )
    assert " passed" in printed
    assert " skipped" not in printed
    assert list_changed(before, copy) == {*RULE_STEPS, "docs/reference/rules.md"}
    assert "The note is a dot." in run(copy, "-c", SHOW_THE_MESSAGE)


SHOW_THE_MESSAGE = """
from evidencehub.formats.check_report import render_text
from tests.spec.changes import cells, report_on
print(render_text(report_on(cells("observations", 2, note="."))))
"""


def test_a_filter_is_one_row(copy: Path, tmp_path: Path) -> None:
    before = hash_files(copy)
    follow(FILTER_STEPS, copy)
    run(copy, "-m", "tests.support.generated_docs")
    assert list_changed(before, copy) == {*FILTER_STEPS, "docs/reference/api.md"}
    printed = run(copy, "-c", BUILD_TOYS + ASK_FOR_THE_FILTER, str(tmp_path / "site"))
    suppressed, free, wrong, described = printed.splitlines()
    assert suppressed == "200 A"
    assert free == "200 B"
    assert wrong == "400"
    assert '"conf_status"' in described


def test_a_format_is_a_module_and_a_row(copy: Path, tmp_path: Path) -> None:
    before = hash_files(copy)
    (copy / FORMAT_MODULE).write_text(NEW_FORMAT_MODULE, "utf-8")
    for step in FORMAT_STEPS:
        follow(step, copy)
    run(copy, "-m", "tests.support.generated_docs")
    assert list_changed(before, copy) == {FORMAT_MODULE, FORMAT_TABLE, "docs/reference/api.md"}
    printed = run(copy, "-c", BUILD_TOYS + ASK_FOR_THE_FORMAT, str(tmp_path / "site"))
    assert printed.splitlines() == ["200 True", "True True", "True True"]


def test_every_step_is_one_that_the_page_names() -> None:
    page = (PROJECT_ROOT / "CONTRIBUTING.md").read_text("utf-8")
    for name in (*RULE_STEPS, *FILTER_STEPS, FORMAT_MODULE, FORMAT_TABLE):
        folder = f"{Path(name).parent}/"
        module = f"`{folder}<name>.py`"
        assert {f"`{name}`", f"`{folder}`", module} & set(re.findall("`[^`]+`", page)), name
