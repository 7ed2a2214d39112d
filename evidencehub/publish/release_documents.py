"""Documents of a release that name its other files: written when those have their names.

A file that was made again for a release that is published already gets a name of its own
(`releases.release.plan_release`), so a stage cannot know yet what its files will be called.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from evidencehub.domain.licence_basis import is_covered
from evidencehub.formats.attribution import write_attribution
from evidencehub.formats.csv_metadata import build_csv_metadata, write_csv_metadata
from evidencehub.formats.format import RowColumn, get_format
from evidencehub.releases.published_file import ReleaseFile, hash_bytes

TABLE_DESCRIPTION = "source/table-description.json"
CSV_METADATA = get_format("csv-metadata")
_NOTED = ("dataset", "version", "created", "publisher", "licence", "verification", "governance")


def write_table_description(
    stage_folder: Path,
    columns: Sequence[RowColumn],
    dataset: Mapping[str, Any],
    licence_bases: Iterable[str],
    line_terminator: str,
) -> None:
    """Keep in a stage what is known of its flat CSV: `dataset` is its row of the database.

    The licence of the dataset is given as that of the file only where the terms of every source
    permit it (`licence_bases`); the columns `source_licence` and `source_licence_basis` say what
    holds for a row.
    """
    is_licensed = is_covered(licence_bases)
    described = build_csv_metadata(
        dataset["title"],
        columns,
        line_terminator,
        [dataset["licence_url"]] if is_licensed and dataset["licence_url"] else [],
        [
            write_attribution(
                dataset["title"], dataset["version"], dataset["licence"], dataset["publisher"]
            )
        ],
        {**{name: dataset[name] for name in _NOTED}, "synthetic": bool(dataset["synthetic"])},
    )
    path = stage_folder / TABLE_DESCRIPTION
    path.write_text(json.dumps(described, ensure_ascii=False), "utf-8")


def write_release_documents(
    stage_folder: Path, target: Path, files: Iterable[ReleaseFile]
) -> dict[ReleaseFile, Path]:
    """Write into `target` what describes the flat CSV among `files`; return what was written.

    A dataset without observations has no flat CSV, and no document.
    """
    path = stage_folder / TABLE_DESCRIPTION
    if not path.is_file():
        return {}
    described = json.loads(path.read_text("utf-8"))
    target.mkdir(parents=True)
    documents = {}
    for file in files:
        if file.format == "csv" and "/" not in file.path:
            name = f"{file.path.removesuffix('.csv')}.{CSV_METADATA.ending}"
            data = write_csv_metadata(file.path, described)
            (target / name).write_bytes(data)
            document = ReleaseFile(
                name,
                CSV_METADATA.name,
                "describes each column of the table of all figures",
                None,
                len(data),
                hash_bytes(data),
            )
            documents[document] = target / name
    return documents
