"""The client in clients/python, installed as users install it and run against a served hub."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.clients.conftest import ClientTools
from tests.support.client_resources import CLIENT_FILE, describe_build, render_client_resources
from tests.support.dataset_builder import PROJECT_ROOT
from tests.support.running_server import RunningServer

CLIENT = PROJECT_ROOT / "clients" / "python"
HERE = "http://127.0.0.1:8001"
EXAMPLES = re.findall(
    r"^```python\n(.*?)^```$", (CLIENT / "README.md").read_text("utf-8"), re.MULTILINE | re.DOTALL
)


@pytest.fixture(scope="module")
def installed(tools: ClientTools, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the client in it, built from a copy so that the tree stays as it is."""
    folder = tmp_path_factory.mktemp("installed")
    source = shutil.copytree(CLIENT, folder / "source")
    command = ("python", "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation")
    tools.run(*command, "--target", folder / "packages", source, cwd=folder)
    return folder


def run(tools: ClientTools, folder: Path, program: str) -> str:
    path = f"import sys; sys.path.insert(0, {str(folder / 'packages')!r})\n"
    (folder / "program.py").write_text(path + program, "utf-8")
    return tools.run("python", "-W", "error", "program.py", cwd=folder)


def test_its_types_are_what_the_api_says_now(rich_hub: Path) -> None:
    written = CLIENT_FILE.read_text("utf-8")
    now = render_client_resources(describe_build(rich_hub))
    assert written == now, "Run `python -m tests.support.client_resources`."


def test_it_passes_strict_types_alone_and_in_a_program(tools: ClientTools, installed: Path) -> None:
    (installed / "typed.py").write_text(
        "from evidencehub_client import Answer, Hub\n"
        "from evidencehub_client.resources import GapsRow\n"
        'gaps: Answer[GapsRow] = Hub("http://x").gaps(family=["a", "b"], from_="2010", limit=5)\n'
        'ratios: list[float | None] = [row["ratio"] for row in gaps]\n'
        'Hub("http://x").gaps(famly="a")  # type: ignore[call-arg]\n',
        "utf-8",
    )
    without_stubs = ("--disable-error-code", "import-untyped")  # of pandas
    tools.run(
        "mypy", "--strict", *without_stubs, "packages/evidencehub_client", "typed.py", cwd=installed
    )


@pytest.mark.parametrize("at", range(len(EXAMPLES)))
def test_an_example_of_its_page_runs(
    tools: ClientTools, installed: Path, served: RunningServer, at: int
) -> None:
    assert HERE in EXAMPLES[at]
    assert run(tools, installed, EXAMPLES[at].replace(HERE, served.address)).strip()


FRAMES = """
from evidencehub_client import Hub
hub = Hub(ADDRESS)
answer = hub.observations(sex="F", limit=50)
rows = list(answer)
assert len(rows) == len(answer) > 50
assert {row["sex"] for row in rows} == {"F"}
pandas, polars = answer.to_pandas(), answer.to_polars()
assert len(pandas) == polars.height == len(rows)
assert list(pandas.columns) == polars.columns == list(rows[0])
assert (pandas["sex"] == "F").all() and (polars["sex"] == "F").all()
assert str(pandas["period_start"].dtype).startswith("datetime64")
assert str(polars.schema["period_start"]) == "Date"
assert str(pandas["decimals"].dtype) == "Int64" and str(polars.schema["decimals"]) == "Int64"
assert str(pandas["value"].dtype) == "float64"
assert pandas["value"].isna().sum() == polars["value"].null_count()
codes = hub.codes_of_a_list("iso-3166").to_pandas()
assert "NA" in set(codes["code"]), "Namibia"
assert "NA" in set(hub.codes_of_a_list("iso-3166").to_polars()["code"])
assert pandas.attrs["hub"]["release"] == answer.release
empty = hub.observations(sex="F", area="AQ")
assert list(empty.to_pandas().columns)[:3] == empty.to_polars().columns[:3]
assert empty.comparability is None and len(empty) == 0
posted = hub.query("observations", {"eq": {"sex": "F"}}, limit=40, sort=["-value"])
assert len(list(posted)) == posted.total == len(answer)
lists = hub.datasets().to_pandas()
assert isinstance(lists["topics"].iloc[0], list)
print("done")
"""


