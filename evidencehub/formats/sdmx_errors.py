"""What SDMX clients read of a refusal: an error message of SDMX-ML, or of SDMX-JSON.

The codes are those of SDMX-REST (doc/status.md).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from xml.sax.saxutils import escape

from evidencehub.formats.sdmx_media_types import SyntaxName
from evidencehub.formats.sdmx_model import JSON_SCHEMA_20, Sender, build_json_meta

NO_RESULTS, TOO_LARGE, SYNTAX_ERROR, SEMANTIC_ERROR = 100, 130, 140, 150
INTERNAL_ERROR, NOT_ACCEPTABLE, UNAVAILABLE = 500, 406, 503
_TITLES = {
    NO_RESULTS: "No results found",
    TOO_LARGE: "Response too large due to client request",
    SYNTAX_ERROR: "Syntax error",
    SEMANTIC_ERROR: "Semantic error",
    INTERNAL_ERROR: "Internal server error",
    NOT_ACCEPTABLE: "Not acceptable",
    UNAVAILABLE: "Service unavailable",
}
_MESSAGE = "http://www.sdmx.org/resources/sdmxml/schemas/v2_1/message"
_COMMON = "http://www.sdmx.org/resources/sdmxml/schemas/v2_1/common"


def write_error(
    code: int, texts: Sequence[str], syntax: SyntaxName, sender: Sender
) -> tuple[str, bytes]:
    """Return the content type and the body of an error message with all its texts."""
    if syntax == "json":
        title = _TITLES.get(code, "Error")
        document = {
            "meta": build_json_meta(sender, JSON_SCHEMA_20),
            "errors": [{"code": code, "title": title, "detail": text} for text in texts],
        }
        return "application/json", json.dumps(document, ensure_ascii=False).encode()
    messages = "".join(f'<com:Text xml:lang="en">{escape(text)}</com:Text>' for text in texts)
    document_text = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<mes:Error xmlns:mes="{_MESSAGE}"'
        f' xmlns:com="{_COMMON}"><mes:ErrorMessage code="{code}">{messages}</mes:ErrorMessage>'
        "</mes:Error>\n"
    )
    return "application/xml", document_text.encode()
