"""The hub: requests with their retries and their cache."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, MutableMapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Self
from urllib.parse import quote

import httpx

from evidencehub_client.answer import Answer, Document
from evidencehub_client.errors import CursorOutdated, read_refusal
from evidencehub_client.resources import COLUMN_TYPES, Resources

VERSION = "1.0.0"
BASE = "/api/v1"
PAGE_ROWS = 1_000
BUSY = (429, 503)
Params = list[tuple[str, str | int | float | bool | None]]


class Hub(Resources):
    """A hub at an address, such as https://hub.example.org.

    `cache` keeps answers with their entity tags by their addresses: what has not changed is not
    sent again. Give it a mapping of your own, a `shelve` for example, to keep it for longer.
    A hub that is busy says when to come back; the client waits so long, `retries` times.
    """

    def __init__(
        self,
        url: str,
        *,
        timeout: float = 30,
        retries: int = 3,
        max_wait: float = 60,
        cache: MutableMapping[str, tuple[str, bytes]] | None = None,
        user_agent: str = "",
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.url = url.rstrip("/")
        self._retries, self._max_wait = retries, max_wait
        self._cache = {} if cache is None else cache
        agent = f"{user_agent} evidencehub-client/{VERSION}".strip()
        headers = {"user-agent": agent, "accept": "application/json"}
        self._client = httpx.Client(headers=headers, timeout=timeout, transport=transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def item(self, resource: str, identifier: str) -> dict[str, Any]:
        """Return a single item with all that belongs to it: `data`, `release`, `licence`."""
        return self._read(f"{BASE}/{resource}/{quote(identifier, safe='')}", [])

    def query(
        self,
        resource: str,
        where: Mapping[str, Any],
        *,
        fields: Sequence[str] = (),
        sort: Sequence[str] = (),
        limit: int = PAGE_ROWS,
        labels: bool = True,
    ) -> Answer[dict[str, Any]]:
        """Return the rows that meet a tree of conditions, for what no address can hold."""
        body = {"resource": resource, "where": where, "limit": limit, "labels": labels}
        body |= {"fields": list(fields)} if fields else {}
        body |= {"sort": list(sort)} if sort else {}

        def read(cursor: str) -> Document:
            posted = body | ({"cursor": cursor} if cursor else {})
            request = self._client.build_request("POST", f"{self.url}{BASE}/query", json=posted)
            document: Document = json.loads(self._send(request).content)
            return document

        first = read("")
        return Answer(first, lambda page: read(page["page"]["cursor"]), COLUMN_TYPES[resource])

    def _answer(self, resource: str, path: str, parameters: Mapping[str, Any]) -> Answer[Any]:
        params = list_params({"limit": PAGE_ROWS, **parameters})
        full_path = f"{BASE}/{path}"

        def read_next(page: Document) -> Document:
            try:
                return self._read(full_path, [*params, ("cursor", page["page"]["cursor"])])
            except CursorOutdated:
                self._cache.pop(str(httpx.URL(self.url + full_path, params=params)), None)
                raise

        return Answer(self._read(full_path, params), read_next, COLUMN_TYPES[resource])

    def _read(self, path: str, params: Params) -> dict[str, Any]:
        """Return a document, from the cache if the hub says that it has not changed."""
        request = self._client.build_request("GET", self.url + path, params=params)
        key = str(request.url)
        tag, body = self._cache.get(key, ("", b""))
        if tag:
            request.headers["if-none-match"] = tag
        response = self._send(request)
        if response.status_code != 304:
            body = response.content
            if "etag" in response.headers:
                self._cache[key] = (response.headers["etag"], body)
        document: dict[str, Any] = json.loads(body)
        return document

    def _send(self, request: httpx.Request) -> httpx.Response:
        """Return a response of success, or raise what the hub says is wrong."""
        for attempt in range(self._retries + 1):
            response = self._client.send(request)
            if response.status_code not in BUSY or attempt == self._retries:
                break
            time.sleep(min(read_wait(response.headers.get("retry-after", "")), self._max_wait))
        if response.status_code == 304 or response.is_success:
            return response
        raise read_refusal(response.status_code, response.content)


def list_params(parameters: Mapping[str, Any]) -> Params:
    """Return keyword arguments as parameters of an address: `from_` is `from`, lists repeat.

    >>> list_params({"area": ["GB", "US"], "from_": 2010, "labels": False, "fields": ["value"]})
    [('area', 'GB'), ('area', 'US'), ('from', '2010'), ('labels', 'false'), ('fields', 'value')]
    """
    params: Params = []
    for name, value in parameters.items():
        values = [value] if isinstance(value, str) or not isinstance(value, Sequence) else value
        texts = [str(v).lower() if isinstance(v, bool) else str(v) for v in values]
        if name in ("fields", "sort"):
            texts = [",".join(texts)]
        params += [(name.rstrip("_"), text) for text in texts]
    return params


def read_wait(text: str) -> float:
    """Return the seconds of Retry-After, which may be a date; one second if it says nothing.

    >>> read_wait("30"), read_wait("soon"), read_wait("Thu, 01 Jan 1970 00:00:00 GMT")
    (30.0, 1.0, 0.0)
    """
    if text.isdecimal():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return 1.0
    return max((moment - datetime.now(UTC)).total_seconds(), 0.0)
