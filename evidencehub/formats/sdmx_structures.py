"""Structure messages of SDMX, which pysdmx writes: SDMX-ML 2.1 and 3.0, SDMX-JSON 2.0.

What its writers leave out or get wrong is put right in what they have written: the parents of
codes (its code lists are flat), a reference to the measure that some clients cannot read, and an
empty list that the schema of SDMX-JSON forbids.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import quoteattr

from evidencehub.formats.sdmx_model import (
    CONCEPT_SCHEME,
    VERSION,
    Availability,
    CodeItem,
    Component,
    Dataflow,
    Note,
    SdmxCodeList,
    StructureMessage,
    build_urn,
)

if TYPE_CHECKING:
    from pysdmx import model

_MEASURE_RELATIONSHIP = re.compile(
    r"\s*<str:MeasureRelationship>.*?</str:MeasureRelationship>", re.DOTALL
)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_COMPONENTS = re.compile(
    r"\s*<str:DataStructureComponents>.*?</str:DataStructureComponents>", re.DOTALL
)
_CODELIST = re.compile(r'<str:Codelist id="([^"]+)".*?</str:Codelist>', re.DOTALL)
_CODE_END = re.compile(r'(<str:Code id="([^"]+)">.*?)(</str:Code>)', re.DOTALL)
_PARENTS = {
    "structure-2.1": "<str:Parent><Ref id={}/></str:Parent>",
    "structure-3.0": "<str:Parent>{}</str:Parent>",
}


def write_structures(message: StructureMessage, format_name: str) -> bytes:
    """Return a structure message in a format: structure-2.1, structure-3.0, structure-json-2.0."""
    # imported here: a server that is never asked for structures does without it
    from pysdmx.io.format import Format
    from pysdmx.io.writer import write_sdmx

    formats = {
        "structure-2.1": Format.STRUCTURE_SDMX_ML_2_1,
        "structure-3.0": Format.STRUCTURE_SDMX_ML_3_0,
        "structure-json-2.0": Format.STRUCTURE_SDMX_JSON_2_0_0,
    }
    text = write_sdmx(
        _build_artefacts(message),
        formats[format_name],
        header=_build_header(message),
        prettyprint=False,
    )
    codes = {
        code_list.id: {code.id: code for code in code_list.codes if _is_completed(code)}
        for code_list in message.code_lists
        if "codelist" not in message.stubs
    }
    if format_name == "structure-json-2.0":
        return _complete_json(json.loads(str(text)), codes, message)
    return _complete_xml(str(text), codes, _PARENTS[format_name], message).encode()


CodesByList = Mapping[str, Mapping[str, CodeItem]]


def _is_completed(code: CodeItem) -> bool:
    """Whether pysdmx leaves something out of a code: its parent, or the language of its name."""
    return bool(code.parent) or code.language != "en"


def _complete_xml(text: str, codes: CodesByList, template: str, message: StructureMessage) -> str:
    def complete_list(match: re.Match[str]) -> str:
        codes_of_list = codes.get(match[1], {})
        text = match[0]
        if "codelist" in message.partial:
            text = text.replace('isPartial="false"', 'isPartial="true"', 1)
        return _CODE_END.sub(lambda code: _complete_code(code, codes_of_list, template), text)

    text = _MEASURE_RELATIONSHIP.sub("", text)
    if "datastructure" in message.stubs:
        text = _COMPONENTS.sub("", text)
    return _CODELIST.sub(complete_list, text)


def _complete_code(match: re.Match[str], codes: Mapping[str, CodeItem], template: str) -> str:
    code = codes.get(match[2])
    if code is None:
        return match[0]
    name = f"<com:Name xml:lang={quoteattr(code.language)}>"
    text = match[1].replace('<com:Name xml:lang="en">', name, 1)
    is_reference = "{}/" in template
    if not code.parent or not (is_reference or _NAME.fullmatch(code.parent)):
        return f"{text}{match[3]}"
    value = quoteattr(code.parent) if is_reference else code.parent
    return f"{text}{template.format(value)}{match[3]}"


def _complete_json(
    document: dict[str, Any], codes: CodesByList, message: StructureMessage
) -> bytes:
    data = document["data"]
    for code_list in data.get("codelists", ()):
        codes_of_list = codes.get(code_list["id"], {})
        if "codelist" in message.partial:
            code_list["isPartial"] = True
        for entry in code_list.get("codes", ()):
            if code := codes_of_list.get(entry["id"]):
                parent = {"parent": code.parent} if code.parent else {}
                entry.update({**parent, "names": {code.language: code.name}})
    for structure in data.get("dataStructures", ()):
        _complete_data_structure(structure, is_stub="datastructure" in message.stubs)
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _complete_data_structure(structure: dict[str, Any], *, is_stub: bool) -> None:
    if is_stub:
        structure.pop("dataStructureComponents", None)
    components = structure.get("dataStructureComponents", {})
    if not components.get("groups"):
        components.pop("groups", None)
    for attribute in components.get("attributeList", {}).get("attributes", ()):
        attribute.pop("measureRelationship", None)


def _build_header(message: StructureMessage) -> Any:
    from pysdmx.model import Organisation
    from pysdmx.model.message import Header

    sender = message.sender
    prepared = datetime.fromisoformat(sender.prepared)
    return Header(id=sender.agency, prepared=prepared, sender=Organisation(id=sender.agency))


def _build_artefacts(message: StructureMessage) -> list[Any]:
    from pysdmx import model

    sender, stubs = message.sender, message.stubs
    agency = model.Agency(id=sender.agency, name=sender.name)
    artefacts: list[Any] = []
    if message.has_agencies:
        artefacts.append(
            model.AgencyScheme(
                id="AGENCIES", name="Agencies", agency="SDMX", version="1.0", items=[agency]
            )
        )
    if message.concepts:
        artefacts.append(
            model.ConceptScheme(
                id=CONCEPT_SCHEME,
                name="Concepts of the hub",
                agency=agency,
                version=VERSION,
                items=[] if "conceptscheme" in stubs else _build_concepts(message.concepts),
                is_external_reference="conceptscheme" in stubs,
            )
        )
    artefacts += [
        _build_code_list(item, agency, is_stub="codelist" in stubs) for item in message.code_lists
    ]
    artefacts += [
        _build_data_structure(item, agency, is_stub="datastructure" in stubs)
        for item in message.data_structures
    ]
    artefacts += [
        _build_dataflow(item, agency, is_stub="dataflow" in stubs) for item in message.dataflows
    ]
    if message.availability is not None:
        artefacts.append(_build_availability(message.availability, sender.agency))
    return artefacts


def _build_concepts(components: Iterable[Component]) -> list[model.Concept]:
    from pysdmx import model

    return [
        model.Concept(id=item.id, name=item.name, description=item.description or None)
        for item in components
    ]


def _build_notes(notes: Iterable[Note]) -> list[Any]:
    from pysdmx.model import Annotation

    return [
        Annotation(
            type=note.kind, text=note.text or None, title=note.title or None, url=note.url or None
        )
        for note in notes
    ]


def _build_code_list(item: SdmxCodeList, agency: model.Agency, *, is_stub: bool) -> model.Codelist:
    from pysdmx import model

    return model.Codelist(
        id=item.id,
        name=item.name,
        description=item.description or None,
        agency=agency,
        version=VERSION,
        items=[] if is_stub else list(map(_build_code, item.codes)),
        annotations=_build_notes(item.notes),
        is_external_reference=is_stub,
    )


def _build_code(code: CodeItem) -> model.Code:
    from pysdmx import model

    return model.Code(
        id=code.id,
        name=code.name,
        description=code.description or None,
        annotations=_build_notes([*code.notes, *_note_parent(code)]),
    )


def _note_parent(code: CodeItem) -> list[Note]:
    """Return the parent where SDMX-ML 3.0 has no place for it: it wants a letter first there."""
    return [] if not code.parent or _NAME.fullmatch(code.parent) else [Note("PARENT", code.parent)]


def _build_data_structure(
    item: Dataflow, agency: model.Agency, *, is_stub: bool
) -> model.DataStructureDefinition:
    from pysdmx import model

    components = [] if is_stub else [_build_component(c, agency.id) for c in item.components]
    return model.DataStructureDefinition(
        id=item.id,
        name=item.name,
        description=item.description or None,
        agency=agency,
        version=VERSION,
        components=model.Components(components),
        is_external_reference=is_stub,
    )


def _build_component(item: Component, agency: str) -> model.Component:
    from pysdmx import model

    roles = {"measure": model.Role.MEASURE, "attribute": model.Role.ATTRIBUTE}
    types = {
        "text": model.DataType.STRING,
        "number": model.DataType.DOUBLE,
        "integer": model.DataType.INTEGER,
        "period": model.DataType.PERIOD,
    }
    concept = model.ItemReference(
        sdmx_type="Concept", agency=agency, id=CONCEPT_SCHEME, version=VERSION, item_id=item.id
    )
    return model.Component(
        id=item.id,
        required=item.is_required,
        role=roles.get(item.kind, model.Role.DIMENSION),
        concept=concept,
        # with a type beside the list, the writer of JSON would keep the type only
        local_dtype=None if item.code_list else types[item.data_type],
        local_enum_ref=_build_list_urn(item, agency),
        local_codes=_build_referenced_list(item, agency),
        attachment_level="O" if item.kind == "attribute" else None,
    )


def _build_list_urn(item: Component, agency: str) -> str | None:
    return build_urn("codelist", "Codelist", agency, item.code_list) if item.code_list else None


def _build_referenced_list(item: Component, agency: str) -> model.Codelist | None:
    from pysdmx import model

    if not item.code_list:
        return None
    return model.Codelist(
        id=item.code_list, name=item.code_list, agency=agency, version=VERSION, items=[]
    )


def _build_dataflow(item: Dataflow, agency: model.Agency, *, is_stub: bool) -> model.Dataflow:
    from pysdmx import model

    return model.Dataflow(
        id=item.id,
        name=item.name,
        description=item.description or None,
        agency=agency,
        version=VERSION,
        structure=build_urn("datastructure", "DataStructure", agency.id, item.id),
        annotations=_build_notes(item.notes),
        is_external_reference=is_stub,
    )


def _build_availability(item: Availability, agency: str) -> Any:
    from pysdmx.model import AvailabilityConstraint
    from pysdmx.model.constraint import (
        ConstraintAttachment,
        CubeKeyValue,
        CubeRegion,
        CubeTimeRange,
        CubeValue,
        TimePeriodBoundary,
    )

    urn = build_urn("datastructure", "Dataflow", agency, item.dataflow)
    values: Sequence[Any] = [
        CubeKeyValue(id=name, values=[CubeValue(code) for code in codes])
        for name, codes in item.codes.items()
    ]
    period = CubeTimeRange(
        start_period=TimePeriodBoundary(item.start), end_period=TimePeriodBoundary(item.end)
    )
    if item.start:
        values = [*values, CubeKeyValue(id="TIME_PERIOD", time_range=period)]
    return AvailabilityConstraint(
        constraint_attachment=ConstraintAttachment(data_provider=None, dataflows=[urn]),
        cube_region=CubeRegion(key_values=values),
        series_count=item.series,
        obs_count=item.observations,
    )
