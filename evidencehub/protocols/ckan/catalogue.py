"""What the actions answer from: the document of a build, with the address of the hub in it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from evidencehub.domain.catalogue import SITE_PLACEHOLDER
from evidencehub.formats.catalogue_renderings import CATALOGUE_FOLDER
from evidencehub.formats.ckan import PATH
from evidencehub.http.parameters import shorten_value
from evidencehub.http.problem_details import make_http_error

Entry = Mapping[str, Any]


class CkanCatalogue:
    """The packages, organisations, groups and licences of a build, found by id or name."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        """`document` is as `formats.ckan` writes it."""
        self.site: Entry = document["site"]
        self.packages: Sequence[Entry] = document["packages"]
        self.collections: Mapping[str, Sequence[Entry]] = {
            "organization": document["organizations"],
            "group": document["groups"],
        }
        self.licences: Sequence[Entry] = document["licenses"]
        self._withdrawn: Mapping[str, str] = document["withdrawn"]

    @cached_property
    def resources(self) -> Mapping[str, tuple[Entry, Entry]]:
        """Each resource, after its package, by its id."""
        return {
            resource["id"]: (package, resource)
            for package in self.packages
            for resource in package["resources"]
        }

    def find_package(self, name: str) -> Entry:
        """Return a package by its id or name; raise HttpError (404) where there is none."""
        if name in self._withdrawn:
            raise make_http_error(
                404, "ckan/not-found/withdrawn", name=name, versions=self._withdrawn[name]
            )
        return _find(self.packages, "package", name)

    def find_collection(self, kind: str, name: str) -> Entry:
        """Return an organisation or a group, as `find_package` does."""
        return _find(self.collections[kind], kind, name)

    def find_resource(self, identifier: str) -> tuple[Entry, Entry]:
        """Return a resource, after its package, by its id, as `find_package` does."""
        if identifier not in self.resources:
            raise make_http_error(
                404, "ckan/not-found", kind="resource", name=shorten_value(identifier)
            )
        return self.resources[identifier]

    def find_table(self, identifier: str) -> Entry:
        """Return the package of a resource that can be searched; raise HttpError (404) for none."""
        package, resource = self.find_resource(identifier)
        if not resource["datastore_active"]:
            raise make_http_error(404, "ckan/not-found/table", name=resource["name"])
        return package

    def list_packages_of(self, kind: str, collection: Entry) -> list[Entry]:
        """Return the packages of an organisation, or a group."""
        identifier = collection["id"]
        if kind == "organization":
            return [package for package in self.packages if package["owner_org"] == identifier]
        return [p for p in self.packages if identifier in (group["id"] for group in p["groups"])]


def read_ckan_catalogue(build: Path, site: str) -> CkanCatalogue:
    """Return the catalogue of a build for a hub at an address."""
    data = (build / CATALOGUE_FOLDER / PATH).read_bytes()
    return CkanCatalogue(json.loads(data.replace(SITE_PLACEHOLDER.encode(), site.encode())))


def _find(entries: Sequence[Entry], kind: str, name: str) -> Entry:
    match = next((entry for entry in entries if name in (entry["id"], entry["name"])), None)
    if match is None:
        raise make_http_error(404, "ckan/not-found", kind=kind, name=shorten_value(name))
    return match
