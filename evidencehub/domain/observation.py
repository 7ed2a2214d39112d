"""The one definition of an observation's columns: database, files, API and sheets follow it.

The columns are the concepts of `OBSERVATION_CONCEPTS`, a period as its two days, between what
the hub knows of a row itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from evidencehub.domain.concepts import OBSERVATION_CONCEPTS, OBSERVATION_KEY

SqlType = Literal["text", "real", "integer"]


@dataclass(frozen=True, slots=True)
class ObservationColumn:
    """A column of the table of observations.

    `is_required`: a row always has it, if only as an empty text. `is_public` columns stand in
    files and answers; the others say where in the package a row came from. `references` is the
    table whose key it holds.
    """

    name: str
    sql_type: SqlType
    description: str
    is_required: bool = False
    is_public: bool = True
    references: str = ""


_SQL_TYPES: dict[str, SqlType] = {"number": "real", "integer": "integer"}
_REFERENCES = ("dataset", "indicator", "area")
_ALWAYS_STATED = (*OBSERVATION_KEY, "obs_status", "conf_status")

OBSERVATION_COLUMNS: tuple[ObservationColumn, ...] = (
    ObservationColumn(
        "dataset",
        "text",
        "id of the dataset in which it is published",
        is_required=True,
        references="dataset",
    ),
    *(
        ObservationColumn(
            concept.name,
            _SQL_TYPES.get(concept.cell_type, "text"),
            concept.description,
            is_required=concept.name in _ALWAYS_STATED,
            references=concept.name if concept.name in _REFERENCES else "",
        )
        for concept in OBSERVATION_CONCEPTS.values()
        if concept.name != "period"
    ),
    ObservationColumn(
        "derived", "text", "names of the columns derived by the hub", is_required=True
    ),
    ObservationColumn("extra", "text", "the publisher's columns that have no concept"),
    ObservationColumn("file", "text", "the file it was read from", True, is_public=False),
    ObservationColumn("row", "integer", "the row of the file", True, is_public=False),
)
"""Every column of the table, in order."""

PUBLIC_COLUMNS = tuple(column.name for column in OBSERVATION_COLUMNS if column.is_public)
"""The columns that files and answers have, in order."""

REQUIRED_CONCEPTS = frozenset(_ALWAYS_STATED)
"""The concepts that every stored row states; what is missing is an empty text while staging."""

NUMBER_COLUMNS = tuple(column.name for column in OBSERVATION_COLUMNS if column.sql_type == "real")
"""The columns that hold a measured number."""
