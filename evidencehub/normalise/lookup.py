"""From a spelling to what it means: each distinct spelling is looked up once, never guessed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from evidencehub.codes import CodeBook, CodeList, area_id, fold
from evidencehub.model import period
from evidencehub.model.columns import Cell, Missing
from evidencehub.model.problem import Problem
from evidencehub.model.vocabulary import Concept

Meaning = Mapping[str, Cell]  # concept -> what is to stand there
NOTHING: Meaning = {}
OF_SCHEME = ("ethnicity", "comparator")  # concepts whose list is the scheme of their row
MOST_LISTED = 12  # longer lists are not written out in a message
NAMED_LIST = ("sex", "age", "comparator", "adjustment")  # may come from a list of another name


@dataclass(frozen=True, slots=True)
class Unknown:
    """A spelling without a meaning: the rule it breaks, what to say, and what to do."""

    rule: str
    message: str
    fix: str

    def at(self, file: str, row: int | None, field: str, times: int = 1) -> Problem:
        """The problem, told at its place."""
        return Problem(
            self.rule, self.message, self.fix, file=file, row=row, field=field, times=times
        )


class Lookup(dict[Cell, "Meaning | Unknown"]):
    """A memo in front of `meaning`: what a spelling means, or an Unknown that says why not."""

    MOST = 100_000  # spellings remembered before the memo starts afresh

    def __init__(
        self, meaning: Callable[[Cell], Meaning | Unknown], mapped: frozenset[str] = frozenset()
    ) -> None:
        """`meaning` is asked once for each spelling.

        An empty cell means nothing, unless it is one of `mapped`, the spellings of the field's map.
        """
        super().__init__()
        self._meaning, self._mapped = meaning, mapped

    def __missing__(self, cell: Cell) -> Meaning | Unknown:
        """Ask, and remember the answer."""
        found: Meaning | Unknown = NOTHING
        text = cell.text if isinstance(cell, Missing) else "" if cell is None else None
        if text is None:
            found = self._meaning(cell)
        elif text in self._mapped:
            found = self._meaning(text)
        if len(self) >= self.MOST:
            self.clear()
        self[cell] = found
        return found


@dataclass(frozen=True, slots=True)
class Spelling:
    """What a field's `hub` object says about its spellings."""

    codelist: str = ""
    level: str = ""
    period: str = "iso"
    map: Mapping[str, str | Meaning] | None = None


def of_list(
    concept: Concept, spelling: Spelling, book: CodeBook
) -> Callable[[Cell], Meaning | Unknown]:
    """Meaning of a cell of a code concept whose list is known beforehand."""
    name = spelling.codelist or concept.codelist
    code_list = book.find(name)

    def meaning(cell: Cell) -> Meaning | Unknown:
        text = str(cell)
        mapped = (spelling.map or {}).get(text)
        if isinstance(mapped, Mapping):
            return mapped
        if spelling.map is not None and mapped is None and code_list is None:
            return unmapped(concept.name, text, spelling.map)
        wanted = text if mapped is None else mapped
        if code_list is None:
            return {concept.name: wanted}
        if concept.name in NAMED_LIST and (elsewhere := _of_named_list(wanted, book)):
            return {concept.name: elsewhere}
        found = one_code(code_list, wanted, spelling.level)
        if isinstance(found, Unknown):
            return found
        told = {concept.name: stored(concept, name, found)}
        return {"scheme": name, **told} if concept.name == "ethnicity" else told

    return meaning


def _of_named_list(text: str, book: CodeBook) -> str:
    """`text` where it is a code written as it is kept, `list:code`; empty where it is not."""
    name, colon, code = text.partition(":")
    code_list = book.find(name) if colon else None
    return text if code_list is not None and code in code_list.codes else ""


def of_dimensions(book: CodeBook) -> Callable[[Cell], Meaning | Unknown]:
    """Meaning of further dimensions written as they are kept, `list=code;list=code`."""

    def meaning(cell: Cell) -> Meaning | Unknown:
        parts = [part.strip() for part in str(cell).split(";") if part.strip()]
        for part in parts:
            name, _, code = part.partition("=")
            code_list = book.find(name)
            if code_list is None or code not in code_list.codes:
                return Unknown(
                    "codes/unknown-code",
                    f"“{part}” does not name a code.",
                    "Write list=code, for example toy-deprivation=1.",
                )
        return {"other": ";".join(sorted(parts))}

    return meaning


def of_scheme(
    concept: Concept, spelling: Spelling, book: CodeBook
) -> Callable[[Cell], Meaning | Unknown]:
    """Meaning of a (scheme, cell) pair: the group is looked up in the scheme of its own row."""

    def meaning(pair: Cell) -> Meaning | Unknown:
        scheme, cell = pair
        known = spelling.map or {}
        text = cell.text if isinstance(cell, Missing) else "" if cell is None else str(cell)
        mapped = known.get(text)
        if isinstance(mapped, Mapping):
            return mapped
        if mapped is None and (cell is None or isinstance(cell, Missing)):
            return NOTHING
        code_list = book.find(str(scheme)) if scheme else None
        if code_list is None:
            return unmapped(concept.name, text, known) if known else NOTHING
        found = one_code(code_list, text if mapped is None else mapped, spelling.level)
        return found if isinstance(found, Unknown) else {concept.name: found}

    return meaning


