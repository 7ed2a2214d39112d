"""A count and what tells it apart, and the structure of the categories that counts are of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from evidencehub.disclosure.interval_sums import Span
from evidencehub.disclosure.scheme_covers import SchemeCover

Hierarchy = Mapping[str, Sequence[str]]  # a total or parent category, and its parts


class CountKey(NamedTuple):
    """What tells counts apart. `dimensions` holds further dimensions, `list=code`, sorted.

    `period` is the first and the last day (`2024-01-01/2024-12-31`), `release` the version of
    the release that publishes the count, empty for the one that is audited.
    """

    indicator: str
    period: str
    area: str
    scheme: str
    ethnicity: str
    sex: str
    age: str
    dimensions: str
    comparison: str = ""
    release: str = ""


@dataclass(frozen=True, slots=True)
class BoundedCount:
    """A count with the least and the most that it may be; `is_suppressed` where it was suppressed.

    `location` is the place of its row. `denominator_bounds` is the count of the whole that it is a
    part of (the denominator), with the least and the most that it may be. `is_listed` is False for
    a count that has no row of its own.
    """

    key: CountKey
    lower: float
    upper: float
    is_suppressed: bool
    location: tuple[str, int]
    denominator_bounds: tuple[float, float] | None = None
    is_listed: bool = True


class IndicatorSum(NamedTuple):
    """Indicators whose counts add up to that of `total`, or if it is empty, to the denominator."""

    total: str
    parts: tuple[str, ...]

    @property
    def indicators(self) -> tuple[str, ...]:
        """All of them, the total first."""
        return (self.total, *self.parts) if self.total else self.parts


@dataclass(frozen=True, slots=True)
class CategoryStructure:
    """Which categories are parts of which, beyond what the counts themselves say.

    `hierarchies` says for `area`, for each scheme (under its name), and for `sex`, `age` and the
    lists of further dimensions (under their names) which codes are parts of which; what is not
    there is a total of whatever codes occur. `area_levels` says of what kind an area is: districts
    and hospitals are two ways to divide a country. `spans` are the bounds of bands, for `age` and
    for lists of further dimensions; `scheme_covers` the exact crosswalks; `indicator_sums` what
    the package declares.
    """

    hierarchies: Mapping[str, Hierarchy] = field(default_factory=dict)
    area_levels: Mapping[str, str] = field(default_factory=dict)
    spans: Mapping[str, Mapping[str, Span]] = field(default_factory=dict)
    scheme_covers: Sequence[SchemeCover] = ()
    indicator_sums: Sequence[IndicatorSum] = ()
