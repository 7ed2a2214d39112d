"""The API as an application: which handler a path leads to, and how refusals are told."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import unquote

from evidencehub.serve import problem
from evidencehub.serve.api import (
    converted,
    envelope,
    items,
    negotiate,
    openapi,
    select,
    streams,
    tree,
)
from evidencehub.serve.api import known as known_values
from evidencehub.serve.api.figures import OBSERVATIONS
from evidencehub.serve.api.known import Known
from evidencehub.serve.api.question import Question, pairs, parse
from evidencehub.serve.api.resource import Resource
from evidencehub.serve.api.resources import LIST_CODES, RESOURCES
from evidencehub.serve.asgi import App, Message, Receive, Scope, Send, header, raw, whole
from evidencehub.serve.database import Database
from evidencehub.serve.problem import RefusedError, refused

BASE = envelope.BASE
BODY = 64 * 1024  # bytes of a posted query
COUNTS = 10_000  # answers to “how many” that are kept; the database never changes
READ, POST = "GET, HEAD, OPTIONS", "POST, OPTIONS"
Headers = list[tuple[str, str]]


class Api:
    """The API over one build: its database, what is known of it, and its texts, made once."""

    def __init__(self, build: Path) -> None:
        self.database = Database(build / "hub.db")
        self.known: Known = known_values.read(self.database, build)
        self._conversions = converted.read(self.database)
        self._counts: dict[bytes, int] = {}
        self._described = openapi.document(self.known)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request below /api, or for /openapi.json."""
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._answer(scope, receive, watched)
        except RefusedError as error:
            if started:  # the client sees a stream that breaks off, and that is what it is
                raise
            headers = [("content-type", problem.TYPE), *error.headers]
            await whole(send, error.status, headers, problem.body(error))

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = unquote(scope["path"]).rstrip("/") or "/"
        if path == f"{BASE}/query":
            _only(scope, POST)
            await self._query(scope, await _body(scope, receive), send)
            return
        _only(scope, READ)
        if path == "/openapi.json":
            _none(scope)
            await whole(send, 200, [("content-type", "application/json")], self._described)
            return
        told = pairs(scope["query_string"])
        stem, form = negotiate.by_ending(path)
        parts = stem.removeprefix(BASE).strip("/").split("/") if _below(stem) else ["?"]
        match parts:
            case [""] if not form:
                _none(scope)
                await whole(send, 200, [("content-type", "application/json")], self._index())
            case [name] if name in RESOURCES:
                await self._list(RESOURCES[name], told, form, scope, send)
            case ["codes", listed] if listed in self.known.values["list"]:
                await self._list(LIST_CODES, told, form, scope, send, listed)
            case [name, identifier] if name in items.FURTHER:
                _none(scope)
                await self._item(RESOURCES[name], identifier, form, send)
            case _:
                raise _nothing(parts, self.known)

    async def _list(
        self,
        resource: Resource,
        told: Sequence[tuple[str, str]],
        form: str,
        scope: Scope,
        send: Send,
        listed: str = "",
    ) -> None:
        vary: Headers = [] if form else [("vary", "Accept")]
        form = form or negotiate.by_accept(header(scope, "accept"))
        if resource is OBSERVATIONS and any(name == "convert" for name, _ in told):
            await self._converted(told, form, vary, send)
            return
        within = ("list", listed) if listed else None
        question = parse(resource, told, self.known, whole=form != "json", within=within)
        if form == "json":
            path = f"{BASE}/codes/{listed}" if listed else ""
            await self._page(question, told, vary, send, path)
        else:
            await self._stream(form, question, vary, scope, send)

    async def _page(
        self,
        question: Question,
        told: Sequence[tuple[str, str]],
        vary: Headers,
        send: Send,
        path: str = "",
    ) -> None:
        def work(rows: Callable[..., list[tuple[object, ...]]]) -> tuple[bytes, Headers]:
            total = self._total(question, rows)
            found = rows(*select.objects(question, total, self.known))
            return envelope.page(question, found, total, told, self.known, path)

        body, headers = await self.database.ask(work)
        await whole(send, 200, [("content-type", "application/json"), *vary, *headers], body)

    async def _stream(
        self, form: str, question: Question, vary: Headers, scope: Scope, send: Send
    ) -> None:
        total = await self.database.ask(lambda rows: self._total(question, rows))
        name = f"{question.resource.name}.{form}"
        headers = [
            ("content-type", streams.TYPES[form]),
            ("content-disposition", f'attachment; filename="{name}"'),
            *vary,
            *envelope.headers_of(total, (), self.known),
        ]
        start = {"type": "http.response.start", "status": 200, "headers": raw(headers)}
        if scope["method"] == "HEAD":
            await send(start)
            await send({"type": "http.response.body", "body": b""})
            return
        parts = streams.stream(form, question, total, self.database, self.known)
        first = await anext(parts, b"")  # what goes wrong at the start is still told as it is
        await send(start)
        await send({"type": "http.response.body", "body": first, "more_body": True})
        async for part in parts:
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def _converted(
        self, told: Sequence[tuple[str, str]], form: str, vary: Headers, send: Send
    ) -> None:
        """Figures in another classification; made whole before anything of them is sent."""
        question = converted.asked(told, self.known, streamed=form != "json")

        def work(rows: Callable[..., list[tuple[object, ...]]]) -> tuple[bytes, Headers]:
            found = converted.answer(question, rows, self.known, self._conversions)
            if form == "json":
                return envelope.converted(question, found, told, self.known)
            shown, _ = converted.page(question, found.rows, self.known)
            body = streams.held(form, converted.columns(question), shown)
            name = f"{question.shown.resource.name}-{question.to}.{form}"
            datasets = sorted({row["dataset"] for row in shown})
            return body, [
                ("content-disposition", f'attachment; filename="{name}"'),
                *envelope.headers_of(len(found.rows), datasets, self.known),
            ]

        body, headers = await self.database.ask(work)
        await whole(send, 200, [("content-type", streams.TYPES[form]), *vary, *headers], body)

    def _total(self, question: Question, rows: Callable[..., list[tuple[object, ...]]]) -> int:
        sql, bound = select.count(question, self.known)
        told = "\0".join([sql, *(f"{type(v).__name__}{v}" for v in bound.values())])
        key = hashlib.blake2b(told.encode(), digest_size=16).digest()
        found = self._counts.get(key)
        if found is None:
            found = int(str(rows(sql, bound)[0][0]))
            if len(self._counts) >= COUNTS:
                self._counts.clear()
            self._counts[key] = found
        return found

    async def _item(self, resource: Resource, name: str, form: str, send: Send) -> None:
        if form not in ("", "json"):
            raise refused(404, "not-found", "A single item is given as JSON only.")
        names = self.known.values[resource.item]
        if name not in names:
            near = difflib.get_close_matches(name, names, 3, 0.6)
            said = f" Did you mean {' or '.join(near)}?" if near else ""
            text = f"There is no such {resource.item}.{said}"
            raise RefusedError(404, [problem.Fault("not-found", text, near=near)])
        body, headers = await self.database.ask(
            lambda rows: envelope.item(resource, name, rows, self.known)
        )
        await whole(send, 200, [("content-type", "application/json"), *headers], body)

    async def _query(self, scope: Scope, body: bytes, send: Send) -> None:
        _none(scope)
        form = negotiate.by_accept(header(scope, "accept"), ("json", "csv", "ndjson"))
        question = tree.parse(body, self.known)
        vary = [("vary", "Accept"), ("cache-control", "no-store")]
        if form == "json":
            await self._page(question, [], vary, send, f"{BASE}/query")
        else:
            await self._stream(form, question, vary, scope, send)

    def _index(self) -> bytes:
        told = {
            "title": "API of the evidence hub",
            "build": self.known.build,
            "resources": [
                {"name": r.name, "title": r.title, "url": f"{self.known.url}{BASE}/{r.name}"}
                for r in RESOURCES.values()
            ],
            "links": {
                "description": f"{self.known.url}/openapi.json",
                "guide": f"{self.known.url}/api",
            },
        }
        return (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode()


def beside(api: Api, app: App) -> App:
    """The application with the API in front of it."""

    async def either(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _ours(scope["path"]):
            await api(scope, receive, send)
        else:
            await app(scope, receive, send)

    return either


def _below(path: str) -> bool:
    return path == BASE or path.startswith(f"{BASE}/")


def _ours(path: str) -> bool:
    return path == "/openapi.json" or path.startswith("/api/")


def _only(scope: Scope, methods: str) -> None:
    if scope["method"] not in methods.split(", "):
        text = f"This address takes {methods}."
        raise refused(405, "method-not-allowed", text, [("allow", methods)])


def _none(scope: Scope) -> None:
    """Refuse any parameter."""
    told = pairs(scope["query_string"])
    if told:
        faults = [
            problem.Fault("unknown-parameter", "This address takes no parameters.", name[:80])
            for name, _ in told[:20]
        ]
        raise RefusedError(400, faults)


def _nothing(parts: Sequence[str], known: Known) -> RefusedError:
    if parts[0] == "codes" and len(parts) == 2:
        near = known.near("list", parts[1])
        text = f"There is no such list; {BASE}/codes has them all."
        return RefusedError(404, [problem.Fault("not-found", text, near=near)])
    text = f"There is nothing at this address; {BASE} lists what there is."
    return refused(404, "not-found", text)


async def _body(scope: Scope, receive: Receive) -> bytes:
    """What was posted; raises RefusedError (413) as soon as it is too much."""
    length = header(scope, "content-length")
    parts, size = [], int(length) if length.isdigit() else 0
    more = True
    while more and size <= BODY:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False) and message["type"] == "http.request"
        size = max(size, sum(map(len, parts)))
    if size > BODY:
        raise refused(413, "too-large", f"At most {BODY} bytes can be posted.")
    return b"".join(parts)
