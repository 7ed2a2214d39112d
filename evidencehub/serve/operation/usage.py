"""How much of what is used: by day, dataset, kind and format; never by whom.

Robots and people count alike. A HEAD counts as nothing, for nothing was read; a 304 counts apart,
for the reader had the answer already; of a download in parts only the first part counts.
"""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl


class What(NamedTuple):
    """What requests that are alike asked for and were told."""

    method: str
    path: str
    query: bytes
    status: int
    content_type: bytes = b""
    cache: bytes = b""
    part: bytes = b""


MOST = 5_000  # kinds of use that are counted within a minute
Counts = dict[tuple[str, str, str, str], list[int]]  # answers, not changed, bytes

FORMATS = {
    b"text/html": "page", b"text/csv": "csv", b"application/json": "json",
    b"application/problem+json": "json", b"application/x-ndjson": "ndjson",
    b"application/vnd.apache.parquet": "parquet", b"application/gzip": "gz",
    b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    b"text/plain": "text", b"text/markdown": "text",
}  # fmt: skip
SUFFIXES = ("csv", "json", "ndjson", "parquet", "xlsx", "ods", "md")
UNCOUNTED = ("/healthz", "/readyz", "/static/", "/-/", "/favicon.ico")

SCHEMA = """
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
ADD = """
insert into usage (day, dataset, resource, format, answers, not_changed, bytes)
values (?, ?, ?, ?, ?, ?, ?)
on conflict (day, dataset, resource, format) do update set
  answers = answers + excluded.answers,
  not_changed = not_changed + excluded.not_changed,
  bytes = bytes + excluded.bytes
"""
ALL = """
select day, dataset, resource, format, answers, not_changed, bytes
from usage
order by day, dataset, resource, format
"""


def media(content_type: bytes) -> str:
    """The short name of a media type, or the type itself."""
    bare = content_type.split(b";")[0].strip().lower()
    return FORMATS.get(bare) or bare.decode("latin-1")


@lru_cache(maxsize=4000)
def kind(path: str, query: bytes, content_type: bytes) -> tuple[str, str, str]:
    """Dataset, resource and format that a request was about; each may be empty."""
    parts = path.strip("/").split("/")
    format_ = media(content_type) if content_type else ""
    if parts[0] == "datasets" and len(parts) > 3:
        return parts[1], "download", _suffix(parts[-1]) or format_
    if parts[0] == "datasets" and len(parts) > 1:
        return parts[1].split(".")[0], "page", format_ or _suffix(path) or "page"
    if parts[:2] == ["api", "v1"] and len(parts) > 2:
        resource = parts[2].split(".")[0]
        named = parts[3] if resource == "datasets" and len(parts) > 3 else _asked(query)
        return named, f"api:{resource}", format_ or _suffix(path) or "json"
    if parts[0] == "hub" and len(parts) > 1:
        table = parts[1].split(".")[0]
        slug = table.removeprefix("dataset_").replace("_", "-") if table != "dataset" else ""
        named = slug if table.startswith("dataset_") else _asked(query)
        return named, "tables", format_ or _suffix(path) or "page"
    return "", "page", format_ or _suffix(path) or "page"


def _suffix(name: str) -> str:
    found = [part for part in name.lower().split(".")[1:] if part in SUFFIXES]
    return found[-1] if found else ""


_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,80}")


def _asked(query: bytes) -> str:
    if b"dataset" not in query:
        return ""
    asked = [v for k, v in parse_qsl(query.decode("latin-1")) if k == "dataset"]
    return asked[0] if len(asked) == 1 and _SLUG.fullmatch(asked[0]) else ""


def count(counts: Counts, day: str, what: What, number: int, size: int) -> None:
    """Add a number of requests that were alike, and their bytes, to the counts of a day."""
    if what.method != "GET" or what.path.startswith(UNCOUNTED):
        return
    if what.status not in (200, 206, 304):
        return
    if what.status == 206 and not what.part.startswith(b"bytes 0-"):
        return
    key = (day, *kind(what.path, what.query, what.content_type))
    if key not in counts and len(counts) >= MOST:
        key = (day, "", "other", "")
    sums = counts.setdefault(key, [0, 0, 0])
    sums[1 if what.status == 304 else 0] += number
    sums[2] += size


def add(file: Path, counts: Counts) -> None:
    """Add counts to what the file holds already, made if it is not there.

    Several processes may do so at once; raises sqlite3.Error where it cannot be written.
    """
    with closing(sqlite3.connect(file, timeout=10)) as db, db:
        db.execute(SCHEMA)
        db.executemany(ADD, [(*key, *sums) for key, sums in sorted(counts.items())])


def read(file: Path) -> list[tuple[Any, ...]]:
    """Everything that was counted, by day."""
    with closing(sqlite3.connect(file)) as db:
        return db.execute(ALL).fetchall()
