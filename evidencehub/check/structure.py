"""The gate on structure and types: Frictionless' verdict, each distinct cell judged once.

Frictionless' own cell readers are asked once per distinct text (an oracle with a memo). What a
reader refuses is dropped and makes the table suspect; a suspect package is handed to the real
`frictionless.validate`, whose report is the one that people see. So nothing is accepted here
that Frictionless rejects, and no rule of its is written a second time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from itertools import islice
from typing import Any

import frictionless

from evidencehub.check import arrow, translate
from evidencehub.check.keys import Keys, UniqueKey
from evidencehub.check.oracle import Oracle
from evidencehub.model.columns import Cell, Chunk, Column, Missing
from evidencehub.model.package import Json, Resource, SourcePackage
from evidencehub.model.problem import Problem

CHUNK = 4_000  # rows; larger chunks fall out of the processor's cache
MEMO = 100_000  # distinct texts remembered for a field before it starts afresh


class SlowPathNeededError(Exception):
    """The fast reader met something only Frictionless' own reader may judge: start again."""


class Judge(dict[str, Cell]):
    """Text of a cell to its typed value, asked of Frictionless' reader once for each text."""

    def __init__(self, field: Any) -> None:
        """A judge for one field of a schema."""
        super().__init__()
        self.refused = False
        self._read = field.create_cell_reader()
        self._plain = _canonical(field.type)

    def __missing__(self, text: str) -> Cell:
        """Ask the oracle; a refusal gives REFUSED and is remembered."""
        value, notes = self._read(text)
        if notes:
            self.refused = True
            return REFUSED
        cell = self._plain(value) if value is not None else Missing(text) if text else None
        if len(self) >= MEMO:
            self.clear()
        self[text] = cell
        return cell


REFUSED = object()


