"""What stands around the rows of an answer: the page, releases, licences, comparability, links."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from evidencehub.measures.comparability import Comparability, Facts, compare
from evidencehub.serve.api import converted as converted_rows
from evidencehub.serve.api import cursor, items, select
from evidencehub.serve.api.known import NONE, Known
from evidencehub.serve.api.question import Question, day, one
from evidencehub.serve.api.resource import Resource
from evidencehub.serve.database import Row

if TYPE_CHECKING:
    from evidencehub.measures.answered import Answered

BASE = "/api/v1"
POSTED = f"{BASE}/query"
FORMATS = ("json", "csv", "ndjson", "parquet")
_FIRST = itemgetter(0)
JUDGED = 60  # different kinds of rows; more than these nobody compares by looking at them
Pairs = Sequence[tuple[str, str]]


def page(
    question: Question,
    rows: Sequence[Row],
    total: int,
    asked: Pairs,
    known: Known,
    path: str = "",
) -> tuple[bytes, list[tuple[str, str]]]:
    """The answer as JSON, and its own headers.

    `rows` are those of `select.objects`; `asked` the parameters as they came,
    `path` the address where it is not the resource's own.
    """
    limit = question.limit or len(rows)
    more = len(rows) > limit
    shown = rows[:limit] if more else rows
    following = ""
    if more:
        place = shown[-1][1 : 1 + select.places(question)]
        following = cursor.write(place, question.digest, known.edition)
    datasets = _column(question, shown, "dataset")
    links = links_of(question.resource, asked, known, following, path)
    around = {
        "page": {
            "total": total,
            "returned": len(shown),
            "truncated": more,
            "limit": limit,
            "next": links.get("next"),
            "cursor": following or None,
        },
        "release": releases(datasets, known),
        "licence": licences(datasets, known),
    }
    told = (
        f'], {_json(around)[1:-1]}, "comparability": {comparability(question, shown, known)}, '
        f'"links": {_json(links)}}}\n'
    )
    body = b'{"data": [' + b", ".join(map(_FIRST, shown)) + told.encode()
    return body, [*headers_of(total, datasets, known), ("link", header(links))]


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def converted(
    question: converted_rows.Asked,
    told: Answered,
    asked: Pairs,
    known: Known,
) -> tuple[bytes, list[tuple[str, str]]]:
    """The answer with `convert`, as JSON: the rows, and an account of what could not be made."""
    resource = question.shown.resource
    shown, following = converted_rows.page(question, told.rows, known)
    columns = converted_rows.columns(question)
    datasets = sorted({row["dataset"] for row in shown})
    links = links_of(resource, asked, known, following)
    facts = list(resource.facts)
    kinds = frozenset(tuple(row[name] for name in facts) for row in shown)
    gaps = [{name: row[name] for name in GAP} for row in told.gaps]
    body = {
        "data": [converted_rows.as_json(row, columns) for row in shown],
        "page": {
            "total": len(told.rows),
            "returned": len(shown),
            "truncated": bool(following),
            "limit": question.shown.limit or len(told.rows),
            "next": links.get("next"),
            "cursor": following or None,
        },
        "conversion": {
            "to": question.to,
            "caveats": list(told.caveats),
            "gaps": gaps,
            "left_out": dict(told.left_out),
        },
        "release": releases(datasets, known),
        "licence": licences(datasets, known),
        "comparability": json.loads(judged(facts, kinds, known) if shown else "null"),
        "links": links,
    }
    return f"{_json(body)}\n".encode(), [
        *headers_of(len(told.rows), datasets, known),
        ("link", header(links)),
    ]


GAP = (
    "dataset", "indicator", "area", "period_start", "period_end", "scheme", "ethnicity",
    "ethnicity_label", "sex", "age", "other", "adjustment", "obs_status", "reason", "from_scheme",
)  # fmt: skip
"""What is told of a group that could not be made."""


def item(
    resource: Resource, name: str, rows: Callable[..., list[Row]], known: Known
) -> tuple[bytes, list[tuple[str, str]]]:
    """A single dataset, indicator, finding or recommendation, with all that belongs to it."""
    question = one(resource, name, known)
    row = rows(*select.objects(question, 1, known))[0]
    further = rows(items.sql(resource.name), {"id": name})[0]
    data = json.loads(row[0]) | {
        column: cell if column in items.TEXTS or cell is None else json.loads(cell)
        for column, cell in zip(items.FURTHER[resource.name], further, strict=True)
    }
    datasets = _column(question, [row], "dataset")
    path = f"{BASE}/{resource.name}/{name}"
    links = {"self": f"{known.url}{path}", "page": f"{known.url}/hub/{resource.view}/{name}"}
    told = {
        "data": data,
        "release": releases(datasets, known),
        "licence": licences(datasets, known),
        "links": links,
    }
    return f"{_json(told)}\n".encode(), [("link", header(links))]


def headers_of(total: int, datasets: Iterable[str], known: Known) -> list[tuple[str, str]]:
    """Headers that tell of every format: how many rows there are, and of which releases."""
    told = [f"{name}={known.datasets[name]['version']}" for name in datasets]
    found = [("hub-total", str(total))]
    return [*found, ("hub-release", ", ".join(told))] if told and len(told) <= 20 else found


def _column(question: Question, rows: Sequence[Row], name: str) -> list[str]:
    """The different values of one fact, in order."""
    sql = question.resource.facts.get(name)
    if sql is None:
        return []
    at = 1 + select.beside(question).index(sql)
    return sorted(set(map(itemgetter(at), rows)))


def releases(datasets: Iterable[str], known: Known) -> list[dict[str, Any]]:
    """Which release of which dataset the rows are of."""
    return [
        {
            "dataset": name,
            "title": known.datasets[name]["title"],
            "version": known.datasets[name]["version"],
            "date": known.datasets[name]["created"],
        }
        for name in datasets
    ]


def licences(datasets: Iterable[str], known: Known) -> list[dict[str, Any]]:
    """Under which terms the rows may be used, and which datasets are under each."""
    found: dict[tuple[str, str], list[str]] = {}
    for name in datasets:
        told = known.datasets[name]
        found.setdefault((told["licence"], told["licence_url"]), []).append(name)
    return [
        {"id": licence, "url": url, "datasets": names} for (licence, url), names in found.items()
    ]


def comparability(question: Question, rows: Sequence[Row], known: Known) -> str:
    """Whether the rows of this answer may be compared with each other, and why not, as JSON."""
    if "indicator" not in question.resource.facts or not rows:
        return "null"
    here = select.beside(question)
    at = [1 + here.index(sql) for sql in question.resource.facts.values()]
    kinds = frozenset(map(itemgetter(*at), rows))
    return judged(list(question.resource.facts), kinds, known)


def judged(names: Sequence[str], kinds: frozenset[tuple[Any, ...]], known: Known) -> str:
    """The verdict on rows of these kinds, as JSON; a kind has a value for each fact of `names`."""
    if len(kinds) > JUDGED:  # what a series varies in is not what makes it a mixture
        keep = {"dataset", "indicator", "scheme", "adjustment", "comparator"}
        kinds = frozenset(
            tuple(v if n in keep else "" for n, v in zip(names, kind, strict=True))
            for kind in kinds
        )
    return _judged(tuple(names), kinds, known)


@lru_cache(maxsize=2_000)
def _judged(names: tuple[str, ...], kinds: frozenset[tuple[Any, ...]], known: Known) -> str:
    facts = [_facts(dict(zip(names, kind, strict=True)), known) for kind in kinds]
    return _json(told(compare(facts, known.links)))


def told(found: Comparability) -> dict[str, Any]:
    """A verdict as it is written."""
    return {
        "verdict": found.kind,
        "reasons": [
            {
                "verdict": reason.kind,
                "code": reason.rule,
                "text": reason.text,
                "concerns": list(reason.concerns),
            }
            for reason in found.reasons
        ],
    }


def _facts(kind: Mapping[str, Any], known: Known) -> Facts:
    """What is known of the rows that share these facts."""
    indicator = known.indicators[kind["indicator"]]
    dataset = known.datasets[kind["dataset"]]
    scheme = known.schemes[kind["scheme"]]
    share = indicator["ethnicity_known"]
    return Facts(
        indicator=kind["indicator"],
        dataset=kind["dataset"],
        scheme=kind["scheme"],
        period_start=kind["period_start"],
        period_end=kind["period_end"],
        sex=kind["sex"] or "_T",
        age=kind["age"] or "_T",
        adjustment=kind["adjustment"],
        comparator=kind.get("comparator", ""),
        country=scheme["jurisdiction"] or "",
        counting_basis=scheme["counting_basis"] or "",
        unit=indicator["unit"],
        value_type=indicator["value_type"],
        standardisation=indicator["standardisation"] or "",
        population=indicator["denominator_definition"] or "",
        whose_ethnicity=indicator["whose_ethnicity"] or dataset["whose_ethnicity"] or "",
        recording=indicator["ethnicity_recording"] or dataset["ethnicity_recording"] or "",
        ethnicity_completeness=dataset["ethnicity_completeness"] or "",
        completeness=None if share is None else share / 100,
        series_breaks=indicator["series_breaks"] or "",
        has_break=kind.get("obs_status") == "B",
    )


def links_of(
    resource: Resource, asked: Pairs, known: Known, following: str = "", path: str = ""
) -> dict[str, str]:
    """Where else these rows are: this page, the first and next, other formats, a page to read."""
    home = f"{known.url}{path or f'{BASE}/{resource.name}'}"
    if path == POSTED:  # no address leads to the same rows: `page.cursor` goes into the next
        return {"self": home}
    rows = _query((name, value) for name, value in asked if name not in ("cursor", "limit"))
    limit = _query((name, value) for name, value in asked if name == "limit")
    found = {"self": _address(home, _query(asked)), "first": _address(home, rows, limit)}
    if following:
        found["next"] = _address(home, rows, limit, f"cursor={following}")
    found |= {name: _address(f"{home}.{name}", rows) for name in FORMATS[1:]}
    within = [("list", path.rpartition("/")[2])] if path else []
    page = _page(resource, [*asked, *within], known)
    return found | ({"page": f"{known.url}{page}"} if page else {})


def _query(asked: Iterable[tuple[str, str]]) -> str:
    return "&".join(f"{quote(name)}={quote(value, safe=':,')}" for name, value in asked)


def _address(home: str, *parts: str) -> str:
    told = "&".join(filter(None, parts))
    return f"{home}?{told}" if told else home


_DAYS = {"from": ("period_start", "gte"), "to": ("period_end", "lte")}
_COMPUTED = ("status", "verification")  # columns that a table has otherwise than an answer


def _page(resource: Resource, asked: Pairs, known: Known) -> str:
    """Datasette's page of the same rows; empty where it cannot be asked for the same."""
    if not resource.view:
        return ""
    there = known.columns[resource.view]
    chosen: dict[str, list[str]] = {}
    for name, value in asked:
        one = resource.filter_by_name.get(name)
        if name == "convert":
            return ""
        if one is None:
            continue
        column, operator = _DAYS.get(one.kind, (name, ""))
        odd = value == NONE or (one.known == "ethnicity" and ":" in value)
        if column not in there or one.kind in ("text", "boolean") or odd or name in _COMPUTED:
            return ""
        if operator:
            chosen[f"{column}__{operator}"] = [day(value, last=name == "to")]
        else:
            chosen.setdefault(column, []).append(value)
    told = [(n, v[0]) if len(v) == 1 else (f"{n}__in", ",".join(v)) for n, v in chosen.items()]
    return _address(f"/hub/{resource.view}", _query(told))


_TYPES = {
    "csv": "text/csv",
    "ndjson": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
}
_LONGEST = 4_000  # characters of a header that every client and proxy takes


def header(links: Mapping[str, str]) -> str:
    """The Link header (RFC 8288) for the next page and the other formats."""
    told = ['</openapi.json>; rel="service-desc"']
    for name, address in links.items():
        if name in ("next", "first"):
            told.append(f'<{address}>; rel="{name}"')
        elif name in _TYPES:
            told.append(f'<{address}>; rel="alternate"; type="{_TYPES[name]}"')
    whole = ", ".join(told)
    if len(whole) <= _LONGEST:
        return whole
    return ", ".join(link for link in told if 'rel="next"' in link or "service-desc" in link)
