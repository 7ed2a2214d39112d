"""Rules on reasons and terms: what a package explains, and on what terms its sources stand."""

from __future__ import annotations

import re
from collections.abc import Iterator

from evidencehub.check.definition import (
    Rule,
    RuleContext,
    Violation,
    make_descriptor_violation,
    make_violation,
)
from evidencehub.check.explanations import EXPLAINABLE_RULES
from evidencehub.domain.licences import find_licence

_CLOSED_TERMS = re.compile(r"all rights reserved\.?|cc[ -]by([ -]nc|[ -]nd).*", re.IGNORECASE)


def _idle_explanations(dataset: RuleContext) -> Iterator[Violation]:
    indicator_ids = {name for (name,) in dataset.query("select id from indicators")}
    for position, entry in enumerate(dataset.package.hub.get("explained") or ()):
        location = f"hub.explained[{position}]"
        if entry["rule"] not in EXPLAINABLE_RULES:
            yield make_descriptor_violation(location, "metadata/explained/rule", rule=entry["rule"])
        for indicator in entry.get("indicators") or ():
            if indicator not in indicator_ids:
                yield make_descriptor_violation(
                    location, "metadata/explained/indicator", indicator=indicator
                )


def _narrower_source_terms(dataset: RuleContext) -> Iterator[Violation]:
    """Sources whose terms permit less than the licence of the package does."""
    entries = dataset.package.descriptor.get("licenses") or ()
    licences = [find_licence(str(entry.get("name", ""))) for entry in entries]
    shares_alike = any(licence is not None and licence.is_share_alike for licence in licences)
    sql = "select file, row, licence from sources where licence <> '' order by row"
    for file, row, terms in dataset.query(sql):
        licence = find_licence(terms)
        is_narrower = licence is not None and licence.is_share_alike and not shares_alike
        if is_narrower or _CLOSED_TERMS.fullmatch(terms.strip()):
            yield make_violation(file, row, "licence", "metadata/source-terms", terms=terms)


RULES = (
    Rule(
        "metadata/explained",
        "dataset",
        "A reason must be about a rule that looks for the unusual, and about indicators of the "
        "package.",
        f"Use one of {', '.join(sorted(EXPLAINABLE_RULES))}, and ids of indicators.csv.",
        _idle_explanations,
    ),
    Rule(
        "metadata/source-terms",
        "dataset",
        "The package should not permit more than the terms of its sources.",
        "Use the licence of the source (a share-alike licence is passed on), or say in `licence` "
        "of the source on what ground its values may be published.",
        _narrower_source_terms,
        "warning",
    ),
)