def test_frames_have_the_right_types(
    tools: ClientTools, installed: Path, served: RunningServer
) -> None:
    assert "done" in run(tools, installed, FRAMES.replace("ADDRESS", repr(served.address)))


REFUSALS = """
from evidencehub_client import CursorOutdated, Hub, NotConvertible, NotFound, Refused
hub = Hub(ADDRESS)
try:
    hub.observations(indicator="uk-maternal-mortality-rat", area="XQ")
except Refused as refusal:
    assert [p.parameter for p in refusal.problems] == ["area", "indicator"], refusal.problems
    assert "uk-maternal-mortality-rate" in str(refusal)
for name in ("nothing", "nothing?x=1", "no/thing", "nöthing"):  # each is one name, whatever is in it
    try:
        hub.item("datasets", name)
    except NotFound as refusal:
        assert refusal.status == 404
    else:
        raise AssertionError(name)
try:
    hub.observations(indicator="us-infant-mortality-rate", convert="ew-census-2021")
except NotConvertible as refusal:
    assert refusal.problems
else:
    raise SystemExit("converted")
assert hub.item("datasets", "uk-maternal-mortality")["data"]["files"]
print("done")
"""


def test_a_refusal_is_an_exception_with_every_problem(
    tools: ClientTools, installed: Path, served: RunningServer
) -> None:
    assert "done" in run(tools, installed, REFUSALS.replace("ADDRESS", repr(served.address)))


BUSY = """
import http.server, json, threading, time
from evidencehub_client import CursorOutdated, Hub, Unavailable
PAGE = {"total": 2, "returned": 1, "limit": 1, "next": "x", "left_out": []}
seen = []
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        seen.append((self.path, dict(self.headers)))
        if "cursor" in self.path:
            return self.answer(410, {"problems": [{"code": "cursor-outdated", "message": "Old."}]})
        if "/gaps" in self.path:
            return self.answer(429, {"problems": []}, {"retry-after": "0"})
        if len(seen) == 1:
            return self.answer(503, {"problems": []}, {"retry-after": "1"})
        if self.headers.get("if-none-match") == '"1"':
            return self.answer(304, None)
        page = {**PAGE, "truncated": True, "cursor": "c"}
        self.answer(200, {"data": [{"sex": "F"}], "page": page, "release": [], "licence": [],
                          "comparability": None}, {"etag": '"1"'})
    def answer(self, status, body, headers={}):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        data = b"" if body is None else json.dumps(body).encode()
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
    def log_message(self, *_): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
with Hub(f"http://127.0.0.1:{server.server_port}", user_agent="ministry", retries=2) as hub:
    begin = time.monotonic()
    answer = hub.observations(sex="F", limit=1)
    assert time.monotonic() - begin >= 1 and len(seen) == 2
    assert seen[0][1]["user-agent"].startswith("ministry evidencehub-client/")
    again = hub.observations(sex="F", limit=1)
    assert seen[-1][1]["if-none-match"] == '"1"' and again.total == 2
    try:
        list(again)
    except CursorOutdated as refusal:
        assert refusal.status == 410
    else:
        raise SystemExit("pages of two releases")
    try:
        hub.gaps()
    except Unavailable:
        assert sum("/gaps" in path for path, _ in seen) == 3
    else:
        raise SystemExit("not refused")
server.shutdown()
server.server_close()
print("done")
"""


def test_it_waits_for_a_busy_hub_and_reads_nothing_twice(
    tools: ClientTools, installed: Path
) -> None:
    """A server that can be told to be busy stands in for the hub, which is not when it is tested."""
    assert "done" in run(tools, installed, BUSY)
