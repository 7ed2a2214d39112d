"""Downloads: the immutable files of a build, whole or in parts, straight from the disk."""

from __future__ import annotations

import asyncio
import base64
import gzip
import hashlib
import json
import secrets
from collections.abc import AsyncGenerator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import unquote

from evidencehub.domain.package import STATEMENT_NAME
from evidencehub.formats.format import find_by_ending, list_attachment_suffixes
from evidencehub.http import asgi, conditional, content_coding, headers, ranges
from evidencehub.http.asgi import HeaderItems, Message, Receive, Scope, Send
from evidencehub.http.problem_details import make_http_error
from evidencehub.http.ranges import ByteSpan
from evidencehub.http.responses import END_OF_BODY, build_start
from evidencehub.http.withdrawn_addresses import RELEASE, WithdrawnError
from evidencehub.store.withdrawals import WithdrawalRow, Withdrawals

CHUNK_BYTES = 1_048_576  # bytes read and sent at once
DISK_THREADS = 4  # readers of the disk
LATEST = "latest"  # in the place of a version: the current one
NO_WITHDRAWALS = Withdrawals()
DESCRIPTOR_NAME = "datapackage.json"  # what describes every other file of a release


@dataclass(frozen=True, slots=True)
class ServedFile:
    """A file to be sent. `coding` is what its bytes are in already, of those it stands for."""

    path: Path
    size: int
    modified: float
    sha256: str
    content_type: str
    coding: str = ""


