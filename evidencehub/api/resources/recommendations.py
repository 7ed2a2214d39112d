"""The recommendations, with their latest status."""

from __future__ import annotations

from evidencehub.api.columns import (
    EXTRA_ROW,
    build_area_columns,
    build_code_label,
    build_columns,
    build_concept_columns,
    build_list_column,
    build_subject_columns,
)
from evidencehub.api.filters import (
    build_column_filters,
    build_date_filter,
    build_search_filter,
    build_subject_filters,
)
from evidencehub.domain.concepts import RECOMMENDATION_CONCEPTS
from evidencehub.store.resource_model import ApiResource, Filter

_LATEST_UPDATE_SQL = (
    "(select l.{} from recommendation_status as l where l.recommendation = r.recommendation)"
)
_STATUS_SQL = _LATEST_UPDATE_SQL.format("status")

RECOMMENDATIONS = ApiResource(
    "recommendations",
    "Recommendations: what was recommended, to whom, and what has happened since",
    "recommendation as r",
    ("r.recommendation",),
    (
        *build_columns(
            "r",
            ("recommendation", "code", "id of the recommendation"),
            ("dataset", "code", "id of the dataset in which it is published"),
        ),
        *build_concept_columns(RECOMMENDATION_CONCEPTS, "r", "title text strength issued due"),
        *build_columns("r", ("status", "code", "current status", _STATUS_SQL)),
        build_code_label("status", "recommendation-status", _STATUS_SQL),
        *build_columns(
            "r",
            (
                "status_since",
                "date",
                "date of the current status",
                _LATEST_UPDATE_SQL.format("status_on"),
            ),
        ),
        *build_subject_columns("recommendation", "r.recommendation"),
        build_list_column(
            "addressed_to",
            "select organisation as v from recommendation_organisation"
            " where recommendation = r.recommendation order by rowid",
            RECOMMENDATION_CONCEPTS["addressed_to"].description,
        ),
        build_list_column(
            "addressed_to_label",
            "select coalesce(c.label, o.organisation) as v"
            " from recommendation_organisation as o left join code as c"
            " on c.list = 'organisation' and c.code = o.organisation"
            " where o.recommendation = r.recommendation order by o.rowid",
            "labels of addressed_to",
            is_label=True,
        ),
        *build_area_columns("r"),
        *build_concept_columns(RECOMMENDATION_CONCEPTS, "r", "population"),
        *(
            build_list_column(
                f"{record_type}s",
                f"select {record_type} as v from recommendation_{record_type}"
                " where recommendation = r.recommendation order by rowid",
                RECOMMENDATION_CONCEPTS[f"{record_type}s"].description,
            )
            for record_type in ("finding", "indicator", "source")
        ),
        *build_concept_columns(RECOMMENDATION_CONCEPTS, "r", "verification note"),
        *build_columns("r", EXTRA_ROW),
    ),
    (
        *build_column_filters("r", ("dataset", "from this dataset")),
        *build_subject_filters("recommendation", "r.recommendation"),
        Filter(
            "status",
            f"{_STATUS_SQL} in {{}}",
            "with this current status",
            "status",
            codelist="recommendation-status",
        ),
        *build_column_filters(
            "r",
            ("strength", "with this strength", "recommendation-strength", "strength"),
            ("area", "for this area"),
        ),
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
    comparability_sql={"dataset": "r.dataset"},
    item_column="recommendation",
    datasette_view="recommendation",
    accepts_posted_query=True,
)
