"""From a spelling to what it means: each distinct spelling is looked up once, never guessed."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from evidencehub.domain import period
from evidencehub.domain.code_lists import (
    AGE_LIST,
    UNIT_LIST,
    CodeBook,
    CodeList,
    area_id,
    fold_label,
)
from evidencehub.domain.columns import Cell, MissingValue
from evidencehub.domain.concepts import Concept
from evidencehub.domain.package_codes import adopt_unit, find_age
from evidencehub.domain.spelling_index import CLOSE_LIKENESS, choose_code
from evidencehub.domain.status import TOTAL
from evidencehub.messages.rendering import Message, make_message
from evidencehub.normalise.code_hints import find_code_hint

Meaning = Mapping[str, Cell]  # concept -> what is to stand there
NO_MEANING: Meaning = {}
SCHEME_DEPENDENT_CONCEPTS = (
    "ethnicity",
    "comparator",
)  # concepts whose list is the scheme of their row
EVERYBODY_CONCEPTS = ("sex", "age")  # an absent column of these is about everybody
MAX_LISTED_CODES = 12  # longer lists are not written out in a message
QUALIFIABLE_CONCEPTS = (
    "sex",
    "age",
    "comparator",
    "adjustment",
)  # may come from a list of another name


LookupFailure: TypeAlias = Message
"""A spelling without a meaning: what to say of it."""


class SpellingLookup(dict[Cell, "Meaning | LookupFailure"]):
    """A memo in front of `meaning`: what a spelling means, or a message that says why not."""

    MAX_CACHED_SPELLINGS = 100_000  # spellings remembered before the memo starts afresh

    def __init__(
        self,
        meaning: Callable[[Cell], Meaning | LookupFailure],
        mapped: frozenset[str] = frozenset(),
    ) -> None:
        """`meaning` is asked once for each spelling.

        An empty cell means nothing, unless it is one of `mapped`, the spellings of the field's map.
        """
        super().__init__()
        self._meaning, self._mapped = meaning, mapped

    def has_spelling(self, text: str) -> bool:
        """Whether the field's map has this very spelling."""
        return text in self._mapped

    def __missing__(self, cell: Cell) -> Meaning | LookupFailure:
        """Ask, and remember the answer."""
        meaning: Meaning | LookupFailure = NO_MEANING
        text = _missing_text(cell)
        if text is None:
            meaning = self._meaning(cell)
        elif text in self._mapped:
            meaning = self._meaning(text)
        if len(self) >= self.MAX_CACHED_SPELLINGS:
            self.clear()
        self[cell] = meaning
        return meaning


def _missing_text(cell: Cell) -> str | None:
    """What is written in a cell that has no value; None for one that has a value."""
    return cell.text if isinstance(cell, MissingValue) else "" if cell is None else None


@dataclass(frozen=True, slots=True)
class SpellingRules:
    """What a field's `hub` object says about its spellings."""

    codelist: str = ""
    level: str = ""
    period: str = "iso"
    map: Mapping[str, str | Meaning] | None = None

    @property
    def is_plain(self) -> bool:
        """True where nothing has to be looked up, unless the concept has a code list."""
        return self.map is None and not self.codelist


def find_spelling_fault(spelling: SpellingRules, book: CodeBook) -> LookupFailure | None:
    """What is wrong with the rules themselves: a list or a kind of period that does not exist."""
    if spelling.codelist and book.get_list(spelling.codelist) is None:
        return make_message("structure/annotation/codelist", codelist=spelling.codelist)
    if spelling.period not in period.PERIOD_KINDS:
        kinds = ", ".join(period.PERIOD_KINDS)
        return make_message("structure/annotation/period", period=spelling.period, kinds=kinds)
    return None


def has_total(spelling: SpellingRules, book: CodeBook) -> bool:
    """Whether the list of a dimension can say that a row is about everybody."""
    code_list = book.get_list(spelling.codelist) if spelling.codelist else None
    return code_list is not None and TOTAL in code_list.codes


def read_mark(mark: str | Mapping[str, Cell]) -> Mapping[str, Cell]:
    """A mark as concepts: a bare code is an observation status."""
    return mark if isinstance(mark, Mapping) else {"obs_status": mark}


def select_lookup(
    concept: Concept, spelling: SpellingRules, book: CodeBook, *, by_scheme: bool
) -> Callable[[Cell], Meaning | LookupFailure]:
    """The way in which a cell of this concept is looked up."""
    if by_scheme:
        return make_scheme_lookup(concept, spelling, book)
    if concept.cell_type == "period":
        return make_period_lookup(spelling)
    if concept.cell_type == "date":
        return make_date_lookup(concept, spelling)
    if concept.name == "other" and not spelling.codelist and not spelling.map:
        return make_dimension_lookup(book)
    lookup_one = make_list_lookup(concept, spelling, book)
    if concept.cell_type in ("codes", "ids", "texts"):
        return make_multi_lookup(concept, lookup_one if concept.cell_type == "codes" else None)
    if concept.cell_type == "groups":
        return make_group_lookup(concept, book)
    return lookup_one


