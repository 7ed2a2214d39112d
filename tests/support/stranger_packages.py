"""Packages of strangers: odd in one way or two, in the descriptor first of all, and in the folder.

Each is written in stages, as its author would: table, bytes, descriptor, its text, the folder.
Seeded, so each can be had again.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support import descriptor_mutations as odd
from tests.support import package_mutations as sound


@dataclass
class Draft:
    """A package on its way into a folder."""

    folder: Path
    descriptor: dict[str, Any]
    rows: list[list[str]]
    data: bytes = b""
    text: bytes = b""


def write_stranger_package(folder: Path, rng: random.Random) -> None:
    """Write a package into `folder` that is odd in one way or two."""
    draft = Draft(folder, *sound.build_sound_package(rng))
    weights = [weight for _, weight, _ in KINDS]
    chosen = rng.choices(KINDS, weights=weights, k=rng.choice([1, 1, 1, 2]))
    for stage, prepare in STAGES.items():
        prepare(draft, rng)
        for kind in KINDS:
            for _ in range(chosen.count(kind)):
                if kind[0] == stage:
                    kind[2](draft, rng)


def _start(draft: Draft, rng: random.Random) -> None:
    """The rows are there already."""


def _render_table(draft: Draft, rng: random.Random) -> None:
    draft.data = sound.render_csv(draft.rows, rng).encode("utf-8", "surrogatepass")


def _render_descriptor(draft: Draft, rng: random.Random) -> None:
    draft.text = json.dumps(draft.descriptor).encode()


def _write(draft: Draft, rng: random.Random) -> None:
    (draft.folder / "table.csv").write_bytes(draft.data)
    (draft.folder / "codes.csv").write_text("code\na\nb\nab\n", "utf-8")
    (draft.folder / "datapackage.json").write_bytes(draft.text)


def _leave_unsaid(draft: Draft, rng: random.Random) -> None:
    for resource in draft.descriptor["resources"]:
        for name in rng.sample(["dialect", "format", "encoding"], rng.choice([1, 2, 3])):
            resource.pop(name, None)


def _spoil_bytes(draft: Draft, rng: random.Random) -> None:
    spoil = rng.choice([sound.mutate_bytes, sound.mutate_encoding])
    draft.data = spoil(draft.data, rng)


def _spoil_text(draft: Draft, rng: random.Random) -> None:
    draft.text = odd.mutate_descriptor_bytes(draft.text, rng)


STAGES: dict[str, Callable[[Draft, random.Random], None]] = {
    "table": _start,
    "bytes": _render_table,
    "descriptor": lambda draft, rng: None,
    "text": _render_descriptor,
    "folder": _write,
}
"""The stages in their order, and what is done before each."""

KINDS: tuple[tuple[str, int, Callable[[Draft, random.Random], None]], ...] = (
    ("descriptor", 4, lambda draft, rng: odd.mutate_statistics(draft.descriptor, draft.data, rng)),
    ("descriptor", 4, lambda draft, rng: odd.mutate_keys(draft.descriptor, rng)),
    ("descriptor", 3, lambda draft, rng: odd.mutate_resources(draft.descriptor, rng)),
    *(("descriptor", 10, odd.make_property_mutation(level)) for level in odd.PROPERTIES),
    ("descriptor", 5, lambda draft, rng: odd.mutate_any_value(draft.descriptor, rng)),
    ("descriptor", 3, lambda draft, rng: odd.remove_any_value(draft.descriptor, rng)),
    ("table", 4, lambda draft, rng: odd.mutate_label(draft.descriptor, draft.rows, rng)),
    ("table", 4, lambda draft, rng: odd.mutate_both_labels(draft.descriptor, draft.rows, rng)),
    ("table", 5, _leave_unsaid),
    ("table", 2, lambda draft, rng: sound.mutate_rows(draft.rows, rng)),
    ("table", 3, lambda draft, rng: sound.mutate_cell(draft.rows, rng)),
    ("table", 3, lambda draft, rng: odd.mutate_field_type(draft.descriptor, draft.rows, rng)),
    ("bytes", 4, _spoil_bytes),
    ("text", 4, _spoil_text),
    ("folder", 2, lambda draft, rng: odd.mutate_folder(draft.folder, rng)),
)
"""The kinds of oddity: the stage in which each is done, how often, and how.

Within a stage the later may take apart what the earlier need whole.
"""
