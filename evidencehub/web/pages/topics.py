"""A topic or a workstream: what is measured, found and recommended, and what nobody knows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from evidencehub.domain.status import build_secondary_source_condition, build_verification_sql
from evidencehub.web.addresses import build_path
from evidencehub.web.page_request import Context, PageRequest, create_not_found_error
from evidencehub.web.views import helplines, provenance
from evidencehub.web.views.provenance import Rows

MAX_ITEMS_SHOWN = 20  # findings and recommendations of a topic on its page
MAX_INDICATORS_SHOWN = 40
MAIN_WORKSTREAM_MARK = " Main workstream: "  # how the definition of a topic ends in the code list
RESULT_TYPES = ("finding", "lived-experience")

TOPICS_AND_WORKSTREAMS_SQL = """
select list, code, label, definition, language from code
where list in ('workstream', 'topic') order by list, sort_order, code
"""
EVIDENCE_COUNTS_SQL = """
select s.list, s.code, s.kind, count(*) as held
from subject as s
left join indicator as i on s.kind = 'indicator' and i.indicator = s.id
left join finding as f on s.kind = 'finding' and f.finding = s.id
left join recommendation as r on s.kind = 'recommendation' and r.recommendation = s.id
join dataset as d on d.dataset = coalesce(i.dataset, f.dataset, r.dataset, s.id)
  and d.synthetic = 0
group by s.list, s.code, s.kind
order by s.list, s.code, s.kind
"""
TOPIC_FINDINGS_SQL = f"""
select f.finding, f.title, f.statement, f.type, d.language,
  {build_verification_sql("f")} as verification
from subject as s
join finding as f on s.kind = 'finding' and f.finding = s.id
join dataset as d on d.dataset = f.dataset and d.synthetic = 0
where s.list = :list and s.code = :code and f.superseded_by is null
order by {build_secondary_source_condition(build_verification_sql("f"))}, f.direction is null,
  f.published desc, f.finding
"""
TOPIC_INDICATORS_SQL = """
select i.indicator, i.title, count(distinct h.area) as places, h.area,
  max(h.period_end) as period_end, (
    select max(o.period_start) from observation as o
    where o.indicator = h.indicator and o.area = h.area and o.scheme = h.scheme
      and o.period_end = h.period_end
  ) as period_start
