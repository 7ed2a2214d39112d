"""Code lists and crosswalks: looked up by code, label or alias, never by guess."""

from __future__ import annotations

import csv
import difflib
import hashlib
import json
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple, TypeVar

from evidencehub.errors import HubError
from evidencehub.model.vocabulary import ROLES

LIST_COLUMNS = (
    "title", "kind", "authority", "jurisdiction", "language", "concept", "counting_basis",
    "valid_from", "valid_to", "ordered", "source_url", "verified", "note",
)  # fmt: skip
"""What is known of a list, beside its name."""

KINDS = ("ethnicity", "facet", "area", "dimension", "vocabulary")
BARE_AREAS = ("iso-3166", "gss")  # lists whose codes are area ids as they stand


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


class Crosswalk(NamedTuple):
    """How one code of a scheme relates to a code of another (SKOS); no target for noMatch."""

    from_scheme: str
    from_code: str
    to_scheme: str
    to_code: str
    relation: str
    note: str = ""
    source: str = ""


CODE_COLUMNS = Code._fields
WALK_COLUMNS = Crosswalk._fields


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
    note: str = ""
    codes: dict[str, Code] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    _spelt: dict[str, list[str]] | None = field(default=None, repr=False)

    def add(self, code: Code) -> None:
        """Take a code in; a second one of the same name is the caller's to refuse."""
        self.codes[code.code] = code
        self._spelt = None

    def copy(self) -> CodeList:
        """A list of the same codes and aliases, to which more may be added."""
        return replace(self, codes=dict(self.codes), aliases=dict(self.aliases))

    def _by_label(self) -> dict[str, list[str]]:
        """The codes of each label; drawn up when a text is first found not to be a code."""
        if self._spelt is None:
            self._spelt = {}
            for code in self.codes.values():
                self._spelt.setdefault(fold(code.label), []).append(code.code)
        return self._spelt

    def alias(self, spelling: str, code: str) -> None:
        """Let `spelling` stand for `code`."""
        self.aliases[fold(spelling)] = code

    def match(self, text: str, *, level: str = "") -> Sequence[str]:
        """The codes that `text` may stand for: none, one, or several candidates.

        Looked up as a code, then as a label, then as an alias. Labels and aliases are compared
        after NFC, collapsed white space and case folding. `level` settles a label that a
        heading shares with its only child.
        """
        if text in self.codes:
            return (text,)
        folded = fold(text)
        found = self._by_label().get(folded, [])
        if len(found) > 1 and level:
            found = [code for code in found if self.codes[code].level == level]
        if found:
            return tuple(found)
        return (self.aliases[folded],) if folded in self.aliases else ()

    def nearest(self, text: str, most: int = 4) -> list[str]:
        """The known codes and labels that look most like `text`, for “did you mean”."""
        known = {fold(c.label): c for c in self.codes.values()}
        known |= {fold(c.code): c for c in self.codes.values()}
        names = difflib.get_close_matches(fold(text), list(known), most, 0.5)
        return list(dict.fromkeys(_named(known[name]) for name in names))


def _named(code: Code) -> str:
    return code.code if code.code == code.label else f"{code.code} ({code.label})"


def fold(text: str) -> str:
    """A label as it is compared: NFC, white space collapsed, case folded."""
    return " ".join(unicodedata.normalize("NFC", text).split()).casefold()


_DRAWN = {"area": ("Areas", "area"), "scheme": ("Ethnic classifications", "vocabulary")}


