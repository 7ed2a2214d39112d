"""The partners whose packages the hub takes: `partners.yaml`, read and checked."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from evidencehub.errors import HubError

PARTNERS_FILE = "partners.yaml"
KINDS = ("hub", "package", "recipe")
"""A hub of this software, with its catalogue; one data package; a recipe of `recipes/`."""
OWN_ORIGIN = "none"  # in the filter `origin`: what was taken from nobody
DEFAULT_MEGABYTES, DEFAULT_SECONDS = 500, 600
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Partner:
    """One partner: what it is called, where it is, and what may be taken from it.

    `url` is where a hub is, or the `datapackage.json` of a package; for recipes the folder of the
    tables that have no address of their own. `datasets` are those to take, all if none is named;
    for recipes they are their folders in `recipes/`. `public_key` is a key of minisign in one
    line; with it an unsigned package is refused. `megabytes` and `seconds` bound one pull.
    """

    name: str
    title: str
    kind: str
    url: str = ""
    datasets: tuple[str, ...] = ()
    public_key: str = ""
    megabytes: int = DEFAULT_MEGABYTES
    seconds: int = DEFAULT_SECONDS


def read_partners(project: Path) -> list[Partner]:
    """Return the partners of `partners.yaml` in the project's folder; none without that file.

    Raise HubError for a file that says something else than partners.
    """
    entries = _read_entries(project / PARTNERS_FILE)
    partners = [_read_partner(entry, number) for number, entry in enumerate(entries, 1)]
    names = [partner.name for partner in partners]
    for name in {name for name in names if names.count(name) > 1}:
        raise HubError(f"{PARTNERS_FILE} has two partners named {name}. Rename one.")
    return partners


def _read_entries(path: Path) -> Sequence[Any]:
    if not path.is_file():
        return ()
    try:
        content = yaml.safe_load(path.read_text("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise HubError(f"{PARTNERS_FILE} is no YAML: {error}. Correct it.") from None
    if content is None:
        return ()
    entries = content.get("partners") if isinstance(content, dict) else None
    if not isinstance(entries, list):
        raise HubError(f"{PARTNERS_FILE}: `partners` must be a list. Begin each with “- name:”.")
    return entries


def _read_partner(entry: Any, number: int) -> Partner:
    place = f"{PARTNERS_FILE}, partner {number}"
    if not isinstance(entry, dict):
        raise HubError(f"{place} must have a name, a title, a kind and an address.")
    keys = [field.name for field in fields(Partner)]
    for key in entry:
        if key not in keys:
            near = difflib.get_close_matches(str(key), keys, 1) or keys
            raise HubError(f"{place}: “{key}” is not known. Use {' or '.join(near)}.")
    partner = Partner(
        _read_text(entry, "name", place),
        _read_text(entry, "title", place),
        _read_text(entry, "kind", place),
        str(entry.get("url") or ""),
        _read_names(entry, place),
        str(entry.get("public_key") or ""),
        _read_bound(entry, "megabytes", DEFAULT_MEGABYTES, place),
        _read_bound(entry, "seconds", DEFAULT_SECONDS, place),
    )
    _check_partner(partner, place)
    return partner


def _read_text(entry: Mapping[str, Any], key: str, place: str) -> str:
    value = entry.get(key)
    if not isinstance(value, str) or not value.strip():
        raise HubError(f"{place}: `{key}` must be a text. Write it.")
    return value.strip()


def _read_names(entry: Mapping[str, Any], place: str) -> tuple[str, ...]:
    value: Sequence[Any] = entry.get("datasets") or ()
    if not isinstance(value, (list, tuple)) or not all(
        isinstance(name, str) and _NAME.fullmatch(name) for name in value
    ):
        raise HubError(f"{place}: `datasets` must be a list of names, such as [uk-maternal].")
    return tuple(dict.fromkeys(value))


def _read_bound(entry: Mapping[str, Any], key: str, default: int, place: str) -> int:
    value = entry.get(key, default)
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        raise HubError(f"{place}: `{key}` must be a whole number above 0.")
    return value


def _check_partner(partner: Partner, place: str) -> None:
    if partner.name == OWN_ORIGIN:
        raise HubError(
            f"{place}: the name “{OWN_ORIGIN}” stands for the hub's own datasets. Use another."
        )
    if not _NAME.fullmatch(partner.name):
        raise HubError(f"{place}: the name “{partner.name}” must be like “health-observatory”.")
    if partner.kind not in KINDS:
        raise HubError(f"{place}: the kind “{partner.kind}” must be one of {', '.join(KINDS)}.")
    if partner.kind == "recipe":
        _check_recipes(partner, place)
    if partner.url or partner.kind != "recipe":
        _check_address(partner.url, place)


def _check_recipes(partner: Partner, place: str) -> None:
    if not partner.datasets:
        raise HubError(f"{place}: name the recipe's folders in `datasets`.")
    if partner.public_key:
        raise HubError(f"{place}: a recipe has hashes and no `public_key`. Remove it.")


def _check_address(url: str, place: str) -> None:
    address = urlsplit(url)
    if address.scheme not in ("http", "https") or not address.hostname or address.username:
        raise HubError(f"{place}: the url “{url}” must begin with https:// and name a host.")
