"""Files and small documents fetched from other hubs, which may be down, slow, wrong or hostile.

Whatever a server does, a fetch gives a verified file or raises FetchError, within the budget.
Decision 0068 says what is refused, and why.
"""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO, Self

from evidencehub.exchange.fetch_errors import (
    CONNECTION_FAILURES,
    FetchError,
    explain_failure,
    quote,
)
from evidencehub.exchange.http_requests import (
    OpenResponse,
    Requester,
    is_header_text,
    parse_address,
)
from evidencehub.exchange.metered_connection import Meter
from evidencehub.exchange.partial_transfer import PartialTransfer, Wanted

__all__ = ["FetchBudget", "FetchError", "Fetched", "Fetcher"]
MAX_RESUMPTIONS = 3


@dataclass(frozen=True, slots=True)
class FetchBudget:
    """The bounds of one pull of one partner: bytes received, heads included, and seconds."""

    bytes: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came: `url` is the address that answered, after redirects.

    `etag` and `last_modified` are for the conditions of the next fetch, and empty where the server
    names neither. With `is_unchanged` nothing came: `sha256` is empty and `bytes` is 0.
    """

    url: str
    sha256: str
    bytes: int
    etag: str
    last_modified: str
    content_type: str
    is_unchanged: bool


class Fetcher:
    """Fetches from one partner in one pull. All its fetches spend one budget, from now on.

    `origin` is the address that the operator wrote: its host and port may be private.
    """

    def __init__(self, origin: str, budget: FetchBudget) -> None:
        self._meter = Meter(budget.bytes, budget.seconds)
        self._requester = Requester(origin, self._meter)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Leave; no connection is kept from one fetch to the next."""

    def fetch(
        self,
        url: str,
        target: Path,
        *,
        etag: str = "",
        last_modified: str = "",
        sha256: str = "",
        size: int | None = None,
        accept: str = "*/*",
    ) -> Fetched:
        """Write what an address has to a file, whole and verified, or not at all.

        `etag` and `last_modified` are those of an earlier fetch: with them, the file may be
        unchanged. `sha256` (hexadecimal) and `size` (bytes) are what the file must have. Raise
        FetchError where it cannot be had, OSError where it cannot be written.
        """
        address = parse_address(url)
        conditions = _build_conditions(etag, last_modified)
        wanted = Wanted(address, accept, conditions, sha256, size)
        part = target.with_name(f"{target.name}.part")
        try:
            with part.open("wb") as sink:
                fetched = self._receive(wanted, sink)
            if not fetched.is_unchanged:
                os.replace(part, target)
        finally:
            part.unlink(missing_ok=True)
        return fetched

    def fetch_bytes(
        self, url: str, *, limit: int, accept: str = "*/*", etag: str = "", last_modified: str = ""
    ) -> tuple[bytes, Fetched]:
        """Return a small document of at most `limit` bytes; none where it is unchanged.

        Raise FetchError where it cannot be had.
        """
        conditions = _build_conditions(etag, last_modified)
        sink = io.BytesIO()
        wanted = Wanted(parse_address(url), accept, conditions, limit=limit)
        fetched = self._receive(wanted, sink)
        return sink.getvalue(), fetched

    def _receive(self, wanted: Wanted, sink: BinaryIO) -> Fetched:
        transfer = PartialTransfer(wanted, sink, self._meter)
        try:
            for _ in range(1 + MAX_RESUMPTIONS):
                headers = transfer.build_headers()
                is_conditional = not wanted.conditions.keys().isdisjoint(headers)
                with closing(self._requester.request(transfer.url, headers)) as response:
                    if is_conditional and response.status == HTTPStatus.NOT_MODIFIED:
                        return _describe_unchanged(response, wanted.conditions)
                    if transfer.receive(response):
                        transfer.verify()
                        return _describe(response, transfer)
                if not transfer.may_continue:
                    break
        except CONNECTION_FAILURES as error:
            raise explain_failure(error, quote(transfer.url), self._meter) from None
        raise transfer.refuse_break()


_IF_TAG, _IF_DATE = "If-None-Match", "If-Modified-Since"


def _build_conditions(etag: str, last_modified: str) -> dict[str, str]:
    validators = {_IF_TAG: etag, _IF_DATE: last_modified}
    return {name: text for name, text in validators.items() if text and is_header_text(text)}


def _describe(response: OpenResponse, transfer: PartialTransfer) -> Fetched:
    return Fetched(
        str(response.url),
        transfer.sha256,
        transfer.received,
        response.read_kept("etag"),
        response.read_kept("last-modified"),
        response.read_kept("content-type"),
        is_unchanged=False,
    )


def _describe_unchanged(response: OpenResponse, conditions: Mapping[str, str]) -> Fetched:
    return Fetched(
        str(response.url),
        "",
        0,
        response.read_kept("etag") or conditions.get(_IF_TAG, ""),
        response.read_kept("last-modified") or conditions.get(_IF_DATE, ""),
        response.read_kept("content-type"),
        is_unchanged=True,
    )
