"""Responses of the application that are whole: what is told of them, and how each is sent."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from http import HTTPStatus

from evidencehub.http import conditional, content_coding
from evidencehub.http.asgi import Message, Send
from evidencehub.http.body_parts import FileSpan, PartedBody, RunInThread, read_parts
from evidencehub.http.conditional import Validators
from evidencehub.http.file_responses import Conditions, FileResponse, is_current, send_file_response
from evidencehub.http.responses import (
    END_OF_BODY,
    BufferedResponse,
    EncodedResponse,
    RawHeaders,
    build_start,
    describe_coding,
    describe_parts,
    drop_body_headers,
)
from evidencehub.http.spool import Spool
from evidencehub.http.upstream import UpstreamCall


@dataclass(frozen=True, slots=True)
class SpooledResponse:
    """A long response whose bytes lie on the disk; in a coding it is made anew as it is sent.

    `sha256` is empty where the bytes were never read as a whole.
    """

    status: int
    headers: RawHeaders
    content_type: str
    body: PartedBody
    sha256: str
    validators: Validators


WholeResponse = BufferedResponse | SpooledResponse


def build_whole_response(call: UpstreamCall, headers: RawHeaders) -> WholeResponse:
    """Return the response of a call with our headers.

    It has the tag of its bytes where it may be asked for again, or that of the application where
    nobody has read the bytes.
    """
    status, content_type = call.start_message["status"], get_content_type(headers)
    body, is_tagged = call.body, has_etag(status, headers)
    modified = conditional.read_modified(headers)
    if isinstance(body, PartedBody):
        validators = Validators(find_own_etag(headers), modified)
        return SpooledResponse(status, headers, content_type, body, "", validators)
    sha256 = etag = ""
    if is_tagged or isinstance(body, Spool):
        sha256 = body.sha256 if isinstance(body, Spool) else hashlib.sha256(body).hexdigest()
    if is_tagged:
        etag = conditional.build_content_etag(content_type, sha256)
    validators = Validators(etag, modified)
    if isinstance(body, bytes):
        has_parts = is_tagged and not content_type.startswith("text/html")
        return BufferedResponse(status, headers, body, content_type, validators, has_parts, sha256)
    parts = PartedBody([FileSpan(body, 0, body.size)])
    return SpooledResponse(status, headers, content_type, parts, sha256, validators)


def find_own_etag(headers: RawHeaders) -> str:
    """What the application says that a response is made from, as its entity tag; empty for none."""
    return dict(headers).get(b"etag", b"").decode("latin-1")


def has_etag(status: int, headers: RawHeaders) -> bool:
    """Whether a response may be asked for again by a tag: a good one that may be kept."""
    cache_control = dict(headers).get(b"cache-control", b"")
    return status == HTTPStatus.OK and b"no-store" not in cache_control


def add_last_modified(status: int, headers: RawHeaders, moment: str) -> RawHeaders:
    """Return headers with Last-Modified where a response may be asked for again; its own stays."""
    if not has_etag(status, headers) or b"last-modified" in dict(headers):
        return headers
    return [*headers, (b"last-modified", moment.encode())]


def get_content_type(headers: RawHeaders) -> str:
    """The media type of a response."""
    return next((v.decode("latin-1") for k, v in headers if k == b"content-type"), "")


def get_length(start: Message) -> RawHeaders:
    """The length that the message a response begins with tells, as a header."""
    return [(k, v) for k, v in start.get("headers", []) if k.lower() == b"content-length"]


async def send_encoded(
    send: Send,
    encoded: EncodedResponse,
    content_type: str,
    conditions: Conditions,
    run_in_thread: RunInThread,
    *,
    head: bool,
) -> None:
    """Send a kept response; parts of it where they are wanted. Raise HttpError (412, 416)."""
    if encoded.validators.etag and is_current(conditions, encoded.validators):
        await send(encoded.not_modified)
        await send(END_OF_BODY)
    elif "range" in conditions and encoded.content is not None:
        headers = [pair for pair in encoded.start["headers"] if pair[0] != b"content-length"]
        body = PartedBody([encoded.content])
        response = FileResponse(body, headers, content_type, encoded.validators)
        await send_file_response(send, response, conditions, run_in_thread, head=head)
    else:
        await encoded.send(send, head=head)


async def send_spooled(
    send: Send,
    response: SpooledResponse,
    conditions: Conditions,
    codings: str,
    run_in_thread: RunInThread,
    *,
    head: bool,
) -> None:
    """Send a response from the disk, whole, in parts, or coded. Raise HttpError (412, 416)."""
    validators, headers = response.validators, response.headers
    coding = content_coding.select_coding(codings, response.content_type, None)
    if coding == content_coding.IDENTITY and validators.etag:
        headers = describe_coding(headers, validators.etag, coding)
        headers += describe_parts(response.sha256)
        file = FileResponse(response.body, headers, response.content_type, validators)
        await send_file_response(send, file, conditions, run_in_thread, head=head)
        return
    etag = conditional.build_coded_etag(validators.etag, coding)
    coded_validators = Validators(etag, validators.modified)
    headers = describe_coding(headers, etag, coding)
    if etag and is_current(conditions, coded_validators):
        await send(build_start(304, drop_body_headers(headers)))
        await send(END_OF_BODY)
        return
    if not coding:
        headers = [*headers, (b"content-length", str(response.body.size).encode())]
    await send(build_start(response.status, headers))
    if not head:
        send_body = content_coding.wrap_send_in_gzip(send) if coding else send
        async for chunk in read_parts(response.body.select(0, response.body.size), run_in_thread):
            await send_body({"type": "http.response.body", "body": chunk, "more_body": True})
        send = send_body
    await send(END_OF_BODY)
