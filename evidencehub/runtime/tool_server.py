"""The API as tools over standard input and output: the Model Context Protocol (2025-11-25).

It reads and never writes: a tool asks the API of a build in this very process, without a network.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import anyio
import mcp_types as types
from jsonschema import Draft202012Validator
from mcp.server import Server
from mcp.server.stdio import stdio_server

from evidencehub.api.app import ApiApp
from evidencehub.api.tools import INSTRUCTIONS, TOOLS, Arguments, Tool
from evidencehub.http.asgi import request_internally
from evidencehub.runtime.supervisor import lock_build

FindBuild = Callable[[], Path | None]


class ToolServer:
    """Answers calls of tools from the newest build that `find_build` gives.

    A build that is in use is locked, so that it is not deleted under a question.
    """

    def __init__(self, find_build: FindBuild) -> None:
        self._find_build = find_build
        self._build: Path | None = None
        self._lock = -1
        self._application: ApiApp | None = None

    async def call(self, name: str, arguments: Arguments) -> tuple[bool, str, Mapping[str, Any]]:
        """Return whether a call succeeded, what it says in words, and the answer of the API."""
        tool = next((tool for tool in TOOLS if tool.name == name), None)
        if tool is None:
            names = ", ".join(tool.name for tool in TOOLS)
            return _refuse(f"There is no tool “{name[:60]}”. Available tools: {names}.")
        if problems := _find_argument_problems(tool, arguments):
            return _refuse(" ".join(problems))
        try:
            path, params = tool.build_address(arguments)
        except ValueError as error:
            return _refuse(str(error))
        application = self._open_newest()
        if application is None:
            return _refuse("There is no build that can be read. Run `python build.py`.")
        status, answer = await ask(application, path, params)
        address = f"{application.reference_data.site_url}{path}"
        answer = {"address": f"{address}?{urlencode(params)}" if params else address, **answer}
        return status == 200, write_summary(answer), answer

    def _open_newest(self) -> ApiApp | None:
        """Return the API over the newest build; over the last one where none can be found now."""
        build = self._find_build()
        if build is not None and build != self._build:
            try:
                lock = lock_build(build)
            except OSError:  # it was deleted while we looked: the next question finds another
                return self._application
            if self._lock >= 0:
                os.close(self._lock)
            self._build, self._lock, self._application = build, lock, ApiApp(build)
        return self._application


def _refuse(text: str) -> tuple[bool, str, Mapping[str, Any]]:
    return False, text, {"detail": text}


def _find_argument_problems(tool: Tool, arguments: Arguments) -> list[str]:
    """Return what is wrong with arguments, a sentence each."""
    schema = {**tool.input_schema, "additionalProperties": False}
    errors = sorted(Draft202012Validator(schema).iter_errors(arguments), key=str)
    return [f"{'.'.join(map(str, e.absolute_path)) or 'arguments'}: {e.message}." for e in errors]


async def ask(
    application: ApiApp, path: str, params: Sequence[tuple[str, str]]
) -> tuple[int, Mapping[str, Any]]:
    """Return status and JSON of the answer of the API to an address."""
    status, body = await request_internally(application, path, query=urlencode(params))
    return status, json.loads(body)


def write_summary(answer: Mapping[str, Any]) -> str:
    """Return what must be read before the rows: comparability, terms, citation; then the answer."""
    return "\n".join([*_list_lines(answer), json.dumps(answer, ensure_ascii=False)])


def _list_lines(answer: Mapping[str, Any]) -> list[str]:
    lines = []
    if "problems" in answer:
        lines += [f"Refused: {problem['message']}" for problem in answer["problems"]]
    if verdict := answer.get("comparability"):
        reasons = " ".join(reason["text"] for reason in verdict["reasons"])
        lines.append(f"Comparability: {verdict['verdict']}. {reasons}".strip())
    lines += [f"Cite: {release['attribution']}" for release in answer.get("release", ())]
    lines += [
        f"Terms: {source['attribution']} ({source['basis']})"
        for licence in answer.get("licence", ())
        for source in licence["sources"]
    ]
    if page := answer.get("page"):
        lines.append(f"Rows: {page['returned']} of {page['total']}.")
    return lines


def create_server(find_build: FindBuild) -> Server[dict[str, Any]]:
    """Return the server of the protocol; it offers the tools of `api.tools`."""
    tool_server = ToolServer(find_build)

    async def list_tools(_: Any, __: Any) -> types.ListToolsResult:
        read_only = types.ToolAnnotations(read_only_hint=True, open_world_hint=False)
        return types.ListToolsResult(
            tools=[
                types.Tool(
                    name=tool.name,
                    title=tool.title,
                    description=tool.description,
                    input_schema={**tool.input_schema, "additionalProperties": False},
                    annotations=read_only,
                )
                for tool in TOOLS
            ]
        )

    async def call_tool(_: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
        is_answered, text, answer = await tool_server.call(params.name, params.arguments or {})
        return types.CallToolResult(
            content=[types.TextContent(text=text)],
            structured_content=dict(answer),
            is_error=not is_answered,
        )

    return Server(
        "evidencehub",
        version=metadata.version("evidencehub"),
        title="Evidence hub",
        instructions=INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


def serve_tools(find_build: FindBuild) -> None:
    """Answer at standard input and output until the input ends."""

    async def run() -> None:
        server = create_server(find_build)
        async with stdio_server() as (reading, writing):
            await server.run(reading, writing, server.create_initialization_options())

    anyio.run(run)
