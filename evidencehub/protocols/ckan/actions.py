"""The actions that are answered: their parameters, and what they give of the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from evidencehub.protocols.ckan.catalogue import CkanCatalogue
from evidencehub.protocols.ckan.datastore import DEFAULT_ROWS, MAX_ROWS
from evidencehub.protocols.ckan.package_search import search_packages
from evidencehub.protocols.ckan.parameters import (
    Parameters,
    Parser,
    Values,
    build_choice_parser,
    build_count_parser,
    parse_boolean,
    parse_object,
    parse_text,
    parse_text_or_object,
    parse_texts,
    refuse,
)

API_VERSION = "2.11"
"""The version of CKAN whose Action API the answers follow."""
_PAGE: Mapping[str, Parser] = {"limit": build_count_parser(), "offset": build_count_parser()}
_FIRST_PAGE = {"limit": None, "offset": 0}
_NO = build_choice_parser("false", "0")  # of what would show what nobody has here
_LIST: Mapping[str, Parser] = {
    **_PAGE, "all_fields": parse_boolean, "include_dataset_count": parse_boolean,
    "include_extras": _NO, "include_groups": _NO, "include_users": _NO, "include_tags": _NO,
}  # fmt: skip
_SHOW: Mapping[str, Parser] = {
    "id": parse_text, "include_datasets": parse_boolean, "include_dataset_count": parse_boolean,
    "include_extras": parse_boolean, "include_users": parse_boolean,
    "include_groups": parse_boolean, "include_tags": parse_boolean,
    "include_followers": parse_boolean,
}  # fmt: skip
_ID: Mapping[str, Parser] = {"id": parse_text, "name_or_id": parse_text}


@dataclass(frozen=True, slots=True)
class Action:
    """An action: what it gives, in a sentence, its parameters, and how it is answered.

    An action of the datastore has no `run`: it asks the database.
    """

    summary: str
    parameters: Parameters
    run: Callable[[CkanCatalogue, Values], Any] | None = None


def _cut_page(entries: list[Any], values: Values) -> list[Any]:
    start, limit = values["offset"], values["limit"]
    return entries[start:] if limit is None else entries[start : start + limit]


def _list_packages(catalogue: CkanCatalogue, values: Values) -> list[str]:
    return _cut_page([package["name"] for package in catalogue.packages], values)


def _list_packages_whole(catalogue: CkanCatalogue, values: Values) -> list[Any]:
    changed = sorted(catalogue.packages, key=lambda p: str(p["metadata_modified"]), reverse=True)
    return _cut_page(changed, values)


def _show_package(catalogue: CkanCatalogue, values: Values) -> Any:
    return catalogue.find_package(values["id"])


def _search_packages(catalogue: CkanCatalogue, values: Values) -> Any:
    return search_packages(catalogue.packages, values)


def _show_resource(catalogue: CkanCatalogue, values: Values) -> Any:
    return catalogue.find_resource(values["id"])[1]


def _list_tags(catalogue: CkanCatalogue, values: Values) -> list[Any]:
    tags = {tag["name"]: tag for package in catalogue.packages for tag in package["tags"]}
    wanted = values.get("query", "").casefold()
    names = sorted(name for name in tags if wanted in name.casefold())
    return [tags[name] for name in names] if values["all_fields"] else names


def _list_licences(catalogue: CkanCatalogue, _: Values) -> Any:
    return catalogue.licences


def _show_status(catalogue: CkanCatalogue, _: Values) -> dict[str, Any]:
    return {"ckan_version": API_VERSION, **catalogue.site, "extensions": ["datastore"]}


def _may_read(_: CkanCatalogue, __: Values) -> bool:
    return True


def _show_help(_: CkanCatalogue, values: Values) -> str:
    action = ACTIONS.get(values["name"])
    if action is None:
        raise refuse("name", values["name"], choices=", ".join(ACTIONS))
    names = ", ".join(action.parameters.parsers) or "none"
    return f"{action.summary}\n\nParameters: {names}."


def _build_collection_actions(kind: str, plural: str) -> dict[str, Action]:
    """Return the two actions of organisations, or of groups, which CKAN treats alike."""

    def count(catalogue: CkanCatalogue, entry: Mapping[str, Any]) -> dict[str, Any]:
        return {**entry, "package_count": len(catalogue.list_packages_of(kind, entry))}

    def list_entries(catalogue: CkanCatalogue, values: Values) -> list[Any]:
        wanted = values.get(plural)
        entries = [
            entry
            for entry in sorted(catalogue.collections[kind], key=lambda entry: str(entry["name"]))
            if wanted is None or entry["name"] in wanted
        ]
        whole = values["all_fields"]
        return _cut_page([count(catalogue, e) if whole else e["name"] for e in entries], values)

    def show_entry(catalogue: CkanCatalogue, values: Values) -> dict[str, Any]:
        entry = catalogue.find_collection(kind, values["id"])
        description = {
            **count(catalogue, entry),
            "users": [],
            "tags": [],
            "extras": [],
            "groups": [],
        }
        if values["include_datasets"]:
            description["packages"] = catalogue.list_packages_of(kind, entry)
        return description

    return {
        f"{kind}_list": Action(
            f"The names of all {plural}, or with all_fields what is known of them.",
            Parameters(
                {**_LIST, plural: parse_texts}, defaults={**_FIRST_PAGE, "all_fields": False}
            ),
            list_entries,
        ),
        f"{kind}_show": Action(
            f"One of the {plural} by its id or name.",
            Parameters(_SHOW, one_of=("id",), defaults={"include_datasets": False}),
            show_entry,
        ),
    }


ACTIONS: Mapping[str, Action] = {
    "package_list": Action(
        "The names of all datasets.", Parameters(_PAGE, defaults=_FIRST_PAGE), _list_packages
    ),
    "current_package_list_with_resources": Action(
        "All datasets with their resources, the one that changed last first.",
        Parameters(_PAGE, defaults=_FIRST_PAGE),
        _list_packages_whole,
    ),
    "package_show": Action(
        "One dataset by its id or name.",
        Parameters({**_ID, "use_default_schema": parse_boolean, "include_tracking": _NO},
                   one_of=("id", "name_or_id")),
        _show_package,
    ),
    "package_search": Action(
        "The datasets that match q and fq, in parts by rows and start.",
        Parameters(
            {
                "q": parse_text, "fq": parse_text,
                "fq_list": parse_texts, "rows": build_count_parser(),
                "start": build_count_parser(), "sort": parse_text, "include_private": _NO,
                "include_drafts": _NO, "include_deleted": _NO, "use_default_schema": parse_boolean,
            },
            defaults={"rows": 10, "start": 0},
        ),
        _search_packages,
    ),
    "resource_show": Action(
        "One resource by its id.",
        Parameters({"id": parse_text, "include_tracking": _NO}, one_of=("id",)),
        _show_resource,
    ),
    **_build_collection_actions("organization", "organizations"),
    **_build_collection_actions("group", "groups"),
    "tag_list": Action(
        "The names of all tags, or of those that have query in them.",
        Parameters({"query": parse_text, "all_fields": parse_boolean},
                   defaults={"all_fields": False}),
        _list_tags,
    ),
    "license_list": Action("The licences of datasets.", Parameters({}), _list_licences),
    "status_show": Action("What the hub is.", Parameters({}), _show_status),
    "site_read": Action("Whether the hub may be read.", Parameters({}), _may_read),
    "help_show": Action(
        "What an action gives.", Parameters({"name": parse_text}, one_of=("name",)), _show_help
    ),
    "datastore_search": Action(
        "The observations of a dataset, by the id of its resource “observations”.",
        Parameters(
            {
                "resource_id": parse_text, "id": parse_text, "filters": parse_object,
                "q": parse_text_or_object, "fields": parse_texts, "sort": parse_texts,
                "limit": build_count_parser(MAX_ROWS), "offset": build_count_parser(),
                "include_total": parse_boolean,
                "records_format": build_choice_parser("objects", "lists"),
            },
            one_of=("resource_id", "id"),
            defaults={
                "limit": DEFAULT_ROWS, "offset": 0, "include_total": True,
                "records_format": "objects",
            },
        ),
    ),
    "datastore_info": Action(
        "The columns of the observations of a dataset, and how many there are.",
        Parameters({"id": parse_text, "resource_id": parse_text}, one_of=("id", "resource_id")),
    ),
}  # fmt: skip
"""Every action that is answered, by its name."""
