"""What has come of a file so far, and how the rest of the same version is asked for."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import BinaryIO

import httpcore
import httpx

from evidencehub.exchange.fetch_errors import FetchError, quote, refuse_status
from evidencehub.exchange.http_requests import OpenResponse
from evidencehub.exchange.metered_connection import Meter

_CONTENT_RANGE = re.compile(r"bytes ([0-9]{1,19})-([0-9]{1,19})/([0-9]{1,19}|\*)")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for, and what a caller knows of it; `limit` bounds what it cannot know."""

    url: httpx.URL
    accept: str = "*/*"
    conditions: Mapping[str, str] = field(default_factory=dict)
    sha256: str = ""
    size: int | None = None
    limit: int | None = None


class PartialTransfer:
    """One file on its way into `sink`, over as many responses as it takes.

    Only bytes of one version are put together: a response that may have others begins anew.
    """

    def __init__(self, wanted: Wanted, sink: BinaryIO, meter: Meter) -> None:
        self.url = wanted.url  # after the first response, the address that gave it
        self._wanted, self._sink, self._meter = wanted, sink, meter
        self._is_first = True
        self._validator = ""
        self._has_ranges = False
        self._total: int | None = None
        self._end: int | None = None  # of what the response at hand may give
        self._start_anew()

    def _start_anew(self) -> None:
        self._sink.seek(0)
        self._sink.truncate()
        self.received = 0
        self._digest = hashlib.sha256()

    @property
    def sha256(self) -> str:
        """The digest of what has come."""
        return self._digest.hexdigest()

    @property
    def may_continue(self) -> bool:
        """True where another request can give what is still to come."""
        return self.received == 0 or (self._has_ranges and bool(self._validator))

    @property
    def _is_range(self) -> bool:
        return self.received > 0

    def build_headers(self) -> dict[str, str]:
        """Return the headers of the next request: its conditions, or which range it asks for."""
        headers = {"Accept": self._wanted.accept}
        if self._is_range:
            return headers | {"Range": f"bytes={self.received}-", "If-Range": self._validator}
        return {**headers, **self._wanted.conditions} if self._is_first else headers

    def receive(self, response: OpenResponse) -> bool:
        """Take in a response; True when the file is whole, False for a broken connection.

        Raise FetchError for a response that is of no use, CONNECTION_FAILURES for a spent budget.
        """
        self._is_first = False
        if not self._is_range and response.status != HTTPStatus.OK:
            raise refuse_status(response.status, quote(response.url))
        if response.status == HTTPStatus.OK:
            self._begin(response)
        elif not self._continues(response):
            self._start_anew()
            return False
        self._check_head(response)
        is_ended = self._receive_body(response)
        if response.has_surplus:
            raise self._refuse_length("sent more than the length that it announced")
        return is_ended and self._total in (None, self.received)

    def _begin(self, response: OpenResponse) -> None:
        self._start_anew()
        self.url = response.url
        self._total = self._end = response.length
        self._has_ranges = response.headers.get("accept-ranges", "").lower() == "bytes"
        self._validator = _find_validator(response)

    def _continues(self, response: OpenResponse) -> bool:
        """True for the next bytes of the same version. Raise FetchError for another status."""
        if response.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            return False
        if response.status != HTTPStatus.PARTIAL_CONTENT:
            raise refuse_status(response.status, quote(response.url))
        match = _CONTENT_RANGE.fullmatch(response.headers.get("content-range", ""))
        if not match or not self._is_same_version(response):
            return False
        start, last = int(match[1]), int(match[2])
        total = self._total if match[3] == "*" else int(match[3])
        if total is None or self._total not in (None, total):
            return False  # where it ends is not known, or is elsewhere now
        if start != self.received or not start <= last < total:
            return False
        self._total, self._end = total, last + 1
        return response.length in (None, last + 1 - start)

    def _is_same_version(self, response: OpenResponse) -> bool:
        """True unless a range comes from elsewhere, or says that it is of another version."""
        name = "etag" if self._validator.startswith('"') else "last-modified"
        validator = response.headers.get(name, self._validator)
        return response.url == self.url and validator == self._validator

    def _check_head(self, response: OpenResponse) -> None:
        """Refuse, before it is read, a body that is packed or too long."""
        coding = response.headers.get("content-encoding", "identity")
        if coding.strip().lower() != "identity":
            raise FetchError(
                "encoding",
                f"{quote(self.url)} is sent with the content coding “{quote(coding)}”, which was "
                "not asked for. Its publisher must send it as it is.",
            )
        if self._wanted.size is not None and self._total not in (None, self._wanted.size):
            raise self._refuse_length(f"is {self._total} bytes long")
        if self._wanted.limit is not None and (self._total or 0) > self._wanted.limit:
            raise self._refuse_limit()
        budget = max(self._meter.bytes_left, 0)
        if (response.length or 0) > budget:
            raise FetchError(
                "too-large",
                f"{quote(self.url)} is {response.length} bytes long, and {budget} bytes of the "
                "budget are left. Raise `megabytes` of this partner, or take fewer datasets.",
            )

    def _receive_body(self, response: OpenResponse) -> bool:
        """Write a body; False where the connection broke before its end."""
        try:
            for chunk in response.read_chunks():
                self._write(chunk)
        except (httpcore.NetworkError, httpcore.RemoteProtocolError, httpcore.TimeoutException):
            if self._meter.seconds_left <= 0:
                raise
            return False
        return True

    def _write(self, chunk: bytes) -> None:
        received = self.received + len(chunk)
        if self._end is not None and received > self._end:
            raise self._refuse_length("sent more than the length that it announced")
        if self._wanted.size is not None and received > self._wanted.size:
            raise self._refuse_length("is longer")
        if self._wanted.limit is not None and received > self._wanted.limit:
            raise self._refuse_limit()
        self._sink.write(chunk)
        self._digest.update(chunk)
        self.received = received

    def _refuse_limit(self) -> FetchError:
        return FetchError(
            "too-large",
            f"{quote(self.url)} is longer than the {self._wanted.limit} bytes that such a document "
            "may have. Check the address, or tell its publisher.",
        )

    def _refuse_length(self, problem: str) -> FetchError:
        size = self._wanted.size
        expected = "" if size is None else f", and {size} bytes were expected"
        return FetchError(
            "length", f"{quote(self.url)} {problem}{expected}. Tell its publisher, or pull again."
        )

    def refuse_break(self) -> FetchError:
        """Return the error for a connection that broke too often."""
        total = "" if self._total is None else f" of {self._total}"
        return FetchError(
            "length",
            f"{quote(self.url)} broke off after {self.received}{total} bytes. Pull again later, or "
            "tell its publisher.",
        )

    def verify(self) -> None:
        """Raise FetchError for a whole file that is not the one that was expected."""
        if self._wanted.size not in (None, self.received):
            raise self._refuse_length(f"is {self.received} bytes long")
        if self._wanted.sha256 and self._wanted.sha256.lower() != self.sha256:
            raise FetchError(
                "hash",
                f"{quote(self.url)} has the SHA-256 {self.sha256}, and {self._wanted.sha256} was "
                "expected. Pull again later: if it stays, its publisher must correct one of them.",
            )


def _find_validator(response: OpenResponse) -> str:
    """Return what a range may be asked for with: a strong entity tag, or else a strong date.

    A date is strong if the response is of a later second (RFC 9110, section 8.8.2.2).
    """
    tag, modified = response.read_kept("etag"), response.read_kept("last-modified")
    if "etag" in response.headers:
        return tag if tag.startswith('"') else ""
    try:
        dates = [parsedate_to_datetime(text) for text in (modified, response.headers["date"])]
        return modified if dates[0] < dates[1] else ""
    except (KeyError, ValueError, TypeError):  # missing, no dates, or only one with a time zone
        return ""
