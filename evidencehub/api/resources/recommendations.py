"""The recommendations, with their latest status."""

from __future__ import annotations

from collections.abc import Iterator

from evidencehub.api import columns, filters
from evidencehub.domain.concepts import RECOMMENDATION_CONCEPTS
from evidencehub.store.resource_model import ApiResource, Filter, ResourceColumn

_LATEST_UPDATE_SQL = (
    "(select l.{} from recommendation_status as l where l.recommendation = r.recommendation)"
)
_STATUS_SQL = _LATEST_UPDATE_SQL.format("status")
_ASPECTS = (
    ("response", "the latest published response"),
    ("implementation", "the latest that was published of its being put into practice"),
    ("outcome", "the latest that was published of what it brought"),
)


def _build_aspect(name: str, description: str) -> Iterator[ResourceColumn]:
    sql = _LATEST_UPDATE_SQL.format(name)
    yield ResourceColumn(name, sql, "code", description)
    yield columns.build_code_label(name, "recommendation-status", sql)
    day_sql = _LATEST_UPDATE_SQL.format(f"{name}_on")
    yield ResourceColumn(f"{name}_on", day_sql, "date", f"date of the {name}")


RECOMMENDATIONS = ApiResource(
    "recommendations",
    "Recommendations: what was recommended, to whom, and what has happened since",
    "recommendation as r" + columns.join_area("r"),
    ("r.recommendation",),
    columns.build(
        "r",
        ("recommendation", "code", "id of the recommendation"),
        ("dataset", "code", "id of the dataset in which it is published"),
        "title text issued_by",
        (
            "issuer_kind",
            "code",
            "kind of organisation that made it",
            "(select level from code where list = 'organisation' and code = r.issued_by)",
        ),
        "strength issued due",
        ("status", "code", "current status", _STATUS_SQL),
        columns.build_code_label("status", "recommendation-status", _STATUS_SQL),
        (
            "status_since",
            "date",
            "date of the current status",
            _LATEST_UPDATE_SQL.format("status_on"),
        ),
        *(column for aspect in _ASPECTS for column in _build_aspect(*aspect)),
        "last_checked checked_where checked_by next_check",
        *columns.build_subjects("recommendation", "r.recommendation"),
        columns.build_list(
            "addressed_to",
            "select organisation as v from recommendation_organisation"
            " where recommendation = r.recommendation order by rowid",
            RECOMMENDATION_CONCEPTS["addressed_to"].description,
        ),
        columns.build_list(
            "addressed_to_label",
            "select coalesce(c.label, o.organisation) as v"
            " from recommendation_organisation as o left join code as c"
            " on c.list = 'organisation' and c.code = o.organisation"
            " where o.recommendation = r.recommendation order by o.rowid",
            "labels of addressed_to",
            is_label=True,
        ),
        "addressee_note",
        *columns.build_area("r"),
        "population",
        *(
            columns.build_list(
                f"{record_type}s",
                f"select {record_type} as v from recommendation_{record_type}"
                " where recommendation = r.recommendation order by rowid",
                RECOMMENDATION_CONCEPTS[f"{record_type}s"].description,
            )
            for record_type in ("finding", "indicator", "source")
        ),
        "verification note",
        columns.EXTRA_ROW,
        columns.build_origin_of_dataset("r"),
        concepts=RECOMMENDATION_CONCEPTS,
    ),
    filters.build(
        "r",
        ("dataset", "from this dataset"),
        filters.build_origin("r"),
        *filters.build_subjects("recommendation", "r.recommendation"),
        Filter(
            "status",
            f"{_STATUS_SQL} in {{}}",
            "with this current status",
            "status",
            codelist="recommendation-status",
        ),
        ("strength", "with this strength", "recommendation-strength", "strength"),
        *filters.build_areas("for {}", "r.area in {}"),
        Filter(
            "addressed_to",
            "r.recommendation in (select recommendation from recommendation_organisation"
            " where organisation in {})",
            "directed to this organisation",
            codelist="organisation",
        ),
        Filter(
            "issued_by", "r.issued_by in {}", "made by this organisation", codelist="organisation"
        ),
        Filter(
            "issuer_kind",
            "r.issued_by in (select code from code where list = 'organisation' and level in {})",
            "made by an organisation of this kind",
            codelist="organisation-kind",
        ),
        filters.build_date_bound("from", "r.issued", "issued on or after this date"),
        filters.build_date_bound("to", "r.issued", "issued on or before this date"),
        *filters.build_contains("r", "title", "text", "note"),
        filters.build_search("recommendation", "r.recommendation"),
    ),
    comparability_sql={"dataset": "r.dataset"},
    item_column="recommendation",
    datasette_view="recommendation",
    accepts_posted_query=True,
)
