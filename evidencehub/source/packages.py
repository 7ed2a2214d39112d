"""Find dataset folders and read their descriptors; every path is made safe before it is opened."""

from __future__ import annotations

import csv
import json
import os
import re
import stat
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from evidencehub.domain.package import JsonObject, Resource, SourcePackage
from evidencehub.domain.problem import Problem
from evidencehub.errors import UsageError
from evidencehub.messages.problem import make_problem
from evidencehub.messages.rendering import Message, make_message

DESCRIPTOR = "datapackage.json"
MAX_DESCRIPTOR_BYTES = 5_000_000  # bytes; a descriptor is a page or two of text
MAX_ID_FILE_BYTES = 50_000_000  # bytes of a table of indicators; one of ten thousand is 5 MB
MAX_TEXT_CHARS = 20_000  # characters of any one text in a descriptor
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
MAX_FILE_BYTES = 2_000_000_000  # bytes; SQLite and people both do better with parts
GLOBAL_ID_ROLES = ("indicators", "findings", "recommendations")  # roles whose ids are global
COMPRESSED_SUFFIXES = (".gz", ".zip", ".bz2", ".xz", ".zst", ".7z", ".tar")


def find_dataset_folders(roots: Iterable[Path]) -> list[Path]:
    """Every dataset folder under `roots`, sorted by name; hidden folders are passed over."""
    folders = []
    for root in roots:
        if not root.is_dir():
            raise UsageError(f"{root}: no such folder. Give the folder that contains the datasets.")
        folders += [p for p in root.iterdir() if p.is_dir() and not p.name.startswith(".")]
    return sorted(folders, key=lambda folder: (folder.name, str(folder)))


def find_duplicate_names(folder: Path, folders: Sequence[Path]) -> list[Problem]:
    """A problem when another folder has the same name: it would be the same dataset."""
    namesakes = [other for other in folders if other.name == folder.name and other != folder]
    return [
        make_problem(
            make_message("metadata/name-taken", other=str(other), folder=str(folder)), field="name"
        )
        for other in namesakes
    ]


def read_package(folder: Path) -> tuple[SourcePackage | None, list[Problem]]:
    """The package in `folder` with the problems of its descriptor and paths.

    The package is None when there is nothing to go on: no descriptor, or one that is not
    JSON. Resources whose file is missing or unsafe are left out of it, each with a problem.
    """
    descriptor = _read_descriptor(folder / DESCRIPTOR)
    if isinstance(descriptor, Message):
        return None, [make_problem(descriptor)]
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


def _read_descriptor(path: Path) -> JsonObject | Message:
    try:
        if path.is_symlink():
            return make_message("structure/descriptor/link")
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size > MAX_DESCRIPTOR_BYTES:
                return make_message("structure/descriptor/size")
            text = file.read().decode("utf-8-sig")
        descriptor: Any = json.loads(text, object_pairs_hook=_reject_duplicate_keys)
        fault = _find_text_fault(descriptor, "")
    except FileNotFoundError:
        return make_message("structure/descriptor/missing")
    except OSError as error:
        return make_message("structure/descriptor/unreadable", error=str(error.strerror))
    except UnicodeDecodeError:
        return make_message("structure/descriptor/encoding")
    except RecursionError:
        return make_message("structure/descriptor/nesting")
    except ValueError as error:
        return make_message("structure/descriptor/json", error=str(error))
    if not isinstance(descriptor, dict):
        return make_message("structure/descriptor/not-object")
    if not isinstance(descriptor.get("resources"), list):
        return make_message("structure/descriptor/no-resources")
    return fault if fault is not None else descriptor


def _find_text_fault(node: Any, location: str) -> Message | None:
    """Return the fault of the first text that no file, page or database could hold.

    That is one with half of a character (a lone surrogate, which JSON can spell), or one that is
    no title, name or description any more.
    """
    if isinstance(node, str):
        place = location or "the top"
        if len(node) > MAX_TEXT_CHARS:
            return make_message(
                "structure/descriptor/long-text",
                count=f"{len(node):,}",
                location=place,
                limit=f"{MAX_TEXT_CHARS:,}",
            )
        if not node.isascii() and _LONE_SURROGATE.search(node):
            return make_message("structure/descriptor/half-character", location=place)
        return None
    if not isinstance(node, dict | list):
        return None
    items = node.items() if isinstance(node, dict) else enumerate(node)
    faults = (
        _find_text_fault(part, place)
        for key, value in items
        for part, place in ((key, location), (value, f"{location}.{key}".removeprefix(".")))
    )
    return next(filter(None, faults), None)


def _reject_duplicate_keys(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        counts = Counter(key for key, _ in pairs)
        duplicate_key = next(key for key, number in counts.items() if number > 1)
        raise ValueError(f"“{duplicate_key}” appears more than once in one object")
    return values


def _parse_resource(folder: Path, entry: Any, location: str) -> Resource | Problem:
    if not isinstance(entry, dict):
        return make_problem(make_message("structure/descriptor/resource"), field=location)
    name, path = entry.get("name"), entry.get("path")
    if not isinstance(name, str) or not name:
        return make_problem(make_message("structure/descriptor/resource-name"), field=location)
    if "data" in entry or not isinstance(path, str):
        message = make_message("structure/path/not-one-file", name=name)
        return make_problem(message, field=f"{location}.path")
    fault = _find_path_fault(folder, path) or _find_file_fault(folder / path, path)
    if fault is not None:
        return make_problem(fault, field=f"{location}.path")
    return Resource(name, path, folder / path, entry)


def _find_path_fault(folder: Path, path: str) -> Message | None:
    """What makes a path unsafe to open."""
    if "://" in path or path.startswith("//"):
        return make_message("structure/path/web", path=path)
    parts = Path(path).parts
    if path.startswith(("/", "~")) or {"\\", "\0"} & set(path) or ".." in parts or not parts:
        return make_message("structure/path/outside", path=path)
    if path.lower().endswith(COMPRESSED_SUFFIXES):
        return make_message("structure/path/compressed", path=path)
    step = folder
    for part in parts:
        step = step / part
        if step.is_symlink():
            return make_message("structure/path/link", path=path)
    return None


def _find_file_fault(file_path: Path, path: str) -> Message | None:
    """What keeps a file from being read."""
    try:
        status = file_path.stat()
        if not stat.S_ISREG(status.st_mode):
            return make_message("structure/path/not-file", path=path)
        with file_path.open("rb"):
            pass
    except FileNotFoundError:
        return make_message("structure/path/missing", path=path)
    except OSError as error:
        return make_message("structure/path/unreadable", path=path, error=str(error.strerror))
    if status.st_size > MAX_FILE_BYTES:
        gigabytes, limit = status.st_size / 1e9, MAX_FILE_BYTES / 1e9
        return make_message("structure/path/size", path=path, gigabytes=gigabytes, limit=limit)
    return None
