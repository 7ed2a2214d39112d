"""From a chunk in the package's shape to chunks in the hub's shape, one for each measure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import compress, islice

from evidencehub.model.columns import Cell, Chunk, Column, HubChunk, Missing, encode
from evidencehub.model.problem import Problem
from evidencehub.model.vocabulary import ROLES
from evidencehub.normalise.lookup import Unknown
from evidencehub.normalise.plan import Condition, Measure, Plan, Reading

TOLD = 5  # places named for one kind of problem in one chunk; the rest are counted

_WRITTEN = {"observations": "value", "claims": "stated"}  # role -> number that has decimals

Layers = dict[str, list[Column]]


HUGE = 2**63


def chunk(plan: Plan, rows: Chunk) -> tuple[list[HubChunk], list[Problem]]:
    """The rows as the hub keeps them, and the spellings that have no meaning.

    A row with such a spelling is left out (the dataset fails anyway), so that no later rule
    speaks of it again. Order of rows is kept; each measure gives a chunk of its own.
    """
    for condition in plan.held_back:
        held = _holds(condition, rows)
        plan.held[condition.reason] = plan.held.get(condition.reason, 0) + sum(held)
        rows = rows.keep([not flag for flag in held])
    chunks, problems = [], []
    parts = [(m, _holds(m.where, rows) if m.where else None) for m in plan.measures]
    if parts and None not in (flags for _, flags in parts):
        plan.not_used += sum(not any(flags) for flags in zip(*(f for _, f in parts), strict=True))
    for measure, flags in parts:
        part = rows if flags is None else rows.keep(flags)
        if len(part):
            made, wrong = _measure(plan, measure, part)
            chunks.append(made)
            problems += wrong
    return chunks, problems


def _holds(condition: Condition, rows: Chunk) -> list[bool]:
    """For each row whether the condition holds."""
    columns = [rows.text[n].map(t.__contains__) for n, t in condition.texts.items()]
    return [all(cells) for cells in zip(*columns, strict=True)] if columns else [False] * len(rows)


def _measure(plan: Plan, measure: Measure, rows: Chunk) -> tuple[HubChunk, list[Problem]]:
    layers: Layers = {}
    problems: list[Problem] = []
    spoiled: set[int] = set()
    for reading in sorted(measure.readings, key=lambda reading: reading.by_scheme):
        cells = _source(reading, rows)
        if reading.by_scheme:
            cells = _paired(_one(layers, "scheme", len(rows)), cells)
        spoiled |= _told(reading, cells, rows, layers, problems)
    columns = {
        name: _one(layers, name, len(rows), concept.default)
        for name, concept in ROLES[plan.role].items()
        if concept.kind != "period"
    }
    if plan.role in _WRITTEN:
        columns |= _decimals(plan, measure, rows, columns)
    if plan.role == "observations":
        columns |= _statuses(columns)
    extra = {name: _plain(rows.cells[name]) for name in plan.extra}
    for name, field in _required(plan, measure, columns):
        empty = columns[name].rows_where(lambda cell: cell is None)
        fresh = [position for position in empty if position not in spoiled]
        problems += _told_empty(rows, fresh, field)
        spoiled |= set(fresh)
    made = HubChunk(plan.role, rows.file, rows.rows, columns, extra)
    return _less(made, spoiled), problems


def _required(
    plan: Plan, measure: Measure, columns: Mapping[str, Column]
) -> Iterator[tuple[str, str]]:
    """Concepts that a row must say and some row does not, with the field that should."""
    names = [name for name, concept in ROLES[plan.role].items() if concept.required]
    if plan.role in _WRITTEN:
        names += ["period_start", "period_end"]
    for name in names:
        if None in columns[name].values:
            fields = [r.fields for r in measure.readings if name in r.gives and r.fields]
            yield name, ", ".join(fields[0]) if fields else name


def _told_empty(rows: Chunk, positions: Sequence[int], field: str) -> Iterator[Problem]:
    message, fix = "The cell is empty.", "Fill it in; for everybody together write _T."
    for place, position in enumerate(positions[: TOLD + 1]):
        times = len(positions) - TOLD if place == TOLD else 1
        row = rows.rows[position]
        yield Problem(
            "values/required", message, fix, file=rows.file, row=row, field=field, times=times
        )


def _source(reading: Reading, rows: Chunk) -> Column:
    """The cells that a reading looks at: typed for numbers, dates and years, else as spelt."""
    if not reading.fields:
        return Column.constant(reading.constant, len(rows))
    if len(reading.fields) > 1:
        parts = [_spelt(rows, name) for name in reading.fields]
        joined = encode(zip(*parts, strict=True))
        return joined.map(lambda cells: _joined(cells, reading.separator))
    name = reading.fields[0]
    return rows.cells[name] if reading.concept.is_number else _spelt(rows, name)


def _spelt(rows: Chunk, name: str) -> Column:
    """A column's text, empty where Frictionless found no value; dates in their ISO form."""
    cells = rows.cells[name]
    if set(map(type, cells.values)) <= {str, type(None)}:
        return cells
    text = rows.text[name]
    spelt = [
        cell if cell is None or isinstance(cell, (str, Missing)) else word
        for cell, word in zip(cells.values, text.values, strict=True)
    ]
    return Column(spelt, cells.index)


