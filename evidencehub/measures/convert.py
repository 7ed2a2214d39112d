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

import numpy as np
import pandas as pd

from evidencehub.measures.added import (
    FROM,
    RATED,
    Measure,
    Rows,
    cleaned,
    numbered,
    states_of,
    stratum_columns,
    value_types,
)
from evidencehub.measures.carried import Converted, Measures, Plan, carried, contradicted
from evidencehub.measures.classify import (
    ADDABLE,
    TOTAL,
    Obstacle,
    Relation,
    Scheme,
    classify,
    cycle_in,
    listed,
    not_addable,
    unknown_code,
)
from evidencehub.measures.regroup import (
    Grid,
    grid_of,
    headings,
    links_of,
)

__all__ = ["Converted", "Measure", "Refusal", "convert", "roll_up"]

Schemes: TypeAlias = Mapping[str, Scheme]
Crosswalks: TypeAlias = Mapping[tuple[str, str], Sequence[Relation]]


@dataclass(frozen=True)
class Refusal:
    """Why there is no conversion: each code, measure or classification in the way."""

    obstacles: tuple[Obstacle, ...]

    @property
    def reasons(self) -> tuple[str, ...]:
        """The sentences."""
        return tuple(obstacle.text for obstacle in self.obstacles)


def convert(
    observations: Rows, to: str, *, schemes: Schemes, crosswalks: Crosswalks, measures: Measures
) -> Converted | Refusal:
    """The observations in the groups of the scheme `to`, or why that cannot be.

    Refused as a whole where a code does not lead to one group that is the same or broader,
    where a measure cannot be added up, and where two classifications would give one group
    twice. Rows that are in `to` already stay as they are, and win over a converted one.
    """
    frame = cleaned(observations)
    native = frame["scheme"] == to
    there, rest = frame[native].reset_index(drop=True), frame[~native].reset_index(drop=True)
    obstacles = [*_repeated(frame), *_unsound(rest, schemes, measures), *_twice(rest)]
    if to not in schemes:
        obstacles.append(Obstacle("scheme", (to,), f"“{to}” is not a classification of the hub."))
    if obstacles:
        return Refusal(tuple(obstacles))
    plans = []
    for name, here in _by_scheme(rest):
        walk = crosswalks.get((name, to), ())
        grid = _grid(here, schemes[name], measures)
        verdicts = [
            classify(scheme, schemes[to], walk, grid.finest)
            for scheme in _as_counted(here, schemes[name])
        ]
        obstacles += [found for verdict in verdicts for found in verdict.obstacles]
        caveats = [told for verdict in verdicts for told in verdict.caveats]
        plans.append(Plan(here, grid, to, links_of(walk, schemes[name]), tuple(caveats)))
    if obstacles:
        return Refusal(tuple(dict.fromkeys(obstacles)))
    return _answer([carried(plan, measures, there) for plan in plans], there)


def roll_up(
    observations: Rows, *, schemes: Schemes, measures: Measures, level: int = 1
) -> Converted | Refusal:
    """The observations in the headings of their own scheme, or why that cannot be.

    `level` counts from the top: 1 gives the headings that no other holds; a group that has
    fewer levels above it stays itself. Parts are added where all of them are there; else the
    heading's own row is taken; never both. A caveat names the headings where the two differ.
    """
    if level < 1:
        raise ValueError(f"“level” is {level}. Use 1 for the top headings, 2 for the next.")
    frame = cleaned(observations)
    obstacles = [*_repeated(frame), *_unsound(frame, schemes, measures)]
    if obstacles:
        return Refusal(tuple(obstacles))
    plans = []
    for name, here in _by_scheme(frame):
        grid = _grid(here, schemes[name], measures)
        plan = Plan(here, grid, name, headings(schemes[name], level), ())
        obstacles += [
            not_addable(scheme.name, scheme.counting_basis)
            for scheme in _as_counted(here, schemes[name])
            if scheme.counting_basis not in ADDABLE and plan.adds
        ]
        plans.append(replace(plan, caveats=tuple(contradicted(plan, measures))))
    if obstacles:
        return Refusal(tuple(dict.fromkeys(obstacles)))
    return _answer([carried(plan, measures, frame[:0]) for plan in plans], frame[:0])


def _by_scheme(frame: Rows) -> Iterator[tuple[str, Rows]]:
    for name in sorted(set(frame["scheme"])):
        yield name, frame[frame["scheme"] == name].reset_index(drop=True)


def _as_counted(here: Rows, scheme: Scheme) -> list[Scheme]:
    """The scheme with each counting basis that its rows have: a table may have its own."""
    groups = here[here["ethnicity"].isin(scheme.groups)]
    bases = groups["counting_basis"].where(groups["counting_basis"] != "", scheme.counting_basis)
    found = sorted(set(bases)) or [scheme.counting_basis]
    return [replace(scheme, counting_basis=basis) for basis in found]


