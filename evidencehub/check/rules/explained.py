"""Rules on reasons and terms: what a package explains, and on what terms its sources stand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from evidencehub.check.definition import Rule, RuleContext, Violation, make_descriptor_violation
from evidencehub.check.explanations import EXPLAINABLE_RULES
from evidencehub.domain.licences import Licence
from evidencehub.messages.rendering import Message, make_message

_NARROWER_TERMS = {
    "commercial": "metadata/source-terms/commercial",
    "changes": "metadata/source-terms/changes",
    "commercial-changes": "metadata/source-terms/commercial-changes",
}
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
    catalogue = dataset.code_book.licences
    entries = dataset.package.descriptor.get("licenses") or ()
    named = [catalogue.find(str(entry.get("name", ""))) for entry in entries]
    licences = [licence for licence in named if licence is not None]
    sql = "select file, row, licence from sources where licence <> '' order by row"
    for file, row, terms in dataset.query(sql):
        source = catalogue.recognise(terms)
        message = _compare_terms(source, licences) if source is not None else None
        if message is None and _CLOSED_TERMS.fullmatch(terms.strip()):
            message = make_message("metadata/source-terms", terms=terms)
        if message is not None:
            yield Violation(file, row, "licence", message)


def _compare_terms(source: Licence, licences: Sequence[Licence]) -> Message | None:
    """What the licence of a source asks and those of the package do not; None where nothing."""
    if source.refusal in _NARROWER_TERMS:
        return make_message(_NARROWER_TERMS[source.refusal], terms=source.id)
    if source.is_share_alike and not any(licence.is_share_alike for licence in licences):
        return make_message("metadata/source-terms/share-alike", terms=source.id)
    asks_nothing = bool(licences) and all(licence.attribution == "no" for licence in licences)
    if source.attribution == "yes" and asks_nothing:
        return make_message("metadata/source-terms/attribution", terms=source.id)
    return None


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
