"""The official client of the Model Context Protocol asks the hub as a program would."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from evidencehub.api.app import ApiApp
from evidencehub.runtime.tool_server import ToolServer, ask
from tests.support.dataset_builder import PROJECT_ROOT, BuildWorkspace
from tests.support.published_hub import revise

RATE = "uk-maternal-mortality-rate"


def connect(build: Path) -> Client:
    """A client with a server of its own, which ends with it."""
    arguments = [str(PROJECT_ROOT / "build.py"), "mcp", "--out", str(build.parents[1])]
    server = StdioServerParameters(command=sys.executable, args=arguments, cwd=PROJECT_ROOT)
    return Client(stdio_client(server))


async def call(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    """The answer of a tool that answers; its text ends with the same as JSON."""
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content[0].text[:500]
    assert json.loads(result.content[0].text.splitlines()[-1]) == result.structured_content
    return result.structured_content


async def test_a_client_finds_describes_queries_and_compares(built: Path) -> None:
    async with connect(built) as client:
        tools = (await client.list_tools()).tools
        assert [tool.name for tool in tools] == ["search", "describe", "query", "compare"]
        assert all(tool.annotations.read_only_hint and tool.description for tool in tools)
        assert "compar" in client.instructions
        found = await call(client, "search", text="maternal deaths", limit=5)
        assert 0 < len(found["data"]) <= 5
        indicator = await call(client, "describe", resource="indicators", id=RATE)
        assert indicator["data"]["indicator"] == RATE
        sexes = await call(client, "describe", resource="codes", id="sex")
        assert {"F", "M"} <= {row["code"] for row in sexes["data"]}
        query = {"indicator": RATE, "latest": True}
        values = await call(client, "query", parameters=query, limit=1_000)
        status, answer = await ask(
            ApiApp(built), "/api/v1/observations",
            [("indicator", RATE), ("latest", "true"), ("limit", "1000")],
        )  # fmt: skip
        assert status == 200
        assert values["data"] == answer["data"]
        codes = await call(client, "query", parameters=query, codes_only=True, limit=1_000)
        assert sum(row["rows"] for row in codes["data"] if row["dimension"] == "sex") == len(
            values["data"]
        )
        gaps = await call(client, "compare", of="groups", parameters={"indicator": RATE})
        several = await call(
            client, "compare", of="countries", parameters={"family": ["infant-mortality"]}, limit=3
        )
        for answer in (values, gaps, several):
            assert answer["release"][0]["attribution"]
            assert answer["licence"][0]["sources"][0]["basis"]
            assert answer["comparability"]["verdict"] in ("ok", "caution", "refuse")
            assert answer["address"].startswith("/api/v1/") or "://" in answer["address"]


async def test_what_must_be_read_first_stands_first(built: Path) -> None:
    async with connect(built) as client:
        result = await client.call_tool(
            "compare", {"of": "countries", "parameters": {"family": "infant-mortality"}, "limit": 1}
        )
    first, *_ = result.content[0].text.splitlines()
    verdict = result.structured_content["comparability"]
    assert first.startswith(f"Comparability: {verdict['verdict']}. ")
    assert verdict["reasons"][0]["text"] in first
    lines = result.content[0].text.splitlines()
    assert any(line.startswith("Cite: ") for line in lines)
    assert any(line.startswith("Terms: ") for line in lines)


MISTAKES = (
    ("query", {"parameters": {"area": "nowhere"}}, "nowhere"),
    ("query", {"parameters": {"limt": 3}}, "limt"),
    ("query", {"indicator": RATE}, "indicator"),
    ("query", {"limit": 100_000}, "limit"),
    ("describe", {"resource": "crosswalks", "id": "x"}, "no single items"),
    ("describe", {"resource": "indicators", "id": "../../etc"}, "etc"),
    ("describe", {"resource": "indicators", "id": RATE, "parameters": {"area": "GB"}}, "no parameters"),
    ("compare", {"of": "everything"}, "everything"),
    ("search", {}, "text"),
    ("sing", {}, "Available tools: search, describe, query, compare"),
)  # fmt: skip


async def test_a_mistake_is_told_and_the_server_goes_on(built: Path) -> None:
    async with connect(built) as client:
        for tool, arguments, told in MISTAKES:
            result = await client.call_tool(tool, arguments)
            assert result.is_error
            assert told in result.content[0].text
            assert "Traceback" not in result.content[0].text
            await call(client, "query", parameters={"indicator": RATE}, limit=1)


async def test_a_publication_is_seen_and_the_old_build_may_go(site: BuildWorkspace) -> None:
    toys = site.dataset()
    revise(toys, "1.0.0", "12.5")
    builds = [site.build().build]
    tools = ToolServer(lambda: builds[-1])
    query = {"parameters": {"dataset": "toy-repairs"}}
    _, _, first = await tools.call("query", query)
    for version, value in (("1.1.0", "13.5"), ("1.2.0", "14.5"), ("1.3.0", "15.5")):
        revise(toys, version, value)
        builds.append(site.build().build)
        if version == "1.1.0":
            assert builds[0].exists()  # it is locked: a question may come
    _, _, last = await tools.call("query", query)
    assert (first["release"][0]["version"], last["release"][0]["version"]) == ("1.0.0", "1.3.0")
    revise(toys, "1.4.0", "16.5")
    site.build()
    assert not builds[0].exists()


def test_without_a_build_it_says_what_to_do(tmp_path: Path) -> None:
    command = [sys.executable, str(PROJECT_ROOT / "build.py"), "mcp", "--out", str(tmp_path)]
    done = subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "there is no build yet" in done.stderr
