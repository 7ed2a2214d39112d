"""From a chunk in the package's shape to chunks in the hub's shape, one for each measure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import compress

from evidencehub.domain.columns import Cell, Chunk, Column, HubChunk, MissingValue, encode_cells
from evidencehub.domain.concepts import CONCEPTS_BY_ROLE
from evidencehub.domain.number_text import MAX_EXACT_INTEGER, UNIT_CHARACTERS
from evidencehub.domain.problem import Problem
from evidencehub.domain.status import FREE, NORMAL
from evidencehub.messages.problem import make_problem
from evidencehub.messages.rendering import make_message
from evidencehub.normalise.blank_dimensions import count_blank_cells
from evidencehub.normalise.input_columns import derive_margin_limits, scale_values
from evidencehub.normalise.layers import Layer, Layers
from evidencehub.normalise.lookup import LookupFailure
from evidencehub.normalise.resource_plan import (
    ConceptMapping,
    MeasureMapping,
    ResourcePlan,
    RowCondition,
)

_VALUE_CONCEPT_BY_ROLE = {
    "observations": "value",
    "claims": "stated",
}  # role -> number that has decimals


def normalise_chunk(plan: ResourcePlan, rows: Chunk) -> tuple[list[HubChunk], list[Problem]]:
    """The rows as the hub keeps them, and the spellings that have no meaning.

    A row with such a spelling is left out (the dataset fails anyway), so that no later rule
    speaks of it again. Order of rows is kept; each measure gives a chunk of its own.
    """
    rows = _withhold_rows(plan, rows)
    flags_by_measure = [
        None if measure.condition is None else _matches(measure.condition, rows)
        for measure in plan.measures
    ]
    plan.unused_row_count += _count_unused_rows(flags_by_measure)
    chunks, problems = [], []
    for measure, flags in zip(plan.measures, flags_by_measure, strict=True):
        measure_rows = rows if flags is None else rows.keep(flags)
        if len(measure_rows):
            hub_chunk, measure_problems = _normalise_measure(plan, measure, measure_rows)
            chunks.append(hub_chunk)
            problems += measure_problems
    return chunks, problems


def _withhold_rows(plan: ResourcePlan, rows: Chunk) -> Chunk:
    """The rows that are not held back; those that are, are counted by their reason."""
    for condition in plan.withheld_conditions:
        is_withheld = _matches(condition, rows)
        plan.withheld_counts[condition.reason] += sum(is_withheld)
        rows = rows.keep([not flag for flag in is_withheld])
    return rows


def _count_unused_rows(flags_by_measure: Sequence[list[bool] | None]) -> int:
    """How many rows no measure uses; a measure without a condition uses all."""
    conditions = [flags for flags in flags_by_measure if flags is not None]
    if len(conditions) < len(flags_by_measure):
        return 0
    return sum(not any(flags) for flags in zip(*conditions, strict=True))


def _matches(condition: RowCondition, rows: Chunk) -> list[bool]:
    """For each row whether the condition holds."""
    columns = [rows.text[n].map(t.__contains__) for n, t in condition.texts.items()]
    return [all(cells) for cells in zip(*columns, strict=True)] if columns else [False] * len(rows)


def _normalise_measure(
    plan: ResourcePlan, measure: MeasureMapping, rows: Chunk
) -> tuple[HubChunk, list[Problem]]:
    layers = Layers(len(rows))
    problems: list[Problem] = []
    rejected: set[int] = set()
    for mapping in sorted(measure.mappings, key=lambda mapping: mapping.by_scheme):
        cells = _read_source_cells(mapping, rows)
        if mapping.by_scheme:
            cells = _pair_with_scheme(layers.merge("scheme"), cells)
        rejected |= _apply_mapping(mapping, cells, rows, layers, problems)
    columns = {
        name: layers.merge(name, concept.default)
        for name, concept in CONCEPTS_BY_ROLE[plan.role].items()
        if concept.cell_type != "period"
    }
    if plan.role in _VALUE_CONCEPT_BY_ROLE:
        columns |= _derive_decimals(plan, measure, rows, columns)
    for position, problem in layers.find_contradictions(rows):
        problems.append(problem)
        rejected.add(position)
    if plan.role == "observations":
        count_blank_cells(plan, measure, layers, rows, rejected)
        columns |= derive_margin_limits(columns, layers.merge("margin_of_error"))
        columns |= scale_values(columns, layers.merge("unit_multiplier"))
        columns |= _derive_statuses(columns)
    extra = {name: _storable_cells(rows.cells[name]) for name in plan.unmapped_fields}
    for name, field in _missing_required(plan, measure, columns):
        empty_positions = set(columns[name].rows_where(lambda cell: cell is None))
        new_positions = sorted(empty_positions - rejected)
        problems += _empty_cell_problems(rows, new_positions, field)
        rejected |= empty_positions
    hub_chunk = HubChunk(plan.role, rows.file, rows.rows, columns, extra)
    return _drop_rows(hub_chunk, rejected), problems


def _missing_required(
    plan: ResourcePlan, measure: MeasureMapping, columns: Mapping[str, Column]
) -> Iterator[tuple[str, str]]:
    """Concepts that a row must say and some row does not, with the field that should."""
    names = [name for name, concept in CONCEPTS_BY_ROLE[plan.role].items() if concept.required]
    if plan.role in _VALUE_CONCEPT_BY_ROLE:
        names += ["period_start", "period_end"]
    for name in names:
        if None in columns[name].values:
            fields = [r.fields for r in measure.mappings if name in r.filled_concepts and r.fields]
            yield name, ", ".join(fields[0]) if fields else name


def _empty_cell_problems(rows: Chunk, positions: Sequence[int], field: str) -> Iterator[Problem]:
    message = make_message("values/required")
    for position in positions:
        yield make_problem(message, rows.file, rows.rows[position], field)


def _read_source_cells(mapping: ConceptMapping, rows: Chunk) -> Column:
    """The cells that a reading looks at: typed for numbers, dates and years, else as spelt."""
    if not mapping.fields:
        return Column.constant(mapping.constant, len(rows))
    if len(mapping.fields) > 1:
        columns = [_text_of_column(rows, name) for name in mapping.fields]
        joined = encode_cells(zip(*columns, strict=True))
        return joined.map(lambda cells: _join_spellings(cells, mapping))
    name = mapping.fields[0]
    return rows.cells[name] if mapping.concept.is_number else _text_of_column(rows, name)


def _text_of_column(rows: Chunk, name: str) -> Column:
    """A column's text, empty where Frictionless found no value; dates in their ISO form."""
    cells = rows.cells[name]
    if set(map(type, cells.values)) <= {str, type(None)}:
        return cells
    text = rows.text[name]
    spelt = [
        cell if cell is None or isinstance(cell, (str, MissingValue)) else word
        for cell, word in zip(cells.values, text.values, strict=True)
    ]
    return Column(spelt, cells.index)


