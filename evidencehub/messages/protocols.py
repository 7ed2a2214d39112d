"""Why a request of a protocol of catalogues (the Action API of CKAN, OAI-PMH) is refused."""

from __future__ import annotations

TEMPLATES = {
    "oai/bad-verb": "The request needs one “verb”. Use {verbs}.",
    "oai/bad-argument": "“{name}” is no argument of this verb, or stands twice. Use {allowed}.",
    "oai/bad-argument/token": "“resumptionToken” stands alone: leave out the other arguments.",
    "oai/bad-argument/missing": "An argument of {verb} is missing. Give “{name}”.",
    "oai/bad-argument/moment": (
        "“{value}” is no moment for “{name}”. Use 2026-01-31 or 2026-01-31T00:00:00Z."
    ),
    "oai/bad-argument/granularity": (
        "“from” and “until” differ in form. Give both as days, or both as moments."
    ),
    "oai/bad-argument/range": "“from” is after “until”. Swap them.",
    "oai/bad-token": "This token is none of this list. Ask for the list again, without a token.",
    "oai/no-record": "No record has the identifier “{name}”.",
    "oai/no-format": "There is no format “{name}”. Use {formats}.",
    "oai/no-match": "No records match. Ask for more days, or for another set of ListSets.",
    "ckan/not-found": "No {kind} has the id or name “{name}”.",
    "ckan/not-found/withdrawn": "“{name}” is not published any more. {versions}",
    "ckan/not-found/table": (
        "“{name}” is a file and cannot be searched. Use the resource “observations” of its package."
    ),
    "ckan/closed": "Access denied: {action} changes data, and this hub is only read.",
    "ckan/unknown-action": "Action name not known: {name}. Use {allowed}.",
    "ckan/bad-json": "The body is not a JSON object in which each name stands once.",
    "ckan/unknown-parameter": "“{name}” is not a parameter of {action} here. Use {allowed}.",
    "ckan/unknown-parameter/none": "“{name}” is not a parameter of {action}: it has none here.",
    "ckan/missing-parameter": "A value is missing. Give “{name}”.",
    "ckan/bad-value": "“{value}” is not a value of “{name}”. Use {choices}.",
    "ckan/bad-value/integer": "“{value}” is not a value of “{name}”. Use 0 to {maximum}.",
    "ckan/bad-value/text": "“{name}” takes one text.",
    "ckan/bad-value/texts": "“{name}” takes a list of texts.",
    "ckan/bad-value/object": "“{name}” takes an object of columns, each with a value or a list.",
    "ckan/bad-value/column": "“{value}” is not a column for “{name}”. Use {choices}.",
    "ckan/bad-value/count": "“{value}” of “{name}” has no values or too many. Use 1 to {maximum}.",
    "ckan/bad-value/cell": "“{value}” is not a value of the column “{name}”.",
    "ckan/bad-query": (
        "“{text}” is not understood in “{name}”. Use words, field:value, field:(a OR b) and "
        "field:[from TO until]."
    ),
    "ckan/bad-query/field": "“{field}” is not a field of “{name}”. Use {choices}.",
    "ckan/bad-query/range": (
        "“{text}” is not a range of “{name}”. Use [2026-01-31T00:00:00Z TO *] with "
        "metadata_modified or metadata_created."
    ),
}
