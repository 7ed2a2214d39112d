"""Every sum that counts may be part of, in families: those of one indicator and one heading."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from evidencehub.disclosure.band_sums import BandSums, add_elementary_bands, is_banded
from evidencehub.disclosure.counts import BoundedCount, CategoryStructure, CountKey, IndicatorSum
from evidencehub.disclosure.hierarchy_sums import add_hierarchy_sums, list_omitted_counts
from evidencehub.disclosure.interval_sums import Span
from evidencehub.disclosure.scheme_covers import CoverSearch, SchemeCover, find_exact_matches
from evidencehub.disclosure.strata import (
    AdditiveRelation,
    Families,
    RelationFamily,
    group_by_dimension,
    group_varying_field,
    iter_strata,
)
from evidencehub.domain.status import TOTAL


def iter_families(
    counts: list[BoundedCount],
    structure: CategoryStructure,
    doubtful: frozenset[CountKey] = frozenset(),
) -> Iterator[RelationFamily]:
    """Yield the sums of each kind. Parts that have no row are added to `counts`, unknown.

    The totals in `doubtful` are taken for short of such parts.
    """
    counts += copy_matched_counts(counts, structure.scheme_covers)
    spans = add_elementary_bands(counts, structure.spans)
    parents = {
        name: {part: parent for parent, parts in hierarchy.items() for part in parts}
        for name, hierarchy in structure.hierarchies.items()
    }
    families = _add_strata(counts, structure, spans, parents)
    while omitted := list_omitted_counts(counts, families, parents, doubtful):
        counts += omitted
        families = _add_strata(counts, structure, spans, parents)
    listed = tuple(counts)
    _add_period_sums(listed, families)
    _add_scheme_sums(listed, structure.scheme_covers, families)
    _add_indicator_sums(counts, structure.indicator_sums, families)
    yield from families.values()
    yield RelationFamily(list(iter_repeated_counts(listed, "scheme")), is_equality=True)


def _add_strata(
    counts: Sequence[BoundedCount],
    structure: CategoryStructure,
    spans: Mapping[str, Mapping[str, Span]],
    parents: Mapping[str, Mapping[str, str]],
) -> Families:
    """Return the sums of every stratum, over bands or a hierarchy."""
    families: Families = defaultdict(RelationFamily)
    for stratum in iter_strata(tuple(counts)):
        if is_banded(stratum, spans):
            BandSums(stratum, spans[stratum.list_name]).add_to(families)
        else:
            parent_of = parents.get(stratum.list_name, {})
            add_hierarchy_sums(stratum, structure, parent_of, families)
    return families


def _add_period_sums(counts: Sequence[BoundedCount], families: Families) -> None:
    """A period and the shorter ones that make it up, day by day."""
    for key, periods in group_varying_field(counts, "period").items():
        if len(periods) > 1:
            days = {span: cell for period, cell in periods.items() if (span := _parse_span(period))}
            for total_span, cell in days.items():
                if parts := _find_tiling(total_span, days):
                    family = families[key.indicator, "period"]
                    family.may_overlap = True
                    family.add(cell, [days[part] for part in parts], is_complete=True)


DateSpan = tuple[date, date]  # the first day, and the one after the last


def _parse_span(period: str) -> DateSpan | None:
    first, _, last = period.partition("/")
    try:
        return date.fromisoformat(first), date.fromisoformat(last) + timedelta(days=1)
    except (ValueError, OverflowError):  # no such days, or the last there is
        return None


def _find_tiling(period: DateSpan, days: Mapping[DateSpan, int]) -> list[DateSpan]:
    """The fewest other periods that follow each other from its first day to its last."""
    first, end = period
    shortest_paths: dict[date, list[DateSpan]] = {first: []}
    for part in sorted(days):
        begin, next_begin = part
        if part != period and begin in shortest_paths and next_begin <= end:
            path = [*shortest_paths[begin], part]
            if next_begin not in shortest_paths or len(path) < len(shortest_paths[next_begin]):
                shortest_paths[next_begin] = path
    return shortest_paths.get(end, [])


def _add_scheme_sums(
    counts: Sequence[BoundedCount], covers: Sequence[SchemeCover], families: Families
) -> None:
    """A category of one scheme and those of another that make it up."""
    if not covers:
        return
    strata: dict[CountKey, dict[str, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    for cell, count in enumerate(counts):
        common = count.key._replace(scheme="", ethnicity="")
        strata[common][count.key.scheme][count.key.ethnicity] = cell
    search = CoverSearch(covers)
    for key, schemes in strata.items():
        for entry in search.iter_sums(schemes):
            family = families[key.indicator, *entry.name]
            family.add(entry.total, entry.parts, is_complete=entry.is_complete)


def copy_matched_counts(
    counts: Sequence[BoundedCount], covers: Sequence[SchemeCover]
) -> list[BoundedCount]:
    """Return counts once more as those of their exact match in another scheme that is in use.

    So that they stand in the sums over areas, sexes and ages of that scheme too.
    """
    matches = find_exact_matches(covers)
    keys = {count.key for count in counts} if matches else set()
    in_use = {(key.scheme, key.ethnicity) for key in keys}
    copies = {}
    for count in counts if matches else ():
        for scheme, code in matches.get((count.key.scheme, count.key.ethnicity), ()):
            key = count.key._replace(scheme=scheme, ethnicity=code)
            if (scheme, code) in in_use and key not in keys and key not in copies:
                copies[key] = replace(count, key=key)
    return list(copies.values())


def _add_indicator_sums(
    counts: list[BoundedCount], sums: Sequence[IndicatorSum], families: Families
) -> None:
    """Indicators that the package declares to be parts of another, or of their denominator."""
    if not sums:
        return
    for key, cells in group_varying_field(tuple(counts), "indicator").items():
        for entry in sums:
            parts = [cells[name] for name in entry.parts if name in cells]
            total = cells.get(entry.total) if entry.total else _add_denominator(key, parts, counts)
            if parts and total is not None:
                is_complete = len(parts) == len(entry.parts)
                families[entry.indicators].add(total, parts, is_complete=is_complete)


def _add_denominator(key: CountKey, parts: Sequence[int], counts: list[BoundedCount]) -> int | None:
    """Add the denominator of these parts as a count; None if they state none, or differ."""
    bounds = [span for part in parts if (span := counts[part].denominator_bounds)]
    if not bounds:
        return None
    lower, upper = max(low for low, _ in bounds), min(high for _, high in bounds)
    if lower > upper:
        return None
    location = counts[parts[0]].location
    counts.append(BoundedCount(key, lower, upper, is_suppressed=False, location=location))
    return len(counts) - 1


def iter_repeated_counts(counts: Sequence[BoundedCount], field: str) -> Iterator[AdditiveRelation]:
    """Counts of the same people, published more than once: in other schemes, or by other releases.

    All groups together are the same people in every scheme.
    """
    cells_by_key: dict[CountKey, list[int]] = defaultdict(list)
    for cell, count in enumerate(counts):
        if field != "scheme" or count.key.ethnicity == TOTAL:
            cells_by_key[count.key._replace(**{field: ""})].append(cell)
    for cells in cells_by_key.values():
        yield from ((cells[0], (other_cell,)) for other_cell in cells[1:])


def iter_denominator_families(
    counts: Sequence[BoundedCount],
) -> Iterator[list[tuple[BoundedCount, tuple[int, ...]]]]:
    """Yield totals that have no row, but are the denominator of each part, with the parts.

    So it is with the answers to a question, and with the make-up of a population.
    """
    cells = {count.key: cell for cell, count in enumerate(counts)}
    families: dict[tuple[str, str], list[tuple[BoundedCount, tuple[int, ...]]]] = defaultdict(list)
    for name, total_key, parts in _iter_wholes(counts, cells):
        bounds = {span for part in parts if (span := counts[part].denominator_bounds)}
        if total_key not in cells and len(parts) > 1 and len(bounds) == 1:
            location = counts[parts[0]].location
            total = BoundedCount(total_key, *bounds.pop(), is_suppressed=False, location=location)
            families[total_key.indicator, name].append((total, tuple(parts)))
    yield from families.values()


def _iter_wholes(
    counts: Sequence[BoundedCount], cells: Mapping[CountKey, int]
) -> Iterator[tuple[str, CountKey, list[int]]]:
    """Yield each kind of whole, the key that it would have, and the cells of its parts."""
    for (name, total_key), codes in group_by_dimension(cells).items():
        yield f"other {name}", total_key, list(codes.values())
    for key, codes in group_varying_field(counts, "ethnicity").items():
        yield key.scheme, key._replace(ethnicity=TOTAL), list(codes.values())