def of_period(spelling: Spelling) -> Callable[[Cell], Meaning | Unknown]:
    """Meaning of a period label: its first and last day."""

    def meaning(cell: Cell) -> Meaning | Unknown:
        mapped = (spelling.map or {}).get(str(cell), str(cell))
        if isinstance(mapped, Mapping):
            return mapped
        days = period.parse(mapped, spelling.period)
        if days is None:
            return Unknown(
                "values/period",
                f"“{mapped}” is not a period that can be read one way only.",
                "Write 2024, 2024-03, 2024-Q1 or 2024-04/2025-03, or declare in the descriptor "
                "which kind of year the label means.",
            )
        return {"period_start": days[0], "period_end": days[1]}

    return meaning


def of_date(concept: Concept) -> Callable[[Cell], Meaning | Unknown]:
    """A day, month or year, checked and kept as written; a period's edge becomes a day."""
    edge = {"period_start": 0, "period_end": 1}.get(concept.name)

    def meaning(cell: Cell) -> Meaning | Unknown:
        text = str(cell)
        days = period.parse(text)
        if days is None or "/" in text:
            return Unknown(
                "values/date",
                f"“{text}” is not a date.",
                "Write it as 2024-03-31, 2024-03 or 2024.",
            )
        return {concept.name: text if edge is None else days[edge]}

    return meaning


def of_several(
    concept: Concept, one: Callable[[Cell], Meaning | Unknown] | None
) -> Callable[[Cell], Meaning | Unknown]:
    """Several values separated by semicolons, each looked up; kept as a JSON list."""

    def meaning(cell: Cell) -> Meaning | Unknown:
        parts = [part.strip() for part in str(cell).split(";") if part.strip()]
        if one is not None:
            found = [one(part) for part in parts]
            wrong = next((f for f in found if isinstance(f, Unknown)), None)
            if wrong is not None:
                return wrong
            parts = [f[concept.name] for f in found if not isinstance(f, Unknown)]
        return {concept.name: json.dumps(list(dict.fromkeys(parts)), ensure_ascii=False)}

    return meaning


def of_groups(concept: Concept, book: CodeBook) -> Callable[[Cell], Meaning | Unknown]:
    """Groups named as `scheme:code`, several separated by semicolons; kept as a JSON list."""

    def one(text: Cell) -> Meaning | Unknown:
        scheme, _, code = str(text).partition(":")
        code_list = book.find(scheme)
        if code_list is None or code_list.kind != "ethnicity":
            return Unknown(
                "codes/unknown-group",
                f"“{text}” does not name a group.",
                "Write it as scheme:code, for example ew-census-2021:1.",
            )
        found = one_code(code_list, code, "")
        return found if isinstance(found, Unknown) else {concept.name: f"{scheme}:{found}"}

    return of_several(concept, one)


def one_code(code_list: CodeList, text: str, level: str) -> str | Unknown:
    """The one code that `text` stands for, or an Unknown that names the nearest."""
    found = code_list.match(text, level=level)
    if len(found) == 1:
        return found[0]
    if found:
        return Unknown(
            "codes/ambiguous-label",
            f"“{text}” may mean {_or(found)} in {code_list.name}.",
            "Write the code instead, or declare the level in the descriptor.",
        )
    near = code_list.nearest(text)
    return Unknown(
        "codes/unknown-code",
        f"“{text}” is not in {code_list.name}.",
        f"Did you mean {_or(near)}?" if near else _known(code_list),
    )


def unmapped(name: str, text: str, mapping: Mapping[str, object]) -> Unknown:
    """A spelling that the field's own map does not have."""
    near = [key for key in mapping if fold(key) == fold(text)] or list(mapping)[:6]
    return Unknown(
        "codes/unmapped",
        f"“{text}” is not in the map of {name}.",
        f"Add it to the map in the descriptor; it has {_or(near)}.",
    )


def stored(concept: Concept, list_name: str, code: str) -> str:
    """How a code is written in its column: bare when it is of the column's own list(s).

    A code of another list says which: `list:code`, and for `other` always `list=code`.
    """
    if concept.name == "other":
        return f"{list_name}={code}"
    if concept.name == "area":
        return code if list_name == "area" else area_id(list_name, code)
    if concept.name in NAMED_LIST and list_name != concept.codelist:
        return f"{list_name}:{code}"
    return code


def _or(names: Sequence[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} or {last}" if most else last


def _known(code_list: CodeList) -> str:
    codes = list(code_list.codes)
    if not codes or len(codes) > MOST_LISTED:
        return f"Use a code or a label of {code_list.title or code_list.name}."
    return f"Use one of {', '.join(codes)}."
