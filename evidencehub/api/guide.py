"""What the page at /api shows: the resources, examples that run, and every refusal explained."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from typing import Any

from evidencehub.api.envelope import BASE
from evidencehub.api.openapi import build_example_url
from evidencehub.api.resources import RESOURCES
from evidencehub.domain.concepts import OBSERVATION_CONCEPTS

EXAMPLE_LANGUAGES = {"sh": "curl", "py": "Python", "R": "R", "mjs": "JavaScript"}
LOCAL_URL = "http://127.0.0.1:8001"  # where the examples look; the page puts the site's own address

PROBLEM_TEXTS: Mapping[str, str] = {
    "unknown-parameter": "The address has a parameter that is not known here. It is never "
    "ignored: the answer would not be to your question. `near` has the names that come closest.",
    "empty-parameter": "A parameter has no value. Leave it out if you do not mean it.",
    "missing-parameter": "A parameter that has to be given is not there.",
    "repeated-parameter": "A parameter that takes one value stands there more than once.",
    "too-many-values": "A parameter has more values than one answer is made for.",
    "unknown-value": "A code is not in its list. `near` has the codes that come closest.",
    "bad-value": "A value is not of the kind that is wanted here.",
    "bad-number": "A number is not one, or is out of its bounds.",
    "bad-date": "A date is none. A year, a month or a day will do.",
    "bad-address": "The address is not UTF-8, or has too many parameters.",
    "bad-host": "The Host header names no host.",
    "bad-body": "What was posted ended too soon.",
    "slow-body": "What was posted took too long to come (408).",
    "too-long": "A text is longer than a search is made for, or an address too long (414).",
    "unknown-column": "`fields`, `sort` or a condition names a column that is not there.",
    "bad-cursor": "The cursor is not one that the hub has given. Take `page.next` as it is.",
    "cursor-of-another-query": "The cursor was given for other filters or another order.",
    "cursor-outdated": "The data was published anew since the cursor was given (410). Pages of "
    "two editions do not fit together, so begin again.",
    "not-with-convert": "A filter would tear the tables apart that a conversion needs whole.",
    "too-much-to-convert": "More figures than one conversion is made for. Add filters.",
    "too-many-rows": "More figures than a spreadsheet is made of while you wait (413). The CSV has "
    "them all.",
    "not-convertible": "The figures cannot be carried over (409); every obstacle is listed.",
    "bad-json": "What was posted is no JSON object.",
    "unknown-member": "The posted object has a member that is not known.",
    "unknown-operator": "A condition has an operator that is not known.",
    "bad-condition": "A condition is not built as it must be.",
    "too-deep": "Conditions lie in each other deeper than they may.",
    "too-large": "More was posted than may be (413), or more conditions than may be.",
    "not-found": "There is nothing at this address (404).",
    "method-not-allowed": "The address does not take this method (405); `Allow` has those it does.",
    "not-acceptable": "`Accept` allows none of the forms that there are (406).",
    "changed": "The file is not the one that `If-Match` names (412).",
    "range": "The range lies outside the file (416); `Content-Range` has its length.",
    "too-many-facets": "A table's page counts at most three columns at once.",
    "contradiction": "A table's page cannot be in two orders at once.",
    "closed": "A parameter of Datasette that is not open to the public here.",
    "sql": "SQL of your own is not open to the public here (403).",
    "fault": "Something went wrong on our side (500).",
    "too-slow": "The question took too long (503). Ask for less at once, or take the files.",
    "too-busy": "Too much is asked at the same time (503). `Retry-After` says when to come back.",
}


def build_guide_context(url: str = "") -> dict[str, Any]:
    """What the page's template needs; `url` is the site's own address, where it is known."""
    return {
        "base": BASE,
        "resources": [
            {
                "name": resource.name,
                "title": resource.title,
                "example": build_example_url(resource.name),
                "filters": [
                    {"name": f.name, "description": f.description} for f in resource.filters
                ],
            }
            for resource in RESOURCES.values()
        ],
        "examples": read_examples(url),
        "problems": PROBLEM_TEXTS,
        "columns": {
            n: concept.description for n, concept in OBSERVATION_CONCEPTS.items() if n != "period"
        },
    }


def read_examples(url: str = "") -> list[dict[str, Any]]:
    """The examples in the order of their numbers: a title, and the same in every language."""
    folder = resources.files("evidencehub.api").joinpath("examples")
    examples_by_number: dict[str, dict[str, Any]] = {}
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        number, _, suffix = file.name.rpartition(".")
        if suffix not in EXAMPLE_LANGUAGES:
            continue
        title, _, code = file.read_text("utf-8").partition("\n")
        example = examples_by_number.setdefault(number, {"title": title.lstrip("#/ "), "code": {}})
        example["code"][EXAMPLE_LANGUAGES[suffix]] = code.replace(LOCAL_URL, url or LOCAL_URL)
    order = list(EXAMPLE_LANGUAGES.values())
    for example in examples_by_number.values():
        example["code"] = dict(
            sorted(example["code"].items(), key=lambda pair: order.index(pair[0]))
        )
    return list(examples_by_number.values())
