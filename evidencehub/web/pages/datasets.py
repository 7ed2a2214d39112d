"""The datasets: a list by workstream, and for each one all that is known of it, with its files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from evidencehub.domain.status import NORMAL
from evidencehub.formats import citations
from evidencehub.formats.format import get_format
from evidencehub.web.addresses import build_path, keep_web_url
from evidencehub.web.page_request import (
    Context,
    Document,
    PageRequest,
    create_not_found_error,
)
from evidencehub.web.views import markdown_html, spreadsheet_export

MAX_ITEMS_PER_LIST = 100  # of each list on the page of one dataset
MAX_DATASETS_LISTED = 500  # datasets on the list of them
Row = dict[str, Any]

DATASETS_SQL = """
select d.dataset, d.title, d.description, d.version, d.created, d.licence, d.language,
  (select coalesce(sum(h.figures), 0) from held as h where h.dataset = d.dataset) as figures,
  (select count(*) from finding as f where f.dataset = d.dataset) as findings
from dataset as d
where d.synthetic = 0
order by d.title, d.dataset
limit :most
"""
WORKSTREAM_DATASETS_SQL = """
select s.id as dataset, c.code, c.label, c.definition, c.language
from code as c
left join subject as s on s.list = c.list and s.code = c.code and s.kind = 'dataset'
where c.list = 'workstream'
order by c.sort_order, c.code, s.id
"""
DATASET_SQL = """
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
DATASET_SUBJECTS_SQL = """
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
OBSERVATION_COUNTS_SQL = """
select h.scheme, l.title as scheme_title, l.language, sum(h.figures) as count,
  sum(h.figures - h.known) as hidden, min(h.period_start) as first, max(h.period_end) as last
from held as h
left join code_list as l on l.list = h.scheme
where h.dataset = :dataset
group by h.scheme
order by h.scheme
"""
STATUS_COUNTS_SQL = f"""
select obs_status, count(*) as count,
  sum(value is null and value_min is null and value_max is null) as hidden
from observation
where dataset = :dataset and (
  obs_status <> '{NORMAL}' or (value is null and value_min is null and value_max is null)
)
group by obs_status
order by obs_status
"""
OBSERVATION_STATUSES_SQL = """
select code, label, definition, language from code where list = 'obs-status'
order by sort_order, code
"""
DATASET_INDICATORS_SQL = """
select i.indicator, i.title, i.definition, coalesce(sum(h.figures), 0) as figures,
  min(h.period_start) as first, max(h.period_end) as last
from indicator as i
left join held as h on h.indicator = i.indicator
where i.dataset = :dataset
group by i.indicator
order by i.title, i.indicator
limit :most
"""
FINDINGS_AND_RECOMMENDATIONS_SQL = """
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
ITEM_COUNTS_SQL = """
select (select count(*) from indicator where dataset = :dataset) as indicators,
  (select count(*) from finding where dataset = :dataset) as findings,
  (select count(*) from recommendation where dataset = :dataset) as recommendations,
  (select count(*) from source where dataset = :dataset) as sources
"""
DATASET_SOURCES_SQL = """
select s.source, s.title, s.publisher, s.url, s.doi, s.published, s.accessed, s.licence,
  s.verification, v.label as level, t.label as type
from source as s
left join code as v on v.list = 'verification' and v.code = s.verification
left join code as t on t.list = 'source-type' and t.code = s.type
where s.dataset = :dataset
order by s.title, s.source
limit :most
"""
RELEASE_FILES_SQL = """
select file, format, says, rows, bytes, sha256 from file
where dataset = :dataset and version = :version
order by file like 'data/%', format = 'markdown', format = 'datapackage', format = 'parquet',
  format = 'csv.gz', file
limit :most
"""
ROWS_HELD_BACK_SQL = """
select file, reason, rows from held_back where dataset = :dataset
order by file, reason
"""
DATASET_CHANGES_SQL = """
select version, changed_on, text from change where dataset = :dataset
order by position
limit :most
"""


def build_list_context(request: PageRequest) -> Context:
    """Every dataset under its workstreams, in their order."""
    dataset_rows = request.db.fetch_dicts(DATASETS_SQL, {"most": MAX_DATASETS_LISTED + 1})
    rows = {row["dataset"]: row for row in dataset_rows[:MAX_DATASETS_LISTED]}
    workstreams: dict[str, Row] = {}
    datasets_placed = set()
    for row in request.db.fetch_dicts(WORKSTREAM_DATASETS_SQL):
        workstream = workstreams.setdefault(row["code"], {**row, "datasets": []})
        if row["dataset"] in rows:
            workstream["datasets"].append(rows[row["dataset"]])
            datasets_placed.add(row["dataset"])
    for workstream in workstreams.values():
        workstream["datasets"].sort(key=lambda row: row["title"])
    return {
        "streams": list(workstreams.values()),
        "others": [row for slug, row in rows.items() if slug not in datasets_placed],
        "count": len(rows),
        "cut": len(dataset_rows) > MAX_DATASETS_LISTED,
        "figures": sum(row["figures"] for row in rows.values()),
        "structured": {
            "@context": "https://schema.org",
            "@type": "DataCatalog",
            "name": request.site.title,
            "url": request.base_url + "/datasets",
            "dataset": [
                {
                    "@type": "Dataset",
                    "name": row["title"],
                    "description": row["description"],
                    "url": request.base_url + build_path("datasets", row["dataset"]),
                }
                for row in list(rows.values())[:MAX_ITEMS_PER_LIST]
            ],
        },
    }


