"""One package of a partner: its files, fetched beside its descriptor and checked by their hashes.

The statement of a release (`release.json`), which a hub of this software writes and may sign, has
the hash of every file. Without one, the hashes that the descriptor's resources state are used.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin

from evidencehub.domain.package import SLUG_PATTERN
from evidencehub.errors import HubError
from evidencehub.exchange.fetching import Fetched, Fetcher, FetchError
from evidencehub.releases.signatures import is_signed_by, parse_public_key
from evidencehub.source.packages import DESCRIPTOR, MAX_DESCRIPTOR_BYTES, PACKAGE_TEXTS
from evidencehub.source.partner_lock import LockedFile
from evidencehub.source.safe_files import MAX_TEXT_BYTES, find_path_fault
from evidencehub.source.strict_json import UnacceptableJsonError, parse_json

STATEMENT = "release.json"
MAX_STATEMENT_BYTES, MAX_SIGNATURE_BYTES = 20_000_000, 2_000


@dataclass(frozen=True, slots=True)
class DownloadedPackage:
    """A package as it came: its descriptor, the digest of that, and what each file was."""

    name: str
    version: str
    title: str
    licence: str
    url: str
    sha256: str
    descriptor: Mapping[str, Any]
    files: Mapping[str, LockedFile]


def download_package(
    fetcher: Fetcher, url: str, folder: Path, *, public_key: str = "", sha256: str = ""
) -> DownloadedPackage:
    """Fetch the package whose descriptor is at `url` into an empty folder, and return it.

    `sha256` is what the descriptor must have, if that is known. With a public key the statement of
    the release must be there, signed with it, and name every file. Raise HubError (FetchError for
    what the network did) where the package does not come whole.
    """
    statement = _read_statement(fetcher, url, public_key)
    expected = statement.get(DESCRIPTOR, ("", None))
    if sha256 and expected[0] not in ("", sha256):
        raise HubError(f"{url}: catalogue and release disagree about it. Ask its publisher.")
    data, fetched = fetcher.fetch_bytes(url, limit=MAX_DESCRIPTOR_BYTES)
    digest = hashlib.sha256(data).hexdigest()
    for wanted in filter(None, (sha256, expected[0])):
        if digest != wanted:
            raise HubError(
                f"{url} has the SHA-256 {digest}, and {wanted} was announced. Ask its publisher."
            )
    descriptor = parse_descriptor(data, url)
    (folder / DESCRIPTOR).write_bytes(data)
    files = {DESCRIPTOR: _lock(fetched)}
    for path, (file_hash, size) in _list_files(descriptor, statement, folder, url).items():
        fetched_file = _fetch_file(fetcher, url, path, folder, file_hash, size)
        if fetched_file is not None:
            files[path] = _lock(fetched_file)
    return DownloadedPackage(
        descriptor["name"],
        str(descriptor.get("version", "")),
        str(descriptor.get("title", "")),
        read_licence(descriptor),
        url,
        digest,
        descriptor,
        files,
    )


def parse_descriptor(data: bytes, place: str) -> dict[str, Any]:
    """Return a descriptor; raise HubError where it is none, or its name cannot be a folder's."""
    try:
        descriptor = parse_json(data.decode("utf-8"))
    except (UnicodeDecodeError, RecursionError, UnacceptableJsonError, ValueError):
        raise HubError(f"{place} is no descriptor: it is not JSON. Ask its publisher.") from None
    if not isinstance(descriptor, dict) or not isinstance(descriptor.get("resources"), list):
        raise HubError(f"{place} is no descriptor: it has no list of resources.")
    if not SLUG_PATTERN.fullmatch(str(descriptor.get("name"))):
        raise HubError(
            f"{place}: the name “{descriptor.get('name')}” must have lower-case letters, digits "
            "and hyphens only."
        )
    return descriptor


def read_licence(descriptor: Mapping[str, Any]) -> str:
    """Return the name of a package's licence; empty where it states none."""
    licences = descriptor.get("licenses")
    first = licences[0] if isinstance(licences, list) and licences else {}
    return str(first.get("name", "")) if isinstance(first, dict) else ""


ExpectedFiles = dict[str, tuple[str, int | None]]  # by path: SHA-256 and bytes, as far as known


