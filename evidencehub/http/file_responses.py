"""Sends a response whose bytes are all there: conditions, ranges and length, by one set of rules.

Files of a release, answers of the API, pictures and packages all go through here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from evidencehub.http import asgi, conditional, ranges
from evidencehub.http.asgi import Scope, Send
from evidencehub.http.body_parts import Part, PartedBody, RunInThread, read_parts
from evidencehub.http.conditional import Validators
from evidencehub.http.problem_details import make_http_error
from evidencehub.http.ranges import ByteSpan
from evidencehub.http.responses import END_OF_BODY, RawHeaders, build_start, drop_body_headers

Conditions = Mapping[str, str]
"""What a request says of the copy that its client has, and of the part that it wants."""
CONDITION_HEADERS = (
    *("if-match", "if-none-match", "if-modified-since", "if-unmodified-since"),
    *("if-range", "range"),
)


@dataclass(frozen=True, slots=True)
class FileResponse:
    """A whole response with status 200: its bytes, its headers without a length, its validators.

    `has_ranges` is False where the bytes are coded: a range is one of the bytes as they are.
    """

    body: PartedBody
    headers: RawHeaders
    content_type: str
    validators: Validators
    has_ranges: bool = True


def read_conditions(scope: Scope) -> Conditions:
    """Return the conditions of a request, those that it has."""
    conditions = {name: asgi.get_header(scope, name) for name in CONDITION_HEADERS}
    return {name: value for name, value in conditions.items() if value}


def is_current(conditions: Conditions, validators: Validators) -> bool:
    """Return whether the client has the response already (304). Raise HttpError (412)."""
    if conditional.is_precondition_failed(
        conditions.get("if-match", ""), conditions.get("if-unmodified-since", ""), validators
    ):
        raise make_http_error(412, "http/changed")
    return conditional.is_not_modified(
        conditions.get("if-none-match", ""), conditions.get("if-modified-since", ""), validators
    )


def select_spans(
    conditions: Conditions, validators: Validators, size: int
) -> Sequence[ByteSpan] | None:
    """Return the spans to send; None for all. Raise HttpError (416) if no byte is in them."""
    if "range" not in conditions:
        return None
    if not conditional.range_applies(conditions.get("if-range", ""), validators):
        return None
    try:
        return ranges.parse_range(conditions["range"], size)
    except ranges.RangeNotSatisfiableError:
        error_headers = [("content-range", f"bytes */{size}"), ("accept-ranges", "bytes")]
        raise make_http_error(416, "http/range", error_headers, size=size) from None


async def send_file_response(
    send: Send,
    response: FileResponse,
    conditions: Conditions,
    run_in_thread: RunInThread,
    *,
    head: bool,
) -> None:
    """Send a response as its request wants it: 200, 206 or 304. Raise HttpError (412, 416)."""
    if is_current(conditions, response.validators):
        await send(build_start(304, drop_body_headers(response.headers)))
        await send(END_OF_BODY)
        return
    body, spans = response.body, None
    if response.has_ranges and not head:  # HEAD knows no ranges (RFC 9110, 14.2)
        spans = select_spans(conditions, response.validators, body.size)
    headers, parts = _select_parts(response, spans)
    length = sum(map(len, parts))
    headers.append((b"content-length", str(length).encode()))
    await send(build_start(200 if spans is None else 206, headers))
    if not head:
        async with aclosing(read_parts(parts, run_in_thread)) as chunks:
            async for chunk in chunks:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send(END_OF_BODY)


def _select_parts(
    response: FileResponse, spans: Sequence[ByteSpan] | None
) -> tuple[RawHeaders, list[Part]]:
    """Return the headers and the bytes of the whole, of one range, or of several."""
    headers, body = list(response.headers), response.body
    if spans is None:
        return headers, body.select(0, body.size)
    if len(spans) == 1:
        content_range = ranges.format_content_range(spans[0], body.size)
        headers.append((b"content-range", content_range.encode()))
        return headers, body.select(*spans[0])
    content_type, items = ranges.build_multipart(spans, body.size, response.content_type)
    headers = [pair for pair in headers if pair[0] != b"content-type"]
    headers.append((b"content-type", content_type.encode("latin-1")))
    parts: list[Part] = []
    for item in items:
        parts += [item] if isinstance(item, bytes) else body.select(*item)
    return headers, parts
