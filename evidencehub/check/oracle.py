"""Frictionless' judgement on a descriptor, each form of a resource judged once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import frictionless

from evidencehub.check.arrow_reader import STANDARD_DIALECT
from evidencehub.check.dialects import V1_PROFILES, flatten_dialect
from evidencehub.domain.package import SourcePackage

STANDARD_PROFILES = (None, "https://datapackage.org/profiles/2.0/datapackage.json")
"""Values of `$schema` for which package and resource names are not checked together."""

MAX_ACCEPTED_FORMS = 200  # forms remembered before it starts afresh
ACCEPTED_FORMS: dict[str, Any] = {}  # resources that Frictionless accepted, by their descriptor


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
        self.descriptor = fill_defaults(package)
        self._forms_by_name: dict[str, Any] = {}

    def validate(self) -> None:
        """Let Frictionless judge the descriptor; raises whatever it raises."""
        resources = self.descriptor["resources"]
        keys = [self._form_key(resource) for resource in resources]
        if self._has_accepted_forms(keys):
            minimal_resources = [
                {name: resource[name] for name in ("name", "path", "format")}
                for resource in resources
            ]
            self._validate({**self.descriptor, "resources": minimal_resources[:1]})
        else:
            package = self._validate(self.descriptor)
            if len(ACCEPTED_FORMS) + len(keys) > MAX_ACCEPTED_FORMS:
                ACCEPTED_FORMS.clear()
            ACCEPTED_FORMS.update(zip(keys, package.resources, strict=True))
        self._forms_by_name = {
            resource["name"]: ACCEPTED_FORMS[k] for resource, k in zip(resources, keys, strict=True)
        }

    def resource_form(self, name: str) -> Any:
        """Frictionless' resource of that form: schema, dialect and encoding are those of `name`."""
        return self._forms_by_name[name]

    def dialect(self, name: str) -> Mapping[str, Any]:
        """The dialect of a resource with the standard's defaults written out."""
        return next(
            resource["dialect"]
            for resource in self.descriptor["resources"]
            if resource["name"] == name
        )

    def open_package(self, descriptor: Mapping[str, Any]) -> Any:
        """The package of a descriptor in this folder, as Frictionless reads it."""
        # a copy (by way of text, which is quickest): Frictionless writes what it infers into it
        descriptor_copy = json.loads(json.dumps(descriptor))
        return frictionless.Package.from_descriptor(descriptor_copy, basepath=self._folder)

    def _validate(self, descriptor: Mapping[str, Any]) -> Any:
        package = self.open_package(descriptor)
        if not exports_unchanged(descriptor, package.to_descriptor()):
            package.to_descriptor(validate=True)
        return package

    def _has_accepted_forms(self, keys: list[str]) -> bool:
        descriptor = self.descriptor
        names = {resource["name"] for resource in descriptor["resources"]}
        return (
            descriptor.get("$schema") in STANDARD_PROFILES
            and not {"profile", "profiles"} & descriptor.keys()
            and len(names) == len(keys)
            and ACCEPTED_FORMS.keys() >= set(keys)
        )

    def _form_key(self, resource: Mapping[str, Any]) -> str:
        return json.dumps([self.descriptor.get("$schema"), _without_hub(resource)])


def _without_hub(node: Any) -> Any:
    if isinstance(node, dict):
        return {name: _without_hub(value) for name, value in node.items() if name != "hub"}
    return [_without_hub(item) for item in node] if isinstance(node, list) else node


def fill_defaults(package: SourcePackage) -> dict[str, Any]:
    """The descriptor with the standard's defaults written out, so that nothing is sniffed."""
    resources = []
    for resource in package.resources:
        dialect = resource.descriptor.get("dialect")
        dialect = (
            {**STANDARD_DIALECT, **flatten_dialect(dialect)}
            if isinstance(dialect, Mapping)
            else dict(STANDARD_DIALECT)
        )
        described = read_as_numbers(resource.descriptor)
        resources.append({"format": "csv", "encoding": "utf-8", **described, "dialect": dialect})
    return {**without_v1_profile(package.descriptor), "resources": resources}


def without_v1_profile(descriptor: Mapping[str, Any]) -> dict[str, Any]:
    """The descriptor without a profile of Data Package v1.

    `tabular-data-package` asks that every resource is a table with a schema, and names itself one;
    the hub asks the first of every package, and Frictionless would ask the second.
    """
    is_v1 = descriptor.get("profile") in V1_PROFILES
    return {name: value for name, value in descriptor.items() if not (is_v1 and name == "profile")}


def grouped_integers(resource: Mapping[str, Any]) -> frozenset[str]:
    """The fields of whole numbers with a group character, which Frictionless does not know.

    Data Package 2.0 has `groupChar` for integers too.
    """
    schema = resource.get("schema")
    fields = schema.get("fields", ()) if isinstance(schema, Mapping) else ()
    return frozenset(
        field["name"]
        for field in fields
        if field.get("type") == "integer" and field.get("groupChar")
    )


def read_as_numbers(resource: Mapping[str, Any]) -> dict[str, Any]:
    """The resource with its grouped integers as numbers, which Frictionless reads with groups."""
    names = grouped_integers(resource)
    if not names:
        return dict(resource)
    fields = [
        {**field, "type": "number"} if field["name"] in names else field
        for field in resource["schema"]["fields"]
    ]
    return {**resource, "schema": {**resource["schema"], "fields": fields}}


def exports_unchanged(descriptor: Mapping[str, Any], exported: Mapping[str, Any]) -> bool:
    """True when Frictionless gives a descriptor back as it was told, in its own spelling.

    It judges a descriptor when it opens it, and judges what it gives back once more; there is
    nothing new to judge where both say the same.
    """
    return exported == {
        **descriptor,
        "resources": [_expected_export(resource) for resource in descriptor["resources"]],
    }


def _expected_export(resource: Mapping[str, Any]) -> dict[str, Any]:
    """A resource as Frictionless gives it back where it changes nothing."""
    expected = {**_EXPORT_DEFAULTS, **resource}
    if "dialect" in resource:
        expected["dialect"] = (
            _EXPORTED_STANDARD_DIALECT if resource["dialect"] == STANDARD_DIALECT else None
        )
    return expected


_EXPORT_DEFAULTS = {"type": "table", "scheme": "file", "mediatype": "text/csv"}
_EXPORTED_STANDARD_DIALECT = {
    "header": True,
    "csv": {name: STANDARD_DIALECT[name] for name in STANDARD_DIALECT if name != "header"},
}