def _join_spellings(cells: Sequence[Cell], mapping: ConceptMapping) -> Cell:
    """The cells as one spelling: blanks kept where the map has it so, else the words alone."""
    whole = mapping.separator.join(cell if isinstance(cell, str) else "" for cell in cells)
    if mapping.lookup is not None and mapping.lookup.has_spelling(whole):
        return whole
    words = [cell for cell in cells if isinstance(cell, str)]
    return mapping.separator.join(words) if words else None


def _apply_mapping(
    mapping: ConceptMapping, cells: Column, rows: Chunk, layers: Layers, problems: list[Problem]
) -> set[int]:
    """Put what the cells mean into `layers`; give the positions of those that mean nothing."""
    if mapping.lookup is None:
        name = mapping.concept.name
        present = cells if cells.is_clean else cells.map(_none_if_missing)
        meanings = cells.map(lambda cell: _meaning_of_mark(mapping.markers, cell))
        if any(name in meaning for meaning in mapping.markers.values()):
            present = cells.map(partial(_number_or_marked, name, mapping.markers))
        layers.add(name, Layer(mapping, present))
        if not mapping.markers:
            return set()
    else:
        meanings = cells.map(mapping.lookup.__getitem__)
    rejected = set(meanings.rows_where(lambda meaning: isinstance(meaning, LookupFailure)))
    if rejected:
        problems += _lookup_problems(mapping, meanings, rows, sorted(rejected))
    for name in sorted(
        mapping.filled_concepts - ({mapping.concept.name} if mapping.lookup is None else set())
    ):
        meaning_column = meanings.map(partial(_meaning_of_concept, name))
        layers.add(name, Layer(mapping, meaning_column, is_marker=mapping.concept.is_number))
    return rejected


def _meaning_of_mark(markers: Mapping[str, Mapping[str, Cell]], cell: Cell) -> Cell:
    """What a number's cell means that has no number; nothing where it has one."""
    if cell is None:
        return markers.get("", {})
    return markers.get(cell.text, {}) if isinstance(cell, MissingValue) else {}


def _number_or_marked(name: str, markers: Mapping[str, Mapping[str, Cell]], cell: Cell) -> Cell:
    """The number of a cell, or the one that its mark stands for."""
    number = _none_if_missing(cell)
    return _meaning_of_mark(markers, cell).get(name) if number is None else number


def _none_if_missing(cell: Cell) -> Cell:
    return None if isinstance(cell, MissingValue) or _is_inexact_integer(cell) else cell


def _is_inexact_integer(cell: Cell) -> bool:
    """True for a whole number that no table of numbers holds exactly; a rule has told of it."""
    return isinstance(cell, int) and abs(cell) > MAX_EXACT_INTEGER


def _meaning_of_concept(name: str, meaning: Cell) -> Cell:
    """What a meaning says of one concept."""
    return meaning.get(name) if isinstance(meaning, Mapping) else None


