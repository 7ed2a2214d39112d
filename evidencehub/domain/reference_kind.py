"""What a gap is measured from: one group, all groups together, the ends, the best, the mean.

Gaps from unlike references are of unlike sizes whatever the values are, so each row says which
kind it has. The codes are part of the API.
"""

from __future__ import annotations

from evidencehub.domain.status import TOTAL, quote_codes

DECLARED_GROUP, ALL_GROUPS = "declared-group", "all-groups"
HIGHEST_LOWEST, BEST_GROUP, MEAN = "highest-lowest", "best-group", "mean"
ORDERED_CATEGORIES = "ordered-categories"

REFERENCE_KINDS = {
    DECLARED_GROUP: "the reference group that the dataset declares",
    ALL_GROUPS: "all groups together",
    HIGHEST_LOWEST: "the highest group against the lowest",
    BEST_GROUP: "the group with the best value",
    MEAN: "the mean of the groups",
    ORDERED_CATEGORIES: "the categories of an ordered dimension",
}
"""Each kind of reference with what it is."""

PAIR_MEASURES = ("d", "r")
"""The measures that compare two groups: their reference is declared, or the extremes are taken."""
_BEST_GROUP_MEASURES = ("mdbu", "mdbw", "par", "paf")
_DECLARED_GROUP_MEASURES = ("mdru", "mdrw")


def build_gap_kind_sql(reference: str) -> str:
    """Return SQL for the kind of the reference whose code the SQL `reference` gives."""
    return f"iif({reference} = '{TOTAL}', '{ALL_GROUPS}', '{DECLARED_GROUP}')"


def build_measure_kind_sql(dimension: str, measure: str, reference: str) -> str:
    """Return SQL for the kind of reference of a measure, each argument being SQL as well."""
    return (
        f"case when {dimension} <> 'ethnicity' then '{ORDERED_CATEGORIES}'"
        f" when {measure} in {quote_codes(PAIR_MEASURES)}"
        f" then iif({reference} = '', '{HIGHEST_LOWEST}', {build_gap_kind_sql(reference)})"
        f" when {measure} in {quote_codes(_BEST_GROUP_MEASURES)} then '{BEST_GROUP}'"
        f" when {measure} in {quote_codes(_DECLARED_GROUP_MEASURES)} then '{DECLARED_GROUP}'"
        f" else '{MEAN}' end"
    )
