"""Which columns of an observation are components of a dataflow, and under which identifiers.

Every column of the API's rows is one, but those that only explain a code: what a CSV of the hub
says of a value, SDMX says too.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from evidencehub.domain.concepts import INDICATOR_CONCEPTS, OBSERVATION_CONCEPTS
from evidencehub.formats.sdmx_model import OBS_VALUE, TIME_PERIOD, Component, DataType
from evidencehub.protocols.sdmx.identifiers import encode_name, name_component
from evidencehub.store.resource_model import ApiResource, ResourceColumn

DIMENSION_COLUMNS = {
    "dataset": "DATASET",
    "area": "REF_AREA",
    "group": "ETHNICITY",
    "sex": "SEX",
    "age": "AGE",
    "comparator": "COMPARATOR",
    "adjustment": "ADJUSTMENT",
}
"""The columns of a cube that are dimensions, but for further lists; in the order of the key."""
ALWAYS_DIMENSIONS = ("area", "group", "sex", "age")
OPTIONAL_COLUMNS = ("comparator", "adjustment")
DIMENSION_NAMES = {
    "DATASET": "Dataset",
    "REF_AREA": "Area",
    "ETHNICITY": "Ethnic group",
    "SEX": "Sex",
    "AGE": "Age",
    "COMPARATOR": "Published comparator",
    "ADJUSTMENT": "Adjustment",
    TIME_PERIOD: "Period",
    OBS_VALUE: "Value",
}
KEY_CELLS = (
    *("dataset", "area", "scheme", "ethnicity", "sex", "age", "other", "comparator", "adjustment"),
    *("period_start", "period_end"),
)
"""The columns of the API from whose cells the dimensions of a row are made."""
_RENAMED = {"id": "ROW_ID", "unit": "UNIT_MEASURE", "scheme": "ETHNICITY_SCHEME"}
_NOT_ATTRIBUTES = {"indicator", "value", *KEY_CELLS} - {"dataset", "scheme"}
_REQUIRED = ("obs_status", "conf_status")
_DATA_TYPES: Mapping[str, DataType] = {"number": "number", "integer": "integer"}
TIME_COMPONENT = Component(
    TIME_PERIOD,
    "time",
    "period",
    DIMENSION_NAMES[TIME_PERIOD],
    "The days that a value is of: a year, a month, a day, or a first day and a duration.",
)
MEASURE = Component(OBS_VALUE, "measure", "number", DIMENSION_NAMES[OBS_VALUE], "The value.")


def list_attributes(resource: ApiResource, code_lists: Collection[str]) -> dict[str, Component]:
    """Return the attributes by the columns of the API that they are; coded if there is a list."""
    return {
        column.name: _build_attribute(column, code_lists)
        for column in resource.columns
        if not column.is_label and column.name not in _NOT_ATTRIBUTES
    }


def _build_attribute(column: ResourceColumn, code_lists: Collection[str]) -> Component:
    concept = OBSERVATION_CONCEPTS.get(column.name) or INDICATOR_CONCEPTS.get(column.name)
    code_list = concept.codelist if concept is not None else ""
    code_list = code_list if code_list in code_lists else ""
    text = column.description
    return Component(
        _RENAMED.get(column.name, column.name.upper()),
        "attribute",
        "code" if code_list else _DATA_TYPES.get(column.column_type, "text"),
        column.name.replace("_", " ").capitalize(),
        text[:1].upper() + text[1:] + ".",
        encode_name(code_list) if code_list else "",
        is_required=column.name in _REQUIRED,
    )


def name_other_lists(code_lists: Collection[str], reserved: Collection[str]) -> dict[str, str]:
    """Return the identifier of the dimension for each further list; no two have the same."""
    names: dict[str, str] = {}
    for code_list in sorted(code_lists):
        name = base = name_component(code_list)
        number = 2
        while name in reserved or name in names.values():
            name, number = f"{base}_{number}", number + 1
        names[code_list] = name
    return names
