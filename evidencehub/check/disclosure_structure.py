"""The categories of a dataset, as the audit of disclosure takes them: what is a part of what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import permutations

from evidencehub.check.definition import RuleContext
from evidencehub.disclosure.counts import BoundedCount, CategoryStructure, Hierarchy, IndicatorSum
from evidencehub.disclosure.interval_sums import Span, parse_age_bounds
from evidencehub.disclosure.scheme_covers import CodeRelation, SchemeCover, build_scheme_cover
from evidencehub.domain.code_lists import BARE_AREA_LISTS, CodeList
from evidencehub.domain.status import TOTAL


def build_structure(dataset: RuleContext, counts: Iterable[BoundedCount]) -> CategoryStructure:
    """Return what is known of the categories that these counts are of."""
    keys = {(key.scheme, key.area, key.age, key.dimensions) for key in (c.key for c in counts)}
    schemes = sorted({scheme for scheme, *_ in keys})
    areas = {area for _, area, *_ in keys}
    lists = {
        part.partition("=")[0] for *_, dimensions in keys for part in dimensions.split(";") if part
    }
    hierarchies = {
        name: _parts_by_parent(dataset.code_book.get_list(name))
        for name in (*schemes, *sorted(lists), "sex")
    }
    return CategoryStructure(
        {**hierarchies, "area": _area_hierarchy(dataset, areas)},
        _area_levels(dataset, areas),
        {
            "age": _age_spans(dataset, {age for *_, age, _ in keys}),
            **_dimension_spans(dataset, lists),
        },
        list(_scheme_covers(dataset, schemes)),
        declared_sums(dataset),
    )


def declared_sums(dataset: RuleContext) -> list[IndicatorSum]:
    """Return the sums of indicators that the package declares."""
    return [
        IndicatorSum(entry.get("total", ""), tuple(entry["parts"]))
        for entry in dataset.package.hub.get("indicator_sums", ())
        if entry.get("additive", True)
    ]


def _area_hierarchy(dataset: RuleContext, areas: Iterable[str]) -> Hierarchy:
    """Return which areas are in which, all of those that the lists name."""
    hierarchy: dict[str, set[str]] = {}
    parts_by_list: dict[str, dict[str, list[str]]] = {}
    pending_areas = set(areas)
    while pending_areas:
        area = pending_areas.pop()
        name, code_list, code = _find_area(dataset, area)
        parent = code_list.codes[code].parent if code_list is not None else ""
        if code_list is not None and parent:
            if code_list.name not in parts_by_list:
                parts_by_list[code_list.name] = _parts_by_parent(code_list)
            prefix = f"{name}:" if name else ""
            parts = {f"{prefix}{part}" for part in parts_by_list[code_list.name][parent]}
            pending_areas |= {f"{prefix}{parent}"} - hierarchy.keys()
            hierarchy.setdefault(f"{prefix}{parent}", set()).update(parts)
    return {area: sorted(parts) for area, parts in hierarchy.items()}


def _area_levels(dataset: RuleContext, areas: Iterable[str]) -> dict[str, str]:
    """Return what kind of place each area is."""
    levels_by_area = {}
    for area in areas:
        _, code_list, code = _find_area(dataset, area)
        levels_by_area[area] = code_list.codes[code].level if code_list is not None else ""
    return levels_by_area


def _find_area(dataset: RuleContext, area: str) -> tuple[str, CodeList | None, str]:
    """The list that an area is of (its name empty for the lists of bare codes) and its code."""
    name, _, code = area.rpartition(":")
    for list_name in (name,) if name else BARE_AREA_LISTS:
        code_list = dataset.code_book.get_list(list_name)
        if code_list is not None and code in code_list.codes:
            return name, code_list, code
    return name, None, code


def _parts_by_parent(code_list: CodeList | None) -> dict[str, list[str]]:
    parts: dict[str, list[str]] = {}
    for code in code_list.codes.values() if code_list is not None else ():
        if code.parent:
            parts.setdefault(code.parent, []).append(code.code)
    return parts


def _age_spans(dataset: RuleContext, ages: Iterable[str]) -> dict[str, Span]:
    """Return the bounds of each age band, which its code or its label states."""
    spans = {}
    for age in ages:
        list_name, _, code = age.rpartition(":")
        code_list = dataset.code_book.get_list(list_name or "age")
        codes = code_list.codes if code_list is not None else {}
        span = parse_age_bounds(code, codes[code].label if code in codes else "")
        if span is not None and code != TOTAL:
            spans[age] = span
    return spans


def _dimension_spans(dataset: RuleContext, lists: Iterable[str]) -> dict[str, dict[str, Span]]:
    """Return the bounds of bands in lists of further dimensions whose codes are all bands.

    Numbers alone are no bands: they may as well be the names of categories.
    """
    lists_by_name = {name: dataset.code_book.get_list(name) for name in lists}
    spans_by_list = {
        name: _band_spans(code_list)
        for name, code_list in lists_by_name.items()
        if code_list is not None
    }
    return {name: spans for name, spans in spans_by_list.items() if spans}


def _band_spans(code_list: CodeList) -> dict[str, Span]:
    """Return the bounds of all codes of a list but for the residual ones; none if one has none."""
    residuals = {TOTAL, *_residual_codes(code_list)}
    codes = [code for code in code_list.codes.values() if code.code not in residuals]
    spans = {code.code: parse_age_bounds(code.code, code.label) for code in codes}
    bands = {code: span for code, span in spans.items() if span is not None}
    is_banded = any(last - first != 1 for first, last in bands.values())
    return bands if is_banded and len(bands) == len(codes) else {}


def _scheme_covers(dataset: RuleContext, schemes: Iterable[str]) -> Iterator[SchemeCover]:
    """Yield what exact crosswalks say of each two of these schemes, from either side."""
    relations: dict[tuple[str, str], list[CodeRelation]] = defaultdict(list)
    for entry in dataset.code_book.crosswalks:
        relation = CodeRelation(entry.from_code, entry.to_code, entry.relation)
        relations[entry.from_scheme, entry.to_scheme].append(relation)
        if entry.to_code:
            relations[entry.to_scheme, entry.from_scheme].append(relation.invert())
    lists = {
        name: code_list
        for name in schemes
        if (code_list := dataset.code_book.get_list(name)) is not None
    }
    for source, target in permutations(lists, 2):
        parents = {name: _parents(lists[name]) for name in (source, target)}
        residuals = _residual_codes(lists[source])
        cover = build_scheme_cover(source, target, parents, relations[source, target], residuals)
        if cover is not None:
            yield cover


def _parents(code_list: CodeList) -> Mapping[str, str]:
    return {
        code.code: code.parent if code.parent != TOTAL else ""
        for code in code_list.codes.values()
        if code.code != TOTAL
    }


def _residual_codes(code_list: CodeList) -> frozenset[str]:
    is_residual = {"1", "residual"}
    return frozenset(
        code.code
        for code in code_list.codes.values()
        if code.residual in is_residual or code.level in is_residual
    )
