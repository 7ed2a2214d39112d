"""From a spelling to what it means: each distinct spelling is looked up once, never guessed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from evidencehub.domain import period
from evidencehub.domain.code_lists import CodeBook, CodeList, area_id, fold_label
from evidencehub.domain.columns import Cell, MissingValue
from evidencehub.domain.concepts import Concept
from evidencehub.domain.problem import Problem

Meaning = Mapping[str, Cell]  # concept -> what is to stand there
NO_MEANING: Meaning = {}
SCHEME_DEPENDENT_CONCEPTS = (
    "ethnicity",
    "comparator",
)  # concepts whose list is the scheme of their row
MAX_LISTED_CODES = 12  # longer lists are not written out in a message
QUALIFIABLE_CONCEPTS = (
    "sex",
    "age",
    "comparator",
    "adjustment",
)  # may come from a list of another name


@dataclass(frozen=True, slots=True)
class LookupFailure:
    """A spelling without a meaning: the rule it breaks, what to say, and what to do."""

    rule: str
    message: str
    fix: str

    def to_problem(self, file: str, row: int | None, field: str, times: int = 1) -> Problem:
        """The problem, told at its place."""
        return Problem(
            self.rule, self.message, self.fix, file=file, row=row, field=field, occurrences=times
        )


class SpellingLookup(dict[Cell, "Meaning | LookupFailure"]):
    """A memo in front of `meaning`: what a spelling means, or an Unknown that says why not."""

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

    def __missing__(self, cell: Cell) -> Meaning | LookupFailure:
        """Ask, and remember the answer."""
        meaning: Meaning | LookupFailure = NO_MEANING
        text = cell.text if isinstance(cell, MissingValue) else "" if cell is None else None
        if text is None:
            meaning = self._meaning(cell)
        elif text in self._mapped:
            meaning = self._meaning(text)
        if len(self) >= self.MAX_CACHED_SPELLINGS:
            self.clear()
        self[cell] = meaning
        return meaning


@dataclass(frozen=True, slots=True)
class SpellingRules:
    """What a field's `hub` object says about its spellings."""

    codelist: str = ""
    level: str = ""
    period: str = "iso"
    map: Mapping[str, str | Meaning] | None = None


def make_list_lookup(
    concept: Concept, rules: SpellingRules, book: CodeBook
) -> Callable[[Cell], Meaning | LookupFailure]:
    """Meaning of a cell of a code concept whose list is known beforehand."""
    name = rules.codelist or concept.codelist
    code_list = book.get_list(name)

    def meaning(cell: Cell) -> Meaning | LookupFailure:
        text = str(cell)
        mapped = (rules.map or {}).get(text)
        if isinstance(mapped, Mapping):
            return mapped
        if rules.map is not None and mapped is None and code_list is None:
            return unmapped_failure(concept.name, text, rules.map)
        spelling_or_code = text if mapped is None else mapped
        if code_list is None:
            return {concept.name: spelling_or_code}
        if concept.name in QUALIFIABLE_CONCEPTS and (
            qualified_code := _qualified_code(spelling_or_code, book)
        ):
            return {concept.name: qualified_code}
        code = resolve_code(code_list, spelling_or_code, rules.level)
        if isinstance(code, LookupFailure):
            return code
        meaning_of_code = {concept.name: storage_form(concept, name, code)}
        return (
            {"scheme": name, **meaning_of_code} if concept.name == "ethnicity" else meaning_of_code
        )

    return meaning


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
                return LookupFailure(
                    "codes/unknown-code",
                    f"“{part}” is not a code in the form list=code.",
                    "Use list=code, for example toy-deprivation=1.",
                )
        return {"other": ";".join(sorted(parts))}

    return meaning


