"""Cells that do not say which people a row is about, in a column that says it of other rows."""

from __future__ import annotations

from collections.abc import Container
from typing import NamedTuple

from evidencehub.domain.columns import Chunk
from evidencehub.domain.problem import Problem
from evidencehub.messages.problem import make_problem
from evidencehub.messages.rendering import make_message
from evidencehub.normalise.layers import Layers
from evidencehub.normalise.resource_plan import ConceptMapping, MeasureMapping, ResourcePlan

DIMENSIONS = ("sex", "age", "other")
"""The dimensions of which a table without such a column is about everybody."""


class BlankCells(NamedTuple):
    """The blank cells of a column that carries a dimension."""

    concept: str
    field: str
    occurrences: int = 0
    first_row: int = 0
    text: str = ""


def describe_blank_cells(blank_cells: BlankCells, file: str) -> Problem:
    """Return the problem of a column that does not say in every row which people it is about.

    Only a table without such a column is about everybody (PACKAGE, the plain case): in one that
    has it, a blank is as often “not stated”.
    """
    code = "values/blank-dimension" if blank_cells.text else "values/blank-dimension/empty"
    message = make_message(code, concept=blank_cells.concept, text=blank_cells.text)
    return make_problem(
        message, file, blank_cells.first_row, blank_cells.field, blank_cells.occurrences
    )


def count_blank_cells(
    plan: ResourcePlan,
    measure: MeasureMapping,
    layers: Layers,
    rows: Chunk,
    rejected: Container[int],
) -> None:
    """Note where a dimension that has a column is not said; the whole table decides of it."""
    for name in DIMENSIONS:
        for mapping, blank_positions in layers.find_blank_rows(name):
            texts = _texts_of_fields(rows, mapping) if blank_positions else []
            # a list without a total has no other way to say that a row has no such dimension
            positions = [
                row
                for row in blank_positions
                if row not in rejected and (texts[row] or not mapping.may_be_blank)
            ]
            if not positions:
                continue
            key = (plan.measures.index(measure), name, mapping.field_label)
            blank_cells = plan.blank_cells.get(key) or BlankCells(name, mapping.field_label)
            if not blank_cells.occurrences:
                first = positions[0]
                blank_cells = blank_cells._replace(first_row=rows.rows[first], text=texts[first])
            occurrences = blank_cells.occurrences + len(positions)
            plan.blank_cells[key] = blank_cells._replace(occurrences=occurrences)


def _texts_of_fields(rows: Chunk, mapping: ConceptMapping) -> list[str]:
    """What is written in the fields of a mapping, row by row."""
    columns = [rows.text[field] for field in mapping.fields]
    return [" ".join(texts).strip() for texts in zip(*columns, strict=True)]


def find_blank_dimensions(plan: ResourcePlan) -> list[Problem]:
    """The columns of a table that was read which do not say a dimension in every row.

    A measure reads the rows that it is made from; each column is told once.
    """
    problems: dict[tuple[str, str], Problem] = {}
    if plan.has_faults:
        return []  # what is blank may be so for that reason
    for (_, name, label), blank_cells in plan.blank_cells.items():
        problem = describe_blank_cells(blank_cells, plan.resource.file)
        problems.setdefault((name, label), problem)
    return list(problems.values())
