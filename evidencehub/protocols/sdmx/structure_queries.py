"""Structure queries: which artefacts match, and which others they refer to or are used by."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from evidencehub.formats.sdmx_model import (
    CONCEPT_SCHEME,
    VERSION,
    Component,
    SdmxCodeList,
    StructureKind,
    StructureMessage,
)
from evidencehub.http.parameters import shorten_value, suggest_names
from evidencehub.http.problem_details import HttpError, make_problem
from evidencehub.protocols.sdmx.catalogue import FlowCatalogue
from evidencehub.protocols.sdmx.dataflows import IndicatorFlow
from evidencehub.protocols.sdmx.identifiers import encode_name, split_own_list
from evidencehub.protocols.sdmx.parameters import choose, parse_choices
from evidencehub.store.database import RowReader

Item = TypeVar("Item")
HELD_KINDS: tuple[StructureKind, ...] = (
    "agencyscheme", "dataflow", "datastructure", "conceptscheme", "codelist",
)  # fmt: skip
ITEM_KINDS = ("agencyscheme", "conceptscheme", "codelist")
OTHER_KINDS = (
    "metadatastructure", "metadataflow", "provisionagreement", "process", "categorisation",
    "dataconstraint", "contentconstraint", "attachmentconstraint", "actualconstraint",
    "allowedconstraint", "metadataconstraint", "categoryscheme", "hierarchy",
    "hierarchicalcodelist", "hierarchyassociation", "dataproviderscheme", "dataconsumerscheme",
    "organisationunitscheme", "organisationscheme", "transformationscheme", "rulesetscheme",
    "userdefinedoperatorscheme", "customtypescheme", "namepersonalisationscheme",
    "vtlmappingscheme", "valuelist", "structuremap", "structureset", "representationmap",
    "conceptschememap", "categoryschememap", "organisationschememap", "reportingtaxonomymap",
    "metadataproviderscheme", "reportingtaxonomy", "metadataprovisionagreement",
    "namealiasscheme",
)  # fmt: skip
"""Kinds of artefacts of the standard of which the hub has none."""
ANY_KIND = ("*", "structure")
DETAILS = (
    "full", "allstubs", "referencestubs", "allcompletestubs", "referencecompletestubs",
    "referencepartial", "raw",
)  # fmt: skip
_WORDS = ("none", "parents", "parentsandsiblings", "ancestors", "children", "descendants", "all")
REFERENCES = (*_WORDS, *HELD_KINDS, *OTHER_KINDS)
ANYTHING = ("", "all", "*")
LATEST = ("latest", "+", "~")
WILDCARD_ENDINGS = ("+", "~", "*")
AGENCIES_OWNER, AGENCIES_ID = "SDMX", "AGENCIES"


@dataclass
class _Artefacts:
    """Artefacts by their kinds: identifiers, each once, in the order in which they came."""

    ids: dict[StructureKind, dict[str, None]] = field(
        default_factory=lambda: {kind: {} for kind in HELD_KINDS}
    )

    def add(self, kind: StructureKind, names: Iterable[str]) -> None:
        self.ids[kind] |= dict.fromkeys(names)

    def add_all(self, artefacts: _Artefacts, kinds: Collection[str] = HELD_KINDS) -> None:
        for kind, names in artefacts.ids.items():
            if kind in kinds:
                self.add(kind, names)

    def has(self, kind: StructureKind) -> bool:
        return bool(self.ids[kind])


@dataclass(frozen=True, slots=True)
class StructureQuery:
    """Which artefacts are asked for; a part that is empty stands for all."""

    kind: str
    agencies: Sequence[str] = ()
    ids: Sequence[str] = ()
    versions: Sequence[str] = ()
    items: Sequence[str] = ()


def parse_structure_path(segments: Sequence[str], item_separator: str) -> StructureQuery:
    """Return the query in kind/agency/id/version/item, of which the ends may be missing.

    Raise HttpError (404) for a kind that SDMX does not have, or more parts.
    """
    kind, *parts = segments
    if kind not in (*HELD_KINDS, *OTHER_KINDS, *ANY_KIND) or len(parts) > 4:
        raise _build_missing_error("resource", "/".join(segments))
    lists = [_split(part, ",") for part in parts[:3]]
    items = _split(parts[3], item_separator) if len(parts) == 4 else []
    agencies, ids, versions = [*lists, [], [], []][:3]
    return StructureQuery("*" if kind in ANY_KIND else kind, agencies, ids, versions, items)


def _split(text: str, separator: str) -> list[str]:
    names = text.split(separator)
    return [] if any(name in ANYTHING for name in names) else names


def matches_version(versions: Sequence[str]) -> bool:
    """Whether the one version of every artefact is among those asked for."""
    return not versions or any(_matches_version(version) for version in versions)


def _matches_version(version: str) -> bool:
    if version in LATEST:
        return True
    for part, number in zip(version.split("."), VERSION.split("."), strict=False):
        if part[-1:] in WILDCARD_ENDINGS:
            minimum = part[:-1] or "0"
            return minimum.isdecimal() and int(minimum) <= int(number)
        if part != number:
            return False
    return version.count(".") == VERSION.count(".")


def build_structures(
    query: StructureQuery, values: Mapping[str, str], catalogue: FlowCatalogue, db: RowReader
) -> StructureMessage:
    """Return the artefacts of a query, with those that `references` asks for.

    Raise HttpError: 400 for a value that a parameter does not have, 404 where nothing matches.
    """
    detail = choose(values, "detail", DETAILS, "full")
    references = parse_choices(values, "references", REFERENCES, "none")
    reader = _ArtefactReader(catalogue, db)
    matched = reader.match(query)
    related = reader.relate(matched, references)
    whole = _Artefacts()
    whole.add_all(matched)
    whole.add_all(related)
    message = reader.build_message(whole, matched, query, is_partial=detail == "referencepartial")
    return replace(message, stubs=_list_stubs(detail, matched))


def _list_stubs(detail: str, matched: _Artefacts) -> frozenset[StructureKind]:
    if detail in ("allstubs", "allcompletestubs"):
        return frozenset(HELD_KINDS)
    if detail in ("referencestubs", "referencecompletestubs"):
        return frozenset(kind for kind in HELD_KINDS if not matched.has(kind))
    return frozenset()


class _ArtefactReader:
    """Matches and relates the artefacts of a catalogue."""

    def __init__(self, catalogue: FlowCatalogue, db: RowReader) -> None:
        self._catalogue, self._db = catalogue, db

    def match(self, query: StructureQuery) -> _Artefacts:
        """Return the artefacts that match; raise HttpError (404) for none."""
        matched = _Artefacts()
        for kind in HELD_KINDS:
            if query.kind in ("*", kind):
                matched.add(kind, self._match_kind(kind, query))
        if not any(map(matched.has, HELD_KINDS)):
            raise self._build_error(query)
        return matched

    def _match_kind(self, kind: StructureKind, query: StructureQuery) -> list[str]:
        owner = AGENCIES_OWNER if kind == "agencyscheme" else self._catalogue.agency
        if query.agencies and owner not in query.agencies:
            return []
        if not matches_version(query.versions) and kind != "agencyscheme":
            return []
        names = self._list_names(kind, query)
        return [name for name in names if not query.ids or name in query.ids]

    def _list_names(self, kind: StructureKind, query: StructureQuery) -> Collection[str]:
        match kind:
            case "agencyscheme":
                return [AGENCIES_ID]
            case "conceptscheme":
                return [CONCEPT_SCHEME]
            case "codelist":
                return self._list_code_lists(query.ids)
            case _:
                return self._catalogue.indicators

    def _list_code_lists(self, ids: Sequence[str]) -> list[str]:
        shared = list(self._catalogue.get_code_lists(self._db))
        flows = dict.fromkeys(filter(None, map(split_own_list, ids)))
        names = flows if ids else self._catalogue.indicators
        flow_lists = [
            item.code_list
            for name in names
            if name in self._catalogue.indicators
            for item in self._get_flow(name).own_lists
        ]
        return [*shared, *flow_lists]

    def _get_flow(self, name: str) -> IndicatorFlow:
        return self._catalogue.get_flow(name, self._db)

    def _build_error(self, query: StructureQuery) -> HttpError:
        agency = self._catalogue.agency
        foreign = [name for name in query.agencies if name not in (agency, AGENCIES_OWNER)]
        if foreign and len(foreign) == len(query.agencies):
            name = shorten_value(foreign[0])
            problem = make_problem("sdmx/not-found/agency", "", name=name, agency=agency)
            return HttpError(404, [problem])
        return build_missing_flow_error(query.kind, query.ids, self._catalogue)

    def relate(self, matched: _Artefacts, references: Sequence[str]) -> _Artefacts:
        """Return the artefacts that `references` adds to those that match."""
        related = _Artefacts()
        for word in references:
            kinds = HELD_KINDS if word in _WAYS else [word]
            for steps in _WAYS.get(word, _WAYS["all"]):
                current = matched
                for step in steps:
                    current = self._go_down(current) if step == "down" else self._go_up(current)
                    related.add_all(current, kinds)
        return related

    def _go_down(self, start: _Artefacts) -> _Artefacts:
        """Return what artefacts refer to."""
        reached = _Artefacts()
        reached.add("datastructure", start.ids["dataflow"])
        for name in start.ids["datastructure"]:
            reached.add("conceptscheme", [CONCEPT_SCHEME])
            components = self._get_flow(name).dataflow.components
            reached.add("codelist", [item.code_list for item in components if item.code_list])
        return reached

    def _go_up(self, start: _Artefacts) -> _Artefacts:
        """Return what refers to artefacts."""
        reached = _Artefacts()
        reached.add("dataflow", start.ids["datastructure"])
        lists = start.ids["codelist"]
        if not lists and not start.has("conceptscheme"):
            return reached
        for name in self._catalogue.indicators:
            components = self._get_flow(name).dataflow.components
            if start.has("conceptscheme") or any(item.code_list in lists for item in components):
                reached.add("datastructure", [name])
        return reached

    def build_message(
        self, whole: _Artefacts, matched: _Artefacts, query: StructureQuery, *, is_partial: bool
    ) -> StructureMessage:
        """Return the artefacts with what is in them; items only where the query names some."""
        catalogue = self._catalogue
        structures = whole.ids["datastructure"]
        used_codes = _list_used_codes(map(self._get_flow, structures)) if is_partial else {}
        lists = [
            self._cut_list(item, used_codes, query if name in matched.ids["codelist"] else None)
            for name, item in self._read_lists(whole.ids["codelist"]).items()
        ]
        is_cut = bool(query.items) or is_partial
        return StructureMessage(
            catalogue.sender,
            [catalogue.name_flow(name) for name in whole.ids["dataflow"]],
            [self._get_flow(name).dataflow for name in structures],
            lists,
            self._list_concepts(whole, matched, query),
            whole.has("agencyscheme"),
            partial=frozenset(_CUT_KINDS if is_cut else ()),
        )

    def _list_concepts(
        self, whole: _Artefacts, matched: _Artefacts, query: StructureQuery
    ) -> Sequence[Component]:
        """Return the concepts, those that are named; raise HttpError (404) for a missing item."""
        if query.items and matched.has("agencyscheme"):
            _select_items([self._catalogue.agency], query.items, str, AGENCIES_ID)
        concepts = self._catalogue.concepts if whole.has("conceptscheme") else ()
        if query.items and matched.has("conceptscheme"):
            return _select_items(concepts, query.items, lambda item: item.id, CONCEPT_SCHEME)
        return concepts

    def _read_lists(self, names: Iterable[str]) -> dict[str, SdmxCodeList]:
        shared = self._catalogue.get_code_lists(self._db)
        lists: dict[str, SdmxCodeList] = {}
        for name in names:
            if name in shared:
                lists[name] = shared[name]
                continue
            flow = self._get_flow(split_own_list(name))
            flow_lists = {item.id: item for item in self._catalogue.build_own_lists(flow)}
            lists[name] = flow_lists[name]
        return lists

    def _cut_list(
        self,
        item: SdmxCodeList,
        used_codes: Mapping[str, Collection[str]],
        query: StructureQuery | None,
    ) -> SdmxCodeList:
        codes = item.codes
        if query is not None and query.items:
            codes = _select_items(codes, query.items, lambda code: code.id, item.id)
        elif item.id in used_codes:
            codes = [code for code in codes if code.id in used_codes[item.id]]
        if codes is item.codes:
            return item
        code_ids = {code.id for code in codes}
        cut = [code if code.parent in code_ids else replace(code, parent="") for code in codes]
        return replace(item, codes=cut)


_CUT_KINDS: tuple[StructureKind, ...] = ("codelist",)
_WAYS: Mapping[str, Sequence[Sequence[str]]] = {
    "none": (),
    "children": (("down",),),
    "descendants": (("down", "down"),),
    "parents": (("up",),),
    "ancestors": (("up", "up"),),
    "parentsandsiblings": (("up", "down"),),
    "all": (("up", "up"), ("up", "down"), ("down", "down")),
}
"""The ways from what matches to what is asked for: up to what uses it, down to what it uses."""


def _list_used_codes(flows: Iterable[IndicatorFlow]) -> dict[str, set[str]]:
    used_codes: dict[str, set[str]] = {}
    for flow in flows:
        for item in flow.dimensions:
            used_codes.setdefault(item.code_list, set()).update(item.codes.values())
    return used_codes


def _select_items(
    items: Sequence[Item], names: Sequence[str], get_id: Callable[[Item], str], scheme: str
) -> list[Item]:
    """Return the items that are named; raise HttpError (404) for one that is not there."""
    item_ids = {get_id(item) for item in items}
    missing = [name for name in names if name not in item_ids]
    if missing:
        raise HttpError(
            404,
            [
                make_problem("sdmx/not-found/item", "", name=scheme, code=shorten_value(name))
                for name in missing
            ],
        )
    return [item for item in items if get_id(item) in names]


def build_missing_flow_error(
    kind: str, names: Sequence[str], catalogue: FlowCatalogue
) -> HttpError:
    """Return the error for artefacts that are not there (404); of what was withdrawn it says so."""
    name = ",".join(names)
    withdrawals = catalogue.reference_data.withdrawals.by_id
    withdrawn = {
        encode_name(name): row for (kind, name), row in withdrawals.items() if kind == "indicator"
    }
    for each in names:
        withdrawal = withdrawn.get(each)
        if withdrawal is not None:
            day, reason = withdrawal.withdrawn_on, withdrawal.reason
            code = "sdmx/not-found/withdrawn"
            return HttpError(404, [make_problem(code, "", name=each, day=day, reason=reason)])
    return _build_missing_error(kind, name, catalogue.indicators)


def _build_missing_error(kind: str, name: str, item_ids: Iterable[str] = ()) -> HttpError:
    near = suggest_names(name, item_ids) if name else []
    problem = make_problem(
        "sdmx/not-found/artefact", "", near, near, kind=kind, name=shorten_value(name)
    )
    return HttpError(404, [problem])
