"""Which form a client wants: by the ending of the address, else by its Accept header."""

from __future__ import annotations

from evidencehub.http.problem_details import build_http_error

ENDINGS = ("json", "csv", "ndjson", "parquet")
_FORMAT_BY_MEDIA_TYPE = {
    "application/json": "json",
    "text/csv": "csv",
    "application/x-ndjson": "ndjson",
    "application/ndjson": "ndjson",
    "application/vnd.apache.parquet": "parquet",
    "application/problem+json": "json",
    "text/html": "",
}
_FORMATS_BY_WILDCARD = {
    "*/*": ENDINGS,
    "application/*": ("json", "ndjson", "parquet"),
    "text/*": ("csv",),
}


def split_suffix(path: str) -> tuple[str, str]:
    """The path without its ending, and the form that the ending names, empty for none."""
    path_without_suffix, dot, suffix = path.rpartition(".")
    return (path_without_suffix, suffix) if dot and suffix in ENDINGS else (path, "")


def select_format(accept: str, available: tuple[str, ...] = ENDINGS) -> str:
    """The form that the Accept header likes best (RFC 9110, 12.5.1); JSON where it says nothing.

    Raises RefusedError (406) where it allows none that is offered.
    """
    if not accept.strip():
        return "json"
    media_ranges = [_parse_media_range(media_range) for media_range in accept.split(",")]
    excluded = {
        named_format for named_format, _, quality in media_ranges if quality == 0 and named_format
    }
    best_format, best_quality = "", 0.0
    for named_format, wildcard_formats, quality in media_ranges:
        candidate = next(
            (
                name
                for name in (named_format, *wildcard_formats)
                if name in available and name not in excluded
            ),
            "",
        )
        if candidate and quality > best_quality:
            best_format, best_quality = candidate, quality
    if not best_format:
        raise build_http_error(
            406,
            "not-acceptable",
            f"None of the forms that Accept allows is here. There are {', '.join(available)}; "
            "an ending such as .csv chooses one, too.",
            [("vary", "Accept")],
        )
    return best_format


def _parse_media_range(media_range: str) -> tuple[str, tuple[str, ...], float]:
    """One part of the header: the form that it names, or the forms it allows; and its weight."""
    media, *parameters = (piece.strip().lower() for piece in media_range.split(";"))
    return (
        _FORMAT_BY_MEDIA_TYPE.get(media, ""),
        _FORMATS_BY_WILDCARD.get(media, ()),
        _parse_quality(parameters),
    )


def _parse_quality(parameters: list[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                quality = float(parameter[2:])
            except ValueError:
                return 0.0
            return quality if 0 <= quality <= 1 else 0.0
    return 1.0
