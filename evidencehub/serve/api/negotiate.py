"""Which form a client wants: by the ending of the address, else by its Accept header."""

from __future__ import annotations

from evidencehub.serve.problem import refused

ENDINGS = ("json", "csv", "ndjson", "parquet")
_MEDIA = {
    "application/json": "json",
    "text/csv": "csv",
    "application/x-ndjson": "ndjson",
    "application/ndjson": "ndjson",
    "application/vnd.apache.parquet": "parquet",
    "application/problem+json": "json",
    "text/html": "",
}
_ANY = {
    "*/*": ENDINGS,
    "application/*": ("json", "ndjson", "parquet"),
    "text/*": ("csv",),
}


def by_ending(path: str) -> tuple[str, str]:
    """The path without its ending, and the form that the ending names, empty for none."""
    stem, dot, ending = path.rpartition(".")
    return (stem, ending) if dot and ending in ENDINGS else (path, "")


def by_accept(accept: str, offered: tuple[str, ...] = ENDINGS) -> str:
    """The form that the Accept header likes best (RFC 9110, 12.5.1); JSON where it says nothing.

    Raises RefusedError (406) where it allows none that is offered.
    """
    if not accept.strip():
        return "json"
    wanted = [_read(part) for part in accept.split(",")]
    never = {form for form, _, weight in wanted if weight == 0 and form}
    best, most = "", 0.0
    for form, any_of, weight in wanted:
        first = next((one for one in (form, *any_of) if one in offered and one not in never), "")
        if first and weight > most:
            best, most = first, weight
    if not best:
        raise refused(
            406,
            "not-acceptable",
            f"None of the forms that Accept allows is here. There are {', '.join(offered)}; "
            "an ending such as .csv chooses one, too.",
            [("vary", "Accept")],
        )
    return best


def _read(part: str) -> tuple[str, tuple[str, ...], float]:
    """One part of the header: the form that it names, or the forms it allows; and its weight."""
    media, *parameters = (piece.strip().lower() for piece in part.split(";"))
    return _MEDIA.get(media, ""), _ANY.get(media, ()), _weight(parameters)


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                weight = float(parameter[2:])
            except ValueError:
                return 0.0
            return weight if 0 <= weight <= 1 else 0.0
    return 1.0
