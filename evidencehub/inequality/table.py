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

from evidencehub.domain.status import SHARE_VALUE_TYPES, TOTAL
from evidencehub.inequality.matrix import StrataMatrix, StratumKey
from evidencehub.inequality.measures import (
    CI_METHODS,
    MEASURES,
    MISSING_REASON_TEXTS,
    InequalityMeasure,
    MeasureResult,
    Strata,
    compute_measures,
)
from evidencehub.inequality.records import (
    Category,
    GapRecord,
    IndicatorProperties,
    InequalityRecord,
    InequalityTable,
    MissingEstimateRecord,
    ObservationRecord,
    StratumRecord,
    category_depth,
    find_ancestors,
)
from evidencehub.inequality.reference_group import compare_with_reference
from evidencehub.inequality.strata import Bools, Floats, Integers

CONFIDENCE_LEVEL = 0.95
SIMULATION_DRAWS = 10_000
MAX_SIMULATED_PER_MEASURE = 2_000_000  # simulated figures of one measure: strata by groups by draws

EXTREME_GROUP_MEASURES = (
    "d",
    "r",
    "par",
    "paf",
)  # compare the ends of an order, or its top with the mean
ETHNICITY = "ethnicity"  # the dimension whose groups most measures are about
DIRECTIONAL_MEASURES = (
    "d",
    "r",
    "mdbu",
    "mdbw",
    "par",
    "paf",
)  # need to know which group is the best


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


def compute_gaps(
    observations: Sequence[ObservationRecord],
    indicator: IndicatorProperties,
    codes: Mapping[str, Category],
    reference: str,
    counting_basis: str = "",
) -> list[GapRecord]:
    """Each ethnic group of one stratum beside a group of choice, by `against_reference`.

    The observations are of one indicator, scheme and stratum; `codes` are those of the scheme,
    `counting_basis` is the way in which it counts people. Headings above the reference and groups
    beneath it are left out, for they hold the same people; so are residual codes. Beside all
    groups together (`_T`) there is no interval.
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
    _add_gaps(sheet, codes, reference, np.array(is_category), result)
    return result.gaps


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


def _to_strata(sheet: StrataMatrix, keep: Bools, reference: int) -> Strata:
    """The sheet's strata with the groups to `keep` (strata by groups)."""
    estimate = sheet.estimate
    total = sheet.column_of(TOTAL)
    average = estimate[:, total].copy() if total >= 0 else np.full(len(estimate), np.nan)
    size = len(estimate)
    is_share = sheet.indicator.value_type in SHARE_VALUE_TYPES
    return Strata(
        estimate=np.where(keep, estimate, np.nan),
        favourable=np.full(size, sheet.indicator.polarity == "favourable"),
        # people in several groups: the groups are not independent, and make up no whole
        se=sheet.standard_errors if sheet.is_partition else None,
        population=sheet.population if sheet.is_partition else None,
        reference=np.full(size, reference, dtype=np.int64),
        published_average=average,
        max_value=np.full(size, sheet.indicator.scale if is_share else np.nan),
        is_listed=sheet.is_listed & keep,
    )


