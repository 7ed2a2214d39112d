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

from evidencehub.measures.against import against_reference
from evidencehub.measures.inequality import (
    CI_METHODS,
    MEASURES,
    REASONS,
    Measure,
    Measured,
    Strata,
    measures,
)
from evidencehub.measures.observed import (
    TOTAL,
    Gap,
    Group,
    Indicator,
    Missing,
    Observation,
    Row,
    Stratum,
    Table,
    ancestors,
    depth_of,
)
from evidencehub.measures.sheet import Place, Sheet
from evidencehub.measures.strata import Bools, Floats, Integers

LEVEL = 0.95
DRAWS = 10_000
MOST_DRAWN = 2_000_000  # simulated figures of one measure: strata by groups by draws
COMPARED = ("rate", "percentage", "proportion", "mean", "median", "index")
"""Types of value of which groups are compared; the others are counts, or comparisons already."""

ENDS = ("d", "r", "par", "paf")  # compare the ends of an order, or its top with the mean
ETHNICITY = "ethnicity"  # the dimension whose groups most measures are about
DIRECTED = ("d", "r", "mdbu", "mdbw", "par", "paf")  # need to know which group is the best


def table(
    observations: Iterable[Observation],
    indicators: Mapping[str, Indicator],
    schemes: Mapping[str, Mapping[str, Group]],
    ordered: Mapping[str, Sequence[str]] | None = None,
    bases: Mapping[str, str] | None = None,
) -> Table:
    """Every measure that the observations allow.

    `schemes` gives the codes of each scheme, `ordered` the codes of each ordered dimension,
    the most disadvantaged first, `bases` the way in which a scheme counts people where an
    observation does not say. Observations of indicators that are not among `indicators`
    are passed over. An interval is given only where the standard errors of all groups are
    known: stated, or following from counts or limits.
    """
    figures: dict[Place, list[tuple[Place, str, Observation]]] = defaultdict(list)
    for told in observations:
        if told.indicator in indicators:
            figures[(*told.sheet, ETHNICITY)].append(((*told.stratum, ""), told.ethnicity, told))
            if told.other and ordered:
                for key, stratum, step in _along(told, ordered):
                    figures[key].append((stratum, step, told))
    found = Table()
    for key in sorted(figures):
        name, scheme, _ = key
        basis = (bases or {}).get(scheme, "")
        sheet = Sheet(key, indicators[name], basis, figures[key], len(found.strata))
        numbered = enumerate(sheet.strata, start=sheet.first)
        found.strata += [Stratum._make((n, *key, *place, LEVEL * 100)) for n, place in numbered]
        if sheet.dimension == ETHNICITY:
            _by_group(sheet, schemes.get(sheet.scheme, {}), found)
        else:
            _by_order(sheet, (ordered or {})[sheet.dimension], found)
    return found


def gaps(
    observations: Sequence[Observation],
    indicator: Indicator,
    codes: Mapping[str, Group],
    reference: str,
    basis: str = "",
) -> list[Gap]:
    """Each ethnic group of one stratum beside a group of choice, by `against_reference`.

    The observations are of one indicator, scheme and stratum; `codes` are those of the scheme,
    `basis` is the way in which it counts people. Headings above the reference and groups
    beneath it are left out, for they hold the same people; so are residual codes. Beside all
    groups together (`_T`) there is no interval.
    """
    if not observations:
        return []
    figures = [((*told.stratum, ""), told.ethnicity, told) for told in observations]
    sheet = Sheet((*observations[0].sheet, ETHNICITY), indicator, basis, figures, 0)
    plain = [not (codes.get(g, Group()).residual or g == TOTAL) for g in sheet.groups]
    found = Table()
    _pairs(sheet, codes, reference, np.array(plain), found)
    return found.gaps


def _along(
    told: Observation, ordered: Mapping[str, Sequence[str]]
) -> Iterator[tuple[Place, Place, str]]:
    """Where a figure belongs along ordered dimensions: sheet, stratum, and its step there."""
    parts = told.other.split(";")
    for part in parts:
        name, _, code = part.partition("=")
        if name in ordered:
            other = ";".join(one for one in parts if one != part)
            stratum = told._replace(other=other).stratum
            yield (*told.sheet, name), (*stratum, told.ethnicity), code