class ReleaseFileServer:
    """Answers `/datasets/<slug>/<version>/<file>` over the files of one build."""

    def __init__(self, build: Path, withdrawals: Withdrawals = NO_WITHDRAWALS) -> None:
        """Read from the manifest which releases there are, and the digests of their files."""
        self._root, self._withdrawals = build / "files", withdrawals
        datasets = json.loads((build / "manifest.json").read_text("utf-8"))["datasets"]
        self._current = {slug: entry["version"] for slug, entry in datasets.items()}
        self._digests = {
            f"{slug}/{entry['version']}/{file['file']}": file["sha256"]
            for slug, entry in datasets.items()
            for file in entry["files"]
        }
        self._files: dict[tuple[str, str, str], ServedFile] = {}
        self._precompressed: dict[Path, ServedFile | None] = {}
        self._pool = ThreadPoolExecutor(DISK_THREADS, "hub-files")

    async def __call__(self, scope: Scope, receive: Receive, send: Send, path: str) -> bool:
        """Answer a download, or return False for another path. Raise HttpError if it is refused."""
        segments = path.split("/", 4)
        if len(segments) != 5 or segments[1] != "datasets":
            return False
        slug, version, name = (unquote(segment) for segment in segments[2:])
        self._refuse_withdrawn(slug, version)
        if version == LATEST:
            await self._redirect_to_current(send, slug, name)
            return True
        file = await self._find_file(slug, version, name)
        disconnect = asyncio.create_task(_wait_for_disconnect(receive))
        try:
            await self._respond(scope, _stop_on_disconnect(send, disconnect), file)
        except _ClientDisconnectedError:
            pass  # there is nobody to tell
        finally:
            disconnect.cancel()
        return True

    def _refuse_withdrawn(self, slug: str, version: str) -> None:
        """Raise HttpError for a version that was erased, and for a dataset that is not there."""
        withdrawal = self._withdrawals.find(slug, version)
        if withdrawal is not None and withdrawal.disclosure:
            raise WithdrawnError(self._withdrawals, withdrawal, RELEASE, slug)
        if slug in self._current or withdrawal is not None:
            return
        withdrawal = self._withdrawals.by_id.get(("dataset", slug))
        if withdrawal is None:
            raise make_http_error(404, "http/not-found/dataset")
        if version == LATEST:
            raise WithdrawnError(self._withdrawals, withdrawal, "dataset", slug)

    async def _redirect_to_current(self, send: Send, slug: str, name: str) -> None:
        version = self._current[slug]
        await self._find_file(slug, version, name)  # a name that is there: nothing to escape
        location = f"/datasets/{slug}/{version}/{name}"
        await asgi.send_response(send, 302, [("location", location)], b"")

    async def _find_file(self, slug: str, version: str, name: str) -> ServedFile:
        """Return the file of a download. Raise HttpError (404). Looked up once."""
        key = slug, version, name
        if key not in self._files:
            path = await self._run_in_pool(resolve_path, self._root, *key)
            if path is None:
                raise make_http_error(404, "http/not-found/file")
            self._files[key] = await self._run_in_pool(self._describe_file, path)
        return self._files[key]

    def _describe_file(self, path: Path) -> ServedFile:
        stat = path.stat()
        # the manifest tells of this release; the digest of an older one is worked out
        manifest_key = path.relative_to(self._root).as_posix()
        digest = self._digests.get(manifest_key) or _compute_sha256(path)
        return ServedFile(path, stat.st_size, stat.st_mtime, digest, select_media_type(path))

    async def _run_in_pool(self, function: Any, *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._pool, function, *arguments)

    async def _respond(self, scope: Scope, send: Send, original: ServedFile) -> None:
        file = await self._select_coded_file(scope, original)
        conditions = {name: asgi.get_header(scope, name) for name in _CONDITIONAL_HEADERS}
        etag = conditional.build_coded_etag(f'"{original.sha256}"', file.coding)
        response_headers = self._build_headers(file, original, etag)
        if conditional.is_precondition_failed(
            conditions["if-match"], conditions["if-unmodified-since"], etag, original.modified
        ):
            raise make_http_error(412, "http/changed")
        if conditional.is_not_modified(
            conditions["if-none-match"], conditions["if-modified-since"], etag, original.modified
        ):
            await send(build_start(304, asgi.encode_headers(response_headers)))
            await send(END_OF_BODY)
            return
        head, spans = scope["method"] == "HEAD", None
        # HEAD knows no ranges (RFC 9110, 14.2); a range is one of the bytes as they are
        if conditions["range"] and not head and not file.coding:
            spans = _parse_spans(conditions, etag, file)
        await self._send_file(send, file, response_headers, spans, head=head)

    async def _select_coded_file(self, scope: Scope, file: ServedFile) -> ServedFile:
        """The ready-made .csv.gz in place of a CSV, where the client would rather have it."""
        if file.path.suffix != ".csv" or asgi.get_header(scope, "range"):
            return file
        accepted = content_coding.list_accepted_codings(asgi.get_header(scope, "accept-encoding"))
        if next((coding for coding in accepted if coding != "br"), "") != "gzip":
            return file
        if file.path not in self._precompressed:
            self._precompressed[file.path] = await self._run_in_pool(self._find_precompressed, file)
        return self._precompressed[file.path] or file

    def _find_precompressed(self, file: ServedFile) -> ServedFile | None:
        """The packed copy of a file, if there is one that holds exactly its bytes."""
        path = file.path.with_name(file.path.name + ".gz")
        if not path.is_file() or _compute_unzipped_sha256(path) != file.sha256:
            return None
        packed = self._describe_file(path)
        return replace(file, path=path, size=packed.size, sha256=packed.sha256, coding="gzip")

    def _build_headers(
        self, file: ServedFile, original: ServedFile, etag: str
    ) -> list[tuple[str, str]]:
        response_headers = [
            ("content-type", file.content_type),
            ("etag", etag),
            ("last-modified", conditional.format_http_date(original.modified)),
            ("accept-ranges", "bytes"),
            # RFC 9530: of the representation, and that is the coded one where it is coded
            ("repr-digest", f"sha-256=:{_encode_digest(file.sha256)}:"),
        ]
        if file.coding:
            response_headers.append(("content-encoding", file.coding))
        release = original.path.relative_to(self._root).parts[:2]
        descriptor = "/".join([*release, DESCRIPTOR_NAME])
        links = []
        if original.path.name != DESCRIPTOR_NAME and descriptor in self._digests:
            links.append(f'</datasets/{descriptor}>; rel="describedby"; type="application/json"')
        if withdrawal := self._withdrawals.find(*release):
            links.append(f'</datasets/{release[0]}>; rel="deprecation"; type="text/html"')
            response_headers.append(("deprecation", _format_deprecation(withdrawal)))
        elif not original.path.name.startswith(STATEMENT_NAME):
            # what has been released is never touched again; its statement and the signature of
            # that follow when a derived file or a signature is added
            response_headers.append(("cache-control", headers.CACHE_IMMUTABLE.decode()))
        response_headers += [("link", ", ".join(links))] if links else []
        if original.path.suffix in list_attachment_suffixes():
            name = _make_safe_name("-".join([*release, original.path.name]))
            response_headers.append(("content-disposition", f'attachment; filename="{name}"'))
        return response_headers

    async def _send_file(
        self,
        send: Send,
        file: ServedFile,
        base_headers: HeaderItems,
        spans: Sequence[ByteSpan] | None,
        *,
        head: bool,
    ) -> None:
        response_headers = dict(base_headers)
        parts: Sequence[bytes | ByteSpan] = spans or [(0, file.size)]
        if spans is not None and len(spans) == 1:
            response_headers["content-range"] = ranges.format_content_range(spans[0], file.size)
        elif spans is not None:
            boundary = secrets.token_hex(12)
            parts = ranges.build_multipart(spans, file.size, file.content_type, boundary)
            response_headers["content-type"] = f"multipart/byteranges; boundary={boundary}"
        response_headers["content-length"] = str(sum(map(_count_bytes, parts)))
        encoded_headers = asgi.encode_headers(response_headers.items())
        await send(build_start(200 if spans is None else 206, encoded_headers))
        if not head:
            async with aclosing(self._read_parts(file.path, parts)) as chunks:
                async for chunk in chunks:
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send(END_OF_BODY)

    async def _read_parts(
        self, path: Path, parts: Sequence[bytes | ByteSpan]
    ) -> AsyncGenerator[bytes, None]:
        if len(parts) == 1 and _count_bytes(parts[0]) <= CHUNK_BYTES:
            yield await self._run_in_pool(_open_and_read_span, path, *parts[0])
            return
        with await self._run_in_pool(path.open, "rb") as source:
            for part in parts:
                if isinstance(part, bytes):
                    yield part
                    continue
                for start in range(*part, CHUNK_BYTES):
                    end = min(start + CHUNK_BYTES, part[1])
                    yield await self._run_in_pool(_read_span, source, start, end)


