"""The rows of one classification in their new groups, with an account of every row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evidencehub.measures.added import (
    FROM,
    RATED,
    Measure,
    Rows,
    added,
    stratum_columns,
    value_types,
)
from evidencehub.measures.classify import TOTAL, listed
from evidencehub.measures.regroup import HIDDEN, STATES, Grid, Links, Made, regroup

Measures = Mapping[str, Measure]


@dataclass(frozen=True, eq=False)
class Converted:
    """Converted rows, and an account of every row that went in.

    `rows`: the observations in the new groups. `derived` names what was worked out here, `note`
    and `from_codes` say from which groups of `from_scheme`.
    `gaps`: groups that could not be made, with `reason` and an `obs_status`: Q where a part is
    suppressed, else O.
    `left_out`: the rows that went into no group, and `why`.
    `caveats`: sentences that must be shown with the answer.
    """

    rows: Rows
    gaps: Rows
    left_out: Rows
    caveats: tuple[str, ...] = ()

    def counts(self) -> dict[str, int]:
        """How many rows were left out, for each reason."""
        told = self.left_out["why"].value_counts()
        return {str(why): int(told[why]) for why in sorted(told.index)}


@dataclass(frozen=True, eq=False)
class Plan:
    """The rows of one scheme and what its codes lead to."""

    here: Rows
    grid: Grid
    to: str
    links: Links
    caveats: tuple[str, ...]

    @cached_property
    def made(self) -> Made:
        """Which rows make which group."""
        return regroup(self.grid, {code: target for code, (target, _) in self.links.items()})

    @property
    def adds(self) -> bool:
        """True where some row is of a group that is to be added to others."""
        leaves = [self.links[code][0] for code in self.grid.scheme.leaves]
        used = [code for code in set(self.here["ethnicity"]) if code in self.links]
        return any(self.links[c][0] != c and leaves.count(self.links[c][0]) > 1 for c in used)

    def told(self, how: str, codes: Sequence[str]) -> str:
        """A note on the codes that a figure comes from."""
        close = [code for code in codes if self.links[code][1] == "closeMatch"]
        nearly = f" (closeMatch: {listed(close)})" if close else ""
        return f"{how} {listed(codes)} of {self.grid.scheme.name}{nearly}."

    def part_of(self, code: str) -> str:
        """What to add to the note of a group that one narrower code stands for."""
        return " It is narrower." if self.links[code][1] == "broadMatch" else ""

    @cached_property
    def strata(self) -> Rows:
        """The key of each stratum, in the order of their numbers."""
        columns = stratum_columns(self.here)
        return self.here[columns].drop_duplicates().reset_index(drop=True)


class _Gap(NamedTuple):
    """A group of a stratum that could not be made."""

    stratum: int
    target: str
    obs_status: str
    reason: str


def carried(plan: Plan, measures: Measures, there: Rows) -> Converted:
    """The rows of one scheme in their new groups, with an account of all of them."""
    made, here = plan.made, plan.here
    sizes = np.bincount(made.of, minlength=len(made.stratum))
    native = _already(plan, there)
    pairs = list(zip(made.stratum.tolist(), made.target.tolist(), strict=True))
    gone = np.array([(s, made.targets[t]) in native for s, t in pairs], np.bool_)
    shares = _shares(plan, sizes, measures)
    kept = ~gone & ~shares
    summed = _summed(plan, measures, kept & (sizes > 1))
    alone = (kept & (sizes == 1))[made.of]
    totals = _totals(plan, native)
    gaps = [
        gap
        for gap in (*_missed(plan), *_share_gaps(plan, shares), *summed.gaps, *totals.gaps)
        if (gap.stratum, gap.target) not in native
    ]
    used = np.concatenate([summed.members, made.rows[alone], totals.members])
    tables = [summed.rows, _passed_on(plan, made.rows[alone], made.target[made.of][alone])]
    rows = pd.concat([table for table in (*tables, totals.rows) if len(table)] or [tables[1]])
    left_out = here.drop(index=used)
    why = _why(plan, left_out, {(gap.stratum, gap.target) for gap in gaps}, native)
    return Converted(
        rows,
        _gap_rows(plan, gaps),
        left_out.assign(why=pd.Series(why, left_out.index, object)),
        plan.caveats,
    )


class _Some(NamedTuple):
    """A part of an answer: its rows, the rows they were made from, and what could not be made."""

    rows: Rows
    members: NDArray[np.int64]
    gaps: list[_Gap]


def _already(plan: Plan, there: Rows) -> set[tuple[int, str]]:
    """The strata and groups that the source gives in the target classification itself."""
    if not len(there):
        return set()
    strata = {key: i for i, key in enumerate(plan.strata.itertuples(index=False, name=None))}
    keys = there[stratum_columns(there)].itertuples(index=False, name=None)
    codes = there["ethnicity"].tolist()
    return {(strata[key], code) for key, code in zip(keys, codes, strict=True) if key in strata}


def _summed(plan: Plan, measures: Measures, wanted: NDArray[np.bool_]) -> _Some:
    """Groups of several rows, added; one in which nobody is has no figure."""
    made = plan.made
    members = wanted[made.of]
    numbers, of = np.unique(made.of[members], return_inverse=True)
    rows = added(plan.here, made.rows[members], of, measures)
    codes: list[list[str]] = [[] for _ in numbers]
    names = plan.here["ethnicity"].tolist()
    for number, row in zip(of.tolist(), made.rows[members].tolist(), strict=True):
        codes[number].append(names[row])
    order = {code: i for i, code in enumerate(plan.grid.scheme.parents)}
    codes = [sorted(parts, key=order.__getitem__) for parts in codes]
    targets = [made.targets[target] for target in made.target[numbers]]
    notes = [plan.told("Sum of", parts) for parts in codes]
    rows = _labelled(plan, rows, targets, notes, [";".join(parts) for parts in codes])
    empty = rows["value"].isna().to_numpy(np.bool_)
    gaps = [
        _Gap(int(made.stratum[numbers[i]]), targets[i], "M", "Nobody is in the group.")
        for i in np.flatnonzero(empty)
    ]
    return _Some(rows[~empty], made.rows[members][~empty[of]], gaps)


def _passed_on(plan: Plan, rows: NDArray[np.int64], target: NDArray[np.int64]) -> Rows:
    """Groups of one row each: the publisher's own figure under the new code."""
    found = plan.here.iloc[rows]
    codes = found["ethnicity"].tolist()
    targets = [plan.made.targets[number] for number in target.tolist()]
    same = found["scheme"].eq(plan.to).tolist()
    notes = [
        "" if stays and code == to else plan.told("Published as", [code]) + plan.part_of(code)
        for stays, code, to in zip(same, codes, targets, strict=True)
    ]
    return _labelled(plan, found, targets, notes, codes)


