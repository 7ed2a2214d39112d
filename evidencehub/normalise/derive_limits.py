"""Limits that a package leaves out, worked out from its own counts and marked as the hub's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

from evidencehub.domain.columns import Cell, Column, HubChunk

DEFAULT_CI_LEVEL = 95.0  # the level of an interval where neither row nor indicator names one


class LimitBasis(NamedTuple):
    """What an indicator's figures are made of: type of value, scale, level of its intervals."""

    value_type: str
    scale: float
    ci_level: float | None

    @property
    def basis_column(self) -> str:
        """The column that says the most, beside the denominator."""
        return "se" if self.value_type == "mean" else "numerator"


def derive_limits(chunk: HubChunk, limit_bases: Mapping[str, LimitBasis]) -> HubChunk:
    """The observations, with limits where a figure has what they follow from and no limits.

    `limit_bases` are the indicators whose figures are crude proportions, percentages, rates or
    means, or ratios of observed to expected (indirectly standardised). Two counts are enough, for a
    mean its standard error and number of people. What is filled in is named in the column
    `derived`; what the publisher says is never changed. Nothing is filled in where the figure, as
    it was rounded, lies outside its own limits; they are rounded themselves, to six digits.
    """
    columns = chunk.columns
    rows = [
        row
        for row, (lower, value, count, se) in enumerate(
            zip(*(columns[name] for name in ("ci_lower", "value", "numerator", "se")), strict=True)
        )
        if lower is None and value is not None and (count is not None or se is not None)
    ]
    limits_by_row = _compute_limits(columns, rows, limit_bases) if rows and limit_bases else {}
    if not limits_by_row:
        return chunk
    filled: dict[str, list[Cell]] = {name: list(columns[name]) for name in _LIMIT_COLUMNS}
    derived: list[Cell] = [""] * len(chunk)
    for row, (lower, upper, level) in limits_by_row.items():
        limits = {"ci_lower": lower, "ci_upper": upper, "ci_level": level}
        derived_cells = {name: cell for name, cell in limits.items() if filled[name][row] is None}
        for name, cell in derived_cells.items():
            filled[name][row] = cell
        derived[row] = ";".join(derived_cells)
    derived_columns = {
        name: Column(cells) for name, cells in {**filled, "derived": derived}.items()
    }
    return HubChunk(
        chunk.role, chunk.file, chunk.rows, {**columns, **derived_columns}, chunk.unmapped
    )


_LIMIT_COLUMNS = ("ci_lower", "ci_upper", "ci_level")
_INPUT_COLUMNS = (
    "indicator", "adjustment", "comparator", "value", "ci_upper", "ci_level", "se", "numerator",
    "denominator",
)  # fmt: skip


def _compute_limits(
    columns: Mapping[str, Column], rows: list[int], limit_bases: Mapping[str, LimitBasis]
) -> dict[int, tuple[float, float, float]]:
    """Lower limit, upper limit and level of the rows that can be given any."""
    # imported here: most packages leave nothing out that could be worked out
    from evidencehub.stats import intervals

    cells = {name: list(columns[name]) for name in _INPUT_COLUMNS}
    rows_by_basis: dict[tuple[LimitBasis, float], list[int]] = defaultdict(list)
    for row in rows:
        limit_basis = limit_bases.get(cells["indicator"][row])
        is_adjusted_or_relative = cells["adjustment"][row] or cells["comparator"][row]
        if limit_basis is None or is_adjusted_or_relative or cells["ci_upper"][row] is not None:
            continue
        stated = (cells["ci_level"][row], limit_basis.ci_level, DEFAULT_CI_LEVEL)
        level = next(candidate_level for candidate_level in stated if candidate_level is not None)
        if (
            None not in (cells[limit_basis.basis_column][row], cells["denominator"][row])
            and 50 <= level < 100
        ):
            rows_by_basis[limit_basis, level].append(row)
    limits_by_row: dict[int, tuple[float, float, float]] = {}
    for (limit_basis, level), positions in rows_by_basis.items():
        value, numerators, total = (
            [cells[name][row] for row in positions]
            for name in ("value", limit_basis.basis_column, "denominator")
        )
        if limit_basis.value_type == "mean":
            limits = intervals.mean_limits_from_se(value, numerators, total, level / 100)
        else:
            limits = intervals.limits_for_value_type(
                limit_basis.value_type, numerators, total, limit_basis.scale, level / 100
            )
        for row, low, figure, high in zip(
            positions, limits.lower, value, limits.upper, strict=True
        ):
            lower, upper = _round_limit(low), _round_limit(high)
            if lower <= figure <= upper:  # never so where they are NaN
                limits_by_row[row] = (lower, upper, level)
    return limits_by_row


def _round_limit(limit: float) -> float:
    """Six digits: more than any figure can bear out, and few enough to read."""
    return float(f"{limit:.6g}")
