"""Groups that a conversion cannot give: named with the reason, as rows without a value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evidencehub.crosswalk.aggregate import ORIGIN_COLUMNS, DataFrame, common_cells
from evidencehub.crosswalk.cover import HIDDEN, ROW_STATES
from evidencehub.crosswalk.transfer_plan import TransferPlan
from evidencehub.domain.status import FREE, MISSING, SUPPRESSED, TOTAL
from evidencehub.messages.rendering import Message, make_message


class UnavailableGroup(NamedTuple):
    """A group of a stratum that could not be made."""

    stratum: int
    target: str
    obs_status: str
    reason: Message
    conf_status: str = FREE


def list_uncovered_groups(plan: TransferPlan) -> Iterator[UnavailableGroup]:
    """Groups of which a part is hidden or missing: named, so that nobody takes them for none."""
    for stratum, number, blamed in plan.covers.uncovered:
        target = plan.covers.targets[number]
        reason = make_message(
            "crosswalk/unavailable",
            target=plan.target,
            target_code=target,
            source=plan.grid.scheme.name,
            parts=tuple(
                make_message(f"crosswalk/part-{ROW_STATES[state]}", code=code)
                for code, state in blamed
            ),
        )
        if suppressed := [code for code, state in blamed if state == HIDDEN]:
            conf_status = plan.find_confidentiality(stratum, suppressed)
            yield UnavailableGroup(stratum, target, SUPPRESSED, reason, conf_status)
        else:
            yield UnavailableGroup(stratum, target, MISSING, reason)


def list_shares_of_whole(
    plan: TransferPlan, shares: NDArray[np.bool_]
) -> Iterator[UnavailableGroup]:
    """Yield the made groups whose parts are shares of one whole, so that nothing can be added."""
    covers, reason = plan.covers, make_message("crosswalk/shares-of-whole")
    for number in np.flatnonzero(shares):
        yield UnavailableGroup(
            int(covers.stratum[number]), covers.targets[covers.target[number]], MISSING, reason
        )


def list_unavailable_totals(plan: TransferPlan) -> Iterator[UnavailableGroup]:
    """Yield the totals without a value, which cannot be made from groups."""
    grid = plan.grid
    is_total = (plan.source_rows["ethnicity"] == TOTAL).to_numpy()
    for row in np.flatnonzero(~grid.has_value & is_total):
        state = grid.row_state[row]
        reason = make_message(f"crosswalk/total-{ROW_STATES[max(state, HIDDEN)]}")
        if state == HIDDEN:
            conf_status = str(plan.source_rows["conf_status"].iloc[row])
            yield UnavailableGroup(int(grid.stratum[row]), TOTAL, SUPPRESSED, reason, conf_status)
        else:
            yield UnavailableGroup(int(grid.stratum[row]), TOTAL, MISSING, reason)


def build_unavailable_rows(plan: TransferPlan, unavailable: list[UnavailableGroup]) -> DataFrame:
    """Return a row without a value for each group, with `reason` and what its stratum shares.

    What describes single values (their source, their note, their decimals) stays only where all
    rows of the stratum say the same.
    """
    rows = _common_cells_of_strata(plan, [group.stratum for group in unavailable])
    new_cells = {
        "scheme": [plan.target] * len(unavailable),
        "ethnicity": [group.target for group in unavailable],
        "obs_status": [group.obs_status for group in unavailable],
        "conf_status": [group.conf_status for group in unavailable],
        "reason": [group.reason for group in unavailable],
        "note": [""] * len(unavailable),
        "derived": [""] * len(unavailable),
    }
    empty_cells = dict.fromkeys(_VALUE_COLUMNS, np.nan)
    origin = dict(zip(ORIGIN_COLUMNS, (plan.grid.scheme.name, ""), strict=True))
    new_columns = {name: pd.Series(cells, dtype=object) for name, cells in new_cells.items()}
    return rows.assign(**empty_cells, **new_columns, **origin)


_VALUE_COLUMNS = (
    "value", "value_min", "value_max", "ci_lower", "ci_upper", "ci_level", "se", "numerator",
    "denominator", "population",
)  # fmt: skip


def _common_cells_of_strata(plan: TransferPlan, strata: list[int]) -> DataFrame:
    """Return a row for each stratum, with the cells that all its rows share, else nothing."""
    order = np.argsort(plan.grid.stratum, kind="stable")
    parts = plan.source_rows.iloc[order].reset_index(drop=True)
    starts = np.flatnonzero(np.diff(plan.grid.stratum[order], prepend=-1))
    firsts = parts.iloc[starts].reset_index(drop=True)
    common = firsts.assign(
        **{name: common_cells(parts[name], firsts[name], starts) for name in firsts.columns}
    )
    return common.iloc[strata].reset_index(drop=True)
