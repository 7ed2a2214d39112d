"""SourcePackage and Resource: a data package as it lies in its folder, not yet trusted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

JsonObject = Mapping[str, Any]  # a JSON object, of whatever shape its author gave it

SLUG_PATTERN = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
"""How a dataset may be named: an identifier for ever."""

STATEMENT_NAME = "release.json"  # the files of a release with digests, beside them
VERSION_PATTERN = re.compile(r"(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})")
"""How a release may be named: a semantic version."""

RESOURCE_ROLES = (
    "indicators", "observations", "findings", "recommendations", "updates", "claims",
    "questions", "sources", "codes", "table",
)  # fmt: skip


def _get_hub(descriptor: JsonObject) -> JsonObject:
    hub = descriptor.get("hub")
    return hub if isinstance(hub, dict) else {}


def list_annotations(field: JsonObject) -> list[JsonObject]:
    """What a field says of itself to the hub: one object, several or none."""
    hub = field.get("hub") or []
    return hub if isinstance(hub, list) else [hub]


UNPUBLISHED_STATES = ("draft", "in-review", "approved", "scheduled")
"""States of a package on its way to publication, in order."""

PUBLISHED = "published"


@dataclass(frozen=True, slots=True)
class Resource:
    """One table of a package: what the descriptor says of it, and where its file is."""

    name: str
    file: str
    path: Path
    descriptor: JsonObject

    @property
    def hub(self) -> JsonObject:
        """The hub's own object of the resource; empty where there is none."""
        return _get_hub(self.descriptor)

    @property
    def role(self) -> str:
        """What the table holds: the declared role, else the one it is named after, else `table`."""
        role = self.hub.get("role", self.name)
        return role if role in RESOURCE_ROLES else "table"

    @property
    def fields(self) -> list[JsonObject]:
        """The fields of its Table Schema, in order."""
        schema = self.descriptor.get("schema")
        fields = schema.get("fields", []) if isinstance(schema, dict) else []
        return [f for f in fields if isinstance(f, dict)]


@dataclass(frozen=True, slots=True)
class SourcePackage:
    """A folder with a descriptor that could be read and files that are safe to open."""

    slug: str
    folder: Path
    descriptor: JsonObject
    resources: tuple[Resource, ...]

    @property
    def hub(self) -> JsonObject:
        """The package's own `hub` object; empty where there is none."""
        return _get_hub(self.descriptor)

    @property
    def version(self) -> str:
        """The version of the release, as the descriptor says it."""
        return str(self.descriptor.get("version", ""))

    @property
    def state(self) -> str:
        """How far the package is on its way to publication; published where it does not say."""
        return str(self.hub.get("state", PUBLISHED))

    @property
    def is_ready(self) -> bool:
        """False for a package that says itself that it is not to be published yet."""
        return self.state not in UNPUBLISHED_STATES

    @property
    def resource_descriptors(self) -> list[JsonObject]:
        """The resources as the descriptor lists them, those without a readable file too."""
        return [entry for entry in self.descriptor["resources"] if isinstance(entry, dict)]

    def with_role(self, role: str) -> list[Resource]:
        """The resources that play `role`, in the descriptor's order."""
        return [resource for resource in self.resources if resource.role == role]
