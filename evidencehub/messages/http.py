"""Why the server refuses a request: `http/`, the public code of the problem, and its kind."""

from __future__ import annotations

TEMPLATES = {
    "http/near": "{text} Did you mean {names}?",
    "http/too-long": "The address is too long.",
    "http/bad-host": "The Host header is missing or invalid.",
    "http/bad-request": (
        "The request is not valid HTTP. Percent-encode everything in the address that is not "
        "ASCII: M%C4%81ori for Māori."
    ),
    "http/long-head": "The headers of the request are too long.",
    "http/bad-version": "This version of HTTP is not supported. Use HTTP/1.1.",
    "http/other-host": "This server answers for another site only. Use {url}.",
    "http/bad-address": "The request has more than {max_count} parameters.",
    "http/bad-address/encoding": "The parameters are not valid UTF-8.",
    "http/bad-body": "The request body is incomplete.",
    "http/slow-body": "The request body took too long to arrive.",
    "http/too-large": "The request body is longer than {max_bytes} bytes.",
    "http/method-not-allowed": "The method “{method}” is not allowed. This site is read-only.",
    "http/not-acceptable": (
        "None of the formats in the Accept header is available. Use {formats}, "
        "or add an ending such as .{ending} to the address."
    ),
    "http/too-busy": "The concurrency limit has been reached. Try again in a few seconds.",
    "http/too-many-requests": (
        "Other requests from your network are still being answered. Wait for them, or try again in "
        "a few seconds."
    ),
    "http/too-slow": "The request took too long. Request less data at once.",
    "http/fault": "An internal error occurred.",
    "http/repeated-parameter": "“{name}” was given {count} times. Give it once.",
    "http/not-found/page": "No such page.",
    "http/not-found/dataset": "No such dataset.",
    "http/not-found/file": "No such file.",
    "http/not-found/row": "No such row.",
    "http/not-found/table": "No such table: “{name}”.",
    "http/not-found/table-or-view": "No such table or view: “{name}”.",
    "http/not-found/format": "The format “.{ending}” is not available. Use .json or .csv.",
    "http/not-found/list": "The list of tables is available as a page and as JSON only.",
    "http/withdrawn/item": "“{name}” was withdrawn on {day}. Reason: {reason}",
    "http/withdrawn/release": (
        "Version {version} of “{name}” was withdrawn on {day}, and its files were erased. "
        "Reason: {reason}"
    ),
    "http/changed": "The file does not match the entity tag in If-Match.",
    "http/range": "The file has {size} bytes, and the range is outside it.",
    "http/sql": "Running your own SQL is not available to the public.",
    "http/sql/failed": "The request could not be processed.",
    "http/closed": "The parameter “{name}” is not available to the public.",
    "http/unknown-parameter": "“{name}” is not a parameter of {page}.",
    "http/unknown-operator": "“{operator}” is not an operator.",
    "http/too-many-facets": "At most {max_count} facets can be requested at once.",
    "http/contradiction": "Use “_sort” or “_sort_desc”, not both.",
    "http/bad-value/choice": "“{name}” must be one of {choices}. The value is “{value}”.",
    "http/bad-value/column": "“{name}” must be a column of “{table}”. The value is “{value}”.",
    "http/bad-value/sort": (
        "“{name}” must be a sortable column of “{table}”. The value is “{value}”."
    ),
    "http/bad-value/count": (
        "“{name}” must be a whole number up to {maximum}, or “max”. The value is “{value}”."
    ),
    "http/bad-value/next": (
        "“{name}” must be the value given by the previous page. The value is “{value}”."
    ),
    "http/bad-value/search": (
        "“{name}” cannot be used: “{table}” has no full-text index. The value is “{value}”."
    ),
    "http/bad-value/whole": "“{name}” can be compared only with whole numbers.",
    "http/bad-value/number": (
        "“{name}” must be compared with a number, but the value is “{value}”."
    ),
}
