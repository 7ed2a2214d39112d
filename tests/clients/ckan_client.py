"""ckanapi asks a hub: by POST and by GET, and as a harvester; prints what it read as JSON.

Arguments: the address of the hub, and the name of a dataset.
"""

from __future__ import annotations

import json
import sys

from ckanapi import CKANAPIError, NotAuthorized, NotFound, RemoteCKAN, ValidationError


def harvest(hub: RemoteCKAN) -> list[str]:
    """The names of all packages, as ckanext-harvest asks for them: parts until one is empty."""
    names: list[str] = []
    while True:
        part = hub.action.package_search(
            rows=9, start=len(names), sort="id asc", fq="+state:active"
        )
        if not part["results"]:
            return names
        names += [package["name"] for package in part["results"]]


def find_error(call: object, **values: object) -> str:
    """The class of the error that ckanapi raises."""
    try:
        call(**values)  # type: ignore[operator]
    except (NotFound, NotAuthorized, ValidationError, CKANAPIError) as error:
        return type(error).__name__
    return ""


def read(address: str, dataset: str, *, get_only: bool) -> dict[str, object]:
    """What a client reads."""
    with RemoteCKAN(address, get_only=get_only, user_agent="a test") as hub:
        package = hub.action.package_show(id=dataset)
        table = next(r for r in package["resources"] if r["datastore_active"])
        chosen = {"ethnicity": ["black", "white"]}
        rows = hub.action.datastore_search(
            resource_id=table["id"],
            filters=json.dumps(chosen) if get_only else chosen,  # an address has no objects
            fields=["ethnicity", "value"],
            limit=1_000,
        )
        return {
            "version": package["version"],
            "harvested": harvest(hub),
            "list": hub.action.package_list(),
            "whole": len(hub.action.current_package_list_with_resources(limit=5)),
            "resource": hub.action.resource_show(id=table["id"]) == table,
            "organizations": hub.action.organization_list(all_fields=True),
            "groups": hub.action.group_list(),
            "licences": len(hub.action.license_list()),
            "tags": hub.action.tag_list(),
            "read": hub.action.site_read(),
            "site": hub.action.status_show()["site_url"],
            "total": rows["total"],
            "groups of rows": sorted({row["ethnicity"] for row in rows["records"]}),
            "rows": len(rows["records"]),
            "errors": [
                find_error(hub.action.package_show, id="nothing"),
                find_error(hub.action.datastore_search, resource_id="nothing"),
                find_error(hub.action.package_search, colour="red"),
                find_error(hub.action.package_create, name="mine"),
                find_error(hub.action.no_such_action),
            ],
        }


if __name__ == "__main__":
    answers = [read(*sys.argv[1:], get_only=get_only) for get_only in (False, True)]
    print(json.dumps(answers))
