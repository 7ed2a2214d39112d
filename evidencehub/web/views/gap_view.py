"""A gap in ready words and numbers: its decimals, its direction, what it is compared with."""

from __future__ import annotations

from dataclasses import dataclass

from evidencehub.domain.status import TOTAL
from evidencehub.store.gaps import GapValues
from evidencehub.web.views.rounding import (
    choose_ratio_decimals,
    classify_gap_direction,
    find_min_decimals,
    has_rounding_range,
)


@dataclass(frozen=True, slots=True)
class UnitText:
    """A unit behind a number, with the space before it; a count has none."""

    suffix: str
    has_percentage_points: bool


@dataclass(frozen=True, slots=True)
class GapDecimals:
    """How many decimals the numbers of a gap have."""

    ratio: int | None
    ratio_limits: int | None
    difference: int | None
    difference_limits: int | None


@dataclass(frozen=True, slots=True)
class GapView:
    """A value, the gap to its reference, and how both are written.

    `value` and `decimals` are those of the group; None if only the comparison is published.
    """

    values: GapValues
    value: float | None
    decimals: int | None
    ci_level: float | None
    unit: UnitText
    digits: GapDecimals
    direction: str

    @property
    def is_same(self) -> bool:
        """Return whether the group has the value of the reference."""
        return self.direction == "same"

    @property
    def is_higher(self) -> bool:
        """Return whether the value of the group is above that of the reference."""
        return self.direction == "higher"

    @property
    def is_lower(self) -> bool:
        """Return whether the value of the group is below that of the reference."""
        return self.direction == "lower"

    @property
    def has_total_as_reference(self) -> bool:
        """Return whether the reference is all groups together."""
        return self.values.reference == TOTAL

    @property
    def has_ratio_interval(self) -> bool:
        """Return whether the ratio has both confidence limits."""
        return self.values.ratio_lower is not None and self.values.ratio_upper is not None

    @property
    def has_lower_ratio_limit_only(self) -> bool:
        """Return whether the ratio has no upper limit, for its divisor may be zero."""
        return self.values.ratio_lower is not None and self.values.ratio_upper is None

    @property
    def has_rounding_range(self) -> bool:
        """Return whether rounding of the two values allows ratios that are written differently."""
        values, decimals = self.values, self.digits.ratio
        return decimals is not None and has_rounding_range(
            values.ratio_min, values.ratio_max, decimals
        )

    @property
    def has_difference_interval(self) -> bool:
        """Return whether the difference has both confidence limits."""
        return self.values.difference_lower is not None and self.values.difference_upper is not None

    @property
    def has_both_values(self) -> bool:
        """Return whether the value of the group and of the reference are known."""
        return self.value is not None and self.values.reference_value is not None

    @property
    def lacks_ratio_interval(self) -> bool:
        """Return whether there is a ratio of which nobody knows how sure it is."""
        return self.values.ratio is not None and self.values.ratio_lower is None


def build_unit_text(unit: str, label: str | None) -> UnitText:
    """Return a unit as it follows a number.

    >>> build_unit_text("percent", "%").suffix, build_unit_text("per-1000", "per 1,000").suffix
    ('%', ' per 1,000')
    """
    has_text = unit != "count" and label
    space = "" if (label or "").startswith("%") else " "
    return UnitText(f"{space}{label}" if has_text else "", unit.startswith("percent"))


def build_gap_view(
    values: GapValues,
    *,
    value: float | None,
    decimals: int | None,
    ci_decimals: int | None,
    ci_level: float | None,
    unit: UnitText,
    is_published: bool = False,
) -> GapView:
    """Return a gap that was computed from two values, or one published with its own decimals."""
    if is_published:
        digits = GapDecimals(decimals, ci_decimals, decimals, ci_decimals)
    else:
        ratio = choose_ratio_decimals(values.ratio, values.ratio_decimals)
        difference = find_min_decimals(decimals, values.reference_decimals)
        digits = GapDecimals(ratio, ratio, difference, ci_decimals if value is None else difference)
    direction = classify_gap_direction(values.difference, values.ratio)
    return GapView(values, value, decimals, ci_level, unit, digits, direction)
