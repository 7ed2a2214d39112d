"""The home page: datasets, indicators and findings by workstream, and what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

WORKSTREAMS = (
    "select code, label, definition from code where list = 'workstream' order by sort_order"
)
DATASETS = """
select
  s.code as workstream, d.dataset, d.title, d.description, d.version, d.licence,
  f.file, f.rows, f.bytes
from dataset as d
join subject as s on s.kind = 'dataset' and s.id = d.dataset and s.list = 'workstream'
left join file as f on f.dataset = d.dataset and f.format = 'csv'
  and f.says = 'all figures, codes with labels'
where d.synthetic = 0
order by d.title
"""
INDICATORS = """
select i.dataset, i.indicator, i.title
from indicator as i
order by i.title
"""
FINDINGS = """
select s.code as workstream, f.finding, f.statement, f.type, f.certainty, f.verification
from finding as f
join dataset as d on d.dataset = f.dataset
join subject as s on s.kind = 'finding' and s.id = f.finding and s.list = 'workstream'
where d.synthetic = 0
order by f.published desc, f.finding
"""

Row = Mapping[str, Any]


def sections(
    workstreams: Iterable[Row],
    datasets: Iterable[Row],
    indicators: Iterable[Row],
    findings: Iterable[Row],
) -> list[dict[str, Any]]:
    """One section for each workstream, in its own order; empty ones stay, to say so."""
    by_dataset: dict[str, list[Row]] = {}
    for row in indicators:
        by_dataset.setdefault(row["dataset"], []).append(row)
    told = list(findings)
    listed = [
        {
            **row,
            "view": view(row["dataset"]),
            "indicators": by_dataset.get(row["dataset"], []),
            "size": size(row["bytes"]),
        }
        for row in datasets
    ]
    return [
        {
            "code": stream["code"],
            "title": stream["label"],
            "definition": stream["definition"],
            "datasets": [row for row in listed if row["workstream"] == stream["code"]],
            "findings": [row for row in told if row["workstream"] == stream["code"]],
        }
        for stream in workstreams
    ]


def size(count: int | None) -> str:
    """A number of bytes as people read it."""
    if count is None:
        return ""
    if count < 1_000_000:
        return f"{max(count // 1_000, 1)} kB"
    return f"{count / 1_000_000:.1f} MB"


def view(slug: str) -> str:
    """The name of the view in which a dataset is read."""
    return "dataset_" + slug.replace("-", "_")