def list_filled_concepts(concept: Concept, spelling: SpellingRules) -> frozenset[str]:
    """The concepts that meanings of this spelling may fill."""
    gives = {concept.name}
    if concept.cell_type == "period":
        gives = {"period_start", "period_end"}
    if concept.name == "ethnicity" and spelling.codelist:
        gives.add("scheme")
    for meaning in (spelling.map or {}).values():
        if isinstance(meaning, Mapping):
            gives |= set(meaning)
    return frozenset(gives)


def make_list_lookup(
    concept: Concept, rules: SpellingRules, book: CodeBook
) -> Callable[[Cell], Meaning | LookupFailure]:
    """Meaning of a cell of a code concept whose list is known beforehand."""
    name = rules.codelist or concept.codelist
    code_list, spellings = book.get_list(name), rules.map or {}

    def meaning(cell: Cell) -> Meaning | LookupFailure:
        text = str(cell)
        mapped = spellings.get(text, text)
        if isinstance(mapped, Mapping):
            return mapped
        if code_list is not None:
            code_meaning = _find_code_meaning(concept, rules, book, code_list, mapped)
            return code_meaning if mapped == text else _without_proposal(code_meaning)
        if rules.map is not None and text not in spellings:
            return unmapped_failure(concept.name, text, spellings)
        return {concept.name: mapped}

    return meaning


def _find_code_meaning(
    concept: Concept, rules: SpellingRules, book: CodeBook, code_list: CodeList, text: str
) -> Meaning | LookupFailure:
    if text == TOTAL and concept.name in EVERYBODY_CONCEPTS:  # whatever the list is
        return {concept.name: TOTAL}
    is_qualifiable = concept.name in QUALIFIABLE_CONCEPTS
    if is_qualifiable and (qualified_code := _qualified_code(text, book)):
        return {concept.name: qualified_code}
    if concept.name == UNIT_LIST and (own_unit := adopt_unit(book, text)):
        return {concept.name: own_unit}
    code = resolve_code(code_list, text, rules.level)
    if isinstance(code, LookupFailure):
        return code
    scheme = {"scheme": code_list.name} if concept.name == "ethnicity" else {}
    return {**scheme, concept.name: storage_form(concept, code_list.name, code)}


def _without_proposal(meaning: Meaning | LookupFailure) -> Meaning | LookupFailure:
    """A failure of what the map says itself: there is no spelling that another map would need."""
    return replace(meaning, proposal=None) if isinstance(meaning, LookupFailure) else meaning


def _qualified_code(text: str, book: CodeBook) -> str:
    """`text` where it is a code written as it is kept, `list:code`; empty where it is not."""
    name, colon, code = text.partition(":")
    code_list = book.get_list(name) if colon else None
    return text if code_list is not None and code in code_list.codes else ""


def make_dimension_lookup(book: CodeBook) -> Callable[[Cell], Meaning | LookupFailure]:
    """Meaning of further dimensions written as they are kept, `list=code;list=code`."""

    def meaning(cell: Cell) -> Meaning | LookupFailure:
        parts = [part.strip() for part in str(cell).split(";") if part.strip()]
        for part in parts:
            name, _, code = part.partition("=")
            code_list = book.get_list(name)
            if code_list is None or code not in code_list.codes:
                return make_message("codes/unknown-code/dimension", text=part)
        return {"other": ";".join(sorted(parts))}

    return meaning


def make_scheme_lookup(
    concept: Concept, rules: SpellingRules, book: CodeBook
) -> Callable[[Cell], Meaning | LookupFailure]:
    """Meaning of a (scheme, cell) pair: the group is looked up in the scheme of its own row."""
    spellings = rules.map or {}

    def meaning(pair: Cell) -> Meaning | LookupFailure:
        scheme, cell = pair
        missing_text = _missing_text(cell)
        text = str(cell) if missing_text is None else missing_text
        if missing_text is not None and text not in spellings:
            return NO_MEANING
        mapped = spellings.get(text, text)
        if isinstance(mapped, Mapping):
            return mapped
        code_list = book.get_list(str(scheme)) if scheme else None
        if code_list is None:
            return unmapped_failure(concept.name, text, spellings) if spellings else NO_MEANING
        code = resolve_code(code_list, mapped, rules.level)
        if isinstance(code, LookupFailure):
            return code if mapped == text else _without_proposal(code)
        return {concept.name: code}

    return meaning


def make_period_lookup(rules: SpellingRules) -> Callable[[Cell], Meaning | LookupFailure]:
    """Meaning of a period label: its first and last day."""

    def meaning(cell: Cell) -> Meaning | LookupFailure:
        mapped = (rules.map or {}).get(str(cell), str(cell))
        if isinstance(mapped, Mapping):
            return mapped
        days = period.parse_period(mapped, rules.period)
        if days is None:
            return make_message("values/period", text=mapped)
        return {"period_start": days[0], "period_end": days[1]}

    return meaning


