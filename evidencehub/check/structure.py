"""The gate on structure and types: Frictionless' verdict, each distinct cell judged once.

Frictionless' own cell readers are asked once per distinct text (an oracle with a memo). What a
reader refuses is dropped and makes the table suspect; a suspect package, and one whose descriptor
says more than `understood_properties` lists, is handed to the real `frictionless.validate`, whose
report is the one that people see. So nothing is accepted here that Frictionless rejects, and no
rule of its is written a second time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from operator import methodcaller
from typing import Any

import frictionless

from evidencehub.check import arrow_reader, frictionless_errors
from evidencehub.check.file_shape import find_file_fault, join_note_rows
from evidencehub.check.guessed_reading import is_read_alike
from evidencehub.check.keys import PackageKeys, UniqueKey
from evidencehub.check.oracle import Oracle, grouped_integers, read_as_numbers, without_v1_profile
from evidencehub.check.understood_properties import is_understood
from evidencehub.domain.columns import Cell, Chunk, Column, MissingValue, is_missing
from evidencehub.domain.package import Resource, SourcePackage
from evidencehub.domain.problem import Problem

CHUNK_ROWS = 4_000  # rows; larger chunks fall out of the processor's cache
MAX_CACHED_TEXTS = 100_000  # distinct texts remembered for a field before it starts afresh


class FullParserNeededError(Exception):
    """The fast reader met something only Frictionless' own reader may judge: start again."""


class CellParser(dict[str, Cell]):
    """Text of a cell to its typed value, asked of Frictionless' reader once for each text."""

    def __init__(self, field: Any, field_type: str = "") -> None:
        """A judge for one field of a schema; `field_type` where it is not Frictionless' own."""
        super().__init__()
        self.has_rejected = False
        self._read_cell = field.create_cell_reader()
        self._to_canonical: Callable[[Any], Cell] = _CANONICAL.get(
            field_type or field.type, _as_text
        )

    def __missing__(self, text: str) -> Cell:
        """Ask the oracle; a refusal gives REFUSED and is remembered."""
        value, notes = self._read_cell(text)
        if notes:
            self.has_rejected = True
            return REJECTED
        cell = (
            self._to_canonical(value) if value is not None else MissingValue(text) if text else None
        )
        if isinstance(cell, str):
            cell.encode()  # raises UnicodeEncodeError where there is half a character
        if len(self) >= MAX_CACHED_TEXTS:
            self.clear()
        self[text] = cell
        return cell


REJECTED = object()


