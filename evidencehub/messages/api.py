"""Why the API refuses a query: `api/`, the public code of the problem, and its kind to template."""

from __future__ import annotations

TEMPLATES = {
    "api/unknown-parameter": (
        "“{name}” is not a parameter of this resource. Available parameters: {allowed}."
    ),
    "api/unknown-parameter/any": "This address accepts no parameters.",
    "api/empty-parameter": "The parameter has no value. Give it a value or leave it out.",
    "api/missing-parameter": "This parameter is required.",
    "api/missing-parameter/condition": (
        "A condition on “{name}” that holds for every row is required."
    ),
    "api/too-many-values": "The maximum is {max_count} values. Split the request.",
    "api/not-together": "This parameter cannot be combined with “{other}”. Use one of them.",
    "api/unknown-column": (
        "“{name}” is not a column that can be used here. Available columns: {allowed}."
    ),
    "api/unknown-column/condition": (
        "“{name}” is not a column that can be queried. Available columns: {allowed}."
    ),
    "api/unknown-value": (
        "“{value}” is not a permitted value. /api/v1/{path} lists the {count} permitted values."
    ),
    "api/unknown-value/few": "“{value}” is not a permitted value. Permitted values: {values}.",
    "api/unknown-value/near": "“{value}” is not a permitted value.",
    "api/unknown-value/withdrawn": "“{value}” was withdrawn on {day}. Reason: {reason}",
    "api/unknown-value/facet": (
        "No value is published in “{value}”, which is for finding values. "
        "Use `ethnicity`, for example hub-facet:AFD."
    ),
    "api/unknown-value/resource": "“resource” must be one of {allowed}.",
    "api/unknown-value/classification": (
        "“{value}” is not a classification. Use a code from /api/v1/codes?kind=ethnicity, "
        "or {top_level} for the top-level categories of each classification."
    ),
    "api/bad-value/boolean": "The value must be true or false.",
    "api/bad-value/number": "The value must be a number.",
    "api/bad-value/percentage": "The value must be a number from 0 to 100.",
    "api/bad-value/text": "The value must be text of at most {max_chars} characters.",
    "api/bad-value/columns": "The value must be a list of column names.",
    "api/bad-value/list": "The value must be a list of 1 to {max_count} values.",
    "api/bad-value/not-text": (
        "“{operator}” can be used only with columns of text. Use eq or in for this column."
    ),
    "api/bad-value/not-within": (
        "“within” can be used only with an area or an ethnic group. Use eq or in for this column."
    ),
    "api/empty-range": (
        "No row can match: “from” ({start}) is after “to” ({end}). Correct one of them."
    ),
    "api/bad-value/null": "null can be used only with eq.",
    "api/bad-value/list-column": (
        "A column that holds a list can be used only with eq and in, which test "
        "whether the list contains a value."
    ),
    "api/bad-number": "The value must be a whole number.",
    "api/bad-number/limit": "The value must be a whole number from 1 to {maximum}.",
    "api/bad-date": (
        "“{value}” is not a valid date. Use a year (2024), a month (2024-03) or a day (2024-03-31)."
    ),
    "api/bad-date/condition": (
        "The value must be a year (2024), a month (2024-03) or a day (2024-03-31)."
    ),
    "api/too-long": "The maximum is {max_chars} characters. Shorten the text.",
    "api/bad-cursor": "This is not a cursor issued by the API. Start again without `cursor`.",
    "api/bad-cursor/type": "The value must be a cursor issued by the API.",
    "api/cursor-of-another-query": (
        "This cursor was issued for a request with different filters or a different sort order. "
        "Start again without `cursor`."
    ),
    "api/cursor-outdated": (
        "The data has been updated since this cursor was issued, so its next page "
        "no longer exists. Start again without `cursor`."
    ),
    "api/bad-json": "The body must be a JSON object: {{…}}.",
    "api/bad-json/syntax": (
        'The body must be a JSON object: {{"resource": "observations", "where": {{…}}}}.'
    ),
    "api/bad-json/doubled": "The property “{name}” is given twice in one object. Give it once.",
    "api/unknown-member": (
        "“{name}” is not a property of the query. Available properties: {allowed}."
    ),
    "api/unknown-member/resource": "“{name}” is not a property of a query of this resource.",
    "api/unknown-operator": ("“{name}” is not an operator. Available operators: {allowed}."),
    "api/bad-condition": (
        'A condition must be an object with one property: {{"eq": {{"area": "GB"}}}}.'
    ),
    "api/bad-condition/list": "The value must be a list of conditions.",
    "api/bad-condition/comparison": (
        'The condition must name one column and one value: {{"{operator}": {{"area": "GB"}}}}.'
    ),
    "api/too-deep": "The maximum depth is {max_depth} levels. Simplify the query.",
    "api/too-large/conditions": "The maximum is {max_count} conditions. Simplify the query.",
    "api/too-large/values": (
        "The maximum is {max_count} values in the whole query. Split the query."
    ),
    "api/not-with-convert": (
        "`convert` needs complete tables and cannot be combined with this filter. "
        "Remove the filter."
    ),
    "api/too-much-to-convert": (
        "This would convert {count} observations, and the maximum is {max_count}. Add filters."
    ),
    "api/not-convertible": "{reason}",
    "api/too-broad-to-convert": (
        "The request is about too many indicators and classifications to convert. "
        "Add a filter on the indicator or the dataset."
    ),
    "api/not-a-target-category": (
        "“{value}” is not a category of the target classification ({target}). "
        "With `convert`, `ethnicity` selects converted categories."
    ),
    "api/not-found": "No such resource. See {base}.",
    "api/not-found/list": "No such code list. See {base}/codes for all lists.",
    "api/not-found/item": "No such {kind}.",
    "api/not-found/format": "A single item is available as JSON only.",
    "api/method-not-allowed": "This address supports only {methods}.",
}
