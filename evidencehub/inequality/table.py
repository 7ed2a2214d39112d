"""The table of inequality: measures of every stratum of a dataset, and what stood in the way.

A stratum is an indicator in one place, period, sex, age and so on; its groups are the ethnic
groups of one scheme, or the steps of an ordered dimension (fifths of deprivation) within one
ethnic group.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from operator import itemgetter
from typing import Any

import numpy as np

from evidencehub.domain.status import TOTAL
from evidencehub.inequality.decimals import count_decimals
from evidencehub.inequality.gap_context_rows import make_gap_contexts
from evidencehub.inequality.group_gaps import add_gaps
from evidencehub.inequality.matrix import (
    StrataMatrix,
    StratumKey,
    replace_nan_by_none,
    round_p_values,
    select_strata,
)
from evidencehub.inequality.measures import (
    MEASURES,
    InequalityMeasure,
    MeasureResult,
    Strata,
    compute_measures,
)
from evidencehub.inequality.missing_estimates import add_missing_records, make_missing_records
from evidencehub.inequality.partition import ClassificationTree
from evidencehub.inequality.records import (
    CONFIDENCE_LEVEL,
    ETHNICITY,
    Category,
    IndicatorProperties,
    InequalityRecord,
    InequalityTable,
    ObservationRecord,
    StratumRecord,
)
from evidencehub.inequality.strata import Bools, Floats, Integers
from evidencehub.messages.rendering import Message, make_message

SIMULATION_DRAWS = 500
MAX_SIMULATED_PER_MEASURE = 2_000_000  # simulated figures of one measure: strata by groups by draws

EXTREME_GROUP_MEASURES = ("d", "r", "par", "paf")
"""Measures that compare the ends of an order, or its top with the mean."""
DIRECTIONAL_MEASURES = ("d", "r", "mdbu", "mdbw", "par", "paf")
"""Measures that need to know which group is the best."""


def compile_inequality_table(
    observations: Iterable[ObservationRecord],
    indicators: Mapping[str, IndicatorProperties],
    schemes: Mapping[str, Mapping[str, Category]],
    ordered_dimensions: Mapping[str, Sequence[str]] | None = None,
    counting_bases: Mapping[str, str] | None = None,
) -> InequalityTable:
    """Every measure that the observations allow.

    `schemes` gives the codes of each scheme, `ordered_dimensions` the codes of each ordered
    dimension, the most disadvantaged first, `counting_bases` the way in which a scheme counts
    people where an observation does not say. Observations of indicators that are not among
    `indicators` are passed over. An interval is given only where the standard errors of all groups
    are known: stated, or following from counts or limits.
    """
    ordered_dimensions, counting_bases = ordered_dimensions or {}, counting_bases or {}
    entries: dict[StratumKey, list[tuple[StratumKey, str, ObservationRecord]]] = defaultdict(list)
    for observation in observations:
        if observation.indicator in indicators:
            for key, stratum, group in _list_places(observation, ordered_dimensions):
                entries[key].append((stratum, group, observation))
    result = InequalityTable()
    for key in sorted(entries):
        name, scheme, dimension = key
        basis = counting_bases.get(scheme, "")
        sheet = StrataMatrix(key, indicators[name], basis, entries[key], len(result.strata))
        numbered = enumerate(sheet.strata, start=sheet.first_stratum)
        result.strata += [
            StratumRecord._make((n, *key, *stratum_key, CONFIDENCE_LEVEL * 100))
            for n, stratum_key in numbered
        ]
        if dimension == ETHNICITY:
            _add_group_measures(sheet, schemes.get(scheme, {}), result)
        else:
            _add_gradient_measures(sheet, ordered_dimensions[dimension], result)
    return result


def _list_places(
    observation: ObservationRecord, ordered_dimensions: Mapping[str, Sequence[str]]
) -> Iterator[tuple[StratumKey, StratumKey, str]]:
    """Where a figure belongs: sheet, stratum, and its group there.

    It is one of the ethnic groups, and a step of each ordered dimension that it has.
    """
    yield (
        (*observation.matrix_key, ETHNICITY),
        (*observation.stratum_key, ""),
        observation.ethnicity,
    )
    parts = observation.dimensions.split(";")
    for part in parts:
        name, _, code = part.partition("=")
        if name in ordered_dimensions:
            other_dimensions = ";".join(other_part for other_part in parts if other_part != part)
            stratum = observation._replace(dimensions=other_dimensions).stratum_key
            yield (*observation.matrix_key, name), (*stratum, observation.ethnicity), code


def _add_group_measures(
    sheet: StrataMatrix, codes: Mapping[str, Category], table: InequalityTable
) -> None:
    """Measures between the ethnic groups of a scheme."""
    indicator = sheet.indicator
    declared = indicator.reference_group if indicator.reference_scheme == sheet.scheme else ""
    is_category = [not (codes.get(g, Category()).is_residual or g == TOTAL) for g in sheet.groups]
    first_gap = len(table.gaps)
    add_gaps(sheet, codes, declared or TOTAL, np.array(is_category), table)
    table.gap_contexts += make_gap_contexts(sheet, codes, table.gaps[first_gap:])
    keep, unlisted_count = _select_partitions(sheet, codes, declared)
    strata = select_strata(sheet, keep, sheet.column_of(declared))
    applicable: list[str] = []
    for measure in MEASURES.values():
        if measure.is_ordered:
            continue
        if reason := _reason_not_applicable(measure, sheet):
            table.missing_estimates += make_missing_records(sheet, [measure.name], reason)
        else:
            applicable.append(measure.name)
    _add_measures(sheet, applicable, strata, declared, table, unlisted_count)


def _uses_reference(measure: InequalityMeasure) -> bool:
    return measure.needs_reference or measure.name in ("d", "r")


def _reason_not_applicable(measure: InequalityMeasure, sheet: StrataMatrix) -> Message | None:
    """Why a measure says nothing of an indicator, whatever its figures are."""
    if sheet.indicator.polarity == "neutral" and measure.name in DIRECTIONAL_MEASURES:
        return make_message("inequality/neutral")
    if measure.needs_population == "yes" and not sheet.is_partition:
        return make_message("inequality/overlapping-groups")
    return None


def _select_partitions(
    sheet: StrataMatrix, codes: Mapping[str, Category], reference: str
) -> tuple[Bools, Integers]:
    """Which categories of each stratum count, (S, G), and how many more are not even listed, (S,).

    The strata of a sheet list few different sets of categories: each set is looked at once.
    """
    tree, names = ClassificationTree(codes), np.array(list(sheet.groups))
    patterns = np.hstack([sheet.is_listed, ~np.isnan(sheet.estimate)])
    distinct, pattern_of_stratum = np.unique(patterns, axis=0, return_inverse=True)
    keep = np.zeros((len(distinct), len(names)), np.bool_)
    unlisted = np.zeros(len(distinct), np.int64)
    for row, pattern in enumerate(distinct):
        listed, valued = (names[part].tolist() for part in np.split(pattern, 2))
        partition = tree.select_partition(listed, valued, reference)
        keep[row] = np.isin(names, list(partition.listed))
        unlisted[row] = len(partition.unlisted)
    rows = pattern_of_stratum.reshape(-1)
    return keep[rows], unlisted[rows]


def _add_measures(
    sheet: StrataMatrix,
    names: Sequence[str],
    strata: Strata,
    reference: str,
    table: InequalityTable,
    unlisted_count: Integers | None = None,
) -> None:
    """Measures of every stratum; of strata that are parts of others only what needs no draws."""
    if not names:
        return
    results = compute_measures(
        sorted(names),
        strata,
        level=CONFIDENCE_LEVEL,
        draws=SIMULATION_DRAWS,
        is_simulated=_select_simulated(sheet),
        with_homogeneity=True,
    )
    every_stratum = np.ones((len(sheet.strata), 1), np.bool_)
    records: list[InequalityRecord] = []
    for name, result in results.items():
        if name not in ("d", "r") or sheet.dimension != ETHNICITY:  # stated for each group
            add_missing_records(sheet, name, result, every_stratum, table)
        compared_with = reference if _uses_reference(MEASURES[name]) else ""
        excluded_count = result.excluded_count + (0 if unlisted_count is None else unlisted_count)
        records += _make_records(
            sheet, name, compared_with, replace(result, excluded_count=excluded_count)
        )
    table.measures += sorted(records, key=itemgetter(0, 1))  # stratum, measure


def _make_records(
    sheet: StrataMatrix, name: str, reference: str, result: MeasureResult
) -> Iterator[InequalityRecord]:
    """Return the record of each stratum in which a measure has an estimate."""
    rows = np.flatnonzero(~np.isnan(result.estimate))
    numbers = (result.estimate, result.se, result.lower, result.upper)
    scale = _find_scale(sheet, name, rows)
    counts = (result.group_count, result.excluded_count, result.is_exploratory)
    cells: list[list[Any]] = [
        (rows + sheet.first_stratum).tolist(),
        [name] * len(rows),
        [reference] * len(rows),
        *(replace_nan_by_none(values[rows], scale) for values in numbers),
        result.ci_method_names()[rows].tolist(),
        *(values[rows].astype(int).tolist() for values in counts),
        round_p_values(result.homogeneity_p[rows]),
        _list_decimals(sheet, name, result.estimate, rows),
    ]
    return map(InequalityRecord._make, zip(*cells, strict=True))


def _find_scale(sheet: StrataMatrix, name: str, rows: Integers) -> Floats | float:
    """Return the size of what a measure is computed from: the largest value, or a share of one."""
    if name == "r":
        return 0.0  # a quotient has as many digits as its values
    if not MEASURES[name].is_absolute:
        return 1.0
    return np.asarray(np.nan_to_num(np.abs(sheet.estimate[rows])).max(axis=1), np.float64)


def _list_decimals(
    sheet: StrataMatrix, name: str, estimate: Floats, rows: Integers
) -> list[int | None]:
    """Return the decimals of a measure in some strata: the rounder its figures, the fewer."""
    has_value = ~np.isnan(sheet.estimate[rows])
    decimals = np.where(has_value, sheet.decimals[rows], np.inf).min(axis=1)
    largest = np.where(has_value, np.abs(sheet.estimate[rows]), 0.0).max(axis=1)
    max_decimals = MEASURES[name].decimals
    cells = zip(estimate[rows].tolist(), largest.tolist(), decimals.tolist(), strict=True)
    return [count_decimals(value, top, digits, max_decimals) for value, top, digits in cells]


def _select_simulated(sheet: StrataMatrix) -> Bools:
    """The strata whose intervals are simulated: all, or where they are many only whole ones."""
    max_strata = MAX_SIMULATED_PER_MEASURE // (len(sheet.groups) * SIMULATION_DRAWS)
    size = len(sheet.strata)
    if size <= max_strata:
        return np.ones(size, np.bool_)
    is_total_stratum = np.array([p[3] == p[4] == TOTAL and not p[5] for p in sheet.strata])
    return np.asarray(is_total_stratum & (is_total_stratum.sum() <= max_strata))


def _add_gradient_measures(
    sheet: StrataMatrix, order: Sequence[str], table: InequalityTable
) -> None:
    """Measures along an ordered dimension, within one ethnic group."""
    is_step = [group in order for group in sheet.groups]
    keep = np.tile(np.array(is_step), (len(sheet.strata), 1))
    strata = select_strata(sheet, keep, -1)
    rank = np.array([order.index(g) + 1.0 if g in order else np.nan for g in sheet.groups])
    names = [
        measure.name
        for measure in MEASURES.values()
        if measure.is_ordered or measure.name in EXTREME_GROUP_MEASURES
    ]
    if sheet.indicator.polarity == "neutral":
        reason = make_message("inequality/neutral")
        table.missing_estimates += make_missing_records(sheet, names, reason)
        return
    ranked = replace(strata, rank=np.where(keep, rank, np.nan), published_average=None)
    _add_measures(sheet, names, ranked, "", table)
