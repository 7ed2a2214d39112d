"""Code lists and crosswalks: looked up by code, label or alias, never by guess."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import NamedTuple

from evidencehub.domain.countries import SEVERAL_COUNTRIES, find_country
from evidencehub.domain.licences import LicenceList
from evidencehub.domain.preferred_terms import PreferredTerm
from evidencehub.domain.spelling_index import Likeness, SpellingIndex

LIST_KINDS = ("ethnicity", "facet", "area", "dimension", "vocabulary")
ISO_AREA_LIST = "iso-3166"
SUBDIVISION_LIST = "iso-3166-2"  # its codes begin with their country and lie within it
SUBDIVISION = "subdivision"
AGE_LIST, UNIT_LIST = "age", "unit"
EXTENDABLE_LISTS = (AGE_LIST, UNIT_LIST)  # a package may bring codes for its own tables
BARE_AREA_LISTS = (
    ISO_AREA_LIST,
    "gss",
    SUBDIVISION_LIST,
)  # lists whose codes are area ids as they stand
LICENCES = "licences"  # the name under which a package uses the list of licences
OUTCOME_LEVEL = "outcome"  # of statuses that say what a recommendation brought
NO_RESPONSE_STATUS = "no-response"  # a published response was looked for, and none was found


class Code(NamedTuple):
    """One code of a list, as its source gives it; empty text where the source says nothing."""

    list: str
    code: str
    label: str
    short_label: str = ""
    prose: str = ""
    language: str = "en"
    parent: str = ""
    sort_order: str = ""
    level: str = ""
    residual: str = ""
    definition: str = ""
    valid_from: str = ""
    valid_to: str = ""
    source: str = ""
    verified: str = ""
    note: str = ""
    successor: str = ""
    country: str = ""


class CrosswalkEntry(NamedTuple):
    """How one code of a scheme relates to a code of another (SKOS); no target for noMatch."""

    from_scheme: str
    from_code: str
    to_scheme: str
    to_code: str
    relation: str
    note: str = ""
    source: str = ""


CODE_COLUMNS = Code._fields
CROSSWALK_COLUMNS = CrosswalkEntry._fields


@dataclass(slots=True)
class CodeList:
    """A list of codes with what is known about it; `match` finds the code a text stands for."""

    name: str
    title: str
    kind: str
    authority: str = ""
    jurisdiction: str = ""
    language: str = "en"
    concept: str = ""
    counting_basis: str = ""
    valid_from: str = ""
    valid_to: str = ""
    ordered: str = ""
    source_url: str = ""
    verified: str = ""
    terms: str = ""
    terms_verified: str = ""
    note: str = ""
    codes: dict[str, Code] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    _label_index: dict[str, list[str]] | None = field(default=None, repr=False)
    _spelling_index: SpellingIndex | None = field(default=None, repr=False)

    def add(self, code: Code) -> None:
        """Take a code in; a second one of the same name is the caller's to refuse."""
        self.codes[code.code] = code
        self._label_index = self._spelling_index = None

    def copy(self) -> CodeList:
        """A list of the same codes and aliases, to which more may be added."""
        return replace(self, codes=dict(self.codes), aliases=dict(self.aliases))

    def _codes_by_label(self) -> dict[str, list[str]]:
        """The codes of each label; drawn up when a text is first found not to be a code."""
        if self._label_index is None:
            self._label_index = {}
            for code in sorted(self.codes.values(), key=lambda code: code.level == SUBDIVISION):
                codes = self._label_index.setdefault(fold_label(code.label), [])
                if code.level != SUBDIVISION or all(
                    self.codes[c].level == SUBDIVISION for c in codes
                ):
                    codes.append(code.code)
        return self._label_index

    def add_alias(self, spelling: str, code: str) -> None:
        """Let `spelling` stand for `code`."""
        self.aliases[fold_label(spelling)] = code
        self._spelling_index = None

    def add_areas(self, areas: CodeList, home: str | None = None) -> None:
        """Take in the areas of a list, under their ids and each with its country.

        A subdivision gives way where another area has its id, its name or its other name: so many
        are called like a country, or like each other.
        """
        level = SUBDIVISION if areas.name == SUBDIVISION_LIST else ""
        for code in areas.codes.values():
            area = area_id(areas.name, code.code)
            if level and area in self.codes:
                continue
            country = areas.find_country_of_area(code.code, home) or ""
            self.add(Code("area", area, code.label, level=level, country=country))
        for spelling, code_name in areas.aliases.items():
            if not level or fold_label(spelling) not in self.aliases:
                self.add_alias(spelling, area_id(areas.name, code_name))

    def find_country_of_area(self, code: str, home: str | None = None) -> str | None:
        """Return the country in which an area of this list lies; None if not in one that is known.

        An ISO 3166 code begins with its country. Another area says its country itself, or has that
        of the area that contains it, or of the list. `home` is the only country of the dataset
        that brings the list: it counts where nothing else says a country.
        """
        if self.name in (ISO_AREA_LIST, SUBDIVISION_LIST):
            return find_country(code)
        visited: set[str] = set()
        area = self.codes.get(code)
        while area is not None and area.code not in visited:
            if area.country:
                return find_country(area.country)
            visited.add(area.code)
            area = self.codes.get(area.parent)
        return find_country(self.jurisdiction) if self.jurisdiction else home

    def keep_own_parent(self, code: Code) -> Code:
        """Return a code without what contains it where that is of another list."""
        return code if code.parent in self.codes else code._replace(parent="")

    def match(self, text: str, *, level: str = "") -> Sequence[str]:
        """The codes that `text` may stand for: none, one, or several candidates.

        Looked up as a code, then as a label, then as an alias. Labels and aliases are compared
        after NFC, collapsed white space and case folding. `level` settles a label that a
        heading shares with its only child.
        """
        if text in self.codes:
            return (text,)
        folded = fold_label(text)
        codes = self._codes_by_label().get(folded, [])
        if len(codes) > 1 and level:
            codes = [code for code in codes if self.codes[code].level == level]
        if codes:
            return tuple(codes)
        return (self.aliases[folded],) if folded in self.aliases else ()

    def find_nearest(self, text: str, *, level: str = "") -> list[Likeness]:
        """Return the codes whose code, label or other name looks like `text`, the nearest first.

        `level` leaves aside the codes of another, as in `match`.
        """
        if self._spelling_index is None:
            codes = self.codes.values()
            names = ((name, code.code) for code in codes for name in (code.code, code.label))
            self._spelling_index = SpellingIndex([*names, *self.aliases.items()])
        likenesses = self._spelling_index.find(text)
        return [item for item in likenesses if level in ("", self.codes[item.code].level)]

    def suggest(self, text: str, max_suggestions: int = 4, *, level: str = "") -> list[str]:
        """The known codes and labels that look most like `text`, for “did you mean”."""
        nearest = self.find_nearest(text, level=level)[:max_suggestions]
        return [_describe_code(self.codes[likeness.code]) for likeness in nearest]


