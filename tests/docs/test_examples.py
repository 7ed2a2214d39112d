"""Does the documentation do what it shows? Its pages are run, line by line, in a scratch copy.

A page is a story: its fences run in order. A comment above a fence says what the fence is:

    <!-- file: PATH -->      the text of a file that the reader writes
    <!-- append: PATH -->    lines that the reader adds to the end of a file
    <!-- merge: PATH -->     a piece of JSON that the reader puts into a file
    <!-- valid: KIND -->     a piece of JSON that the schema allows (package, resource, field, list)
    <!-- not run: WHY -->    commands that are only shown
    <!-- typed: WHAT -->     a command that asks: what stands after its questions is typed
    <!-- page: PATH -->      what the page at an address says, among other things, line by line

Commands (`console`) run unless they are marked so, and must print what is shown below them; `…`
stands for anything, and hashes and the number of datasets may differ. In the page on partners'
tables, `table`, `resource` and `becomes` belong together, within the package of the `frame`.
"""

from __future__ import annotations

import asyncio
import contextlib
import csv
import io
import json
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import jsonschema
import pytest

from evidencehub import cli, pipeline, runtime
from evidencehub.cli.new_dataset import QUESTIONS
from evidencehub.pipeline import BuildPaths
from evidencehub.runtime import sockets, supervisor
from tests.support.dataset_builder import CODE_FOLDER, PROJECT_ROOT, BuildWorkspace
from tests.support.page_reader import PageReader
from tests.support.running_server import run_server
from tests.support.terminal import run_in_terminal

