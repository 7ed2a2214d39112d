"""The rows of one classification in their new groups, with an account of every row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evidencehub.crosswalk.aggregate import (
    ORIGIN_COLUMNS,
    DataFrame,
    stratum_columns,
    sum_rows,
    value_types,
)
from evidencehub.crosswalk.transfer_plan import IndicatorsById, TransferPlan
from evidencehub.crosswalk.unavailable_groups import (
    UnavailableGroup,
    build_unavailable_rows,
    list_shares_of_whole,
    list_unavailable_totals,
    list_uncovered_groups,
)
from evidencehub.domain.status import CANNOT_EXIST, RATE_VALUE_TYPES, TOTAL
from evidencehub.messages.rendering import Message, make_message


@dataclass(frozen=True, eq=False)
class ConversionResult:
    """Converted rows, and an account of every row that went in.

    `rows`: the observations in the new groups. `derived` names what was worked out here, `note` and
    `from_codes` say from which groups of `from_scheme`. `unavailable`: groups that could not be
    made, with `reason` and an `obs_status`: Q where a part is suppressed, else O. `left_out`: the
    rows that went into no group, and `why`. `caveats`: what must be shown with the answer.
    """

    rows: DataFrame
    unavailable: DataFrame
    left_out: DataFrame
    caveats: tuple[Message, ...] = ()

    def count_left_out(self) -> dict[str, int]:
        """How many rows were left out, for each reason in English."""
        return {reason.render(): count for reason, count in count_reasons(self.left_out["why"])}


def count_reasons(reasons: Iterable[Message]) -> list[tuple[Message, int]]:
    """Return each reason with how often it occurs, in the order of the English sentences."""
    return sorted(Counter(reasons).items(), key=lambda pair: pair[0].render())


def transfer_rows(
    plan: TransferPlan, indicators: IndicatorsById, target_rows: DataFrame
) -> ConversionResult:
    """The rows of one scheme in their new groups, with an account of all of them."""
    covers, source_rows = plan.covers, plan.source_rows
    sizes = np.bincount(covers.cover_index, minlength=len(covers.stratum))
    published_pairs = _published_in_target(plan, target_rows)
    pairs = list(zip(covers.stratum.tolist(), covers.target.tolist(), strict=True))
    already_published = np.array(
        [(s, covers.targets[t]) in published_pairs for s, t in pairs], np.bool_
    )
    shares = _find_shares_of_whole(plan, sizes, indicators)
    to_transfer = ~already_published & ~shares
    summed = _sum_groups(plan, indicators, to_transfer & (sizes > 1))
    is_single = (to_transfer & (sizes == 1))[covers.cover_index]
    totals = _relabel_totals(plan, published_pairs)
    gaps = [
        gap
        for gap in (
            *list_uncovered_groups(plan),
            *list_shares_of_whole(plan, shares),
            *summed.gaps,
            *list_unavailable_totals(plan),
        )
        if (gap.stratum, gap.target) not in published_pairs
    ]
    used_rows = np.concatenate([summed.members, covers.rows[is_single], totals.members])
    tables = [
        summed.rows,
        _relabel_single_rows(
            plan, covers.rows[is_single], covers.target[covers.cover_index][is_single]
        ),
    ]
    rows = pd.concat([table for table in (*tables, totals.rows) if len(table)] or [tables[1]])
    left_out = source_rows.drop(index=used_rows)
    reason = _left_out_reasons(
        plan, left_out, {(gap.stratum, gap.target) for gap in gaps}, published_pairs
    )
    return ConversionResult(
        rows,
        build_unavailable_rows(plan, gaps),
        left_out.assign(why=pd.Series(reason, left_out.index, object)),
        plan.caveats,
    )


class _TransferPart(NamedTuple):
    """A part of an answer: its rows, the rows they were made from, and what could not be made."""

    rows: DataFrame
    members: NDArray[np.int64]
    gaps: list[UnavailableGroup]


def _published_in_target(plan: TransferPlan, target_rows: DataFrame) -> set[tuple[int, str]]:
    """The strata and groups that the source gives in the target classification itself."""
    if not len(target_rows):
        return set()
    strata = {key: i for i, key in enumerate(plan.strata.itertuples(index=False, name=None))}
    keys = target_rows[stratum_columns(target_rows)].itertuples(index=False, name=None)
    codes = target_rows["ethnicity"].tolist()
    return {(strata[key], code) for key, code in zip(keys, codes, strict=True) if key in strata}


def _sum_groups(
    plan: TransferPlan, indicators: IndicatorsById, is_wanted: NDArray[np.bool_]
) -> _TransferPart:
    """Groups of several rows, added; one in which nobody is has no figure."""
    covers = plan.covers
    members = is_wanted[covers.cover_index]
    numbers, group_index = np.unique(covers.cover_index[members], return_inverse=True)
    rows = sum_rows(plan.source_rows, covers.rows[members], group_index, indicators)
    codes: list[list[str]] = [[] for _ in numbers]
    names = plan.source_rows["ethnicity"].tolist()
    for number, row in zip(group_index.tolist(), covers.rows[members].tolist(), strict=True):
        codes[number].append(names[row])
    order = {code: i for i, code in enumerate(plan.grid.scheme.parents)}
    codes = [sorted(codes_of_group, key=order.__getitem__) for codes_of_group in codes]
    targets = [covers.targets[target] for target in covers.target[numbers]]
    notes = [plan.sum_note(codes_of_group) for codes_of_group in codes]
    rows = _relabel(
        plan, rows, targets, notes, [";".join(codes_of_group) for codes_of_group in codes]
    )
    empty = rows["value"].isna().to_numpy(np.bool_)
    nobody = make_message("crosswalk/nobody")
    gaps = [
        UnavailableGroup(int(covers.stratum[numbers[i]]), targets[i], CANNOT_EXIST, nobody)
        for i in np.flatnonzero(empty)
    ]
    return _TransferPart(rows[~empty], covers.rows[members][~empty[group_index]], gaps)


def _relabel_single_rows(
    plan: TransferPlan, rows: NDArray[np.int64], target: NDArray[np.int64]
) -> DataFrame:
    """Groups of one row each: the publisher's own figure under the new code."""
    single_rows = plan.source_rows.iloc[rows]
    codes = single_rows["ethnicity"].tolist()
    targets = [plan.covers.targets[number] for number in target.tolist()]
    is_in_target = single_rows["scheme"].eq(plan.target).tolist()
    notes = [
        "" if stays and code == target else plan.published_note(code)
        for stays, code, target in zip(is_in_target, codes, targets, strict=True)
    ]
    return _relabel(plan, single_rows, targets, notes, codes)


