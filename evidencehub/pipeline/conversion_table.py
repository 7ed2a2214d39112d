"""Which ethnic classifications may be carried over into which, said once for each build."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from evidencehub.crosswalk.mappability import Classification, CodeMapping, assess_mappability
from evidencehub.domain.code_lists import CodeBook, CodeList
from evidencehub.domain.countries import find_country
from evidencehub.messages.stored_messages import encode_messages


def build_scheme(code_list: CodeList) -> Classification:
    """What conversion needs to know of a classification."""
    return Classification(
        code_list.name,
        {code.code: code.parent for code in code_list.codes.values()},
        frozenset(code.code for code in code_list.codes.values() if code.residual == "1"),
        code_list.counting_basis,
        find_country(code_list.jurisdiction) or "",
        code_list.kind == "facet",
    )


def build_conversion_rows(book: CodeBook) -> list[dict[str, Any]]:
    """A row for every pair of classifications with a crosswalk: verdict and reasons."""
    pairs: dict[tuple[str, str], list[CodeMapping]] = defaultdict(list)
    for mapping in book.crosswalks:
        if book.lists[mapping.to_scheme].kind not in ("ethnicity", "facet"):
            continue  # topics are mapped to workstreams, and no observation is of one
        relation = CodeMapping(mapping.from_code, mapping.to_code, mapping.relation)
        pairs[mapping.from_scheme, mapping.to_scheme].append(relation)
    conversion_rows = []
    for (source, target), relations in sorted(pairs.items()):
        source_list, target_list = book.lists[source], book.lists[target]
        verdict = assess_mappability(
            build_scheme(source_list), build_scheme(target_list), relations
        )
        conversion_rows.append(
            {
                "from_scheme": source,
                "to_scheme": target,
                "verdict": verdict.level,
                "reasons": encode_messages(verdict.reasons) if verdict.reasons else None,
            }
        )
    return conversion_rows