@dataclass(slots=True)
class CodeBook:
    """Every code list and crosswalk. `used` collects the names of the lists that were asked for.

    `area` and `scheme` are lists drawn up from the others: all areas, all ethnicity schemes.
    """

    lists: dict[str, CodeList]
    crosswalks: list[Crosswalk]
    used: set[str] = field(default_factory=set)
    _drawn: dict[str, CodeList] = field(default_factory=dict)
    _digests: dict[str, str] = field(default_factory=dict)
    _shared: CodeBook | None = None  # the hub's book, where this is a package's

    def for_package(self) -> CodeBook:
        """The same book for one package: what it uses is collected apart."""
        return CodeBook(self.lists, self.crosswalks, set(), self._drawn, self._digests)

    def with_own(self, lists: Iterable[CodeList], crosswalks: Iterable[Crosswalk]) -> CodeBook:
        """Give this book and a package's own lists, for that package alone."""
        own = {code_list.name: code_list for code_list in lists}
        walks = [*self.crosswalks, *crosswalks]
        return CodeBook({**self.lists, **own}, walks, self.used, _shared=self)

    def find(self, name: str) -> CodeList | None:
        """The list of that name, or None."""
        self.used.add(name)
        if name in _DRAWN:
            if name not in self._drawn:
                self._drawn[name] = self._draw(name)
            return self._drawn[name]
        return self.lists.get(name)

    def _draw(self, name: str) -> CodeList:
        """All areas or all schemes; a package's are added to a copy of the hub's."""
        shared = self._shared.find(name) if self._shared else None
        drawn = shared.copy() if shared else CodeList(name, *_DRAWN[name])
        known = self._shared.lists if self._shared else {}
        for code_list in self.lists.values():
            if code_list.name in known:
                continue
            if name == "scheme" and code_list.kind == "ethnicity":
                drawn.add(Code("scheme", code_list.name, code_list.title))
            if name == "area" and code_list.kind == "area":
                for code in code_list.codes.values():
                    drawn.add(Code("area", area_id(code_list.name, code.code), code.label))
                for spelling, here in code_list.aliases.items():
                    drawn.alias(spelling, area_id(code_list.name, here))
        return drawn

    def digest_of(self, name: str) -> str:
        """SHA-256 of everything that a list says; of nothing where there is no such list."""
        if name not in self._digests:
            found = CodeBook(self.lists, self.crosswalks).find(name)
            walks = [walk for walk in self.crosswalks if walk.from_scheme == name]
            self._digests[name] = hashlib.sha256(repr((found, walks)).encode()).hexdigest()
        return self._digests[name]


def area_id(list_name: str, code: str) -> str:
    """The id of an area: its ISO 3166 or GSS code, else `list:code`."""
    return code if list_name in BARE_AREAS else f"{list_name}:{code}"


def read(root: Path) -> CodeBook:
    """The code book in folder `root` (see its README for the files).

    Raises HubError where a file is missing or a row does not fit: codes are the hub's own, so
    the first fault stops everything.
    """
    names = [p for p in sorted(root.rglob("*.csv")) if p.is_file()]
    lists = {row["list"]: _code_list(row) for row in _rows(root / "lists.csv")}
    for name, code_list in lists.items():
        if code_list.kind not in KINDS:
            kinds = ", ".join(KINDS)
            raise HubError(f"{root / 'lists.csv'}: the kind of {name} must be one of {kinds}.")
    crosswalks: list[Crosswalk] = []
    for path in names:
        if path.parent.name == "crosswalks":
            crosswalks += _made(Crosswalk, path)
        elif path.name not in ("lists.csv", "aliases.csv"):
            _read_codes(path, lists)
    _read_aliases(root / "aliases.csv", lists)
    book = CodeBook(lists, crosswalks)
    for message in (*_lost_parents(lists), *(_lost(walk, book) for walk in crosswalks)):
        if message:
            raise HubError(f"{root}: {message} Correct the row.")
    return book


def _lost_parents(lists: Mapping[str, CodeList]) -> Iterator[str]:
    for code_list in lists.values():
        for code in code_list.codes.values():
            if code.parent and code.parent not in code_list.codes:
                yield (
                    f"{code_list.name} {code.code} has the parent “{code.parent}”, which is not "
                    "there."
                )


_NOTHING = dict.fromkeys((*CODE_COLUMNS, *ROLES["codes"]), "")
_cells = itemgetter(*CODE_COLUMNS)


def own_lists(
    described: Sequence[Mapping[str, str]], rows: Iterable[Mapping[str, str]], book: CodeBook
) -> tuple[list[CodeList], list[Crosswalk], list[str]]:
    """A package's own lists: described in its `hub.lists`, their codes as rows of the role `codes`.

    Gives the lists, their crosswalks (facet, maps_to), and what is wrong in plain sentences.
    """
    lists = {entry["list"]: _code_list(entry) for entry in described}
    walks: list[Crosswalk] = []
    wrong = [f"{name} is a list of the hub." for name in lists if name in book.lists]
    if len(lists) < len(described):
        wrong.append("A list is described twice.")
    for row in rows:
        text = {**_NOTHING, **row}
        code_list = lists.get(text["list"])
        if code_list is None:
            wrong.append(f"“{text['list']}” is not described in hub.lists.")
            continue
        if text["code"] in code_list.codes:
            wrong.append(f"{text['list']} has the code “{text['code']}” twice.")
            continue
        text["sort_order"] = text["sort_order"] or str(len(code_list.codes) + 1)
        text["language"] = text["language"] or code_list.language
        code_list.add(Code._make(_cells(text)))
        for alias in json.loads(text["aliases"]) if text["aliases"] else ():
            code_list.alias(alias, text["code"])
        walks += _walks(text)
        if text["residual"] not in ("", "0", "1"):
            wrong.append(f"{text['list']} {text['code']}: residual is 0 or 1.")
    wrong += _lost_parents(lists)
    whole = book.with_own(lists.values(), ())
    wrong += [message for walk in walks if (message := _lost(walk, whole))]
    return list(lists.values()), walks, wrong


