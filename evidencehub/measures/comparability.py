"""May the rows of one answer be compared with each other? The facts first, then a verdict.

`refuse` means that the figures, set beside each other group by group, would mislead whatever is
said with them: they are of different things. `caution` means that they may stand side by side
when the difference is said. Nothing is judged by guess: a fact that nobody stated is a caution
of its own, never taken for agreement.

Refused are groups of different countries (the hub compares inequality within each country and
never pools groups across them), classifications of different places that no crosswalk brings
together (Scotland beside England and Wales), different units or types of value, and within one
indicator adjusted figures beside crude ones or figures relative to different groups. All else
is a caution: breaks, completeness, periods, ages and ways of counting are shown as notes.
"""

from __future__ import annotations

import calendar
import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Literal, NamedTuple

from evidencehub.measures.classify import listed

Kind = Literal["ok", "caution", "refuse"]

COMPLETE = 0.9
"""Below this share of records with a known ethnic group completeness is a caution.

The hub's own line: no source that was read sets one. At a tenth unknown, the people who are
left out outnumber most single groups.
"""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is known of some rows of an answer that share all of it; empty where nobody said.

    One for each indicator, dataset, scheme, period, age and adjustment. `country` is the
    jurisdiction of the scheme (GB-EAW). `population` is what the figures count or are divided
    by. `completeness` is the share of records with a known ethnic group, from 0 to 1, where
    it is stated as a number; `ethnicity_completeness` is what the publisher says in words.
    `has_break` is True where a row is marked as the first after a break (status B).
    """

    indicator: str
    scheme: str
    period_start: str
    period_end: str
    dataset: str = ""
    country: str = ""
    counting_basis: str = ""
    unit: str = ""
    value_type: str = ""
    standardisation: str = ""
    adjustment: str = ""
    comparator: str = ""
    population: str = ""
    age: str = "_T"
    sex: str = "_T"
    whose_ethnicity: str = ""
    recording: str = ""
    ethnicity_completeness: str = ""
    completeness: float | None = None
    series_breaks: str = ""
    has_break: bool = False


class Reason(NamedTuple):
    """Why a comparison is refused or needs caution: the rule, a sentence, what it concerns."""

    kind: Kind
    rule: str
    text: str
    concerns: tuple[str, ...]


class Fact(NamedTuple):
    """One column of the facts: each value that occurs, and the indicators that have it."""

    name: str
    values: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Comparability:
    """The facts of an answer and the verdict on it, with the reasons, the gravest first."""

    kind: Kind
    reasons: tuple[Reason, ...]
    facts: tuple[Fact, ...]


Links = Mapping[tuple[str, str], str]
"""The verdict on each pair of schemes with a crosswalk: convertible, with-caveat or not."""

Found = Iterator[tuple[str, Iterable[Facts]]]  # a sentence, and the facts that it is about


class Rule(NamedTuple):
    """What to look at, and what it means where it is so."""

    name: str
    kind: Kind
    find: Callable[[Sequence[Facts], Links], Found]


def compare(facts: Iterable[Facts], links: Links | None = None) -> Comparability:
    """Whether the rows that these facts are of may be compared, and why not or with what care.

    `links` are the verdicts on scheme pairs; with them, classifications of different places
    that no crosswalk brings together are refused. The order of the facts does not matter.
    """
    told = sorted(set(facts), key=_order)
    reasons = tuple(
        Reason(rule.kind, rule.name, text, _indicators(about))
        for kind in ("refuse", "caution")
        for rule in RULES
        if rule.kind == kind
        for text, about in rule.find(told, links or {})
    )
    return Comparability(reasons[0].kind if reasons else "ok", reasons, _table(told))


def _order(fact: Facts) -> tuple[str, ...]:
    return tuple(str(getattr(fact, field.name)) for field in fields(Facts))


def _table(told: Sequence[Facts]) -> tuple[Fact, ...]:
    """Each fact's values with the indicators that have them, in the order of the columns."""
    columns = [field.name for field in fields(Facts) if field.name != "indicator"]
    return tuple(
        Fact(name, tuple((value, _indicators(who)) for value, who in _split(told, name).items()))
        for name in columns
        if told
    )


def _indicators(about: Iterable[Facts]) -> tuple[str, ...]:
    return tuple(sorted({fact.indicator for fact in about}))


def _split(told: Iterable[Facts], *names: str) -> dict[str, list[Facts]]:
    """The facts by what they say, as text; in the order of that text."""
    found: dict[str, list[Facts]] = defaultdict(list)
    for fact in told:
        values = [getattr(fact, name) for name in names]
        found[" ".join("" if value is None else str(value) for value in values)].append(fact)
    return dict(sorted(found.items()))


def _by_indicator(told: Iterable[Facts]) -> Iterator[tuple[str, list[Facts]]]:
    yield from _split(told, "indicator").items()


def _named(values: Iterable[str]) -> str:
    """The values as they stand in a sentence; what is empty is said to be not stated."""
    return listed([f"“{value}”" if value else "not stated" for value in values])


