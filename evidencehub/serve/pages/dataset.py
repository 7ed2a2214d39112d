"""The datasets: a list by workstream, and for each one all that is known of it, with its files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from evidencehub.serve.pages import cite, markdown, spreadsheet
from evidencehub.serve.pages.page import Context, Document, Visit, missing, path

MOST = 100  # of each list on the page of one dataset
ALL = 500  # datasets on the list of them
Row = dict[str, Any]

LIST = """
select d.dataset, d.title, d.description, d.version, d.created, d.licence, d.language,
  (select coalesce(sum(h.figures), 0) from held as h where h.dataset = d.dataset) as figures,
  (select count(*) from finding as f where f.dataset = d.dataset) as findings
from dataset as d
where d.synthetic = 0
order by d.title, d.dataset
limit :most
"""
STREAMS = """
select s.id as dataset, c.code, c.label, c.definition, c.language
from code as c
left join subject as s on s.list = c.list and s.code = c.code and s.kind = 'dataset'
where c.list = 'workstream'
order by c.sort_order, c.code, s.id
"""
ONE = """
select d.*, policy.label as policy, policy.definition as policy_says,
  level.label as level, level.definition as level_says,
  recording.label as recording, recording.definition as recording_says
from dataset as d
left join code as policy on policy.list = 'disclosure-policy' and policy.code = d.disclosure_policy
left join code as level on level.list = 'verification' and level.code = d.verification
left join code as recording
  on recording.list = 'ethnicity-recording' and recording.code = d.ethnicity_recording
where d.dataset = :dataset
order by d.dataset
"""
NAMES = """
select 'country' as kind, a.area as code, a.label, c.language
from country as n
join area as a on a.area = n.area
join code as c on c.list = a.list and c.code = a.code
where n.dataset = :dataset
union all
select s.list, c.code, c.label, c.language
from subject as s join code as c on c.list = s.list and c.code = s.code
where s.kind = 'dataset' and s.id = :dataset
union all
select 'whose', code, label, language from code
where list = 'whose-ethnicity' and instr(';' || :whose || ';', ';' || code || ';') > 0
order by 1, 3
"""
FIGURES = """
select h.scheme, l.title as scheme_title, l.language, sum(h.figures) as count,
  sum(h.figures - h.known) as hidden, min(h.period_start) as first, max(h.period_end) as last
from held as h
left join code_list as l on l.list = h.scheme
where h.dataset = :dataset
group by h.scheme
order by h.scheme
"""
MARKED = """
select obs_status, count(*) as count,
  sum(value is null and value_min is null and value_max is null) as hidden
from observation
where dataset = :dataset and (
  obs_status <> 'A' or (value is null and value_min is null and value_max is null)
)
group by obs_status
order by obs_status
"""
STATUSES = """
select code, label, definition, language from code where list = 'obs-status'
order by sort_order, code
"""
INDICATORS = """
select i.indicator, i.title, i.definition, coalesce(sum(h.figures), 0) as figures,
  min(h.period_start) as first, max(h.period_end) as last
from indicator as i
left join held as h on h.indicator = i.indicator
where i.dataset = :dataset
group by i.indicator
order by i.title, i.indicator
limit :most
"""
SAID = """
select * from (
  select finding as id, 'finding' as kind, title, statement, verification
  from finding where dataset = :dataset order by finding limit :most
)
union all
select * from (
  select recommendation, 'recommendation', title, text, verification
  from recommendation where dataset = :dataset order by recommendation limit :most
)
order by 2, 1
"""
COUNTS = """
select (select count(*) from indicator where dataset = :dataset) as indicators,
  (select count(*) from finding where dataset = :dataset) as findings,
  (select count(*) from recommendation where dataset = :dataset) as recommendations,
  (select count(*) from source where dataset = :dataset) as sources
"""
SOURCES = """
select s.source, s.title, s.publisher, s.url, s.doi, s.published, s.accessed, s.licence,
  s.verification, v.label as level, t.label as type
from source as s
left join code as v on v.list = 'verification' and v.code = s.verification
left join code as t on t.list = 'source-type' and t.code = s.type
where s.dataset = :dataset
order by s.title, s.source
limit :most
"""
FILES = """
select file, format, says, rows, bytes, sha256 from file
where dataset = :dataset and version = :version
order by file like 'data/%', format = 'markdown', format = 'datapackage', format = 'parquet',
  format = 'csv.gz', file
