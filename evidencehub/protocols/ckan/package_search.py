"""package_search: the part of Solr's language that clients and harvesters of CKAN use."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evidencehub.domain.unicode_text import fold_text
from evidencehub.http.parameters import shorten_value
from evidencehub.http.problem_details import HttpError, make_problem
from evidencehub.protocols.ckan.parameters import refuse

DEFAULT_SORT = "score desc, metadata_modified desc"
Package = Mapping[str, Any]


def _build_text(package: Package) -> str:
    groups = (group["title"] for group in package["groups"])
    tags = (tag["name"] for tag in package["tags"])
    parts = (package["title"], package["notes"], package["name"], package["organization"]["title"])
    return " ".join((*parts, *groups, *tags))


_FIELDS: Mapping[str, Callable[[Package], Sequence[str]]] = {
    "id": lambda package: [package["id"]],
    "name": lambda package: [package["name"]],
    "organization": lambda package: [package["organization"]["name"]],
    "owner_org": lambda package: [package["owner_org"]],
    "groups": lambda package: [group["name"] for group in package["groups"]],
    "tags": lambda package: [tag["name"] for tag in package["tags"]],
    "license_id": lambda package: [package["license_id"]],
    "res_format": lambda package: [resource["format"] for resource in package["resources"]],
    "type": lambda package: [package["type"]],
    "dataset_type": lambda package: [package["type"]],
    "state": lambda package: [package["state"]],
    "private": lambda package: [str(package["private"]).lower()],
    "synthetic": lambda package: _get_extra(package, "synthetic"),
    "awaits_verification": lambda package: _get_extra(package, "awaits_verification"),
}
"""What a field is compared with, whole and without regard to case."""
_TEXT_FIELDS: Mapping[str, Callable[[Package], str]] = {
    "title": lambda package: package["title"],
    "notes": lambda package: package["notes"],
    "text": _build_text,
}
"""Fields of which single words are looked for; a word without a field is looked for in `text`."""
_MOMENTS = ("metadata_modified", "metadata_created")
_SORT_FIELDS = ("id", "name", "title", "title_string", *_MOMENTS)
_TERM = re.compile(
    r"""\s*(?P<sign>[+-]?)(?:(?P<field>[a-z_]+|\*):)?
    (?P<value>\((?:[^()"]|"[^"]*")*\)|\[[^\]]*\]|"[^"]*"|[^\s()\[\]":{}\\~^]+)(?=\s|$)""",
    re.VERBOSE,
)
_ITEM = re.compile(r'\s*("[^"]*"|[^\s"]+)')
_PATTERN_CHARS = re.compile(r"[*?~^:\[\]{}\\]")
_MOMENT = r"(?:(?P<{}>\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?Z|\*)"
_RANGE = re.compile(rf"\[\s*{_MOMENT.format('start')}\s+TO\s+{_MOMENT.format('end')}\s*\]")
_OPERATORS = {"OR", "AND"}
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Clause:
    """What a package has to have: any or all of some values in a field, or a moment in a range."""

    field: str
    values: Sequence[str]
    is_excluded: bool = False
    needs_all: bool = False
    is_range: bool = False

    def matches(self, package: Package) -> bool:
        """Return whether a package is as the clause has it."""
        return self._holds(package) is not self.is_excluded

    def _holds(self, package: Package) -> bool:
        if self.is_range:
            start, end = self.values
            moment = package[self.field]
            return bool(start <= moment and (not end or moment <= end))
        quantify = all if self.needs_all else any
        return quantify(self._has_value(package, value) for value in self.values)

    def _has_value(self, package: Package, value: str) -> bool:
        if self.field in _TEXT_FIELDS:
            return _has_words(_TEXT_FIELDS[self.field](package), value)
        field_values = {text.casefold() for text in _FIELDS[self.field](package)}
        return bool(field_values) if value == "*" else value in field_values


def search_packages(packages: Sequence[Package], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the result of package_search; raise HttpError for what it does not understand."""
    words = parse_clauses("q", values.get("q", ""))
    texts = [values.get("fq", ""), *values.get("fq_list", ())]
    filters = [clause for text in texts for clause in parse_clauses("fq", text)]
    packages_found = [
        p for p in packages if all(clause.matches(p) for clause in (*words, *filters))
    ]
    sort = values.get("sort", DEFAULT_SORT)
    for key, is_descending in reversed(list(_parse_sort(sort, words))):
        packages_found.sort(key=key, reverse=is_descending)
    start = values["start"]
    return {
        "count": len(packages_found),
        "sort": sort,
        "facets": {},
        "search_facets": {},
        "results": packages_found[start : start + values["rows"]],
    }


