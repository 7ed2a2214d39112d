"""Frictionless' judgement on a descriptor, each form of a resource judged once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import frictionless

from evidencehub.check.arrow import PLAIN
from evidencehub.model.package import SourcePackage

PROFILES = (None, "https://datapackage.org/profiles/2.0/datapackage.json")
"""Values of `$schema` under which nothing is asked of a package and its resources together."""

MEMO = 200  # forms remembered before it starts afresh
FORMS: dict[str, Any] = {}  # resources that Frictionless accepted, by their descriptor


class Oracle:
    """One package as Frictionless reads its descriptor.

    Many packages hold tables of one form. Frictionless judges a resource by its own descriptor
    and by the version of the standard, and looks at nothing that is under `hub`; of resources
    together it asks that their names differ. So where every form was accepted before, and no
    name is there twice, it judges the package with one resource that is cut down to its path.
    """

    def __init__(self, package: SourcePackage) -> None:
        """Nothing is judged yet."""
        self._folder = str(package.folder)
        self._descriptor = completed(package)
        self._found: dict[str, Any] = {}

    def judge(self) -> None:
        """Let Frictionless judge the descriptor; raises whatever it raises."""
        resources = self._descriptor["resources"]
        keys = [self._key(one) for one in resources]
        names = {one["name"] for one in resources}
        if self._is_usual and len(names) == len(keys) and all(key in FORMS for key in keys):
            cut = [{name: one[name] for name in ("name", "path", "format")} for one in resources]
            self._accept({**self._descriptor, "resources": cut[:1]})
        else:
            package = self._accept(self._descriptor)
            if len(FORMS) + len(keys) > MEMO:
                FORMS.clear()
            FORMS.update(zip(keys, package.resources, strict=True))
        self._found = {one["name"]: FORMS[k] for one, k in zip(resources, keys, strict=True)}

    def form(self, name: str) -> Any:
        """Frictionless' resource of that form: schema, dialect and encoding are those of `name`."""
        return self._found[name]

    def dialect(self, name: str) -> Mapping[str, Any]:
        """The dialect of a resource with the standard's defaults written out."""
        return next(one["dialect"] for one in self._descriptor["resources"] if one["name"] == name)

    def open(self) -> Any:
        """The whole package, as Frictionless reads it."""
        return self._read(self._descriptor)

    def _read(self, descriptor: Mapping[str, Any]) -> Any:
        # a copy (by way of text, which is quickest): Frictionless writes what it infers into it
        told = json.loads(json.dumps(descriptor))
        return frictionless.Package.from_descriptor(told, basepath=self._folder)

    def _accept(self, descriptor: Mapping[str, Any]) -> Any:
        package = self._read(descriptor)
        if not unchanged(descriptor, package.to_descriptor()):
            package.to_descriptor(validate=True)
        return package

    @property
    def _is_usual(self) -> bool:
        told = self._descriptor
        return told.get("$schema") in PROFILES and not {"profile", "profiles"} & told.keys()

    def _key(self, resource: Mapping[str, Any]) -> str:
        return json.dumps([self._descriptor.get("$schema"), _without_hub(resource)])


def _without_hub(told: Any) -> Any:
    if isinstance(told, dict):
        return {name: _without_hub(value) for name, value in told.items() if name != "hub"}
    return [_without_hub(one) for one in told] if isinstance(told, list) else told


def completed(package: SourcePackage) -> dict[str, Any]:
    """The descriptor with the standard's defaults written out, so that nothing is sniffed."""
    resources = []
    for resource in package.resources:
        dialect = resource.descriptor.get("dialect")
        dialect = {**PLAIN, **dialect} if isinstance(dialect, Mapping) else dict(PLAIN)
        resources.append(
            {"format": "csv", "encoding": "utf-8", **resource.descriptor, "dialect": dialect}
        )
    return {**package.descriptor, "resources": resources}


def unchanged(told: Mapping[str, Any], exported: Mapping[str, Any]) -> bool:
    """True when Frictionless gives a descriptor back as it was told, in its own spelling.

    It judges a descriptor when it opens it, and judges what it gives back once more; there is
    nothing new to judge where both say the same.
    """
    return exported == {**told, "resources": [_as_exported(one) for one in told["resources"]]}


def _as_exported(resource: Mapping[str, Any]) -> dict[str, Any]:
    """A resource as Frictionless gives it back where it changes nothing."""
    given = {**_GIVEN, **resource}
    if "dialect" in resource:
        given["dialect"] = _PLAIN_GIVEN if resource["dialect"] == PLAIN else None
    return given


_GIVEN = {"type": "table", "scheme": "file", "mediatype": "text/csv"}
_PLAIN_GIVEN = {"header": True, "csv": {name: PLAIN[name] for name in PLAIN if name != "header"}}
