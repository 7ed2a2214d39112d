"""Where a table of a recipe is: at an address, or where a catalogue of another kind lists it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode, urljoin

from evidencehub.errors import HubError
from evidencehub.exchange.fetching import Fetcher
from evidencehub.formats.dcat_reader import ListedFile, UnreadableGraphError, list_distributions

MAX_ENTRY_BYTES = 50_000_000
_GRAPH_TYPES = "text/turtle, application/rdf+xml;q=0.8, application/ld+json;q=0.6"


def find_listed_file(fetcher: Fetcher, place: Mapping[str, Any], base: str) -> ListedFile:
    """Return the file that the `fetch` object of a recipe's resource means.

    It has `url` for a file (relative to the partner's address `base`, or whole), or `dcat` or
    `ckan` (the address of a catalogue, or of a portal) with `dataset`, and `file`: how the address
    of one of its files ends. Raise HubError where there is no such file, or more than one.
    """
    if "url" in place:
        return ListedFile(urljoin(base, str(place["url"])))
    for key, read in (("dcat", _read_dcat), ("ckan", _read_ckan)):
        if key in place:
            return _choose(read(fetcher, str(place[key]), str(place.get("dataset"))), place)
    raise HubError(
        "`fetch` must have `url`, `dcat` or `ckan`. See docs/how-to/take-from-partners.md."
    )


def _choose(files: Sequence[ListedFile], place: Mapping[str, Any]) -> ListedFile:
    ending = str(place.get("file", ""))
    matches = [file for file in files if file.url.endswith(ending)]
    if len(matches) != 1:
        listed = ", ".join(file.url.rpartition("/")[2] for file in files[:10]) or "none"
        raise HubError(
            f"Dataset {place.get('dataset')} has {len(matches)} files that end in “{ending}”. "
            f"It lists: {listed}."
        )
    return matches[0]


def _read_dcat(fetcher: Fetcher, url: str, dataset: str) -> list[ListedFile]:
    data, fetched = fetcher.fetch_bytes(url, limit=MAX_ENTRY_BYTES, accept=_GRAPH_TYPES)
    try:
        return list_distributions(data, fetched.content_type, fetched.url, dataset)
    except UnreadableGraphError as error:
        raise HubError(f"{url} is no catalogue in DCAT that can be read ({error}).") from None


def _read_ckan(fetcher: Fetcher, url: str, dataset: str) -> list[ListedFile]:
    query = urlencode({"id": dataset})
    place = urljoin(url.rstrip("/") + "/", f"api/3/action/package_show?{query}")
    data, _ = fetcher.fetch_bytes(place, limit=MAX_ENTRY_BYTES, accept="application/json")
    try:
        resources = json.loads(data)["result"]["resources"]
        return [
            ListedFile(str(entry["url"]), str(entry.get("mimetype") or ""), _read_hash(entry))
            for entry in resources
        ]
    except (ValueError, KeyError, TypeError):
        raise HubError(f"{place} is no answer of CKAN. Correct the address.") from None


def _read_hash(entry: Mapping[str, Any]) -> str:
    """Return the SHA-256 of an entry; CKAN does not say which digest its `hash` is."""
    text = str(entry.get("hash") or "").removeprefix("sha256:")
    is_sha256 = len(text) == 64 and not set(text) - set("0123456789abcdef")
    return text if is_sha256 else ""