LIST_COLUMNS = tuple(f.name for f in fields(CodeList) if f.type == "str" and f.name != "name")
"""What is known of a list, beside its name."""


def _describe_code(code: Code) -> str:
    return code.code if code.code == code.label else f"{code.code} ({code.label})"


def fold_label(text: str) -> str:
    """A label as it is compared: NFC, white space collapsed, case folded."""
    return " ".join(unicodedata.normalize("NFC", text).split()).casefold()


_COMBINED_LISTS = {"area": ("Areas", "area"), "scheme": ("Ethnic classifications", "vocabulary")}


@dataclass(slots=True)
class CodeBook:
    """Every code list and crosswalk.

    `used_lists` collects the names of the lists that were asked for.

    `area` and `scheme` are lists drawn up from the others: all areas, all ethnicity schemes.
    """

    lists: dict[str, CodeList]
    crosswalks: list[CrosswalkEntry]
    used_lists: set[str] = field(default_factory=set)
    preferred_terms: Sequence[PreferredTerm] = ()
    known_licences: LicenceList = field(default_factory=LicenceList)
    _combined: dict[str, CodeList] = field(default_factory=dict)
    _digests: dict[str, str] = field(default_factory=dict)
    _hub_book: CodeBook | None = None  # the hub's book, where this is a package's
    home: str | None = None  # the only country that a package is about

    def for_package(self) -> CodeBook:
        """The same book for one package: what it uses is collected apart."""
        return replace(self, used_lists=set(), preferred_terms=())

    def with_package_lists(
        self,
        lists: Iterable[CodeList],
        crosswalks: Iterable[CrosswalkEntry],
        home: str | None = None,
    ) -> CodeBook:
        """Give this book and a package's own lists, for that package alone.

        `home` is the only country that the package is about.
        """
        package_lists = {code_list.name: code_list for code_list in lists}
        extended = {
            name: self.lists[name].copy() for name in EXTENDABLE_LISTS if name in self.lists
        }
        package_lists = {**extended, **package_lists}
        entries = [*self.crosswalks, *crosswalks]
        return CodeBook(
            {**self.lists, **package_lists},
            entries,
            self.used_lists,
            known_licences=self.known_licences,
            _hub_book=self,
            home=home,
        )

    @property
    def licences(self) -> LicenceList:
        """Every known licence; whoever asks depends on the list."""
        self.used_lists.add(LICENCES)
        return self.known_licences

    def get_list(self, name: str) -> CodeList | None:
        """The list of that name, or None."""
        self.used_lists.add(name)
        if name in _COMBINED_LISTS:
            if name not in self._combined:
                self._combined[name] = self._combine_lists(name)
            return self._combined[name]
        return self.lists.get(name)

    def _combine_lists(self, name: str) -> CodeList:
        """All areas or all schemes; a package's are added to a copy of the hub's."""
        shared = self._hub_book.get_list(name) if self._hub_book else None
        combined = shared.copy() if shared else CodeList(name, *_COMBINED_LISTS[name])
        hub_lists = self._hub_book.lists if self._hub_book else {}
        own_lists = [
            code_list for code_list in self.lists.values() if code_list.name not in hub_lists
        ]
        for code_list in own_lists:
            if code_list.kind == name == "area":
                combined.add_areas(code_list, self.home)
            elif code_list.kind == "ethnicity" and name == "scheme":
                combined.add(Code("scheme", code_list.name, code_list.title))
        return combined

    def list_digest(self, name: str) -> str:
        """SHA-256 of everything that a list says; of nothing where there is no such list."""
        if name not in self._digests:
            code_list = self._describe_list(name)
            entries = [entry for entry in self.crosswalks if entry.from_scheme == name]
            self._digests[name] = hashlib.sha256(repr((code_list, entries)).encode()).hexdigest()
        return self._digests[name]

    def _describe_list(self, name: str) -> CodeList | LicenceList | None:
        if name == LICENCES:
            return self.known_licences
        return CodeBook(self.lists, self.crosswalks).get_list(name)


