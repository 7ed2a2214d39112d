"""A published figure that says something of a count, in this release or in an earlier one."""

from __future__ import annotations

from typing import NamedTuple

OBSERVATION_KEY = (
    "indicator", "area", "period_start", "period_end", "scheme", "ethnicity", "sex", "age",
    "other", "comparator", "adjustment",
)  # fmt: skip
"""What tells figures apart."""


class PublishedValue(NamedTuple):
    """A row that says something of a count."""

    file: str
    row: int
    indicator: str
    area: str
    period_start: str
    period_end: str
    scheme: str
    ethnicity: str
    sex: str
    age: str
    dimensions: str
    comparator: str
    adjustment: str
    numerator: float | None
    denominator: float | None
    counting_basis: str
    is_suppressed: bool
    conf_status: str
    value: float | None = None
    decimals: int = 0
    scale: float = 1.0
    value_type: str = ""
    ci_lower: float | None = None
    ci_upper: float | None = None
    ci_level: float = 95.0
    ci_method: str = ""
    derived: str = ""
    population: float | None = None

    @property
    def base(self) -> float | None:
        """The people that a rate is of: its denominator, else the population."""
        return self.population if self.denominator is None else self.denominator

    @property
    def key(self) -> tuple[str, ...]:
        """What tells it apart, in the order of KEY."""
        return self[2:13]