def build_context(request: PageRequest) -> Context:
    """All that is known of a dataset."""
    row = _read_dataset(request)
    params = {"dataset": row["dataset"], "most": MAX_ITEMS_PER_LIST, "version": row["version"]}
    scheme_counts = request.db.fetch_dicts(OBSERVATION_COUNTS_SQL, {"dataset": row["dataset"]})
    subjects = request.db.fetch_dicts(
        DATASET_SUBJECTS_SQL, {**_select_params(params), "whose": row["whose_ethnicity"] or ""}
    )
    statements = request.db.fetch_dicts(
        FINDINGS_AND_RECOMMENDATIONS_SQL, _select_params(params, "most")
    )
    page_context = {
        "row": row,
        "names": {
            kind: [name for name in subjects if name["kind"] == kind]
            for kind in ("country", "workstream", "topic", "whose")
        },
        "about": markdown_html.render_html(row["about"] or "", 2, row["title"]),
        "figures": sum(scheme_count["count"] for scheme_count in scheme_counts),
        "hidden": sum(scheme_count["hidden"] for scheme_count in scheme_counts),
        "statuses": _join_status_counts(
            request.db.fetch_dicts(OBSERVATION_STATUSES_SQL),
            request.db.fetch_dicts(STATUS_COUNTS_SQL, _select_params(params)),
        ),
        "schemes": scheme_counts,
        "first": min((scheme_count["first"] for scheme_count in scheme_counts), default=None),
        "last": max((scheme_count["last"] for scheme_count in scheme_counts), default=None),
        "indicators": request.db.fetch_dicts(
            DATASET_INDICATORS_SQL, _select_params(params, "most")
        ),
        "findings_of": [
            _copy_id_as(statement, "finding")
            for statement in statements
            if statement["kind"] == "finding"
        ],
        "asked": [
            _copy_id_as(statement, "recommendation")
            for statement in statements
            if statement["kind"] != "finding"
        ],
        "counts": request.db.fetch_first(ITEM_COUNTS_SQL, _select_params(params)),
        "sources": [
            _add_source_link(statement)
            for statement in request.db.fetch_dicts(
                DATASET_SOURCES_SQL, _select_params(params, "most")
            )
        ],
        "files": request.db.fetch_dicts(
            RELEASE_FILES_SQL, _select_params(params, "most", "version")
        ),
        "held": request.db.fetch_dicts(ROWS_HELD_BACK_SQL, _select_params(params)),
        "versions": _group_by_version(
            request.db.fetch_dicts(DATASET_CHANGES_SQL, _select_params(params, "most"))
        ),
        "contact": _parse_contact(row["contact"]),
        "homepage": keep_web_url(row["homepage"]),
        "licence_url": keep_web_url(row["licence_url"]),
        "cited": citations.render_citations(build_dataset_work(request, row)),
        "most": MAX_ITEMS_PER_LIST,
        "spreadsheets": sum(scheme_count["count"] for scheme_count in scheme_counts)
        <= spreadsheet_export.MAX_SPREADSHEET_ROWS,
    }
    page_context["code"] = _build_code_examples(request, row, page_context["files"])
    page_context["structured"] = _build_structured_data(request, page_context)
    return page_context


def build_citation_document(request: PageRequest) -> Document:
    """How to cite a dataset, as a file."""
    return Document(
        *citations.render_citation_file(
            build_dataset_work(request, _read_dataset(request)), request.path_params["ending"]
        )
    )


def build_dataset_work(request: PageRequest, row: Mapping[str, Any]) -> citations.CitedWork:
    """A dataset as something to cite; `row` is its row of the table."""
    publisher = row["publisher"] or request.site.organisation or request.site.title
    return citations.CitedWork(
        identifier=row["dataset"],
        title=row["title"],
        url=request.base_url + build_path("datasets", row["dataset"]),
        authors=(publisher,),
        publisher=publisher,
        date=row["created"],
        version=row["version"],
        licence=row["licence"],
    )


