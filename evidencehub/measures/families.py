"""Which counts add up to which, read off the data as an attacker would.

Parts of a total are taken for all of it wherever no published figures speak against that.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

TOTAL = "_T"
Tree = Mapping[str, Sequence[str]]  # a total or heading, and its parts
Link = tuple[int, tuple[int, ...]]  # the cell of a total, and those of its parts


class Key(NamedTuple):
    """What tells counts apart. `other` holds further dimensions, `list=code`, sorted.

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
    other: str
    rest: str = ""
    release: str = ""


@dataclass(frozen=True, slots=True)
class Count:
    """A count with the least and the most that it may be; `hidden` where it was suppressed.

    `place` is whatever tells the caller where the figure stands. `people` is the count of the
    whole that it is a part of (the denominator), with the least and the most that it may be.
    """

    key: Key
    low: float
    high: float
    hidden: bool
    place: tuple[str, int]
    people: tuple[float, float] | None = None


class Sorted(NamedTuple):
    """Links whose parts make up their total (all), or are some of its parts.

    `counts` are those that were given, and wholes that only denominators tell after them.
    """

    counts: list[Count]
    all: list[Link]
    some: list[Link]


def links(
    counts: Sequence[Count],
    trees: Mapping[str, Tree],
    levels: Mapping[str, str],
) -> Sorted:
    """What adds up: groups, sexes, ages, areas, periods, further dimensions, schemes, releases.

    `trees` says for `area`, for each scheme (under its name), and for `sex`, `age` and the
    lists of further dimensions (under their names) which codes are parts of which; what is not
    there is a total of whatever codes occur. `levels` says of what kind an area is: districts
    and hospitals are two ways to divide a country.

    Links are judged by kind, those of one indicator and one heading together: if no figures
    contradict it, parts make up their total; if they only fall short of it, they are some of
    its parts; else they are none.
    """
    found = Sorted(list(counts), [], [])
    for family in _families(counts, trees, levels):
        _judge(family, found)
    for pair in _same(counts, "release"):  # a count that was revised says nothing of the other
        total, low, high = _span(pair, found.counts)
        if low <= total.high and total.low <= high:
            found.all.append(pair)
    for wholes, parts in _denominators(counts):
        _judge_wholes(wholes, parts, found)
    return found


def _judge(family: Sequence[Link], found: Sorted) -> None:
    spans = [_span(link, found.counts) for link in family]
    if all(low <= total.high and total.low <= high for total, low, high in spans):
        found.all.extend(family)
    elif all(low <= total.high for total, low, _ in spans):
        found.some.extend(family)


def _span(link: Link, counts: Sequence[Count]) -> tuple[Count, float, float]:
    total, parts = link
    return (
        counts[total],
        sum(counts[part].low for part in parts),
        sum(counts[part].high for part in parts),
    )


def _families(
    counts: Sequence[Count], trees: Mapping[str, Tree], levels: Mapping[str, str]
) -> Iterator[list[Link]]:
    """Links of one kind together: those of one indicator, and one total or heading."""
    for place in ("area", "ethnicity", "sex", "age"):
        yield from _headed(place, _alike(counts, place), trees, levels)
    yield from _further(counts)
    yield from _periods(_alike(counts, "period"))
    yield _same(counts, "scheme")


def _alike(counts: Sequence[Count], place: str) -> dict[Key, dict[str, int]]:
    """Counts that differ in one place only: what stands there, and the cell."""
    alike: dict[Key, dict[str, int]] = defaultdict(dict)
    for cell, count in enumerate(counts):
        alike[count.key._replace(**{place: ""})][getattr(count.key, place)] = cell
    return alike


def _headed(
    place: str,
    alike: Mapping[Key, Mapping[str, int]],
    trees: Mapping[str, Tree],
    levels: Mapping[str, str],
) -> Iterator[list[Link]]:
    """Each code is a part of its nearest heading that is there, else of the total."""
    families: dict[tuple[str, ...], list[Link]] = defaultdict(list)
    for key, codes in alike.items():
        name = key.scheme if place == "ethnicity" else place
        heading = {part: whole for whole, parts in trees.get(name, {}).items() for part in parts}
        under: dict[tuple[str, str], list[int]] = defaultdict(list)
        for code, cell in codes.items():
            whole = _nearest(code, heading, codes)
            if whole is None and place != "area" and code != TOTAL:
                whole = TOTAL
            if whole is not None and whole in codes:
                under[whole, levels.get(code, "") if place == "area" else ""].append(cell)
        for (whole, level), parts in under.items():
            if len(parts) > 1:
                families[key.indicator, name, whole, level].append((codes[whole], tuple(parts)))
    yield from families.values()


