"""The page docs/reference/api.md, from the tables that answer and describe."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from evidencehub.api import query_tree
from evidencehub.api.conversion import INCOMPATIBLE_PARAMETERS, MAX_CONVERTED_ROWS, ORIGIN_COLUMNS
from evidencehub.api.deprecations import DEPRECATIONS
from evidencehub.api.details import DETAIL_COLUMNS
from evidencehub.api.guide import PROBLEM_TEXTS
from evidencehub.api.openapi_parameters import COMMON_PARAMETER_TEXTS
from evidencehub.api.openapi_parts import ANSWER_PARTS
from evidencehub.api.openapi_query import OPERATOR_TEXTS
from evidencehub.api.openapi_responses import ERROR_TEXTS, RESPONSE_HEADERS
from evidencehub.api.query_parameters import MAX_FILTER_VALUES
from evidencehub.api.resources import CODES_OF_LIST, POST_QUERY_RESOURCES, RESOURCES
from evidencehub.formats.format import list_formats
from evidencehub.store.resource_model import ApiResource

_HTTP_HEADERS = {
    "content-type": "media type of the format; texts are UTF-8",
    "etag": "entity tag of the answer: send it back as `if-none-match`, and 304 says that nothing has changed",
    "last-modified": "moment since which the answer has not changed: for clients without tags, as `if-modified-since`",
    "repr-digest": "SHA-256 of the whole answer, of everything but a stream (RFC 9530)",
    "accept-ranges": "`bytes` where parts may be asked for with `range`",
    "content-disposition": "name for the file, with what it has and which release",
    "cache-control": "how long the answer may be kept without asking",
    "vary": "request headers on which the answer depends",
    "content-length": "length, of everything but a stream",
    "content-encoding": "content coding that `accept-encoding` allows",
    "retry-after": "of 503: seconds after which to try again",
    "cache-tag": "what a shared cache may purge the answer by, `surrogate-key` likewise: releases and the build",
    "hub-build": "hash of the build that answers",
}
_EXAMPLE_QUERY = """\
{
  "resource": "observations",
  "where": {"and": [
    {"eq": {"family": "infant-mortality"}},
    {"or": [{"gte": {"value": 10}}, {"eq": {"value": null}}]},
    {"not": {"eq": {"ethnicity": "_T"}}}
  ]},
  "fields": ["indicator", "ethnicity_label", "value"],
  "sort": ["-value"],
  "limit": 5
}"""


def render_api() -> Iterator[str]:
    """Yield the lines of the page."""
    yield "`/openapi.json` describes the same for machines, and clients can be generated from it."
    yield "`/api` shows examples in curl, Python, R and JavaScript."
    yield "[What may change](../explanation/api-changes.md) says what you can rely on, and [the changelog](api-changelog.md) what has changed."
    yield from (
        "",
        "- [Addresses and formats](#addresses-and-formats)",
        "- [Parameters](#parameters)",
    )
    yield from ("- [Conversion](#conversion)", "- [Posted queries](#posted-queries)")
    yield from ("- [Answers](#answers)", "- [Headers](#headers)", "- [Refusals](#refusals)")
    yield from ("- [Deprecations](#deprecations)", "- [Resources](#resources)", "")
    yield from _render_addresses()
    yield from _render_parameters()
    yield from _render_conversion()
    yield from _render_posted_queries()
    yield from _render_answers()
    yield from _render_headers()
    yield from _render_refusals()
    yield from _render_deprecations()
    yield from ("## Resources", "")
    for resource in (*RESOURCES.values(), CODES_OF_LIST):
        yield from _render_resource(resource)


def _render_addresses() -> Iterator[str]:
    yield from ("## Addresses and formats", "")
    yield "A resource is a list of rows at `/api/v1/{resource}`; `/api/v1` lists the resources."
    yield "The ending of the address chooses the format, and without one the `Accept` header does."
    yield "JSON comes in pages; the other formats have all rows, unless `limit` is given."
    yield ""
    rows = [(f"`.{f.ending}`", f.title, f"`{f.media_type}`") for f in list_formats("rows")]
    metadata = ("`.csv-metadata.json`", "metadata of the CSV", "`application/csvm+json`")
    yield from _render_table(("ending", "format", "media type"), [*rows, metadata])
    yield "A single item is at `/api/v1/{resource}/{id}`, in JSON only."
    yield ""


def _render_parameters() -> Iterator[str]:
    yield from ("## Parameters", "")
    yield f"A filter may be given several times, with at most {MAX_FILTER_VALUES} values: rows with any of the values match."
    yield "Different filters must all match."
    yield "Unknown, empty and repeated parameters are refused; nothing is ignored."
    yield from (
        "",
        "These are not filters; every list accepts them, and `convert` is of observations only.",
        "",
    )
    rows = [(f"`{name}`", text) for name, text in COMMON_PARAMETER_TEXTS.items()]
    yield from _render_table(("parameter", "what it does"), rows)


def _render_conversion() -> Iterator[str]:
    yield from ("## Conversion", "")
    yield "`convert` gives observations in another classification."
    yield "It answers only if every category maps exactly or to a broader category and the values can be combined; else the answer is 409 with every obstacle."
    yield f"At most {MAX_CONVERTED_ROWS:,} observations are converted at once."
    names = ", ".join(f"`{name}`" for name in sorted(INCOMPATIBLE_PARAMETERS))
    yield f"{names} cannot be combined with it: they would take rows out of a table, so that what is suppressed would look absent."
    yield "`ethnicity` selects converted categories."
    yield "Rows have two more columns, and the answer a member `conversion`."
    yield ""
    rows = [(f"`{c.name}`", c.description) for c in ORIGIN_COLUMNS]
    yield from _render_table(("column", "what it holds"), rows)


def _render_posted_queries() -> Iterator[str]:
    yield from ("## Posted queries", "")
    names = ", ".join(f"`{name}`" for name in POST_QUERY_RESOURCES)
    yield f"`POST /api/v1/query` accepts a tree of conditions as JSON, for {names}."
    yield "A condition is an object with one member."
    yield ""
    yield from _render_table(
        ("member", "what it means"), [(f"`{n}`", text) for n, text in OPERATOR_TEXTS.items()]
    )
    yield f"Conditions may be nested {query_tree.MAX_DEPTH} deep; a query has at most {query_tree.MAX_CONDITIONS} conditions and {query_tree.MAX_TREE_VALUES:,} values."
    members = ", ".join(f"`{name}`" for name in query_tree.BODY_MEMBERS)
    yield f"The members of the body are {members}."
    yield "No address leads to the next page: put `page.cursor` into the next query as `cursor`."
    yield from ("", "<!-- query -->", "```json", _EXAMPLE_QUERY, "```", "")


def _render_answers() -> Iterator[str]:
    yield from (
        "## Answers",
        "",
        "An answer in JSON has these members beside `data`, which holds the rows.",
    )
    yield "All but `page.returned`, `page.next` and `page.cursor` are about all rows that match, whatever the page."
    yield ""
    for name in (
        "page",
        "left_out",
        "near",
        "resolved",
        "release",
        "licence",
        "comparability",
        "comparability_reason",
        "conversion",
        "search_words",
        "links",
    ):
        schema = ANSWER_PARTS[name]
        yield from (f"### `{name}`", "")
        if "description" in schema:
            yield from (schema["description"], "")
        if "properties" in schema:
            yield from _render_members(schema)
    yield "[What may be compared](comparability.md) explains each code of `comparability`."
    yield ""


def _render_members(schema: Mapping[str, Any]) -> list[str]:
    rows = [
        (f"`{name}`", _describe_type(member), member.get("description", ""))
        for name, member in schema["properties"].items()
    ]
    return _render_table(("member", "type", "what it holds"), rows)


def _describe_type(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return f"`{schema['$ref'].rpartition('/')[2]}`"
    if "enum" in schema:
        return " or ".join(f"`{value}`" for value in schema["enum"])
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if kinds[0] == "array":
        return f"list of {_describe_type(schema['items'])}"
    names = {"string": "text", "integer": "whole number", "boolean": "true or false"}
    return " or ".join(names.get(kind, kind) for kind in kinds)


def _render_headers() -> Iterator[str]:
    yield from ("## Headers", "")
    yield "Every answer with rows has these headers, in every format."
    yield "JSON has the same in `page`, `release`, `licence`, `comparability` and `conversion`."
    yield "A Parquet file has them as JSON in its key-value metadata, as `hub:release` and so on."
    yield "A CSV has a document beside it, at the same address with `.csv-metadata.json` instead of `.csv` (CSV on the Web metadata; `Link` with `rel=describedby`)."
    yield "The flat files of a release (`/datasets/<dataset>/<version>/<dataset>.csv`, `.csv.gz`, `.parquet`) have the same columns and lead to such a document, too."
    yield "In them an indicator that another dataset defines has neither title nor unit: the API knows both."
    yield ""
    rows = [(f"`{name}`", text) for name, (_, text) in RESPONSE_HEADERS.items()]
    yield from _render_table(("header", "what it says"), rows)
    yield from ("These are headers of HTTP, and of every answer.", "")
    yield from _render_table(
        ("header", "what it says"), [(f"`{n}`", text) for n, text in _HTTP_HEADERS.items()]
    )


def _render_refusals() -> Iterator[str]:
    yield from ("## Refusals", "")
    yield "A refusal is `application/problem+json` (RFC 9457) with everything that is wrong at once."
    yield ""
    yield from _render_members(ANSWER_PARTS["problem"])
    yield from ("Each of `problems` has these members; those without a value are left out.", "")
    yield from _render_members(ANSWER_PARTS["problem"]["properties"]["problems"]["items"])
    yield from _render_table(
        ("status", "what it means"), [(status, text) for status, text in ERROR_TEXTS.items()]
    )
    yield from _render_table(
        ("code", "what it means"), [(f"`{code}`", text) for code, text in PROBLEM_TEXTS.items()]
    )


def _render_deprecations() -> Iterator[str]:
    yield from ("## Deprecations", "")
    if not DEPRECATIONS:
        yield from ("Nothing is deprecated.", "")
        return
    rows = [
        (
            f"`{d.resource or 'every resource'}`",
            f"{d.kind} `{d.name}`",
            str(d.deprecated_on),
            str(d.sunset_on),
            d.replacement,
        )
        for d in DEPRECATIONS
    ]
    yield from _render_table(("resource", "what", "since", "until", "instead"), rows)


def _render_resource(resource: ApiResource) -> Iterator[str]:
    name = resource.name if resource is not CODES_OF_LIST else "codes/{list}"
    yield from (f"### `/api/v1/{name}`", "", f"{resource.title}.")
    filters = [f for f in resource.filters if resource is not CODES_OF_LIST]
    if resource.required_filter:
        yield f"`{resource.required_filter}` is required."
    if filters:
        yield from ("", "Filters:", "")
        rows = [(f"`{f.name}`", f.description) for f in filters]
        yield from _render_table(("parameter", "gives rows"), rows)
    yield from ("", "Columns:", "")
    columns = [(f"`{c.name}`", c.column_type, c.description) for c in resource.columns]
    yield from _render_table(("column", "type", "what it holds"), columns)
    if resource.item_column and resource.name in DETAIL_COLUMNS:
        yield from (f"`/api/v1/{name}/{{id}}` gives a single one, and beside its columns:", "")
        rows = [(f"`{n}`", d.description) for n, d in DETAIL_COLUMNS[resource.name].items()]
        yield from _render_table(("member", "what it holds"), rows)


def _render_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    cells = [[cell.replace("|", "\\|").replace("\n", " ") for cell in line] for line in lines]
    return ["| " + " | ".join(line) + " |" for line in cells] + [""]