def _differs(
    column: str, says: str, *, stated: bool = False
) -> Callable[[Sequence[Facts], Links], Found]:
    """A rule that looks for more than one value of a column, in words that end in the values.

    With `stated`, a value that nobody gave does not differ from others.
    """

    def find(told: Sequence[Facts], _: Links) -> Found:
        found = [value for value in _split(told, column) if value or not stated]
        if len(found) > 1:
            yield f"{says}: {_named(found)}.", told

    return find


def _within(column: str, says: str) -> Callable[[Sequence[Facts], Links], Found]:
    """The same rule, within each indicator."""

    def find(told: Sequence[Facts], _: Links) -> Found:
        for indicator, here in _by_indicator(told):
            found = _split(here, column)
            if len(found) > 1:
                yield f"{indicator}: {says}: {_named(found)}.", here

    return find


def _unsaid(column: str, says: str, *words: str) -> Callable[[Sequence[Facts], Links], Found]:
    """A rule that looks for facts which are empty or say no more than one of `words`."""

    def find(told: Sequence[Facts], _: Links) -> Found:
        silent = [
            fact
            for fact in told
            if not (said := getattr(fact, column).strip().casefold()) or said.startswith(words)
        ]
        if silent:
            yield f"{says} ({listed(_indicators(silent))}).", silent

    return find


def _countries(told: Sequence[Facts], _: Links) -> Found:
    """There are no internationally accepted ethnic categories: groups are never pooled."""
    found = sorted({fact.country[:2] for fact in told if fact.country})
    if len(found) > 1:
        text = (
            f"The groups are of different countries: {listed(found)}. Compare the inequality "
            "within each country, not groups between countries."
        )
        yield text, told


_HOLDS = {"GB-EAW": ("GB-ENG", "GB-WLS"), "GB-GBN": ("GB-EAW", "GB-ENG", "GB-SCT", "GB-WLS")}
"""Parts of a country that hold others (ISO 3166-2); a country holds all of its own."""


def _separate(here: str, there: str) -> bool:
    """Two parts of one country that have no people in common."""
    same = here == there or here in _HOLDS.get(there, ()) or there in _HOLDS.get(here, ())
    return here[:2] == there[:2] and "-" in here and "-" in there and not same


def _apart(told: Sequence[Facts], links: Links) -> Found:
    """Classifications of different places of a country that no crosswalk brings together."""
    places = sorted({(fact.country, fact.scheme) for fact in told if fact.country})
    for (here, one), (there, other) in itertools.combinations(places, 2) if links else ():
        linked = {links.get((one, other), "not"), links.get((other, one), "not")}
        if _separate(here, there) and one != other and linked == {"not"}:
            text = (
                f"The groups of {one} ({here}) and {other} ({there}) cannot be brought into one "
                "classification."
            )
            yield text, [fact for fact in told if fact.scheme in (one, other)]


def _schemes(told: Sequence[Facts], links: Links) -> Found:
    """A group may be drawn differently in two classifications, even under the same name."""
    found = list(_split(told, "scheme"))
    if len(found) > 1:
        pairs = sorted(
            f"{one} to {other}"
            for (one, other), kind in links.items()
            if one in found and other in found and kind != "not"
        )
        way = f" These can be converted: {listed(pairs)}." if pairs else ""
        yield f"The groups are of different classifications: {_named(found)}.{way}", told


_CRUDE = ("", "none", "crude")


def _adjusted(told: Sequence[Facts], _: Links) -> Found:
    """What an adjusted figure leaves out, a crude one contains."""
    for indicator, here in _by_indicator(told):
        found = _split(here, "adjustment")
        said = {"crude" if word in _CRUDE else word for word in found}
        if len(said) > 1:
            text = listed([word or "no adjustment" for word in found])
            yield f"{indicator}: figures with different adjustments: {text}.", here


def months(start: str, end: str) -> str:
    """How long a period is, in words: whole months where it has them, else days.

    >>> months("2020-04-01", "2021-03-31")
    '12 months'
    """
    try:
        first, last = date.fromisoformat(start), date.fromisoformat(end)
    except ValueError:
        return "unknown"
    whole = (last.year - first.year) * 12 + last.month - first.month + 1
    if first.day == 1 and last.day == calendar.monthrange(last.year, last.month)[1] and whole > 0:
        return f"{whole} month{'s' * (whole > 1)}"
    days = (last - first).days + 1
    return f"{days} day{'s' * (days != 1)}" if days > 0 else "unknown"


def _lengths(told: Sequence[Facts], _: Links) -> Found:
    """Counts grow with the period, and a long period hides change within it."""
    found: dict[str, list[Facts]] = defaultdict(list)
    for fact in told:
        found[months(fact.period_start, fact.period_end)].append(fact)
    if len(found) > 1:
        texts = [
            f"{length} ({listed(_indicators(about))})"
            for length, about in sorted(found.items(), key=lambda pair: (len(pair[0]), pair[0]))
        ]
        yield f"The periods differ in length: {listed(texts)}.", told


