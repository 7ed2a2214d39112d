"""Groups that a sentence names, by the labels, short labels, prose and aliases of a scheme."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from evidencehub.domain.status import TOTAL

_PEOPLE = "people|women|men|babies|children|patients|staff|mothers|applicants|respondents|readings"
_PROSE_START = re.compile(rf"^(?:(?:{_PEOPLE}) (?:from|of) (?:an? )?|the )", re.IGNORECASE)
_PROSE_END = re.compile(rf" (?:ethnic )?(?:{_PEOPLE}|background|origin)$", re.IGNORECASE)
_HEADING = re.compile(r"^.*(?: - |: )")
_SPECIFIC = re.compile(
    rf"\b(?!(?:{_PEOPLE}|ethnic|groups?|the|of|in|them|together|combined|total)\b)\w+",
    re.IGNORECASE,
)
"""Words that say of which people one speaks, beside an ordinary word such as “all”."""

_EXCLUSION = re.compile(
    r"(?:\bnon-|\b(?:not|other\s+than|except(?:\s+for)?|but|apart\s+from|excluding)\s+(?:the\s+)?)$",
    re.IGNORECASE,
)
_COMMON_WORDS = frozenset(
    ("all", "any", "any other", "both", "either", "mixed", "neither", "none", "other", "unknown")
)
"""Labels that are ordinary words too: they name a group only where a claim says that they do."""


class GroupName(NamedTuple):
    """One name of a group: `is_common` where it is an ordinary word as well."""

    name: str
    code: str
    is_common: bool


class GroupMention(NamedTuple):
    """A group that a sentence names; no `codes` where it is none of the scheme's."""

    text: str
    codes: frozenset[str]
    is_common: bool
    start: int
    end: int


def list_names(code: str, texts: Iterable[str], level: str) -> list[GroupName]:
    """Return the names of a code: its texts, and what they say apart from “people from a …”."""
    names: dict[str, None] = {}
    for text in filter(None, texts):
        core = _PROSE_END.sub("", _PROSE_START.sub("", text))
        tail = _HEADING.sub("", text)
        names |= dict.fromkeys(filter(None, (text, core, tail)))
    is_residual = code == TOTAL or level in ("total", "residual")
    return [
        GroupName(name, code, is_residual or name.casefold() in _COMMON_WORDS) for name in names
    ]


@dataclass(frozen=True)
class GroupVocabulary:
    """The names of one scheme's groups, and names of other schemes that contain one of them.

    “Black African” of another scheme is not the group “Black” of this one.
    """

    names: tuple[GroupName, ...]
    other_names: tuple[str, ...] = ()

    @cached_property
    def codes_by_name(self) -> Mapping[str, frozenset[str]]:
        """Return the codes of each name, case folded."""
        codes: dict[str, set[str]] = {}
        for name in self.names:
            codes.setdefault(name.name.casefold(), set()).add(name.code)
        return {name: frozenset(group) for name, group in codes.items()}

    @cached_property
    def _common_names(self) -> frozenset[str]:
        return frozenset(name.name.casefold() for name in self.names if name.is_common)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        names = {name.name for name in self.names} | set(self.other_names)
        ordered = sorted(names, key=lambda name: (-len(name), name))
        alternatives = "|".join(re.escape(name).replace(r"\ ", r"\s+") for name in ordered)
        return re.compile(rf"(?<!\w)(?:{alternatives or '(?!)'})(?!\w)", re.IGNORECASE)

    def can_stand_for(self, words: str, code: str) -> bool:
        """Return true where a claim may say that `words` are how its finding names a group.

        They may not be the name of another one, nor exclude the group. “All” in “all other ethnic
        groups combined” is no name: it is one where nothing else is said, as in “all patients”.
        """
        named_codes: set[str] = set()
        for mention in self.find_groups(words):
            is_excluded = _EXCLUSION.search(words, 0, mention.start) is not None
            if is_excluded and code in mention.codes:
                return False
            rest = f"{words[: mention.start]} {words[mention.end :]}"
            is_part = mention.text.casefold() in self._common_names and _SPECIFIC.search(rest)
            if not is_excluded and not is_part:
                named_codes |= mention.codes
        return not named_codes or code in named_codes

    def find_groups(self, text: str) -> tuple[GroupMention, ...]:
        """Return the groups that a sentence names, the longest name first where two would do.

        Small letters where the name has a capital are an ordinary word: “white paper”.
        """
        mentions = []
        for match in self._pattern.finditer(text):
            name = " ".join(match[0].split()).casefold()
            codes = self.codes_by_name.get(name, frozenset())
            is_word = match[0][0].islower() and " " not in name and "-" not in name
            is_common = is_word or name in self._common_names
            mentions.append(GroupMention(match[0], codes, is_common, *match.span()))
        return tuple(mentions)


def build_vocabulary(
    names: Iterable[GroupName], names_of_all_schemes: Iterable[str]
) -> GroupVocabulary:
    """Return the vocabulary of a scheme beside those of all others."""
    scheme_names = tuple(names)
    folded = {name.name.casefold() for name in scheme_names if not name.is_common}
    words = {name for name in folded if " " not in name}
    other_names = {
        name
        for name in names_of_all_schemes
        if name.casefold() not in folded and words & set(name.casefold().split()) and " " in name
    }
    return GroupVocabulary(scheme_names, tuple(sorted(other_names)))
