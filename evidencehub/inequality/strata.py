"""What goes into a measure of inequality: the groups' figures of many strata at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from evidencehub.messages.rendering import make_message

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
CodeArray = NDArray[np.uint8]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Strata:
    """The groups' figures of S strata (an indicator in one place and period), G columns of groups.

    `estimate` (S, G): the figure of each group, NaN where there is none. `favourable` (S,): True
    where a higher figure is better. `se` (S, G): standard errors in the figures' unit, NaN where
    unknown. `population` (S, G): people in each group, as numbers or as shares of any total. `rank`
    (S, G): the order of the groups, the lowest number being the most disadvantaged; a stratum where
    every rank is NaN has no order. `reference` (S,): the column of the declared reference group, -1
    where none is declared. `published_average` (S,): the published average, NaN where there is
    none. It takes the place of the mean for `mdmu` and `idisu` in strata where not every group's
    population is known. `max_value` (S,): the highest value a figure can have (1, 100, 1000 ...),
    NaN where there is no bound. It is never guessed: with it SII and RII follow a logistic curve,
    without it a line. `lower` and `upper` (S, G): the groups' own confidence limits at
    `limits_level`, NaN where unknown; without them limits are symmetric, from the standard
    errors. `is_listed` (S, G): True where the source lists the group, so that columns
    which only fill up the shape do not count as left out. Without it every column is a group of
    every stratum.

    Raises ValueError where shapes do not fit each other.
    """

    estimate: Floats
    favourable: Bools
    se: Floats | None = None
    population: Floats | None = None
    rank: Floats | None = None
    reference: Integers | None = None
    published_average: Floats | None = None
    max_value: Floats | None = None
    is_listed: Bools | None = None
    lower: Floats | None = None
    upper: Floats | None = None
    limits_level: float = 0.95

    def __post_init__(self) -> None:
        if self.estimate.ndim != 2 or not self.estimate.shape[1]:
            raise ValueError("“estimate” needs two dimensions: strata, and at least one group.")
        for name in ("se", "population", "rank", "is_listed", "lower", "upper"):
            self._check_shape(name, self.estimate.shape)
        for name in ("favourable", "reference", "published_average", "max_value"):
            self._check_shape(name, self.estimate.shape[:1])

    def _check_shape(self, name: str, shape: tuple[int, ...]) -> None:
        array = getattr(self, name)
        if array is not None and array.shape != shape:
            raise ValueError(f"“{name}” has the shape {array.shape}, but {shape} is needed.")

    @property
    def stratum_count(self) -> int:
        """The number of strata."""
        return int(self.estimate.shape[0])

    def iter_blocks(self) -> Iterator[slice]:
        """Ranges of strata small enough to stay in the processor's cache, so memory stays flat."""
        step = max(1, 65_536 // int(self.estimate.shape[1]))
        for start in range(0, self.stratum_count, step):
            yield slice(start, min(start + step, self.stratum_count))


class MissingReason(IntEnum):
    """Why there is no estimate, or no interval; the codes stand for the sentences in REASONS."""

    NONE = 0
    NO_VALUE = 1
    INVALID = 2
    BAD_SCALE = 3
    OUTSIDE_SCALE = 4
    NO_ORDER = 5
    SAME_RANK = 6
    NO_POPULATION = 7
    NO_MEAN = 8
    NO_REFERENCE = 9
    REFERENCE_WITHOUT_VALUE = 10
    REFERENCE_WITHOUT_POPULATION = 11
    FEWER_THAN_2 = 12
    FEWER_THAN_3 = 13
    END_WITHOUT_VALUE = 14
    NEGATIVE = 15
    ZERO_MEAN = 16
    ZERO_DENOMINATOR = 17
    ZERO_LOGARITHM = 18
    NO_SOLUTION = 19
    LINE_BELOW_ZERO = 20
    UNDEFINED = 21
    GROUP_WITHOUT_VALUE = 22
    NO_SE = 23
    INVALID_SE = 24
    NO_DRAWS = 25
    ZERO_INTERVAL = 26
    SET_TO_ZERO = 27
    IS_REFERENCE = 28
    NO_SCALE = 29
    INTERVAL_UNDEFINED = 30
    NO_UPPER_LIMIT = 31
    BOTH_MAY_BE_ZERO = 32


def _reason_text(reason: MissingReason) -> str:
    if reason is MissingReason.NONE:
        return ""
    return make_message(f"inequality/{reason.name.lower().replace('_', '-')}").render()


MISSING_REASON_TEXTS = tuple(map(_reason_text, MissingReason))
"""The English sentences, in the order of `MissingReason`."""
