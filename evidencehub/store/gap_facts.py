"""What gaps and measures of inequality are judged by when they stand side by side, as SQL.

The API's lists and the comparison page ask the same of the same rows, so that a page never says
another verdict than the answer that it links to.
"""

from __future__ import annotations

from evidencehub.crosswalk.comparability_facts import Comparability
from evidencehub.domain.reference_kind import PAIR_MEASURES, build_measure_kind_sql
from evidencehub.domain.status import TOTAL, quote_codes
from evidencehub.store.answer_summary import summarise_answer
from evidencehub.store.comparability_verdicts import STRATUM_FACTS
from evidencehub.store.database import RowReader
from evidencehub.store.logical_query import LogicalQuery
from evidencehub.store.reference_data import ReferenceData
from evidencehub.store.resource_model import ApiResource

STRATUM_COMPARABILITY = {name: f"s.{name}" for name in (*STRATUM_FACTS, "dimension")}
"""The SQL of what a stratum `s` is judged by."""


def build_level_sql(measure: str) -> str:
    """Return SQL for the level, absolute or relative, of the measure in the table of this alias."""
    return (
        f"(select level from code where list = 'inequality-measure' and code = {measure}.measure)"
    )


def build_measure_facts(
    measure: str, *, group_count: str, is_secondary_source: str
) -> dict[str, str]:
    """Return what the assessment of measures needs, of the table with this alias.

    `group_count` and `is_secondary_source` are SQL: how many groups the stratum of a row has, and
    whether a value in it was read in a secondary source.
    """
    is_pair = f"{measure}.measure in {quote_codes(PAIR_MEASURES)}"
    reference = f"{measure}.reference"
    return {
        **STRATUM_COMPARABILITY,
        "reference_kind": build_measure_kind_sql("s.dimension", f"{measure}.measure", reference),
        "reference_group": f"iif({is_pair} and {reference} <> '{TOTAL}', {reference}, '')",
        "is_absolute": f"{build_level_sql(measure)} = 'absolute'",
        "group_count": group_count,
        "is_exploratory": f"iif({is_pair}, {measure}.exploratory, null)",
        "is_secondary_source": is_secondary_source,
    }


COMPARED_GAPS = ApiResource(
    "compare",
    "The current gaps and measures of a family, as they are judged",
    "compared_measure as s",
    (),
    (),
    (),
    comparability_sql=build_measure_facts(
        "s", group_count="s.stratum_groups", is_secondary_source="s.secondary"
    ),
    comparison_subject="gaps",
    category_sql={"group": 's."group"', "area": "s.area"},
)


def assess_family(
    db: RowReader, family: str, reference_data: ReferenceData
) -> Comparability | None:
    """Return whether the current gaps of a family may be compared; None if it has none."""
    query = LogicalQuery(
        COMPARED_GAPS, ("s.family = :family",), {"family": family}, (), (), None, None, {}, ""
    )
    return summarise_answer(query, db, reference_data).comparability
