"""Things that bear the name of a group: a classification, a language, a document, a body."""

from __future__ import annotations

import re

from evidencehub.statements.number_words import COUNTED

_CLASSIFICATION = "status|identity|identities|identification|classification|question|variable"
_DESCENT = "origin|descent|ancestry|background|heritage|ethnicity"  # people may be “of” it
_CULTURE = (
    "languages?|studies|history|histories|cultures?|literature|music|arts?|cuisine|foods?|"
    "medicine|religions?|customs?|traditions?|knowledge|laws?|sovereignty|governance|month|week"
)
_DOCUMENT = (
    "frameworks?|acts?|papers?|polic(?:y|ies)|strateg(?:y|ies)|programmes?|plans?|charters?|"
    "agendas?|initiatives?|protocols?|guidelines?|standards?"
)
_BODY = (
    "organi[sz]ations?|agenc(?:y|ies)|commissions?|councils?|committees?|networks?|alliances?|"
    "associations?|societ(?:y|ies)|institutes?|foundations?|federations?|charit(?:y|ies)"
)
_TITLE_NOUN = (
    "Framework|Act|Paper|Policy|Strategy|Programme|Program|Plan|Charter|Agenda|Initiative|"
    "Protocol|Guidelines?|Standards?|Organi[sz]ation|Agency|Commission|Council|Committee|Network|"
    "Alliance|Association|Society|Institute|Foundation|Federation|Observatory|Board|Service|"
    "Report|Review|Survey|Study|Studies|Inquiry|Register|Registry|Week|Month|Day|Project|Database|"
    "Journal|Country|City|House|Ocean|Sea"
)
_TITLED_BODY = (
    "Council|Commission|Committee|Institute|Association|Society|Ministry|Department|Office|Agency|"
    "Journal|Board|Network|Alliance|Foundation|Federation|Minister|Secretary"
)
_TOPIC = r"(?:(?:health|ethnic|racial|maternal|cultural|community|data|national)\s+)?"
_PEOPLE = (
    rf"(?:{COUNTED}|speakers?|users?|groups?|communit(?:y|ies)|famil(?:y|ies)|households?|"
    r"workers?|members?|residents?|holders?|leaders?|students?|pupils?|doctors?|nurses?|"
    r"candidates?|donors?)"
)

_THING = re.compile(
    rf"[\s-]+{_TOPIC}(?:(?P<classification>{_CLASSIFICATION})|{_CULTURE}|{_DOCUMENT}|{_BODY})\b"
    rf"(?![\s-]+{_PEOPLE}\b)",
    re.IGNORECASE,
)
_TITLE_END = re.compile(
    rf"(?!\s+(?i:{COUNTED}|families|groups)\b)"  # “Black Women Report …” is a heading in capitals
    rf"(?:\s+(?:(?:and|of|for|on|the)\s+)?[A-Z][\w’'-]*){{0,5}}?\s+(?:{_TITLE_NOUN})\b"
)
_TITLE_START = re.compile(rf"\b(?:{_TITLED_BODY})\s+(?:of|for|on)\s+(?:the\s+)?$")
_DESCENT_END = re.compile(rf"\s+(?:{_DESCENT})\b(?!\s+{_PEOPLE}\b)", re.IGNORECASE)
_HAS_DESCENT = re.compile(rf"\s(?:{_DESCENT})$", re.IGNORECASE)
_BY = re.compile(r"\b(?:by|according\s+to)\s+(?:the\s+)?$", re.IGNORECASE)
_OF_PEOPLE = re.compile(rf"\b{_PEOPLE}\s+(?:of|with|from)\s+(?:an?\s+)?$", re.IGNORECASE)


def names_thing(text: str, start: int, end: int) -> bool:
    """Return true where the name of a group at a place is that of a thing.

    “Indigenous status” is a classification, “Asian languages” are no people, and “the Indigenous
    Health Performance Framework” is a title; “Indigenous women” and “Black babies” are people, and
    so are “women of Indigenous status”.

    >>> [names_thing(f"by Māori {word}", 3, 8) for word in ("status", "descent", "women")]
    [True, True, False]
    """
    thing = _THING.match(text, end)
    if thing is not None:
        return not (thing["classification"] and _OF_PEOPLE.search(text, 0, start))
    if _TITLE_END.match(text, end) or _TITLE_START.search(text, 0, start):
        return True
    has_descent = _DESCENT_END.match(text, end) or _HAS_DESCENT.search(text, start, end)
    return bool(has_descent and _BY.search(text, 0, start))
