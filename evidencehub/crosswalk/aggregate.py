"""Observations as a table, and several of them added into one: counts, rates and their limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evidencehub.crosswalk.convertibility import IndicatorMetadata
from evidencehub.crosswalk.cover import CENSORED, COUNTLESS, EMPTY, FINE, HIDDEN, MIXED
from evidencehub.domain.concepts import OBSERVATION_KEY
from evidencehub.domain.status import (
    COMBINED_STATUSES,
    FREE,
    NORMAL,
    STATUSES_BY_DOUBT,
    SUPPRESSED,
    TOTAL,
)
from evidencehub.stats import intervals

DataFrame: TypeAlias = Any  # a pandas.DataFrame, which has no types: a row for each observation
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DEFAULT_CI_LEVEL = 95.0  # the level of an interval where neither rows nor indicator name one

_NUMBER_COLUMNS = (
    "value", "value_min", "value_max", "ci_lower", "ci_upper", "ci_level", "se", "numerator",
    "denominator", "population", "decimals",
)  # fmt: skip
_DISCLOSING_COLUMNS = (
    "value", "value_min", "value_max", "ci_lower", "ci_upper", "se", "numerator",
)  # fmt: skip
_TEXT_DEFAULTS = dict.fromkeys(OBSERVATION_KEY, "") | {
    "sex": TOTAL,
    "age": TOTAL,
    "obs_status": NORMAL,
    "conf_status": FREE,
    "counting_basis": "",
    "verification": "",
    "note": "",
    "derived": "",
}
_RELEASE_COLUMNS = ("dataset", "release")  # rows of several of them may share a key
_REQUIRED_COLUMNS = (
    "indicator",
    "area",
    "period_start",
    "period_end",
    "scheme",
    "ethnicity",
    "value",
)
ORIGIN_COLUMNS = ("from_scheme", "from_codes")


def clean_observations(observations: DataFrame) -> DataFrame:
    """The observations in the order of their keys, each column in one type.

    Text that is missing becomes what it means when a package does not give it; a number that
    is missing, infinite or no number becomes NaN. So does every figure of a hidden row, should
    one have slipped through: nothing that follows can then give it away.

    Raises ValueError where a column is missing that cannot be done without.
    """
    missing = [name for name in _REQUIRED_COLUMNS if name not in observations.columns]
    if missing:
        raise ValueError(f"The observations lack the columns {', '.join(missing)}.")
    frame = observations.reset_index(drop=True)
    release_columns = [name for name in _RELEASE_COLUMNS if name in frame.columns]
    text_columns = {name: _text_cells(frame, name) for name in (*release_columns, *_TEXT_DEFAULTS)}
    frame = frame.assign(
        **text_columns, **{name: _number_cells(frame, name) for name in _NUMBER_COLUMNS}
    )
    frame.loc[is_suppressed(frame), list(_DISCLOSING_COLUMNS)] = np.nan
    order = [*stratum_columns(frame), "scheme", "ethnicity"]
    return frame.sort_values(order, kind="stable").reset_index(drop=True)


def _text_cells(frame: DataFrame, name: str) -> NDArray[np.object_]:
    default = _TEXT_DEFAULTS.get(name, "")
    cells: NDArray[np.object_] = np.full(len(frame), default, dtype=object)
    if name in frame.columns:
        is_present = frame[name].notna().to_numpy()
        cells[is_present] = [str(cell) or default for cell in frame[name][is_present]]
    return cells


def _number_cells(frame: DataFrame, name: str) -> Floats:
    if name not in frame.columns:
        return np.full(len(frame), np.nan)
    cells = pd.to_numeric(frame[name], errors="coerce").astype("float64").to_numpy()
    return np.where(np.isfinite(cells), cells, np.nan)


def is_suppressed(frame: DataFrame) -> Any:
    """True for rows that are suppressed, or that are not free for publication."""
    return (frame["obs_status"] == SUPPRESSED) | (frame["conf_status"] != FREE)


def stratum_columns(frame: DataFrame) -> list[str]:
    """The columns that rows must share before they may be added: all of the key but the group."""
    release_columns = [name for name in _RELEASE_COLUMNS if name in frame.columns]
    return [
        *release_columns,
        *(name for name in OBSERVATION_KEY if name not in ("scheme", "ethnicity")),
    ]


def value_types(
    frame: DataFrame, indicators: Mapping[str, IndicatorMetadata]
) -> NDArray[np.object_]:
    """The type of value of each row; empty for an indicator that is not known."""
    type_by_indicator = {name: measure.value_type for name, measure in indicators.items()}
    types: NDArray[np.object_] = (
        frame["indicator"].map(type_by_indicator).fillna("").to_numpy(dtype=object)
    )
    return types


def number_strata(frame: DataFrame) -> Ints:
    """The stratum of each row: numbers from 0, in the order in which strata appear."""
    groups = frame.groupby(stratum_columns(frame), sort=False)
    return np.asarray(groups.ngroup().to_numpy(dtype=np.int64))


def classify_rows(frame: DataFrame, types: NDArray[np.object_]) -> tuple[NDArray[np.uint8], Any]:
    """Whether each row may be added to others (`cover.ROW_STATES`), and has a figure to show."""
    value, low, high, count, total = (
        frame[name].to_numpy(dtype=np.float64)
        for name in ("value", "value_min", "value_max", "numerator", "denominator")
    )
    has_bound = np.isfinite(low) | np.isfinite(high)
    suppressed = is_suppressed(frame)
    has_no_value = np.isnan(value)
    lacks_counts = np.where(types == "count", ~(value >= 0), ~((count >= 0) & (total >= 0)))
    state = np.select(
        [
            suppressed,
            frame["obs_status"].isin(COMBINED_STATUSES),
            ~lacks_counts,
            has_no_value & has_bound,
            has_no_value,
        ],
        [HIDDEN, MIXED, FINE, CENSORED, EMPTY],
        COUNTLESS,
    )
    return state.astype(np.uint8), (~suppressed & (~has_no_value | has_bound)).to_numpy(
        dtype=np.bool_
    )


def sum_rows(
    frame: DataFrame, rows: Ints, group_index: Ints, indicators: Mapping[str, IndicatorMetadata]
) -> DataFrame:
    """Rows of `frame` added into one for each number in `group_index`, which must be in order.

    Numerator, denominator and population are summed, and are missing where one of them is.
    Other columns are kept where all rows say the same. The verification and the observation
    status are those of the weakest row. `decimals` are for showing: nothing is rounded.
    """
    parts = frame.iloc[rows].reset_index(drop=True)
    starts = np.flatnonzero(np.diff(group_index, prepend=-1))
    summed = parts.iloc[starts].reset_index(drop=True)
    if not len(summed):
        return summed
    for name in summed.columns:
        if name not in _NUMBER_COLUMNS:
            summed[name] = common_cells(parts[name], summed[name], starts)
    for name in ("numerator", "denominator", "population"):
        summed[name] = _sum_by_group(parts[name], starts)
    summed["decimals"] = np.fmax.reduceat(parts["decimals"].to_numpy(), starts)
    summed["obs_status"] = _weakest_codes(
        parts["obs_status"].map(_doubt_rank), starts, STATUSES_BY_DOUBT
    )
    verification_levels = sorted(
        set(parts["verification"])
    )  # the codes run from best to weakest: A, B, C1 …
    summed["verification"] = _weakest_codes(
        parts["verification"].map(verification_levels.index), starts, verification_levels
    )
    summed["note"] = _join_notes(parts["note"], group_index)
    summed[["value_min", "value_max", "se", "ci_lower", "ci_upper"]] = np.nan
    _set_values(summed, parts, starts, indicators)
    summed["derived"] = _derived_column_names(summed)
    return summed


_DERIVABLE_COLUMNS = (
    "value",
    "ci_lower",
    "ci_upper",
    "ci_level",
    "numerator",
    "denominator",
    "population",
)


def _doubt_rank(status: str) -> int:
    return STATUSES_BY_DOUBT.index(status) if status in STATUSES_BY_DOUBT else 0


def _weakest_codes(ranks: Any, starts: Ints, codes: tuple[str, ...] | list[str]) -> list[str]:
    worst = np.maximum.reduceat(ranks.to_numpy(dtype=np.int64), starts)
    return [codes[rank] for rank in worst]


def _sum_by_group(cells: Any, starts: Ints) -> Floats:
    with np.errstate(over="ignore"):
        total = np.add.reduceat(cells.to_numpy(dtype=np.float64), starts)
    return np.where(np.isfinite(total), total, np.nan)


def common_cells(parts: Any, firsts: Any, starts: Ints) -> Any:
    """The cells where all parts of a group say the same, else nothing."""
    codes = pd.factorize(parts)[0]
    is_uniform = np.minimum.reduceat(codes, starts) == np.maximum.reduceat(codes, starts)
    return firsts.astype(object).where(is_uniform, "" if parts.name in _TEXT_DEFAULTS else None)


def _join_notes(notes: Any, group_index: Ints) -> list[str]:
    """The different notes of each group's parts, in their order."""
    notes_by_group: dict[int, dict[str, None]] = {int(number): {} for number in group_index}
    for number, note in zip(group_index.tolist(), notes.tolist(), strict=True):
        if note:
            notes_by_group[number][note] = None
    return [" ".join(group_notes) for group_notes in notes_by_group.values()]