def make_date_lookup(
    concept: Concept, rules: SpellingRules
) -> Callable[[Cell], Meaning | LookupFailure]:
    """A day, month or year, checked and kept as written; a period's edge becomes a day."""
    edge = {"period_start": 0, "period_end": 1}.get(concept.name)

    def meaning(cell: Cell) -> Meaning | LookupFailure:
        text = (rules.map or {}).get(str(cell), str(cell))
        if isinstance(text, Mapping):
            return text
        days = period.parse_period(text)
        if days is None or "/" in text:
            return make_message("values/date", text=text)
        return {concept.name: text if edge is None else days[edge]}

    return meaning


def make_multi_lookup(
    concept: Concept, lookup_one: Callable[[Cell], Meaning | LookupFailure] | None
) -> Callable[[Cell], Meaning | LookupFailure]:
    """Several values separated by semicolons, each looked up; kept as a JSON list."""

    def meaning(cell: Cell) -> Meaning | LookupFailure:
        parts = [part.strip() for part in str(cell).split(";") if part.strip()]
        if lookup_one is not None:
            meanings = [lookup_one(part) for part in parts]
            failure = next((f for f in meanings if isinstance(f, LookupFailure)), None)
            if failure is not None:
                return failure
            parts = [f[concept.name] for f in meanings if not isinstance(f, LookupFailure)]
        return {concept.name: json.dumps(list(dict.fromkeys(parts)), ensure_ascii=False)}

    return meaning


def make_group_lookup(
    concept: Concept, book: CodeBook
) -> Callable[[Cell], Meaning | LookupFailure]:
    """Groups named as `scheme:code`, several separated by semicolons; kept as a JSON list."""

    def look_up(text: Cell) -> Meaning | LookupFailure:
        scheme, _, code = str(text).partition(":")
        code_list = book.get_list(scheme)
        if code_list is None or code_list.kind != "ethnicity":
            return make_message("codes/unknown-group", text=str(text))
        group_code = resolve_code(code_list, code, "")
        return (
            group_code
            if isinstance(group_code, LookupFailure)
            else {concept.name: f"{scheme}:{group_code}"}
        )

    return make_multi_lookup(concept, look_up)


def resolve_code(code_list: CodeList, text: str, level: str) -> str | LookupFailure:
    """The one code that `text` stands for, or a message that names the nearest."""
    matches = code_list.match(text, level=level)
    if len(matches) == 1:
        return matches[0]
    if code_list.name == AGE_LIST and (age_code := find_age(code_list, text)):
        return age_code
    if matches:
        alternatives = _join_alternatives(matches)
        message = make_message(
            "codes/ambiguous-label", text=text, codes=alternatives, codelist=code_list.name
        )
        return replace(message, proposal="")
    if (hint := find_code_hint(code_list, text)) is not None:
        return hint
    proposal = choose_code(code_list.find_nearest(text, level=level))
    return replace(_build_unknown_code_message(code_list, text, level), proposal=proposal)


def _build_unknown_code_message(code_list: CodeList, text: str, level: str) -> Message:
    params = {"text": text, "codelist": code_list.name}
    if suggestions := code_list.suggest(text, level=level):
        similar = _join_alternatives(suggestions)
        return make_message("codes/unknown-code/similar", **params, suggestions=similar)
    if 0 < len(code_list.codes) <= MAX_LISTED_CODES:
        codes = ", ".join(code_list.codes)
        return make_message("codes/unknown-code/short-list", **params, codes=codes)
    title = code_list.title or code_list.name
    return make_message("codes/unknown-code/long-list", **params, title=title)


def unmapped_failure(name: str, text: str, mapping: Mapping[str, object]) -> LookupFailure:
    """A spelling that the field's own map does not have."""
    similar = [key for key in mapping if fold_label(key) == fold_label(text)] or list(mapping)[:6]
    near_keys = difflib.get_close_matches(text, list(mapping), 1, CLOSE_LIKENESS)
    meaning = mapping[near_keys[0]] if near_keys else ""
    message = make_message(
        "codes/unmapped", text=text, concept=name, suggestions=_join_alternatives(similar)
    )
    return replace(message, proposal=meaning if isinstance(meaning, str) else "")


def storage_form(concept: Concept, list_name: str, code: str) -> str:
    """How a code is written in its column: bare when it is of the column's own list(s).

    A code of another list says which: `list:code`, and for `other` always `list=code`.
    """
    if concept.name == "other":
        return f"{list_name}={code}"
    if concept.name == "area":
        return code if list_name == "area" else area_id(list_name, code)
    if concept.name in QUALIFIABLE_CONCEPTS and list_name != concept.codelist:
        return f"{list_name}:{code}"
    return code


def _join_alternatives(names: Sequence[str]) -> str:
    *initial_names, last = names
    return f"{', '.join(initial_names)} or {last}" if initial_names else last
