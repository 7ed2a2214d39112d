"""References to a dataflow in the paths of both versions, and the one dataflow that is meant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from evidencehub.http.parameters import shorten_value
from evidencehub.http.problem_details import make_http_error
from evidencehub.protocols.sdmx.catalogue import FlowCatalogue
from evidencehub.protocols.sdmx.dataflows import IndicatorFlow
from evidencehub.protocols.sdmx.structure_queries import (
    ANYTHING,
    build_missing_flow_error,
    matches_version,
)
from evidencehub.store.database import RowReader

CONTEXTS = ("datastructure", "dataflow", "provisionagreement", "*")


class FlowReference(NamedTuple):
    """Agencies, identifiers and versions of dataflows; none stands for all."""

    agencies: Sequence[str]
    names: Sequence[str]
    versions: Sequence[str]


def parse_v1_reference(text: str) -> FlowReference:
    """Return what [agency,]id[,version] names.

    >>> parse_v1_reference("HUB,deaths,1.0.0")
    FlowReference(agencies=['HUB'], names=['deaths'], versions=['1.0.0'])
    >>> parse_v1_reference("deaths")
    FlowReference(agencies=[], names=['deaths'], versions=[])
    """
    first, *rest = text.split(",", 2)
    agency, name, version = [first, *rest, ""][:3] if rest else ("", first, "")
    return FlowReference(*(_split(part, "+") for part in (agency, name, version)))


def parse_v2_reference(context: str, parts: Sequence[str]) -> FlowReference:
    """Return what context/agency/id/version names; raise HttpError (404) for a context without."""
    if context not in CONTEXTS:
        raise make_http_error(404, "sdmx/not-found", base="/sdmx/v2")
    if context == "provisionagreement":
        name = shorten_value("/".join(parts))
        raise make_http_error(404, "sdmx/not-found/artefact", kind=context, name=name)
    agency, name, version = [*parts, "", "", ""][:3]
    return FlowReference(*(_split(part, ",") for part in (agency, name, version)))


def _split(text: str, separator: str) -> list[str]:
    names = text.split(separator)
    return [] if any(name in ANYTHING for name in names) else names


def find_flow(reference: FlowReference, catalogue: FlowCatalogue, db: RowReader) -> IndicatorFlow:
    """Return the one dataflow that a reference names.

    Raise HttpError: 404 where there is none, 400 where there are several.
    """
    agencies, names, versions = reference
    if agencies and catalogue.agency not in agencies:
        shortened = shorten_value(agencies[0])
        raise make_http_error(404, "sdmx/not-found/agency", name=shortened, agency=catalogue.agency)
    wanted = names or list(catalogue.indicators)
    matches = [name for name in dict.fromkeys(wanted) if name in catalogue.indicators]
    if not matches or not matches_version(versions):
        raise build_missing_flow_error("dataflow", names, catalogue)
    if len(matches) > 1:
        shortened = shorten_value(",".join(names) or "*")
        base = "/sdmx/v2/structure/dataflow"
        raise make_http_error(
            400, "sdmx/one-dataflow", name=shortened, count=len(matches), base=base
        )
    return catalogue.get_flow(matches[0], db)


def check_provider(text: str, agency: str) -> None:
    """Raise HttpError (404) for a provider other than the hub, which alone provides its data."""
    if text not in (*ANYTHING, agency):
        shortened = shorten_value(text)
        raise make_http_error(404, "sdmx/not-found/agency", name=shortened, agency=agency)
