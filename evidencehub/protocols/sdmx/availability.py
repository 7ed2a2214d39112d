"""Availability: which codes a data query would find, and how many series and observations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evidencehub.formats.sdmx_model import TIME_PERIOD, Availability, StructureMessage
from evidencehub.http.problem_details import HttpError, make_problem
from evidencehub.protocols.sdmx.catalogue import FlowCatalogue
from evidencehub.protocols.sdmx.data_queries import parse_selections
from evidencehub.protocols.sdmx.dataflows import FlowDimension, IndicatorFlow, parse_other
from evidencehub.protocols.sdmx.parameters import choose, parse_choices
from evidencehub.protocols.sdmx.predicates import ComponentSelection
from evidencehub.store import indicator_cubes
from evidencehub.store.database import RowReader
from evidencehub.store.indicator_cubes import IndicatorCube
from evidencehub.store.logical_query import LogicalQuery
from evidencehub.store.query_sql import compile_count
from evidencehub.store.resource_model import ApiResource

MODES = ("exact", "available")
REFERENCES = (
    "none", "all", "datastructure", "conceptscheme", "codelist", "dataproviderscheme", "dataflow",
    "valuelist",
)  # fmt: skip
PARAMETERS = {
    "v1": ("startPeriod", "endPeriod", "mode", "references"),
    "v2": ("c", "mode", "references"),
}
REFUSED = ("updatedAfter", "reportingYearStartDay")


def build_availability(
    base: str,
    key: str,
    component_ids: str,
    values: Mapping[str, str],
    flow: IndicatorFlow,
    catalogue: FlowCatalogue,
    db: RowReader,
) -> StructureMessage:
    """Return what data there are for a query, with the artefacts that `references` asks for.

    In the mode `available` the codes of a dimension are those that could be chosen beside what is
    chosen in the others. Raise HttpError: 400 for what cannot be meant, 404 where there is nothing.
    """
    mode = choose(values, "mode", MODES, "exact")
    references = set(parse_choices(values, "references", REFERENCES, "none"))
    names = _parse_components(component_ids, flow)
    chosen = parse_selections(base, key, values, flow)
    query = _build_query(catalogue.resource, flow, chosen)
    total = int(str(db(*compile_count(query, catalogue.reference_data))[0][0]))
    if not total:
        problem = make_problem("sdmx/not-found/data", "", name=flow.dataflow.id)
        raise HttpError(404, [problem])
    available = indicator_cubes.read_available(query, db)
    codes = {}
    for item in flow.dimensions:
        if names and item.id not in names:
            continue
        remaining = [choice for choice in chosen if choice.component != item.id]
        cube = available
        if mode == "available" and len(remaining) < len(chosen):
            cube = indicator_cubes.read_available(
                _build_query(catalogue.resource, flow, remaining), db
            )
        codes[item.id] = _list_codes(item, cube)
    start, end = _find_days(available, names)
    availability = Availability(
        flow.dataflow.id, codes, start, end, indicator_cubes.count_series(query, db), total
    )
    return _add_references(availability, references, flow, catalogue, db)


def _find_days(cube: IndicatorCube, names: set[str]) -> tuple[str, str]:
    """Return the first and the last day of all periods, empty if they are not asked about."""
    if names and TIME_PERIOD not in names:
        return "", ""
    spans = [value.partition("/") for value in cube.columns["period"]]
    return min(start for start, _, _ in spans), max(end for _, _, end in spans)


def _parse_components(text: str, flow: IndicatorFlow) -> set[str]:
    """Return the dimensions that are asked about, none for all."""
    names = set(text.split(",")) if text else set()
    if names & {"all", "*"}:
        return set()
    dimension_ids = [item.id for item in flow.dataflow.dimensions]
    unknown = sorted(names - set(dimension_ids))
    if unknown:
        raise HttpError(
            400,
            [
                make_problem(
                    "sdmx/unknown-component",
                    "",
                    name=name[:80],
                    flow=flow.dataflow.id,
                    allowed=", ".join(dimension_ids),
                )
                for name in unknown
            ],
        )
    return names


def _build_query(
    resource: ApiResource, flow: IndicatorFlow, chosen: Sequence[ComponentSelection]
) -> LogicalQuery:
    predicates = [item.predicate for item in chosen]
    return indicator_cubes.build_query(resource, flow.cube.indicator, predicates, [])


def _list_codes(item: FlowDimension, cube: IndicatorCube) -> list[str]:
    values = cube.columns[item.column]
    if item.other_list:
        values = [parse_other(value).get(item.other_list, "") for value in values]
    return [item.codes[value] for value in sorted(set(values))]


def _add_references(
    availability: Availability,
    references: set[str],
    flow: IndicatorFlow,
    catalogue: FlowCatalogue,
    db: RowReader,
) -> StructureMessage:
    def wants(kind: str) -> bool:
        return bool(references & {"all", kind})

    lists = []
    if wants("codelist"):
        names = {item.code_list for item in flow.dataflow.components if item.code_list}
        shared = catalogue.get_code_lists(db)
        lists = [shared[name] for name in sorted(names) if name in shared]
        lists += catalogue.build_own_lists(flow)
    return StructureMessage(
        catalogue.sender,
        [flow.dataflow] if wants("dataflow") else [],
        [flow.dataflow] if wants("datastructure") else [],
        lists,
        catalogue.concepts if wants("conceptscheme") else [],
        availability=availability,
    )
