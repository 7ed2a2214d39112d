"""Every artefact of a build: dataflows by their indicators, code lists, concepts, the agency."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from evidencehub.domain.licence_basis import LICENCE_BASES
from evidencehub.errors import HubError
from evidencehub.formats.sdmx_model import CodeItem, Component, Dataflow, Note, SdmxCodeList, Sender
from evidencehub.protocols.sdmx import components
from evidencehub.protocols.sdmx.dataflows import AREA_LIST, FlowBuilder, IndicatorFlow
from evidencehub.protocols.sdmx.identifiers import AGENCY_PATTERN, encode_id, encode_name
from evidencehub.store.codes import (
    CodeEntryRow,
    select_area_codes,
    select_code_entries,
    select_list_terms,
)
from evidencehub.store.database import HubDatabase, RowReader
from evidencehub.store.indicator_cubes import read_cube, read_indicator_datasets
from evidencehub.store.reference_data import ReferenceData
from evidencehub.store.resource_model import ApiResource

DEFAULT_AGENCY = "HUB"
_SYNTHETIC_TEXT = "Made up for tests and examples. It does not describe real people."
_LICENCE_TEXT = (
    "Covers what was written for the dataset: its texts and its selection. Values stand under the "
    "terms of their sources."
)


class FlowCatalogue:
    """The artefacts of one build, made as they are asked for and kept."""

    def __init__(
        self, database: HubDatabase, reference_data: ReferenceData, resource: ApiResource
    ) -> None:
        """`resource` is the list of observations, whose columns are the attributes.

        Raise HubError where the site gives its agency an identifier that SDMX does not allow.
        """
        self.reference_data, self.resource = reference_data, resource
        site = reference_data.site_metadata
        self.agency = site.get("sdmx_agency", DEFAULT_AGENCY)
        if not AGENCY_PATTERN.fullmatch(self.agency):
            raise HubError(
                f"metadata.yaml, sdmx_agency: “{self.agency}” is not an identifier of SDMX. "
                "Use letters, digits, - and _, and begin with a letter."
            )
        self.agency_name = site.get("organisation") or site.get("title", "Evidence hub")
        datasets = read_indicator_datasets(database)
        self.indicators: Mapping[str, str] = {encode_name(name): name for name in datasets}
        """The indicators by the identifiers of their dataflows."""
        self._datasets = datasets
        self._attributes = components.list_attributes(resource, reference_data.code_lists)
        further_lists = {
            code.partition("=")[0] for code in reference_data.value_sets["other"] if "=" in code
        }
        attribute_ids = [item.id for item in self._attributes.values()]
        reserved = {*components.DIMENSION_NAMES, *attribute_ids}
        self._other_names = components.name_other_lists(further_lists, reserved)
        self._builder = FlowBuilder(reference_data, self._attributes, self._other_names)
        self._flows: dict[str, IndicatorFlow] = {}
        self._code_lists: Mapping[str, SdmxCodeList] | None = None

    @cached_property
    def sender(self) -> Sender:
        """Who sends messages; prepared is the day of the newest release, not of the request.

        Equal requests get equal bytes, so that entity tags hold.
        """
        days = [str(row["created"])[:10] for row in self.reference_data.datasets.values()]
        day = max(filter(None, days), default="1970-01-01")
        day = f"{day}-01-01"[:10] if len(day) == 4 else f"{day}-01"[:10]
        return Sender(self.agency, self.agency_name, f"{day}T00:00:00Z")

    @cached_property
    def labels(self) -> Mapping[str, Mapping[str, str]]:
        """The labels of the codes of every list of the hub, all as SDMX has them."""
        return {
            encode_name(name): {encode_id(code): label for code, label in labels.items()}
            for name, labels in self.reference_data.code_lists.items()
        }

    @cached_property
    def concepts(self) -> Sequence[Component]:
        """Every component that a dataflow of the hub may have."""
        dimensions = [
            Component(name, "dimension", "code", components.DIMENSION_NAMES[name])
            for name in components.DIMENSION_COLUMNS.values()
        ]
        schemes = self.reference_data.schemes
        further_lists = [
            Component(name, "dimension", "code", str(schemes[code_list]["title"]))
            for code_list, name in self._other_names.items()
        ]
        attributes = [item for item in self._attributes.values() if item.id != "DATASET"]
        return [
            *dimensions, *further_lists, components.TIME_COMPONENT, components.MEASURE, *attributes,
        ]  # fmt: skip

    def name_flow(self, flow: str) -> Dataflow:
        """Return a dataflow without its components: its names and its annotations."""
        indicator = self.indicators[flow]
        row = self.reference_data.indicators[indicator]
        return Dataflow(
            flow, str(row["title"]), (), str(row["definition"]), self._build_notes(indicator)
        )

    def get_flow(self, flow: str, db: RowReader) -> IndicatorFlow:
        """Return a dataflow with its components and what its rows are made from."""
        if flow not in self._flows:
            cube = read_cube(db, self.indicators[flow])
            self._flows[flow] = self._builder.build_flow(cube, self.name_flow(flow))
        return self._flows[flow]

    def get_code_lists(self, db: RowReader) -> Mapping[str, SdmxCodeList]:
        """Return the code lists of the hub and that of all areas, by their identifiers."""
        if self._code_lists is None:
            self._code_lists = _read_code_lists(db)
        return self._code_lists

    def build_own_lists(self, flow: IndicatorFlow) -> list[SdmxCodeList]:
        """Return the code lists of one dataflow: what occurs in it, and “not broken down”."""
        return [
            SdmxCodeList(
                item.code_list,
                f"{item.id}: codes of {flow.dataflow.name}",
                [CodeItem(code, item.labels[code]) for code in item.codes.values()],
            )
            for item in flow.own_lists
        ]

    def _build_notes(self, indicator: str) -> list[Note]:
        """Return what whoever uses the values has to know."""
        data = self.reference_data
        row, datasets = data.indicators[indicator], self._datasets[indicator]
        is_synthetic = not data.synthetic_datasets.isdisjoint(datasets)
        texts = [(kind, row[kind]) for kind in ("method", "caveats", "series_breaks")]
        return [
            *([Note("SYNTHETIC", _SYNTHETIC_TEXT)] if is_synthetic else []),
            *(note for name in datasets for note in self._list_dataset_notes(name, indicator)),
            Note("PAGE", url=f"{data.site_url}/indicators/{indicator}"),
            *(Note(kind.upper(), str(text)) for kind, text in texts if text),
        ]

    def _list_dataset_notes(self, name: str, indicator: str) -> Iterator[Note]:
        """Yield the release of a dataset, and the terms on which its values may be used."""
        data = self.reference_data
        dataset = data.datasets[name]
        release = f"{dataset['title']}, version {dataset['version']} of {dataset['created']}"
        yield Note("RELEASE", release, name, f"{data.site_url}/datasets/{name}")
        for row in data.withdrawals.list_rows(name):
            day = row.withdrawn_on
            yield Note("WITHDRAWN", f"Withdrawn on {day}: {row.reason}", f"{name} {row.version}")
        is_synthetic = name in data.synthetic_datasets
        licence = "Covers the values too: they are made up." if is_synthetic else _LICENCE_TEXT
        url = str(dataset["licence_url"] or "")
        yield Note("LICENCE", licence, str(dataset["licence"]), url)
        if dataset["governance"]:
            yield Note("GOVERNANCE", str(dataset["governance"]), name)
        for source in data.value_sources.get((name, indicator), ()):
            basis = LICENCE_BASES[source["licence_basis"]]
            terms = f"{source['licence'] or 'No terms are stated.'} ({basis})"
            yield Note("TERMS", terms, str(source["title"]), str(source["address"] or ""))


def _read_code_lists(db: RowReader) -> dict[str, SdmxCodeList]:
    entries: dict[str, list[CodeEntryRow]] = defaultdict(list)
    for entry in select_code_entries(db):
        entries[entry.list].append(entry)
    lists = [
        SdmxCodeList(
            encode_name(row.list),
            row.title,
            list(map(_build_code, entries[row.list])),
            row.note or "",
            _list_notes(row.terms, row.source_url),
        )
        for row in select_list_terms(db)
    ]
    areas = [
        CodeItem(
            encode_id(row.area),
            row.label,
            parent=encode_id(row.parent or ""),
            notes=_note_code(row.area),
        )
        for row in select_area_codes(db)
    ]
    text = "Every area of the hub, by the codes that its observations have."
    lists.append(SdmxCodeList(AREA_LIST, "Areas", areas, text))
    return {item.id: item for item in lists}


def _list_notes(terms: str | None, source_url: str | None) -> list[Note]:
    notes = [Note("TERMS", terms)] if terms else []
    return [*notes, *([Note("SOURCE", url=source_url)] if source_url else [])]


def _build_code(entry: CodeEntryRow) -> CodeItem:
    return CodeItem(
        encode_id(entry.code),
        entry.label,
        entry.definition or "",
        encode_id(entry.parent or ""),
        _note_code(entry.code),
        entry.language,
    )


def _note_code(code: str) -> Sequence[Note]:
    """Return what a code is in the hub, where SDMX does not allow it as it is."""
    return () if encode_id(code) == code else (Note("CODE", code),)