def parse_clauses(name: str, text: str) -> list[Clause]:
    """Return the clauses of a query, all of which have to hold; raise HttpError (400) for others.

    >>> [(c.field, c.values) for c in parse_clauses("fq", '+organization:(a OR "b c") maternal')]
    [('organization', ['a', 'b c']), ('text', ['maternal'])]
    """
    clauses, place, is_negated = [], 0, False
    while text[place:].strip():
        term = _TERM.match(text, place)
        if term is None or (not term["field"] and term["value"] in ("OR", "||", "&&")):
            raise _build_syntax_error(name, text[place:])
        place = term.end()
        if not term["field"] and term["value"] in ("AND", "NOT"):
            is_negated = term["value"] == "NOT"
        elif term["field"] != "*" or term["value"] != "*":
            is_excluded = is_negated is not (term["sign"] == "-")
            clauses.append(_build_clause(name, term, is_excluded=is_excluded))
            is_negated = False
    return clauses


def _build_clause(name: str, term: re.Match[str], *, is_excluded: bool) -> Clause:
    field, value = term["field"] or "text", term["value"]
    if field in _MOMENTS:
        return Clause(field, _parse_range(field, value), is_excluded, is_range=True)
    _check_field(name, field)
    parts = _ITEM.findall(value.strip("()"))
    operators = _OPERATORS.intersection(parts)
    items = [item for item in parts if item not in operators]
    values = [item.strip('"').casefold() for item in items]
    if not _are_plain(items, field) or operators == _OPERATORS or not values:
        raise _build_syntax_error(name, term[0])
    return Clause(field, values, is_excluded, needs_all=operators != {"OR"})


def _check_field(name: str, field: str) -> None:
    if field not in {*_FIELDS, *_TEXT_FIELDS}:
        choices = ", ".join((*_FIELDS, *_TEXT_FIELDS, *_MOMENTS))
        params = {"name": name, "field": shorten_value(field), "choices": choices}
        raise HttpError(400, [make_problem("ckan/bad-query/field", name, **params)])


def _are_plain(items: Sequence[str], field: str) -> bool:
    """Return whether all items are texts to compare with, and no patterns; * alone is any text."""
    if items == ["*"]:
        return field in _FIELDS
    return all(item.startswith('"') or not _PATTERN_CHARS.search(item) for item in items)


def _parse_range(field: str, text: str) -> list[str]:
    """Return the first and the last moment of a range, as packages have them; empty for none."""
    match = _RANGE.fullmatch(text)
    if match is None:
        problem = make_problem("ckan/bad-query/range", field, name=field, text=shorten_value(text))
        raise HttpError(400, [problem])
    return [match["start"] or "", match["end"] or ""]


def _build_syntax_error(name: str, text: str) -> HttpError:
    short_text = shorten_value(text.strip())
    return HttpError(400, [make_problem("ckan/bad-query", name, name=name, text=short_text)])


def _parse_sort(
    text: str, words: Sequence[Clause]
) -> Iterator[tuple[Callable[[Package], Any], bool]]:
    """Yield the keys of an order, each with whether it descends."""
    for part in text.split(","):
        field, _, direction = " ".join(part.split()).partition(" ")
        if direction not in ("", "asc", "desc") or field not in (*_SORT_FIELDS, "score"):
            choices = f"{', '.join((*_SORT_FIELDS, 'score'))}, each with asc or desc"
            raise refuse("sort", part.strip(), choices=choices)
        yield _build_sort_key(field, words), direction == "desc"


def _build_sort_key(field: str, words: Sequence[Clause]) -> Callable[[Package], Any]:
    if field == "score":
        texts = [value for clause in words if clause.field == "text" for value in clause.values]
        return lambda package: sum(_has_words(package["title"], text) for text in texts)
    name = field.removesuffix("_string")
    return lambda package: fold_text(package[name])


def _has_words(text: str, wanted: str) -> bool:
    """Return whether each wanted word begins a word of a text, whatever its case and accents."""
    words = _WORD.findall(fold_text(text))
    return all(any(w.startswith(word) for w in words) for word in _WORD.findall(fold_text(wanted)))


def _get_extra(package: Package, key: str) -> list[str]:
    return [extra["value"] for extra in package["extras"] if extra["key"] == key]