def _grid(here: Rows, scheme: Scheme, measures: Measures) -> Grid:
    state, shown = states_of(here, value_types(here, measures))
    return grid_of(scheme, here["ethnicity"].tolist(), numbered(here), state, shown)


def _repeated(frame: Rows) -> Iterator[Obstacle]:
    """Rows that say the same key twice would be added twice."""
    key = [*stratum_columns(frame), "scheme", "ethnicity"]
    twice = frame[frame.duplicated(key)]
    if len(twice):
        row = twice.iloc[0]
        text = (
            f"{len(twice)} {'row repeats' if len(twice) == 1 else 'rows repeat'} the key of "
            f"another, first {row['indicator']}, {row['area']}, {row['period_start']}, "
            f"{row['ethnicity']}. Ask for one release of one dataset."
        )
        yield Obstacle("rows", tuple(sorted(set(twice["indicator"]))), text)


def _twice(rest: Rows) -> Iterator[Obstacle]:
    """Two classifications of the same figures would give the same group twice."""
    schemes = sorted(set(rest["scheme"]))
    pairs = rest[[*stratum_columns(rest), "scheme"]].drop_duplicates()
    if pairs.duplicated(stratum_columns(rest)).any():
        text = (
            f"The same figures are there in several classifications, {listed(schemes)}. "
            "Ask for one of them."
        )
        yield Obstacle("rows", tuple(schemes), text)


def _unsound(frame: Rows, schemes: Schemes, measures: Measures) -> Iterator[Obstacle]:
    """Schemes, codes and measures of the rows that nothing can be done with."""
    for name, here in _by_scheme(frame):
        if name not in schemes:
            text = f"“{name}” is not a classification of the hub."
            yield Obstacle("scheme", (name,), text)
            continue
        if schemes[name].cycle:
            yield cycle_in(schemes[name])
        for code in sorted(set(here["ethnicity"]) - set(schemes[name].parents) - {TOTAL}):
            yield unknown_code(schemes[name], code)
    for indicator in sorted(set(frame["indicator"])):
        here = frame[frame["indicator"] == indicator]
        for why in _not_summed(here, measures.get(indicator)):
            yield Obstacle("measure", (indicator,), f"{indicator}: {why}")


def _not_summed(here: Rows, measure: Measure | None) -> Iterator[str]:
    """Why the figures of one indicator cannot be added up."""
    if measure is None:
        yield "nothing is known of this indicator."
        return
    if measure.value_type not in ("count", *RATED):
        yield f"figures of the type “{measure.value_type}” cannot be added up."
        return
    if compared := sorted(set(here["comparator"]) - {""}):
        yield f"figures in comparison with another group ({listed(compared)}) cannot be added."
    told = set(here["adjustment"])
    if adjusted := sorted(told - {"", "none", "crude"}):
        yield f"adjusted figures ({listed(adjusted)}) cannot be added."
    if measure.value_type == "count":
        return
    if "" in told and not measure.is_crude:
        said = measure.standardisation or "not stated"
        yield f"only crude figures can be added, and the standardisation is “{said}”."
    figures = here[here["value"].notna() & (here["ethnicity"] != TOTAL)]
    counts = figures[["numerator", "denominator"]].notna().all(axis=1)
    if len(figures) and not counts.any():
        yield f"the {measure.value_type} is published without its numerator and denominator."
    if not 0 < measure.factor < np.inf:
        yield f"the scale is {measure.factor}, which is no scale."


def _answer(parts: Sequence[Converted], there: Rows) -> Converted | Refusal:
    """The parts as one answer; a refusal where rows went in and none came out."""
    start = there.assign(**dict.fromkeys(FROM, ""))
    rows, gaps, left = (
        _stacked([getattr(part, name) for part in parts]) for name in ("rows", "gaps", "left_out")
    )
    caveats = tuple(dict.fromkeys(told for part in parts for told in part.caveats))
    rows = _stacked([start, *([] if rows is None else [rows])])
    if not len(rows) and left is not None and len(left):
        return Refusal(tuple(_nothing_left(gaps, left)))
    rows = rows.sort_values(
        [*stratum_columns(rows), "scheme", "ethnicity"], kind="stable"
    ).reset_index(drop=True)
    none = there[:0]
    return Converted(
        rows,
        none.assign(reason="", from_scheme="") if gaps is None else gaps,
        none.assign(why="") if left is None else left,
        caveats,
    )


def _stacked(tables: Sequence[Rows]) -> Rows:
    """The tables below each other; the first of them where all are empty, None for no table."""
    filled = [table for table in tables if len(table)]
    if not filled:
        return tables[0] if tables else None
    return pd.concat(filled, ignore_index=True)


def _nothing_left(gaps: Rows, left: Rows) -> Iterator[Obstacle]:
    codes = tuple(sorted(set(left["ethnicity"])))
    for reason in sorted(set(gaps["reason"])):
        yield Obstacle("rows", codes, reason)
    for why, count in left["why"].value_counts().sort_index().items():
        yield Obstacle("rows", codes, f"{count} of the rows: {why}.")
