"""metadata.json for Datasette: the site's own words, the packages', and the canned queries."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Mapping
from contextlib import closing
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from evidencehub.domain.concepts import (
    FINDING_CONCEPTS,
    INDICATOR_CONCEPTS,
    OBSERVATION_CONCEPTS,
    RECOMMENDATION_CONCEPTS,
    SOURCE_CONCEPTS,
    Concept,
)
from evidencehub.domain.observation import OBSERVATION_COLUMNS

UNITS_SQL = """
select distinct u.label
from indicator as i join code as u on u.list = 'unit' and u.code = i.unit
where i.dataset = ? order by 1
"""


def write_metadata(build: Path, site_file: Path) -> None:
    """Write `<build>/metadata.json` from `metadata.yaml` (at `site_file`) and `<build>/hub.db`.

    Datasette takes one metadata file and never merges; so it is merged here.
    """
    site_metadata = yaml.safe_load(site_file.read_text("utf-8")) if site_file.is_file() else {}
    with closing(sqlite3.connect(build / "hub.db")) as db:
        tables = {**_build_table_metadata(), **_build_view_metadata(db)}
    hub = {
        "title": site_metadata.get("title", "Evidence hub"),
        "description": "Every table and view of the hub, with JSON and CSV for each.",
        "tables": tables,
        "queries": _read_canned_queries(),
    }
    text = json.dumps(
        {**(site_metadata or {}), "databases": {"hub": hub}}, ensure_ascii=False, indent=1
    )
    (build / "metadata.json").write_text(text + "\n", "utf-8")


def _build_table_metadata() -> dict[str, Any]:
    """Titles and column descriptions of the tables, in the words of the vocabulary."""
    observation = {
        column.name: column.description
        for column in OBSERVATION_COLUMNS
        if column.name in OBSERVATION_CONCEPTS
    }
    columns_by_table = {
        "observation": observation,
        "observation_flat": {**observation, **_LABEL_DESCRIPTIONS},
        "indicator": _describe_columns(INDICATOR_CONCEPTS),
        "finding": _describe_columns(FINDING_CONCEPTS),
        "recommendation": _describe_columns(RECOMMENDATION_CONCEPTS),
        "source": _describe_columns(SOURCE_CONCEPTS),
    }
    sortable_columns = ["indicator", "area", "ethnicity", "period_start", "value"]
    tables: dict[str, Any] = {}
    for table, title, description in _TABLE_TEXTS:
        entry = {
            "title": title,
            "description": description,
            "columns": columns_by_table.get(table),
            "sortable_columns": sortable_columns if table == "observation" else None,
            "label_column": _LABEL_COLUMNS.get(table),
        }
        tables[table] = {key: value for key, value in entry.items() if value}
    return tables


_LABEL_COLUMNS = {"indicator": "title", "dataset": "title", "area": "label", "code_list": "title"}
_LABEL_DESCRIPTIONS = {
    "indicator_title": "title of the indicator",
    "ethnicity_label": "name of the group, as the scheme's source gives it",
    "area_label": "name of the area",
    "unit_label": "unit of the value",
}
_TABLE_TEXTS = (
    ("observation", "Observations", "Every figure in its native classification; codes only."),
    ("observation_flat", "Observations with labels",
     "Every figure with the labels of its codes, for reading."),
    ("indicator", "Indicators", "What is measured, in which unit, and how to read it."),
    ("finding", "Findings", "What the evidence says, how certain it is, and for whom."),
    ("recommendation", "Recommendations",
     "What was asked, of whom; their story is in recommendation_update."),
    ("question", "Questions",
     "What people ask, and what is not known; answers in question_answer."),
    ("source", "Sources", "The publications that figures and findings come from."),
    ("dataset", "Datasets", "What is published here, under which licence, by whom."),
    ("area", "Areas", ""),
    ("code", "Codes", "Every code of every list, as its source names it."),
    ("code_list", "Code lists", ""),
    ("crosswalk", "Crosswalks", ("How codes of different schemes relate (SKOS). hub-facet is for "
     "finding data only, never for comparison.")),
    ("file", "Files", "Every download, with rows, size and SHA-256."),
    ("withdrawal", "Withdrawals", "Every version that was taken back, why, and since when."),
    ("withdrawn_id", "Withdrawn identifiers",
     "What withdrawn versions defined and no dataset defines now."),
    ("partner", "Partners", "Other hubs and publishers that the hub takes packages from."),
    ("partner_package", "Packages of partners",
     "What became of each package of a partner when it was last pulled."),
)  # fmt: skip


def _describe_columns(
    vocabulary: Mapping[str, Concept], names: Collection[str] | None = None
) -> dict[str, str]:
    """Return the descriptions of the columns of these names, by default of all but the id."""
    selected = vocabulary.keys() - {"id"} if names is None else names
    return {name: c.description for name, c in vocabulary.items() if name in selected}


def _build_view_metadata(db: sqlite3.Connection) -> dict[str, Any]:
    """A dataset's view carries the dataset's own title, licence and units."""
    rows = db.execute(
        "select dataset, title, description, licence, licence_url from dataset order by dataset"
    ).fetchall()
    views = {}
    for slug, title, description, licence, licence_url in rows:
        name = "dataset_" + slug.replace("-", "_")
        view_columns = {row[1] for row in db.execute(f'pragma table_info("{name}")')}
        columns = _describe_columns(OBSERVATION_CONCEPTS, view_columns)
        units = _list_units(db, slug) if "value" in view_columns else []
        if len(units) == 1:
            columns["value"] = f"the figure, {units[0]}"
        entry: dict[str, Any] = {
            "title": title,
            "description": description,
            "license": licence,
            "source": _list_publishers(db, slug) or "the sources of this dataset",
            "source_url": f"/hub/source?dataset={slug}",
            "columns": columns,
            "license_url": licence_url,
        }
        views[name] = {key: value for key, value in entry.items() if value}
    return views


def _list_publishers(db: sqlite3.Connection, slug: str, limit: int = 4) -> str:
    """Who published the sources of a dataset, in the order in which it lists them."""
    rows = db.execute(
        "select publisher from source where dataset = ? and publisher <> '' "
        "group by publisher order by min(rowid)",
        (slug,),
    )
    names = [name for (name,) in rows]
    remainder = [f"{len(names) - limit} more"] if len(names) > limit else []
    return "; ".join([*names[:limit], *remainder])


def _list_units(db: sqlite3.Connection, slug: str) -> list[str]:
    return [label for (label,) in db.execute(UNITS_SQL, (slug,))]


def _read_canned_queries() -> dict[str, Any]:
    """Canned queries: one .sql file each, its first lines (--) its title and description."""
    queries: dict[str, Any] = {}
    folder = resources.files("evidencehub.publish").joinpath("queries")
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if not file.name.endswith(".sql"):
            continue
        lines = file.read_text("utf-8").splitlines()
        title, *description = [sql_line[3:] for sql_line in lines if sql_line.startswith("-- ")]
        sql = "\n".join(sql_line for sql_line in lines if not sql_line.startswith("--")).strip()
        queries[file.name.removesuffix(".sql")] = {
            "title": title,
            "description": " ".join(description),
            "sql": sql,
        }
    return queries
