"""Does each disclosure policy refuse the counts that its own words in the code list call suppressed?"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass

import pytest

from evidencehub.check.disclosure_policy import POLICIES
from tests.support.dataset_builder import CODE_FOLDER, DatasetBuilder

pytestmark = pytest.mark.slow  # a check of a package for each policy, count and place
PEOPLE = 5000
SPAN = re.compile(
    r"(?:Counts|Cells) (?:of (?P<least>\d+) to (?P<most>\d+)|of (?P<at_most>\d+) or less|"
    r"(?:under|(?:of|with) fewer than) (?P<below>\d+))[ ,].*?\b(?:suppressed|protected)\b"
)
ROUNDED = re.compile(r"[Oo]thers?(?: counts)? are rounded to the nearest (\d+)")


@dataclass(frozen=True, slots=True)
class Promise:
    """What the definition of a policy says of single counts, read from its words."""

    policy: str
    least: int
    most: int
    base: int
    is_national: bool

    def __str__(self) -> str:
        return self.policy


def read_definitions() -> dict[str, str]:
    """The definition of every policy in the code list."""
    with (CODE_FOLDER / "disclosure-policy.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: row["definition"] for row in csv.DictReader(file)}


def parse_promise(policy: str, words: str) -> Promise | None:
    """The promise in a definition; None where it says of no count that it is suppressed."""
    span = SPAN.match(words)
    if span is None:
        return None
    most = int(span["most"] or span["at_most"] or int(span["below"]) - 1)
    least = 0 if "including zeros" in words else int(span["least"] or 1)
    rounded = ROUNDED.search(words)
    base = int(rounded[1]) if rounded else 0
    return Promise(policy, least, most, base, "below national level" not in words)


DEFINITIONS = read_definitions()
PROMISES = [
    promise for name, words in DEFINITIONS.items() if (promise := parse_promise(name, words))
]
OTHERS = sorted(set(DEFINITIONS) - {promise.policy for promise in PROMISES})
LEVELS = {"country": True, "nation": True, "combined": True, "city": False, "region": False}


def report_rules(dataset: DatasetBuilder, policy: str, level: str, count: int) -> list[str]:
    """The rules that a figure with a count breaks, for an area of a level, under a policy."""
    dataset.descriptor["hub"]["disclosure_policy"] = policy
    dataset.tables["codes"][-1]["level"] = level
    value, people = f"{count * 1000 / PEOPLE:g}", str(PEOPLE)
    row = dataset.build_observation(value=value, numerator=str(count), denominator=people)
    dataset.tables["observations"] = [row]
    return dataset.check().rules


def list_small_cases() -> list[tuple[Promise, str, int]]:
    """Every policy at both its borders, one below and one above, for areas of every level."""
    return [
        (promise, level, count)
        for promise in PROMISES
        for level in LEVELS
        for count in (promise.least - 1, promise.least, promise.most, promise.most + 1)
        if count >= 0
    ]


def test_the_policies_that_hide_counts_are_those_that_say_so() -> None:
    assert sorted(promise.policy for promise in PROMISES) == sorted(POLICIES)
    assert len(OTHERS) > 5


@pytest.mark.parametrize(("promise", "level", "count"), list_small_cases(), ids=str)
def test_a_count_is_refused_where_the_words_of_the_policy_hide_it(
    dataset: DatasetBuilder, promise: Promise, level: str, count: int
) -> None:
    holds = promise.is_national or not LEVELS[level]
    is_hidden = holds and promise.least <= count <= promise.most
    rules = report_rules(dataset, promise.policy, level, count)
    assert ("disclosure/small-count" in rules) == is_hidden


@pytest.mark.parametrize("level", ["country", "city"])
@pytest.mark.parametrize("count", [39, 40, 41, 42, 43, 44, 45])
@pytest.mark.parametrize("promise", PROMISES, ids=str)
def test_a_count_is_refused_that_is_not_rounded_as_the_words_of_the_policy_say(
    dataset: DatasetBuilder, promise: Promise, count: int, level: str
) -> None:
    holds = promise.is_national or not LEVELS[level]
    is_wrong = holds and promise.base > 0 and count % promise.base != 0
    rules = report_rules(dataset, promise.policy, level, count)
    assert ("disclosure/not-rounded" in rules) == is_wrong


@pytest.mark.parametrize("policy", OTHERS)
def test_a_policy_that_says_nothing_of_single_counts_refuses_none(
    dataset: DatasetBuilder, policy: str
) -> None:
    assert report_rules(dataset, policy, "city", 3) == []
