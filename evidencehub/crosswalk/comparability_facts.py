"""What is known of the rows of an answer before they are compared, and what a verdict says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from evidencehub.domain.status import TOTAL
from evidencehub.messages.rendering import Message

ComparabilityLevel = Literal["ok", "caution", "refuse"]
ComparisonSubject = Literal["values", "gaps"]
"""What the rows of an answer set side by side: values of groups, or gaps between groups."""


@dataclass(frozen=True, kw_only=True)
class ComparabilityFacts:
    """What is known of some rows of an answer that share all of it; empty where nobody said.

    One for each indicator, dataset, scheme, period, age and adjustment. `jurisdiction`
    is that of the scheme (GB-EAW). `population` is what the figures count or are divided
    by, `numerator` what is counted. `completeness` is the share of records with a known ethnic
    group, from 0 to 1, where it is stated as a number; `ethnicity_completeness` is what the
    publisher says in words. `has_break` is True where a row is marked as the first after a break
    (status B), `is_secondary_source` where it was read in a secondary source.

    The last six are of gaps. `dimension` defines the groups. `reference_kind` is a code of
    `domain.reference_kind`, `reference_group` the code of the group if it is one. `is_absolute`
    is None for rows that have a difference and a ratio. `group_count` and `is_exploratory` are
    None where a row compares one group with its reference.
    """

    indicator: str
    scheme: str
    period_start: str
    period_end: str
    dataset: str = ""
    jurisdiction: str = ""
    counting_basis: str = ""
    unit: str = ""
    value_type: str = ""
    standardisation: str = ""
    adjustment: str = ""
    comparator: str = ""
    population: str = ""
    age: str = TOTAL
    sex: str = TOTAL
    whose_ethnicity: str = ""
    recording: str = ""
    ethnicity_completeness: str = ""
    completeness: float | None = None
    series_breaks: str = ""
    has_break: bool = False
    definition: str = ""
    numerator: str = ""
    is_secondary_source: bool = False
    is_synthetic: bool = False
    dimension: str = ""
    reference_kind: str = ""
    reference_group: str = ""
    is_absolute: bool | None = None
    group_count: int | None = None
    is_exploratory: bool | None = None


class ComparabilityReason(NamedTuple):
    """Why a comparison is refused or needs caution: the rule, the message, what it concerns."""

    kind: ComparabilityLevel
    rule: str
    reason: Message
    indicators: tuple[str, ...]

    @property
    def message(self) -> str:
        """The reason as an English sentence."""
        return self.reason.render()


@dataclass(frozen=True)
class Comparability:
    """The verdict on an answer, with the reasons, the gravest first."""

    level: ComparabilityLevel
    reasons: tuple[ComparabilityReason, ...]


VerdictBySchemePair = Mapping[tuple[str, str], str]
"""The verdict on each pair of schemes with a crosswalk: convertible, with-caveat or not."""

RuleMatches = Iterator[tuple[Message, Iterable[ComparabilityFacts]]]
"""What a rule matches: a message, and the facts that it is about."""


FindMatches = Callable[[Sequence[ComparabilityFacts], VerdictBySchemePair], RuleMatches]


class ComparabilityRule(NamedTuple):
    """What to look at, what it means for each subject, and why.

    `values_level` and `gaps_level` are “ok” where a rule has nothing to say of such a subject:
    there the difference is what is asked for, or another rule looks at it.
    """

    name: str
    values_level: ComparabilityLevel
    gaps_level: ComparabilityLevel
    find_matches: FindMatches
    rationale: str

    def get_level(self, subject: ComparisonSubject) -> ComparabilityLevel:
        """Return what a match of this rule means when `subject` is compared."""
        return self.gaps_level if subject == "gaps" else self.values_level


def list_indicators(facts_concerned: Iterable[ComparabilityFacts]) -> tuple[str, ...]:
    """Return the indicators that these facts are of, in order."""
    return tuple(sorted({fact.indicator for fact in facts_concerned}))


def group_by_fields(
    facts: Iterable[ComparabilityFacts], *names: str
) -> dict[str, list[ComparabilityFacts]]:
    """Return the facts by what they say in these columns, as text; in the order of that text."""
    facts_by_value: dict[str, list[ComparabilityFacts]] = defaultdict(list)
    for fact in facts:
        values = [getattr(fact, name) for name in names]
        facts_by_value[" ".join("" if value is None else str(value) for value in values)].append(
            fact
        )
    return dict(sorted(facts_by_value.items()))


def group_by_indicator(
    facts: Iterable[ComparabilityFacts],
) -> Iterator[tuple[str, list[ComparabilityFacts]]]:
    """Yield each indicator with its facts, in order."""
    yield from group_by_fields(facts, "indicator").items()
