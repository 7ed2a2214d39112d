"""From what a client asked to one checked question; everything that is wrong is told at once."""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import parse_qsl

from evidencehub.serve.api import cursor
from evidencehub.serve.api.known import Known
from evidencehub.serve.api.resource import Column, Filter, Resource
from evidencehub.serve.problem import Fault, RefusedError

LIMIT, MOST = 100, 10_000
VALUES = 25  # of one parameter; a posted question may have more
FAULTS = 10  # values of one parameter that are told to be wrong
TEXT = 200  # characters of a search
SHARED = ("fields", "sort", "limit", "cursor", "labels")
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)
_WORD = re.compile(r"\w+")
_SCHEMES = ("scheme", "ethnicity")
Values = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Question:
    """A question to one resource, every part of it checked.

    `where` are conditions, all of which hold, over the values of `bound`. `order` names
    columns with True for descending; the resource's key follows by itself. `limit` is None
    where every row is wanted. `after` are the values that the last row before had. `asked`
    are the filters as they were given, `digest` tells this choice and order of rows from
    others.
    """

    resource: Resource
    where: Sequence[str]
    bound: Mapping[str, Any]
    columns: Sequence[Column]
    order: Sequence[tuple[Column, bool]]
    limit: int | None
    after: Sequence[Any] | None
    asked: Values
    digest: str
    labels: bool = True
    fixed: frozenset[str] = field(default_factory=frozenset)


def pairs(query: bytes) -> list[tuple[str, str]]:
    """The parameters of an address, in their order; raises RefusedError where it has none.

    A plus sign is a space, as in forms.
    """
    try:
        return parse_qsl(
            query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=1000
        )
    except (UnicodeDecodeError, ValueError):
        fault = Fault("bad-address", "The address cannot be read: it must be UTF-8, and short.")
        raise RefusedError(400, [fault]) from None


def parse(
    resource: Resource,
    told: Iterable[tuple[str, str]],
    known: Known,
    *,
    whole: bool = False,
    within: tuple[str, str] | None = None,
    seal: str = "",
) -> Question:
    """The question in the parameters of an address; raises RefusedError (400) with every fault.

    `whole` is for formats that stream: without `limit` they give every row. `within` is a
    filter that the path has set already, with its value. `seal` tells cursors of one kind of
    answer from those of another.
    """
    given: dict[str, list[str]] = {}
    for name, value in told:
        given.setdefault(name, []).append(value)
    faults = [*_names(resource, given, within), *_repeated(resource, given)]
    if within:
        given[within[0]] = [within[1]]
    asked = {n: v for n, v in given.items() if n in resource.filter_by_name}
    faults += _required(resource, asked)
    conditions: list[str] = []
    bound: dict[str, Any] = {}
    for name, values in asked.items():
        one = resource.filter_by_name[name]
        found, wrong = _values(one, sorted({v for v in values if v}), known, asked)
        faults += wrong
        if found:
            conditions.append(_condition(one, found, bound))
    shared = {n: given[n][0] for n in SHARED if given.get(n, [""])[0]}
    return finish(resource, shared, conditions, bound, asked, faults, known, whole=whole, seal=seal)


def one(resource: Resource, name: str, known: Known) -> Question:
    """The question for a single item, by its id."""
    column = resource.by_name[resource.item]
    where, bound = [f"{column.sql} = :id"], {"id": name}
    shared = {"limit": "1"}
    asked = {"synthetic": ["true"]}  # whoever names it knows what it is
    return finish(resource, shared, where, dict(bound), asked, [], known, whole=False)


def finish(
    resource: Resource,
    shared: Mapping[str, str],
    conditions: list[str],
    bound: dict[str, Any],
    asked: Values,
    faults: list[Fault],
    known: Known,
    *,
    whole: bool,
    seal: str = "",
) -> Question:
    """The question, when its conditions are known; raises RefusedError with every fault."""
    labels, wrong = _labels(shared.get("labels", "true"))
    faults += wrong
    columns, wrong = _fields(resource, shared.get("fields", ""), labels=labels)
    faults += wrong
    order, wrong = _sort(resource, shared.get("sort", ""))
    faults += wrong
    limit, wrong = _limit(shared.get("limit", ""), None if whole else LIMIT)
    faults += wrong
    hidden = _synthetic(resource, asked, known)
    if hidden:
        conditions.append(hidden)
    if resource.always:
        conditions.append(resource.always)
    digest = _digest(resource, conditions, bound, order, seal)
    after, wrong = cursor.read(shared.get("cursor", ""), digest, known.edition)
    faults += wrong
    if after is not None and not cursor.fits(after, 1 if seal else len(order) + len(resource.key)):
        faults.append(cursor.bad())
    if faults:
        late = all(fault.code == "cursor-outdated" for fault in faults)
        raise RefusedError(410 if late else 400, faults)
    fixed = frozenset(name for name, values in asked.items() if len(set(values)) == 1)
    return Question(
        resource, conditions, bound, columns, order, limit, after, asked, digest, labels, fixed
    )