def _relabel_totals(plan: TransferPlan, published_pairs: set[tuple[int, str]]) -> _TransferPart:
    """All groups together, which mean the same in every classification."""
    has_value = plan.grid.has_value & (plan.source_rows["ethnicity"] == TOTAL).to_numpy()
    stratum = plan.grid.stratum
    has_value &= np.array([(int(s), TOTAL) not in published_pairs for s in stratum], np.bool_)
    rows = np.flatnonzero(has_value)
    total_rows = plan.source_rows.iloc[rows]
    codes = [TOTAL] * len(total_rows)
    return _TransferPart(_relabel(plan, total_rows, codes, [""] * len(total_rows), codes), rows, [])


def _relabel(
    plan: TransferPlan, rows: DataFrame, codes: list[str], notes: list[str], from_codes: list[str]
) -> DataFrame:
    """The rows under their new codes, with a note on where they come from."""
    origin = plan.source_rows["scheme"].iloc[0]
    combined_notes = [
        " ".join(filter(None, note_parts)) for note_parts in zip(notes, rows["note"], strict=True)
    ]
    new = {"scheme": plan.target, "ethnicity": codes, "note": combined_notes}
    return rows.assign(**new, **dict(zip(ORIGIN_COLUMNS, (origin, from_codes), strict=True)))


