"""Which intervals make up which: ages by their bounds, in completed years."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

Span = tuple[float, float]  # the first year, and the first one after the last


class IntervalSum(NamedTuple):
    """An interval and those that make it up; `is_complete` is False if they leave gaps in it."""

    total: Span
    parts: tuple[Span, ...]
    is_complete: bool


def find_interval_sums(spans: Sequence[Span]) -> Iterator[IntervalSum]:
    """Yield the sums from which every equation between these intervals follows.

    Intervals that lie inside each other form a tree, and each is the sum of those next inside it.
    If some overlap, each is the sum of the elementary intervals between the bounds of all; those
    need not be among `spans`.
    """
    ordered = sorted(set(spans), key=lambda span: (span[0], -span[1]))
    children = _find_children(ordered)
    if children is None:
        yield from _sum_elementary_intervals(ordered)
        return
    for total, parts in children.items():
        if parts:
            yield IntervalSum(total, tuple(parts), _is_tiled(total, parts))


def _find_children(ordered: Sequence[Span]) -> dict[Span, list[Span]] | None:
    """Return the intervals next inside each; None if two overlap."""
    children: dict[Span, list[Span]] = {span: [] for span in ordered}
    enclosing: list[Span] = []
    for span in ordered:
        while enclosing and enclosing[-1][1] <= span[0]:
            enclosing.pop()
        if enclosing:
            if span[1] > enclosing[-1][1]:
                return None
            children[enclosing[-1]].append(span)
        enclosing.append(span)
    return children


def _is_tiled(total: Span, parts: Sequence[Span]) -> bool:
    """Return whether intervals in order, which do not overlap, leave no gap in another."""
    return parts[0][0] == total[0] and parts[-1][1] == total[1] and is_contiguous(parts)


def is_contiguous(spans: Sequence[Span]) -> bool:
    """Return whether each of these intervals begins where the one before ends."""
    return all(first[1] == second[0] for first, second in pairwise(spans))


def _sum_elementary_intervals(ordered: Sequence[Span]) -> Iterator[IntervalSum]:
    elements = elementary_intervals(ordered)
    for span in ordered:
        parts = tuple(part for part in elements if span[0] <= part[0] and part[1] <= span[1])
        if parts != (span,):
            yield IntervalSum(span, parts, is_complete=True)


def elementary_intervals(spans: Sequence[Span]) -> list[Span]:
    """Return the intervals between neighbouring bounds that lie in any of these."""
    bounds = sorted({bound for span in spans for bound in span})
    return [
        (first, last)
        for first, last in pairwise(bounds)
        if any(span[0] <= first and last <= span[1] for span in spans)
    ]


def outermost_intervals(spans: Sequence[Span]) -> list[Span]:
    """Return the intervals that lie in no other, or the elementary ones if some overlap."""
    ordered = sorted(set(spans), key=lambda span: (span[0], -span[1]))
    if _find_children(ordered) is None:
        return elementary_intervals(ordered)
    outermost: list[Span] = []
    for span in ordered:
        if not outermost or span[0] >= outermost[-1][1]:
            outermost.append(span)
    return outermost


_YEARS = r"\s*(?:completed\s+)?(?:years?|yrs?)?(?:\s+(?:of\s+age|old))?"
_PATTERNS: Mapping[str, Callable[[int, int], Span]] = {
    rf"(\d+)\s*(?:-|–|to)\s*(\d+){_YEARS}": lambda first, last: (first, last + 1),
    r"y(\d+)t(\d+)": lambda first, last: (first, last + 1),
    rf"(?:under|less\s+than|below|<)[\s-]*(\d+){_YEARS}": lambda bound, _: (0, bound),
    r"y_lt(\d+)": lambda bound, _: (0, bound),
    rf"(\d+){_YEARS}\s*(?:\+|and\s+(?:over|above|older|more)|or\s+(?:over|above|older|more))":
        lambda first, _: (first, math.inf),
    rf"(?:over|above)[\s-]*(\d+){_YEARS}": lambda last, _: (last + 1, math.inf),
    r"y_ge(\d+)": lambda first, _: (first, math.inf),
    rf"y?(\d+){_YEARS}": lambda year, _: (year, year + 1),
}  # fmt: skip
"""How codes and labels of age bands are written, in years (SDMX code list CL_AGE among them)."""


def parse_age_bounds(code: str, label: str = "") -> Span | None:
    """Return the first year of an age band and the first one after it; None if it states neither.

    The code is read first, then the label.

    >>> parse_age_bounds("0-17"), parse_age_bounds("18+"), parse_age_bounds("under-1")
    ((0, 18), (18, inf), (0, 1))
    """
    for text in (code, label):
        for pattern, build_span in _PATTERNS.items():
            if match := re.fullmatch(pattern, text.strip(), re.IGNORECASE):
                numbers = [int(number) for number in match.groups()]
                span = build_span(numbers[0], numbers[-1])
                return span if span[0] < span[1] else None
    return None
