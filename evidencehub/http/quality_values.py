"""Headers that list what a client accepts, each item with its weight (RFC 9110, 12.4.2)."""

from __future__ import annotations

import re
from collections.abc import Iterator

_WEIGHT_PATTERN = re.compile(r"[01](\.\d{0,3})?")


VARIANT = "variant"
_DEFAULTS = {"labels": "id", "keys": "none", "timeformat": "original"}
"""The parameters of the media type of SDMX-CSV, and for each the one value that is offered."""


def parse_media_ranges(header: str) -> Iterator[tuple[str, str, float]]:
    """Yield each media type of an Accept header with its parameter `version` and its weight.

    Where a range asks for a variant of SDMX-CSV that is not offered, its version is `VARIANT`: it
    is not acceptable to answer it with another.

    >>> list(parse_media_ranges('text/csv;q=0.5, application/xml; version="2.1"'))
    [('text/csv', '', 0.5), ('application/xml', '2.1', 1.0)]
    >>> list(parse_media_ranges("text/csv;labels=both, text/csv;labels=id"))
    [('text/csv', 'variant', 1.0), ('text/csv', '', 1.0)]
    """
    for item in header.lower().split(","):
        name, *fields = (field.strip() for field in item.split(";"))
        parameters = dict(field.partition("=")[::2] for field in fields)
        weight = parameters.get("q", "1")
        if name and _WEIGHT_PATTERN.fullmatch(weight):
            has_defaults = all(
                parameters.get(key, value) == value for key, value in _DEFAULTS.items()
            )
            version = parameters.get("version", "").strip('"') if has_defaults else VARIANT
            yield name, version, min(float(weight), 1.0)


def parse_quality_values(header: str) -> Iterator[tuple[str, float]]:
    """Yield each item in lower case with its weight, which a careless client may set above 1.

    An item whose weight is no number is left out.

    >>> list(parse_quality_values("br, GZIP;q=0.5, zstd;q=high"))
    [('br', 1.0), ('gzip', 0.5)]
    """
    for item in header.lower().split(","):
        name, *parameters = (field.strip() for field in item.split(";"))
        weight = next((p[2:] for p in parameters if p.startswith("q=")), "1")
        if name and _WEIGHT_PATTERN.fullmatch(weight):
            yield name, float(weight)
