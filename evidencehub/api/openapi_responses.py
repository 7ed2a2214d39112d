"""The responses of the description: headers of rows, and refusals by status."""

from __future__ import annotations

from collections.abc import Mapping

from evidencehub.api.json_schema import JsonSchema
from evidencehub.api.openapi_parts import reference_schema
from evidencehub.http import problem_details

RESPONSE_HEADERS: Mapping[str, tuple[str, str]] = {
    "hub-total": ("integer", "number of rows in the result, whatever the page"),
    "hub-truncated": (
        "string",
        "true if more rows follow, with their address in Link (rel=next); else false",
    ),
    "hub-cursor": ("string", "cursor for the next page, for use in a POST query"),
    "hub-left-out": (
        "string",
        "number of rows that match the filters and are not in the result, and the reason",
    ),
    "hub-near": (
        "string",
        "without rows: number of rows without one filter (drop), or with another in its place",
    ),
    "hub-resolved": (
        "string",
        "for each parameter with a value that stands for several codes: how many codes each has",
    ),
    "hub-release": ("string", "releases from which the rows come, as dataset=version; at most 20"),
    "hub-release-count": ("integer", "number of releases from which the rows come"),
    "hub-licence": (
        "string",
        "licences of the datasets, what each covers (basis), and the grounds for their sources",
    ),
    "hub-comparability": (
        "string",
        "verdict on all rows of the result, subject and reason codes; absent without rows",
    ),
    "hub-conversion": (
        "string",
        "with convert: the target, the number of categories without a value, and of rows left out",
    ),
    "hub-search": (
        "string",
        "with q: its words, those corrected and those missing; percent-encoded",
    ),
    "deprecation": (
        "string",
        "only of something deprecated: since when, as @ and seconds (RFC 9745)",
    ),
    "sunset": ("string", "only of something deprecated: when it goes (RFC 8594)"),
    "link": ("string", "next page, licences, metadata (describedby) and other formats"),
}
"""The headers of every answer with rows: type and description."""
ITEM_HEADERS = ("hub-release", "hub-release-count", "hub-licence", "link")


def describe_headers() -> JsonSchema:
    return {
        name: {"description": description, "schema": {"type": header_type}}
        for name, (header_type, description) in RESPONSE_HEADERS.items()
    }


def reference_headers(*names: str) -> JsonSchema:
    """Return the headers of these names, or of every answer with rows."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names or RESPONSE_HEADERS}


def reference_errors(*statuses: str) -> JsonSchema:
    return {status: {"$ref": f"#/components/responses/{status}"} for status in statuses}


ERROR_TEXTS = {
    "400": "The request is not valid. The response lists every problem.",
    "404": "No such resource.",
    "406": "None of the formats in the Accept header is available.",
    "409": "The values cannot be converted to this classification.",
    "410": "The item was withdrawn, or the data has been updated since the cursor was issued.",
    "413": "The request body is too large.",
    "414": "The address is too long.",
    "429": "Other requests from the same network are still being answered. Retry-After says when.",
    "503": "The concurrency limit has been reached. Retry-After says when to try again.",
}


def describe_errors() -> JsonSchema:
    schema = reference_schema("problem")
    return {
        status: {"description": says, "content": {problem_details.MEDIA_TYPE: {"schema": schema}}}
        for status, says in ERROR_TEXTS.items()
    }
