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

from evidencehub.model.columns import Cell, Chunk, Missing
from evidencehub.model.package import Json, Resource

PARTS = 16
SPILL = 1_000_000  # hashes held before they are written out


class Repeats:
    """64-bit hashes, put to disk in parts when they are many; which of them came twice."""

    def __init__(self) -> None:
        """Nothing is on disk until the first spill."""
        self._held = array("q")
        self._parts: list[IO[bytes]] = []

    def add(self, hashes: Iterable[int]) -> None:
        """Take hashes in."""
        self._held.extend(hashes)
        if len(self._held) >= SPILL:
            self._spill()

    def _spill(self) -> None:
        if not self._parts:
            # open as long as the key is
            self._parts = [tempfile.TemporaryFile() for _ in range(PARTS)]  # noqa: SIM115
        held = _arrow(self._held)
        parts = pc.bit_wise_and(held, PARTS - 1)
        for number, file in enumerate(self._parts):
            part = held.filter(pc.equal(parts, number))
            file.write(part.buffers()[1].slice(0, 8 * len(part)))
        self._held = array("q")

    def found(self) -> set[int]:
        """The hashes that came more than once."""
        if not self._parts:
            return _repeated(_arrow(self._held))
        self._spill()
        twice: set[int] = set()
        for file in self._parts:
            file.seek(0)
            part = array("q")
            part.frombytes(file.read())
            twice |= _repeated(_arrow(part))
        return twice

    def __del__(self) -> None:
        """Let go of what is on disk: a package that is read again starts with other keys."""
        for file in self._parts:
            file.close()


def _arrow(numbers: array[int]) -> Any:
    buffers = [None, pa.py_buffer(numbers)]
    return pa.Array.from_buffers(pa.int64(), len(numbers), buffers)


def _repeated(numbers: Any) -> set[int]:
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
        self.all_empty = False
        self._repeats = Repeats()

    def add(self, chunk: Chunk) -> None:
        """Take the keys of a chunk's rows in."""
        columns = [chunk.cells[name] for name in self.names]
        if all(column.sound and None not in column.values for column in columns):
            self._repeats.add(map(hash, zip(*columns, strict=True)))
        else:
            self._repeats.add(hash(key) for _, key in self.keys(chunk))

    def keys(self, chunk: Chunk) -> Iterator[tuple[int, tuple[Cell, ...]]]:
        """The row number and the key of every row that counts."""
        columns = [chunk.cells[name].map(_present) for name in self.names]
        may_be_empty = any(None in column.values for column in columns)
        for row, key in zip(chunk.rows, zip(*columns, strict=True), strict=True):
            if may_be_empty and None in key:
                if self.kind != "primaryKey":
                    continue
                self.all_empty |= set(key) == {None}
            yield row, key

    def repeated(self) -> set[int]:
        """The hashes of keys that came more than once."""
        return self._repeats.found()


class ForeignKey:
    """Values that must be found among the keys of another resource (or of the same one)."""

    def __init__(
        self, resource: str, names: tuple[str, ...], target: str, target_names: tuple[str, ...]
    ) -> None:
        """`names` of `resource` lead to `target_names` of `target`."""
        self.resource, self.names = resource, names
        self.target, self.target_names = target, target_names
        self._used: set[tuple[Cell, ...]] = set()
        self._known: set[tuple[Cell, ...]] = set()

    def add(self, chunk: Chunk) -> None:
        """Take in what a chunk of either resource uses or knows."""
        if chunk.resource == self.resource:
            self._used |= _distinct(chunk, self.names)
        if chunk.resource == self.target:
            self._known |= _distinct(chunk, self.target_names)

    @property
    def failed(self) -> bool:
        """True when a value leads nowhere; a reference that is empty throughout may."""
        nothing = (None,) * len(self.names)
        return bool(self._used - self._known - {nothing})


def _distinct(chunk: Chunk, names: tuple[str, ...]) -> set[tuple[Cell, ...]]:
    columns = [chunk.cells[name].map(_present) for name in names]
    if len(columns) == 1:
        return {(cell,) for cell in columns[0].values}
    return set(zip(*columns, strict=True))


def _present(cell: Cell) -> Cell:
    return None if isinstance(cell, Missing) else cell


EXACT = ("string", "integer", "boolean", "date", "year", "yearmonth")
"""Types whose kept form is equal exactly when Frictionless' values are equal."""


class Lost(NamedTuple):
    """A key of `resource` that names a field which the table `there` does not have."""

    resource: Resource
    kind: str
    name: str
    there: str


class Keys:
    """Every key of a package, fed chunk by chunk."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        """Read the keys from the schemas; `is_sure` is false where Frictionless must decide."""
        self.unique: list[UniqueKey] = []
        self.foreign: list[ForeignKey] = []
        self.is_sure = True
        self.lost: list[Lost] = []
        told = list(resources)
        names = {resource.name: {f["name"] for f in resource.fields} for resource in told}
        for resource in told:
            self._of(resource, names)

    def _of(self, resource: Resource, known: Mapping[str, set[str]]) -> None:
        schema = resource.descriptor["schema"]
        types = {f["name"]: f.get("type", "any") for f in resource.fields}
        found: list[tuple[str, tuple[str, ...]]] = [
            ("unique", (f["name"],)) for f in resource.fields if _is_unique(f)
        ]
        if schema.get("primaryKey"):
            found.append(("primaryKey", _names(schema["primaryKey"])))
        for names in map(_names, schema.get("uniqueKeys", [])):
            found.append(("uniqueKeys", names))
            self.lost += [
                Lost(resource, "uniqueKeys", n, resource.name) for n in names if n not in types
            ]
        for kind, names in found:
            if set(names) <= set(types):
                self.unique.append(UniqueKey(resource, kind, names))
                self.is_sure &= all(types[name] in EXACT for name in names)
        for key in schema.get("foreignKeys", []):
            names, there = _names(key["fields"]), key["reference"]
            target, target_names = there.get("resource") or resource.name, _names(there["fields"])
            lost = [
                Lost(resource, "foreignKeys", n, resource.name) for n in names if n not in types
            ]
            lost += [
                Lost(resource, "foreignKeys", n, target)
                for n in target_names
                if n not in known.get(target, {n})
            ]
            self.lost += lost
            if lost:
                continue
            self.foreign.append(ForeignKey(resource.name, names, target, target_names))
            self.is_sure &= all(types.get(name) in EXACT for name in names)

    def fields_of(self, resource: str) -> frozenset[str]:
        """The fields of a resource that are part of any key."""
        mine = [key.names for key in self.unique if key.resource.name == resource]
        mine += [key.names for key in self.foreign if key.resource == resource]
        mine += [key.target_names for key in self.foreign if key.target == resource]
        return frozenset(name for names in mine for name in names)

    def add(self, chunk: Chunk) -> None:
        """Feed a chunk to every key that concerns its resource."""
        for key in self.unique:
            if key.resource.name == chunk.resource:
                key.add(chunk)
        for reference in self.foreign:
            if chunk.resource in (reference.resource, reference.target):
                reference.add(chunk)

    @property
    def suspect(self) -> bool:
        """True when Frictionless may find a repeated key or a reference that leads nowhere."""
        return any(reference.failed for reference in self.foreign) or any(
            key.all_empty or key.repeated() for key in self.unique if key.kind != "uniqueKeys"
        )


def _is_unique(descriptor: Json) -> bool:
    constraints = descriptor.get("constraints")
    return isinstance(constraints, Mapping) and bool(constraints.get("unique"))


def _names(names: str | Iterable[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)
