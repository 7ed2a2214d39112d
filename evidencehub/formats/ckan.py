"""The catalogue as CKAN describes it, and the envelope that its Action API answers in."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from evidencehub.domain.catalogue import (
    Agent,
    Catalogue,
    CatalogueDataset,
    Distribution,
    Terms,
    Topic,
    WithdrawnRelease,
    build_file_url,
    build_site_url,
)
from evidencehub.domain.page_addresses import build_path
from evidencehub.domain.unicode_text import fold_text
from evidencehub.formats.format import get_format
from evidencehub.formats.json_document import write_json

CONTENT_TYPE = "application/json;charset=utf-8"
PATH = "protocols/ckan.json"
"""Where a build has the document that answers are made of; it has no address of its own."""
_NOT_IN_NAME = re.compile(r"[^a-z0-9_-]+")
_NOT_IN_TAG = re.compile(r"[^\w .-]+")
_ERROR_HELP = "/api/3/action/help_show?name="
Entry = dict[str, Any]


def write_ckan_catalogue(catalogue: Catalogue) -> bytes:
    """Return the packages, organisations, groups and licences of the hub as one document."""
    publishers = dict.fromkeys(dataset.publisher for dataset in catalogue.datasets)
    organisations = dict(zip(publishers, _describe_organisations(publishers), strict=True))
    topics = dict.fromkeys(topic for dataset in catalogue.datasets for topic in dataset.topics)
    return write_json(
        {
            "site": {
                "site_title": catalogue.title,
                "site_description": catalogue.description,
                "site_url": build_site_url(),
                "locale_default": catalogue.language,
                "error_emails_to": catalogue.contact.email or None,
            },
            "packages": [
                _describe_package(dataset, organisations[dataset.publisher])
                for dataset in catalogue.datasets
            ],
            "organizations": list(organisations.values()),
            "groups": [_describe_group(topic) for topic in topics],
            "licenses": [_describe_licence(terms) for terms in catalogue.licences],
            "withdrawn": {
                gone.name: _describe_withdrawals(gone.withdrawn) for gone in catalogue.withdrawn
            },
        }
    )


def write_result(action: str, result: Any, site: str) -> bytes:
    """Return the answer of an action; `site` stands before the address of its help."""
    return _write({"help": site + _ERROR_HELP + action, "success": True, "result": result})


def write_error(
    action: str, kind: str, message: str, fields: Mapping[str, Sequence[str]], site: str
) -> bytes:
    """Return the refusal of an action: what is wrong, or what is wrong with each parameter."""
    details = dict(fields) if fields else {"message": message}
    error = {"__type": kind, **details}
    return _write({"help": site + _ERROR_HELP + action, "success": False, "error": error})


def write_bad_request(message: str) -> bytes:
    """Return what CKAN says of a request that names no action, or cannot be read: a text."""
    return _write(f"Bad request - {message}")


def _write(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()


def build_resource_id(dataset: str, path: str = "") -> str:
    """Return the id of a file of a dataset, of its observations without a path: the same always.

    >>> build_resource_id("toys") == build_resource_id("toys")
    True
    """
    name = build_path("datasets", dataset, *path.split("/"))
    return str(uuid.uuid5(uuid.NAMESPACE_URL, build_site_url(name)))


def build_package_id(dataset: str) -> str:
    """Return the id of a dataset, which is the same in every release."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, build_site_url(f"/datasets/{dataset}#package")))


def _describe_package(dataset: CatalogueDataset, organisation: Entry) -> Entry:
    """Return a dataset as package_show has it."""
    tags = list(_list_tags(dataset))
    resources = list(_list_resources(dataset))
    return {
        "id": build_package_id(dataset.name),
        "name": dataset.name,
        "title": dataset.title,
        "notes": dataset.full_description,
        "url": build_site_url(dataset.path),
        "version": dataset.current.version,
        "type": "dataset",
        "state": "active",
        "private": False,
        "author": dataset.publisher.name,
        "author_email": None,
        "maintainer": dataset.contact.name or None,
        "maintainer_email": dataset.contact.email or None,
        "license_id": dataset.licence.name,
        "license_title": dataset.licence.name,
        "license_url": dataset.licence.url,
        "metadata_created": _format_moment(min(r.published_at for r in dataset.releases)),
        "metadata_modified": _format_moment(dataset.changed_at),
        "organization": organisation,
        "owner_org": organisation["id"],
        "groups": [_describe_group(topic) for topic in dataset.topics],
        "tags": tags,
        "num_tags": len(tags),
        "resources": resources,
        "num_resources": len(resources),
        "extras": list(_list_extras(dataset)),
        "relationships_as_subject": [],
        "relationships_as_object": [],
    }


def _format_moment(moment: str) -> str:
    """Return a moment in UTC as CKAN writes it, without its zone."""
    return moment.removesuffix("Z").removesuffix("+00:00")