def _joined(cells: Sequence[Cell], separator: str) -> Cell:
    words = [cell for cell in cells if isinstance(cell, str)]
    return separator.join(words) if words else None


def _told(
    reading: Reading, cells: Column, rows: Chunk, layers: Layers, problems: list[Problem]
) -> set[int]:
    """Put what the cells mean into `layers`; give the positions of those that mean nothing."""
    if reading.memo is None:
        present = cells if cells.sound else cells.map(_present)
        layers.setdefault(reading.concept.name, []).append(present)
        if not reading.marks:
            return set()
        meanings = cells.map(
            lambda c: reading.marks.get(c.text, {}) if isinstance(c, Missing) else {}
        )
    else:
        meanings = cells.map(reading.memo.__getitem__)
    spoiled = set(meanings.rows_where(lambda meaning: isinstance(meaning, Unknown)))
    if spoiled:
        problems += _problems(reading, meanings, rows, sorted(spoiled))
    for name in sorted(reading.gives - ({reading.concept.name} if reading.memo is None else set())):
        layers.setdefault(name, []).append(meanings.map(partial(_part, name)))
    return spoiled


def _present(cell: Cell) -> Cell:
    return None if isinstance(cell, Missing) or _is_huge(cell) else cell


def _is_huge(cell: Cell) -> bool:
    """True for a whole number that no database holds; a rule has told of it."""
    return isinstance(cell, int) and abs(cell) >= HUGE


def _part(name: str, meaning: Cell) -> Cell:
    """What a meaning says of one concept."""
    return meaning.get(name) if isinstance(meaning, Mapping) else None


def _problems(
    reading: Reading, meanings: Column, rows: Chunk, spoiled: Sequence[int]
) -> Iterator[Problem]:
    cells = list(meanings)
    if not reading.fields:  # a constant: it is told once, where it stands
        place = f"resources.{rows.resource}.{reading.place}"
        yield cells[spoiled[0]].at("datapackage.json", None, place)
        return
    for position in islice(spoiled, TOLD):
        yield cells[position].at(rows.file, rows.rows[position], reading.place)
    if len(spoiled) > TOLD:
        last = spoiled[TOLD]
        times = len(spoiled) - TOLD
        yield cells[last].at(rows.file, rows.rows[last], reading.place, times)


def _one(layers: Layers, name: str, length: int, default: Cell = None) -> Column:
    """The one column of a concept: the first reading that says something, row by row."""
    columns = layers.get(name)
    if not columns:
        return Column.constant(default, length)
    if name == "other":
        return _dimensions(columns)
    if len(columns) == 1 and (default is None or None not in columns[0].values):
        return columns[0]
    return encode(
        next((cell for cell in cells if cell is not None), default)
        for cells in zip(*columns, strict=True)
    )


