"""Sums over bands, of age mostly, by their bounds."""

from __future__ import annotations

import math
from collections.abc import Mapping

from evidencehub.disclosure.counts import BoundedCount
from evidencehub.disclosure.interval_sums import (
    Span,
    find_interval_sums,
    is_contiguous,
    outermost_intervals,
)
from evidencehub.disclosure.strata import Families, Stratum, iter_strata
from evidencehub.domain.status import TOTAL


def is_banded(stratum: Stratum, spans: Mapping[str, Mapping[str, Span]]) -> bool:
    return stratum.dimension in ("age", "other") and not spans.get(
        stratum.list_name, {}
    ).keys().isdisjoint(stratum.cell_by_code)


def add_elementary_bands(
    counts: list[BoundedCount], spans: Mapping[str, Mapping[str, Span]]
) -> dict[str, dict[str, Span]]:
    """Add the bands without a row that overlapping ones are made of, as unknown counts.

    Return the bounds of bands with theirs.
    """
    all_spans = {name: dict(bounds) for name, bounds in spans.items()}
    banded = [s for s in iter_strata(tuple(counts)) if is_banded(s, spans)] if spans else []
    for stratum in banded:
        bounds = all_spans[stratum.list_name]
        codes = {span: code for code, span in bounds.items()}
        first = counts[next(iter(stratum.cell_by_code.values()))]
        for span in _missing_elements(stratum, bounds):
            code = codes.get(span, f"{span[0]:g} to {span[1]:g}, not listed")
            bounds[code] = span
            key = stratum.build_key(code)
            counts.append(
                BoundedCount(
                    key, 0, math.inf, is_suppressed=False, location=first.location, is_listed=False
                )
            )
    return all_spans


def _missing_elements(stratum: Stratum, bounds: Mapping[str, Span]) -> list[Span]:
    """Return the bands without a row that are parts of those with one."""
    present = {bounds[code] for code in stratum.cell_by_code if code in bounds}
    parts = {part for entry in find_interval_sums([*present]) for part in entry.parts}
    return sorted(parts - present)


class BandSums:
    """The sums of one stratum over bands, of age mostly, by their bounds."""

    def __init__(self, stratum: Stratum, spans: Mapping[str, Span]) -> None:
        self._stratum = stratum
        self._cells: dict[Span, int] = {}
        self._unbounded: list[int] = []  # residual codes, such as age not known
        self._repeated: list[tuple[int, int]] = []
        for code, cell in stratum.cell_by_code.items():
            span = spans.get(code)
            if span is None and code != TOTAL:
                self._unbounded.append(cell)
            elif span is not None and span in self._cells:
                self._repeated.append((self._cells[span], cell))
            elif span is not None:
                self._cells[span] = cell

    def add_to(self, families: Families) -> None:
        """Add the sums to their families."""
        indicator, name, spans = (
            self._stratum.key.indicator,
            self._stratum.list_name,
            [*self._cells],
        )
        for total, parts, is_complete in find_interval_sums(spans):
            cells = [self._cells[part] for part in parts]
            family = families[indicator, name, f"{total[0]:g} to {total[1]:g}"]
            family.add(self._cells[total], cells, is_complete=is_complete)
        for first, second in self._repeated:
            family = families[indicator, name, "the same band"]
            family.is_equality = True
            family.add(first, [second], is_complete=True)
        if TOTAL in self._stratum.cell_by_code:
            outermost = outermost_intervals(spans)
            cells = [*(self._cells[span] for span in outermost), *self._unbounded]
            is_complete = len(cells) > 1 and is_contiguous(outermost)
            total_cell = self._stratum.cell_by_code[TOTAL]
            families[indicator, name, TOTAL].add(total_cell, cells, is_complete=is_complete)
