"""The gap of each ethnic group of a stratum: its difference and its ratio to a reference."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from evidencehub.domain.status import TOTAL
from evidencehub.inequality.decimals import bound_ratio, choose_ratio_decimals
from evidencehub.inequality.matrix import StrataMatrix, replace_nan_by_none, select_strata
from evidencehub.inequality.missing_estimates import add_missing_records, make_missing_records
from evidencehub.inequality.records import (
    CONFIDENCE_LEVEL,
    ETHNICITY,
    Category,
    GapRecord,
    IndicatorProperties,
    InequalityTable,
    ObservationRecord,
    find_ancestors,
)
from evidencehub.inequality.reference_group import ReferenceComparison, compare_with_reference
from evidencehub.inequality.strata import Bools, Floats, Integers
from evidencehub.messages.rendering import make_message


def compute_gaps(
    observations: Sequence[ObservationRecord],
    indicator: IndicatorProperties,
    codes: Mapping[str, Category],
    reference: str,
    counting_basis: str = "",
) -> list[GapRecord]:
    """Each ethnic group of each stratum beside a group of choice, by `compare_with_reference`.

    The observations are of one indicator and scheme; the number of a stratum is its place in the
    order of the keys. `codes` are those of the scheme, `counting_basis` is the way in which it
    counts people. Headings above the reference and groups beneath it are left out, for they hold
    the same people; so are residual codes. Beside all groups together (`_T`) there is no interval.
    """
    if not observations:
        return []
    figures = [
        ((*observation.stratum_key, ""), observation.ethnicity, observation)
        for observation in observations
    ]
    sheet = StrataMatrix(
        (*observations[0].matrix_key, ETHNICITY), indicator, counting_basis, figures, 0
    )
    is_category = [not (codes.get(g, Category()).is_residual or g == TOTAL) for g in sheet.groups]
    result = InequalityTable()
    add_gaps(sheet, codes, reference, np.array(is_category), result)
    return result.gaps


def add_gaps(
    sheet: StrataMatrix,
    codes: Mapping[str, Category],
    reference: str,
    is_category: Bools,
    table: InequalityTable,
) -> None:
    """Difference and ratio of every group to the reference, or to all groups together.

    All groups together contain the group itself: the two are not independent, and there is no
    interval.
    """
    column = sheet.column_of(reference)
    if column < 0:
        reason = make_message(
            "inequality/no-reference-and-no-total"
            if reference == TOTAL
            else "inequality/reference-without-value"
        )
        table.missing_estimates += make_missing_records(sheet, ("d", "r"), reason)
        return
    keep = np.tile(is_category & _select_disjoint(sheet, codes, reference), (len(sheet.strata), 1))
    keep[:, column] = True
    strata = select_strata(sheet, keep, column)
    if reference == TOTAL:
        strata = replace(strata, se=None, population=None, published_average=None, max_value=None)
        strata = replace(strata, lower=None, upper=None)
    comparison = compare_with_reference(strata, CONFIDENCE_LEVEL)
    is_compared = sheet.is_listed & keep & (np.arange(keep.shape[1]) != column)
    add_missing_records(sheet, "d", comparison.difference, is_compared, table)
    add_missing_records(sheet, "r", comparison.ratio, is_compared, table)
    has_gap = (comparison.difference.missing_reason == 0) | (comparison.ratio.missing_reason == 0)
    positions = np.nonzero(is_compared & has_gap)
    table.gaps += _make_records(sheet, comparison, reference, positions)


def _make_records(
    sheet: StrataMatrix,
    comparison: ReferenceComparison,
    reference: str,
    positions: tuple[Integers, ...],
) -> Iterator[GapRecord]:
    """Return the record of each gap at a position: a stratum and the column of its group."""
    rows, columns = positions
    base = (rows, np.full_like(rows, sheet.column_of(reference)))
    names = list(sheet.groups)
    results = (comparison.difference, comparison.ratio)
    bounds = bound_ratio(
        sheet.estimate[positions], sheet.half_unit[positions],
        sheet.estimate[base], sheet.half_unit[base],
    )  # fmt: skip
    size = np.maximum(np.abs(sheet.estimate[positions]), np.abs(sheet.estimate[base]))
    scales: tuple[Floats | float, ...] = (size, 0.0)
    cells: list[list[Any]] = [
        (rows + sheet.first_stratum).tolist(),
        [names[index] for index in columns.tolist()],
        [reference] * len(rows),
        *(
            replace_nan_by_none(values[positions], scale)
            for result, scale in zip(results, scales, strict=True)
            for values in (result.estimate, result.se, result.lower, result.upper)
        ),
        np.where(results[0].ci_method > 0, *(r.ci_method_names() for r in results))[
            positions
        ].tolist(),
        _to_whole_numbers(np.minimum(sheet.decimals[positions], sheet.decimals[base])),
        _to_whole_numbers(choose_ratio_decimals(results[1].estimate[positions], bounds)),
        *map(replace_nan_by_none, bounds),
    ]
    return map(GapRecord._make, zip(*cells, strict=True))


def _to_whole_numbers(numbers: Floats) -> list[int | None]:
    return [int(number) if math.isfinite(number) else None for number in numbers.tolist()]


def _select_disjoint(sheet: StrataMatrix, codes: Mapping[str, Category], reference: str) -> Bools:
    """Which groups neither hold people of the reference nor are held by it; all, for the total."""
    if reference == TOTAL:
        return np.ones(len(sheet.groups), np.bool_)
    reference_ancestors = find_ancestors(reference, codes)
    return np.array(
        [
            group not in reference_ancestors and reference not in find_ancestors(group, codes)
            for group in sheet.groups
        ]
    )
