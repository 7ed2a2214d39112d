"""Observations as a table, and several of them added into one: counts, rates and their limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evidencehub.measures import intervals
from evidencehub.measures.regroup import CENSORED, COUNTLESS, EMPTY, FINE, HIDDEN, MIXED
from evidencehub.model.vocabulary import KEY

Rows: TypeAlias = Any  # a pandas.DataFrame, which has no types: a row for each observation
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

RATED = ("rate", "percentage", "proportion")
"""Types of value that follow from a numerator and a denominator."""

USUAL = 95.0  # the level of an interval where neither rows nor indicator name one

_NUMBERS = (
    "value", "value_min", "value_max", "ci_lower", "ci_upper", "ci_level", "se", "numerator",
    "denominator", "population", "decimals",
)  # fmt: skip
_TOLD = (
    "value", "value_min", "value_max", "ci_lower", "ci_upper", "se", "numerator",
)  # fmt: skip
_TEXTS = dict.fromkeys(KEY, "") | {
    "sex": "_T",
    "age": "_T",
    "obs_status": "A",
    "conf_status": "F",
    "counting_basis": "",
    "verification": "",
    "note": "",
    "derived": "",
}
_WHOLE = ("dataset", "release")  # rows of several of them may share a key
_NEEDED = ("indicator", "area", "period_start", "period_end", "scheme", "ethnicity", "value")
FROM = ("from_scheme", "from_codes")


@dataclass(frozen=True)
class Measure:
    """What must be known of an indicator before its figures are added.

    `scale` is what numerator / denominator is multiplied by; where it is not given, 100 for a
    percentage and 1 for the rest. `standardisation` is the publisher's text: “crude …” or
    “none …” says that figures are counted as they stand. `ci_level` is in percent.
    """

    value_type: str
    scale: float | None = None
    standardisation: str = ""
    ci_level: float | None = None

    @property
    def factor(self) -> float:
        """What numerator / denominator is multiplied by."""
        return self.scale or (100.0 if self.value_type == "percentage" else 1.0)

    @property
    def is_crude(self) -> bool:
        """True where the publisher says so."""
        return self.standardisation.strip().casefold().startswith(("crude", "none"))


def cleaned(observations: Rows) -> Rows:
    """The observations in the order of their keys, each column in one type.

    Text that is missing becomes what it means when a package does not give it; a number that
    is missing, infinite or no number becomes NaN. So does every figure of a hidden row, should
    one have slipped through: nothing that follows can then give it away.

    Raises ValueError where a column is missing that cannot be done without.
    """
    missing = [name for name in _NEEDED if name not in observations.columns]
    if missing:
        raise ValueError(f"The observations lack the columns {', '.join(missing)}.")
    frame = observations.reset_index(drop=True)
    whole = [name for name in _WHOLE if name in frame.columns]
    texts = {name: _text(frame, name) for name in (*whole, *_TEXTS)}
    frame = frame.assign(**texts, **{name: _number(frame, name) for name in _NUMBERS})
    frame.loc[is_hidden(frame), list(_TOLD)] = np.nan
    order = [*stratum_columns(frame), "scheme", "ethnicity"]
    return frame.sort_values(order, kind="stable").reset_index(drop=True)


def _text(frame: Rows, name: str) -> NDArray[np.object_]:
    default = _TEXTS.get(name, "")
    cells: NDArray[np.object_] = np.full(len(frame), default, dtype=object)
    if name in frame.columns:
        known = frame[name].notna().to_numpy()
        cells[known] = [str(cell) or default for cell in frame[name][known]]
    return cells


def _number(frame: Rows, name: str) -> Floats:
    if name not in frame.columns:
        return np.full(len(frame), np.nan)
    cells = pd.to_numeric(frame[name], errors="coerce").astype("float64").to_numpy()
    return np.where(np.isfinite(cells), cells, np.nan)


def is_hidden(frame: Rows) -> Any:
    """True for rows that are suppressed, or that are not free for publication."""
    return (frame["obs_status"] == "Q") | (frame["conf_status"] != "F")


def stratum_columns(frame: Rows) -> list[str]:
    """The columns that rows must share before they may be added: all of the key but the group."""
    whole = [name for name in _WHOLE if name in frame.columns]
    return [*whole, *(name for name in KEY if name not in ("scheme", "ethnicity"))]


def value_types(frame: Rows, measures: Mapping[str, Measure]) -> NDArray[np.object_]:
    """The type of value of each row; empty for an indicator that is not known."""
    known = {name: measure.value_type for name, measure in measures.items()}
    types: NDArray[np.object_] = frame["indicator"].map(known).fillna("").to_numpy(dtype=object)
    return types


def numbered(frame: Rows) -> Ints:
    """The stratum of each row: numbers from 0, in the order in which strata appear."""
    groups = frame.groupby(stratum_columns(frame), sort=False)
    numbers: Ints = groups.ngroup().to_numpy(dtype=np.int64)
    return numbers


def states_of(frame: Rows, types: NDArray[np.object_]) -> tuple[NDArray[np.uint8], Any]:
    """Whether each row may be added to others (see `regroup.STATES`), and has a figure to show."""
    value, low, high, count, total = (
        frame[name].to_numpy(dtype=np.float64)
        for name in ("value", "value_min", "value_max", "numerator", "denominator")
    )
    bound = np.isfinite(low) | np.isfinite(high)
    hidden = is_hidden(frame)
    bare = np.isnan(value)
    without = np.where(types == "count", ~(value >= 0), ~((count >= 0) & (total >= 0)))
    state = np.select(
        [hidden, frame["obs_status"].isin(["K", "W"]), ~without, bare & bound, bare],
        [HIDDEN, MIXED, FINE, CENSORED, EMPTY],
        COUNTLESS,
    )
    return state.astype(np.uint8), (~hidden & (~bare | bound)).to_numpy(dtype=np.bool_)


def added(frame: Rows, rows: Ints, of: Ints, measures: Mapping[str, Measure]) -> Rows:
    """Rows of `frame` added into one for each number in `of`, which must be in order.

    Numerator, denominator and population are summed, and are missing where one of them is.
    Other columns are kept where all rows say the same. The verification and the observation
    status are those of the weakest row. `decimals` are for showing: nothing is rounded.
    """
    parts = frame.iloc[rows].reset_index(drop=True)
    starts = np.flatnonzero(np.diff(of, prepend=-1))
    made = parts.iloc[starts].reset_index(drop=True)
    if not len(made):
        return made
    for name in made.columns:
        if name not in _NUMBERS:
            made[name] = _agreed(parts[name], made[name], starts)
    for name in ("numerator", "denominator", "population"):
        made[name] = _sum(parts[name], starts)
    made["decimals"] = np.fmax.reduceat(parts["decimals"].to_numpy(), starts)
    made["obs_status"] = _weakest(parts["obs_status"].map(_doubt), starts, _DOUBT)
    trust = sorted(set(parts["verification"]))  # the codes run from best to weakest: A, B, C1 …
    made["verification"] = _weakest(parts["verification"].map(trust.index), starts, trust)
    made["note"] = _joined(parts["note"], of)
    made[["value_min", "value_max", "se", "ci_lower", "ci_upper"]] = np.nan
    _values(made, parts, starts, measures)
    made["derived"] = _derived(made)
    return made


_DOUBT = ("A", "J", "D", "B", "V", "G", "P", "I", "E", "F", "U", "N")
"""Observation statuses that a figure may have, from the least to the most doubtful."""

_DERIVED = ("value", "ci_lower", "ci_upper", "ci_level", "numerator", "denominator", "population")


def _doubt(status: str) -> int:
    return _DOUBT.index(status) if status in _DOUBT else 0


def _weakest(ranks: Any, starts: Ints, words: tuple[str, ...] | list[str]) -> list[str]:
    worst = np.maximum.reduceat(ranks.to_numpy(dtype=np.int64), starts)
    return [words[rank] for rank in worst]


def _sum(cells: Any, starts: Ints) -> Floats:
    with np.errstate(over="ignore"):
        total = np.add.reduceat(cells.to_numpy(dtype=np.float64), starts)
    return np.where(np.isfinite(total), total, np.nan)


def _agreed(parts: Any, firsts: Any, starts: Ints) -> Any:
    """The cells where all parts of a group say the same, else nothing."""
    codes = pd.factorize(parts)[0]
    same = np.minimum.reduceat(codes, starts) == np.maximum.reduceat(codes, starts)
    return firsts.astype(object).where(same, "" if parts.name in _TEXTS else None)


def _joined(notes: Any, of: Ints) -> list[str]:
    """The different notes of each group's parts, in their order."""
    found: dict[int, dict[str, None]] = {int(number): {} for number in of}
    for number, note in zip(of.tolist(), notes.tolist(), strict=True):
        if note:
            found[number][note] = None
    return [" ".join(told) for told in found.values()]