HERE = "http://127.0.0.1:8001"  # where the documentation's server listens
DOCS = PROJECT_ROOT / "docs"
PAGES = [PROJECT_ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
WRITTEN = [page for page in PAGES if page.parent != DOCS / "reference"]
SCHEMA = json.loads((DOCS / "reference" / "hub.schema.json").read_text("utf-8"))
FENCE = re.compile(
    r"(?:^<!-- ([^:\n]+?)(?:: ([^\n]*))? -->\n)?^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL
)
SHELL = ("cat", "cp", "head", "ls", "mkdir", "mv", "readlink", "rm", "sha256sum", "tail")
PARTNERS = DOCS / "how-to" / "bring-a-partner-table-in-its-own-shape.md"


@dataclass(frozen=True)
class Fence:
    """A block of code in a page; `mark` and `about` are what the comment above it says."""

    page: Path
    line: int
    mark: str
    about: str
    language: str
    text: str

    @property
    def place(self) -> str:
        return f"{self.page.relative_to(PROJECT_ROOT)}:{self.line}"


def fences(page: Path) -> list[Fence]:
    text = page.read_text("utf-8")
    found = []
    for match in FENCE.finditer(text):
        line = text[: match.start(3)].count("\n") + 1
        found.append(Fence(page, line, match[1] or "", match[2] or "", match[3], match[4]))
    return found


ALL = [fence for page in WRITTEN for fence in fences(page)]
STORIES = [
    page for page in WRITTEN if any(f.language in ("console", "python") for f in fences(page))
]


@dataclass
class Hub:
    """A scratch copy of the project, and the server that a page has started in it."""

    root: Path
    hashes: dict[str, str] = field(default_factory=dict)

    async def run(self, command: str) -> str:
        """What a command of the documentation prints."""
        first, *rest = split_at_pipes(command)
        words = shlex.split(first, comments=True)
        if words[:2] == ["python", "build.py"]:
            printed = self.build(words[2:])
        elif words[0] == "curl":
            printed = await self.curl(words[1:])
        elif words[0] in SHELL:
            printed = shell(first, "", self.root)
        else:
            raise AssertionError(f"The documentation may not run “{words[0]}”.")
        for step in rest:
            printed = shell(step.replace("python ", f"{sys.executable} ", 1), printed, self.root)
        return printed

    def build(self, words: list[str]) -> str:
        printed = io.StringIO()
        with (
            contextlib.redirect_stdout(printed),
            contextlib.redirect_stderr(printed),
            pytest.raises(SystemExit) as stopped,
        ):
            cli.main(words)
        assert stopped.value.code in (0, 1), printed.getvalue()
        return printed.getvalue()

    async def curl(self, words: list[str]) -> str:
        """What curl prints, or nothing where it writes to a file (`-o`)."""
        address = next(word for word in words if word.startswith("http"))
        url = urlsplit(address)
        assert url.netloc == "127.0.0.1:8001", address
        path = f"{url.path}?{url.query}" if url.query else url.path
        answer = await self.get(path, follow_redirects="-L" in words)
        if "-I" in words:
            headers = [f"{name}: {value}" for name, value in answer.headers.items()]
            return "\n".join([f"HTTP/1.1 {answer.status_code}", *headers]) + "\n"
        if "-o" in words:
            assert answer.status_code == 200, address
            (self.root / words[words.index("-o") + 1]).write_bytes(answer.content)
            return ""
        return answer.text

    async def get(self, path: str, **options: bool) -> httpx.Response:
        """What a path answers: a server serves what was published last."""
        hub = runtime.create_datasette(self.root, (self.root / "dist/current").resolve())
        await hub.invoke_startup()
        return await hub.client.get(path, **options)

    def converse(self, command: str, shown: str) -> str:
        """What a terminal shows in which a command is run and the answers of a page are typed."""
        words = [sys.executable, *shlex.split(command)[1:]]
        with run_in_terminal(words, self.root) as terminal:
            for prompt, answer in list_typed_answers(shown):
                terminal.type(prompt, answer + "\n")
            terminal.finish()
        assert terminal.exit_code == 0, terminal.screen
        return terminal.screen

    @contextlib.contextmanager
    def online(self) -> Iterator[str]:
        """A server with a real socket over what was built, for programs that fetch for themselves."""
        site = BuildWorkspace(self.root / "site")
        site.datasets, site.out = self.root / "datasets", self.root / "dist"
        site.archive, site.codes = self.root / "archive", self.root / "codes"
        with run_server(site) as served:
            served.wait_until_ready()
            yield served.address


def split_at_pipes(command: str) -> list[str]:
    parts = shlex.shlex(command, posix=False, punctuation_chars="|")
    parts.whitespace_split = True
    steps: list[list[str]] = [[]]
    for part in parts:
        if part == "|":
            steps.append([])
        else:
            steps[-1].append(part)
    return [" ".join(step) for step in steps]


def shell(command: str, given: str, where: Path) -> str:
    done = subprocess.run(
        command, input=given, shell=True, cwd=where, capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


def session(text: str) -> Iterator[tuple[str, str]]:
    """The commands of a console block, each with what is shown below it."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, shown = part.replace("\\\n", " ").partition("\n")
        yield command, shown


PROMPTS = ("Code or label", *(question.prompt for question in QUESTIONS))


def list_typed_answers(shown: str) -> list[tuple[str, str]]:
    """The questions of a page with what stands after them."""
    ends = "|".join(map(re.escape, PROMPTS))
    pattern = rf"^((?:{ends})(?: \(\? lists them\))?:) ?(.*)$"
    return [(f"{match[1]} ", match[2]) for match in re.finditer(pattern, shown, re.MULTILINE)]


def alike(shown: str, printed: str) -> bool:
    """True when what was printed is what the page shows, but for what may differ."""
    told = [re.sub(r"\s+", " ", plain(text)).strip() for text in (shown, printed)]
    pattern = re.escape(told[0]).replace(re.escape("…"), ".*?").replace(re.escape("..."), ".*?")
    return re.fullmatch(pattern, told[1], re.DOTALL) is not None


HASH = re.compile(r"\b(?:[0-9a-f]{64}|[0-9a-f]{16})\b")


def plain(text: str) -> str:
    text = HASH.sub("HASH", text)
    return re.sub(r"\b\d+ datasets passed", "N datasets passed", text)


def merged(whole: Any, piece: Any) -> Any:
    """JSON with a piece put in: objects key by key, lists of named things name by name."""
    if isinstance(whole, Mapping) and isinstance(piece, Mapping):
        return {**whole, **{k: merged(whole.get(k), v) for k, v in piece.items()}}
    if isinstance(whole, list) and isinstance(piece, list) and all(map(named, [*whole, *piece])):
        told = {one["name"]: one for one in whole}
        for one in piece:
            told[one["name"]] = merged(told.get(one["name"]), one)
        return list(told.values())
    return piece


def named(value: Any) -> bool:
    return isinstance(value, Mapping) and "name" in value


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hub:
    """A copy of what the commands need; a server that is started answers in-process."""
    root = tmp_path / "hub"
    root.mkdir()
    for name in ("codes", "datasets", "questions", "plugins", "templates", "static"):
        shutil.copytree(PROJECT_ROOT / name, root / name)
    for name in ("build.py", "metadata.yaml", "settings.json"):
        shutil.copy(PROJECT_ROOT / name, root / name)
    found = Hub(root)
    monkeypatch.chdir(root)
    monkeypatch.setattr(sockets, "bind_sockets", lambda *_: [])
    monkeypatch.setattr(supervisor, "serve", lambda *_: None)
    return found


@pytest.mark.parametrize("page", STORIES, ids=lambda page: page.stem)
async def test_a_page_does_what_it_shows(page: Path, hub: Hub) -> None:
    for fence in fences(page):
        if fence.mark == "file":
            (hub.root / fence.about).parent.mkdir(parents=True, exist_ok=True)
            (hub.root / fence.about).write_text(fence.text, "utf-8")
        elif fence.mark == "append":
            with (hub.root / fence.about).open("a", encoding="utf-8") as file:
                file.write(fence.text)
        elif fence.mark == "merge":
            path = hub.root / fence.about
            whole = merged(json.loads(path.read_text("utf-8")), json.loads(fence.text))
            path.write_text(json.dumps(whole, ensure_ascii=False, indent=2), "utf-8")
        elif fence.mark == "page":
            assert_page_says(fence, (await hub.get(fence.about)).text)
        elif fence.language == "python":
            with hub.online() if HERE in fence.text else contextlib.nullcontext("") as address:
                text = "\n" * fence.line + fence.text.replace(HERE, address or HERE)
                code = compile(text, str(page), "exec")
                await asyncio.to_thread(exec, code, {})
        elif fence.language == "console" and fence.mark != "not run":
            for command, shown in session(fence.text):
                is_typed = fence.mark == "typed" and "build.py" in command
                printed = hub.converse(command, shown) if is_typed else await hub.run(command)
                assert alike(shown, printed), f"{fence.place}: $ {command}\n{printed}"
                for told, is_now in zip(HASH.findall(shown), HASH.findall(printed), strict=False):
                    assert hub.hashes.setdefault(told, is_now) == is_now, f"{fence.place}: {told}"


def assert_page_says(fence: Fence, html: str) -> None:
    """A page has each line that the documentation shows of it, and no heading without a text."""
    page = PageReader(html)
    assert page.empty_headings == [], fence.place
    for line in fence.text.splitlines():
        pattern = re.escape(line).replace("…", ".*?")
        assert re.search(pattern, page.text), f"{fence.place}: {line}\n{page.text}"


def test_every_fence_says_what_it_is() -> None:
    known = {"console", "csv", "json", "markdown", "nginx", "python", "r", "sql", "text", "yaml"}
    assert len(ALL) > 50
    for fence in ALL:
        assert fence.language in known, fence.place
        if fence.language == "json":
            assert fence.mark, f"{fence.place}: say what this piece of JSON is."
        if fence.language == "console":
            assert fence.text.startswith("$ "), fence.place


@pytest.mark.parametrize("fence", [f for f in ALL if f.language == "r"], ids=lambda f: f.place)
def test_a_piece_of_r_runs(fence: Fence, hub: Hub) -> None:
    if shutil.which("Rscript") is None:
        pytest.skip("there is no Rscript here")
    hub.build([])
    with hub.online() as address:
        done = subprocess.run(
            ["Rscript", "-"],
            input=fence.text.replace(HERE, address),
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr


PIECES = [f for f in ALL if f.mark in ("valid", "resource") or f.about == "datapackage.json"]
ABOUT = {
    "workstreams": ["innovating-for-all"], "countries": ["GB"], "contact": "toys@example.org",
    "whose_ethnicity": "patient", "ethnicity_recording": "unknown",
    "disclosure_policy": "synthetic", "verification": "S",
}  # fmt: skip


@pytest.mark.parametrize("fence", PIECES, ids=lambda fence: fence.place)
def test_a_piece_of_json_is_valid_against_the_published_schema(fence: Fence) -> None:
    piece = json.loads(fence.text)
    if fence.mark == "resource":
        whole: Any = {"hub": ABOUT, "resources": [piece]}
    elif fence.about == "package":
        whole = {"hub": {**ABOUT, **piece}}
    elif fence.about == "list":
        whole = {"hub": {**ABOUT, "lists": [piece]}}
    elif fence.about == "resource":
        whole = {"hub": ABOUT, "resources": [{"name": "repairs", "hub": piece}]}
    elif fence.about == "field":
        whole = {"hub": ABOUT, "resources": [{"name": "repairs", "schema": {"fields": [piece]}}]}
    else:
        whole = piece
    assert list(jsonschema.Draft202012Validator(SCHEMA).iter_errors(whole)) == []


QUERIES = [f for f in ALL if f.mark == "query"]


@pytest.mark.parametrize("fence", QUERIES, ids=lambda fence: fence.place)
async def test_a_query_is_answered(fence: Fence, built: Path) -> None:
    hub = runtime.create_datasette(PROJECT_ROOT, built)
    await hub.invoke_startup()
    answer = await hub.client.post("/api/v1/query", content=fence.text)
    assert answer.status_code == 200, answer.text
    assert answer.json()["page"]["total"] > 0


EXAMPLES = [f for f in fences(PARTNERS) if f.mark in ("table", "resource", "becomes")]


@pytest.mark.parametrize("at", range(0, len(EXAMPLES), 3), ids=lambda at: EXAMPLES[at].place)
def test_a_partners_table_becomes_what_the_page_says(at: int, tmp_path: Path) -> None:
    table, resource, becomes = EXAMPLES[at : at + 3]
    assert [f.mark for f in (table, resource, becomes)] == ["table", "resource", "becomes"]
    folder = tmp_path / "datasets" / "toy-town-repairs"
    (folder / "data").mkdir(parents=True)
    for fence in fences(PARTNERS):
        if fence.mark == "frame":
            (folder / fence.about).write_text(fence.text, "utf-8")
    described = json.loads(resource.text)
    (folder / described["path"]).write_text(table.text, "utf-8")
    whole = json.loads((folder / "datapackage.json").read_text("utf-8"))
    whole["resources"].append(described)
    (folder / "datapackage.json").write_text(json.dumps(whole), "utf-8")
    for name in ("about.md", "changes.md"):
        (folder / name).write_text("# Invented\n\n## 1.0.0\n\nFirst.\n", "utf-8")
    out, archive = tmp_path / "dist", tmp_path / "archive"
    places = BuildPaths(
        [tmp_path / "datasets"], CODE_FOLDER, PROJECT_ROOT / "metadata.yaml", out, archive
    )
    outcome = pipeline.build_hub(places)
    report = outcome.reports["toy-town-repairs"]
    assert report.problems == []
    wanted = list(csv.DictReader(io.StringIO(becomes.text)))
    assert outcome.build is not None
    rows = loaded(outcome.build, list(wanted[0]))  # in the order of their key
    assert sorted(rows) == sorted([*row.values()] for row in wanted)


def loaded(build: Path, columns: list[str]) -> list[list[str]]:
    """Observations as texts, in the order in which they were loaded."""
    db = sqlite3.connect(build / "hub.db")
    rows = db.execute(f"select {', '.join(columns)} from observation order by rowid").fetchall()
    db.close()
    return [[text(cell) for cell in row] for row in rows]


def text(cell: Any) -> str:
    return "" if cell is None else f"{cell:g}" if isinstance(cell, float) else str(cell)


LINK = re.compile(r"\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("page", [p for p in PAGES if DOCS in p.parents], ids=lambda p: p.stem)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in LINK.findall(re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)):
        assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_page_is_linked_from_the_index() -> None:
    index = DOCS / "README.md"
    linked = {(DOCS / target).resolve() for target in LINK.findall(index.read_text("utf-8"))}
    pages = {p for p in DOCS.rglob("*") if p.suffix in (".md", ".json") and p != index}
    assert len(pages) > 20
    assert sorted(str(page.relative_to(DOCS)) for page in pages - linked) == []