def _names(
    resource: Resource, given: Mapping[str, list[str]], within: tuple[str, str] | None
) -> Iterable[Fault]:
    """Parameters that are not known, and parameters without a value."""
    allowed = [n for n in (*resource.filter_by_name, *SHARED) if not within or n != within[0]]
    for name, values in given.items():
        if name not in allowed:
            near = difflib.get_close_matches(name, allowed, 3, 0.5)
            yield Fault(
                "unknown-parameter",
                f"There is no parameter “{short(name)}” here. Known are {', '.join(allowed)}.",
                short(name),
                near,
            )
        elif not all(values):
            yield Fault("empty-parameter", "It has no value. Give one, or leave it out.", name)


def _repeated(resource: Resource, given: Mapping[str, list[str]]) -> Iterable[Fault]:
    for name, values in given.items():
        one = resource.filter_by_name.get(name)
        single = name in SHARED or (one is not None and not one.many)
        if single and len(values) > 1:
            yield Fault("repeated-parameter", f"It stands {len(values)} times; once will do.", name)
        elif len(values) > VALUES:
            yield Fault("too-many-values", f"At most {VALUES} values, please.", name)


def _required(resource: Resource, asked: Values) -> Iterable[Fault]:
    if resource.required and resource.required not in asked:
        yield Fault("missing-parameter", "This parameter has to be given.", resource.required)


def _values(
    one: Filter, values: Sequence[str], known: Known, asked: Values
) -> tuple[list[Any], list[Fault]]:
    """The values of one filter as SQL compares them, and what is wrong with them."""
    if one.kind == "text":
        return _words(one, values)
    if one.kind in ("from", "to"):
        days = [day(value, last=one.kind == "to") for value in values]
        wrong = [bad_date(one.name, v) for v, found in zip(values, days, strict=True) if not found]
        return [found for found in days if found], wrong
    if one.kind == "boolean":
        told = [{"true": 1, "false": 0}.get(value) for value in values]
        return [t for t in told if t is not None], [
            Fault("bad-value", "It must be true or false.", one.name) for t in told if t is None
        ]
    there = known.values[one.known]
    strange = [value for value in values if value not in there][:FAULTS]
    wrong = [unknown(one.name, one.known, value, known) for value in strange]
    found = [value for value in values if value in there]
    if one.known != "ethnicity":
        return list(found), wrong
    schemes = [s for s in asked.get("scheme", ()) if s in known.values["scheme"]]
    return groups(found, schemes, known), wrong


def groups(values: Iterable[str], schemes: Sequence[str], known: Known) -> list[tuple[str, str]]:
    """Each group as scheme and code; a code alone is taken in every scheme that is wanted."""
    found = []
    for value in values:
        if value in known.groups:
            found += [(s, value) for s in known.groups[value] if not schemes or s in schemes]
        else:
            scheme, _, code = value.partition(":")
            found.append((scheme, code))
    return found or [("", "")]  # known, but not in the schemes that are asked for


def unknown(parameter: str, name: str, value: str, known: Known) -> Fault:
    """A value that is not in the set of this name, with those that come closest."""
    near = known.near(name, value[:TEXT])
    there = known.values[name]
    if near:
        what = "Did you mean " + " or ".join(f"{code} ({there[code]})" for code in near) + "?"
    elif len(there) <= 12:
        what = f"Known are {', '.join(there) or 'none'}."
    else:
        what = f"{len(there)} values are known; /openapi.json lists them."
    return Fault("unknown-value", f"“{short(value)}” is not known. {what}", parameter, near)


def short(text: str) -> str:
    """A value as it may be shown in a message: without control characters, not too long."""
    clean = "".join(c if c.isprintable() else "�" for c in text)
    return clean if len(clean) <= 80 else clean[:80] + "…"


def day(text: str, *, last: bool) -> str:
    """The first or last day of a year, month or day, as ISO writes it; empty for no date.

    >>> day("2024-02", last=True)
    '2024-02-29'
    """
    match = _DATE.fullmatch(text)
    if match is None:
        return ""
    year, month, of_month = match.groups()
    try:
        if of_month:
            return date(int(year), int(month), int(of_month)).isoformat()
        first = date(int(year), int(month or (12 if last else 1)), 1)
    except ValueError:
        return ""
    if not last:
        return first.isoformat()
    following = (first.month == 12, first.month % 12 + 1)
    if first.year == 9999 and following[0]:
        return "9999-12-31"
    return date.fromordinal(
        date(first.year + following[0], following[1], 1).toordinal() - 1
    ).isoformat()


