"""Where a package came from, by its descriptor, and whether that leads back to this hub."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from evidencehub.exchange.package_download import DownloadedPackage
from evidencehub.source.packages import DESCRIPTOR
from evidencehub.source.partners import Partner


def write_origin(
    folder: Path,
    descriptor: Mapping[str, Any],
    package: DownloadedPackage,
    partner: Partner,
    moment: str,
) -> None:
    """Write the descriptor with where the package came from; nothing else of it changes."""
    hub = dict(_get_object(descriptor, "hub"))
    origin: dict[str, Any] = {
        "partner": partner.name,
        "title": partner.title,
        "url": package.url,
        "sha256": package.sha256,
        "fetched": moment,
    }
    if earlier := _get_object(hub, "origin"):
        origin["derived_from"] = earlier
    hub["origin"] = origin
    text = json.dumps({**descriptor, "hub": hub}, ensure_ascii=False, indent=2)
    (folder / DESCRIPTOR).write_text(text + "\n", "utf-8")


def list_origins(descriptor: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield where a package was taken from, and where that was taken from, and so on."""
    origin = _get_object(_get_object(descriptor, "hub"), "origin")
    while origin:
        yield origin
        origin = _get_object(origin, "derived_from")


def find_common_home(descriptor: Mapping[str, Any], homes: Mapping[str, str]) -> str:
    """Return the name of a home that a package has been at; empty where it was at none of them.

    `homes` names hubs by the addresses where they are.
    """
    for origin in list_origins(descriptor):
        place = urlsplit(str(origin.get("url", "")))
        for address, name in homes.items():
            home = urlsplit(address)
            is_same_host = (place.scheme, place.netloc) == (home.scheme, home.netloc)
            if home.netloc and is_same_host and place.path.startswith(home.path.rstrip("/")):
                return name
    return ""


def read_taken_origin(folder: Path) -> Mapping[str, Any]:
    """Return where the package in a folder was taken from; nothing for one of the hub's own."""
    try:
        descriptor = json.loads((folder / DESCRIPTOR).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return next(list_origins(descriptor), {}) if isinstance(descriptor, dict) else {}


def _get_object(value: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    member = value.get(key)
    return member if isinstance(member, dict) else {}