_CONDITIONAL_HEADERS = (
    *("if-match", "if-none-match", "if-modified-since", "if-unmodified-since"),
    *("if-range", "range"),
)


def _format_deprecation(withdrawal: WithdrawalRow) -> str:
    """Return since when a file that stays should not be used: RFC 9745, as is its link.

    RFC 9111 has done away with Warning, and Sunset (RFC 8594) is for what will go.
    """
    moment = datetime.fromisoformat(withdrawal.withdrawn_on).replace(tzinfo=UTC)
    return f"@{moment.timestamp():.0f}"


def resolve_path(root: Path, slug: str, version: str, file: str) -> Path | None:
    """The file below `root`, or None where there is none or the path leads elsewhere."""
    if "\0" in slug + version + file or "/" in slug + version:
        return None
    release_folder = root / slug / version
    path = release_folder / file
    if release_folder.parent.parent != root or {"", ".", ".."} & {slug, version, *file.split("/")}:
        return None
    real_path, real_folder = path.resolve(), release_folder.resolve()
    # a link may lead to another file of the same release, and nowhere else
    is_inside = real_path.is_relative_to(real_folder) and real_folder.is_relative_to(root.resolve())
    return path if is_inside and path.is_file() else None


def select_media_type(path: Path) -> str:
    """The media type of a download."""
    release_format = find_by_ending(path.suffix.removeprefix("."), "release")
    return release_format.content_type if release_format else "application/octet-stream"


def _parse_spans(conditions: dict[str, str], etag: str, file: ServedFile) -> list[ByteSpan] | None:
    if not conditional.range_applies(conditions["if-range"], etag, file.modified):
        return None
    try:
        return ranges.parse_range(conditions["range"], file.size)
    except ranges.RangeNotSatisfiableError:
        error_headers = [("content-range", f"bytes */{file.size}"), ("accept-ranges", "bytes")]
        raise make_http_error(416, "http/range", error_headers, size=file.size) from None


class _ClientDisconnectedError(Exception):
    """The client has gone away: the rest of the file is for nobody."""


async def _wait_for_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _stop_on_disconnect(send: Send, disconnect: asyncio.Task[None]) -> Send:
    async def send_if_connected(message: Message) -> None:
        if disconnect.done():
            raise _ClientDisconnectedError
        await send(message)

    return send_if_connected


def _count_bytes(part: bytes | ByteSpan) -> int:
    return len(part) if isinstance(part, bytes) else part[1] - part[0]


def _read_span(source: BinaryIO, start: int, end: int) -> bytes:
    source.seek(start)
    chunk = source.read(end - start)
    if len(chunk) < end - start:
        raise OSError(f"{source.name} became shorter while it was being read")
    return chunk


def _open_and_read_span(path: Path, start: int, end: int) -> bytes:
    with path.open("rb") as source:
        return _read_span(source, start, end)


def _compute_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _compute_unzipped_sha256(path: Path) -> str:
    try:
        with gzip.open(path) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, EOFError):
        return ""


def _encode_digest(digest: str) -> str:
    return base64.b64encode(bytes.fromhex(digest)).decode()


def _make_safe_name(name: str) -> str:
    """A file name that needs no quoting in a header."""
    return "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in name)