def _values(made: Rows, parts: Rows, starts: Ints, measures: Mapping[str, Measure]) -> None:
    """Put the value and its limits in: for a count the sum, else what the counts give."""
    levels = _levels(parts["ci_level"], starts)
    made["value"] = _sum(parts["value"], starts)
    counted = value_types(made, measures) == "count"
    made["denominator"] = np.where(counted, np.nan, made["denominator"])
    made["ci_level"] = np.nan
    for indicator in sorted(set(made["indicator"][~counted])):
        measure = measures[indicator]
        usual = measure.ci_level or USUAL
        own = np.where(np.isnan(levels), usual, levels)
        for level in np.unique(own):
            here = np.flatnonzero((made["indicator"] == indicator) & (own == level))
            for name, cells in _rated(made.iloc[here], measure, float(level)).items():
                made.loc[here, name] = cells


def _levels(cells: Any, starts: Ints) -> Floats:
    """The level that the parts with limits share; NaN where they do not."""
    levels = cells.to_numpy(dtype=np.float64)
    levels = np.where((levels >= 50) & (levels < 100), levels, np.nan)
    low, high = np.fmin.reduceat(levels, starts), np.fmax.reduceat(levels, starts)
    shared: Floats = np.where(low == high, low, np.nan)
    return shared


def _rated(rows: Rows, measure: Measure, level: float) -> dict[str, Floats]:
    count, total = (rows[name].to_numpy(dtype=np.float64) for name in ("numerator", "denominator"))
    with np.errstate(all="ignore"):
        value = np.where(total > 0, measure.factor * (count / total), np.nan)
    limits = intervals.of_figure(
        measure.value_type, count, total, measure.factor, round(level / 100, 12)
    )
    given = np.where(np.isnan(limits.lower), np.nan, level)
    return {"value": value, "ci_lower": limits.lower, "ci_upper": limits.upper, "ci_level": given}


def _derived(made: Rows) -> list[str]:
    """The names of the columns that were worked out, as the hub writes them."""
    there = made[list(_DERIVED)].notna().to_numpy()
    return [";".join(np.array(_DERIVED)[row].tolist()) for row in there]
