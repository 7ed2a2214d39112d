"""The words of a site that its logs may hold, read from its pages, API, tables and build."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from evidencehub.api import query_parameters
from evidencehub.api.resources import ALL_RESOURCES
from evidencehub.api.row_selection import SELECTION_PARAMETERS
from evidencehub.formats.format import list_endings
from evidencehub.http import datasette_parameters, datasette_schema, site_address
from evidencehub.http.visitor_text import KnownNames
from evidencehub.protocols.ckan.actions import ACTIONS
from evidencehub.protocols.oai.arguments import VERBS
from evidencehub.protocols.odata.app import OPTIONS
from evidencehub.protocols.sdmx import data_queries
from evidencehub.protocols.sdmx.structure_queries import HELD_KINDS
from evidencehub.web.routes import PAGE_ROUTES

SDMX_RESOURCES = ("availability", "availableconstraint", "schema", "all", "latest")
SDMX_PARAMETERS = ("references", "mode", "updatedAfter", "includeHistory")
_WORD = re.compile(r"(?<=/)[a-z][a-z.-]*(?=[/.]|$)")


def read_known_names(datasette: Any) -> KnownNames:
    """Return the words of the site that a Datasette serves."""
    path = Path(datasette.get_database("hub").path)
    schema = datasette_schema.read_datasette_schema(path, datasette.metadata("databases")["hub"])
    datasets = json.loads((path.parent / "manifest.json").read_text("utf-8"))["datasets"]
    return KnownNames(
        frozenset(_list_parameters(schema)),
        frozenset(_list_segments(schema)),
        frozenset(datasets),
        frozenset(datasette_parameters.OPERATORS),
        ("json", *list_endings("rows"), *list_endings("workbook"), *list_endings("citation")),
        site_address.get_site_address(datasette).prefix,
    )


def _list_parameters(schema: datasette_schema.DatasetteSchema) -> set[str]:
    names = {option for page in PAGE_ROUTES for option in page.options}
    names |= {name for resource in ALL_RESOURCES for name in resource.filters_by_name}
    names |= {*query_parameters.COMMON_PARAMETERS, *SELECTION_PARAMETERS, "convert"}
    for rules in (
        datasette_parameters.TABLE_PARAMETERS,
        datasette_parameters.JSON_PARAMETERS,
        datasette_parameters.CSV_PARAMETERS,
        datasette_parameters.QUERY_PARAMETERS,
        datasette_parameters.ROW_PARAMETERS,
        datasette_parameters.DATABASE_PARAMETERS,
    ):
        names |= set(rules)
    for table in schema.tables.values():
        names |= set(table.columns) | {f"_search_{column}" for column in table.searchable}
    names |= {*OPTIONS, *(option.removeprefix("$") for option in OPTIONS)}
    names |= {*data_queries.V1_PARAMETERS, *data_queries.V2_PARAMETERS, *SDMX_PARAMETERS}
    names |= _list_protocol_parameters()
    return names.union(*schema.queries.values(), datasette_parameters.FORBIDDEN_PARAMETERS)


def _list_protocol_parameters() -> set[str]:
    """Return the parameters of the Action API and of OAI-PMH."""
    names = {name for action in ACTIONS.values() for name in action.parameters.parsers}
    for needed, allowed in VERBS.values():
        names |= {*needed, *allowed}
    return {"verb", *names}


def _list_segments(schema: datasette_schema.DatasetteSchema) -> set[str]:
    """Return the fixed words of addresses; identifiers are in those that were answered."""
    words = {word for page in PAGE_ROUTES for word in _WORD.findall(page.pattern.replace("\\", ""))}
    resources = {resource.name for resource in ALL_RESOURCES}
    fixed = {
        "odata",
        "$metadata",
        "$count",
        "sdmx",
        "v2",
        "jsonstat",
        "data",
        "structure",
        *HELD_KINDS,
        *SDMX_RESOURCES,
    }
    fixed |= {"api", "v1", "query", "openapi", "healthz", "readyz", "static", "hub", "latest", "-"}
    fixed |= {"3", "action", "oai", *ACTIONS}
    return words | resources | fixed | set(schema.tables) | set(schema.queries)
