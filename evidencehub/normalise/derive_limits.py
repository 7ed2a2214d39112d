"""Limits that a package leaves out, worked out from its own counts and marked as the hub's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, NamedTuple

from evidencehub.domain.columns import Cell, Column, HubChunk

DEFAULT_CI_LEVEL = 95.0  # the level of an interval where neither row nor indicator names one


class LimitBasis(NamedTuple):
    """What an indicator's figures are made of: type of value, scale, level of its intervals.

    `count_reach` is how far a count may lie from the one that was rounded to it.
    """

    value_type: str
    scale: float
    ci_level: float | None
    count_reach: float = 0.0

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
    Limits of rounded counts reach from those of the lowest count to those of the highest that
    may have been rounded to it.
    """
    columns = chunk.columns
    rows = _find_rows_without_limits(columns) if limit_bases else []
    limits_by_row = _compute_limits(columns, rows, limit_bases) if rows else {}
    if not limits_by_row:
        return chunk
    filled: dict[str, list[Cell]] = {name: list(columns[name]) for name in _LIMIT_COLUMNS}
    filled["derived"] = [""] * len(chunk)
    for row, limits in limits_by_row.items():
        names = [name for name in _LIMIT_COLUMNS if filled[name][row] is None]
        for name in names:
            filled[name][row] = limits[name]
        filled["derived"][row] = ";".join(names)
    derived_columns = {name: Column(cells) for name, cells in filled.items()}
    return HubChunk(
        chunk.role, chunk.file, chunk.rows, {**columns, **derived_columns}, chunk.unmapped
    )


_LIMIT_COLUMNS = ("ci_lower", "ci_upper", "ci_level")
_INPUT_COLUMNS = (
    "indicator", "adjustment", "comparator", "value", "ci_upper", "ci_level", "se", "numerator",
    "denominator",
)  # fmt: skip


def _find_rows_without_limits(columns: Mapping[str, Column]) -> list[int]:
    """The positions of figures that have no lower limit, and a count or a standard error."""
    cells = zip(*(columns[name] for name in ("ci_lower", "value", "numerator", "se")), strict=True)
    return [
        row
        for row, (lower, value, count, se) in enumerate(cells)
        if lower is None and value is not None and (count is not None or se is not None)
    ]


def _compute_limits(
    columns: Mapping[str, Column], rows: list[int], limit_bases: Mapping[str, LimitBasis]
) -> dict[int, Mapping[str, float]]:
    """The limits and level of the rows that can be given any."""
    cells = {name: list(columns[name]) for name in _INPUT_COLUMNS}
    limits_by_row: dict[int, Mapping[str, float]] = {}
    for (basis, level), positions in _group_rows(cells, rows, limit_bases).items():
        value, counts, total = (
            [cells[name][row] for row in positions]
            for name in ("value", basis.basis_column, "denominator")
        )
        limits = _select_limits(basis, level / 100, value, counts, total)
        for row, low, figure, high in zip(
            positions, limits.lower, value, limits.upper, strict=True
        ):
            lower, upper = _round_limit(low), _round_limit(high)
            if lower <= figure <= upper:  # never so where they are NaN
                limits_by_row[row] = dict(zip(_LIMIT_COLUMNS, (lower, upper, level), strict=True))
    return limits_by_row


def _group_rows(
    cells: Mapping[str, list[Cell]], rows: list[int], limit_bases: Mapping[str, LimitBasis]
) -> dict[tuple[LimitBasis, float], list[int]]:
    """The rows whose limits follow from their counts, by what they are made of and their level."""
    rows_by_basis: dict[tuple[LimitBasis, float], list[int]] = defaultdict(list)
    for row in rows:
        basis = limit_bases.get(cells["indicator"][row])
        is_adjusted_or_relative = cells["adjustment"][row] or cells["comparator"][row]
        if basis is None or is_adjusted_or_relative or cells["ci_upper"][row] is not None:
            continue
        stated = (cells["ci_level"][row], basis.ci_level, DEFAULT_CI_LEVEL)
        level = next(candidate_level for candidate_level in stated if candidate_level is not None)
        has_counts = None not in (cells[basis.basis_column][row], cells["denominator"][row])
        if has_counts and 50 <= level < 100:
            rows_by_basis[basis, level].append(row)
    return rows_by_basis


def _select_limits(
    basis: LimitBasis, level: float, value: list[Cell], counts: list[Cell], total: list[Cell]
) -> Any:
    # imported here: most packages leave nothing out that could be worked out
    from evidencehub.stats import intervals

    if basis.value_type == "mean":
        return intervals.mean_limits_from_se(value, counts, total, level)
    return intervals.limits_for_value_type(
        basis.value_type, counts, total, basis.scale, level, count_reach=basis.count_reach
    )


def _round_limit(limit: float) -> float:
    """Six digits: more than any figure can bear out, and few enough to read."""
    return float(f"{limit:.6g}")
