"""What the table of inequality is made from, and what it is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

TOTAL = "_T"


class Observation(NamedTuple):
    """A figure as the table needs it; text is empty and a number None where there is nothing."""

    indicator: str
    scheme: str
    area: str
    period_start: str
    period_end: str
    sex: str
    age: str
    other: str
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

    @property
    def sheet(self) -> tuple[str, ...]:
        """Indicator and scheme."""
        return self[:2]

    @property
    def stratum(self) -> tuple[str, ...]:
        """What it has in common with the figures of other groups, from area to adjustment."""
        return self[2:9]

    @property
    def numbers(self) -> tuple[float | None, ...]:
        """From value to population."""
        return self[11:]


@dataclass(frozen=True, slots=True)
class Indicator:
    """What is known of an indicator: type and scale of its values, polarity, reference group.

    `reference` is the code of a group in the scheme `reference_scheme`, empty where none is
    declared; `crude` says that its values are made of their own counts.
    """

    value_type: str
    polarity: str
    scale: float = 1.0
    reference_scheme: str = ""
    reference: str = ""
    crude: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """A code of a scheme: its heading (empty for none), whether it is a residual, its order."""

    parent: str = ""
    residual: bool = False
    order: int = 0


def depth_of(code: str, codes: Mapping[str, Group]) -> int:
    """How many headings a code stands under, the total apart."""
    return len(ancestors(code, codes) - {TOTAL})


def ancestors(code: str, codes: Mapping[str, Group]) -> set[str]:
    """The headings that a code stands under; a hierarchy that goes round ends there."""
    found: set[str] = set()
    while (parent := codes.get(code, Group()).parent) and parent not in found:
        found.add(parent)
        code = parent
    return found


class Stratum(NamedTuple):
    """What the groups of a stratum have in common.

    `number` counts the strata of a dataset. `ethnicity` is empty where the groups are ethnic.
    """

    number: int
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


class Gap(NamedTuple):
    """A group beside the reference: the difference and the ratio, always together."""

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


class Row(NamedTuple):
    """A measure over all groups of a stratum."""

    stratum: int
    measure: str
    reference: str
    value: float
    se: float | None
    ci_lower: float | None
    ci_upper: float | None
    ci_method: str
    groups: int
    excluded: int
    exploratory: int


class Missing(NamedTuple):
    """Why a measure, or its interval, is not given, and for how many strata."""

    indicator: str
    scheme: str
    dimension: str
    measure: str
    what: str  # estimate or interval
    why: str
    strata: int


@dataclass(slots=True)
class Table:
    """What is known of inequality, in the order of the keys, and what is missing."""

    strata: list[Stratum] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)
