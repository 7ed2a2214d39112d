"""Find dataset folders and read their descriptors; every path is made safe before it is opened."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterable, Sequence
from itertools import permutations
from pathlib import Path
from typing import Any

from evidencehub.domain.package import JsonObject, Resource, SourcePackage
from evidencehub.domain.problem import Problem
from evidencehub.errors import UsageError
from evidencehub.messages.problem import make_problem
from evidencehub.messages.rendering import Message, make_message
from evidencehub.source.safe_files import MAX_TEXT_BYTES, find_file_fault, find_path_fault
from evidencehub.source.strict_json import UnacceptableJsonError, parse_json

DESCRIPTOR = "datapackage.json"
MAX_DESCRIPTOR_BYTES = 5_000_000  # bytes; a descriptor is a page or two of text
MAX_ID_FILE_BYTES = 50_000_000  # bytes of a table of indicators; one of ten thousand is 5 MB
GLOBAL_ID_ROLES = (
    "indicators",
    "findings",
    "recommendations",
    "questions",
)  # roles whose ids are global
PACKAGE_TEXTS = ("about.md", "changes.md")


def find_dataset_folders(roots: Iterable[Path]) -> list[Path]:
    """Every dataset folder under `roots`, sorted by name; hidden folders are passed over.

    A root that has a descriptor itself is a dataset folder.
    """
    folders = []
    for root in roots:
        if not root.is_dir():
            raise UsageError(f"{root}: no such folder. Give the folder that contains the datasets.")
        if (root / DESCRIPTOR).is_file():
            folders.append(root)
            continue
        folders += [p for p in root.iterdir() if p.is_dir() and not p.name.startswith(".")]
    return sorted(folders, key=lambda folder: (folder.name, str(folder)))


def find_duplicate_names(folders: Sequence[Path]) -> dict[str, list[Problem]]:
    """Return a problem for each folder with the name of another: it would be the same dataset."""
    by_name: dict[str, list[Path]] = {}
    for folder in folders:
        by_name.setdefault(folder.name, []).append(folder)
    return {
        name: [_describe_duplicate(folder, other) for folder, other in permutations(namesakes, 2)]
        for name, namesakes in by_name.items()
        if len(namesakes) > 1
    }


def _describe_duplicate(folder: Path, other: Path) -> Problem:
    message = make_message("metadata/name-taken", other=str(other), folder=str(folder))
    return make_problem(message, field="name")


def read_package(folder: Path) -> tuple[SourcePackage | None, list[Problem]]:
    """The package in `folder` with the problems of its descriptor and paths.

    The package is None when there is nothing to go on: no descriptor, or one that is not
    JSON, or a text that leads out of the folder. Resources whose file is missing or unsafe are
    left out of it, each with a problem.
    """
    descriptor = _read_descriptor(folder)
    if isinstance(descriptor, Message):
        return None, [make_problem(descriptor)]
    if text_problems := _find_text_problems(folder):
        return None, text_problems
    resources: list[Resource] = []
    problems: list[Problem] = []
    for position, entry in enumerate(descriptor["resources"]):
        resource = _parse_resource(folder, entry, f"resources[{position}]")
        if isinstance(resource, Problem):
            problems.append(resource)
        else:
            resources.append(resource)
    return SourcePackage(folder.name, folder, descriptor, tuple(resources)), problems


def collect_defined_ids(roots: Iterable[Path], excluded: set[str]) -> dict[str, str]:
    """The ids that packages under `roots` define, as `kind id` to dataset; not those of `excluded`.

    A light look, for links from a package that is checked alone: what cannot be read defines
    nothing here and is told when its own turn comes.
    """
    ids: dict[str, str] = {}
    for folder in find_dataset_folders(root for root in roots if root.is_dir()):
        package, _ = read_package(folder) if folder.name not in excluded else (None, [])
        for name in _declared_list_names(package):
            ids[f"code list {name}"] = folder.name
        for resource in package.resources if package is not None else ():
            if resource.role in GLOBAL_ID_ROLES:
                for name in _read_ids(resource.path):
                    ids[f"{resource.role.removesuffix('s')} {name}"] = folder.name
    return ids


def _declared_list_names(package: SourcePackage | None) -> list[str]:
    described = package.hub.get("lists") if package is not None else None
    entries = described if isinstance(described, list) else []
    return [str(entry["list"]) for entry in entries if isinstance(entry, dict) and "list" in entry]


def _read_ids(path: Path) -> list[str]:
    try:
        if path.stat().st_size > MAX_ID_FILE_BYTES:
            return []
        with path.open(encoding="utf-8-sig", newline="") as file:
            return [row["id"] for row in csv.DictReader(file) if row.get("id")]
    except (OSError, UnicodeDecodeError, csv.Error):
        return []


def _read_descriptor(folder: Path) -> JsonObject | Message:
    fault = find_file_fault(folder, DESCRIPTOR, MAX_DESCRIPTOR_BYTES)
    if fault is not None:
        return _describe_descriptor_fault(fault)
    data = (folder / DESCRIPTOR).read_bytes()
    if data.startswith(codecs.BOM_UTF8):
        return make_message("structure/descriptor/byte-order-mark")
    try:
        descriptor = parse_json(data.decode("utf-8"))
    except UnicodeDecodeError:
        return make_message("structure/descriptor/encoding")
    except RecursionError:
        return make_message("structure/descriptor/nesting")
    except UnacceptableJsonError as error:
        return make_message("structure/descriptor/json-value", error=str(error))
    except ValueError as error:
        return make_message("structure/descriptor/json", error=str(error))
    if not isinstance(descriptor, dict):
        return make_message("structure/descriptor/not-object")
    if not isinstance(descriptor.get("resources"), list):
        return make_message("structure/descriptor/no-resources")
    return descriptor


def _describe_descriptor_fault(fault: Message) -> Message:
    code = _DESCRIPTOR_CODES.get(fault.code)
    if code is not None:
        return make_message(code)
    error = dict(fault.params).get("error", "Not a file")
    return make_message("structure/descriptor/unreadable", error=error)


_DESCRIPTOR_CODES = {
    "structure/path/hard-link": "structure/descriptor/link",
    "structure/path/link": "structure/descriptor/link",
    "structure/path/missing": "structure/descriptor/missing",
    "structure/path/size": "structure/descriptor/size",
}
"""What is said of the descriptor where it has a fault that any file may have."""


def _find_text_problems(folder: Path) -> list[Problem]:
    """What keeps the texts of a package from being read: links, pipes, and texts without end."""
    faults = ((name, find_file_fault(folder, name, MAX_TEXT_BYTES)) for name in PACKAGE_TEXTS)
    return [
        make_problem(fault, name)
        for name, fault in faults
        if fault is not None and fault.code != "structure/path/missing"
    ]


def _parse_resource(folder: Path, entry: Any, location: str) -> Resource | Problem:
    if not isinstance(entry, dict):
        return make_problem(make_message("structure/descriptor/resource"), field=location)
    name, path = entry.get("name"), entry.get("path")
    if not isinstance(name, str) or not name:
        return make_problem(make_message("structure/descriptor/resource-name"), field=location)
    if "data" in entry or not isinstance(path, str):
        message = make_message("structure/path/not-one-file", name=name)
        return make_problem(message, field=f"{location}.path")
    fault = find_path_fault(folder, path) or find_file_fault(folder, path)
    if fault is not None:
        return make_problem(fault, field=f"{location}.path")
    return Resource(name, path, folder / path, entry)