def area_id(list_name: str, code: str) -> str:
    """The id of an area: its ISO 3166 or GSS code, else `list:code`."""
    return code if list_name in BARE_AREA_LISTS else f"{list_name}:{code}"


def unknown_relative_faults(lists: Mapping[str, CodeList]) -> Iterator[str]:
    """Yield a sentence for each code whose parent or successor is not in its list."""
    iso_areas = lists[ISO_AREA_LIST].codes if ISO_AREA_LIST in lists else {}
    for code_list in lists.values():
        wider_codes = iso_areas if code_list.name == SUBDIVISION_LIST else {}
        for code in code_list.codes.values():
            for relation, relative in (("parent", code.parent), ("successor", code.successor)):
                if relative and relative not in code_list.codes and relative not in wider_codes:
                    yield (
                        f"{code_list.name} {code.code} has the {relation} “{relative}”, which "
                        "does not exist."
                    )


def unknown_country_faults(
    lists: Mapping[str, CodeList], hub_lists: Mapping[str, CodeList]
) -> Iterator[str]:
    """Yield a sentence for each code whose country is none of ISO 3166, or that is no area."""
    iso_areas = hub_lists.get(ISO_AREA_LIST)
    countries = {find_country(code) for code in iso_areas.codes} if iso_areas else set()
    for code_list in lists.values():
        for code in code_list.codes.values():
            if code.country and code_list.kind != "area":
                yield f"{code_list.name} {code.code}: only areas have a country."
            elif code.country not in ("", SEVERAL_COUNTRIES, *countries):
                yield (
                    f"{code_list.name} {code.code}: country “{code.country}” is not an ISO 3166 "
                    f"code of a country. For several countries, write {SEVERAL_COUNTRIES}."
                )


def crosswalk_fault(entry: CrosswalkEntry, book: CodeBook) -> str:
    """What is wrong with a crosswalk that a package states; empty when nothing is."""
    source_code = f"{entry.from_scheme} {entry.from_code}"
    if entry.relation not in SKOS_RELATIONS:
        return f"{source_code}: “{entry.relation}” is not one of {', '.join(SKOS_RELATIONS)}."
    target_list = book.get_list(entry.to_scheme)
    if entry.relation != "noMatch" and (
        target_list is None or entry.to_code not in target_list.codes
    ):
        return f"{source_code} maps to {entry.to_scheme} “{entry.to_code}”, which does not exist."
    return ""


SKOS_RELATIONS = (
    "exactMatch", "closeMatch", "broadMatch", "narrowMatch", "relatedMatch", "noMatch",
)  # fmt: skip
"""How two codes may relate (SKOS)."""


def parse_code_list(row: Mapping[str, str]) -> CodeList:
    """Return a list without codes, as a row of lists.csv or an entry of hub.lists describes it."""
    fields = {name: row.get(name) or "" for name in LIST_COLUMNS}
    return CodeList(row["list"], **fields)  # type: ignore[arg-type]  # columns of text, all of them
