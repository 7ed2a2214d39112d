"""Downloads: the immutable files of a build, whole or in parts, straight from the disk."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import secrets
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import unquote

from evidencehub.serve import asgi
from evidencehub.serve.asgi import Headers, Message, Receive, Scope, Send
from evidencehub.serve.http import conditional, encodings, headers, ranges
from evidencehub.serve.http.ranges import Span
from evidencehub.serve.problem import refused

CHUNK = 1_048_576  # bytes read and sent at once
THREADS = 4  # readers of the disk
TYPES = {
    ".csv": "text/csv; charset=utf-8",
    ".gz": "application/gzip",
    ".parquet": "application/vnd.apache.parquet",
    ".json": "application/json",
    ".md": "text/markdown; charset=utf-8",
}
PACKAGE = "datapackage.json"  # what describes every other file of a release
SAVED = (".csv", ".gz", ".parquet")  # kept by a browser under a name, not shown


@dataclass(frozen=True, slots=True)
class File:
    """A file to be sent. `coding` is what its bytes are in already, of those it stands for."""

    path: Path
    size: int
    modified: float
    sha256: str
    content_type: str
    coding: str = ""


class Downloads:
    """Answers `/datasets/<slug>/<version>/<file>` over the files of one build."""

    def __init__(self, build: Path) -> None:
        """Read from the manifest which releases there are, and the digests of their files."""
        self._root = build / "files"
        datasets = json.loads((build / "manifest.json").read_text("utf-8"))["datasets"]
        self._current = {slug: entry["version"] for slug, entry in datasets.items()}
        self._digests = {
            f"{slug}/{entry['version']}/{file['file']}": file["sha256"]
            for slug, entry in datasets.items()
            for file in entry["files"]
        }
        self._files: dict[tuple[str, str, str], File] = {}
        self._packed: dict[Path, File | None] = {}
        self._pool = ThreadPoolExecutor(THREADS, "hub-files")

    async def __call__(self, scope: Scope, receive: Receive, send: Send, path: str) -> bool:
        """Answer a download; False when the path is none. Raises RefusedError."""
        parts = path.split("/", 4)
        if len(parts) != 5 or parts[1] != "datasets":
            return False
        slug, version, name = (unquote(part) for part in parts[2:])
        if slug not in self._current:
            raise refused(404, "not-found", "There is no such dataset.")
        if version == "latest":
            await self._redirect(send, slug, name)
            return True
        file = await self._file(slug, version, name)
        gone = asyncio.create_task(_gone(receive))
        try:
            await self._answer(scope, _while_there(send, gone), file)
        except _GoneError:
            pass  # there is nobody to tell
        finally:
            gone.cancel()
        return True

    async def _redirect(self, send: Send, slug: str, name: str) -> None:
        version = self._current[slug]
        await self._file(slug, version, name)  # a name that is there: nothing to escape
        there = f"/datasets/{slug}/{version}/{name}"
        await asgi.whole(send, 302, [("location", there)], b"")

    async def _file(self, slug: str, version: str, name: str) -> File:
        """The file of a download. Raises RefusedError (404). Looked up once: it never changes."""
        found = self._files.get((slug, version, name))
        if found is None:
            found = await self._beside(self._look, slug, version, name)
            if found is None:
                raise refused(404, "not-found", "There is no such file.")
            self._files[slug, version, name] = found
        return found

    def _look(self, slug: str, version: str, name: str) -> File | None:
        path = find(self._root, slug, version, name)
        return None if path is None else self._known(path)

    def _known(self, path: Path) -> File:
        stat = path.stat()
        # the manifest tells of this release; the digest of an older one is worked out
        digest = self._digests.get(self._key(path)) or _sha256(path)
        return File(path, stat.st_size, stat.st_mtime, digest, content_type(path))

    def _key(self, path: Path) -> str:
        return path.relative_to(self._root).as_posix()

    async def _beside(self, work: Any, *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work, *arguments)

    async def _answer(self, scope: Scope, send: Send, own: File) -> None:
        file = await self._coded(scope, own)
        wanted = {name: asgi.header(scope, name) for name in _CONDITIONS}
        etag = conditional.for_coding(f'"{own.sha256}"', file.coding)
        told = self._headers(file, own, etag)
        head = scope["method"] == "HEAD"
        if conditional.failed(
            wanted["if-match"], wanted["if-unmodified-since"], etag, own.modified
        ):
            raise refused(412, "changed", "The file is another one.")
        if conditional.unchanged(
            wanted["if-none-match"], wanted["if-modified-since"], etag, own.modified
        ):
            await send({"type": "http.response.start", "status": 304, "headers": asgi.raw(told)})
            await send({"type": "http.response.body", "body": b""})
            return
        spans = None
        # HEAD knows no ranges (RFC 9110, 14.2); a range is one of the bytes as they are
        if wanted["range"] and not head and not file.coding:
            spans = _spans(wanted, etag, file)
        await self._send(send, file, told, spans, head=head)

    async def _coded(self, scope: Scope, file: File) -> File:
        """The ready-made .csv.gz in place of a CSV, where the client would rather have it."""
        if file.path.suffix != ".csv" or asgi.header(scope, "range"):
            return file
        order = [c for c in encodings.accepted(asgi.header(scope, "accept-encoding")) if c != "br"]
        if order[:1] != ["gzip"]:
            return file
        if file.path not in self._packed:
            self._packed[file.path] = await self._beside(self._pack, file)
        return self._packed[file.path] or file

    def _pack(self, file: File) -> File | None:
        """The packed copy of a file, if there is one that holds exactly its bytes."""
        path = file.path.with_name(file.path.name + ".gz")
        if not path.is_file() or _sha256_inside(path) != file.sha256:
            return None
        packed, kind = self._known(path), file.content_type
        return replace(packed, modified=file.modified, content_type=kind, coding="gzip")

    def _headers(self, file: File, own: File, etag: str) -> list[tuple[str, str]]:
        told = [
            ("content-type", file.content_type),
            ("etag", etag),
            ("last-modified", conditional.date(own.modified)),
            ("accept-ranges", "bytes"),
            # RFC 9530: of the representation, and that is the coded one where it is coded
            ("repr-digest", f"sha-256=:{_base64(file.sha256)}:"),
            # what has been released is never touched again: the archive only grows
            ("cache-control", headers.FOR_EVER.decode()),
        ]
        if file.coding:
            told.append(("content-encoding", file.coding))
        release = own.path.relative_to(self._root).parts[:2]
        if own.path.name != PACKAGE and "/".join([*release, PACKAGE]) in self._digests:
            there = "/".join(["/datasets", *release, PACKAGE])
            told.append(("link", f'<{there}>; rel="describedby"; type="application/json"'))
        if own.path.suffix in SAVED:
            name = _safe("-".join([*release, own.path.name]))
            told.append(("content-disposition", f'attachment; filename="{name}"'))
        return told

    async def _send(
        self,
        send: Send,
        file: File,
        told: Headers,
        spans: Sequence[Span] | None,
        *,
        head: bool,
    ) -> None:
        own = list(told)
        parts: Sequence[bytes | Span] = [(0, file.size)]
        status = 200
        if spans is not None:
            status = 206
            if len(spans) == 1:
                parts = spans
                own.append(("content-range", ranges.content_range(spans[0], file.size)))
            else:
                boundary = secrets.token_hex(12)
                parts = ranges.multipart(spans, file.size, file.content_type, boundary)
                own = [(k, v) for k, v in own if k != "content-type"]
                own.append(("content-type", f"multipart/byteranges; boundary={boundary}"))
        length = sum(map(_length, parts))
        own.append(("content-length", str(length)))
        await send({"type": "http.response.start", "status": status, "headers": asgi.raw(own)})
        if not head:
            await self._send_parts(send, file.path, parts)
        await send({"type": "http.response.body", "body": b""})

    async def _send_parts(self, send: Send, path: Path, parts: Sequence[bytes | Span]) -> None:
        if len(parts) == 1 and not isinstance(parts[0], bytes) and _length(parts[0]) <= CHUNK:
            await send(_piece(await self._beside(_read_once, path, *parts[0])))
            return
        with await self._beside(path.open, "rb") as source:
            for part in parts:
                if isinstance(part, bytes):
                    await send(_piece(part))
                    continue
                for start in range(*part, CHUNK):
                    end = min(start + CHUNK, part[1])
                    await send(_piece(await self._beside(_read, source, start, end)))


_CONDITIONS = (
    *("if-match", "if-none-match", "if-modified-since", "if-unmodified-since"),
    *("if-range", "range"),
)


def find(root: Path, slug: str, version: str, file: str) -> Path | None:
    """The file below `root`, or None where there is none or the path leads elsewhere."""
    if "\0" in slug + version + file or "/" in slug + version:
        return None
    place = root / slug / version
    path = place / file
    if place.parent.parent != root or {"", ".", ".."} & {slug, version, *file.split("/")}:
        return None
    real, home = path.resolve(), place.resolve()
    # a link may lead to another file of the same release, and nowhere else
    inside = real.is_relative_to(home) and home.is_relative_to(root.resolve())
    return path if inside and path.is_file() else None


def content_type(path: Path) -> str:
    """The media type of a download."""
    return TYPES.get(path.suffix, "application/octet-stream")


def _spans(wanted: dict[str, str], etag: str, file: File) -> list[Span] | None:
    if not conditional.range_applies(wanted["if-range"], etag, file.modified):
        return None
    try:
        return ranges.asked(wanted["range"], file.size)
    except ranges.UnsatisfiableError:
        text = f"The file has {file.size} bytes; none of them is in the range."
        told = [("content-range", f"bytes */{file.size}"), ("accept-ranges", "bytes")]
        raise refused(416, "range", text, told) from None


class _GoneError(Exception):
    """The client has gone away: the rest of the file is for nobody."""


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _while_there(send: Send, gone: asyncio.Task[None]) -> Send:
    async def checked(message: Message) -> None:
        if gone.done():
            raise _GoneError
        await send(message)

    return checked


def _piece(body: bytes) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": True}


def _length(part: bytes | Span) -> int:
    return len(part) if isinstance(part, bytes) else part[1] - part[0]


def _read(source: BinaryIO, start: int, end: int) -> bytes:
    source.seek(start)
    piece = source.read(end - start)
    if len(piece) < end - start:
        raise OSError(f"{source.name} has become shorter")
    return piece


def _read_once(path: Path, start: int, end: int) -> bytes:
    with path.open("rb") as source:
        return _read(source, start, end)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sha256_inside(path: Path) -> str:
    import gzip

    digest = hashlib.sha256()
    try:
        with gzip.open(path) as file:
            while piece := file.read(CHUNK):
                digest.update(piece)
    except (OSError, EOFError):
        return ""
    return digest.hexdigest()


def _base64(digest: str) -> str:
    return base64.b64encode(bytes.fromhex(digest)).decode()


def _safe(name: str) -> str:
    """A file name that needs no quoting in a header."""
    return "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in name)
