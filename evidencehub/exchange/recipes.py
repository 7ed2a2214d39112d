"""A recipe: a package whose tables are addresses with hashes; with the tables it is a package."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evidencehub.errors import HubError
from evidencehub.exchange.fetching import Fetcher
from evidencehub.exchange.listed_files import find_listed_file
from evidencehub.exchange.package_download import DownloadedPackage, parse_descriptor, read_licence
from evidencehub.source.packages import DESCRIPTOR
from evidencehub.source.partner_lock import LockedFile
from evidencehub.source.safe_files import find_path_fault

RECIPES_FOLDER = "recipes"
FETCH = "fetch"
"""The property of a resource, under `hub`, that says where its table is."""


def cook_recipe(fetcher: Fetcher, recipe: Path, folder: Path, base: str) -> DownloadedPackage:
    """Copy a recipe into an empty folder, fetch its tables, and return the package.

    Addresses that are relative are so to `base`, which ends with a slash or is empty.

    Raise HubError for a recipe that is none, and for a table that is not what its hash says.
    """
    if not (recipe / DESCRIPTOR).is_file():
        raise HubError(f"{recipe} is no recipe: it has no {DESCRIPTOR}. Correct `datasets`.")
    data = (recipe / DESCRIPTOR).read_bytes()
    descriptor = parse_descriptor(data, str(recipe / DESCRIPTOR))
    if descriptor["name"] != recipe.name:
        raise HubError(f"{recipe / DESCRIPTOR}: the name must be that of its folder.")
    shutil.copytree(recipe, folder, dirs_exist_ok=True)
    digest, addresses = hashlib.sha256(data), []
    for resource in descriptor["resources"]:
        place = _take_place(resource)
        if place is not None:
            address, sha256 = _fetch_table(fetcher, resource, place, folder, base)
            addresses.append(address)
            digest.update(sha256.encode())
    if not addresses:
        raise HubError(f"{recipe} is no recipe: no resource of it has `hub.{FETCH}`.")
    (folder / DESCRIPTOR).write_text(json.dumps(descriptor, ensure_ascii=False), "utf-8")
    files = {
        path.relative_to(folder).as_posix(): LockedFile("", 0)  # measured when it is taken
        for path in folder.rglob("*")
        if path.is_file()
    }
    return DownloadedPackage(
        descriptor["name"],
        str(descriptor.get("version", "")),
        str(descriptor.get("title", "")),
        read_licence(descriptor),
        addresses[0],
        digest.hexdigest(),
        descriptor,
        files,
    )


def _take_place(resource: Any) -> Mapping[str, Any] | None:
    """Return where a table is, and leave that out of its resource; None for one in the recipe."""
    described = resource.get("hub") if isinstance(resource, dict) else None
    place = described.pop(FETCH, None) if isinstance(described, dict) else None
    return place if isinstance(place, dict) else None


def _fetch_table(
    fetcher: Fetcher, resource: Mapping[str, Any], place: Mapping[str, Any], folder: Path, base: str
) -> tuple[str, str]:
    """Fetch a table to its path; return its address and its SHA-256."""
    path = str(resource.get("path"))
    fault = find_path_fault(folder, path)
    if fault is not None:
        raise HubError(f"{folder.name}: {fault.render()}")
    listed = find_listed_file(fetcher, place, base)
    stated = str(place.get("sha256") or "")
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    size = place.get("bytes")
    fetched = fetcher.fetch(
        listed.url,
        target,
        sha256=stated or listed.sha256,
        size=size if isinstance(size, int) else None,
        accept=str(place.get("accept") or "*/*"),
    )
    return listed.url, fetched.sha256