def _add_group_measures(
    sheet: StrataMatrix, codes: Mapping[str, Category], table: InequalityTable
) -> None:
    """Measures between the ethnic groups of a scheme."""
    indicator = sheet.indicator
    declared = indicator.reference_group if indicator.reference_scheme == sheet.scheme else ""
    is_category = [not (codes.get(g, Category()).is_residual or g == TOTAL) for g in sheet.groups]
    _add_gaps(sheet, codes, declared or TOTAL, np.array(is_category), table)
    depth = np.array([category_depth(group, codes) for group in sheet.groups])
    keep = _select_one_level(sheet, depth, np.array(is_category), sheet.column_of(declared))
    strata = _to_strata(sheet, keep, sheet.column_of(declared))
    applicable: list[InequalityMeasure] = []
    for measure in MEASURES.values():
        if not measure.is_ordered:
            reason = _reason_not_applicable(measure, sheet)
            if reason:
                table.missing_estimates.append(
                    _missing_record(sheet, measure.name, "estimate", reason, len(sheet.strata))
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


def _add_gaps(
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
    size = len(sheet.strata)
    if column < 0:
        reason = (
            "The reference group has no figure."
            if reference != TOTAL
            else ("No reference group is declared, and there is no figure of all groups together.")
        )
        table.missing_estimates += [
            _missing_record(sheet, name, "estimate", reason, size) for name in ("d", "r")
        ]
        return
    reference_ancestors = find_ancestors(reference, codes)
    is_disjoint = [
        reference == TOTAL
        or (g not in reference_ancestors and reference not in find_ancestors(g, codes))
        for g in sheet.groups
    ]
    keep = np.tile(is_category & np.array(is_disjoint), (size, 1))
    keep[:, column] = True
    strata = _to_strata(sheet, keep, column)
    if reference == TOTAL:
        strata = _without_standard_errors(strata)
    comparison = compare_with_reference(strata, CONFIDENCE_LEVEL)
    is_compared = sheet.is_listed & keep & (np.arange(keep.shape[1]) != column)
    rows, columns = positions = np.nonzero(
        is_compared
        & ((comparison.difference.missing_reason == 0) | (comparison.ratio.missing_reason == 0))
    )
    names = list(sheet.groups)
    cells: list[list[Any]] = [
        (rows + sheet.first_stratum).tolist(),
        [names[index] for index in columns.tolist()],
        [reference] * len(rows),
    ]
    for compared in (comparison.difference, comparison.ratio):
        numbers = (compared.estimate, compared.se, compared.lower, compared.upper)
        cells += [_none_for_nan(values[positions]) for values in numbers]
    table.gaps += map(GapRecord._make, zip(*cells, strict=True))
    for name, compared in (("d", comparison.difference), ("r", comparison.ratio)):
        _add_missing_records(sheet, name, compared, is_compared, table)


def _without_standard_errors(strata: Strata) -> Strata:
    return Strata(
        estimate=strata.estimate,
        favourable=strata.favourable,
        reference=strata.reference,
        is_listed=strata.is_listed,
    )


def _none_for_nan(numbers: Floats) -> list[Any]:
    """The numbers, None for what is not there."""
    values = numbers.astype(object)
    values[np.isnan(numbers)] = None
    present: list[Any] = values.tolist()
    return present


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
        if name not in ("d", "r") or sheet.dimension != ETHNICITY:  # told for each group
            _add_missing_records(
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
        *(_none_for_nan(stacked(attribute)) for attribute in ("estimate", "se", "lower", "upper")),
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
    strata = _to_strata(sheet, keep, -1)
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
        _missing_record(sheet, measure.name, "estimate", reason, size) for measure in rows
    ]


def _missing_record(
    sheet: StrataMatrix, name: str, missing_part: str, reason: str, strata: int
) -> MissingEstimateRecord:
    return MissingEstimateRecord(
        sheet.indicator_id, sheet.scheme, sheet.dimension, name, missing_part, reason, strata
    )


def _add_missing_records(
    sheet: StrataMatrix, name: str, result: MeasureResult, in_scope: Bools, table: InequalityTable
) -> None:
    """Count strata by what is missing of a measure, and why; `in_scope` is (strata, figures)."""
    for missing_part, codes in (
        ("estimate", result.missing_reason),
        ("interval", result.missing_interval_reason),
    ):
        reason_codes = codes.reshape(in_scope.shape)
        reasons = {
            MISSING_REASON_TEXTS[code]: code
            for code in np.unique(reason_codes[in_scope]).tolist()
            if code
        }
        for reason, code in sorted(reasons.items()):
            strata = int(((reason_codes == code) & in_scope).any(axis=1).sum())
            table.missing_estimates.append(
                _missing_record(sheet, name, missing_part, reason, strata)
            )
