"""The table of inequality: measures of every stratum of a dataset, and what stood in the way.

A stratum is an indicator in one place, period, sex, age and so on; its groups are the ethnic
groups of one scheme, or the steps of an ordered dimension (fifths of deprivation) within one
ethnic group.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evidencehub.domain.status import TOTAL
from evidencehub.inequality.group_gaps import add_gaps
from evidencehub.inequality.matrix import (
    StrataMatrix,
    StratumKey,
    replace_nan_by_none,
    select_strata,
)
from evidencehub.inequality.measures import (
    CI_METHODS,
    MEASURES,
    InequalityMeasure,
    Strata,
    compute_measures,
)
from evidencehub.inequality.missing_estimates import add_missing_records, make_missing_record
from evidencehub.inequality.records import (
    CONFIDENCE_LEVEL,
    ETHNICITY,
    Category,
    IndicatorProperties,
    InequalityRecord,
    InequalityTable,
    ObservationRecord,
    StratumRecord,
    category_depth,
)
from evidencehub.inequality.strata import Bools, Integers

SIMULATION_DRAWS = 10_000
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
    figures: dict[StratumKey, list[tuple[StratumKey, str, ObservationRecord]]] = defaultdict(list)
    for observation in observations:
        if observation.indicator in indicators:
            figures[(*observation.matrix_key, ETHNICITY)].append(
                ((*observation.stratum_key, ""), observation.ethnicity, observation)
            )
            if observation.dimensions and ordered_dimensions:
                for key, stratum, step in _split_ordered_dimensions(
                    observation, ordered_dimensions
                ):
                    figures[key].append((stratum, step, observation))
    result = InequalityTable()
    for key in sorted(figures):
        name, scheme, _ = key
        basis = (counting_bases or {}).get(scheme, "")
        sheet = StrataMatrix(key, indicators[name], basis, figures[key], len(result.strata))
        numbered = enumerate(sheet.strata, start=sheet.first_stratum)
        result.strata += [
            StratumRecord._make((n, *key, *stratum_key, CONFIDENCE_LEVEL * 100))
            for n, stratum_key in numbered
        ]
        if sheet.dimension == ETHNICITY:
            _add_group_measures(sheet, schemes.get(sheet.scheme, {}), result)
        else:
            _add_gradient_measures(sheet, (ordered_dimensions or {})[sheet.dimension], result)
    return result


def _split_ordered_dimensions(
    observation: ObservationRecord, ordered_dimensions: Mapping[str, Sequence[str]]
) -> Iterator[tuple[StratumKey, StratumKey, str]]:
    """Where a figure belongs along ordered dimensions: sheet, stratum, and its step there."""
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
    add_gaps(sheet, codes, declared or TOTAL, np.array(is_category), table)
    depth = np.array([category_depth(group, codes) for group in sheet.groups])
    keep = _select_one_level(sheet, depth, np.array(is_category), sheet.column_of(declared))
    strata = select_strata(sheet, keep, sheet.column_of(declared))
    applicable: list[InequalityMeasure] = []
    for measure in MEASURES.values():
        if not measure.is_ordered:
            reason = _reason_not_applicable(measure, sheet)
            if reason:
                table.missing_estimates.append(
                    make_missing_record(sheet, measure.name, "estimate", reason, len(sheet.strata))
                )
            else:
                applicable.append(measure)
    _add_measures(sheet, applicable, strata, declared, table)


def _uses_reference(measure: InequalityMeasure) -> bool:
    return measure.needs_reference or measure.name in ("d", "r")


def _reason_not_applicable(measure: InequalityMeasure, sheet: StrataMatrix) -> str:
    """Why a measure says nothing of an indicator, whatever its figures are."""
    if sheet.indicator.polarity == "neutral" and measure.name in DIRECTIONAL_MEASURES:
        return "Neither more nor less of it is better."
    if measure.needs_population == "yes" and not sheet.is_partition:
        return "People may count in more than one group."
    return ""


def _select_one_level(
    sheet: StrataMatrix, depth: Integers, is_category: Bools, reference: int
) -> Bools:
    """Which figures count: groups of one level, so that nobody counts twice.

    The level of the reference group where the stratum has it, else the one with most groups,
    the finer of two alike.
    """
    has_value = ~np.isnan(sheet.estimate) & is_category
    levels = sorted({int(level) for level in depth[is_category]}, reverse=True) or [0]
    counts = np.stack([(has_value & (depth == level)).sum(axis=1) for level in levels])
    chosen = np.array(levels)[counts.argmax(axis=0)]
    if reference >= 0:
        chosen = np.where(has_value[:, reference], depth[reference], chosen)
    level: Bools = is_category & (depth == chosen[:, None])
    return level


def _add_measures(
    sheet: StrataMatrix,
    applicable: Sequence[InequalityMeasure],
    strata: Strata,
    reference: str,
    table: InequalityTable,
) -> None:
    """Measures of every stratum; of strata that are parts of others only what needs no draws."""
    names = sorted(row.name for row in applicable)
    if not names:
        return
    results = compute_measures(
        names,
        strata,
        level=CONFIDENCE_LEVEL,
        draws=SIMULATION_DRAWS,
        is_simulated=_select_simulated(sheet),
    )
    ordered_results = [results[name] for name in names]
    for name, result in zip(names, ordered_results, strict=True):
        if name not in ("d", "r") or sheet.dimension != ETHNICITY:  # stated for each group
            add_missing_records(
                sheet, name, result, np.ones((len(result.missing_reason), 1), np.bool_), table
            )
    estimate = np.stack([result.estimate for result in ordered_results], axis=1)
    stratum_indexes, columns = positions = np.nonzero(~np.isnan(estimate))
    referring = [reference if _uses_reference(MEASURES[name]) else "" for name in names]

    def stacked(attribute: str) -> NDArray[Any]:
        array: NDArray[Any] = np.stack(
            [getattr(result, attribute) for result in ordered_results], axis=1
        )[positions]
        return array

    cells: list[list[Any]] = [
        (stratum_indexes + sheet.first_stratum).tolist(),
        [names[column] for column in columns.tolist()],
        [referring[column] for column in columns.tolist()],
        *(
            replace_nan_by_none(stacked(attribute))
            for attribute in ("estimate", "se", "lower", "upper")
        ),
        [CI_METHODS[code] for code in stacked("ci_method").tolist()],
        *(
            stacked(attribute).astype(int).tolist()
            for attribute in ("group_count", "excluded_count", "is_exploratory")
        ),
    ]
    table.measures += map(InequalityRecord._make, zip(*cells, strict=True))


def _select_simulated(sheet: StrataMatrix) -> Bools:
    """The strata whose intervals are simulated: all, or where they are many only whole ones."""
    max_strata = MAX_SIMULATED_PER_MEASURE // (len(sheet.groups) * SIMULATION_DRAWS)
    size = len(sheet.strata)
    if size <= max_strata:
        return np.ones(size, np.bool_)
    is_total_stratum = np.array([p[3] == p[4] == TOTAL and not p[5] for p in sheet.strata])
    is_simulated: Bools = is_total_stratum & (is_total_stratum.sum() <= max_strata)
    return is_simulated


def _add_gradient_measures(
    sheet: StrataMatrix, order: Sequence[str], table: InequalityTable
) -> None:
    """Measures along an ordered dimension, within one ethnic group."""
    is_step = [group in order for group in sheet.groups]
    keep = np.tile(np.array(is_step), (len(sheet.strata), 1))
    strata = select_strata(sheet, keep, -1)
    rank = np.array([order.index(g) + 1.0 if g in order else np.nan for g in sheet.groups])
    ranked = Strata(
        estimate=strata.estimate,
        favourable=strata.favourable,
        se=strata.se,
        population=strata.population,
        rank=np.where(keep, rank, np.nan),
        max_value=strata.max_value,
        is_listed=strata.is_listed,
    )
    rows = [
        measure
        for measure in MEASURES.values()
        if measure.is_ordered or measure.name in EXTREME_GROUP_MEASURES
    ]
    if sheet.indicator.polarity != "neutral":
        _add_measures(sheet, rows, ranked, "", table)
        return
    reason, size = "Neither more nor less of it is better.", len(sheet.strata)
    table.missing_estimates += [
        make_missing_record(sheet, measure.name, "estimate", reason, size) for measure in rows
    ]
