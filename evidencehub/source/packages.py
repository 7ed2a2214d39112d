"""Find dataset folders and read their descriptors; every path is made safe before it is opened."""

from __future__ import annotations

import csv
import json
import os
import stat
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from evidencehub.domain.package import JsonObject, Resource, SourcePackage
from evidencehub.domain.problem import Problem
from evidencehub.errors import UsageError

DESCRIPTOR = "datapackage.json"
MAX_DESCRIPTOR_BYTES = 5_000_000  # bytes; a descriptor is a page or two of text
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
        Problem(
            "metadata/name-taken",
            f"{other} has the same name as {folder}.",
            "A dataset keeps its name permanently. Rename one of the two folders.",
            field="name",
        )
        for other in namesakes
    ]


def read_package(folder: Path) -> tuple[SourcePackage | None, list[Problem]]:
    """The package in `folder` with the problems of its descriptor and paths.

    The package is None when there is nothing to go on: no descriptor, or one that is not
    JSON. Resources whose file is missing or unsafe are left out of it, each with a problem.
    """
    descriptor, problems = _read_descriptor(folder / DESCRIPTOR)
    if descriptor is None:
        return None, problems
    resources = []
    for position, entry in enumerate(descriptor.get("resources") or []):
        resource, resource_problems = _parse_resource(folder, entry, position)
        problems += resource_problems
        if resource is not None:
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
        with path.open(encoding="utf-8-sig", newline="") as file:
            return [row["id"] for row in csv.DictReader(file) if row.get("id")]
    except (OSError, UnicodeDecodeError, csv.Error):
        return []


def _read_descriptor(path: Path) -> tuple[JsonObject | None, list[Problem]]:
    try:
        if path.is_symlink():
            return None, [
                _descriptor_problem("is a symbolic link", "Put the file itself in the folder.")
            ]
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size > MAX_DESCRIPTOR_BYTES:
                return None, [
                    _descriptor_problem("is larger than 5 MB", "Move the data into CSV files.")
                ]
            text = file.read().decode("utf-8-sig")
        descriptor: Any = json.loads(text, object_pairs_hook=_reject_duplicate_keys)
    except FileNotFoundError:
        return None, [
            _descriptor_problem(
                "is missing",
                "Every dataset folder needs one. `python build.py new NAME` creates it.",
            )
        ]
    except OSError as error:
        return None, [
            _descriptor_problem(
                f"cannot be read ({error.strerror})",
                "Check that you have permission to read the folder and its files.",
            )
        ]
    except UnicodeDecodeError:
        return None, [_descriptor_problem("is not UTF-8 text", "Save the file as UTF-8.")]
    except RecursionError:
        return None, [_descriptor_problem("is nested too deeply", "Simplify its structure.")]
    except ValueError as error:
        return None, [
            _descriptor_problem(f"is not valid JSON: {error}", "Correct it at the position given.")
        ]
    if not isinstance(descriptor, dict):
        return None, [
            _descriptor_problem("is not a JSON object", "It must start with { and end with }.")
        ]
    if not isinstance(descriptor.get("resources"), list):
        return None, [
            _descriptor_problem("lists no resources", "List each CSV file in `resources`.")
        ]
    return descriptor, []


def _reject_duplicate_keys(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        duplicate_key = next(k for i, (k, _) in enumerate(pairs) if k in dict(pairs[:i]))
        raise ValueError(f"“{duplicate_key}” appears more than once in one object")
    return values


def _descriptor_problem(message: str, fix: str) -> Problem:
    return Problem("structure/descriptor", f"The descriptor {message}.", fix)


def _parse_resource(
    folder: Path, entry: Any, position: int
) -> tuple[Resource | None, list[Problem]]:
    location = f"resources[{position}]"
    if not isinstance(entry, dict):
        return None, [
            Problem(
                "structure/descriptor",
                "A resource in the descriptor is not an object.",
                'Write it as {"name": …, "path": …}.',
                field=location,
            )
        ]
    name, path = entry.get("name"), entry.get("path")
    if not isinstance(name, str) or not name:
        return None, [
            Problem(
                "structure/descriptor",
                "A resource has no name.",
                "Give it a short name in lower case.",
                field=location,
            )
        ]
    if "data" in entry or not isinstance(path, str):
        return None, [
            Problem(
                "structure/path",
                f"“{name}” does not refer to a single CSV file.",
                "Put all its rows in one file in the folder, and give the file name in `path`.",
                field=f"{location}.path",
            )
        ]
    message, fix = _find_path_fault(folder, path)
    if message:
        problem = Problem("structure/path", f"“{path}” {message}.", fix, field=f"{location}.path")
        return None, [problem]
    return Resource(name, path, folder / path, entry), []


def _find_path_fault(folder: Path, path: str) -> tuple[str, str]:
    if "://" in path or path.startswith("//"):
        return (
            "is a web address",
            "Put a copy of the file in the folder, and give the web address as a source.",
        )
    parts = Path(path).parts
    if path.startswith(("/", "~")) or ".." in parts or "\\" in path or "\0" in path or not parts:
        return "is outside the dataset's folder", "Use a file inside the dataset's folder."
    if path.lower().endswith(COMPRESSED_SUFFIXES):
        return "is compressed", "Decompress it. The hub creates compressed files itself."
    step = folder
    for part in parts:
        step = step / part
        if step.is_symlink():
            return (
                "is a symbolic link, or its path includes one"
            ), "Put the file itself in the folder."
    try:
        status = step.stat()
        if not stat.S_ISREG(status.st_mode):
            return "is not a file", "Give the name of a CSV file."
        with step.open("rb"):
            pass
    except FileNotFoundError:
        return "is missing", "Add the file, or correct its name."
    except OSError as error:
        return f"cannot be read ({error.strerror})", "Check that you have permission to read it."
    if status.st_size > MAX_FILE_BYTES:
        return (
            f"is {status.st_size / 1e9:.1f} GB; the limit is {MAX_FILE_BYTES / 1e9:.0f} GB",
            "Split it into several resources.",
        )
    return "", ""