def _read_statement(fetcher: Fetcher, url: str, public_key: str) -> ExpectedFiles:
    """Return what the statement of a release says of its files; nothing where there is none."""
    place = urljoin(url, STATEMENT)
    try:
        data, _ = fetcher.fetch_bytes(place, limit=MAX_STATEMENT_BYTES)
    except FetchError as error:
        if error.status == HTTPStatus.NOT_FOUND and not public_key:
            return {}
        if error.status == HTTPStatus.NOT_FOUND:
            raise HubError(
                f"{place} is not there, so nothing is signed. Ask its publisher."
            ) from None
        raise
    if public_key:
        _require_signature(fetcher, place, data, public_key)
    try:
        files = json.loads(data)["files"]
        return {str(file["file"]): (str(file["sha256"]), int(file["bytes"])) for file in files}
    except (ValueError, KeyError, TypeError):
        raise HubError(f"{place} is no statement of a release. Ask its publisher.") from None


def _require_signature(fetcher: Fetcher, place: str, data: bytes, public_key: str) -> None:
    try:
        key = parse_public_key(public_key)
    except ValueError:
        raise HubError(
            f"“{public_key}” is no public key of minisign. Copy its line that begins with RW."
        ) from None
    try:
        signature, _ = fetcher.fetch_bytes(f"{place}.minisig", limit=MAX_SIGNATURE_BYTES)
    except FetchError as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        raise HubError(
            f"{place} has no signature, and a key is pinned. Ask its publisher."
        ) from None
    if not is_signed_by(data, signature.decode("utf-8", "replace"), key):
        raise HubError(
            f"{place} is not signed with the key that is pinned. Do not take it until its "
            "publisher has confirmed a new key."
        )


def _list_files(
    descriptor: Mapping[str, Any], statement: ExpectedFiles, folder: Path, url: str
) -> ExpectedFiles:
    """Return the tables and texts of a package; raise HubError for a path that leads outside."""
    files: ExpectedFiles = {}
    for resource in descriptor["resources"]:
        path = _read_path(resource, folder, url)
        if statement and path not in statement:
            raise HubError(f"{url}: {path} is not in the statement of the release.")
        files[path] = statement.get(path) or _read_stated(resource)
    texts = [text for text in PACKAGE_TEXTS if text in statement or not statement]
    return files | {text: statement.get(text, ("", None)) for text in texts}


def _read_path(resource: Any, folder: Path, url: str) -> str:
    path = resource.get("path") if isinstance(resource, dict) else None
    if not isinstance(path, str):
        raise HubError(f"{url}: a resource must have one file. Ask its publisher.")
    fault = find_path_fault(folder, path)
    if fault is not None:
        raise HubError(f"{url}: {fault.render()}")
    return path


def _read_stated(resource: Mapping[str, Any]) -> tuple[str, int | None]:
    """Return the SHA-256 and the bytes that a resource states; the gate checks other hashes."""
    stated, size = str(resource.get("hash", "")), resource.get("bytes")
    sha256 = stated.removeprefix("sha256:") if stated.startswith("sha256:") else ""
    return sha256, size if isinstance(size, int) else None


def _fetch_file(
    fetcher: Fetcher, url: str, path: str, folder: Path, sha256: str, size: int | None
) -> Fetched | None:
    """Fetch a file of a package; None for a text that the package does not have."""
    target = _make_room(folder, path, url)
    is_optional = path in PACKAGE_TEXTS and not sha256
    if path in PACKAGE_TEXTS and (size or 0) > MAX_TEXT_BYTES:
        raise HubError(f"{urljoin(url, path)} has {size} bytes, which no text needs.")
    try:
        return fetcher.fetch(urljoin(url, quote(path)), target, sha256=sha256, size=size)
    except FetchError as error:
        if is_optional and error.status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
            return None
        raise


def _make_room(folder: Path, path: str, url: str) -> Path:
    """Return where a file of a package goes, in a folder that is there."""
    target = folder / path
    if target.exists() or any(parent.is_file() for parent in target.parents):
        raise HubError(f"{url}: {path} is there twice, or is a file and a folder. Rename one.")
    target.parent.mkdir(parents=True, exist_ok=True)
    return target


def _lock(fetched: Fetched) -> LockedFile:
    return LockedFile(fetched.sha256, fetched.bytes, fetched.etag, fetched.last_modified)
