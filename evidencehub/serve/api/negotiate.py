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
_ANY = {"*/*": "json", "application/*": "json", "text/*": "csv"}


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
    best: tuple[float, int, str] | None = None
    refused_forms = set()
    for at, part in enumerate(accept.split(",")):
        media, *parameters = (piece.strip().lower() for piece in part.split(";"))
        form = _MEDIA.get(media) or _ANY.get(media, "")
        weight = _weight(parameters)
        if weight == 0:
            refused_forms.add(_MEDIA.get(media, ""))
        elif form in offered and (best is None or weight > best[0]):
            best = (weight, at, form)
    if best is None or best[2] in refused_forms:
        raise refused(
            406,
            "not-acceptable",
            f"None of the forms that Accept allows is here. There are {', '.join(offered)}; "
            "an ending such as .csv chooses one, too.",
        )
    return best[2]


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return min(max(float(parameter[2:]), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0
