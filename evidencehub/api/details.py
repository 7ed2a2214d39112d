"""What a single dataset, indicator, finding or recommendation has beyond its row in the list."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from evidencehub.store.resource_model import ColumnType

_INTEGERS = frozenset({"claim", "rows", "bytes", "observations", "strata"})
_NUMBERS = frozenset(
    {"value", "reference_value", "ratio", "ratio_lower", "ratio_upper", "difference"}
    | {"difference_lower", "difference_upper", "stated", "recomputed", "lowest", "highest", "scale"}
)
_DAYS = frozenset({"created", "withdrawn_on", "period_start", "period_end"})


class DetailMember(NamedTuple):
    """One member of the objects of a list: its name, its SQL and its type."""

    name: str
    sql: str
    member_type: ColumnType


class Detail(NamedTuple):
    """What an item has beyond its row: a list of objects with these members, or a plain text.

    `from_sql` is where the objects come from; a text has no members, and its SQL is `sql`.
    """

    description: str
    members: tuple[DetailMember, ...]
    from_sql: str
    sql: str


def _build_text(description: str, sql: str) -> Detail:
    return Detail(description, (), "", sql)


def _build_list(
    description: str,
    names: str,
    from_sql: str,
    *,
    booleans: Collection[str] = (),
    **sql_by_name: str,
) -> Detail:
    """A list of objects with these members, columns of the table x or computed."""
    members = tuple(
        DetailMember(name, sql_by_name.get(name, f"x.{name}"), _find_type(name, booleans))
        for name in names.split()
    )
    select_list = ", ".join(f"{member.sql} as {member.name}" for member in members)
    pairs = ", ".join(
        f"'{name}', json(iif({name}, 'true', 'false'))" if name in booleans else f"'{name}', {name}"
        for name in names.split()
    )
    sql = f"(select json_group_array(json_object({pairs})) from (select {select_list} {from_sql}))"
    return Detail(description, members, from_sql, sql)


def _find_type(name: str, booleans: Collection[str]) -> ColumnType:
    types: Mapping[ColumnType, Collection[str]] = {
        "boolean": booleans,
        "integer": _INTEGERS,
        "number": _NUMBERS,
        "date": _DAYS,
    }
    return next((member_type for member_type, names in types.items() if name in names), "text")


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

DETAIL_COLUMNS: Mapping[str, Mapping[str, Detail]] = {
    "datasets": {
        "about": _build_text(
            "the text of its about.md", "(select about from dataset where dataset = :id)"
        ),
        "files": _build_list(
            "the files of its current release, with their addresses",
            "version file format says rows bytes sha256 url",
            "from file as x join dataset as d on d.dataset = x.dataset and d.version = x.version"
            " where x.dataset = :id order by x.rowid",
            url=":site_url || '/datasets/' || x.dataset || '/' || x.version || '/' || x.file",
        ),
        "releases": _build_list(
            "its releases, oldest first",
            "version created release_note package_sha256",
            "from release as x where x.dataset = :id order by x.rowid",
        ),
        "withdrawals": _build_list(
            "its releases that were withdrawn",
            "version reason withdrawn_on disclosure",
            "from withdrawal as x where x.dataset = :id order by x.rowid",
            booleans=["disclosure"],
        ),
        "held_back": _build_list(
            "rows that its publisher holds back, and why",
            "file reason rows",
            "from row_exclusion as x where x.dataset = :id",
        ),
        "sources": _build_list(
            "its sources",
            _SOURCE_COLUMNS,
            "from source as x where x.dataset = :id order by x.rowid",
        ),
        "findings": _build_list(
            "the findings in it",
            _FINDING_COLUMNS,
            "from finding as x where x.dataset = :id order by 1",
        ),
    },
    "indicators": {
        "coverage": _build_list(
            "the areas, classifications and periods with observations",
            "area scheme period_start period_end observations",
            "from observation as x where x.indicator = :id group by x.area, x.scheme",
            period_start="min(x.period_start)",
            period_end="max(x.period_end)",
            observations="count(*)",
        ),
        "inequality_missing": _build_list(
            "inequality measures that could not be computed, and why",
            "scheme dimension measure what why strata",
            "from inequality_missing as x where x.indicator = :id order by x.rowid",
        ),
        "findings": _build_list(
            "the findings that rest on it",
            _FINDING_COLUMNS,
            "from finding_indicator as b join finding as x on x.finding = b.finding"
            " where b.indicator = :id order by 1",
        ),
        "family_members": _build_list(
            "the other indicators of its family",
            "indicator dataset title unit",
            "from indicator as i join indicator as x on x.family = i.family"
            " and x.indicator <> i.indicator where i.indicator = :id order by 1",
        ),
    },
    "findings": {
        "sources_in_full": _build_list(
            "its sources",
            _SOURCE_COLUMNS,
            "from finding_source as b join source as x on x.dataset = b.dataset"
            " and x.source = b.source where b.finding = :id order by b.rowid",
        ),
        "claims": _build_list(
            "the numbers that it states, each with the value that the hub computes",
            _CLAIM_COLUMNS,
            "from claim as x where x.finding = :id order by x.claim",
        ),
        "recommendations": _build_list(
            "the recommendations that rest on it",
            "recommendation title text",
            "from recommendation_finding as b join recommendation as x"
            " on x.recommendation = b.recommendation where b.finding = :id order by 1",
        ),
    },
    "questions": {
        "answers": _build_list(
            "the values that answer it",
            _ANSWER_COLUMNS,
            "from question_answer as x where x.question = :id"
            " order by x.ethnicity, x.period_end desc, x.period_start desc, x.indicator",
            booleans=["published", "is_current", "awaits_verification"],
        ),
        "findings_in_full": _build_list(
            "the findings that answer it",
            "finding title statement certainty published verification",
            "from question_finding as b join finding as x on x.finding = b.finding"
            " where b.question = :id order by b.rowid",
        ),
        "recommendations_in_full": _build_list(
            "the recommendations that answer it",
            "recommendation title text status",
            "from question_recommendation as b join recommendation as x"
            " on x.recommendation = b.recommendation where b.question = :id order by b.rowid",
            status="(select status from recommendation_status as l"
            " where l.recommendation = x.recommendation)",
        ),
    },
    "recommendations": {
        "updates": _build_list(
            "what has happened since, oldest first",
            "updated status status_label note dataset source",
            "from recommendation_update as x where x.recommendation = :id order by x.updated",
            status_label="(select label from code where list = 'recommendation-status'"
            " and code = x.status)",
        ),
        "sources_in_full": _build_list(
            "its sources",
            _SOURCE_COLUMNS,
            "from recommendation_source as b join source as x on x.dataset = b.dataset"
            " and x.source = b.source where b.recommendation = :id order by b.rowid",
        ),
    },
}
"""What items of each resource have beyond their rows; the SQL uses the item's `:id`."""


def build_details_sql(resource: str) -> str:
    """One statement for all that an item has beyond its row, each a column."""
    select_items = [f"{detail.sql} as {name}" for name, detail in DETAIL_COLUMNS[resource].items()]
    return f"select {', '.join(select_items)}"
