"""What the table of inequality is made from, and what it is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from evidencehub.domain.status import has_derived_limits

CONFIDENCE_LEVEL = 0.95
"""The level of every interval in the table."""
ETHNICITY = "ethnicity"
"""The dimension whose groups most measures are about."""


class ObservationRecord(NamedTuple):
    """A figure as the table needs it; text is empty and a number None where there is nothing."""

    indicator: str
    scheme: str
    area: str
    period_start: str
    period_end: str
    sex: str
    age: str
    dimensions: str
    adjustment: str
    ethnicity: str
    counting_basis: str
    value: float | None
    se: float | None
    ci_lower: float | None
    ci_upper: float | None
    ci_level: float | None
    numerator: float | None
    denominator: float | None
    population: float | None
    decimals: int | None = None
    derived: str | None = None
    is_break: int = 0

    @property
    def matrix_key(self) -> tuple[str, ...]:
        """Indicator and scheme."""
        return self[:2]

    @property
    def stratum_key(self) -> tuple[str, ...]:
        """What it has in common with the figures of other groups, from area to adjustment."""
        return self[2:9]

    @property
    def numeric_values(self) -> tuple[float | None, ...]:
        """From value to decimals."""
        return self[11:20]

    @property
    def has_derived_limits(self) -> bool:
        """True where the hub filled in the confidence limits."""
        return has_derived_limits(self.derived)


@dataclass(frozen=True, slots=True)
class IndicatorProperties:
    """What is known of an indicator: type and scale of its values, polarity, reference group.

    `reference_group` is the code of a group in the scheme `reference_scheme`, empty where none is
    declared; `is_crude` says that its values are made of their own counts,
    `has_declared_breaks` that its publisher tells of breaks in words, `has_independent_counts` that
    a person does not count many times in them. `count_reach` is how far a count may lie from the
    one that was rounded to it.
    """

    value_type: str
    polarity: str
    scale: float = 1.0
    reference_scheme: str = ""
    reference_group: str = ""
    is_crude: bool = False
    has_declared_breaks: bool = False
    has_independent_counts: bool = True
    count_reach: float = 0.0


@dataclass(frozen=True, slots=True)
class Category:
    """A code of a scheme: its heading (empty for none), whether it is a residual, its order."""

    parent: str = ""
    is_residual: bool = False
    sort_order: int = 0


def find_ancestors(code: str, codes: Mapping[str, Category]) -> set[str]:
    """The headings that a code stands under; a hierarchy that goes round ends there."""
    ancestors: set[str] = set()
    while (parent := codes.get(code, Category()).parent) and parent not in ancestors:
        ancestors.add(parent)
        code = parent
    return ancestors


class StratumRecord(NamedTuple):
    """What the groups of a stratum have in common.

    `stratum` counts the strata of a dataset. `ethnicity` is empty where the groups are ethnic.
    """

    stratum: int
    indicator: str
    scheme: str
    dimension: str
    area: str
    period_start: str
    period_end: str
    sex: str
    age: str
    other: str
    adjustment: str
    ethnicity: str
    ci_level: float


class GapRecord(NamedTuple):
    """A group beside the reference: the difference and the ratio, always together.

    `decimals` are those of the rounder of both values, and the difference has no more;
    `ratio_decimals` are those that the values bear out. `ratio_min` and `ratio_max` are the
    range that their rounding allows, None where the counts of both give the ratio exactly.
    """

    stratum: int
    ethnicity: str
    reference: str
    difference: float | None
    difference_se: float | None
    difference_lower: float | None
    difference_upper: float | None
    ratio: float | None
    ratio_se: float | None
    ratio_lower: float | None
    ratio_upper: float | None
    ci_method: str
    decimals: int | None
    ratio_decimals: int | None
    ratio_min: float | None
    ratio_max: float | None


class GapContextRecord(NamedTuple):
    """What is known of a newest gap besides: see `gap_context`. What is not known is None."""

    stratum: int
    ethnicity: str
    unknown_difference_min: float | None
    unknown_difference_max: float | None
    unknown_ratio_min: float | None
    unknown_ratio_max: float | None
    events_above_reference: float | None
    events_above_reference_lower: float | None
    events_above_reference_upper: float | None
    earlier_start: str | None = None
    earlier_end: str | None = None
    difference_change: float | None = None
    difference_change_lower: float | None = None
    difference_change_upper: float | None = None
    ratio_change: float | None = None
    ratio_change_lower: float | None = None
    ratio_change_upper: float | None = None
    difference_word: str | None = None
    ratio_word: str | None = None
    moved: str | None = None


class InequalityRecord(NamedTuple):
    """A measure over all groups of a stratum.

    `homogeneity_p` is the p-value of a test whether the groups differ at all; `decimals` are
    those that the values bear out.
    """

    stratum: int
    measure: str
    reference: str
    value: float
    se: float | None
    ci_lower: float | None
    ci_upper: float | None
    ci_method: str
    group_count: int
    excluded_count: int
    is_exploratory: int
    homogeneity_p: float | None
    decimals: int | None


class MissingEstimateRecord(NamedTuple):
    """Why a measure, or its interval, is not given, and for how many strata."""

    indicator: str
    scheme: str
    dimension: str
    measure: str
    missing_part: str  # estimate or interval
    reason: str
    stratum_count: int


@dataclass(slots=True)
class InequalityTable:
    """What is known of inequality, in the order of the keys, and what is missing."""

    strata: list[StratumRecord] = field(default_factory=list)
    gaps: list[GapRecord] = field(default_factory=list)
    gap_contexts: list[GapContextRecord] = field(default_factory=list)
    measures: list[InequalityRecord] = field(default_factory=list)
    missing_estimates: list[MissingEstimateRecord] = field(default_factory=list)