limit :most
"""
HELD = """
select file, reason, rows from held_back where dataset = :dataset
order by file, reason
"""
CHANGES = """
select version, changed_on, text from change where dataset = :dataset
order by position
limit :most
"""


def listed(visit: Visit) -> Context:
    """Every dataset under its workstreams, in their order."""
    found = visit.ask.named(LIST, {"most": ALL + 1})
    rows = {row["dataset"]: row for row in found[:ALL]}
    streams: dict[str, Row] = {}
    placed = set()
    for row in visit.ask.named(STREAMS):
        stream = streams.setdefault(row["code"], {**row, "datasets": []})
        if row["dataset"] in rows:
            stream["datasets"].append(rows[row["dataset"]])
            placed.add(row["dataset"])
    for stream in streams.values():
        stream["datasets"].sort(key=lambda row: row["title"])
    return {
        "streams": list(streams.values()),
        "others": [row for slug, row in rows.items() if slug not in placed],
        "count": len(rows),
        "cut": len(found) > ALL,
        "figures": sum(row["figures"] for row in rows.values()),
        "structured": {
            "@context": "https://schema.org",
            "@type": "DataCatalog",
            "name": visit.site.title,
            "url": visit.home + "/datasets",
            "dataset": [
                {
                    "@type": "Dataset",
                    "name": row["title"],
                    "description": row["description"],
                    "url": visit.home + path("datasets", row["dataset"]),
                }
                for row in list(rows.values())[:MOST]
            ],
        },
    }


def context(visit: Visit) -> Context:
    """All that is known of a dataset."""
    row = _row(visit)
    bound = {"dataset": row["dataset"], "most": MOST, "version": row["version"]}
    figures = visit.ask.named(FIGURES, {"dataset": row["dataset"]})
    named = visit.ask.named(NAMES, {**_only(bound), "whose": row["whose_ethnicity"] or ""})
    said = visit.ask.named(SAID, _only(bound, "most"))
    told = {
        "row": row,
        "names": {
            kind: [name for name in named if name["kind"] == kind]
            for kind in ("country", "workstream", "topic", "whose")
        },
        "about": markdown.html(row["about"] or "", 2, row["title"]),
        "figures": sum(part["count"] for part in figures),
        "hidden": sum(part["hidden"] for part in figures),
        "statuses": _statuses(visit.ask.named(STATUSES), visit.ask.named(MARKED, _only(bound))),
        "schemes": figures,
        "first": min((part["first"] for part in figures), default=None),
        "last": max((part["last"] for part in figures), default=None),
        "indicators": visit.ask.named(INDICATORS, _only(bound, "most")),
        "findings_of": [_named(one, "finding") for one in said if one["kind"] == "finding"],
        "asked": [_named(one, "recommendation") for one in said if one["kind"] != "finding"],
        "counts": visit.ask.one(COUNTS, _only(bound)),
        "sources": [_source(one) for one in visit.ask.named(SOURCES, _only(bound, "most"))],
        "files": visit.ask.named(FILES, _only(bound, "most", "version")),
        "held": visit.ask.named(HELD, _only(bound)),
        "versions": _versions(visit.ask.named(CHANGES, _only(bound, "most"))),
        "contact": _contact(row["contact"]),
        "homepage": web(row["homepage"]),
        "licence_url": web(row["licence_url"]),
        "cited": cite.forms(work(visit, row)),
        "most": MOST,
        "spreadsheets": sum(part["count"] for part in figures) <= spreadsheet.MAX_ROWS,
    }
    told["code"] = _code(visit, row, told["files"])
    told["structured"] = _structured(visit, told)
    return told


def cited(visit: Visit) -> Document:
    """How to cite a dataset, as a file."""
    return cite.document(work(visit, _row(visit)), visit.place["ending"])


def work(visit: Visit, row: Mapping[str, Any]) -> cite.Work:
    """A dataset as something to cite; `row` is its row of the table."""
    publisher = row["publisher"] or visit.site.organisation or visit.site.title
    return cite.Work(
        identifier=row["dataset"],
        title=row["title"],
        url=visit.home + path("datasets", row["dataset"]),
        authors=(publisher,),
        publisher=publisher,
        date=row["created"],
        version=row["version"],
        licence=row["licence"],
    )


def web(url: str | None) -> str:
    """An address that a page may lead to; empty for anything else."""
    return url if url and urlsplit(url).scheme in ("http", "https") else ""


def _row(visit: Visit) -> Row:
    row = visit.ask.one(ONE, {"dataset": visit.place["id"]})
    if row is None:
        raise missing("dataset")
    return row


def _only(bound: Mapping[str, Any], *names: str) -> Row:
    """The values that a statement takes."""
    return {name: bound[name] for name in ("dataset", *names)}


def _named(row: Mapping[str, Any], key: str) -> Row:
    return {**row, key: row["id"]}


def _source(row: Row) -> Row:
    doi = row["doi"]
    return {**row, "link": web(row["url"]) or (f"https://doi.org/{doi}" if doi else "")}


def _contact(text: str | None) -> tuple[str, str]:
    """Where a contact leads and how it reads; empty where there is none."""
    if not text:
        return "", ""
    if web(text):
        return text, urlsplit(text).netloc
    return (f"mailto:{text}" if "@" in text else ""), text


def _statuses(known: Iterable[Row], marked: Iterable[Row]) -> list[Row]:
    """What is said of figures that are no ordinary ones, and of how many."""
    counts = {row["obs_status"]: row for row in marked}
    return [{**row, **counts[row["code"]]} for row in known if row["code"] in counts]


def _versions(rows: Iterable[Row]) -> list[Row]:
    """The history, a version a time, the newest first."""
    found: dict[str, Row] = {}
    for row in rows:
        version = found.setdefault(row["version"], {**row, "lines": []})
        version["lines"].append(row["text"])
    return list(found.values())


def _code(visit: Visit, row: Row, files: Iterable[Row]) -> list[tuple[str, str]]:
    """Lines that fetch the data, by the language that they are written in."""
    names = [file["file"] for file in files]
    flat = f"{row['dataset']}.csv"
    tables = [name for name in names if name.startswith("data/") and name.endswith(".csv")]
    name = flat if flat in names else next(iter(tables), "datapackage.json")
    url = visit.home + path("datasets", row["dataset"], "latest", *name.split("/"))
    kind = "findings" if name != flat else "observations"
    api = f"{visit.home}/api/v1/{kind}?dataset={row['dataset']}"
    return [
        ("curl", f"curl -LO {url}"),
        ("Python", f'import pandas\n\ntable = pandas.read_csv("{url}", dtype=str)'),
        ("R", f'table <- read.csv("{url}", colClasses = "character")'),
        (
            "JavaScript",
            f'const answer = await fetch("{api}");\nconst {{ data }} = await answer.json();',
        ),
    ]


def _structured(visit: Visit, told: Mapping[str, Any]) -> Row:
    """The dataset in the words of schema.org."""
    row = told["row"]
    here = visit.home + path("datasets", row["dataset"])
    publisher = row["publisher"] or visit.site.organisation or visit.site.title
    organisation = {"@type": "Organization", "name": publisher}
    fields = {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "@id": here,
        "url": here,
        "identifier": row["dataset"],
        "name": row["title"],
        "description": row["description"],
        "version": row["version"],
        "datePublished": row["created"][:10],
        "inLanguage": row["language"],
        "license": told["licence_url"] or row["licence"],
        "isAccessibleForFree": True,
        "creator": organisation,
        "publisher": organisation,
        "keywords": [name["label"] for name in told["names"]["topic"]],
        "temporalCoverage": f"{told['first']}/{told['last']}" if told["first"] else None,
        "spatialCoverage": [
            {"@type": "Place", "name": name["label"]} for name in told["names"]["country"]
        ],
        "variableMeasured": [
            {"@type": "PropertyValue", "name": one["title"], "propertyID": one["indicator"]}
            for one in told["indicators"]
        ],
        "isBasedOn": [one["link"] for one in told["sources"] if one["link"]],
        "includedInDataCatalog": {
            "@type": "DataCatalog",
            "name": visit.site.title,
            "url": visit.home + "/datasets",
        },
        "distribution": [_download(visit, row, file) for file in told["files"]],
    }
    return {name: value for name, value in fields.items() if value not in (None, "", [])}


TYPES = {
    "csv": "text/csv",
    "csv.gz": "application/gzip",
    "parquet": "application/vnd.apache.parquet",
    "markdown": "text/markdown",
    "datapackage": "application/json",
}


def _download(visit: Visit, row: Row, file: Row) -> Row:
    parts = file["file"].split("/")
    return {
        "@type": "DataDownload",
        "name": file["file"],
        "contentUrl": visit.home + path("datasets", row["dataset"], row["version"], *parts),
        "encodingFormat": TYPES.get(file["format"], "application/octet-stream"),
        "contentSize": f"{file['bytes']} B",
        "sha256": file["sha256"],
    }