def _read_dataset(request: PageRequest) -> Row:
    row = request.db.fetch_first(DATASET_SQL, {"dataset": request.path_params["id"]})
    if row is None:
        raise create_not_found_error("dataset")
    return row


def _select_params(params: Mapping[str, Any], *names: str) -> Row:
    """The values that a statement takes."""
    return {name: params[name] for name in ("dataset", *names)}


def _copy_id_as(row: Mapping[str, Any], key: str) -> Row:
    return {**row, key: row["id"]}


def _add_source_link(row: Row) -> Row:
    doi = row["doi"]
    return {**row, "link": keep_web_url(row["url"]) or (f"https://doi.org/{doi}" if doi else "")}


def _parse_contact(text: str | None) -> tuple[str, str]:
    """Where a contact leads and how it reads; empty where there is none."""
    if not text:
        return "", ""
    if keep_web_url(text):
        return text, urlsplit(text).netloc
    return (f"mailto:{text}" if "@" in text else ""), text


def _join_status_counts(statuses: Iterable[Row], status_rows: Iterable[Row]) -> list[Row]:
    """What is said of figures that are no ordinary ones, and of how many."""
    counts = {row["obs_status"]: row for row in status_rows}
    return [{**row, **counts[row["code"]]} for row in statuses if row["code"] in counts]


def _group_by_version(rows: Iterable[Row]) -> list[Row]:
    """The history, a version a time, the newest first."""
    versions: dict[str, Row] = {}
    for row in rows:
        version = versions.setdefault(row["version"], {**row, "lines": []})
        version["lines"].append(row["text"])
    return list(versions.values())


def _build_code_examples(
    request: PageRequest, row: Row, files: Iterable[Row]
) -> list[tuple[str, str]]:
    """Lines that fetch the data, by the language that they are written in."""
    names = [file["file"] for file in files]
    flat_file = f"{row['dataset']}.csv"
    tables = [name for name in names if name.startswith("data/") and name.endswith(".csv")]
    name = flat_file if flat_file in names else next(iter(tables), "datapackage.json")
    url = request.base_url + build_path("datasets", row["dataset"], "latest", *name.split("/"))
    resource = "findings" if name != flat_file else "observations"
    api = f"{request.base_url}/api/v1/{resource}?dataset={row['dataset']}"
    return [
        ("curl", f"curl -LO {url}"),
        ("Python", f'import pandas\n\ntable = pandas.read_csv("{url}", dtype=str)'),
        ("R", f'table <- read.csv("{url}", colClasses = "character")'),
        (
            "JavaScript",
            f'const answer = await fetch("{api}");\nconst {{ data }} = await answer.json();',
        ),
    ]


def _build_structured_data(request: PageRequest, page_context: Mapping[str, Any]) -> Row:
    """The dataset in the words of schema.org."""
    row = page_context["row"]
    dataset_url = request.base_url + build_path("datasets", row["dataset"])
    publisher = row["publisher"] or request.site.organisation or request.site.title
    organisation = {"@type": "Organization", "name": publisher}
    fields = {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "@id": dataset_url,
        "url": dataset_url,
        "identifier": row["dataset"],
        "name": row["title"],
        "description": row["description"],
        "version": row["version"],
        "datePublished": row["created"][:10],
        "inLanguage": row["language"],
        "license": page_context["licence_url"] or row["licence"],
        "isAccessibleForFree": True,
        "creator": organisation,
        "publisher": organisation,
        "keywords": [name["label"] for name in page_context["names"]["topic"]],
        "temporalCoverage": f"{page_context['first']}/{page_context['last']}"
        if page_context["first"]
        else None,
        "spatialCoverage": [
            {"@type": "Place", "name": name["label"]} for name in page_context["names"]["country"]
        ],
        "variableMeasured": [
            {
                "@type": "PropertyValue",
                "name": indicator["title"],
                "propertyID": indicator["indicator"],
            }
            for indicator in page_context["indicators"]
        ],
        "isBasedOn": [
            indicator["link"] for indicator in page_context["sources"] if indicator["link"]
        ],
        "includedInDataCatalog": {
            "@type": "DataCatalog",
            "name": request.site.title,
            "url": request.base_url + "/datasets",
        },
        "distribution": [
            _build_structured_download(request, row, file) for file in page_context["files"]
        ],
    }
    return {name: value for name, value in fields.items() if value not in (None, "", [])}


def _build_structured_download(request: PageRequest, row: Row, file: Row) -> Row:
    path_segments = file["file"].split("/")
    return {
        "@type": "DataDownload",
        "name": file["file"],
        "contentUrl": request.base_url
        + build_path("datasets", row["dataset"], row["version"], *path_segments),
        "encodingFormat": get_format(file["format"]).media_type,
        "contentSize": f"{file['bytes']} B",
        "sha256": file["sha256"],
    }
