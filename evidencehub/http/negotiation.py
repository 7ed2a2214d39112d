"""The format of a response: by the ending of the address, else by the Accept header."""

from __future__ import annotations

from operator import itemgetter

from evidencehub.formats.format import FormatUse, iter_media_types, list_endings, list_formats
from evidencehub.http.problem_details import make_http_error
from evidencehub.http.quality_values import parse_quality_values


def split_suffix(path: str) -> tuple[str, str]:
    """The path without its ending, and the form that the ending names, empty for none."""
    path_without_suffix, dot, suffix = path.rpartition(".")
    return (path_without_suffix, suffix) if dot and suffix in list_endings("rows") else (path, "")


def select_format(accept: str, available: tuple[str, ...] = (), use: FormatUse = "rows") -> str:
    """Return the format that the Accept header likes best (RFC 9110, 12.5.1), the first if empty.

    `available` names the formats that are offered, all of those for `use` where it is empty.
    Raise HttpError (406) where the header allows none of them.
    """
    available = available or tuple(entry.name for entry in list_formats(use))
    if not accept.strip():
        return available[0]
    choices = _list_choices(accept, available, use)
    if not choices:
        vary = [("vary", "Accept")]
        params = {"formats": ", ".join(available), "ending": list_endings(use)[1]}
        raise make_http_error(406, "http/not-acceptable", vary, **params)
    return max(choices, key=itemgetter(0))[1]  # of equals the first


def _list_choices(
    accept: str, available: tuple[str, ...], use: FormatUse
) -> list[tuple[float, str]]:
    """Return the formats that a header allows, each with its weight, in the order of the header."""
    preferences = list(parse_quality_values(accept))
    excluded = {
        _find_format(media_type, use) for media_type, weight in preferences if not 0 < weight <= 1
    }
    permitted = set(available) - excluded
    return [
        (weight, name)
        for media_range, weight in preferences
        for name in (_find_format(media_range, use), *_list_wildcard_formats(media_range, use))
        if 0 < weight <= 1 and name in permitted
    ]


def _find_format(media_type: str, use: FormatUse) -> str:
    return next((entry.name for name, entry in iter_media_types(use) if name == media_type), "")


def _list_wildcard_formats(media: str, use: FormatUse) -> tuple[str, ...]:
    """The formats that `*/*`, `application/*` and the like allow."""
    main_type, _, subtype = media.partition("/")
    if subtype != "*":
        return ()
    return tuple(
        entry.name
        for entry in list_formats(use)
        if main_type in ("*", entry.media_type.partition("/")[0])
    )