def _strata(sheet: Sheet, keep: Bools, reference: int) -> Strata:
    """The sheet's strata with the groups to `keep` (strata by groups)."""
    estimate = sheet.estimate
    total = sheet.column(TOTAL)
    average = estimate[:, total].copy() if total >= 0 else np.full(len(estimate), np.nan)
    size = len(estimate)
    is_share = sheet.indicator.value_type in ("percentage", "proportion")
    return Strata(
        estimate=np.where(keep, estimate, np.nan),
        favourable=np.full(size, sheet.indicator.polarity == "favourable"),
        # people in several groups: the groups are not independent, and make up no whole
        se=sheet.errors if sheet.is_partition else None,
        population=sheet.people if sheet.is_partition else None,
        reference=np.full(size, reference, dtype=np.int64),
        average=average,
        scale=np.full(size, sheet.indicator.scale if is_share else np.nan),
        given=sheet.given & keep,
    )


def _by_group(sheet: Sheet, codes: Mapping[str, Group], found: Table) -> None:
    """Measures between the ethnic groups of a scheme."""
    indicator = sheet.indicator
    declared = indicator.reference if indicator.reference_scheme == sheet.scheme else ""
    plain = [not (codes.get(g, Group()).residual or g == TOTAL) for g in sheet.groups]
    _pairs(sheet, codes, declared or TOTAL, np.array(plain), found)
    depth = np.array([depth_of(group, codes) for group in sheet.groups])
    keep = _one_level(sheet, depth, np.array(plain), sheet.column(declared))
    strata = _strata(sheet, keep, sheet.column(declared))
    fit: list[Measure] = []
    for row in MEASURES.values():
        if not row.is_ordered:
            why = _unfit(row, sheet)
            if why:
                found.missing.append(_missing(sheet, row.name, "estimate", why, len(sheet.strata)))
            else:
                fit.append(row)
    _measured(sheet, fit, strata, declared, found)


def _refers(row: Measure) -> bool:
    return row.needs_reference or row.name in ("d", "r")


def _unfit(row: Measure, sheet: Sheet) -> str:
    """Why a measure says nothing of an indicator, whatever its figures are."""
    if sheet.indicator.polarity == "neutral" and row.name in DIRECTED:
        return "Neither more nor less of it is better."
    if row.needs_population == "yes" and not sheet.is_partition:
        return "People may count in more than one group."
    return ""


def _one_level(sheet: Sheet, depth: Integers, plain: Bools, reference: int) -> Bools:
    """Which figures count: groups of one level, so that nobody counts twice.

    The level of the reference group where the stratum has it, else the one with most groups,
    the finer of two alike.
    """
    there = ~np.isnan(sheet.estimate) & plain
    levels = sorted({int(level) for level in depth[plain]}, reverse=True) or [0]
    counts = np.stack([(there & (depth == level)).sum(axis=1) for level in levels])
    chosen = np.array(levels)[counts.argmax(axis=0)]
    if reference >= 0:
        chosen = np.where(there[:, reference], depth[reference], chosen)
    level: Bools = plain & (depth == chosen[:, None])
    return level


def _pairs(
    sheet: Sheet,
    codes: Mapping[str, Group],
    reference: str,
    plain: Bools,
    found: Table,
) -> None:
    """Difference and ratio of every group to the reference, or to all groups together.

    All groups together contain the group itself: the two are not independent, and there is no
    interval.
    """
    column = sheet.column(reference)
    size = len(sheet.strata)
    if column < 0:
        why = (
            "The reference group has no figure."
            if reference != TOTAL
            else ("No reference group is declared, and there is no figure of all groups together.")
        )
        found.missing += [_missing(sheet, name, "estimate", why, size) for name in ("d", "r")]
        return
    above = ancestors(reference, codes)
    apart = [
        reference == TOTAL or (g not in above and reference not in ancestors(g, codes))
        for g in sheet.groups
    ]
    keep = np.tile(plain & np.array(apart), (size, 1))
    keep[:, column] = True
    strata = _strata(sheet, keep, column)
    if reference == TOTAL:
        strata = _without_errors(strata)
    both = against_reference(strata, LEVEL)
    others = sheet.given & keep & (np.arange(keep.shape[1]) != column)
    rows, columns = at = np.nonzero(others & ((both.difference.why == 0) | (both.ratio.why == 0)))
    names = list(sheet.groups)
    cells: list[list[Any]] = [
        (rows + sheet.first).tolist(),
        [names[place] for place in columns.tolist()],
        [reference] * len(rows),
    ]
    for compared in (both.difference, both.ratio):
        numbers = (compared.estimate, compared.se, compared.lower, compared.upper)
        cells += [_present(one[at]) for one in numbers]
    found.gaps += map(Gap._make, zip(*cells, strict=True))
    for name, compared in (("d", both.difference), ("r", both.ratio)):
        _count_missing(sheet, name, compared, others, found)