from subject as s
join indicator as i on s.kind = 'indicator' and i.indicator = s.id
join dataset as d on d.dataset = i.dataset and d.synthetic = 0
left join held as h on h.indicator = i.indicator
where s.list = :list and s.code = :code
group by i.indicator
order by i.title, i.indicator
"""
AREA_LABELS_SQL = (
    "select area, label from area where area in (select value from json_each(?)) order by area"
)
GROUPS_WITH_VALUES_SQL = """
select distinct h.indicator, h.scheme, h.ethnicity
from subject as s
join held_group as h on s.kind = 'indicator' and h.indicator = s.id
join code as e on e.list = h.scheme and e.code = h.ethnicity
where s.list = :list and s.code = :code and e.residual = 0 and coalesce(e.level, '') <> 'total'
order by h.indicator, h.scheme, h.ethnicity
"""
SCHEME_GROUPS_SQL = """
select c.list as scheme, l.title as scheme_title, c.code, c.label, c.language
from code as c join code_list as l on l.list = c.list
where c.list in (select value from json_each(?)) and c.residual = 0 and c.level = 'group'
order by l.title, c.list, c.sort_order, c.code
"""
COUNTRY_COVERAGE_SQL = """
select distinct a.area, a.label, exists (
  select 1 from country as n
  join indicator as i on i.dataset = n.dataset
  join subject as s on s.kind = 'indicator' and s.id = i.indicator
  join dataset as t on t.dataset = n.dataset and t.synthetic = 0
  where n.area = a.area and s.list = :list and s.code = :code
) as held
from country as c
join dataset as d on d.dataset = c.dataset and d.synthetic = 0
join area as a on a.area = c.area
order by a.label
"""
TOPIC_CONDITION = """d.synthetic = 0 and n.recommendation in (
  select id from subject where kind = 'recommendation' and list = ? and code = ?
)"""
TOPIC_DATASETS_SQL = """
select d.dataset, d.title, d.language
from subject as s join dataset as d on s.kind = 'dataset' and d.dataset = s.id
where s.list = :list and s.code = :code and d.synthetic = 0
order by d.title, d.dataset
"""


def build_list_context(request: PageRequest) -> Context:
    """Every topic under its main workstream, with how much evidence there is."""
    codes = request.db.fetch_dicts(TOPICS_AND_WORKSTREAMS_SQL)
    for subject in codes:
        subject["counts"] = {"indicator": 0, "finding": 0, "recommendation": 0}
    counts_by_code = {(subject["list"], subject["code"]): subject["counts"] for subject in codes}
    for row in request.db.fetch_dicts(EVIDENCE_COUNTS_SQL):
        if row["kind"] in ("indicator", "finding", "recommendation"):
            counts_by_code[row["list"], row["code"]][row["kind"]] = row["held"]
    return {"title": "", "sections": group_by_workstream(codes)}


def group_by_workstream(codes: Sequence[Mapping[str, Any]]) -> Rows:
    """The workstreams with their topics; topics of no known one come last, under none."""
    workstreams: Rows = [
        {**subject, "topics": []} for subject in codes if subject["list"] == "workstream"
    ]
    other_topics: dict[str, Any] = {"code": "", "label": "", "topics": []}
    labels = {subject["label"]: subject for subject in workstreams}
    for subject in codes:
        if subject["list"] == "topic":
            definition, _, workstream_label = (subject["definition"] or "").partition(
                MAIN_WORKSTREAM_MARK
            )
            labels.get(workstream_label.rstrip("."), other_topics)["topics"].append(
                {**subject, "definition": definition}
            )
    return [*workstreams, other_topics] if other_topics["topics"] else workstreams


def build_context(request: PageRequest) -> Context:
    """One topic or workstream; raises RefusedError (404) for a code that is neither."""
    codes = request.db.fetch_dicts(TOPICS_AND_WORKSTREAMS_SQL)
    subject = next(
        (candidate for candidate in codes if candidate["code"] == request.path_params["code"]), None
    )
    if subject is None:
        raise create_not_found_error("topic of this name")
    params = {"list": subject["list"], "code": subject["code"]}
    workstream = next(
        candidate
        for candidate in [*group_by_workstream(codes), {}]
        if not candidate or _belongs_to(subject, candidate)
    )
    recommendations = provenance.select_recommendations(
        request.db, TOPIC_CONDITION, (subject["list"], subject["code"])
    )
    definition = (subject["definition"] or "").partition(MAIN_WORKSTREAM_MARK)[0]
    topics = workstream["topics"] if workstream and subject["list"] == "workstream" else []
    return {
        "title": subject["label"],
        "description": provenance.shorten_description(definition),
        "topic": {**subject, "definition": definition},
        "stream": workstream
        if workstream and subject["list"] == "topic" and workstream["code"]
        else None,
        "topics": topics,
        **_split_findings(request.db.fetch_dicts(TOPIC_FINDINGS_SQL, params)),
        **_build_indicator_coverage(request, params),
        "asked": recommendations[:MAX_ITEMS_SHOWN],
        "asked_all": len(recommendations),
        "datasets": request.db.fetch_dicts(TOPIC_DATASETS_SQL, params),
        "support": helplines.select_helplines(
            request.site, [subject["code"], *(candidate["code"] for candidate in topics)]
        ),
        "structured": {
            "@context": "https://schema.org",
            "@type": "CollectionPage",
            "name": subject["label"],
            "description": definition,
            "url": request.base_url + build_path("topics", subject["code"]),
        },
    }


def _belongs_to(subject: Mapping[str, Any], workstream: Mapping[str, Any]) -> bool:
    return subject["code"] in (
        workstream["code"],
        *(topic["code"] for topic in workstream["topics"]),
    )


def _split_findings(rows: Sequence[Mapping[str, Any]]) -> Context:
    """Results first and cut; work under way, background and gaps each apart."""
    results = [row for row in rows if row["type"] in RESULT_TYPES]
    return {
        "results": results[:MAX_ITEMS_SHOWN],
        "findings_all": len(rows),
        "results_more": len(results[MAX_ITEMS_SHOWN:]),
        "programmes": [row for row in rows if row["type"] == "programme"][:MAX_ITEMS_SHOWN],
        "background": [row for row in rows if row["type"] in ("method", "context")][
            :MAX_ITEMS_SHOWN
        ],
        "evidence_gaps": [row for row in rows if row["type"] == "evidence-gap"][:MAX_ITEMS_SHOWN],
    }


def _build_indicator_coverage(request: PageRequest, params: Mapping[str, str]) -> Context:
    """The indicators, and whom and where they leave out."""
    rows = request.db.fetch_dicts(TOPIC_INDICATORS_SQL, params)
    areas = provenance.encode_json_list(row["area"] for row in rows)
    labels = {
        row["area"]: row["label"] for row in request.db.fetch_dicts(AREA_LABELS_SQL, (areas,))
    }
    coverage = request.db(GROUPS_WITH_VALUES_SQL, params)
    indicators_by_group = {indicator for indicator, _, _ in coverage}
    groups = request.db.fetch_dicts(
        SCHEME_GROUPS_SQL, (provenance.encode_json_list(scheme for _, scheme, _ in coverage),)
    )
    countries = request.db.fetch_dicts(COUNTRY_COVERAGE_SQL, params)
    labelled_rows = [{**row, "area_label": labels.get(row["area"])} for row in rows]
    return {
        "indicators": labelled_rows[:MAX_INDICATORS_SHOWN],
        "indicators_all": len(rows),
        "unsplit": [row for row in labelled_rows if row["indicator"] not in indicators_by_group],
        "without": select_groups_without_values(
            groups, {(scheme, group) for _, scheme, group in coverage}
        ),
        "countries": [row for row in countries if row["held"]],
        "countries_without": [row for row in countries if not row["held"]],
    }


def select_groups_without_values(
    groups: Iterable[Mapping[str, Any]], groups_with_values: set[tuple[str, str]]
) -> list[tuple[str, Rows]]:
    """The groups of each classification that none of the figures is about."""
    groups_by_scheme: dict[str, Rows] = {}
    for group in groups:
        if (group["scheme"], group["code"]) not in groups_with_values:
            groups_by_scheme.setdefault(group["scheme_title"], []).append(dict(group))
    return list(groups_by_scheme.items())