def _totals(plan: Plan, native: set[tuple[int, str]]) -> _Some:
    """All groups together, which mean the same in every classification."""
    shown = plan.grid.shown & (plan.here["ethnicity"] == TOTAL).to_numpy()
    hidden = ~plan.grid.shown & (plan.here["ethnicity"] == TOTAL).to_numpy()
    stratum = plan.grid.stratum
    shown &= np.array([(int(s), TOTAL) not in native for s in stratum], np.bool_)
    rows = np.flatnonzero(shown)
    found = plan.here.iloc[rows]
    codes = [TOTAL] * len(found)
    gaps = [
        _Gap(
            int(stratum[row]),
            TOTAL,
            "Q" if plan.grid.state[row] == HIDDEN else "O",
            f"The total {STATES[max(int(plan.grid.state[row]), 2)]}.",
        )
        for row in np.flatnonzero(hidden)
    ]
    return _Some(_labelled(plan, found, codes, [""] * len(found), codes), rows, gaps)


def _labelled(
    plan: Plan, rows: Rows, codes: list[str], notes: list[str], from_codes: list[str]
) -> Rows:
    """The rows under their new codes, with a note on where they come from."""
    origin = plan.here["scheme"].iloc[0]
    told = [" ".join(filter(None, both)) for both in zip(notes, rows["note"], strict=True)]
    new = {"scheme": plan.to, "ethnicity": codes, "note": told}
    return rows.assign(**new, **dict(zip(FROM, (origin, from_codes), strict=True)))


def _missed(plan: Plan) -> Iterator[_Gap]:
    """Groups of which a part is hidden or missing: named, so that nobody takes them for none."""
    for stratum, number, blamed in plan.made.gaps:
        target = plan.made.targets[number]
        told = listed([f"{code} {STATES[state]}" for code, state in blamed])
        hidden = any(state == HIDDEN for _, state in blamed)
        reason = f"{plan.to} {target} cannot be given: {plan.grid.scheme.name} {told}."
        yield _Gap(stratum, target, "Q" if hidden else "O", reason)


