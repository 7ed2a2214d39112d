"""The formats of SDMX: their media types with versions, and which one a client likes best.

The media types are those of the REST interface (SDMX-REST 2.2.2); a version is a parameter.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import Literal

MessageKind = Literal["data", "structure"]
SyntaxName = Literal["xml", "json", "csv"]
MediaRange = tuple[str, str, float]
"""A media type of an Accept header, its parameter `version`, and its weight."""
_SDMX = "application/vnd.sdmx."
UNKNOWN_RANGE = "application/x-unknown"


@dataclass(frozen=True, slots=True)
class SdmxFormat:
    """A format of one kind of message. `bases` are the versions of the interface that offer it.

    `aliases` are media types without a version that stand for it, too.
    """

    name: str
    kind: MessageKind
    syntax: SyntaxName
    media_type: str
    version: str
    bases: tuple[str, ...]
    aliases: tuple[str, ...] = ()

    @property
    def content_type(self) -> str:
        """The header of a response."""
        return f"{self.media_type};version={self.version}"


_XML = ("application/xml", "text/xml")
_V1, _V2 = ("v1",), ("v2",)
_BOTH = ("v1", "v2")
SDMX_FORMATS: tuple[SdmxFormat, ...] = (
    SdmxFormat("generic-2.1", "data", "xml", f"{_SDMX}genericdata+xml", "2.1", _V1, _XML),
    SdmxFormat("ml-3.0", "data", "xml", f"{_SDMX}data+xml", "3.0.0", _V2, _XML),
    SdmxFormat("specific-2.1", "data", "xml", f"{_SDMX}structurespecificdata+xml", "2.1", _V1),
    SdmxFormat("csv-1.0", "data", "csv", f"{_SDMX}data+csv", "1.0.0", _BOTH, ("text/csv",)),
    SdmxFormat("csv-2.0", "data", "csv", f"{_SDMX}data+csv", "2.0.0", _V2, ("text/csv",)),
    SdmxFormat("json-1.0", "data", "json", f"{_SDMX}data+json", "1.0.0", _V1,
               ("application/json",)),
    SdmxFormat("json-1.0-wd", "data", "json", f"{_SDMX}data+json", "1.0.0-wd", _V1),
    SdmxFormat("json-2.0", "data", "json", f"{_SDMX}data+json", "2.0.0", _V2,
               ("application/json",)),
    SdmxFormat("structure-2.1", "structure", "xml", f"{_SDMX}structure+xml", "2.1", _V1, _XML),
    SdmxFormat("structure-3.0", "structure", "xml", f"{_SDMX}structure+xml", "3.0.0", _V2, _XML),
    SdmxFormat("structure-json-2.0", "structure", "json", f"{_SDMX}structure+json", "2.0.0", _V2,
               ("application/json",)),
)  # fmt: skip
"""Every format; the first of a kind on a base is its default, the last of a version the newest."""
_KNOWN_TYPES = {
    *(item.media_type for item in SDMX_FORMATS),
    *(alias for item in SDMX_FORMATS for alias in item.aliases),
    *("*/*", "application/*", "text/*"),
}
_KNOWN_VERSIONS = {"", *(item.version for item in SDMX_FORMATS)}


def list_formats(kind: MessageKind, base: str) -> list[SdmxFormat]:
    """Return the formats of one kind of message on a base, the default first."""
    return [item for item in SDMX_FORMATS if item.kind == kind and base in item.bases]


def select_format(ranges: Iterable[MediaRange], kind: MessageKind, base: str) -> SdmxFormat | None:
    """Return the format that an Accept header likes best, None if it allows none.

    Without a version the newest is meant, and of a wildcard the default (RFC 9110, 12.5.1).
    """
    offered = list_formats(kind, base)
    choices: list[tuple[float, SdmxFormat]] = []
    for name, version, weight in list(ranges) or [("*/*", "", 1.0)]:
        matches = [item for item in offered if weight > 0 and _matches(item, name, version)]
        is_vendor_type = not version and name.startswith(_SDMX)
        choices += [(weight, item) for item in (matches[-1:] if is_vendor_type else matches[:1])]
    return max(choices, key=itemgetter(0))[1] if choices else None  # of equals the first


def _matches(item: SdmxFormat, name: str, version: str) -> bool:
    main_type, _, subtype = name.partition("/")
    if subtype == "*":
        types = [item.media_type, *item.aliases]
        return main_type == "*" or any(t.startswith(f"{main_type}/") for t in types)
    if name in item.aliases:
        return version in ("", item.version)
    is_draft = "-" in item.version
    has_version = version == item.version or (not version and not is_draft)
    return name == item.media_type and has_version


def normalise_ranges(ranges: Iterable[MediaRange]) -> list[MediaRange]:
    """Return the ranges with what is unknown to the hub under one name: few headers differ."""
    ranges_by_name = [
        (name if name in _KNOWN_TYPES else UNKNOWN_RANGE, _normalise_version(version), weight)
        for name, version, weight in ranges
    ]
    return [
        (name if version is not None else UNKNOWN_RANGE, version or "", weight)
        for name, version, weight in ranges_by_name
    ]


def _normalise_version(version: str) -> str | None:
    return version if version in _KNOWN_VERSIONS else None


@lru_cache(maxsize=8)
def describe_formats(kind: MessageKind, base: str) -> str:
    """Return the media types that a base offers for one kind of message, for a refusal."""
    return ", ".join(item.content_type for item in list_formats(kind, base))


def find_error_syntax(ranges: Sequence[MediaRange]) -> SyntaxName:
    """Return the syntax in which a client reads an error: JSON where it asks for JSON, else XML."""
    asks_for_json = any("json" in name for name, _, weight in ranges if weight > 0)
    return "json" if asks_for_json else "xml"