def _spans(told: Iterable[Facts]) -> list[tuple[str, str]]:
    return sorted({(fact.period_start, fact.period_end) for fact in told})


def _periods(told: Sequence[Facts], _: Links) -> Found:
    """Indicators that are not of the same periods; a series of one indicator is no mixture."""
    found = {indicator: _spans(here) for indicator, here in _by_indicator(told)}
    if len({tuple(spans) for spans in found.values()}) > 1:
        texts = [
            f"{who} {spans[0][0]} to {max(s[1] for s in spans)}" for who, spans in found.items()
        ]
        yield f"The figures are of different periods: {listed(texts)}.", told


def _overlapping(told: Sequence[Facts], _: Links) -> Found:
    """Periods that share time share people: rolling averages are not independent."""
    for indicator, here in _by_indicator(told):
        spans = _spans(here)
        shared = [(a, b) for a, b in itertools.pairwise(spans) if b[0] <= a[1]]
        if shared:
            one, two = shared[0]
            text = (
                f"{indicator}: periods overlap, such as {one[0]} to {one[1]} and {two[0]} to "
                f"{two[1]}, so their figures share people."
            )
            yield text, here


def _breaks(told: Sequence[Facts], _: Links) -> Found:
    """Shown as a note beside any series; one period alone has nothing to break with."""
    for indicator, here in _by_indicator(told):
        if len(_spans(here)) < 2:
            continue
        said = [text for text in _split(here, "series_breaks") if text]
        if said:
            yield f"{indicator}: the series has a break. {' '.join(said)}", here
        marked = [span[0] for span in _spans(fact for fact in here if fact.has_break)]
        if marked and not said:
            yield f"{indicator}: the series has a break at {listed(marked)}.", here


def _share(fact: Facts) -> float | None:
    """The share of records with a known group, where it is stated and can be one."""
    share = fact.completeness
    return share if share is not None and 0 <= share <= 1 else None


def _incomplete(told: Sequence[Facts], _: Links) -> Found:
    """People whose group is not known are in no group: figures of groups are then too low."""
    for indicator, here in _by_indicator(told):
        low = [share for share in map(_share, here) if share is not None and share < COMPLETE]
        if low:
            share = f"{100 * min(low):.3g}%"
            yield f"{indicator}: the ethnic group is known for only {share} of records.", here


def _not_stated(told: Sequence[Facts], links: Links) -> Found:
    """How many people have no known group, where nobody says."""
    says = "It is not stated for how many people the ethnic group is known"
    find = _unsaid("ethnicity_completeness", says, "not stated")
    yield from find([fact for fact in told if _share(fact) is None], links)


_UNITS = "The figures have different units"
_TYPES = "The figures are of different types"
_AGAINST = "figures in relation to different groups"
_STANDARDISED = "The figures are standardised differently"
_PEOPLE = "The figures are about different people"
_WHOSE = "The ethnic group is that of different people"
_RECORDED = "The ethnic group was recorded differently"
_COUNTED = "People of several groups are counted differently"
_KNOWN = "The ethnic group is known for different shares"
_NO_BASIS = "It is not stated how people of several groups are counted"
_NO_PERSON = "It is not stated whose ethnic group it is"

RULES = (
    Rule("countries", "refuse", _countries),
    Rule("classifications-apart", "refuse", _apart),
    Rule("unit", "refuse", _differs("unit", _UNITS, stated=True)),
    Rule("value-type", "refuse", _differs("value_type", _TYPES, stated=True)),
    Rule("adjustment", "refuse", _adjusted),
    Rule("comparator", "refuse", _within("comparator", _AGAINST)),
    Rule("classifications", "caution", _schemes),
    Rule("counting-basis", "caution", _differs("counting_basis", _COUNTED)),
    Rule("standardisation", "caution", _differs("standardisation", _STANDARDISED)),
    Rule("population", "caution", _differs("population", _PEOPLE)),
    Rule("whose-ethnicity", "caution", _differs("whose_ethnicity", _WHOSE)),
    Rule("recording", "caution", _differs("recording", _RECORDED)),
    Rule("age", "caution", _differs("age", "The figures are of different ages")),
    Rule("sex", "caution", _differs("sex", "The figures are of different sexes")),
    Rule("period-length", "caution", _lengths),
    Rule("periods", "caution", _periods),
    Rule("periods-overlap", "caution", _overlapping),
    Rule("series-break", "caution", _breaks),
    Rule("completeness", "caution", _incomplete),
    Rule("completeness-differs", "caution", _differs("ethnicity_completeness", _KNOWN)),
    Rule("completeness-not-stated", "caution", _not_stated),
    Rule("counting-basis-not-stated", "caution", _unsaid("counting_basis", _NO_BASIS)),
    Rule("whose-not-stated", "caution", _unsaid("whose_ethnicity", _NO_PERSON, "unknown")),
)
"""What is looked for, in the order in which reasons are given. The rest of an answer's facts
(its dataset, its place) may differ without a word: they say where a figure is from."""
