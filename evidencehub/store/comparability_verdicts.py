"""The comparability assessment of rows of several kinds, for the API and the comparison page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from evidencehub.crosswalk.comparability import assess_comparability, refuse_unassessed
from evidencehub.crosswalk.comparability_facts import (
    Comparability,
    ComparabilityFacts,
    ComparisonSubject,
)
from evidencehub.crosswalk.comparability_periods import UnsharedPeriods
from evidencehub.domain.status import TOTAL
from evidencehub.store.reference_data import ReferenceData

STRATUM_FACTS = (
    "dataset", "indicator", "scheme", "period_start", "period_end", "sex", "age", "adjustment",
)  # fmt: skip
"""The columns of a stratum that an assessment needs."""
MAX_ASSESSED_ROWS = 200_000
"""Rows of one answer that are looked at: about a second of work, once for a query."""
MAX_COMPARED_COMBINATIONS = 2_000
"""Different kinds of rows that are assessed; an answer with more of them says that it was not."""
MAX_KEPT_ASSESSMENTS, MAX_KEPT_KINDS = 1_000, 50  # in memory, and the kinds of rows of one
FactsByName = Mapping[str, Any]
"""Facts by their names in `ComparabilityFacts`; true and false may be 1 and 0."""
_FLAGS = ("has_break", "is_secondary_source")
_OPTIONAL_FLAGS = ("is_absolute", "is_exploratory")


def assess_combinations(
    subject: ComparisonSubject,
    combinations: Iterable[FactsByName],
    reference_data: ReferenceData,
    unshared_periods: Iterable[UnsharedPeriods] = (),
) -> Comparability:
    """Return the assessment of rows of these kinds, each of which has the facts of one mapping.

    More than MAX_COMPARED_COMBINATIONS are refused as not assessed.
    """
    kinds = {tuple(combination.items()) for combination in combinations}
    if len(kinds) > MAX_COMPARED_COMBINATIONS:
        return refuse_too_large()
    unshared = frozenset(unshared_periods)
    key = subject, frozenset(kinds), unshared
    comparability = reference_data.assessments.get(key)
    if comparability is None:
        comparability = assess_comparability(
            {_build_facts(dict(kind), reference_data) for kind in kinds},
            reference_data.conversion_verdicts,
            subject=subject,
            unshared_periods=unshared,
        )
        if len(kinds) <= MAX_KEPT_KINDS:
            if len(reference_data.assessments) >= MAX_KEPT_ASSESSMENTS:
                reference_data.assessments.clear()
            reference_data.assessments[key] = comparability
    return comparability


def refuse_too_large() -> Comparability:
    """Return the verdict on an answer of too many rows or combinations, which is not assessed."""
    return refuse_unassessed(MAX_ASSESSED_ROWS, MAX_COMPARED_COMBINATIONS)


def build_verdict(comparability: Comparability, subject: ComparisonSubject) -> dict[str, Any]:
    """Return a verdict as the API writes it."""
    return {
        "verdict": comparability.level,
        "subject": subject,
        "reasons": [
            {
                "verdict": reason.kind,
                "code": reason.rule,
                "text": reason.message,
                "concerns": list(reason.indicators),
            }
            for reason in comparability.reasons
        ],
    }


def _build_facts(combination: FactsByName, reference_data: ReferenceData) -> ComparabilityFacts:
    """Return what is known of the rows that share these facts."""
    indicator = reference_data.indicators[combination["indicator"]]
    dataset = reference_data.datasets[combination["dataset"]]
    scheme = reference_data.schemes[combination["scheme"]]
    share = indicator["ethnicity_known"]
    facts = dict(combination)
    facts |= {name: facts[name] or TOTAL for name in ("sex", "age")}
    facts |= {name: bool(facts[name]) for name in _FLAGS if name in facts}
    facts |= {name: bool(facts[name]) for name in _OPTIONAL_FLAGS if facts.get(name) is not None}
    return ComparabilityFacts(
        **facts,
        jurisdiction=_find_text("jurisdiction", scheme),
        counting_basis=_find_text("counting_basis", scheme),
        unit=indicator["unit"],
        value_type=indicator["value_type"],
        standardisation=_find_text("standardisation", indicator),
        definition=indicator["definition"],
        numerator=_find_text("numerator_definition", indicator),
        population=_find_text("denominator_definition", indicator),
        whose_ethnicity=_find_text("whose_ethnicity", indicator, dataset),
        recording=_find_text("ethnicity_recording", indicator, dataset),
        ethnicity_completeness=_find_text("ethnicity_completeness", dataset),
        completeness=None if share is None else share / 100,
        series_breaks=_find_text("series_breaks", indicator),
        is_synthetic=bool(dataset["synthetic"]),
    )


def _find_text(column: str, *rows: Mapping[str, Any]) -> str:
    """Return what the first row that says anything has in a column; empty where none does."""
    return next((row[column] for row in rows if row[column]), "")