class Gate:
    """One package at the gate. Read every resource, then ask for the `problems`."""

    def __init__(self, package: SourcePackage) -> None:
        """Take the descriptor to Frictionless; nothing is read yet."""
        self.package = package
        self._suspect = False
        self._left_out = 0
        self._problems = translate.not_inline(package)
        self._oracle = Oracle(package)
        if not self._problems:
            try:
                self._oracle.judge()
            except frictionless.FrictionlessException as exception:
                self._problems = translate.descriptor(exception)
            except Exception as crash:  # noqa: BLE001 - an oracle that crashes is the package's problem
                self._problems = [translate.crash(crash)]
        self._keys = Keys(package.resources if self.is_open else ())
        self._problems = [*self._problems, *map(translate.no_field, self._keys.lost)]

    @property
    def is_open(self) -> bool:
        """True when the descriptor is one that Frictionless accepts."""
        return not self._problems

    def chunks(self, resource: Resource, *, fast: bool) -> Iterator[Chunk]:
        """The resource's rows as typed columns, in file order; rows that are refused left out.

        `fast` parses with pyarrow and raises SlowPathNeededError where that parser and
        Frictionless' might differ; without it every cell comes through Frictionless' parser.
        """
        try:
            form = self._oracle.form(resource.name)
            judges = {field.name: Judge(field) for field in form.schema.fields}
            dialect = self._oracle.dialect(resource.name)
            read = arrow.batches if fast and arrow.can_read(form, dialect) else self._rows
            for chunk in read(resource, form, judges, self._keys.fields_of(resource.name)):
                spoiled = [name for name, judge in judges.items() if judge.refused]
                whole = without(chunk, refused(chunk, spoiled) | blank(chunk))
                self._left_out += len(chunk) - len(whole)
                self._keys.add(whole)
                yield whole
        except arrow.DiffersError:
            raise SlowPathNeededError from None
        except frictionless.FrictionlessException:
            self._suspect = True
        except (ArithmeticError, TypeError, ValueError, RecursionError, re.error) as crash:
            self._problems = [*self._problems, translate.crash(crash, resource.file)]

    def _rows(
        self, resource: Resource, _: Any, judges: Mapping[str, Judge], __: frozenset[str]
    ) -> Iterator[Chunk]:
        names = list(judges)
        oracle = self._oracle.open().get_resource(resource.name)
        with oracle:
            if not oracle.header.valid:
                self._suspect = True
                return
            self._suspect |= oracle.labels != names  # an odd case: Frictionless has the last word
            labels = oracle.labels or names  # without a header the columns are those of the schema
            stream = oracle.dialect.read_enumerated_content_stream(oracle.cell_stream)
            while batch := list(islice(stream, CHUNK)):
                whole = [(n, cells) for n, cells in batch if len(cells) == len(labels)]
                self._left_out += len(batch) - len(whole)
                if whole:
                    numbers = [n for n, _ in whole]
                    columns = zip(*(cells for _, cells in whole), strict=True)
                    there = {n: Column(c) for n, c in zip(labels, columns, strict=True)}
                    nothing = Column.constant(None, len(whole))
                    text = {n: there.get(n, nothing) for n in names}
                    cells = {
                        n: c if c is nothing else c.map(judges[n].__getitem__)
                        for n, c in text.items()
                    }
                    yield Chunk(resource.name, resource.file, numbers, cells, text)

    def problems(self) -> list[Problem]:
        """What is wrong with structure and types, asked for when every resource was read."""
        if self._problems:
            return self._problems
        repeated = [p for key in self._keys.unique for p in self._repeats(key)]
        if self._suspect or self._left_out or self._keys.suspect or not self._keys.is_sure:
            return self._full_report() + repeated
        return repeated

    def _full_report(self) -> list[Problem]:
        """The report of `frictionless.validate` itself, in the hub's words."""
        try:
            report = self._oracle.open().validate()
        except frictionless.FrictionlessException as exception:
            return translate.descriptor(exception)
        except Exception as crash:  # noqa: BLE001 - an oracle that crashes is the package's problem
            return [translate.crash(crash)]
        found = translate.report(report, {r.name: r.file for r in self.package.resources})
        return found if found or not self._left_out else [translate.disagreement()]

    def _repeats(self, key: UniqueKey) -> Iterator[Problem]:
        """Repeats of a key that Frictionless does not look at; its rows are read once more."""
        if key.kind != "uniqueKeys" or not (hashes := key.repeated()):
            return
        first: dict[tuple[Cell, ...], int] = {}
        for chunk in self.chunks(key.resource, fast=False):
            for row, cells in key.keys(chunk):
                if hash(cells) in hashes and first.setdefault(cells, row) != row:
                    yield translate.repeat(key, row, first[cells])


def refused(chunk: Chunk, names: Iterable[str]) -> set[int]:
    """The positions of the rows that have a refused cell in one of the fields `names`."""
    return {
        position
        for name in names
        for position in chunk.cells[name].rows_where(lambda cell: cell is REFUSED)
    }


def blank(chunk: Chunk) -> set[int]:
    """The positions of the rows in which every cell is empty or missing."""
    columns = sorted(chunk.cells.values(), key=lambda column: len(column.values))
    rows = set(columns[0].rows_where(is_missing))
    for column in columns[1:]:
        if not rows:
            break
        rows.intersection_update(column.rows_where(is_missing))
    return rows


def is_missing(cell: Cell) -> bool:
    """True for an empty cell and for one that says in its own way that there is no value."""
    return cell is None or isinstance(cell, Missing)


def without(chunk: Chunk, positions: set[int]) -> Chunk:
    """The chunk less the rows at `positions`."""
    if not positions:
        return chunk
    return chunk.keep([position not in positions for position in range(len(chunk))])


def _canonical(kind: str) -> Callable[[Any], Cell]:
    """The one form in which a value of a Frictionless type is kept."""
    found: Callable[[Any], Cell] = _CANONICAL.get(kind, _as_text)
    return found


def _as_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)


def _iso(value: date | time | datetime) -> str:
    return value.isoformat()


def _float(value: Decimal | float) -> float:
    return float(value)


def _same(value: Cell) -> Cell:
    return value


_CANONICAL: Json = {
    "string": _same,
    "integer": _same,
    "number": _float,
    "boolean": _same,
    "date": _iso,
    "time": _iso,
    "datetime": _iso,
    "year": _same,
    "yearmonth": lambda value: f"{value.year:04}-{value.month:02}",
}
