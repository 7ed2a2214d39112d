"""The format of a response: by the ending of the address, else by the Accept header."""

from __future__ import annotations

from evidencehub.formats.format import iter_media_types, list_endings, list_formats
from evidencehub.http.problem_details import make_http_error


def split_suffix(path: str) -> tuple[str, str]:
    """The path without its ending, and the form that the ending names, empty for none."""
    path_without_suffix, dot, suffix = path.rpartition(".")
    return (path_without_suffix, suffix) if dot and suffix in list_endings("rows") else (path, "")


def select_format(accept: str, available: tuple[str, ...] = ()) -> str:
    """Return the format that the Accept header likes best (RFC 9110, 12.5.1), JSON if it is empty.

    `available` names the formats that are offered, all of the API's where it is empty.
    Raise HttpError (406) where the header allows none of them.
    """
    available = available or list_endings("rows")
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
        vary = [("vary", "Accept")]
        raise make_http_error(406, "http/not-acceptable", vary, formats=", ".join(available))
    return best_format


def _parse_media_range(media_range: str) -> tuple[str, tuple[str, ...], float]:
    """One part of the header: the form that it names, or the forms it allows; and its weight."""
    media, *parameters = (piece.strip().lower() for piece in media_range.split(";"))
    named_format = next((entry.name for name, entry in iter_media_types() if name == media), "")
    return named_format, _list_wildcard_formats(media), _parse_quality(parameters)


def _list_wildcard_formats(media: str) -> tuple[str, ...]:
    """The formats that `*/*`, `application/*` and the like allow."""
    main_type, _, subtype = media.partition("/")
    if subtype != "*":
        return ()
    return tuple(
        entry.name
        for entry in list_formats("rows")
        if main_type in ("*", entry.media_type.partition("/")[0])
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
