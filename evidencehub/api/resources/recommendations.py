"""The recommendations, with their latest status."""

from __future__ import annotations

from evidencehub.api.columns import (
    build_area_columns,
    build_concept_columns,
    build_label_column,
    build_list_column,
    build_subject_columns,
)
from evidencehub.api.filters import build_date_filter, build_search_filter, build_subject_filters
from evidencehub.domain.concepts import RECOMMENDATION_CONCEPTS
from evidencehub.store.resource_model import (
    ApiResource,
    Filter,
    ResourceColumn,
    build_label_placeholder,
)

_LATEST_UPDATE_SQL = (
    "(select {} from recommendation_status as l where l.recommendation = r.recommendation)"
)
_STATUS_SQL = _LATEST_UPDATE_SQL.format("l.status")

RECOMMENDATIONS = ApiResource(
    "recommendations",
    "Recommendations: what was recommended, to whom, and what has happened since",
    "recommendation as r",
    ("r.recommendation",),
    (
        ResourceColumn("recommendation", "r.recommendation", "code", "id of the recommendation"),
        ResourceColumn(
            "dataset", "r.dataset", "code", "id of the dataset in which it is published"
        ),
        *build_concept_columns(
            RECOMMENDATION_CONCEPTS, "r", "title", "text", "strength", "issued", "due"
        ),
        ResourceColumn("status", _STATUS_SQL, "code", "current status"),
        build_label_column(
            "status_label", build_label_placeholder("recommendation-status", _STATUS_SQL), "status"
        ),
        ResourceColumn(
            "status_since",
            _LATEST_UPDATE_SQL.format("l.status_on"),
            "date",
            "date of the current status",
        ),
        *build_subject_columns("recommendation", "r.recommendation"),
        build_list_column(
            "addressed_to",
            "select organisation as v from recommendation_organisation"
            " where recommendation = r.recommendation order by rowid",
            RECOMMENDATION_CONCEPTS["addressed_to"].description,
        ),
        ResourceColumn(
            "addressed_to_label",
            "(select json_group_array(v) from (select coalesce(c.label, o.organisation) as v"
            " from recommendation_organisation as o left join code as c"
            " on c.list = 'organisation' and c.code = o.organisation"
            " where o.recommendation = r.recommendation order by o.rowid))",
            "list",
            "labels of addressed_to",
            is_label=True,
        ),
        *build_area_columns("r"),
        *build_concept_columns(RECOMMENDATION_CONCEPTS, "r", "population"),
        *(
            build_list_column(
                name,
                f"select {record_type} as v from recommendation_{record_type}"
                " where recommendation = r.recommendation order by rowid",
                RECOMMENDATION_CONCEPTS[name].description,
            )
            for name, record_type in (
                ("findings", "finding"),
                ("indicators", "indicator"),
                ("sources", "source"),
            )
        ),
        *build_concept_columns(RECOMMENDATION_CONCEPTS, "r", "verification", "note"),
        ResourceColumn(
            "extra", "r.extra", "object", "the publisher's columns that have no concept"
        ),
    ),
    (
        Filter("dataset", "r.dataset in {}", "from this dataset", "dataset"),
        *build_subject_filters("recommendation", "r.recommendation"),
        Filter(
            "status",
            f"{_STATUS_SQL} in {{}}",
            "with this current status",
            "status",
            codelist="recommendation-status",
        ),
        Filter(
            "strength",
            "r.strength in {}",
            "with this strength",
            "strength",
            codelist="recommendation-strength",
        ),
        Filter("area", "r.area in {}", "for this area", "area"),
        Filter(
            "addressed_to",
            "r.recommendation in (select recommendation from recommendation_organisation"
            " where organisation in {})",
            "directed to this organisation",
            codelist="organisation",
        ),
        build_date_filter("from", "r.issued", "issued on or after this date"),
        build_date_filter("to", "r.issued", "issued on or before this date"),
        build_search_filter("recommendation", "r.recommendation"),
    ),
    dataset_sql="r.dataset",
    comparability_sql={"dataset": "r.dataset"},
    item_column="recommendation",
    datasette_table="recommendation",
    datasette_view="recommendation",
    accepts_posted_query=True,
)
