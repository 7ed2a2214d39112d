"""Which counts add up to which, read off the data as an attacker would.

Parts of a total are taken for all of it wherever no published figures speak against that.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from evidencehub.domain.status import TOTAL

Hierarchy = Mapping[str, Sequence[str]]  # a total or heading, and its parts
AdditiveRelation = tuple[int, tuple[int, ...]]  # the cell of a total, and those of its parts


class CountKey(NamedTuple):
    """What tells counts apart. `dimensions` holds further dimensions, `list=code`, sorted.

    `period` is the first and the last day (`2024-01-01/2024-12-31`), `release` the version of
    the release that shows the count, empty for the one that is audited.
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

    `location` is whatever tells the caller where the figure stands. `denominator_bounds` is the
    count of the whole that it is a part of (the denominator), with the least and the most that it
    may be.
    """

    key: CountKey
    lower: float
    upper: float
    is_suppressed: bool
    location: tuple[str, int]
    denominator_bounds: tuple[float, float] | None = None


class AdditiveRelations(NamedTuple):
    """Links whose parts make up their total (all), or are some of its parts.

    `counts` are those that were given, and wholes that only denominators tell after them.
    """

    counts: list[BoundedCount]
    complete: list[AdditiveRelation]
    partial: list[AdditiveRelation]


def find_additive_relations(
    counts: Sequence[BoundedCount],
    hierarchies: Mapping[str, Hierarchy],
    area_levels: Mapping[str, str],
) -> AdditiveRelations:
    """What adds up: groups, sexes, ages, areas, periods, further dimensions, schemes, releases.

    `hierarchies` says for `area`, for each scheme (under its name), and for `sex`, `age` and the
    lists of further dimensions (under their names) which codes are parts of which; what is not
    there is a total of whatever codes occur. `area_levels` says of what kind an area is: districts
    and hospitals are two ways to divide a country.

    Links are judged by kind, those of one indicator and one heading together: if no figures
    contradict it, parts make up their total; if they only fall short of it, they are some of
    its parts; else they are none.
    """
    relations = AdditiveRelations(list(counts), [], [])
    for family in _iter_families(counts, hierarchies, area_levels):
        _classify_family(family, relations)
    for pair in _repeated_counts(
        counts, "release"
    ):  # a count that was revised says nothing of the other
        total, low, high = _total_and_part_bounds(pair, relations.counts)
        if low <= total.upper and total.lower <= high:
            relations.complete.append(pair)
    for wholes, parts in _denominator_totals(counts):
        _classify_denominator_totals(wholes, parts, relations)
    return relations


def _classify_family(family: Sequence[AdditiveRelation], relations: AdditiveRelations) -> None:
    bounds = [_total_and_part_bounds(link, relations.counts) for link in family]
    if all(low <= total.upper and total.lower <= high for total, low, high in bounds):
        relations.complete.extend(family)
    elif all(low <= total.upper for total, low, _ in bounds):
        relations.partial.extend(family)


def _total_and_part_bounds(
    link: AdditiveRelation, counts: Sequence[BoundedCount]
) -> tuple[BoundedCount, float, float]:
    total, parts = link
    return (
        counts[total],
        sum(counts[part].lower for part in parts),
        sum(counts[part].upper for part in parts),
    )


def _iter_families(
    counts: Sequence[BoundedCount],
    hierarchies: Mapping[str, Hierarchy],
    area_levels: Mapping[str, str],
) -> Iterator[list[AdditiveRelation]]:
    """Links of one kind together: those of one indicator, and one total or heading."""
    for place in ("area", "ethnicity", "sex", "age"):
        yield from _hierarchy_families(
            place,
            _group_varying_field(counts, place),
            hierarchies,
            area_levels if place == "area" else {},
        )
    yield from _dimension_families(counts)
    yield from _period_families(_group_varying_field(counts, "period"))
    yield _repeated_counts(counts, "scheme")


def _group_varying_field(
    counts: Sequence[BoundedCount], field: str
) -> dict[CountKey, dict[str, int]]:
    """Counts that differ in one place only: what stands there, and the cell."""
    cells_by_key: dict[CountKey, dict[str, int]] = defaultdict(dict)
    for cell, count in enumerate(counts):
        cells_by_key[count.key._replace(**{field: ""})][getattr(count.key, field)] = cell
    return cells_by_key


def _hierarchy_families(
    field: str,
    cells_by_key: Mapping[CountKey, Mapping[str, int]],
    hierarchies: Mapping[str, Hierarchy],
    area_levels: Mapping[str, str],
) -> Iterator[list[AdditiveRelation]]:
    """Each code is a part of its nearest heading that is there, else of the total."""
    families: dict[tuple[str, ...], list[AdditiveRelation]] = defaultdict(list)
    for key, cell_by_code in cells_by_key.items():
        name = key.scheme if field == "ethnicity" else field
        parent_of = {
            part: parent for parent, parts in hierarchies.get(name, {}).items() for part in parts
        }
        children: dict[tuple[str, str], list[int]] = defaultdict(list)
        for code, cell in cell_by_code.items():
            if parent := _find_total(code, field, parent_of, cell_by_code):
                children[parent, area_levels.get(code, "")].append(cell)
        for (parent, level), parts in children.items():
            if len(parts) > 1:
                relation = (cell_by_code[parent], tuple(parts))
                families[key.indicator, name, parent, level].append(relation)
    yield from families.values()


def _find_total(
    code: str, field: str, parent_of: Mapping[str, str], codes: Mapping[str, int]
) -> str | None:
    """Return the nearest heading that has a figure, else the total; areas have none."""
    parent = _nearest_ancestor(code, parent_of, codes)
    if parent is None and field != "area" and code != TOTAL:
        parent = TOTAL
    return parent if parent in codes else None


def _nearest_ancestor(
    code: str, parent_of: Mapping[str, str], codes: Mapping[str, int]
) -> str | None:
    """The nearest heading of a code that has a figure; None where none has, or they go round."""
    visited = {code}
    ancestor = parent_of.get(code)
    while ancestor is not None and ancestor not in codes and ancestor not in visited:
        visited.add(ancestor)
        ancestor = parent_of.get(ancestor)
    return None if ancestor in visited else ancestor


def _dimension_families(counts: Sequence[BoundedCount]) -> Iterator[list[AdditiveRelation]]:
    """Sums over each further dimension: what has it, beside the same without it."""
    cells = {count.key: cell for cell, count in enumerate(counts)}
    families: dict[tuple[str, str], list[AdditiveRelation]] = defaultdict(list)
    for (name, total_key), parts in _group_by_dimension(cells).items():
        if total_key in cells and len(parts) > 1:
            families[total_key.indicator, name].append((cells[total_key], tuple(parts)))
    yield from families.values()


def _group_by_dimension(cells: Mapping[CountKey, int]) -> dict[tuple[str, CountKey], list[int]]:
    """For each further dimension and key without it, the cells that have it."""
    cells_by_dimension: dict[tuple[str, CountKey], list[int]] = defaultdict(list)
    for key, cell in cells.items():
        for dimension in dict.fromkeys(key.dimensions.split(";")) if key.dimensions else ():
            other_dimensions = ";".join(
                part for part in key.dimensions.split(";") if part != dimension
            )
            cells_by_dimension[
                dimension.partition("=")[0], key._replace(dimensions=other_dimensions)
            ].append(cell)
    return cells_by_dimension


def _repeated_counts(counts: Sequence[BoundedCount], field: str) -> list[AdditiveRelation]:
    """Counts of the same people, told more than once: in other schemes, or by other releases.

    All groups together are the same people in every scheme.
    """
    cells_by_key: dict[CountKey, list[int]] = defaultdict(list)
    for cell, count in enumerate(counts):
        if field != "scheme" or count.key.ethnicity == TOTAL:
            cells_by_key[count.key._replace(**{field: ""})].append(cell)
    return [
        (cells[0], (other_cell,)) for cells in cells_by_key.values() for other_cell in cells[1:]
    ]


def _period_families(
    cells_by_key: Mapping[CountKey, Mapping[str, int]],
) -> Iterator[list[AdditiveRelation]]:
    """A period and the shorter ones that make it up, day by day."""
    families: dict[str, list[AdditiveRelation]] = defaultdict(list)
    for key, periods in cells_by_key.items():
        if len(periods) > 2:
            days = {span: cell for period, cell in periods.items() if (span := _parse_span(period))}
            for total_span, cell in days.items():
                if parts := _find_tiling(total_span, days):
                    families[key.indicator].append((cell, tuple(days[part] for part in parts)))
    yield from families.values()


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


def _denominator_totals(
    counts: Sequence[BoundedCount],
) -> Iterator[tuple[list[BoundedCount], list[tuple[int, ...]]]]:
    """Wholes that are not shown as counts, but as the denominator of each part.

    So it is with the answers to a question, and with the make-up of a population.
    """
    cells = {count.key: cell for cell, count in enumerate(counts)}
    families: dict[tuple[str, str], tuple[list[BoundedCount], list[tuple[int, ...]]]] = defaultdict(
        lambda: ([], [])
    )
    for name, total_key, parts in _iter_wholes(counts, cells):
        bounds = {span for part in parts if (span := counts[part].denominator_bounds)}
        if total_key not in cells and len(parts) > 1 and len(bounds) == 1:
            total = BoundedCount(
                total_key, *bounds.pop(), is_suppressed=False, location=counts[parts[0]].location
            )
            totals, parts_of_totals = families[total_key.indicator, name]
            totals.append(total)
            parts_of_totals.append(tuple(parts))
    yield from families.values()


def _iter_wholes(
    counts: Sequence[BoundedCount], cells: Mapping[CountKey, int]
) -> Iterator[tuple[str, CountKey, list[int]]]:
    """Yield each kind of whole, the key that it would have, and the cells of its parts."""
    for (name, total_key), parts in _group_by_dimension(cells).items():
        yield f"other {name}", total_key, parts
    for key, codes in _group_varying_field(counts, "ethnicity").items():
        yield key.scheme, key._replace(ethnicity=TOTAL), list(codes.values())


def _classify_denominator_totals(
    totals: list[BoundedCount], parts: list[tuple[int, ...]], relations: AdditiveRelations
) -> None:
    """Take denominators for wholes where some that hide nothing show that they are."""
    first = len(relations.counts)
    family = [(first + offset, cells) for offset, cells in enumerate(parts)]
    all_counts = [*relations.counts, *totals]
    published_relations = [
        link for link in family if not any(all_counts[part].is_suppressed for part in link[1])
    ]
    bounds = [_total_and_part_bounds(link, all_counts) for link in published_relations]
    if published_relations and all(
        low <= total.upper and total.lower <= high for total, low, high in bounds
    ):
        relations.counts.extend(totals)
        _classify_family(family, relations)
