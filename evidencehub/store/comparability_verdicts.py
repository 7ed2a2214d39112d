"""The comparability assessment of rows of several kinds, for the API and the comparison page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from evidencehub.crosswalk.comparability import assess_comparability
from evidencehub.crosswalk.comparability_facts import Comparability, ComparabilityFacts
from evidencehub.domain.status import SERIES_BREAK, TOTAL
from evidencehub.store.reference_data import ReferenceData

STRATUM_FACTS = (
    "dataset", "indicator", "scheme", "period_start", "period_end", "sex", "age", "adjustment",
)  # fmt: skip
"""The columns of a stratum that an assessment needs."""
MAX_COMPARED_COMBINATIONS = 60
"""Different kinds of rows; more than these nobody compares by looking at them."""
SERIES_FACTS = {"dataset", "indicator", "scheme", "adjustment", "comparator"}
"""What is assessed of more kinds than that: what a series varies in makes it no mixture."""


def assess_combinations(
    fact_names: Sequence[str],
    combinations: frozenset[tuple[Any, ...]],
    reference_data: ReferenceData,
) -> dict[str, Any]:
    """Return the verdict on rows of these kinds as the API writes it."""
    return build_verdict(assess_comparability_of(fact_names, combinations, reference_data))


def assess_comparability_of(
    fact_names: Sequence[str],
    combinations: frozenset[tuple[Any, ...]],
    reference_data: ReferenceData,
) -> Comparability:
    """Return the verdict on rows of these kinds; a kind has a value for each of `fact_names`."""
    if len(combinations) > MAX_COMPARED_COMBINATIONS:
        combinations = frozenset(
            tuple(
                value if name in SERIES_FACTS else ""
                for name, value in zip(fact_names, combination, strict=True)
            )
            for combination in combinations
        )
    return _assess_cached(tuple(fact_names), combinations, reference_data)


@lru_cache(maxsize=2_000)
def _assess_cached(
    fact_names: tuple[str, ...],
    combinations: frozenset[tuple[Any, ...]],
    reference_data: ReferenceData,
) -> Comparability:
    facts = [
        _build_comparability_facts(dict(zip(fact_names, combination, strict=True)), reference_data)
        for combination in combinations
    ]
    return assess_comparability(facts, reference_data.conversion_verdicts)


def build_verdict(comparability: Comparability) -> dict[str, Any]:
    """Return a verdict as the API writes it."""
    return {
        "verdict": comparability.level,
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


def _build_comparability_facts(
    combination: Mapping[str, Any], reference_data: ReferenceData
) -> ComparabilityFacts:
    """Return what is known of the rows that share these facts."""
    indicator = reference_data.indicators[combination["indicator"]]
    dataset = reference_data.datasets[combination["dataset"]]
    scheme = reference_data.schemes[combination["scheme"]]
    share = indicator["ethnicity_known"]
    stratum = {name: combination[name] for name in STRATUM_FACTS}
    stratum |= {name: stratum[name] or TOTAL for name in ("sex", "age")}
    return ComparabilityFacts(
        **stratum,
        comparator=combination.get("comparator", ""),
        country=_find_text("jurisdiction", scheme),
        counting_basis=_find_text("counting_basis", scheme),
        unit=indicator["unit"],
        value_type=indicator["value_type"],
        standardisation=_find_text("standardisation", indicator),
        population=_find_text("denominator_definition", indicator),
        whose_ethnicity=_find_text("whose_ethnicity", indicator, dataset),
        recording=_find_text("ethnicity_recording", indicator, dataset),
        ethnicity_completeness=_find_text("ethnicity_completeness", dataset),
        completeness=None if share is None else share / 100,
        series_breaks=_find_text("series_breaks", indicator),
        has_break=combination.get("obs_status") == SERIES_BREAK,
    )


def _find_text(column: str, *rows: Mapping[str, Any]) -> str:
    """Return what the first row that says anything has in a column; empty where none does."""
    return next((row[column] for row in rows if row[column]), "")
