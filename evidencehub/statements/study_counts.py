"""Counts that describe a study: its hospitals, sites, countries and participants."""

from __future__ import annotations

import re

from evidencehub.statements.number_words import COUNTED, NUMBER, PART_BY_WORD, STUDIES, TIME_UNITS

_SETTINGS = (
    r"(?:sites?|hospitals?|clinics?|centres?|wards?|countr(?:y|ies)|cit(?:y|ies)|towns?|districts?|"
    r"regions?|count(?:y|ies)|boroughs?|health\s+boards?|(?:general|GP|medical)\s+practices?)"
)
_PARTICIPANTS = r"(?:participants?|respondents?|interviewees?|volunteers?)"
_NO_ADJECTIVE = (  # “48 deaths in hospitals” counts deaths
    r"in|at|of|from|to|by|for|with|without|on|per|and|or|but|than|out|as|an?|the|each|every|all|"
    r"times|fold|per\s?cent|percent|points?|more|fewer|less|higher|lower|is|are|was|were|has|have|"
    r"had|did|died|do|does|who|which|that|these|those|their|hundred|thousand|million|billion"
)
_ADJECTIVES = rf"(?:(?!(?:{_NO_ADJECTIVE}|{COUNTED}|{TIME_UNITS})\b)[^\W\d][\w’'-]*,?\s+){{0,3}}?"
_QUALIFIER = (
    r"(?:(?:about|around|nearly|almost|over|more\s+than|at\s+least|up\s+to|only|all|just|the|these|"
    r"its)\s+){0,2}"
)
_COUNT = rf"(?<![\w.,]){NUMBER}\s+{_ADJECTIVES}"
_SETTING_COUNT = rf"{_COUNT}{_SETTINGS}\b"
_FURTHER_SETTINGS = (
    rf"(?:\s*(?:,|\b(?:of|from|in|at|across|within|and)\b)\s+{_QUALIFIER}{_SETTING_COUNT})"
)
_STUDY = (
    rf"(?:{STUDIES}|samples?|interviews?|workshops?|focus\s+groups?|enquiry|inquiry|analysis|"
    r"cohorts?|experiments?|comparison|questionnaires?|panels?)"
)
_HAS = (
    r"(?:of|with|in|among|on|has|had|includ(?:es?|ed|ing)|cover(?:s|ed|ing)?|involv(?:es?|ed|ing)|"
    r"recruited|asked|interviewed)"
)
_TOOK_PART = (
    r"(?:took\s+part|joined|(?:were|was)\s+(?:asked|interviewed|recruited|enrolled|included))"
)
_STUDY_COUNT = re.compile(
    rf"\b(?:in|at|of|from|across|within|between|among|cover(?:s|ed|ing)?|includ(?:es?|ed|ing)|"
    rf"involv(?:es?|ed|ing))\s+{_QUALIFIER}{_SETTING_COUNT}{_FURTHER_SETTINGS}*"
    rf"|{_COUNT}(?:{_SETTINGS}|{_PARTICIPANTS}){_FURTHER_SETTINGS}+"
    rf"|\b{_STUDY}\s+{_HAS}\s+{_QUALIFIER}{_COUNT}{_PARTICIPANTS}\b"
    rf"|{_COUNT}{_PARTICIPANTS}\s+{_TOOK_PART}\b",
    re.IGNORECASE,
)
_MEMBER = re.compile(
    rf"(?<![\w.,])(?:one|1)\s+of\s+(?:the\s+|these\s+)?{_SETTING_COUNT}", re.IGNORECASE
)
_SHARE = re.compile(  # “24 of 50 hospitals”, “half of the 12 sites”: what is shared out is a value
    rf"(?:\b(?:{NUMBER}|half|{'|'.join(PART_BY_WORD)}|thirds|quarters|fifths|per\s?cent|percent)|%)"
    r"(?:\s+out)?\s+$",
    re.IGNORECASE,
)


def find_study_counts(text: str) -> tuple[range, ...]:
    """Return the places of counts that say how large a study is, and nothing of its results.

    Of “48 participants of 8 health boards” and “one of four sites” both numbers are such. “24 of
    50 hospitals” is a result, and so are counts of people and of what happened to them.

    >>> text = "Of 12 deaths in 3 hospitals, 4 were late."
    >>> [text[place.start : place.stop] for place in find_study_counts(text)]
    ['in 3 hospitals']
    """
    counts = [m for m in _STUDY_COUNT.finditer(text) if not _SHARE.search(text, 0, m.start())]
    return tuple(range(*match.span()) for match in (*counts, *_MEMBER.finditer(text)))
