"""Conditions and fallbacks that every query of a page must keep, each written once."""

from __future__ import annotations

TABLE_COLUMNS = (
    "indicator", "area", "scheme", "period_start", "period_end", "sex", "age", "other",
    "adjustment", "dataset",
)  # fmt: skip
"""The columns in which the values of one table are alike."""
CURRENT_FINDING = "f.superseded_by is null"
"""A finding that no later one has superseded."""
IS_PUBLIC_DATASET = "d.synthetic = 0"
"""A dataset (`d`) that was not made up for teaching."""
PUBLIC_CODE_LIST = "coalesce(d.synthetic, 0) = 0"
"""A code list of the hub itself, or of a dataset (`d`) that is not synthetic."""


def join_public_dataset(dataset_column: str, alias: str = "d") -> str:
    """Return the join of the dataset of a row, which leaves out synthetic datasets.

    >>> join_public_dataset("o.dataset")
    'join dataset as d on d.dataset = o.dataset and d.synthetic = 0'
    """
    return (
        f"join dataset as {alias} on {alias}.dataset = {dataset_column} and {alias}.synthetic = 0"
    )


def join_observation(alias: str, table: str, ethnicity: str) -> str:
    """Return the join of the value of another group in the same table as a row of `table`.

    A table is one indicator, place, time and breakdown in one dataset; the value is no comparison.
    """
    same_columns = " and ".join(f"{alias}.{name} = {table}.{name}" for name in TABLE_COLUMNS)
    return (
        f"left join observation as {alias} on {same_columns} and {alias}.ethnicity = {ethnicity} "
        f"and {alias}.comparator = ''"
    )


def select_decimals(owner: str = "o", indicator: str = "i") -> str:
    """Return the expression for the decimals: the value's own, else its indicator's."""
    return f"coalesce({owner}.decimals, {indicator}.decimals)"


def select_ci_level(owner: str = "o", indicator: str = "i") -> str:
    """Return the expression for the confidence level: the value's own, else its indicator's."""
    return f"coalesce({owner}.ci_level, {indicator}.ci_level)"