def make_scheme_lookup(
    concept: Concept, rules: SpellingRules, book: CodeBook
) -> Callable[[Cell], Meaning | LookupFailure]:
    """Meaning of a (scheme, cell) pair: the group is looked up in the scheme of its own row."""

    def meaning(pair: Cell) -> Meaning | LookupFailure:
        scheme, cell = pair
        mapped_spellings = rules.map or {}
        text = cell.text if isinstance(cell, MissingValue) else "" if cell is None else str(cell)
        mapped = mapped_spellings.get(text)
        if isinstance(mapped, Mapping):
            return mapped
        if mapped is None and (cell is None or isinstance(cell, MissingValue)):
            return NO_MEANING
        code_list = book.get_list(str(scheme)) if scheme else None
        if code_list is None:
            return (
                unmapped_failure(concept.name, text, mapped_spellings)
                if mapped_spellings
                else NO_MEANING
            )
        code = resolve_code(code_list, text if mapped is None else mapped, rules.level)
        return code if isinstance(code, LookupFailure) else {concept.name: code}

    return meaning


def make_period_lookup(rules: SpellingRules) -> Callable[[Cell], Meaning | LookupFailure]:
    """Meaning of a period label: its first and last day."""

    def meaning(cell: Cell) -> Meaning | LookupFailure:
        mapped = (rules.map or {}).get(str(cell), str(cell))
        if isinstance(mapped, Mapping):
            return mapped
        days = period.parse_period(mapped, rules.period)
        if days is None:
            return LookupFailure(
                "values/period",
                f"“{mapped}” could mean more than one period.",
                "Write 2024, 2024-03, 2024-Q1 or 2024-04/2025-03, or declare the type of year "
                "in the descriptor.",
            )
        return {"period_start": days[0], "period_end": days[1]}

    return meaning


def make_date_lookup(concept: Concept) -> Callable[[Cell], Meaning | LookupFailure]:
    """A day, month or year, checked and kept as written; a period's edge becomes a day."""
    edge = {"period_start": 0, "period_end": 1}.get(concept.name)

    def meaning(cell: Cell) -> Meaning | LookupFailure:
        text = str(cell)
        days = period.parse_period(text)
        if days is None or "/" in text:
            return LookupFailure(
                "values/date",
                f"“{text}” is not a valid date.",
                "Write it as 2024-03-31, 2024-03 or 2024.",
            )
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
            return LookupFailure(
                "codes/unknown-group",
                f"“{text}” is not a group in the form scheme:code.",
                "Use scheme:code, for example ew-census-2021:1.",
            )
        group_code = resolve_code(code_list, code, "")
        return (
            group_code
            if isinstance(group_code, LookupFailure)
            else {concept.name: f"{scheme}:{group_code}"}
        )

    return make_multi_lookup(concept, look_up)


def resolve_code(code_list: CodeList, text: str, level: str) -> str | LookupFailure:
    """The one code that `text` stands for, or an Unknown that names the nearest."""
    matches = code_list.match(text, level=level)
    if len(matches) == 1:
        return matches[0]
    if matches:
        return LookupFailure(
            "codes/ambiguous-label",
            f"“{text}” could be {_join_alternatives(matches)} in {code_list.name}.",
            "Use the code instead of the label, or declare the level in the descriptor.",
        )
    suggestions = code_list.suggest(text)
    return LookupFailure(
        "codes/unknown-code",
        f"“{text}” is not in {code_list.name}.",
        f"Did you mean {_join_alternatives(suggestions)}?"
        if suggestions
        else _list_codes(code_list),
    )


def unmapped_failure(name: str, text: str, mapping: Mapping[str, object]) -> LookupFailure:
    """A spelling that the field's own map does not have."""
    suggestions = [key for key in mapping if fold_label(key) == fold_label(text)] or list(mapping)[
        :6
    ]
    return LookupFailure(
        "codes/unmapped",
        f"“{text}” is not in the map of {name}.",
        f"Add it to the map in the descriptor. The map has {_join_alternatives(suggestions)}.",
    )


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


def _list_codes(code_list: CodeList) -> str:
    codes = list(code_list.codes)
    if not codes or len(codes) > MAX_LISTED_CODES:
        return f"Use a code or label from {code_list.title or code_list.name}."
    return f"Use one of {', '.join(codes)}."
