"""How much of what is used: by day, dataset, kind and format; never by whom.

Robots and people count alike. A HEAD counts as nothing, for nothing was read; a 304 counts apart,
for the reader had the answer already; of a download in parts only the first part counts.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from evidencehub.formats.format import list_endings, list_formats


class RequestKey(NamedTuple):
    """What requests that are alike asked for and were told."""

    method: str
    path: str
    query: bytes
    status: int
    content_type: bytes = b""
    cache_status: bytes = b""
    content_range: bytes = b""


MAX_USAGE_KEYS = 5_000  # kinds of use that are counted within a minute
MAX_VERB_CHARS = 20  # of a verb of OAI-PMH; a refusal has the status of an answer there
UsageCounts = dict[tuple[str, str, str, str], list[int]]  # answers, not changed, bytes

OTHER_FORMAT_NAMES = {
    "text/html": "page", "application/gzip": "gz", "text/plain": "text", "text/markdown": "text",
}  # fmt: skip
UNCOUNTED_PREFIXES = ("/healthz", "/readyz", "/static/", "/-/", "/favicon.ico")

CREATE_USAGE = """
create table if not exists usage (
  day text not null,
  dataset text not null,
  resource text not null,
  format text not null,
  answers integer not null,
  not_changed integer not null,
  bytes integer not null,
  primary key (day, dataset, resource, format)
) without rowid
"""
UPSERT_USAGE = """
insert into usage (day, dataset, resource, format, answers, not_changed, bytes)
values (?, ?, ?, ?, ?, ?, ?)
on conflict (day, dataset, resource, format) do update set
  answers = answers + excluded.answers,
  not_changed = not_changed + excluded.not_changed,
  bytes = bytes + excluded.bytes
"""
SELECT_USAGE = """
select day, dataset, resource, format, answers, not_changed, bytes
from usage
order by day, dataset, resource, format
"""


def name_format(content_type: bytes) -> str:
    """The short name of a media type, or the type itself."""
    bare = content_type.decode("latin-1").partition(";")[0].strip().lower()
    formats = (*list_formats("rows"), *list_formats("workbook"))
    names = {media_type: entry.name for entry in formats for media_type in entry.media_types}
    return (OTHER_FORMAT_NAMES | names).get(bare) or bare


@lru_cache(maxsize=4000)
def classify_request(path: str, query: bytes, content_type: bytes) -> tuple[str, str, str]:
    """Dataset, resource and format that a request was about; each may be empty."""
    segments = path.strip("/").split("/")
    if protocol_resource := _name_protocol_resource(segments, query):
        return "", protocol_resource, name_format(content_type)
    format_name = name_format(content_type)
    match segments:
        case ["datasets", slug, _, _, *_]:
            return slug, "download", _find_suffix(segments[-1]) or format_name
        case ["datasets", page, *_]:
            dataset, resource, default_format = _strip_ending(page), "page", "page"
        case ["api", "v1", "datasets", slug, *_]:
            dataset, resource, default_format = slug, "api:datasets", "json"
        case ["api", "v1", name, *_]:
            dataset, resource = _find_dataset_param(query), f"api:{_strip_ending(name)}"
            default_format = "json"
        case ["hub", table, *_] if table.startswith("dataset_"):
            slug = _strip_ending(table).removeprefix("dataset_").replace("_", "-")
            dataset, resource, default_format = slug, "tables", "page"
        case ["hub", _, *_]:
            dataset, resource, default_format = _find_dataset_param(query), "tables", "page"
        case _:
            dataset, resource, default_format = "", "page", "page"
    return dataset, resource, format_name or _find_suffix(path) or default_format


def _name_protocol_resource(segments: Sequence[str], query: bytes) -> str:
    """Return the resource of an address of a protocol; empty for any other address.

    >>> _name_protocol_resource(["api", "3", "action", "package_list"], b"")
    'ckan:package_list'
    """
    match segments:
        case ["sdmx", *_]:
            return _name_sdmx_resource(segments)
        case ["odata", *sets]:
            return f"odata:{sets[0] if sets else ''}"
        case ["api", "action", name] | ["api", "1" | "2" | "3", "action", name]:
            return f"ckan:{name}"
        case ["oai"]:
            verb = dict(parse_qsl(query.decode("latin-1"))).get("verb", "")
            return f"oai:{verb if verb.isalpha() and len(verb) <= MAX_VERB_CHARS else ''}"
        case _:
            return ""


def _name_sdmx_resource(segments: Sequence[str]) -> str:
    """Return the resource of an address of SDMX: what follows the version; JSON-stat has none.

    >>> _name_sdmx_resource(["sdmx", "v1", "data", "x"]), _name_sdmx_resource(["sdmx", "jsonstat"])
    ('sdmx:data', 'sdmx:jsonstat')
    """
    _, base, *rest = [*segments, ""]
    return f"sdmx:{base if base == 'jsonstat' else rest[0]}"


def _strip_ending(name: str) -> str:
    return name.partition(".")[0]


def _find_suffix(name: str) -> str:
    counted = {*list_endings("rows"), *list_endings("workbook"), "md"}
    suffixes = [extension for extension in name.lower().split(".")[1:] if extension in counted]
    return suffixes[-1] if suffixes else ""


_SLUG_PATTERN = re.compile(r"[a-z0-9][a-z0-9-]{0,80}")


def _find_dataset_param(query: bytes) -> str:
    if b"dataset" not in query:
        return ""
    datasets = [v for k, v in parse_qsl(query.decode("latin-1")) if k == "dataset"]
    return datasets[0] if len(datasets) == 1 and _SLUG_PATTERN.fullmatch(datasets[0]) else ""


def add_requests(
    counts: UsageCounts, day: str, request_key: RequestKey, request_count: int, byte_count: int
) -> None:
    """Add a number of requests that were alike, and their bytes, to the counts of a day."""
    if request_key.method != "GET" or request_key.path.startswith(UNCOUNTED_PREFIXES):
        return
    if request_key.status not in (200, 206, 304):
        return
    if request_key.status == 206 and not request_key.content_range.startswith(b"bytes 0-"):
        return
    key = (day, *classify_request(request_key.path, request_key.query, request_key.content_type))
    if key not in counts and len(counts) >= MAX_USAGE_KEYS:
        key = (day, "", "other", "")
    totals = counts.setdefault(key, [0, 0, 0])
    totals[1 if request_key.status == 304 else 0] += request_count
    totals[2] += byte_count


def save_counts(file: Path, counts: UsageCounts) -> None:
    """Add counts to what the file holds already, made if it is not there.

    Several processes may do so at once; raises sqlite3.Error where it cannot be written.
    """
    with closing(sqlite3.connect(file, timeout=10)) as db, db:
        db.execute(CREATE_USAGE)
        db.executemany(UPSERT_USAGE, [(*key, *totals) for key, totals in sorted(counts.items())])


def read_usage(file: Path) -> list[tuple[Any, ...]]:
    """Everything that was counted, by day."""
    with closing(sqlite3.connect(file)) as db:
        return db.execute(SELECT_USAGE).fetchall()
