"""Which ethnic classifications may be carried over into which, said once for each build."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from evidencehub.codes import CodeBook, CodeList
from evidencehub.measures.classify import Relation, Scheme, classify


def scheme(told: CodeList) -> Scheme:
    """What conversion needs to know of a classification."""
    return Scheme(
        told.name,
        {code.code: code.parent for code in told.codes.values()},
        frozenset(code.code for code in told.codes.values() if code.residual == "1"),
        told.counting_basis,
        told.jurisdiction,
        told.kind == "facet",
    )


def rows(book: CodeBook) -> list[dict[str, Any]]:
    """A row for every pair of classifications with a crosswalk: verdict and reasons."""
    pairs: dict[tuple[str, str], list[Relation]] = defaultdict(list)
    for walk in book.crosswalks:
        relation = Relation(walk.from_code, walk.to_code, walk.relation)
        pairs[walk.from_scheme, walk.to_scheme].append(relation)
    found = []
    for (source, target), relations in sorted(pairs.items()):
        here, there = book.lists[source], book.lists[target]
        verdict = classify(scheme(here), scheme(there), relations)
        found.append(
            {
                "from_scheme": source,
                "to_scheme": target,
                "verdict": verdict.kind,
                "reasons": "\n".join(verdict.reasons) or None,
            }
        )
    return found