def _lost(walk: Crosswalk, book: CodeBook) -> str:
    """What is wrong with a crosswalk that a package states; empty when nothing is."""
    here = f"{walk.from_scheme} {walk.from_code}"
    if walk.relation not in RELATIONS:
        return f"{here}: “{walk.relation}” is not one of {', '.join(RELATIONS)}."
    there = book.find(walk.to_scheme)
    if walk.relation != "noMatch" and (there is None or walk.to_code not in there.codes):
        return f"{here} leads to {walk.to_scheme} “{walk.to_code}”, which is not there."
    return ""


RELATIONS = ("exactMatch", "closeMatch", "broadMatch", "narrowMatch", "relatedMatch", "noMatch")
"""How two codes may relate (SKOS)."""


def _walks(row: Mapping[str, str]) -> Iterator[Crosswalk]:
    """The crosswalks that a row of a package's own scheme states."""
    here = (row["list"], row["code"])
    if row["facet"]:
        relation = row["facet_relation"] or "relatedMatch"
        yield Crosswalk(
            *here, "hub-facet", row["facet"], relation, "navigation only", "the package"
        )
    if row["maps_to"]:
        scheme, _, code = row["maps_to"].partition(":")
        yield Crosswalk(*here, scheme, code, row["relation"] or "closeMatch", "", "the package")


def _read_codes(path: Path, lists: Mapping[str, CodeList]) -> None:
    code_list = lists.get(path.stem)
    if code_list is None:
        raise HubError(f"{path}: “{path.stem}” is not in lists.csv. Add a row for it there.")
    for code in _made(Code, path, list=code_list.name):
        if code.code in code_list.codes:
            raise HubError(f"{path}: code “{code.code}” is there twice. Keep one.")
        if not code.sort_order.isdigit() or code.residual not in ("", "0", "1"):
            raise HubError(
                f"{path}: code “{code.code}” needs a whole number as sort_order, and 0 or 1 as "
                "residual."
            )
        code_list.add(code)


def _read_aliases(path: Path, lists: Mapping[str, CodeList]) -> None:
    for row in _rows(path):
        code_list = lists.get(row["list"])
        if code_list is None or row["code"] not in code_list.codes:
            raise HubError(
                f"{path}: alias “{row['alias']}” leads to {row['list']} {row['code']}, which is "
                "not there. Correct the row or add the code."
            )
        code_list.alias(row["alias"], row["code"])


def _code_list(row: Mapping[str, str]) -> CodeList:
    told = {name: row.get(name) or "" for name in LIST_COLUMNS}
    return CodeList(row["list"], **told)  # type: ignore[arg-type]  # columns of text, all of them


Row = TypeVar("Row", Code, Crosswalk)


def _made(kind: type[Row], path: Path, **fixed: str) -> list[Row]:
    """The rows of a file as codes or crosswalks; cells that are not there are empty."""
    return [kind._make(cells) for cells in _picked(path, kind._fields, fixed)]


def _picked(
    path: Path, wanted: Sequence[str], fixed: Mapping[str, str]
) -> Iterator[tuple[str, ...]]:
    header, *rows = _table(path)
    there = {name: place for place, name in enumerate([*header, "", *fixed])}
    pick = itemgetter(*(there.get(name, len(header)) for name in wanted))
    more = ["", *fixed.values()]
    return (pick(row + more) for row in rows)


def _rows(path: Path) -> list[dict[str, str]]:
    header, *rows = _table(path)
    return [dict(zip(header, row, strict=True)) for row in rows]


def _table(path: Path) -> list[list[str]]:
    """The header of a file and its rows, each as long as the header."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
    except FileNotFoundError:
        raise HubError(f"{path}: missing. It belongs to the code lists; put it back.") from None
    except UnicodeDecodeError:
        raise HubError(f"{path}: not UTF-8. Save it as UTF-8.") from None
    except ValueError:
        raise HubError(f"{path}: it is empty. Put its header back.") from None
    width = len(header)
    whole = (row if len(row) == width else (row + [""] * width)[:width] for row in rows if row)
    return [header, *whole]
