"""Code lists for programs: linked data (SKOS), a table of mappings (SSSOM), and CSV."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Callable, Mapping

from evidencehub.domain.page_addresses import build_path, keep_web_url
from evidencehub.formats import skos, sssom
from evidencehub.http.file_names import build_file_name
from evidencehub.store.code_schemes import (
    MappingRow,
    SchemeCodeRow,
    select_mappings,
    select_scheme_codes,
)
from evidencehub.store.codes import CodeListDetailRow, select_code_list
from evidencehub.web.page_request import Document, PageRequest, require_row

NO_MATCH = "noMatch"
CSV_COLUMNS = (
    "code", "label", "short_label", "language", "parent", "level", "definition", "note",
    "valid_from", "valid_to", "successor", "aliases",
)  # fmt: skip


def build_document(request: PageRequest) -> Document:
    """Return a code list in the format that the address ends with; raise HttpError (404)."""
    name = request.path_params["id"]
    code_list = require_row(select_code_list(request.db, name), "code list")
    ending = request.path_params["ending"]
    media_type, write = DOCUMENTS[ending]
    body = write(request, code_list)
    return Document(media_type, body, build_file_name(name, ending=ending))


def _write_turtle(request: PageRequest, code_list: CodeListDetailRow) -> bytes:
    return skos.write_skos(_build_scheme(request, code_list), "ttl")


def _write_json_ld(request: PageRequest, code_list: CodeListDetailRow) -> bytes:
    return skos.write_skos(_build_scheme(request, code_list), "jsonld")


def _build_scheme(request: PageRequest, code_list: CodeListDetailRow) -> skos.SkosScheme:
    mappings: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in select_mappings(request.db, code_list.list):
        if row.to_code is not None:
            target = _build_code_url(request, row.to_scheme, row.to_code)
            mappings[row.from_code].append((row.relation, target))
    rows = select_scheme_codes(request.db, code_list.list)
    return skos.SkosScheme(
        request.base_url + build_path("codes", code_list.list),
        code_list.title,
        code_list.language,
        code_list.authority or "",
        keep_web_url(code_list.source_url),
        code_list.terms or "",
        code_list.note or "",
        [_build_concept(row, mappings.get(row.code, [])) for row in rows],
    )


def _build_concept(row: SchemeCodeRow, mappings: list[tuple[str, str]]) -> skos.SkosConcept:
    labels_beside = [row.short_label, *(row.aliases or "").split("\n")]
    labels = dict.fromkeys(label for label in labels_beside if label and label != row.label)
    return skos.SkosConcept(
        row.code,
        row.label,
        row.language,
        row.parent or "",
        list(labels),
        row.definition or "",
        row.note or "",
        mappings,
    )


def _build_code_url(request: PageRequest, scheme: str, code: str) -> str:
    return skos.build_concept_url(request.base_url + build_path("codes", scheme), code)


def _write_sssom(request: PageRequest, code_list: CodeListDetailRow) -> bytes:
    rows = select_mappings(request.db, code_list.list)
    licence = next((row.licence_url for row in rows if row.licence_url), "")
    url = f"{request.base_url}{build_path('codes', code_list.list)}.sssom.tsv"
    mappings = [_build_mapping(request, code_list, row) for row in rows]
    return sssom.write_sssom(url, code_list.title, licence, mappings)


def _build_mapping(
    request: PageRequest, code_list: CodeListDetailRow, row: MappingRow
) -> sssom.Mapping:
    is_none = row.to_code is None
    return sssom.Mapping(
        _build_code_url(request, code_list.list, row.from_code),
        row.from_label,
        row.relation,
        "" if row.to_code is None else _build_code_url(request, row.to_scheme, row.to_code),
        "" if is_none else row.to_label or "",
        request.base_url + build_path("codes", row.to_scheme),
        "; ".join(filter(None, (row.note, row.source))),
    )


def _write_csv(request: PageRequest, code_list: CodeListDetailRow) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(CSV_COLUMNS)
    for row in select_scheme_codes(request.db, code_list.list):
        aliases = (row.aliases or "").replace("\n", ";")
        cells = [getattr(row, name) for name in CSV_COLUMNS if name != "aliases"]
        writer.writerow([*cells, aliases])
    return text.getvalue().encode()


DOCUMENTS: Mapping[str, tuple[str, Callable[[PageRequest, CodeListDetailRow], bytes]]] = {
    "ttl": ("text/turtle; charset=utf-8", _write_turtle),
    "jsonld": ("application/ld+json", _write_json_ld),
    "sssom.tsv": (sssom.MEDIA_TYPE, _write_sssom),
    "csv": ("text/csv; charset=utf-8", _write_csv),
}
"""The documents of a code list by the endings of their addresses: media type and writer."""
