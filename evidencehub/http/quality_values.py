"""Headers that list what a client accepts, each item with its weight (RFC 9110, 12.4.2)."""

from __future__ import annotations

import re
from collections.abc import Iterator

_WEIGHT_PATTERN = re.compile(r"[01](\.\d{0,3})?")


def parse_media_ranges(header: str) -> Iterator[tuple[str, str, float]]:
    """Yield each media type of an Accept header with its parameter `version` and its weight.

    >>> list(parse_media_ranges('text/csv;q=0.5, application/xml; version="2.1"'))
    [('text/csv', '', 0.5), ('application/xml', '2.1', 1.0)]
    """
    for item in header.lower().split(","):
        name, *fields = (field.strip() for field in item.split(";"))
        parameters = dict(field.partition("=")[::2] for field in fields)
        weight = parameters.get("q", "1")
        if name and _WEIGHT_PATTERN.fullmatch(weight):
            yield name, parameters.get("version", "").strip('"'), min(float(weight), 1.0)


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