def _shares(plan: Plan, sizes: NDArray[np.int64], measures: Measures) -> NDArray[np.bool_]:
    """Made groups whose parts all have the denominator of the whole.

    Such figures are shares of one whole, as “of all staff, 5 in 100 are Indian”. The shares
    add up; their denominators do not. Where the total is not there to tell, the denominators
    of all groups of the stratum must be the same: two alone may be so by chance.
    """
    made, here, stratum = plan.made, plan.here, plan.grid.stratum
    base = here["denominator"].to_numpy(dtype=np.float64)
    is_total = (here["ethnicity"] == TOTAL).to_numpy()
    whole = np.full(len(plan.strata), np.nan)
    whole[stratum[is_total]] = base[is_total]
    rated = np.isin(value_types(here, measures), RATED)[made.rows]
    low, high = _ends(np.where(rated, base[made.rows], np.nan), made.of, len(sizes))
    lowest, highest = _ends(base[~is_total], stratum[~is_total], len(whole))
    total, alike = whole[made.stratum], (lowest == highest)[made.stratum]
    of_whole = np.where(np.isnan(total), alike, total == low)
    shares: NDArray[np.bool_] = (sizes > 1) & (low == high) & (low > 0) & of_whole
    return shares


def _ends(
    numbers: NDArray[np.float64], of: NDArray[np.int64], groups: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The least and the greatest number of each group, as far as they are known."""
    low, high = np.full(groups, np.inf), np.full(groups, -np.inf)
    np.fmin.at(low, of, numbers)
    np.fmax.at(high, of, numbers)
    return low, high


def _share_gaps(plan: Plan, shares: NDArray[np.bool_]) -> Iterator[_Gap]:
    made = plan.made
    for number in np.flatnonzero(shares):
        reason = (
            "All parts have the same denominator: they are shares of one whole, and their "
            "denominators cannot be added."
        )
        yield _Gap(int(made.stratum[number]), made.targets[made.target[number]], "O", reason)


def _gap_rows(plan: Plan, gaps: list[_Gap]) -> Rows:
    keys = plan.strata.iloc[[gap.stratum for gap in gaps]].reset_index(drop=True)
    return keys.assign(
        scheme=plan.to,
        ethnicity=pd.Series([gap.target for gap in gaps], dtype=object),
        obs_status=pd.Series([gap.obs_status for gap in gaps], dtype=object),
        reason=pd.Series([gap.reason for gap in gaps], dtype=object),
        from_scheme=plan.grid.scheme.name,
    )


_WHYS = {
    "residual": "no ethnic group: not known, not stated or declined",
    "gap": "part of a group that could not be made",
    "native": "the source gives the group in the target classification itself",
    "level": "a heading and its parts are both there: one of the two was taken",
}


def _why(
    plan: Plan, left: Rows, gaps: set[tuple[int, str]], native: set[tuple[int, str]]
) -> list[str]:
    """Why each row went into no group."""
    strata = plan.grid.stratum[left.index]
    scheme = plan.grid.scheme
    found = []
    for stratum, code in zip(strata.tolist(), left["ethnicity"].tolist(), strict=True):
        leads = [plan.links[c][0] for c in (code, *scheme.above(code)) if c in plan.links]
        to = [(stratum, target) for target in leads or [code]]
        kind = "level"
        if code in scheme.residual:
            kind = "residual"
        elif any(pair in gaps for pair in to):
            kind = "gap"
        elif any(pair in native for pair in to):
            kind = "native"
        found.append(_WHYS[kind])
    return found


def contradicted(plan: Plan, measures: Measures) -> Iterator[str]:
    """Headings whose own figure is not what their parts add up to."""
    made, here = plan.made, plan.here
    counted = value_types(here, measures) == "count"
    size = np.where(counted, here["value"], here["numerator"]).astype(np.float64)
    summed = np.bincount(made.of, size[made.rows], len(made.stratum))
    columns = [plan.grid.column[made.targets[target]] for target in made.target]
    own = plan.grid.row_of[made.stratum, columns]
    published = np.where(own >= 0, size[own], np.nan)
    apart = np.abs(summed - published) > 1e-9 * np.abs(published)
    alone = np.bincount(made.of, minlength=len(made.stratum)) == 1
    apart &= ~alone
    if apart.any():
        names = sorted({made.targets[target] for target in made.target[apart]})
        yield (
            f"{plan.to}: the parts of {listed(names)} do not always add up to the figure that is "
            f"published for the heading ({int(apart.sum())} of {len(apart)} groups). The sum of "
            "the parts is given."
        )
