"""May what a question asks for be converted? Judged from what is asked, before any row is read.

What an indicator publishes in a classification is the same for all its areas and periods, so an
answer without rows is refused where one with rows would be.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from evidencehub.crosswalk.mappability import (
    ADDITIVE_BASES,
    Classification,
    CodeMapping,
    Obstacle,
    assess_mappability,
    counting_basis_obstacle,
)
from evidencehub.domain.status import RATE_VALUE_TYPES, get_default_scale
from evidencehub.messages.rendering import Message, make_message

Schemes: TypeAlias = Mapping[str, Classification]
Crosswalks: TypeAlias = Mapping[tuple[str, str], Sequence[CodeMapping]]


@dataclass(frozen=True)
class IndicatorMetadata:
    """What must be known of an indicator before its figures are added.

    `scale` is what numerator / denominator is multiplied by; where it is not given, 100 for a
    percentage and 1 for the rest. `standardisation` is the publisher's text: “crude …” or
    “none …” says that figures are counted as they stand. `ci_level` is in percent.
    """

    value_type: str
    scale: float | None = None
    standardisation: str = ""
    ci_level: float | None = None

    @property
    def multiplier(self) -> float:
        """What numerator / denominator is multiplied by."""
        return self.scale or get_default_scale(self.value_type)

    @property
    def is_crude(self) -> bool:
        """True where the publisher says so."""
        return self.standardisation.strip().casefold().startswith(("crude", "none"))


@dataclass(frozen=True)
class PublishedTables:
    """What an indicator publishes in one classification, whatever area and period.

    `codes` are of the groups that it has rows for, `counting_bases` as its rows say (empty for
    that of the classification). `has_counts` is False if no value of a group has its numerator
    and denominator. Without `codes` it publishes nothing there.
    """

    indicator: str
    scheme: str
    codes: frozenset[str] = frozenset()
    comparators: frozenset[str] = frozenset()
    adjustments: frozenset[str] = frozenset({""})
    counting_bases: frozenset[str] = frozenset({""})
    has_counts: bool = True


def list_obstacles(
    tables: Sequence[PublishedTables],
    target: str,
    *,
    schemes: Schemes,
    crosswalks: Crosswalks,
    indicators: Mapping[str, IndicatorMetadata],
) -> list[Obstacle]:
    """Return everything that forbids converting the tables to `target`, each obstacle once.

    `target` is a classification, or empty for the top-level categories of each.
    A table without an indicator stands for a classification that is asked for by its name.
    """
    obstacles: list[Obstacle] = []
    if target and schemes[target].is_facet:
        reason = make_message("crosswalk/target-is-facet", target=target)
        obstacles.append(Obstacle("scheme", (target,), reason))
    for table in tables:
        if table.scheme == target:
            continue
        obstacles += _list_measure_obstacles(table, indicators)
        for source in _list_sources(table, schemes):
            if target:
                mappings = crosswalks.get((table.scheme, target), ())
                finest_codes = _select_finest(source, table.codes)
                verdict = assess_mappability(source, schemes[target], mappings, finest_codes)
                obstacles += verdict.obstacles
            else:
                obstacles += _list_addition_obstacles(source, table.codes)
    return list(dict.fromkeys(obstacles))


def _list_sources(table: PublishedTables, schemes: Schemes) -> list[Classification]:
    """Return the classification of a table with each counting basis that its rows have."""
    scheme = schemes[table.scheme]
    bases = sorted({basis or scheme.counting_basis for basis in table.counting_bases})
    return [replace(scheme, counting_basis=basis) for basis in bases]


def _list_addition_obstacles(scheme: Classification, codes: Collection[str]) -> Iterator[Obstacle]:
    """Yield what forbids adding groups to their top-level categories, if they must be added."""
    if scheme.counting_basis not in ADDITIVE_BASES and _needs_addition(scheme, codes):
        yield counting_basis_obstacle(scheme.name, scheme.counting_basis)


def _list_measure_obstacles(
    table: PublishedTables, indicators: Mapping[str, IndicatorMetadata]
) -> Iterator[Obstacle]:
    if not table.indicator:
        return
    name, metadata = table.indicator, indicators.get(table.indicator)
    for reason in explain_not_additive(name, metadata, table.comparators, table.adjustments):
        yield Obstacle("measure", (name,), reason)
    if metadata and metadata.value_type in RATE_VALUE_TYPES and not table.has_counts:
        reason = make_message("crosswalk/no-counts", indicator=name, value_type=metadata.value_type)
        yield Obstacle("measure", (name,), reason)


def _select_finest(scheme: Classification, codes: Collection[str]) -> list[str] | None:
    """Return the codes of which no narrower one is published; None, for all, without any code."""
    groups = [code for code in scheme.groups if code in codes]
    return [c for c in groups if not set(scheme.descendants(c)) & set(groups)] or None


def _needs_addition(scheme: Classification, codes: Collection[str]) -> bool:
    """Return whether some group is to be added to others to make its top-level category."""
    groups = _select_finest(scheme, codes) or scheme.leaves
    tops = {code: (scheme.ancestors(code) or (code,))[-1] for code in scheme.groups}
    leaves = [tops[code] for code in scheme.leaves]
    return any(tops[code] != code and leaves.count(tops[code]) > 1 for code in groups)


def explain_not_additive(
    indicator: str,
    metadata: IndicatorMetadata | None,
    comparators: Collection[str],
    adjustments: Collection[str],
) -> Iterator[Message]:
    """Yield why the values of an indicator, with these in their rows, cannot be added."""
    if metadata is None:
        yield make_message("crosswalk/unknown-indicator", indicator=indicator)
        return
    value_type = metadata.value_type
    if value_type not in ("count", *RATE_VALUE_TYPES):
        yield make_message("crosswalk/value-type", indicator=indicator, value_type=value_type)
        return
    if names := sorted({*comparators} - {""}):
        yield make_message("crosswalk/comparator", indicator=indicator, comparators=tuple(names))
    if names := sorted({*adjustments} - {"", "none", "crude"}):
        yield make_message("crosswalk/adjusted", indicator=indicator, adjustments=tuple(names))
    if value_type != "count":
        yield from _explain_rates(indicator, metadata, adjustments)


def _explain_rates(
    indicator: str, metadata: IndicatorMetadata, adjustments: Collection[str]
) -> Iterator[Message]:
    """Yield why rates cannot be made again from added counts, whatever these are."""
    if "" in adjustments and not metadata.is_crude:
        if metadata.standardisation:
            yield make_message(
                "crosswalk/standardised",
                indicator=indicator,
                standardisation=metadata.standardisation,
            )
        else:
            yield make_message("crosswalk/standardisation-unstated", indicator=indicator)
    if not 0 < metadata.multiplier < math.inf:
        yield make_message("crosswalk/scale", indicator=indicator, scale=metadata.multiplier)
