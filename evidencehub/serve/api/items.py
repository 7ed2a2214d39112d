"""What a single dataset, indicator, finding or recommendation has beyond its row in the list."""

from __future__ import annotations

from collections.abc import Mapping


def _rows(columns: Mapping[str, str], rest: str) -> str:
    """SQL for a JSON array of objects."""
    inner = ", ".join(f"{sql} as {name}" for name, sql in columns.items())
    pairs = ", ".join(f"'{name}', {name}" for name in columns)
    return f"(select json_group_array(json_object({pairs})) from (select {inner} {rest}))"


def _same(*names: str, t: str = "x") -> dict[str, str]:
    return {name: f"{t}.{name}" for name in names}


_SOURCE = _same("dataset", "source", "title", "publisher", "url", "doi", "published")
_FINDINGS = _same("finding", "statement", "certainty", "published")
_CLAIM = _same(
    "claim", "measure", "stated", "indicator", "area", "period_start", "period_end", "scheme",
    "ethnicity", "reference", "sex", "age", "other", "comparator", "adjustment", "recomputed",
    "lowest", "highest", "verdict", "signed_by", "signed_on",
)  # fmt: skip

FURTHER: Mapping[str, Mapping[str, str]] = {
    "datasets": {
        "about": "(select about from dataset where dataset = :id)",
        "files": _rows(
            {
                **_same("version", "file", "format", "says", "rows", "bytes", "sha256"),
                "url": "'/datasets/' || x.dataset || '/' || x.version || '/' || x.file",
            },
            "from file as x join dataset as d on d.dataset = x.dataset and d.version = x.version"
            " where x.dataset = :id order by x.rowid",
        ),
        "releases": _rows(
            _same("version", "created", "release_note", "package_sha256"),
            "from release as x where x.dataset = :id order by x.rowid",
        ),
        "held_back": _rows(
            _same("file", "reason", "rows"), "from held_back as x where x.dataset = :id"
        ),
        "sources": _rows(_SOURCE, "from source as x where x.dataset = :id order by x.rowid"),
        "findings": _rows(_FINDINGS, "from finding as x where x.dataset = :id order by 1"),
    },
    "indicators": {
        "coverage": _rows(
            {
                "area": "x.area",
                "scheme": "x.scheme",
                "period_start": "min(x.period_start)",
                "period_end": "max(x.period_end)",
                "observations": "count(*)",
            },
            "from observation as x where x.indicator = :id group by x.area, x.scheme",
        ),
        "inequality_missing": _rows(
            _same("scheme", "dimension", "measure", "what", "why", "strata"),
            "from inequality_missing as x where x.indicator = :id order by x.rowid",
        ),
        "findings": _rows(
            _FINDINGS,
            "from finding_indicator as b join finding as x on x.finding = b.finding"
            " where b.indicator = :id order by 1",
        ),
        "family_members": _rows(
            _same("indicator", "dataset", "title", "unit"),
            "from indicator as i join indicator as x on x.family = i.family"
            " and x.indicator <> i.indicator where i.indicator = :id order by 1",
        ),
    },
    "findings": {
        "sources_in_full": _rows(
            _SOURCE,
            "from finding_source as b join source as x on x.dataset = b.dataset"
            " and x.source = b.source where b.finding = :id order by b.rowid",
        ),
        "claims": _rows(_CLAIM, "from claim as x where x.finding = :id order by x.claim"),
        "recommendations": _rows(
            _same("recommendation", "title", "text"),
            "from recommendation_finding as b join recommendation as x"
            " on x.recommendation = b.recommendation where b.finding = :id order by 1",
        ),
    },
    "recommendations": {
        "updates": _rows(
            {
                **_same("updated", "status"),
                "status_label": "(select label from code where list = 'recommendation-status'"
                " and code = x.status)",
                **_same("note", "dataset", "source"),
            },
            "from recommendation_update as x where x.recommendation = :id order by x.updated",
        ),
        "sources_in_full": _rows(
            _SOURCE,
            "from recommendation_source as b join source as x on x.dataset = b.dataset"
            " and x.source = b.source where b.recommendation = :id order by b.rowid",
        ),
    },
}
"""For each resource with items, names and the SQL of their JSON, over the item's `:id`."""

TEXTS = frozenset({"about"})  # plain text, where the others are JSON


def sql(resource: str) -> str:
    """One statement for all that an item has beyond its row, each a column."""
    parts = [f"{text} as {name}" for name, text in FURTHER[resource].items()]
    return f"select {', '.join(parts)}"