def _nearest(code: str, heading: Mapping[str, str], codes: Mapping[str, int]) -> str | None:
    """The nearest heading of a code that has a figure; None where none has, or they go round."""
    seen = {code}
    above = heading.get(code)
    while above is not None and above not in codes and above not in seen:
        seen.add(above)
        above = heading.get(above)
    return None if above in seen else above


def _further(counts: Sequence[Count]) -> Iterator[list[Link]]:
    """Sums over each further dimension: what has it, beside the same without it."""
    cells = {count.key: cell for cell, count in enumerate(counts)}
    families: dict[tuple[str, str], list[Link]] = defaultdict(list)
    for (name, whole), parts in _by_dimension(cells).items():
        if whole in cells and len(parts) > 1:
            families[whole.indicator, name].append((cells[whole], tuple(parts)))
    yield from families.values()


def _by_dimension(cells: Mapping[Key, int]) -> dict[tuple[str, Key], list[int]]:
    """For each further dimension and key without it, the cells that have it."""
    found: dict[tuple[str, Key], list[int]] = defaultdict(list)
    for key, cell in cells.items():
        for one in dict.fromkeys(key.other.split(";")) if key.other else ():
            rest = ";".join(part for part in key.other.split(";") if part != one)
            found[one.partition("=")[0], key._replace(other=rest)].append(cell)
    return found


def _same(counts: Sequence[Count], place: str) -> list[Link]:
    """Counts of the same people, told more than once: in other schemes, or by other releases.

    All groups together are the same people in every scheme.
    """
    alike: dict[Key, list[int]] = defaultdict(list)
    for cell, count in enumerate(counts):
        if place != "scheme" or count.key.ethnicity == TOTAL:
            alike[count.key._replace(**{place: ""})].append(cell)
    return [(cells[0], (other,)) for cells in alike.values() for other in cells[1:]]


def _periods(alike: Mapping[Key, Mapping[str, int]]) -> Iterator[list[Link]]:
    """A period and the shorter ones that make it up, day by day."""
    families: dict[str, list[Link]] = defaultdict(list)
    for key, periods in alike.items():
        if len(periods) > 2:
            days = {span: cell for period, cell in periods.items() if (span := _days(period))}
            for whole, cell in days.items():
                if parts := _tiles(whole, days):
                    families[key.indicator].append((cell, tuple(days[part] for part in parts)))
    yield from families.values()


Days = tuple[date, date]  # the first day, and the one after the last


def _days(period: str) -> Days | None:
    first, _, last = period.partition("/")
    try:
        return date.fromisoformat(first), date.fromisoformat(last) + timedelta(days=1)
    except (ValueError, OverflowError):  # no such days, or the last there is
        return None


def _tiles(whole: Days, days: Mapping[Days, int]) -> list[Days]:
    """The fewest other periods that follow each other from its first day to its last."""
    first, end = whole
    best: dict[date, list[Days]] = {first: []}
    for part in sorted(days):
        begin, after = part
        if part != whole and begin in best and after <= end:
            way = [*best[begin], part]
            if after not in best or len(way) < len(best[after]):
                best[after] = way
    return best.get(end, [])


def _denominators(counts: Sequence[Count]) -> Iterator[tuple[list[Count], list[tuple[int, ...]]]]:
    """Wholes that are not shown as counts, but as the denominator of each part.

    So it is with the answers to a question, and with the make-up of a population.
    """
    cells = {count.key: cell for cell, count in enumerate(counts)}
    families: dict[tuple[str, str], list[tuple[Count, tuple[int, ...]]]] = defaultdict(list)
    grouped = [(f"other {name}", w, parts) for (name, w), parts in _by_dimension(cells).items()]
    for key, codes in _alike(counts, "ethnicity").items():
        grouped.append((key.scheme, key._replace(ethnicity=TOTAL), list(codes.values())))
    for name, whole, parts in grouped:
        told = {span for part in parts if (span := counts[part].people) is not None}
        if whole not in cells and len(parts) > 1 and len(told) == 1:
            total = Count(whole, *told.pop(), hidden=False, place=counts[parts[0]].place)
            families[whole.indicator, name].append((total, tuple(parts)))
    for family in families.values():
        yield [total for total, _ in family], [parts for _, parts in family]


def _judge_wholes(wholes: list[Count], parts: list[tuple[int, ...]], found: Sorted) -> None:
    """Take denominators for wholes where some that hide nothing show that they are."""
    first = len(found.counts)
    family = [(first + place, cells) for place, cells in enumerate(parts)]
    told = [*found.counts, *wholes]
    shown = [link for link in family if not any(told[part].hidden for part in link[1])]
    spans = [_span(link, told) for link in shown]
    if shown and all(low <= total.high and total.low <= high for total, low, high in spans):
        found.counts.extend(wholes)
        _judge(family, found)