def _dimensions(columns: Sequence[Column]) -> Column:
    """Further dimensions as one sorted text, `list=code;list=code`; empty where there is none."""
    if len(columns) == 1:
        return columns[0].map(lambda cell: cell or "")
    parts = encode(zip(*columns, strict=True))
    return parts.map(lambda cells: ";".join(sorted(cell for cell in cells if cell)))


def _paired(scheme: Column, cells: Column) -> Column:
    """Cells with the scheme of their row, each distinct pair once where that costs nothing."""
    if scheme.is_constant:
        return cells.map(lambda cell: (scheme.values[0], cell))
    return encode(zip(scheme, cells, strict=True))


def _decimals(
    plan: Plan, measure: Measure, rows: Chunk, columns: Mapping[str, Column]
) -> dict[str, Column]:
    """Decimals as published, read off the text of the number where the package does not say."""
    written = _WRITTEN[plan.role]
    value = next((r for r in measure.readings if r.concept.name == written and r.fields), None)
    if value is None or any(cell is not None for cell in columns["decimals"].values):
        return {}
    name = value.fields[0]
    text = rows.text[name]
    return {
        "decimals": Column(decimals(text.values, plan.decimal_chars.get(name, ".")), text.index)
    }


def decimals(texts: Sequence[str], char: str = ".") -> list[int | None]:
    """How many decimals each number was written with; None where that cannot be told."""
    return [
        (len(text) - place - 1 if (place := text.find(char)) >= 0 else 0)
        if text[-1:].isdigit() and "e" not in text and "E" not in text
        else None
        for text in texts
    ]


def _statuses(columns: Mapping[str, Column]) -> dict[str, Column]:
    """Observation and confidentiality status where the package leaves the ordinary unsaid.

    A figure without a status is an ordinary one (A); one that is not there stays without, for
    the rules to ask why. What is not said to be confidential is free (F).
    """
    status, conf = columns["obs_status"], columns["conf_status"]
    if None in status.values:
        given = [columns[n] for n in ("value", "value_min", "value_max")]
        told = [column for column in (status, *given) if not _is_empty(column)]
        status = Column([_ordinary(cells) for cells in zip(*told, strict=True)])
        if not told:
            status = Column.constant(None, len(conf))
    return {
        "obs_status": status,
        "conf_status": conf.map(lambda code: "F" if code is None else code),
    }


def _is_empty(column: Column) -> bool:
    return column.is_constant and column.values[0] is None


def _ordinary(cells: tuple[Cell, ...]) -> Cell:
    """The status that stands first, or A where any number does."""
    for cell in cells:
        if cell is not None:
            return cell if isinstance(cell, str) else "A"
    return None


def _plain(column: Column) -> Column:
    """The cells as they are kept; what says that there is no value keeps its text."""
    if column.sound:
        return column

    def plain(cell: Cell) -> Cell:
        return cell.text if isinstance(cell, Missing) else None if _is_huge(cell) else cell

    return column.map(plain)


def _less(made: HubChunk, spoiled: set[int]) -> HubChunk:
    """The chunk less the rows at the positions in `spoiled`."""
    if not spoiled:
        return made
    flags = [position not in spoiled for position in range(len(made))]
    return HubChunk(
        made.role,
        made.file,
        list(compress(made.rows, flags)),
        {name: column.keep(flags) for name, column in made.columns.items()},
        {name: column.keep(flags) for name, column in made.extra.items()},
    )


def code_rows(chunks: Iterable[HubChunk]) -> Iterator[dict[str, str]]:
    """The rows of a table of small size (a package's own codes) as text, one dictionary each.

    Columns that hold nothing are left out.
    """
    for part in chunks:
        held = {n: column.map(_text) for n, column in part.columns.items() if not _is_empty(column)}
        for cells in zip(*held.values(), strict=True):
            yield dict(zip(held, cells, strict=True))


def _text(cell: Cell) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell)
