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

from evidencehub.measures.against import against_reference
from evidencehub.measures.inequality import MEASURES, Measure, Measured, Strata, measure
from evidencehub.measures.observed import (
    TOTAL,
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
from evidencehub.measures.sheet import Sheet
from evidencehub.measures.strata import Bools, Floats, Integers

LEVEL = 0.95
DRAWS = 10_000
MOST_DRAWN = 2_000_000  # simulated figures of one measure: strata by groups by draws
COMPARED = ("rate", "percentage", "proportion", "mean", "median", "index")
"""Types of value of which groups are compared; the others are counts, or comparisons already."""

ETHNICITY = "ethnicity"  # the dimension whose groups most measures are about
DIRECTED = ("d", "r", "mdbu", "mdbw", "par", "paf")  # need to know which group is the best


def table(
    observations: Iterable[Observation],
    indicators: Mapping[str, Indicator],
    schemes: Mapping[str, Mapping[str, Group]],
    ordered: Mapping[str, Sequence[str]] | None = None,
) -> Table:
    """Every measure that the observations allow.

    `schemes` gives the codes of each scheme, `ordered` the codes of each ordered dimension,
    the most disadvantaged first. Observations of indicators that are not among `indicators`
    are passed over. An interval is given only where the standard errors of all groups are
    known: stated, or following from counts or limits.
    """
    sheets: dict[tuple[str, str, str], Sheet] = {}
    for told in observations:
        indicator = indicators.get(told.indicator)
        if indicator is not None:
            for dimension, stratum, group in _places(told, ordered or {}):
                key = (told.indicator, told.scheme, dimension)
                if key not in sheets:
                    sheets[key] = Sheet(*key, indicator)
                sheets[key].add(stratum, group, told)
    found = Table()
    for key in sorted(sheets):
        sheet = sheets[key]
        if sheet.dimension == ETHNICITY:
            _by_group(sheet, schemes.get(sheet.scheme, {}), found)
        else:
            _by_order(sheet, (ordered or {})[sheet.dimension], found)
    return found


def _places(
    told: Observation, ordered: Mapping[str, Sequence[str]]
) -> Iterator[tuple[str, Stratum, str]]:
    """The strata that a figure belongs to: dimension, stratum, and its group there."""
    common = (told.area, told.period_start, told.period_end)
    rest = (told.sex, told.age)
    yield ETHNICITY, Stratum(*common, "", *rest, told.other, told.adjustment), told.ethnicity
    parts = told.other.split(";") if told.other else []
    for part in parts:
        name, _, code = part.partition("=")
        if name in ordered:
            other = ";".join(one for one in parts if one != part)
            yield name, Stratum(*common, told.ethnicity, *rest, other, told.adjustment), code


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
    for row in MEASURES.values():
        if not row.is_ordered:
            why = _unfit(row, sheet)
            if why:
                found.missing.append(_missing(sheet, row.name, "estimate", why, len(sheet.strata)))
            else:
                _measured(sheet, row, strata, declared if _refers(row) else "", found)


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
    for name, compared in (("d", both.difference), ("r", both.ratio)):
        by_group = list(zip(*_lists(compared), strict=True))
        counted = list(zip(*_counts(compared), strict=True))
        for group, place in sheet.groups.items():
            if place != column and keep[0, place]:
                results = zip(*by_group[place], strict=True)
                _rows(sheet, sheet.strata, (name, reference), group, results, counted, found)
        others = sheet.given & keep & (np.arange(keep.shape[1]) != column)
        _count_missing(sheet, name, compared, others, found)


def _without_errors(strata: Strata) -> Strata:
    return Strata(
        estimate=strata.estimate,
        favourable=strata.favourable,
        reference=strata.reference,
        given=strata.given,
    )


def _lists(found: Measured) -> list[list[Any]]:
    """Estimate, error, limits and method as lists, None for what is not there."""
    numbers = (found.estimate, found.se, found.lower, found.upper)
    return [*(_present(one) for one in numbers), found.ci_methods().T.tolist()]


def _present(numbers: Floats) -> list[Any]:
    told = numbers.astype(object)
    told[np.isnan(numbers)] = None
    present: list[Any] = told.T.tolist()
    return present


def _measured(sheet: Sheet, row: Measure, strata: Strata, reference: str, found: Table) -> None:
    """A measure of every stratum; of strata that are parts of others only what needs no draws."""
    every = np.arange(len(sheet.strata))
    whole = np.array([one.sex == one.age == TOTAL and not one.other for one in sheet.strata])
    most = MOST_DRAWN // (strata.estimate.shape[1] * DRAWS)
    drawn = whole if len(every) > most else np.ones_like(whole)
    drawn &= drawn.sum() <= most
    for part, draws in ((drawn, DRAWS), (~drawn, 0)):
        if part.any():
            result = measure(row.name, strata.part(part), level=LEVEL, draws=draws)
            places = every[part]
            chosen = [sheet.strata[place] for place in places.tolist()]
            results = zip(*_lists(result), strict=True)
            counted = zip(*_counts(result), strict=True)
            _rows(sheet, chosen, (row.name, reference), "", results, counted, found)
            if row.name not in ("d", "r") or sheet.dimension != ETHNICITY:  # told for each group
                _count_missing(sheet, row.name, result, np.ones(len(places), np.bool_), found)


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
    for row in MEASURES.values():
        if row.is_ordered or row.name in ("d", "r", "par", "paf"):
            why = "Neither more nor less of it is better."
            if sheet.indicator.polarity == "neutral":
                found.missing.append(_missing(sheet, row.name, "estimate", why, len(sheet.strata)))
            else:
                _measured(sheet, row, ranked, "", found)


def _counts(found: Measured) -> tuple[list[int], list[int], list[int]]:
    return found.groups.tolist(), found.excluded.tolist(), found.exploratory.astype(int).tolist()


def _rows(
    sheet: Sheet,
    strata: Iterable[Stratum],
    what: tuple[str, str],
    ethnicity: str,
    results: Iterable[tuple[Any, ...]],
    counted: Iterable[tuple[int, int, int]],
    found: Table,
) -> None:
    """Put the results of a measure, and its reference, for one group or all into rows."""
    for stratum, (value, se, lower, upper, method), counts in zip(
        strata, results, counted, strict=True
    ):
        if value is not None:  # else it is counted among what is missing
            place = (sheet.name, *stratum[:3], sheet.scheme, ethnicity or stratum.ethnicity)
            level = None if lower is None else LEVEL * 100
            told = (*place, *stratum[4:], sheet.dimension, *what, value, se, lower, upper, level)
            found.rows.append(Row._make((*told, method, *counts)))


def _missing(sheet: Sheet, name: str, what: str, why: str, strata: int) -> Missing:
    return Missing(sheet.name, sheet.scheme, sheet.dimension, name, what, why, strata)


def _count_missing(sheet: Sheet, name: str, result: Measured, asked: Bools, found: Table) -> None:
    """Count strata by what is missing of a measure, and why."""
    for what, reasons in (("estimate", result.reasons()), ("interval", result.interval_reasons())):
        counts: dict[str, set[int]] = defaultdict(set)
        for place in zip(*np.nonzero(asked & (reasons != "")), strict=True):
            counts[str(reasons[place])].add(int(place[0]))
        for why, places in sorted(counts.items()):
            found.missing.append(_missing(sheet, name, what, why, len(places)))