def _list_resources(dataset: CatalogueDataset) -> Iterator[Entry]:
    """Yield the observations, which can be searched, and each file of the current release."""
    release = dataset.current
    shared = {
        "package_id": build_package_id(dataset.name),
        "state": "active",
        "created": _format_moment(release.issued_at),
        "last_modified": _format_moment(release.issued_at),
        "metadata_modified": _format_moment(release.published_at),
        "url_type": None,
    }
    if dataset.observation_count:
        yield {
            "id": build_resource_id(dataset.name),
            "name": "observations",
            "description": "Every observation with its labels, as datastore_search gives them.",
            "url": build_site_url(f"/api/v1/observations.csv?dataset={dataset.name}"),
            "format": "CSV",
            "mimetype": "text/csv",
            "size": None,
            "hash": "",
            "datastore_active": True,
            "resource_type": "api",
            "position": 0,
            **shared,
        }
    for position, file in enumerate(release.files, start=int(bool(dataset.observation_count))):
        url = build_file_url(dataset, release, file.path)
        yield {**_describe_file(dataset, file), "url": url, "position": position, **shared}


def _describe_file(dataset: CatalogueDataset, file: Distribution) -> Entry:
    entry = get_format(file.format_name)
    return {
        "id": build_resource_id(dataset.name, file.path),
        "name": file.path,
        "description": file.description,
        "format": entry.ending.upper(),
        "mimetype": entry.media_type,
        "size": file.size_bytes,
        "hash": f"sha256:{file.sha256}",
        "datastore_active": False,
        "resource_type": "file",
    }


def _list_extras(dataset: CatalogueDataset) -> Iterator[dict[str, str]]:
    """Yield what CKAN has no member for: terms, governance, warnings, withdrawals, coverage.

    No key is the name of a member of a package: CKAN refuses to import such an extra.
    """
    period = dataset.period
    facts = {
        "synthetic": str(dataset.is_synthetic).lower(),
        "awaits_verification": str(dataset.awaits_verification).lower(),
        "rights": "\n".join(dict.fromkeys(dataset.rights)),
        "governance": "\n".join(dataset.governance),
        "usage_notes": "\n".join(dict.fromkeys(dataset.notes)),
        "population": dataset.population,
        "places": "; ".join(place.code for place in dataset.places),
        "period_start": period.start if period else "",
        "period_end": period.end if period else "",
        "sources": "\n".join(dataset.source_urls),
        "next_update": dataset.next_update,
        "withdrawn": _describe_withdrawals(dataset.withdrawn),
    }
    return ({"key": key, "value": value} for key, value in facts.items() if value)


def _describe_withdrawals(versions: Iterable[WithdrawnRelease]) -> str:
    """Return the versions that were withdrawn, a line each, with the day and the reason."""
    return "\n".join(
        f"{version.version} was withdrawn on {version.withdrawn_on}: {version.reason}"
        for version in versions
    )


def _list_tags(dataset: CatalogueDataset) -> Iterator[Entry]:
    """Yield the keywords as tags, in which CKAN takes letters, digits, spaces and -_. only."""
    names = (" ".join(_NOT_IN_TAG.sub(" ", word).split()) for word in dataset.keywords)
    for name in dict.fromkeys(filter(None, names)):
        yield {
            "id": str(uuid.uuid5(uuid.NAMESPACE_URL, build_site_url(f"/tags/{name}"))),
            "name": name,
            "display_name": name,
            "state": "active",
            "vocabulary_id": None,
        }


def _describe_organisations(publishers: Iterable[Agent]) -> Iterator[Entry]:
    """Yield each publisher as an organisation; names that would be the same are told apart."""
    used_names: set[str] = set()
    for publisher in publishers:
        identifier = str(uuid.uuid5(uuid.NAMESPACE_URL, f"organisation:{publisher.name}"))
        name = _NOT_IN_NAME.sub("-", fold_text(publisher.name)).strip("-")[:90]
        name = (
            name
            if len(name) > 1 and name not in used_names
            else f"{name}-{identifier[:8]}".strip("-")
        )
        used_names.add(name)
        yield _describe_collection(identifier, name, publisher.name, "organization")


def _describe_group(topic: Topic) -> Entry:
    """Return a topic as a group; the list is in its name, for two lists may share a code."""
    name = _NOT_IN_NAME.sub("-", fold_text(f"{topic.code_list}-{topic.code}"))
    identifier = uuid.uuid5(uuid.NAMESPACE_URL, f"group:{topic.code_list}:{topic.code}")
    return _describe_collection(str(identifier), name, topic.label, "group")


def _describe_collection(identifier: str, name: str, title: str, kind: str) -> Entry:
    return {
        "id": identifier,
        "name": name,
        "title": title,
        "display_name": title,
        "description": "",
        "image_url": "",
        "image_display_url": "",
        "state": "active",
        "type": kind,
        "is_organization": kind == "organization",
        "approval_status": "approved",
    }


def _describe_licence(terms: Terms) -> Entry:
    return {"id": terms.name, "title": terms.name, "url": terms.url, "status": "active"}
