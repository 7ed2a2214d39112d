"""What a hub of this software has to give: its catalogue, read as a partner."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from evidencehub.domain.package import SLUG_PATTERN
from evidencehub.errors import HubError
from evidencehub.exchange.fetching import Fetcher
from evidencehub.source.partner_lock import LockedFile

CATALOGUE_PATH = "datapackage.json"
MAX_CATALOGUE_BYTES, MAX_PACKAGES = 50_000_000, 10_000


@dataclass(frozen=True, slots=True)
class ListedWithdrawal:
    """A version that its publisher withdrew, and why; for `disclosure` no copy may stay."""

    version: str
    reason: str
    disclosure: bool = False


@dataclass(frozen=True, slots=True)
class ListedPackage:
    """A package of a catalogue: its current version, and those that were withdrawn.

    `url` is the address of its descriptor, empty where no version is left.
    """

    name: str
    version: str = ""
    url: str = ""
    sha256: str = ""
    withdrawn: tuple[ListedWithdrawal, ...] = ()


@dataclass(frozen=True, slots=True)
class HubCatalogue:
    """The packages of a hub by name; `file` is the catalogue as it came."""

    packages: Mapping[str, ListedPackage]
    file: LockedFile


def read_hub_catalogue(
    fetcher: Fetcher, url: str, previous: LockedFile | None = None
) -> HubCatalogue | None:
    """Return what the hub at `url` has; None where that is what it was before.

    Raise HubError where there is no catalogue, or it says something else.
    """
    place = urljoin(url.rstrip("/") + "/", CATALOGUE_PATH)
    data, fetched = fetcher.fetch_bytes(
        place,
        limit=MAX_CATALOGUE_BYTES,
        accept="application/json",
        etag=previous.etag if previous else "",
        last_modified=previous.last_modified if previous else "",
    )
    if fetched.is_unchanged:
        return None
    file = LockedFile(fetched.sha256, fetched.bytes, fetched.etag, fetched.last_modified)
    try:
        packages = _read_packages(json.loads(data), fetched.url)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise HubError(f"{place} is no catalogue of a hub. Correct the partner's url.") from None
    return HubCatalogue(packages, file)


def _read_packages(catalogue: Mapping[str, Any], place: str) -> dict[str, ListedPackage]:
    entries: Sequence[Mapping[str, Any]] = catalogue["datasets"]
    if len(entries) > MAX_PACKAGES:
        raise HubError(f"{place} names {len(entries)} datasets; {MAX_PACKAGES} are looked at.")
    hashes = {
        str(resource["path"]): str(resource.get("hash", "")).removeprefix("sha256:")
        for resource in catalogue["resources"]
        if isinstance(resource.get("path"), str)
    }
    packages: dict[str, ListedPackage] = {}
    for entry in entries:
        name, path = str(entry["name"]), str(entry["package"])
        if not SLUG_PATTERN.fullmatch(name) or name in packages:
            raise HubError(f"{place}: “{name}” cannot be the name of a dataset, or is there twice.")
        withdrawn = tuple(map(_read_withdrawal, entry.get("withdrawn", ())))
        packages[name] = ListedPackage(
            name, str(entry["version"]), urljoin(place, path), hashes.get(path, ""), withdrawn
        )
    for entry in catalogue.get("withdrawn", ()):
        name = str(entry["name"])
        if name not in packages or not packages[name].url:
            earlier = packages.get(name, ListedPackage(name)).withdrawn
            packages[name] = ListedPackage(name, withdrawn=(*earlier, _read_withdrawal(entry)))
    return packages


def _read_withdrawal(entry: Mapping[str, Any]) -> ListedWithdrawal:
    disclosure = entry.get("disclosure", False) is not False  # in doubt no copy stays
    return ListedWithdrawal(str(entry["version"]), str(entry["reason"]), disclosure)