def _without_errors(strata: Strata) -> Strata:
    return Strata(
        estimate=strata.estimate,
        favourable=strata.favourable,
        reference=strata.reference,
        given=strata.given,
    )


def _present(numbers: Floats) -> list[Any]:
    """The numbers, None for what is not there."""
    told = numbers.astype(object)
    told[np.isnan(numbers)] = None
    present: list[Any] = told.tolist()
    return present


def _measured(
    sheet: Sheet, fit: Sequence[Measure], strata: Strata, reference: str, found: Table
) -> None:
    """Measures of every stratum; of strata that are parts of others only what needs no draws."""
    names = sorted(row.name for row in fit)
    if not names:
        return
    told = measures(names, strata, level=LEVEL, draws=DRAWS, drawn=_drawn(sheet))
    every = [told[name] for name in names]
    for name, one in zip(names, every, strict=True):
        if name not in ("d", "r") or sheet.dimension != ETHNICITY:  # told for each group
            _count_missing(sheet, name, one, np.ones((len(one.why), 1), np.bool_), found)
    estimate = np.stack([one.estimate for one in every], axis=1)
    places, columns = at = np.nonzero(~np.isnan(estimate))
    referring = [reference if _refers(MEASURES[name]) else "" for name in names]

    def stacked(of: str) -> NDArray[Any]:
        array: NDArray[Any] = np.stack([getattr(one, of) for one in every], axis=1)[at]
        return array

    cells: list[list[Any]] = [
        (places + sheet.first).tolist(),
        [names[column] for column in columns.tolist()],
        [referring[column] for column in columns.tolist()],
        *(_present(stacked(of)) for of in ("estimate", "se", "lower", "upper")),
        [CI_METHODS[code] for code in stacked("ci_method").tolist()],
        *(stacked(of).astype(int).tolist() for of in ("groups", "excluded", "exploratory")),
    ]
    found.rows += map(Row._make, zip(*cells, strict=True))


def _drawn(sheet: Sheet) -> Bools:
    """The strata whose intervals are simulated: all, or where they are many only whole ones."""
    most = MOST_DRAWN // (len(sheet.groups) * DRAWS)
    size = len(sheet.strata)
    if size <= most:
        return np.ones(size, np.bool_)
    whole = np.array([p[3] == p[4] == TOTAL and not p[5] for p in sheet.strata])
    drawn: Bools = whole & (whole.sum() <= most)
    return drawn


def _by_order(sheet: Sheet, order: Sequence[str], found: Table) -> None:
    """Measures along an ordered dimension, within one ethnic group."""
    known = [group in order for group in sheet.groups]
    keep = np.tile(np.array(known), (len(sheet.strata), 1))
    strata = _strata(sheet, keep, -1)
    rank = np.array([order.index(g) + 1.0 if g in order else np.nan for g in sheet.groups])
    ranked = Strata(
        estimate=strata.estimate,
        favourable=strata.favourable,
        se=strata.se,
        population=strata.population,
        rank=np.where(keep, rank, np.nan),
        scale=strata.scale,
        given=strata.given,
    )
    rows = [row for row in MEASURES.values() if row.is_ordered or row.name in ENDS]
    if sheet.indicator.polarity != "neutral":
        _measured(sheet, rows, ranked, "", found)
        return
    why, size = "Neither more nor less of it is better.", len(sheet.strata)
    found.missing += [_missing(sheet, row.name, "estimate", why, size) for row in rows]


def _missing(sheet: Sheet, name: str, what: str, why: str, strata: int) -> Missing:
    return Missing(sheet.name, sheet.scheme, sheet.dimension, name, what, why, strata)


def _count_missing(sheet: Sheet, name: str, result: Measured, asked: Bools, found: Table) -> None:
    """Count strata by what is missing of a measure, and why; `asked` is (strata, figures)."""
    for what, codes in (("estimate", result.why), ("interval", result.why_no_interval)):
        told = codes.reshape(asked.shape)
        reasons = {REASONS[code]: code for code in np.unique(told[asked]).tolist() if code}
        for why, code in sorted(reasons.items()):
            strata = int(((told == code) & asked).any(axis=1).sum())
            found.missing.append(_missing(sheet, name, what, why, strata))