def bad_date(parameter: str, value: str) -> Fault:
    """A text that is no date."""
    return Fault(
        "bad-date",
        f"“{short(value)}” is no date. Write a year (2024), a month (2024-03) or a day "
        "(2024-03-31).",
        parameter,
    )


def _words(one: Filter, values: Sequence[str]) -> tuple[list[str], list[Fault]]:
    """A search as FTS5 takes it: every word, quoted, so that nothing in it is an operator."""
    if any(len(value) > TEXT for value in values):
        return [], [Fault("too-long", f"At most {TEXT} characters, please.", one.name)]
    words = [word for value in values for word in _WORD.findall(value)]
    return [" ".join(f'"{word}"' for word in words) or '""'], []


def _condition(one: Filter, values: Sequence[Any], bound: dict[str, Any]) -> str:
    """The filter's condition, its values put into `bound`."""
    names = []
    for value in values:
        parts = value if isinstance(value, tuple) else (value,)
        start = len(bound)
        bound |= {f"p{start + i}": part for i, part in enumerate(parts)}
        places = ", ".join(f":p{start + i}" for i in range(len(parts)))
        names.append(f"({places})" if isinstance(value, tuple) else places)
    if len(names) == 1 and isinstance(values[0], tuple):
        # one pair as an equality, which an index can serve
        return one.where.replace("in (values {})", f"= {names[0]}")
    listed = ", ".join(names)
    if not one.many or isinstance(values[0], tuple):
        return one.where.replace("{}", listed)
    return one.where.replace("{}", f"({listed})")


def _synthetic(resource: Resource, asked: Values, known: Known) -> str:
    """Made-up figures are left out, unless what they belong to is asked for by its name."""
    if not known.synthetic or not resource.dataset or "synthetic" in asked:
        return ""
    named = {*asked.get("dataset", ())}
    named |= {
        known.indicators[name]["dataset"]
        for name in asked.get("indicator", ())
        if name in known.indicators
    }
    hidden = sorted(known.synthetic - named)
    listed = ", ".join("'" + name.replace("'", "''") + "'" for name in hidden)
    return f"{resource.dataset} not in ({listed})" if hidden else ""


def _labels(text: str) -> tuple[bool, list[Fault]]:
    wrong = (
        []
        if text in ("true", "false")
        else [Fault("bad-value", "It must be true or false.", "labels")]
    )
    return text != "false", wrong


def _fields(resource: Resource, text: str, *, labels: bool) -> tuple[list[Column], list[Fault]]:
    if not text:
        return [c for c in resource.columns if labels or not c.label], []
    names = list(dict.fromkeys(text.split(",")))
    wrong = [_no_column(resource.by_name, "fields", n) for n in names if n not in resource.by_name]
    return [resource.by_name[n] for n in names if n in resource.by_name], wrong


def _sort(resource: Resource, text: str) -> tuple[list[tuple[Column, bool]], list[Fault]]:
    names = [name for name in text.split(",") if text]
    bare = [name.removeprefix("-") for name in names]
    wrong = [
        _no_column(resource.sortable, "sort", name)
        for name in bare
        if name not in resource.sortable
    ]
    good: dict[str, bool] = {}
    for name, column in zip(names, bare, strict=True):
        good.setdefault(column, name.startswith("-"))  # a second time it would change nothing
    return [(resource.by_name[n], down) for n, down in good.items() if not wrong], wrong


def _no_column(names: Iterable[str], parameter: str, name: str) -> Fault:
    near = difflib.get_close_matches(name, list(names), 3, 0.5)
    return Fault(
        "unknown-column",
        f"There is no column “{short(name)}” to put here. Known are {', '.join(names)}.",
        parameter,
        near,
    )


def _limit(text: str, default: int | None) -> tuple[int | None, list[Fault]]:
    if not text:
        return default, []
    if not re.fullmatch(r"[0-9]{1,6}", text) or not 1 <= int(text) <= MOST:
        return default, [
            Fault("bad-number", f"It must be a whole number from 1 to {MOST}.", "limit")
        ]
    return int(text), []


def _digest(
    resource: Resource,
    conditions: Sequence[str],
    bound: Mapping[str, Any],
    order: Sequence[tuple[Column, bool]],
    seal: str,
) -> str:
    """What tells one choice and order of rows from another, short."""
    said = [
        resource.name,
        sorted(re.sub(r":p(\d+)", lambda m: json.dumps(bound[f"p{m[1]}"]), c) for c in conditions),
        [(column.name, down) for column, down in order],
        *filter(None, [seal]),
    ]
    return hashlib.blake2b(json.dumps(said).encode(), digest_size=6).hexdigest()
