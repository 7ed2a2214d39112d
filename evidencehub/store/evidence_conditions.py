"""SQL that the queries of evidence share: joins of labels and datasets, verification levels.

In all of them `d` is the dataset of an item. Levels of secondary sources begin with C3.
"""

from __future__ import annotations

IS_REAL_DATASET = "d.synthetic = 0"
"""The condition that leaves out datasets made up for teaching; `d` is the dataset."""


def join_real_dataset(dataset_column: str) -> str:
    """Return the join of the dataset as `d` that leaves out rows of synthetic datasets.

    >>> join_real_dataset("f.dataset")
    'join dataset as d on d.dataset = f.dataset and d.synthetic = 0'
    """
    return f"join dataset as d on d.dataset = {dataset_column} and {IS_REAL_DATASET}"


def join_label(alias: str, code_list: str, code_column: str) -> str:
    """Return the join of the code that a column names; its label is `{alias}.label`.

    >>> join_label("u", "unit", "i.unit")
    "left join code as u on u.list = 'unit' and u.code = i.unit"
    """
    return (
        f"left join code as {alias} on {alias}.list = '{code_list}' "
        f"and {alias}.code = {code_column}"
    )


def inherit_verification(item: str) -> str:
    """Return the verification level of an item, or that of its dataset where it has none.

    >>> inherit_verification("f")
    'coalesce(f.verification, d.verification)'
    """
    return f"coalesce({item}.verification, d.verification)"


def secondary_sources_last(level: str) -> str:
    """Return the sort key that puts values read in secondary sources after all others.

    >>> secondary_sources_last("d.verification")
    "coalesce(d.verification, '') like 'C3%'"
    """
    return f"coalesce({level}, '') like 'C3%'"
