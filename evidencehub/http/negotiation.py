"""The format of a response: by the ending of the address, else by the Accept header."""

from __future__ import annotations

from operator import itemgetter

from evidencehub.formats.format import iter_media_types, list_endings, list_formats
from evidencehub.http.problem_details import make_http_error
from evidencehub.http.quality_values import parse_quality_values


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
    preferences = list(parse_quality_values(accept))
    excluded = {
        _find_format(media_type) for media_type, weight in preferences if not 0 < weight <= 1
    }
    permitted = set(available) - excluded
    choices = [
        (weight, name)
        for media_range, weight in preferences
        for name in (_find_format(media_range), *_list_wildcard_formats(media_range))
        if 0 < weight <= 1 and name in permitted
    ]
    if not choices:
        vary = [("vary", "Accept")]
        raise make_http_error(406, "http/not-acceptable", vary, formats=", ".join(available))
    return max(choices, key=itemgetter(0))[1]  # of equals the first


def _find_format(media_type: str) -> str:
    return next((entry.name for name, entry in iter_media_types() if name == media_type), "")


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