def _set_values(
    summed: DataFrame, parts: DataFrame, starts: Ints, indicators: Mapping[str, IndicatorMetadata]
) -> None:
    """Put the value and its limits in: for a count the sum, else what the counts give."""
    levels = _common_ci_levels(parts["ci_level"], starts)
    summed["value"] = _sum_by_group(parts["value"], starts)
    counted = value_types(summed, indicators) == "count"
    summed["denominator"] = np.where(counted, np.nan, summed["denominator"])
    summed["ci_level"] = np.nan
    for indicator in sorted(set(summed["indicator"][~counted])):
        measure = indicators[indicator]
        default_level = measure.ci_level or DEFAULT_CI_LEVEL
        row_levels = np.where(np.isnan(levels), default_level, levels)
        for level in np.unique(row_levels):
            rows_at_level = np.flatnonzero(
                (summed["indicator"] == indicator) & (row_levels == level)
            )
            for name, cells in _compute_ratio(
                summed.iloc[rows_at_level], measure, float(level)
            ).items():
                summed.loc[rows_at_level, name] = cells


def _common_ci_levels(cells: Any, starts: Ints) -> Floats:
    """The level that the parts with limits share; NaN where they do not."""
    levels = cells.to_numpy(dtype=np.float64)
    levels = np.where((levels >= 50) & (levels < 100), levels, np.nan)
    low, high = np.fmin.reduceat(levels, starts), np.fmax.reduceat(levels, starts)
    return np.where(low == high, low, np.nan)


def _compute_ratio(rows: DataFrame, measure: IndicatorMetadata, level: float) -> dict[str, Floats]:
    count, total = (rows[name].to_numpy(dtype=np.float64) for name in ("numerator", "denominator"))
    with np.errstate(all="ignore"):
        value = np.where(total > 0, measure.multiplier * (count / total), np.nan)
    limits = intervals.limits_for_value_type(
        measure.value_type, count, total, measure.multiplier, round(level / 100, 12)
    )
    levels = np.where(np.isnan(limits.lower), np.nan, level)
    return {"value": value, "ci_lower": limits.lower, "ci_upper": limits.upper, "ci_level": levels}


def _derived_column_names(summed: DataFrame) -> list[str]:
    """The names of the columns that were worked out, as the hub writes them."""
    is_present = summed[list(_DERIVABLE_COLUMNS)].notna().to_numpy()
    return [";".join(np.array(_DERIVABLE_COLUMNS)[row].tolist()) for row in is_present]