def _lookup_problems(
    mapping: ConceptMapping, meanings: Column, rows: Chunk, rejected: Sequence[int]
) -> Iterator[Problem]:
    cells = list(meanings)
    if not mapping.fields:  # a constant: it is told once, where it stands
        location = f"resources.{rows.resource}.{mapping.field_label}"
        yield make_problem(cells[rejected[0]], field=location)
        return
    first_rows: dict[Cell, int] = {}
    counts = Counter(cells[position] for position in rejected)
    for position in rejected:
        first_rows.setdefault(cells[position], position)
    for failure, position in first_rows.items():
        place = (rows.file, rows.rows[position], mapping.field_label)
        yield make_problem(failure, *place, counts[failure])


def _pair_with_scheme(scheme: Column, cells: Column) -> Column:
    """Cells with the scheme of their row, each distinct pair once where that costs nothing."""
    if scheme.is_constant:
        return cells.map(lambda cell: (scheme.values[0], cell))
    return encode_cells(zip(scheme, cells, strict=True))


def _derive_decimals(
    plan: ResourcePlan, measure: MeasureMapping, rows: Chunk, columns: Mapping[str, Column]
) -> dict[str, Column]:
    """Decimals as published, read off the text of the number where the package does not say."""
    value_concept = _VALUE_CONCEPT_BY_ROLE[plan.role]
    value = next(
        (r for r in measure.mappings if r.concept.name == value_concept and r.fields), None
    )
    if value is None or any(cell is not None for cell in columns["decimals"].values):
        return {}
    name = value.fields[0]
    text = rows.text[name]
    return {
        "decimals": Column(
            count_decimals(text.values, plan.decimal_chars.get(name, ".")), text.index
        )
    }


def count_decimals(texts: Sequence[str], decimal_char: str = ".") -> list[int | None]:
    """How many decimals each number was written with; None where that cannot be told.

    A unit behind a number (`12.5 %`) is no part of it.
    """
    return [
        (
            len(text) - separator_index - 1
            if (separator_index := text.find(decimal_char)) >= 0
            else 0
        )
        if text[-1:].isdigit() and "e" not in text and "E" not in text
        else None
        for text in (spelt.rstrip(UNIT_CHARACTERS) for spelt in texts)
    ]


def _derive_statuses(columns: Mapping[str, Column]) -> dict[str, Column]:
    """Observation and confidentiality status where the package leaves the ordinary unsaid.

    A figure without a status is an ordinary one (A); one that is not there stays without, for
    the rules to ask why. What is not said to be confidential is free (F).
    """
    status, conf = columns["obs_status"], columns["conf_status"]
    if None in status.values:
        value_columns = [columns[n] for n in ("value", "value_min", "value_max")]
        status_sources = [column for column in (status, *value_columns) if not _is_empty(column)]
        status = Column([_default_status(cells) for cells in zip(*status_sources, strict=True)])
        if not status_sources:
            status = Column.constant(None, len(conf))
    return {
        "obs_status": status,
        "conf_status": conf.map(lambda code: FREE if code is None else code),
    }


def _is_empty(column: Column) -> bool:
    return column.is_constant and column.values[0] is None


def _default_status(cells: tuple[Cell, ...]) -> Cell:
    """The status that stands first, or A where any number does."""
    for cell in cells:
        if cell is not None:
            return cell if isinstance(cell, str) else NORMAL
    return None


def _storable_cells(column: Column) -> Column:
    """The cells as they are kept; what says that there is no value keeps its text."""
    if column.is_clean:
        return column

    def storable_cell(cell: Cell) -> Cell:
        return (
            cell.text
            if isinstance(cell, MissingValue)
            else None
            if _is_inexact_integer(cell)
            else cell
        )

    return column.map(storable_cell)


def _drop_rows(hub_chunk: HubChunk, rejected: set[int]) -> HubChunk:
    """The chunk less the rows at the positions in `rejected`."""
    if not rejected:
        return hub_chunk
    flags = [position not in rejected for position in range(len(hub_chunk))]
    return HubChunk(
        hub_chunk.role,
        hub_chunk.file,
        list(compress(hub_chunk.rows, flags)),
        {name: column.filter(flags) for name, column in hub_chunk.columns.items()},
        {name: column.filter(flags) for name, column in hub_chunk.unmapped.items()},
    )


def rows_as_text(chunks: Iterable[HubChunk]) -> Iterator[dict[str, str]]:
    """The rows of a table of small size (a package's own codes) as text, one dictionary each.

    Columns that hold nothing are left out.
    """
    for hub_chunk in chunks:
        columns = {
            n: column.map(_cell_text)
            for n, column in hub_chunk.columns.items()
            if not _is_empty(column)
        }
        for cells in zip(*columns.values(), strict=True):
            yield dict(zip(columns, cells, strict=True))


def _cell_text(cell: Cell) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell)