class PackageValidator:
    """One package at the gate. Read every resource, then ask for the `find_problems`."""

    def __init__(self, package: SourcePackage) -> None:
        """Take the descriptor to Frictionless; nothing is read yet."""
        self.package = package
        self._is_understood = is_understood(package.descriptor)
        self._needs_full_check = not self._is_understood
        self._rejected_count = 0
        self._problems = frictionless_errors.find_external_parts(package)
        self._oracle = Oracle(package)
        if not self._problems:
            try:
                self._oracle.validate()
            except frictionless.FrictionlessException as exception:
                self._problems = frictionless_errors.translate_descriptor_error(exception)
            except Exception as crash:  # noqa: BLE001
                self._problems = [frictionless_errors.crash_problem(crash)]
        self._keys = PackageKeys(package.resources if self.accepts_descriptor else ())
        self._problems = [
            *self._problems,
            *map(frictionless_errors.unknown_field_problem, self._keys.unknown_fields),
        ]

    @property
    def accepts_descriptor(self) -> bool:
        """True when the descriptor is one that Frictionless accepts."""
        return not self._problems

    def read_chunks(self, resource: Resource, *, use_arrow: bool) -> Iterator[Chunk]:
        """The resource's rows as typed columns, in file order; rows that are refused left out.

        `use_arrow` parses with pyarrow and raises SlowPathNeededError where that parser and
        Frictionless' might differ; without it every cell comes through Frictionless' parser.
        """
        fault = find_file_fault(resource)
        if fault is not None:
            if fault not in self._problems:
                self._problems = [*self._problems, fault]
            return
        try:
            resource_form = self._oracle.resource_form(resource.name)
            parsers = _make_parsers(resource, resource_form)
            dialect = self._oracle.dialect(resource.name)
            use_arrow = use_arrow and self._is_understood
            read = (
                arrow_reader.read_chunks
                if use_arrow and arrow_reader.is_supported(resource_form, dialect)
                else self._read_with_frictionless
            )
            for chunk in read(
                resource, resource_form, parsers, self._keys.key_fields(resource.name)
            ):
                rejected_fields = [name for name, judge in parsers.items() if judge.has_rejected]
                accepted = drop_rows(
                    chunk, rejected_rows(chunk, rejected_fields) | blank_rows(chunk)
                )
                self._rejected_count += len(chunk) - len(accepted)
                self._keys.add(accepted)
                yield accepted
        except arrow_reader.ParserMismatchError:
            raise FullParserNeededError from None
        except frictionless.FrictionlessException:
            self._needs_full_check = True
        except (ArithmeticError, TypeError, ValueError, RecursionError, re.error) as crash:
            self._problems = [
                *self._problems,
                frictionless_errors.crash_problem(crash, resource.file),
            ]

    def _read_with_frictionless(
        self, resource: Resource, _: Any, parsers: Mapping[str, CellParser], __: frozenset[str]
    ) -> Iterator[Chunk]:
        names = list(parsers)
        oracle = self._oracle.open_package(self._oracle.descriptor).get_resource(resource.name)
        with oracle:
            if not oracle.header.valid:
                self._needs_full_check = True
                return
            # an odd case: Frictionless has the last word
            self._needs_full_check |= oracle.labels != names
            labels = oracle.labels or names  # without a header the columns are those of the schema
            if not names:
                return
            stream = oracle.dialect.read_enumerated_content_stream(oracle.cell_stream)
            while batch := list(islice(stream, CHUNK_ROWS)):
                accepted = [(n, cells) for n, cells in batch if len(cells) == len(labels)]
                self._rejected_count += len(batch) - len(accepted)
                if accepted:
                    numbers, rows = zip(*accepted, strict=True)
                    yield _build_chunk(resource, list(numbers), labels, rows, parsers)

    def find_problems(self) -> list[Problem]:
        """What is wrong with structure and types, asked for when every resource was read."""
        if self._problems:
            return self._problems
        problems = [p for key in self._keys.unique_keys for p in self._unique_key_problems(key)]
        if (
            self._needs_full_check
            or self._rejected_count
            or self._keys.is_suspect
            or not self._keys.is_sure
        ):
            problems = self._frictionless_problems() + problems
        return problems or self._guess_problems()

    def _frictionless_problems(self) -> list[Problem]:
        """The report of `frictionless.validate` itself, in the hub's words."""
        problems = self._validate(self._oracle.descriptor)
        if problems or not self._rejected_count:
            return problems
        return [frictionless_errors.disagreement_problem()]

    def _guess_problems(self) -> list[Problem]:
        """What Frictionless would reject if it guessed what the descriptor leaves unsaid."""
        if all(map(is_read_alike, self.package.resources)):
            return []
        resources = [read_as_numbers(r.descriptor) for r in self.package.resources]
        problems = self._validate(
            {**without_v1_profile(self.package.descriptor), "resources": resources}
        )
        return [frictionless_errors.guess_problem(problem) for problem in problems[:1]]

    def _validate(self, descriptor: Mapping[str, Any]) -> list[Problem]:
        try:
            package = self._oracle.open_package(descriptor)
            report = package.validate(limit_errors=frictionless_errors.MAX_ERRORS)
        except frictionless.FrictionlessException as exception:
            return frictionless_errors.translate_descriptor_error(exception)
        except Exception as crash:  # noqa: BLE001 - an oracle that crashes is the package's problem
            return [frictionless_errors.crash_problem(crash)]
        problems = frictionless_errors.translate_report(
            report, {r.name: r.file for r in self.package.resources}
        )
        for resource in self.package.resources:
            of_file = [problem for problem in problems if problem.file == resource.file]
            other_problems = [problem for problem in problems if problem.file != resource.file]
            problems = [*other_problems, *join_note_rows(of_file, resource)]
        return problems

    def _unique_key_problems(self, key: UniqueKey) -> Iterator[Problem]:
        """Repeats of a key that Frictionless does not look at; its rows are read once more."""
        if key.kind != "uniqueKeys" or not (hashes := key.repeated_hashes()):
            return
        first_rows: dict[tuple[Cell, ...], int] = {}
        for chunk in self.read_chunks(key.resource, use_arrow=False):
            for row, cells in key.iter_keys(chunk):
                if hash(cells) in hashes and first_rows.setdefault(cells, row) != row:
                    yield frictionless_errors.duplicate_key_problem(key, row, first_rows[cells])


def _make_parsers(resource: Resource, resource_form: Any) -> dict[str, CellParser]:
    """The judge of each field."""
    grouped = grouped_integers(resource.descriptor)
    return {
        field.name: CellParser(field, "grouped-integer" if field.name in grouped else "")
        for field in resource_form.schema.fields
    }


def _build_chunk(
    resource: Resource,
    numbers: list[int],
    labels: list[str],
    rows: Iterable[Iterable[str]],
    parsers: Mapping[str, CellParser],
) -> Chunk:
    columns = {n: Column(c) for n, c in zip(labels, zip(*rows, strict=True), strict=True)}
    empty_column = Column.constant(None, len(numbers))
    text = {name: columns.get(name, empty_column) for name in parsers}
    cells = {
        name: column if column is empty_column else column.map(parsers[name].__getitem__)
        for name, column in text.items()
    }
    return Chunk(resource.name, resource.file, numbers, cells, text)


def rejected_rows(chunk: Chunk, names: Iterable[str]) -> set[int]:
    """The positions of the rows that have a refused cell in one of the fields `names`."""
    return {
        position
        for name in names
        for position in chunk.cells[name].rows_where(lambda cell: cell is REJECTED)
    }


def blank_rows(chunk: Chunk) -> set[int]:
    """The positions of the rows in which every cell is empty or missing."""
    columns = sorted(chunk.cells.values(), key=lambda column: len(column.values))
    rows = set(columns[0].rows_where(is_missing))
    for column in columns[1:]:
        if not rows:
            break
        rows.intersection_update(column.rows_where(is_missing))
    return rows


def drop_rows(chunk: Chunk, positions: set[int]) -> Chunk:
    """The chunk less the rows at `positions`."""
    if not positions:
        return chunk
    return chunk.keep([position not in positions for position in range(len(chunk))])


def _as_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)


_CANONICAL: Mapping[str, Callable[[Any], Cell]] = {
    **dict.fromkeys(("string", "integer", "boolean", "year"), lambda value: value),
    **dict.fromkeys(("date", "time", "datetime"), methodcaller("isoformat")),
    "number": float,
    # one that is not whole stays as it is, for a rule to refuse
    "grouped-integer": lambda value: int(value) if value == value.to_integral_value() else value,
    "yearmonth": lambda value: f"{value.year:04}-{value.month:02}",
}
"""The one form in which a value of a Frictionless type is kept; of any other type, text."""
