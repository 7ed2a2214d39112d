"""What a single dataset, indicator, finding or recommendation has beyond its row in the list."""

from __future__ import annotations

from collections.abc import Collection, Mapping


def _build_array_sql(
    names: str, from_sql: str, *, booleans: Collection[str] = (), **sql_by_name: str
) -> str:
    """SQL for a JSON array of objects with these members, columns of the table x or computed."""
    select_list = ", ".join(f"{sql_by_name.get(n, f'x.{n}')} as {n}" for n in names.split())
    pairs = ", ".join(
        f"'{name}', json(iif({name}, 'true', 'false'))" if name in booleans else f"'{name}', {name}"
        for name in names.split()
    )
    return f"(select json_group_array(json_object({pairs})) from (select {select_list} {from_sql}))"


_SOURCE_COLUMNS = "dataset source title publisher url doi published"
_FINDING_COLUMNS = "finding statement certainty published"
_ANSWER_COLUMNS = (
    "indicator dataset area scheme ethnicity reference period_start period_end value_type published"
    " is_current awaits_verification value reference_value ratio ratio_lower ratio_upper difference"
    " difference_lower difference_upper verification"
)
_CLAIM_COLUMNS = (
    "claim measure stated indicator area period_start period_end scheme ethnicity reference sex age"
    " other comparator adjustment recomputed lowest highest verdict state newer_period_start"
    " newer_period_end unit scale polarity obs_status verification value_note signed_by signed_on"
)

DETAIL_COLUMNS: Mapping[str, Mapping[str, str]] = {
    "datasets": {
        "about": "(select about from dataset where dataset = :id)",
        "files": _build_array_sql(
            "version file format says rows bytes sha256 url",
            "from file as x join dataset as d on d.dataset = x.dataset and d.version = x.version"
            " where x.dataset = :id order by x.rowid",
            url=":site_url || '/datasets/' || x.dataset || '/' || x.version || '/' || x.file",
        ),
        "releases": _build_array_sql(
            "version created release_note package_sha256",
            "from release as x where x.dataset = :id order by x.rowid",
        ),
        "withdrawals": _build_array_sql(
            "version reason withdrawn_on disclosure",
            "from withdrawal as x where x.dataset = :id order by x.rowid",
            booleans=["disclosure"],
        ),
        "held_back": _build_array_sql(
            "file reason rows", "from row_exclusion as x where x.dataset = :id"
        ),
        "sources": _build_array_sql(
            _SOURCE_COLUMNS, "from source as x where x.dataset = :id order by x.rowid"
        ),
        "findings": _build_array_sql(
            _FINDING_COLUMNS, "from finding as x where x.dataset = :id order by 1"
        ),
    },
    "indicators": {
        "coverage": _build_array_sql(
            "area scheme period_start period_end observations",
            "from observation as x where x.indicator = :id group by x.area, x.scheme",
            period_start="min(x.period_start)",
            period_end="max(x.period_end)",
            observations="count(*)",
        ),
        "inequality_missing": _build_array_sql(
            "scheme dimension measure what why strata",
            "from inequality_missing as x where x.indicator = :id order by x.rowid",
        ),
        "findings": _build_array_sql(
            _FINDING_COLUMNS,
            "from finding_indicator as b join finding as x on x.finding = b.finding"
            " where b.indicator = :id order by 1",
        ),
        "family_members": _build_array_sql(
            "indicator dataset title unit",
            "from indicator as i join indicator as x on x.family = i.family"
            " and x.indicator <> i.indicator where i.indicator = :id order by 1",
        ),
    },
    "findings": {
        "sources_in_full": _build_array_sql(
            _SOURCE_COLUMNS,
            "from finding_source as b join source as x on x.dataset = b.dataset"
            " and x.source = b.source where b.finding = :id order by b.rowid",
        ),
        "claims": _build_array_sql(
            _CLAIM_COLUMNS, "from claim as x where x.finding = :id order by x.claim"
        ),
        "recommendations": _build_array_sql(
            "recommendation title text",
            "from recommendation_finding as b join recommendation as x"
            " on x.recommendation = b.recommendation where b.finding = :id order by 1",
        ),
    },
    "questions": {
        "answers": _build_array_sql(
            _ANSWER_COLUMNS,
            "from question_answer as x where x.question = :id"
            " order by x.ethnicity, x.period_end desc, x.period_start desc, x.indicator",
            booleans=["published", "is_current", "awaits_verification"],
        ),
        "findings_in_full": _build_array_sql(
            "finding title statement certainty published verification",
            "from question_finding as b join finding as x on x.finding = b.finding"
            " where b.question = :id order by b.rowid",
        ),
        "recommendations_in_full": _build_array_sql(
            "recommendation title text status",
            "from question_recommendation as b join recommendation as x"
            " on x.recommendation = b.recommendation where b.question = :id order by b.rowid",
            status="(select status from recommendation_status as l"
            " where l.recommendation = x.recommendation)",
        ),
    },
    "recommendations": {
        "updates": _build_array_sql(
            "updated status status_label note dataset source",
            "from recommendation_update as x where x.recommendation = :id order by x.updated",
            status_label="(select label from code where list = 'recommendation-status'"
            " and code = x.status)",
        ),
        "sources_in_full": _build_array_sql(
            _SOURCE_COLUMNS,
            "from recommendation_source as b join source as x on x.dataset = b.dataset"
            " and x.source = b.source where b.recommendation = :id order by b.rowid",
        ),
    },
}
"""Names and SQL of the JSON properties of each resource with items, using the item's `:id`."""

PLAIN_TEXT_COLUMNS = frozenset({"about"})  # plain text, where the others are JSON


def build_details_sql(resource: str) -> str:
    """One statement for all that an item has beyond its row, each a column."""
    select_items = [
        f"{expression} as {name}" for name, expression in DETAIL_COLUMNS[resource].items()
    ]
    return f"select {', '.join(select_items)}"
