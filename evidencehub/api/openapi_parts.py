"""The schemas of what goes with rows, and of refusals: the same for every resource."""

from __future__ import annotations

from evidencehub.api.json_schema import (
    JsonSchema,
    allow_null,
    describe_array,
    describe_as,
    describe_object,
)


def reference_schema(name: str) -> JsonSchema:
    return {"$ref": f"#/components/schemas/{name}"}


_TEXT, _INTEGER = {"type": "string"}, {"type": "integer"}
_NULLABLE_TEXT = allow_null(_TEXT)
_PAGE_SCHEMA = describe_as(
    "Which part of all rows this is.",
    describe_object(
        "total returned truncated limit next cursor left_out near",
        total=describe_as("total number of rows in the result", _INTEGER),
        returned=describe_as("number of rows on this page", _INTEGER),
        truncated={"type": "boolean", "description": "true if more rows follow"},
        limit=describe_as("largest number of rows of a page", allow_null(_INTEGER)),
        next=describe_as("address of the next page; null on the last", _NULLABLE_TEXT),
        cursor=describe_as("cursor for the next page, for use in a POST query", _NULLABLE_TEXT),
        left_out=describe_as(
            "rows that match the filters and are not in the result, with the reason",
            describe_array(reference_schema("left_out")),
        ),
        near=describe_as(
            "without rows: filters to drop or to replace, with the rows that match then",
            describe_array(reference_schema("near")),
        ),
    ),
)
_LEFT_OUT_SCHEMA = describe_object(
    "code rows text",
    code=describe_as("why, as a code", _TEXT),
    rows=describe_as("how many", _INTEGER),
    text=describe_as("why, in words", _TEXT),
)
_NEAR_SCHEMA = describe_object(
    "drop use rows text",
    drop=describe_as("the parameter to drop", _TEXT),
    use=describe_as("the parameter and value to use in its place, if any", _NULLABLE_TEXT),
    rows=describe_as("number of rows that match then; counted up to 10,000", _INTEGER),
    text=describe_as("the same in words", _TEXT),
)
_RESOLVED_SCHEMA = {
    "type": "object",
    "description": "By parameter and value, the codes that a value of several codes stands for.",
    "additionalProperties": {"type": "object", "additionalProperties": describe_array(_TEXT)},
}
_ORIGIN_SCHEMA = describe_object(
    "partner title url fetched",
    partner=describe_as("name of the partner, as the filter `origin` has it", _TEXT),
    title=describe_as("title of the partner", _NULLABLE_TEXT),
    url=describe_as("address of the descriptor that was taken", _NULLABLE_TEXT),
    fetched=describe_as("when it was taken", _NULLABLE_TEXT),
)
_RELEASE_SCHEMA = describe_as(
    "A release of a dataset from which rows come: cite it.",
    describe_object(
        "dataset title version date attribution governance origin",
        dataset=describe_as("id of the dataset", _TEXT),
        title=describe_as("title of the dataset", _TEXT),
        version=describe_as("version of the release", _TEXT),
        date=describe_as("date of the release", _TEXT),
        attribution=describe_as("text to print where the rows are used", _TEXT),
        governance=describe_as(
            "for data about a people or lived experience: authority, protocol, consent, reuse",
            _NULLABLE_TEXT,
        ),
        origin=describe_as(
            "the partner that the dataset was taken from; null for the hub's own",
            allow_null(_ORIGIN_SCHEMA),
        ),
    ),
)
_SOURCE_SCHEMA = describe_object(
    "dataset source terms url attribution basis",
    **dict.fromkeys(("dataset", "source", "attribution", "basis"), _TEXT),
    **dict.fromkeys(("terms", "url"), _NULLABLE_TEXT),
)
_LICENCE_SCHEMA = describe_as(
    "Terms on which rows may be used.",
    describe_object(
        "id url datasets basis sources",
        id=describe_as("SPDX or Open Definition id", _TEXT),
        url=describe_as("web address of its text", _NULLABLE_TEXT),
        datasets=describe_as("the datasets under this licence", describe_array(_TEXT)),
        basis=describe_as("hub-text: not the values of the sources", _TEXT),
        sources=describe_as("sources of the values", describe_array(_SOURCE_SCHEMA)),
    ),
)
_REASON_SCHEMA = describe_object(
    "verdict code text concerns",
    verdict={"type": "string", "enum": ["caution", "refuse"]},
    code=describe_as("the reason, as a code", _TEXT),
    text=describe_as("the reason, in words", _TEXT),
    concerns=describe_as("ids of the indicators that it is about", describe_array(_TEXT)),
)
_COMPARABILITY_SCHEMA = {
    **describe_object(
        "verdict subject reasons",
        verdict={"type": "string", "enum": ["ok", "caution", "refuse"]},
        subject={
            **_TEXT,
            "x-extensible-enum": ["values", "gaps"],
            "description": "what is compared: values of groups, or gaps between groups",
        },
        reasons=describe_array(reference_schema("comparability_reason")),
    ),
    "description": "Whether the rows of the whole result, whatever its pages, can be compared "
    "with each other.",
}
_CONVERSION_SCHEMA = describe_as(
    "Only with `convert`: how the values were converted.",
    describe_object(
        "to caveats gaps left_out",
        to=describe_as("the target classification", _TEXT),
        caveats=describe_as("what is to be kept in mind", describe_array(_TEXT)),
        gaps=describe_as(
            "categories that could not be made, with the reason",
            describe_array({"type": "object", "additionalProperties": _NULLABLE_TEXT}),
        ),
        left_out={
            "type": "object",
            "additionalProperties": _INTEGER,
            "description": "number of rows that went into no category, by reason",
        },
    ),
)
_WORD_LISTS_SCHEMA = {"type": "object", "additionalProperties": describe_array(_TEXT)}
_SEARCH_SCHEMA = describe_as(
    "With q: how its words were read.",
    describe_object(
        "words corrections synonyms missing_words is_partial",
        words=describe_as("the words that were searched for", describe_array(_TEXT)),
        corrections=describe_as(
            "for each word that nothing has, those it may misspell", _WORD_LISTS_SCHEMA
        ),
        synonyms=describe_as(
            "for each word, the words of the hub that were searched for too", _WORD_LISTS_SCHEMA
        ),
        missing_words=describe_as("the words that no evidence is about", describe_array(_TEXT)),
        is_partial=describe_as(
            "whether there is evidence on each of the words, and none on all", {"type": "boolean"}
        ),
    ),
)
_LINKS_SCHEMA = {
    "type": "object",
    "additionalProperties": _TEXT,
    "description": "Addresses: self, first, next, the other formats by their endings, and page, "
    "where a person can read the same.",
}
_PROBLEM_DETAIL_SCHEMA = describe_object(
    "code message",
    code=describe_as("what is wrong, as a stable code", _TEXT),
    message=describe_as("what is wrong and what to do", _TEXT),
    parameter=describe_as("the parameter, or a JSON pointer into the request body", _TEXT),
    near=describe_as("the closest permitted values or names", describe_array(_TEXT)),
)
_PROBLEM_SCHEMA = describe_as(
    "Why a request was refused (RFC 9457), with everything that is wrong at once.",
    describe_object(
        "type title status detail problems",
        type=describe_as("where the first problem is explained", _TEXT),
        title=describe_as("name of the status", _TEXT),
        status=describe_as("status of the response", _INTEGER),
        detail=describe_as("what is wrong, in short", _TEXT),
        problems=describe_array(_PROBLEM_DETAIL_SCHEMA),
        withdrawal=describe_as(
            "of 410: what was withdrawn, why and when",
            describe_object(
                "dataset version reason withdrawn_on disclosure",
                dataset=_TEXT,
                version=_TEXT,
                reason=_TEXT,
                withdrawn_on={"type": "string", "format": "date"},
                disclosure={"type": "boolean"},
            ),
        ),
    ),
)
_INDEX_SCHEMA = describe_object(
    "title resources links",
    title=_TEXT,
    resources=describe_array(describe_object("name title url", name=_TEXT, title=_TEXT, url=_TEXT)),
    links=_LINKS_SCHEMA,
)
ANSWER_PARTS: JsonSchema = {
    "page": _PAGE_SCHEMA,
    "left_out": _LEFT_OUT_SCHEMA,
    "near": _NEAR_SCHEMA,
    "resolved": _RESOLVED_SCHEMA,
    "release": _RELEASE_SCHEMA,
    "licence": _LICENCE_SCHEMA,
    "comparability": _COMPARABILITY_SCHEMA,
    "comparability_reason": _REASON_SCHEMA,
    "conversion": _CONVERSION_SCHEMA,
    "search_words": _SEARCH_SCHEMA,
    "links": _LINKS_SCHEMA,
    "problem": _PROBLEM_SCHEMA,
    "index": _INDEX_SCHEMA,
    "csv_metadata": {
        "type": "object",
        "additionalProperties": True,
        "description": "Columns, releases, licences and comparability of the CSV: W3C Metadata "
        "Vocabulary for Tabular Data.",
    },
}
"""What goes with rows, and what a refusal is made of, by the names of their schemas."""
