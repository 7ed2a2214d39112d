"""Keys that must not repeat, and references that must lead somewhere, in flat memory.

Each key is kept as a 64-bit hash, spread over files by its low bits, so that twenty million
rows take no more memory than one million. A repeated hash makes the package suspect; whether
it is a real repeat is settled by the exact reader.
"""

from __future__ import annotations

import tempfile
from array import array
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from evidencehub.domain.columns import Cell, Chunk, MissingValue
from evidencehub.domain.package import JsonObject, Resource

SPILL_FILES = 16
MAX_HASHES_IN_MEMORY = 1_000_000  # hashes held before they are written out


class RepeatedHashes:
    """64-bit hashes, put to disk in parts when they are many; which of them came twice."""

    def __init__(self) -> None:
        """Nothing is on disk until the first spill."""
        self._in_memory = array("q")
        self._files: list[IO[bytes]] = []

    def add(self, hashes: Iterable[int]) -> None:
        """Take hashes in."""
        self._in_memory.extend(hashes)
        if len(self._in_memory) >= MAX_HASHES_IN_MEMORY:
            self._spill()

    def _spill(self) -> None:
        if not self._files:
            # open as long as the key is
            self._files = [tempfile.TemporaryFile() for _ in range(SPILL_FILES)]  # noqa: SIM115
        hashes = _to_arrow(self._in_memory)
        parts = pc.bit_wise_and(hashes, SPILL_FILES - 1)
        for number, file in enumerate(self._files):
            part = hashes.filter(pc.equal(parts, number))
            file.write(part.buffers()[1].slice(0, 8 * len(part)))
        self._in_memory = array("q")

    def find(self) -> set[int]:
        """The hashes that came more than once."""
        if not self._files:
            return _find_repeated(_to_arrow(self._in_memory))
        self._spill()
        repeated: set[int] = set()
        for file in self._files:
            file.seek(0)
            part = array("q")
            part.frombytes(file.read())
            repeated |= _find_repeated(_to_arrow(part))
        return repeated

    def __del__(self) -> None:
        """Let go of what is on disk: a package that is read again starts with other keys."""
        for file in self._files:
            file.close()


def _to_arrow(numbers: array[int]) -> Any:
    buffers = [None, pa.py_buffer(numbers)]
    return pa.Array.from_buffers(pa.int64(), len(numbers), buffers)


def _find_repeated(numbers: Any) -> set[int]:
    """The numbers that stand there more than once; sorting takes less memory than a hash table."""
    ordered = numbers.take(pc.array_sort_indices(numbers))
    later = ordered.slice(1)
    return set(later.filter(pc.equal(later, ordered.slice(0, len(later)))).to_pylist())


class UniqueKey:
    """Fields that may not repeat together: a primary key, a unique field or a unique key.

    As in Frictionless, a primary key counts empty cells as values and may not be all empty;
    a unique field or key passes over rows in which it is empty.
    """

    def __init__(self, resource: Resource, kind: str, names: tuple[str, ...]) -> None:
        """A key of one resource; `kind` is the word of the Table Schema for it."""
        self.resource, self.kind, self.names = resource, kind, names
        self.has_empty_key = False
        self._repeats = RepeatedHashes()

    def add(self, chunk: Chunk) -> None:
        """Take the keys of a chunk's rows in."""
        columns = [chunk.cells[name] for name in self.names]
        if all(column.is_clean and None not in column.values for column in columns):
            self._repeats.add(map(hash, zip(*columns, strict=True)))
        else:
            self._repeats.add(hash(key) for _, key in self.iter_keys(chunk))

    def iter_keys(self, chunk: Chunk) -> Iterator[tuple[int, tuple[Cell, ...]]]:
        """The row number and the key of every row that counts."""
        columns = [chunk.cells[name].map(_none_if_missing) for name in self.names]
        may_be_empty = any(None in column.values for column in columns)
        for row, key in zip(chunk.rows, zip(*columns, strict=True), strict=True):
            if may_be_empty and None in key:
                if self.kind != "primaryKey":
                    continue
                self.has_empty_key |= set(key) == {None}
            yield row, key

    def repeated_hashes(self) -> set[int]:
        """The hashes of keys that came more than once."""
        return self._repeats.find()


class ForeignKey:
    """Values that must be found among the keys of another resource (or of the same one)."""

    def __init__(
        self, resource: str, names: tuple[str, ...], target: str, target_names: tuple[str, ...]
    ) -> None:
        """`names` of `resource` lead to `target_names` of `target`."""
        self.resource, self.names = resource, names
        self.target, self.target_names = target, target_names
        self._reference_keys: set[tuple[Cell, ...]] = set()
        self._target_keys: set[tuple[Cell, ...]] = set()

    def add(self, chunk: Chunk) -> None:
        """Take in what a chunk of either resource uses or knows."""
        if chunk.resource == self.resource:
            self._reference_keys |= _distinct_keys(chunk, self.names)
        if chunk.resource == self.target:
            self._target_keys |= _distinct_keys(chunk, self.target_names)

    @property
    def has_dangling(self) -> bool:
        """True when a value leads nowhere; a reference that is empty throughout may."""
        nothing = (None,) * len(self.names)
        return bool(self._reference_keys - self._target_keys - {nothing})


