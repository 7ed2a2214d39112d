"""What the page at /api shows: the resources, examples that run, and every refusal explained."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from typing import Any

from evidencehub.api import query_tree
from evidencehub.api.answer_links import BASE
from evidencehub.api.deprecations import DEPRECATIONS
from evidencehub.api.openapi import build_example_url
from evidencehub.api.openapi_parameters import COMMON_PARAMETER_TEXTS
from evidencehub.api.resources import POST_QUERY_RESOURCES, RESOURCES
from evidencehub.domain.concepts import OBSERVATION_CONCEPTS

EXAMPLE_LANGUAGES = {"sh": "curl", "py": "Python", "R": "R", "mjs": "JavaScript"}
LOCAL_URL = "http://127.0.0.1:8001"  # where the examples look; the page puts the site's own address

PROBLEM_TEXTS: Mapping[str, str] = {
    "unknown-parameter": (
        "Unknown parameter. Parameters are never ignored; `near` lists the closest known names."
    ),
    "empty-parameter": "A parameter has no value. Give it a value or leave it out.",
    "missing-parameter": "A required parameter is missing.",
    "repeated-parameter": "A parameter that takes one value was given more than once.",
    "too-many-values": "A parameter has more values than the API accepts.",
    "unknown-value": "A code is not in its code list. `near` lists the closest codes.",
    "bad-value": "A value has the wrong type.",
    "bad-number": "A number is not valid or is out of range.",
    "bad-date": "A date is not valid. Use a year, a month or a day.",
    "empty-range": "`from` is after `to`, so no row can match. Correct one of them.",
    "not-together": "Two parameters contradict each other. Use one of them.",
    "bad-address": "The address is not valid UTF-8 or has too many parameters.",
    "bad-host": "The Host header is missing or invalid.",
    "bad-request": "The request is not valid HTTP.",
    "long-head": "The headers of the request are too long (431).",
    "bad-version": "The version of HTTP is not supported. Use HTTP/1.1 (505).",
    "other-host": "The Host header names another site than this server's own (421).",
    "bad-body": "The request body is incomplete.",
    "slow-body": "The request body took too long to arrive (408).",
    "too-long": "The search text is too long, or the address is too long (414).",
    "unknown-column": "`fields`, `sort` or a condition names a column that does not exist.",
    "bad-cursor": "The cursor was not issued by the API. Use `page.next` unchanged.",
    "cursor-of-another-query": (
        "The cursor was issued for a request with different filters or a different sort order."
    ),
    "cursor-outdated": (
        "The data has been updated since the cursor was issued (410). "
        "Start again from the first page."
    ),
    "not-with-convert": "`convert` needs complete tables and cannot be combined with this filter.",
    "too-much-to-convert": "The request has too many observations to convert. Add filters.",
    "too-many-rows": (
        "The request has too many observations for a spreadsheet (413). Download the CSV instead."
    ),
    "not-convertible": (
        "The values cannot be converted to this classification (409). The "
        "response lists every obstacle."
    ),
    "too-broad-to-convert": (
        "The request is about too many indicators and classifications to convert. Add filters."
    ),
    "not-a-target-category": (
        "With `convert`, `ethnicity` selects converted categories, and this is none (409)."
    ),
    "bad-json": "The request body is not a JSON object.",
    "unknown-member": "The request body has an unknown property.",
    "unknown-operator": "A condition uses an unknown operator.",
    "bad-condition": "A condition is not valid.",
    "too-deep": "The conditions are nested too deeply.",
    "too-large": "The request body is too large (413), or has too many conditions.",
    "not-found": "No such resource (404).",
    "withdrawn": (
        "The item or the file was withdrawn (410). `withdrawal` gives the reason and the date."
    ),
    "method-not-allowed": (
        "The method is not allowed at this address (405). `Allow` lists the methods that are."
    ),
    "not-acceptable": "None of the formats in the `Accept` header is available (406).",
    "changed": "The file does not match the entity tag in `If-Match` (412).",
    "range": "The range is outside the file (416). `Content-Range` gives the length of the file.",
    "too-many-facets": "A table page can count rows by at most three columns at once.",
    "contradiction": "A table page can be sorted in only one order.",
    "closed": "This Datasette parameter is not available to the public.",
    "sql": "Running your own SQL is not available to the public (403).",
    "fault": "An internal error occurred (500).",
    "too-slow": "The request took too long (503). Request less data, or download the files.",
    "too-many-requests": (
        "Other requests from the same network are still being answered (429). `Retry-After` says "
        "when to try again."
    ),
    "too-busy": (
        "The concurrency limit has been reached (503). `Retry-After` says when to try again."
    ),
}


def build_guide_context(url: str = "") -> dict[str, Any]:
    """What the page's template needs; `url` is the site's own address, where it is known."""
    return {
        "base": BASE,
        "operators": ", ".join(query_tree.OPERATORS),
        "posted": ", ".join(POST_QUERY_RESOURCES),
        "resources": [
            {
                "name": resource.name,
                "title": resource.title,
                "example": build_example_url(resource.name),
                "filters": resource.filters,
            }
            for resource in RESOURCES.values()
        ],
        "examples": read_examples(url),
        "common_parameters": COMMON_PARAMETER_TEXTS,
        "deprecations": DEPRECATIONS,
        "problems": PROBLEM_TEXTS,
        "columns": {
            n: concept.description for n, concept in OBSERVATION_CONCEPTS.items() if n != "period"
        },
    }


def read_examples(url: str = "") -> list[dict[str, Any]]:
    """The examples in the order of their numbers: a title, and the same in every language."""
    folder = resources.files("evidencehub.api").joinpath("examples")
    examples: dict[str, dict[str, Any]] = {}
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        number, _, suffix = file.name.rpartition(".")
        if suffix in EXAMPLE_LANGUAGES:
            title, _, code = file.read_text("utf-8").partition("\n")
            example = examples.setdefault(number, {"title": title.lstrip("#/ "), "code": {}})
            example["code"][suffix] = code.replace(LOCAL_URL, url or LOCAL_URL)
    for example in examples.values():
        code_by_suffix = example["code"]
        example["code"] = {
            language: code_by_suffix[suffix]
            for suffix, language in EXAMPLE_LANGUAGES.items()
            if suffix in code_by_suffix
        }
    return list(examples.values())
