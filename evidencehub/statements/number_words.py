"""Words that stand for numbers, and what numbers in a sentence are no values."""

from __future__ import annotations

import re

_SMALL = (
    "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_ORDINALS = ("third", "quarter", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")

VALUE_BY_WORD = {word: float(value) for value, word in enumerate(_SMALL, start=2)}
VALUE_BY_WORD |= {word: 10.0 * value for value, word in enumerate(_TENS, start=2)}
"""Number words; “one” is left out, as it mostly is a pronoun."""

MULTIPLIERS = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9}
PART_BY_WORD = {word: 1.0 / value for value, word in enumerate(_ORDINALS, start=3)}
TIMES_BY_WORD = {"twice": 2.0, "thrice": 3.0, "doubled": 2.0, "double": 2.0, "tripled": 3.0}
TIMES_BY_WORD |= {"triple": 3.0, "trebled": 3.0, "treble": 3.0, "quadrupled": 4.0}

NUMERAL = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
NUMBER = rf"(?:{NUMERAL}|{'|'.join((*VALUE_BY_WORD, 'one'))})"
TIME_UNITS = r"(?:years?|months?|weeks?|days?|hours?|minutes?)"
_NUMBERED_THINGS = (
    "type|level|stage|grade|section|table|figure|chart|chapter|part|page|phase|band|version|"
    "article|annex|appendix|indicator|wave|tier|question|item|step|schedule|paragraph"
)
STUDIES = "study|studies|papers?|articles?|reviews?|reports?|surveys?|trials?|publications?"

_NAMES = rf"\b(?:{_NUMBERED_THINGS})s?\s+\d+(?:\.\d+)*[a-z]?(?![\w,.%]*\d)"
_RANGE = rf"{NUMBER}(?:\s*(?:to|-|–)\s*{NUMBER})?"
_AGES = (
    rf"\bage[ds]?\s+(?:of\s+|from\s+|under\s+|over\s+)?{NUMBER}"
    rf"(?:\s*(?:to|and|or|-|–)\s*(?:{NUMBER}|over|under|above|older|younger|more))?\b"
    rf"|\b{_RANGE}[ -]{TIME_UNITS}[ -](?:olds?|of age)\b"
    rf"|\b{_RANGE}\s+(?:completed\s+)?{TIME_UNITS}"
    r"\s+(?:of\s+(?:pregnancy|gestation|life)|after\b|before\b|or\s+(?:later|more)\s+of)"
    rf"|\bunder[ -]{NUMBER}s\b|\bfirst\s+{NUMBER}\s+{TIME_UNITS}\b"
)
_STUDY_COUNTS = rf"\b{NUMBER}\s+(?:[a-z-]+\s+)?(?:{STUDIES})\b"
_LEVELS = (
    r"\b\d+(?:\.\d+)?\s?%\s+(?:confidence\s+|credible\s+|uncertainty\s+)?"
    r"(?:intervals?|limits|CI)\b"
)
_MONTH_NAMES = (
    "January|February|March|April|May|June|July|August|September|October|November|December"
)
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_DATES = (  # with a capital: in “12 may have died” the twelve are people
    rf"(?<![\w.,])(?:{_DAY}(?:\s+(?:to|until|and|or)\s+|\s*[–-]\s*))?{_DAY}\s+(?:of\s+)?"
    rf"(?-i:{_MONTH_NAMES})\b"
)
WITHOUT_VALUE = re.compile(f"{_NAMES}|{_AGES}|{_STUDY_COUNTS}|{_LEVELS}|{_DATES}", re.IGNORECASE)
"""Numbers that are names, ages, counts of studies, levels of intervals or days of a month."""

COUNTED = (
    "women|men|people|persons|patients|babies|children|deaths|births|mothers|adults|girls|boys|"
    "respondents|participants|staff|applicants|trusts|hospitals|cases|maternities|stillbirths|"
    "detentions|admissions|referrals"
)
MEASURED = re.compile(
    rf"[ -](?:times|fold|per\s?cent|percent|percentage|points?|more|fewer|higher|lower|"
    rf"hundred|thousand|million|billion|out\s+of|in\s+(?:every|{NUMBER})\b|"
    rf"(?:of|per)\s+(?:every|each|{NUMBER})\b|(?:[a-z-]+\s+)?(?:{COUNTED})\b|"
    rf"(?:[a-z-]+\s+)?(?:{'|'.join(_ORDINALS)})s\b|{TIME_UNITS}\b)|\s?%",
    re.IGNORECASE,
)
"""What follows a number word that measures something; others are part of the prose."""