def _distinct_keys(chunk: Chunk, names: tuple[str, ...]) -> set[tuple[Cell, ...]]:
    columns = [chunk.cells[name].map(_none_if_missing) for name in names]
    if len(columns) == 1:
        return {(cell,) for cell in columns[0].values}
    return set(zip(*columns, strict=True))


def _none_if_missing(cell: Cell) -> Cell:
    return None if isinstance(cell, MissingValue) else cell


EXACT_TYPES = {"string", "integer", "boolean", "date", "year", "yearmonth"}
"""Types whose kept form is equal exactly when Frictionless' values are equal."""


class UnknownKeyField(NamedTuple):
    """A key of `resource` that names a field which the table `table` does not have."""

    resource: Resource
    kind: str
    name: str
    table: str


class PackageKeys:
    """Every key of a package, fed chunk by chunk."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        """Read the keys from the schemas; `is_sure` is false where Frictionless must decide."""
        self.unique_keys: list[UniqueKey] = []
        self.foreign_keys: list[ForeignKey] = []
        self.is_sure = True
        self.unknown_fields: list[UnknownKeyField] = []
        resource_list = list(resources)
        names = {resource.name: {f["name"] for f in resource.fields} for resource in resource_list}
        for resource in resource_list:
            self._add_resource(resource, names)

    def _add_resource(self, resource: Resource, fields_by_resource: Mapping[str, set[str]]) -> None:
        types = {f["name"]: f.get("type", "any") for f in resource.fields}
        for kind, names in _list_unique_keys(resource):
            if set(names) <= types.keys():
                self.unique_keys.append(UniqueKey(resource, kind, names))
                self.is_sure &= _are_exact(types, names)
            elif kind == "uniqueKeys":
                self.unknown_fields += [
                    UnknownKeyField(resource, kind, name, resource.name)
                    for name in names
                    if name not in types
                ]
        for key in resource.descriptor["schema"].get("foreignKeys", []):
            names, reference = _as_tuple(key["fields"]), key["reference"]
            target = reference.get("resource") or resource.name
            self._add_foreign_key(
                resource,
                ForeignKey(resource.name, names, target, _as_tuple(reference["fields"])),
                fields_by_resource,
            )
            self.is_sure &= _are_exact(types, names)

    def _add_foreign_key(
        self, resource: Resource, key: ForeignKey, fields_by_resource: Mapping[str, set[str]]
    ) -> None:
        unknown_fields = [
            UnknownKeyField(resource, "foreignKeys", name, table)
            for table, names in ((key.resource, key.names), (key.target, key.target_names))
            for name in names
            if name not in fields_by_resource.get(table, {name})
        ]
        self.unknown_fields += unknown_fields
        if not unknown_fields:
            self.foreign_keys.append(key)

    def key_fields(self, resource: str) -> frozenset[str]:
        """The fields of a resource that are part of any key."""
        key_names = [key.names for key in self.unique_keys if key.resource.name == resource]
        key_names += [key.names for key in self.foreign_keys if key.resource == resource]
        key_names += [key.target_names for key in self.foreign_keys if key.target == resource]
        return frozenset(name for names in key_names for name in names)

    def add(self, chunk: Chunk) -> None:
        """Feed a chunk to every key that concerns its resource."""
        for key in self.unique_keys:
            if key.resource.name == chunk.resource:
                key.add(chunk)
        for reference in self.foreign_keys:
            if chunk.resource in (reference.resource, reference.target):
                reference.add(chunk)

    @property
    def is_suspect(self) -> bool:
        """True when Frictionless may find a repeated key or a reference that leads nowhere."""
        return any(reference.has_dangling for reference in self.foreign_keys) or any(
            key.has_empty_key or key.repeated_hashes()
            for key in self.unique_keys
            if key.kind != "uniqueKeys"
        )


def _are_exact(types: Mapping[str, str], names: Iterable[str]) -> bool:
    return {types.get(name) for name in names} <= EXACT_TYPES


def _list_unique_keys(resource: Resource) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The keys of a table that may not repeat: the word of the Table Schema, and the fields."""
    schema = resource.descriptor["schema"]
    yield from (("unique", (f["name"],)) for f in resource.fields if _is_unique(f))
    if schema.get("primaryKey"):
        yield "primaryKey", _as_tuple(schema["primaryKey"])
    yield from (("uniqueKeys", _as_tuple(names)) for names in schema.get("uniqueKeys", []))


def _is_unique(descriptor: JsonObject) -> bool:
    constraints = descriptor.get("constraints")
    return isinstance(constraints, Mapping) and bool(constraints.get("unique"))


def _as_tuple(names: str | Iterable[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)
