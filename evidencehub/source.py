"""Find dataset folders and read their descriptors; every path is made safe before it is opened."""

from __future__ import annotations

import csv
import json
import os
import stat
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from evidencehub.errors import WrongUseError
from evidencehub.model.package import Json, Resource, SourcePackage
from evidencehub.model.problem import Problem

DESCRIPTOR = "datapackage.json"
MAX_DESCRIPTOR = 5_000_000  # bytes; a descriptor is a page or two of text
MAX_FILE = 2_000_000_000  # bytes; SQLite and people both do better with parts
DEFINING = ("indicators", "findings", "recommendations")  # roles whose ids are global
COMPRESSED = (".gz", ".zip", ".bz2", ".xz", ".zst", ".7z", ".tar")


def find(roots: Iterable[Path]) -> list[Path]:
    """Every dataset folder under `roots`, sorted by name; hidden folders are passed over."""
    found = []
    for root in roots:
        if not root.is_dir():
            raise WrongUseError(
                f"{root}: there is no such folder. Name the folder that holds the datasets."
            )
        found += [p for p in root.iterdir() if p.is_dir() and not p.name.startswith(".")]
    return sorted(found, key=lambda folder: (folder.name, str(folder)))


def same_name(folder: Path, folders: Sequence[Path]) -> list[Problem]:
    """A problem when another folder has the same name: it would be the same dataset."""
    others = [other for other in folders if other.name == folder.name and other != folder]
    return [
        Problem(
            "metadata/name-taken",
            f"{other} has the same name as {folder}.",
            "A name is one dataset for ever: rename one of the two folders.",
            field="name",
        )
        for other in others
    ]


def read(folder: Path) -> tuple[SourcePackage | None, list[Problem]]:
    """The package in `folder` with the problems of its descriptor and paths.

    The package is None when there is nothing to go on: no descriptor, or one that is not
    JSON. Resources whose file is missing or unsafe are left out of it, each with a problem.
    """
    descriptor, problems = _descriptor(folder / DESCRIPTOR)
    if descriptor is None:
        return None, problems
    resources = []
    for position, entry in enumerate(descriptor.get("resources") or []):
        found, wrong = _resource(folder, entry, position)
        problems += wrong
        if found is not None:
            resources.append(found)
    return SourcePackage(folder.name, folder, descriptor, tuple(resources)), problems


def defined(roots: Iterable[Path], without: set[str]) -> dict[str, str]:
    """The ids that packages under `roots` define, as `kind id` to dataset; not those of `without`.

    A light look, for links from a package that is checked alone: what cannot be read defines
    nothing here and is told when its own turn comes.
    """
    found: dict[str, str] = {}
    for folder in find(root for root in roots if root.is_dir()):
        package, _ = read(folder) if folder.name not in without else (None, [])
        for name in _own_lists(package):
            found[f"code list {name}"] = folder.name
        for resource in package.resources if package is not None else ():
            if resource.role in DEFINING:
                for name in _ids(resource.path):
                    found[f"{resource.role.removesuffix('s')} {name}"] = folder.name
    return found


def _own_lists(package: SourcePackage | None) -> list[str]:
    described = package.hub.get("lists") if package is not None else None
    entries = described if isinstance(described, list) else []
    return [str(entry["list"]) for entry in entries if isinstance(entry, dict) and "list" in entry]


def _ids(path: Path) -> list[str]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return [row["id"] for row in csv.DictReader(file) if row.get("id")]
    except (OSError, UnicodeDecodeError, csv.Error):
        return []


def _descriptor(path: Path) -> tuple[Json | None, list[Problem]]:
    try:
        if path.is_symlink():
            return None, [_unreadable("is a symbolic link", "Put the file itself in the folder.")]
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size > MAX_DESCRIPTOR:
                return None, [_unreadable("is larger than 5 MB", "Move the data into CSV files.")]
            text = file.read().decode("utf-8-sig")
        found: Any = json.loads(text, object_pairs_hook=_no_repeats)
    except FileNotFoundError:
        return None, [
            _unreadable(
                "is missing",
                "Every dataset folder needs one; `python build.py new NAME` writes a start.",
            )
        ]
    except OSError as error:
        return None, [
            _unreadable(
                f"cannot be read ({error.strerror})",
                "Check that the folder and its files may be read by you.",
            )
        ]
    except UnicodeDecodeError:
        return None, [_unreadable("is not UTF-8 text", "Save it again as UTF-8.")]
    except RecursionError:
        return None, [_unreadable("is nested too deeply", "Write it plainly.")]
    except ValueError as error:
        return None, [_unreadable(f"is not valid JSON: {error}", "Correct it at that place.")]
    if not isinstance(found, dict):
        return None, [_unreadable("is not a JSON object", "Start it with { and end it with }.")]
    if not isinstance(found.get("resources"), list):
        return None, [_unreadable("lists no resources", "Name each CSV file in `resources`.")]
    return found, []


def _no_repeats(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    seen = dict(pairs)
    if len(seen) != len(pairs):
        twice = next(k for i, (k, _) in enumerate(pairs) if k in dict(pairs[:i]))
        raise ValueError(f"“{twice}” is given twice in one object")
    return seen


def _unreadable(message: str, fix: str) -> Problem:
    return Problem("structure/descriptor", f"The descriptor {message}.", fix)


def _resource(folder: Path, entry: Any, position: int) -> tuple[Resource | None, list[Problem]]:
    where = f"resources[{position}]"
    if not isinstance(entry, dict):
        return None, [
            Problem(
                "structure/descriptor",
                "A resource is not an object.",
                'Write it as {"name": …, "path": …}.',
                field=where,
            )
        ]
    name, path = entry.get("name"), entry.get("path")
    if not isinstance(name, str) or not name:
        return None, [
            Problem(
                "structure/descriptor",
                "A resource has no name.",
                "Give it a short name in lower case.",
                field=where,
            )
        ]
    if "data" in entry or not isinstance(path, str):
        return None, [
            Problem(
                "structure/path",
                f"“{name}” does not name one CSV file.",
                "Put its rows in one file in the folder and name it in `path`.",
                field=f"{where}.path",
            )
        ]
    message, fix = _unsafe(folder, path)
    if message:
        problem = Problem("structure/path", f"“{path}” {message}.", fix, field=f"{where}.path")
        return None, [problem]
    return Resource(name, path, folder / path, entry), []


def _unsafe(folder: Path, path: str) -> tuple[str, str]:
    if "://" in path or path.startswith("//"):
        return (
            "is an address",
            "Put a copy of the file in the folder; name the address as a source.",
        )
    parts = Path(path).parts
    if path.startswith(("/", "~")) or ".." in parts or "\\" in path or "\0" in path or not parts:
        return "leaves the folder", "Name a file inside the dataset's folder."
    if path.lower().endswith(COMPRESSED):
        return "is compressed", "Unpack it; the hub writes the compressed files itself."
    step = folder
    for part in parts:
        step = step / part
        if step.is_symlink():
            return "is, or goes through, a symbolic link", "Put the file itself in the folder."
    try:
        status = step.stat()
        if not stat.S_ISREG(status.st_mode):
            return "is not a file", "Name a CSV file."
        with step.open("rb"):
            pass
    except FileNotFoundError:
        return "is missing", "Add the file, or correct its name here."
    except OSError as error:
        return f"cannot be read ({error.strerror})", "Check that you may read it."
    if status.st_size > MAX_FILE:
        return (
            f"has {status.st_size / 1e9:.1f} GB; the limit is {MAX_FILE / 1e9:.0f} GB",
            "Split it into several resources.",
        )
    return "", ""
