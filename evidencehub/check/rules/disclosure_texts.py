"""Rules on texts that state a small count, or one that their row suppresses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from evidencehub.check.definition import Rule, RuleContext, Violation, make_violation
from evidencehub.check.disclosure_policy import (
    DEFAULT_POLICY,
    DisclosurePolicy,
    disclosure_severity,
    get_policy,
    get_policy_unless_synthetic,
    has_suppressed_values,
)
from evidencehub.domain.status import SUPPRESSED
from evidencehub.messages.rendering import Message, make_message

_NUMBER_WORDS = (
    *("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve"),
)
_PEOPLE_PATTERN = (
    r"people|persons?|patients?|women|woman|men|man|mothers?|babies|baby|child|children|deaths?|"
    r"cases|individuals|residents|respondents|staff"
)
_COUNT_IN_TEXT_PATTERN = re.compile(
    rf"(?<![\d.,])(?<!\bin )\b({'|'.join(_NUMBER_WORDS[:9])}|[1-9])\s+(?:\w+\s)?"
    rf"({_PEOPLE_PATTERN})\b",
    re.IGNORECASE,
)


def _small_counts_in_text(dataset: RuleContext) -> Iterator[Violation]:
    """A remark or a finding that says of how few people a figure is."""
    policy = get_policy_unless_synthetic(dataset)
    if policy is None:
        return
    for table, column, condition in _TEXT_COLUMNS:
        sql = (
            f"select file, row, {column} from {table} where {column} <> '' {condition} order by row"
        )
        for file, row, text in dataset.query(sql):
            for message in _find_small_counts(text, policy):
                yield Violation(file, row, column, message)
    for name in ("about.md", "changes.md"):
        path = dataset.package.folder / name
        if path.is_file():
            text = path.read_text("utf-8", "replace")
            for message in _find_small_counts(text, policy):
                yield Violation(name, None, "", message)


_TEXT_COLUMNS = (
    ("observation", "note", f"and obs_status <> '{SUPPRESSED}'"),
    ("findings", "title", ""),
    ("findings", "statement", ""),
    ("findings", "detail", ""),
    ("findings", "note", ""),
)


def _find_small_counts(text: str, policy: DisclosurePolicy) -> Iterator[Message]:
    for match in _COUNT_IN_TEXT_PATTERN.finditer(text):
        count = _parse_count(match[1])
        if max(policy.min_suppressed, 1) <= count <= policy.max_suppressed:
            yield make_message("disclosure/count-in-text", text=match[0])


def _parse_count(text: str) -> int:
    word = text.lower()
    return _NUMBER_WORDS.index(word) + 1 if word in _NUMBER_WORDS else int(word)


_NUMBER = rf"(?P<number>\d{{1,4}}|{'|'.join(_NUMBER_WORDS)})"
_AFTER_NUMBER = r"(?![\d.,]*\d)(?!\s*(?:%|percent|per\b|to\b|[-–]\s*\d|or (?:less|fewer|more)))"
_STATED_COUNT_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\bn\s*(?:=|:|is|was)\s*{_NUMBER}\b{_AFTER_NUMBER}",
        (
            r"\b(?:counts?|numbers?|totals?|numerator|frequency|values?|figures?)\s*"
            rf"(?:=|:|is|was|were|of)\s*(?:only\s+|just\s+|in fact\s+)?{_NUMBER}\b{_AFTER_NUMBER}"
        ),
        rf"(?:\b(?:in fact|actually|really|exactly|only|just)\s+|=\s*){_NUMBER}\b{_AFTER_NUMBER}",
        rf"[(\[]\s*{_NUMBER}\s*[)\]]",
        rf"(?<![\d.,])\b{_NUMBER}\s+(?:\w+\s)?(?:{_PEOPLE_PATTERN})\b",
        rf"^\W*{_NUMBER}\W*$",
    )
)
"""How a text states a count: `n=4`, “count: 4”, “in fact 4”, `(4)`, “4 women”, “four”."""

_RULE_WORDS = re.compile(
    r"(?:fewer|less|more|greater|smaller|lower|higher|larger)\s+than|\b(?:under|below|over|above|"
    r"up to|at least|at most|between|nearest|multiples? of|base|from)\b|[<>≤≥]|"
    r"\b(?:counts|numbers|values|figures|cells)\s+(?:of|from|under|below)\b|"
    r"\b(?:\d+|\w+)\s*(?:to|[-–]|and|or)\s*\d+\b",
    re.IGNORECASE,
)
_RULE_NUMBER = re.compile(
    rf"(?:{_RULE_WORDS.pattern})\s*(?:\w+\s+)?(?:\d+|{'|'.join(_NUMBER_WORDS)})?"
    r"(?:\s*(?:to|and|or|[-–])\s*(?:\d+|\w+))?",
    re.IGNORECASE,
)
"""How a text states a rule of suppression, whose numbers are no counts: “fewer than 5”."""


@lru_cache(maxsize=10_000)  # many rows have the same note
def find_stated_counts(text: str) -> tuple[str, ...]:
    """Return the passages of a note on a suppressed value that state a count.

    >>> find_stated_counts("suppressed (n=4)"), find_stated_counts("fewer than 5")
    (('n=4',), ())
    """
    rest = _RULE_NUMBER.sub(lambda match: " … " if _has_number(match[0]) else match[0], text)
    for pattern in _STATED_COUNT_PATTERNS:
        if match := pattern.search(rest):
            return (match[0].strip(),)
    return ()


def _has_number(text: str) -> bool:
    return any(word.isdigit() or word in _NUMBER_WORDS for word in re.findall(r"\w+", text.lower()))


def _suppressed_counts_in_text(dataset: RuleContext) -> Iterator[Violation]:
    """A note or another text of a suppressed row that states a count."""
    if not has_suppressed_values(dataset):
        return
    policy = get_policy(dataset) or DEFAULT_POLICY
    severity = disclosure_severity(dataset)
    for file, row, column, text in dataset.query(_SUPPRESSED_TEXTS_SQL):
        for passage in find_stated_counts(text):
            if column == "note" or _states_small_count(passage, policy):
                yield make_violation(
                    file, row, column, "disclosure/suppressed-in-text", text=passage
                )._replace(severity=severity)


def _states_small_count(passage: str, policy: DisclosurePolicy) -> bool:
    """Return whether a passage is more than a bare number, and the number may be suppressed."""
    match = re.search(_NUMBER, passage, re.IGNORECASE)
    is_bare = re.fullmatch(rf"\W*{_NUMBER}\W*", passage, re.IGNORECASE) is not None
    return (
        match is not None
        and not is_bare
        and policy.min_suppressed <= _parse_count(match["number"]) <= policy.max_suppressed
    )


_SUPPRESSED_TEXTS_SQL = f"""
select file, row, column_name, text from (
  select file, row, rowid as position, 'note' as column_name, note as text
  from observation where obs_status = '{SUPPRESSED}' and note <> ''
  union all
  select o.file, o.row, o.rowid, j.key, j.value
  from observation as o, json_each(o.extra) as j
  where o.obs_status = '{SUPPRESSED}' and o.extra is not null and j.type = 'text'
)
where text <> ''
order by position, column_name
"""

RULES = (
    Rule(
        "disclosure/count-in-text",
        "dataset",
        "Text should not state a count that the disclosure policy suppresses.",
        "Remove the count from the text.",
        _small_counts_in_text,
        "warning",
    ),
    Rule(
        "disclosure/suppressed-in-text",
        "dataset",
        "A text of a row must not state the count that the row suppresses.",
        "Remove the count from the text.",
        _suppressed_counts_in_text,
    ),
)
