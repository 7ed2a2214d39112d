"""Convert figures to another ethnic classification, or roll them up to headings, or say why not.

A value keeps the classification it was published in; what is given here is an answer to one
question and is never stored. Counts are added. Crude rates, percentages and proportions are
made again from their added counts, limits too. Everything else is refused, with the reasons.

Hidden figures stay hidden. A group is made only from rows that the source shows, so nothing
can be worked out from an answer that could not be worked out from the published rows: a group
with a suppressed part is a gap that names the part. A group that the source itself hides is
never made, even where its parts are shown. Give whole tables, and filter afterwards: only rows
that are there can show that something is hidden.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import pandas as pd

from evidencehub.crosswalk.aggregate import (
    ORIGIN_COLUMNS,
    DataFrame,
    classify_rows,
    clean_observations,
    number_strata,
    stratum_columns,
    value_types,
)
from evidencehub.crosswalk.convertibility import IndicatorMetadata, explain_not_additive
from evidencehub.crosswalk.cover import ObservationGrid, build_grid, map_to_level, unique_targets
from evidencehub.crosswalk.mappability import (
    ADDITIVE_BASES,
    Classification,
    CodeMapping,
    Obstacle,
    assess_mappability,
    counting_basis_obstacle,
    cycle_obstacle,
    unknown_code_obstacle,
)
from evidencehub.crosswalk.transfer import (
    ConversionResult,
    find_inconsistent_parents,
    transfer_rows,
)
from evidencehub.crosswalk.transfer_plan import IndicatorsById, TransferPlan
from evidencehub.domain.status import TOTAL
from evidencehub.messages.rendering import make_message

__all__ = ["ConversionRefusal", "ConversionResult", "IndicatorMetadata", "reclassify", "roll_up"]

Schemes: TypeAlias = Mapping[str, Classification]
Crosswalks: TypeAlias = Mapping[tuple[str, str], Sequence[CodeMapping]]


@dataclass(frozen=True)
class ConversionRefusal:
    """Why there is no conversion: each code, measure or classification in the way."""

    obstacles: tuple[Obstacle, ...]


def reclassify(
    observations: DataFrame,
    target: str,
    *,
    schemes: Schemes,
    crosswalks: Crosswalks,
    indicators: IndicatorsById,
) -> ConversionResult | ConversionRefusal:
    """The observations in the groups of the scheme `target`, or why that cannot be.

    Refused as a whole where a code does not lead to one group that is the same or broader,
    where a measure cannot be added up, and where two classifications would give one group
    twice. Rows that are in `target` already stay as they are, and win over a converted one.
    """
    frame = clean_observations(observations)
    is_target = frame["scheme"] == target
    target_rows, source_rows = (
        frame[is_target].reset_index(drop=True),
        frame[~is_target].reset_index(drop=True),
    )
    obstacles = [
        *_duplicate_key_obstacles(frame),
        *_input_obstacles(source_rows, schemes, indicators),
        *_parallel_scheme_obstacles(source_rows),
    ]
    if target not in schemes:
        obstacles.append(
            Obstacle("scheme", (target,), make_message("crosswalk/unknown-scheme", scheme=target))
        )
    if obstacles:
        return ConversionRefusal(tuple(obstacles))
    plans = []
    for name, scheme_rows in _split_by_scheme(source_rows):
        mappings = crosswalks.get((name, target), ())
        grid = _build_row_grid(scheme_rows, schemes[name], indicators)
        verdicts = [
            assess_mappability(scheme, schemes[target], mappings, grid.finest_codes)
            for scheme in _with_counting_bases(scheme_rows, schemes[name])
        ]
        obstacles += [obstacle for verdict in verdicts for obstacle in verdict.obstacles]
        caveats = tuple(caveat for verdict in verdicts for caveat in verdict.caveats)
        targets = unique_targets(mappings, schemes[name])
        plans.append(TransferPlan(scheme_rows, grid, target, targets, caveats))
    return _transfer_all(plans, obstacles, indicators, target_rows)


def roll_up(
    observations: DataFrame, *, schemes: Schemes, indicators: IndicatorsById, level: int = 1
) -> ConversionResult | ConversionRefusal:
    """The observations in the headings of their own scheme, or why that cannot be.

    `level` counts from the top: 1 gives the headings that no other holds; a group that has
    fewer levels above it stays itself. Parts are added where all of them are there; else the
    heading's own row is taken; never both. A caveat names the headings where the two differ.
    """
    if level < 1:
        raise ValueError(f"“level” is {level}. Use 1 for the top headings, 2 for the next.")
    frame = clean_observations(observations)
    obstacles = [*_duplicate_key_obstacles(frame), *_input_obstacles(frame, schemes, indicators)]
    if obstacles:
        return ConversionRefusal(tuple(obstacles))
    plans = []
    for name, scheme_rows in _split_by_scheme(frame):
        grid = _build_row_grid(scheme_rows, schemes[name], indicators)
        plan = TransferPlan(scheme_rows, grid, name, map_to_level(schemes[name], level), ())
        obstacles += [
            counting_basis_obstacle(scheme.name, scheme.counting_basis)
            for scheme in _with_counting_bases(scheme_rows, schemes[name])
            if scheme.counting_basis not in ADDITIVE_BASES and plan.needs_addition
        ]
        plans.append(replace(plan, caveats=tuple(find_inconsistent_parents(plan, indicators))))
    return _transfer_all(plans, obstacles, indicators, frame[:0])


def _transfer_all(
    plans: Sequence[TransferPlan],
    obstacles: Sequence[Obstacle],
    indicators: IndicatorsById,
    target_rows: DataFrame,
) -> ConversionResult | ConversionRefusal:
    """Return the rows of all plans beside those of the target, or each obstacle once."""
    if obstacles:
        return ConversionRefusal(tuple(dict.fromkeys(obstacles)))
    return _combine_results(
        [transfer_rows(plan, indicators, target_rows) for plan in plans], target_rows
    )


def _split_by_scheme(frame: DataFrame) -> Iterator[tuple[str, DataFrame]]:
    for name in sorted(set(frame["scheme"])):
        yield name, frame[frame["scheme"] == name].reset_index(drop=True)


def _with_counting_bases(scheme_rows: DataFrame, scheme: Classification) -> list[Classification]:
    """The scheme with each counting basis that its rows have: a table may have its own."""
    groups = scheme_rows[scheme_rows["ethnicity"].isin(scheme.groups)]
    bases = groups["counting_basis"].where(groups["counting_basis"] != "", scheme.counting_basis)
    distinct_bases = sorted(set(bases)) or [scheme.counting_basis]
    return [replace(scheme, counting_basis=basis) for basis in distinct_bases]


def _build_row_grid(
    scheme_rows: DataFrame, scheme: Classification, indicators: IndicatorsById
) -> ObservationGrid:
    state, has_value = classify_rows(scheme_rows, value_types(scheme_rows, indicators))
    return build_grid(
        scheme, scheme_rows["ethnicity"].tolist(), number_strata(scheme_rows), state, has_value
    )


def _duplicate_key_obstacles(frame: DataFrame) -> Iterator[Obstacle]:
    """Rows that say the same key twice would be added twice."""
    key = [*stratum_columns(frame), "scheme", "ethnicity"]
    duplicates = frame[frame.duplicated(key)]
    if len(duplicates):
        row = duplicates.iloc[0]
        first_key = ", ".join(
            str(row[name]) for name in ("indicator", "area", "period_start", "ethnicity")
        )
        count = len(duplicates)
        reason_code = "crosswalk/repeated-row" if count == 1 else "crosswalk/repeated-rows"
        reason = make_message(reason_code, count=count, row=first_key)
        yield Obstacle("rows", tuple(sorted(set(duplicates["indicator"]))), reason)


def _parallel_scheme_obstacles(source_rows: DataFrame) -> Iterator[Obstacle]:
    """Two classifications of the same figures would give the same group twice."""
    schemes = sorted(set(source_rows["scheme"]))
    pairs = source_rows[[*stratum_columns(source_rows), "scheme"]].drop_duplicates()
    if pairs.duplicated(stratum_columns(source_rows)).any():
        reason = make_message("crosswalk/parallel-schemes", schemes=tuple(schemes))
        yield Obstacle("rows", tuple(schemes), reason)


def _input_obstacles(
    frame: DataFrame, schemes: Schemes, indicators: IndicatorsById
) -> Iterator[Obstacle]:
    """Schemes, codes and measures of the rows that nothing can be done with."""
    for name, scheme_rows in _split_by_scheme(frame):
        if name not in schemes:
            yield Obstacle("scheme", (name,), make_message("crosswalk/unknown-scheme", scheme=name))
            continue
        if schemes[name].cycle:
            yield cycle_obstacle(schemes[name])
        for code in sorted(set(scheme_rows["ethnicity"]) - set(schemes[name].parents) - {TOTAL}):
            yield unknown_code_obstacle(schemes[name], code)
    for indicator in sorted(set(frame["indicator"])):
        rows = frame[frame["indicator"] == indicator]
        reasons = explain_not_additive(
            indicator, indicators.get(indicator), set(rows["comparator"]), set(rows["adjustment"])
        )
        for reason in reasons:
            yield Obstacle("measure", (indicator,), reason)


def _combine_results(
    results: Sequence[ConversionResult], target_rows: DataFrame
) -> ConversionResult:
    """Return the parts as one answer."""
    empty = target_rows[:0]
    rows = _concatenate(
        [target_rows.assign(**dict.fromkeys(ORIGIN_COLUMNS, "")), *(part.rows for part in results)]
    )
    unavailable = _concatenate(
        [
            *(part.unavailable for part in results),
            empty.assign(reason="", **dict.fromkeys(ORIGIN_COLUMNS, "")),
        ]
    )
    left_out = _concatenate([*(part.left_out for part in results), empty.assign(why="")])
    order = [*stratum_columns(rows), "scheme", "ethnicity"]
    return ConversionResult(
        rows.sort_values(order, kind="stable").reset_index(drop=True),
        unavailable,
        left_out,
        tuple(dict.fromkeys(caveat for part in results for caveat in part.caveats)),
    )


def _concatenate(tables: Sequence[DataFrame]) -> DataFrame:
    """The tables below each other; the first of them where all are empty."""
    filled = [table for table in tables if len(table)]
    return pd.concat(filled, ignore_index=True) if filled else tables[0]
