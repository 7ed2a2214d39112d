"""Names of files that are saved: what they hold and of which release, safe on every system."""

from __future__ import annotations

import re

MAX_STEM_CHARS = 120  # characters of a name without its ending
_UNSAFE_RUN = re.compile(r"[^A-Za-z0-9._-]+")


def build_file_name(*parts: str, ending: str) -> str:
    """Return a name of the parts that are not empty.

    >>> build_file_name("toy-rate", "observations", "1.1.0", ending="csv")
    'toy-rate-observations-1.1.0.csv'
    """
    stem = _UNSAFE_RUN.sub("_", "-".join(filter(None, parts)))[:MAX_STEM_CHARS]
    return f"{stem}.{_UNSAFE_RUN.sub('_', ending)}"


def name_release_file(slug: str, version: str, path: str) -> str:
    """Return the name of a file of a release; the dataset stands in it once.

    >>> name_release_file("toys", "1.0.0", "toys.csv.gz")
    'toys-1.0.0.csv.gz'
    >>> name_release_file("toys", "1.0.0", "data/sources.csv")
    'toys-1.0.0-data_sources.csv'
    """
    if path.startswith(f"{slug}."):
        return build_file_name(slug, version, ending=path.removeprefix(f"{slug}."))
    stem, _, ending = path.partition(".")
    return build_file_name(slug, version, stem, ending=ending)


def format_disposition(name: str, *, is_attachment: bool = True) -> tuple[str, str]:
    """Return the header that gives a file its name."""
    kind = "attachment" if is_attachment else "inline"
    return "content-disposition", f'{kind}; filename="{name}"'