def _find_shares_of_whole(
    plan: TransferPlan, sizes: NDArray[np.int64], indicators: IndicatorsById
) -> NDArray[np.bool_]:
    """Made groups whose parts all have the denominator of the whole.

    Such figures are shares of one whole, as “of all staff, 5 in 100 are Indian”. The shares
    add up; their denominators do not. Where the total is not there to tell, the denominators
    of all groups of the stratum must be the same: two alone may be so by chance.
    """
    covers, source_rows, stratum = plan.covers, plan.source_rows, plan.grid.stratum
    denominators = source_rows["denominator"].to_numpy(dtype=np.float64)
    is_total = (source_rows["ethnicity"] == TOTAL).to_numpy()
    total_denominators = np.full(len(plan.strata), np.nan)
    total_denominators[stratum[is_total]] = denominators[is_total]
    rated = np.isin(value_types(source_rows, indicators), RATE_VALUE_TYPES)[covers.rows]
    low, high = _min_max_by_group(
        np.where(rated, denominators[covers.rows], np.nan), covers.cover_index, len(sizes)
    )
    lowest, highest = _min_max_by_group(
        denominators[~is_total], stratum[~is_total], len(total_denominators)
    )
    total, same_denominator = (
        total_denominators[covers.stratum],
        (lowest == highest)[covers.stratum],
    )
    of_whole = np.where(np.isnan(total), same_denominator, total == low)
    return np.asarray((sizes > 1) & (low == high) & (low > 0) & of_whole)


def _min_max_by_group(
    numbers: NDArray[np.float64], group_index: NDArray[np.int64], groups: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The least and the greatest number of each group, as far as they are known."""
    low, high = np.full(groups, np.inf), np.full(groups, -np.inf)
    np.fmin.at(low, group_index, numbers)
    np.fmax.at(high, group_index, numbers)
    return low, high


def _left_out_reasons(
    plan: TransferPlan,
    left_out: DataFrame,
    unavailable: set[tuple[int, str]],
    published_pairs: set[tuple[int, str]],
) -> list[Message]:
    """Why each row went into no group."""
    strata = plan.grid.stratum[left_out.index].tolist()
    reasons = []
    for stratum, code in zip(strata, left_out["ethnicity"].tolist(), strict=True):
        pairs = {(stratum, target) for target in plan.targets_of(code)}
        if code in plan.grid.scheme.residual_codes:
            reasons.append(make_message("crosswalk/left-out-residual"))
        elif pairs & unavailable:
            reasons.append(make_message("crosswalk/left-out-part"))
        elif pairs & published_pairs:
            reasons.append(make_message("crosswalk/left-out-published"))
        else:
            reasons.append(make_message("crosswalk/left-out-level"))
    return reasons


def find_inconsistent_parents(plan: TransferPlan, indicators: IndicatorsById) -> Iterator[Message]:
    """Headings whose own figure is not what their parts add up to."""
    covers, source_rows = plan.covers, plan.source_rows
    counted = value_types(source_rows, indicators) == "count"
    size = np.where(counted, source_rows["value"], source_rows["numerator"]).astype(np.float64)
    summed = np.bincount(covers.cover_index, size[covers.rows], len(covers.stratum))
    columns = [plan.grid.column_by_code[covers.targets[target]] for target in covers.target]
    parent_rows = plan.grid.row_of[covers.stratum, columns]
    published = np.where(parent_rows >= 0, size[parent_rows], np.nan)
    is_inconsistent = np.abs(summed - published) > 1e-9 * np.abs(published)
    is_single = np.bincount(covers.cover_index, minlength=len(covers.stratum)) == 1
    is_inconsistent &= ~is_single
    if is_inconsistent.any():
        names = sorted({covers.targets[target] for target in covers.target[is_inconsistent]})
        yield make_message(
            "crosswalk/inconsistent-parents",
            scheme=plan.target,
            codes=tuple(names),
            count=int(is_inconsistent.sum()),
            group_count=len(is_inconsistent),
        )
