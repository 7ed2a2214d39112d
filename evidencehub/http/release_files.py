"""Downloads: the immutable files of a build, whole or in parts, straight from the disk."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from evidencehub.domain.package import STATEMENT_NAME
from evidencehub.formats.catalogue_renderings import build_description_links, list_description_names
from evidencehub.formats.format import find_by_file_name, get_format, list_attachment_suffixes
from evidencehub.formats.linkset import build_collection_link
from evidencehub.http import asgi, conditional, content_coding, headers
from evidencehub.http.asgi import Message, Receive, Scope, Send
from evidencehub.http.body_parts import FilePath, FileSpan, PartedBody
from evidencehub.http.file_names import format_disposition, name_release_file
from evidencehub.http.file_responses import FileResponse, read_conditions, send_file_response
from evidencehub.http.problem_details import make_http_error
from evidencehub.http.withdrawn_addresses import RELEASE, WithdrawnError
from evidencehub.store.withdrawals import WithdrawalRow, Withdrawals

DISK_THREADS = 4  # readers of the disk
LATEST = "latest"  # in the place of a version: the current one
NO_WITHDRAWALS = Withdrawals()
DESCRIPTOR_NAME = "datapackage.json"  # what describes the publisher's files of a release
CSV_METADATA = get_format("csv-metadata")  # what describes the flat table, whatever its format
FLAT_FORMATS = ("csv", "csv.gz", "parquet")


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
        self._flat_descriptors = {
            (slug, entry["version"]): dict.fromkeys(
                (file["file"] for file in entry["files"] if file["format"] in FLAT_FORMATS),
                next((f["file"] for f in entry["files"] if f["format"] == CSV_METADATA.name), ""),
            )
            for slug, entry in datasets.items()
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
        is_description = name in list_description_names()
        if version == LATEST:
            await self._redirect_to_current(send, slug, name, is_description=is_description)
            return True
        if is_description and version == self._current.get(slug):
            return False  # it names the hub, so the application writes it
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

    async def _redirect_to_current(
        self, send: Send, slug: str, name: str, *, is_description: bool
    ) -> None:
        version = self._current[slug]
        if not is_description:
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

    def _find_descriptor(self, path: Path) -> Path | None:
        """Return the document that describes the columns of a file, if there is one."""
        slug, version, *names = path.relative_to(self._root).parts
        file_format = find_by_file_name(path.name, "release")
        if file_format is None or file_format.name in ("datapackage", CSV_METADATA.name):
            return None
        if len(names) > 1 or file_format.name not in FLAT_FORMATS:
            descriptor = self._root / slug / version / DESCRIPTOR_NAME
            return descriptor if descriptor.is_file() else None
        stem = path.name.removesuffix(f".{file_format.ending}").removesuffix(".csv")
        namesake = path.with_name(f"{stem}.{CSV_METADATA.ending}")
        if namesake.is_file():
            return namesake
        # made again for a release that is published already: each file has a name of its own
        name = self._flat_descriptors.get((slug, version), {}).get(path.name)
        return path.with_name(name) if name else None

    async def _run_in_pool(self, function: Any, *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._pool, function, *arguments)

    async def _respond(self, scope: Scope, send: Send, original: ServedFile) -> None:
        file = await self._select_coded_file(scope, original)
        etag = conditional.build_coded_etag(f'"{original.sha256}"', file.coding)
        response = FileResponse(
            PartedBody([FileSpan(FilePath(file.path), 0, file.size)]),
            asgi.encode_headers(self._build_headers(file, original, etag)),
            file.content_type,
            conditional.Validators(etag, original.modified),
            has_ranges=not file.coding,
        )
        conditions, head = read_conditions(scope), scope["method"] == "HEAD"
        await send_file_response(send, response, conditions, self._run_in_pool, head=head)

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
            ("repr-digest", conditional.format_digest(file.sha256)),
        ]
        if file.coding:
            response_headers.append(("content-encoding", file.coding))
        release = original.path.relative_to(self._root).parts[:2]
        links = []
        if descriptor := self._find_descriptor(original.path):
            address = quote(descriptor.relative_to(self._root).as_posix())
            media_type = select_media_type(descriptor)
            links.append(f'</datasets/{address}>; rel="describedby"; type="{media_type}"')
        if self._current.get(release[0]) == release[1]:
            links += [build_collection_link(release[0]), *build_description_links(*release)]
        if withdrawal := self._withdrawals.find(*release):
            links.append(f'</datasets/{release[0]}>; rel="deprecation"; type="text/html"')
            response_headers.append(("deprecation", _format_deprecation(withdrawal)))
        elif not original.path.name.startswith(STATEMENT_NAME):
            # what has been released is never touched again; its statement and the signature of
            # that follow when a derived file or a signature is added
            response_headers.append(("cache-control", headers.CACHE_RELEASE.decode()))
        response_headers += [("link", ", ".join(links))] if links else []
        if original.path.suffix in list_attachment_suffixes():
            file_path = original.path.relative_to(self._root).parts[2:]
            name = name_release_file(release[0], release[1], "/".join(file_path))
            response_headers.append(format_disposition(name))
        return response_headers


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
    release_format = find_by_file_name(path.name, "release")
    return release_format.content_type if release_format else "application/octet-stream"


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


def _compute_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _compute_unzipped_sha256(path: Path) -> str:
    try:
        with gzip.open(path) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, EOFError):
        return ""
