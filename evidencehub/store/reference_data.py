"""What the hub knows at its start: codes and their labels, ids, releases, licences, facts."""

from __future__ import annotations

import difflib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evidencehub.crosswalk.comparability_facts import Comparability
from evidencehub.domain.licence_basis import LICENCE_BASES
from evidencehub.errors import HubError
from evidencehub.store.database import HubDatabase
from evidencehub.store.hierarchies import FACET_SCHEME, Hierarchies, read_hierarchies
from evidencehub.store.resource_model import ApiResource, Filter
from evidencehub.store.search_ranking import KIND_PRIORS
from evidencehub.store.withdrawals import Withdrawals, read_withdrawals

LabelSets = Mapping[str, Mapping[str, str]]  # labels by code, by the name of the set
RowsByKey = Mapping[str, Mapping[str, Any]]
NONE_VALUE = "none"
"""The value of a parameter that means “not broken down by this dimension”."""


DATASETS_SQL = """
select dataset, title, version, created, licence, licence_url, publisher, synthetic, verification,
  governance, whose_ethnicity, ethnicity_recording, ethnicity_completeness,
  origin, origin_title, origin_url, origin_fetched_at
from dataset order by dataset
"""
ORIGINS_SQL = """
select origin, min(coalesce(origin_title, origin)) as title from dataset
where origin is not null and origin not in (select partner from partner)
group by origin
union all
select partner, title from partner
order by 1
"""
VALUE_SOURCES_SQL = """
select
  g.dataset, g.indicator, s.source, s.title, s.publisher,
  coalesce('https://doi.org/' || s.doi, s.url) as address, s.licence, s.licence_basis,
  s.licence_url
from (
  select distinct dataset, indicator, source from group_availability where source is not null
) as g
join source as s on s.dataset = g.dataset and s.source = g.source
order by 1, 2, 3
"""
SCHEMES_SQL = "select list, title, kind, jurisdiction, counting_basis from code_list order by list"
COUNTRIES_SQL = """
select area, label from area where level = 'country' or area in (select country from area)
order by area
"""
CODE_LABELS_SQL = "select list, code, label from code order by list, sort_order, code"
RECOMMENDATIONS_SQL = "select recommendation, text from recommendation order by recommendation"
TABLE_COLUMNS_SQL = """
select t.name, c.name, c."notnull" from sqlite_schema as t, pragma_table_info(t.name) as c
where t.type in ('table', 'view')
order by t.name, c.cid
"""


@dataclass(frozen=True, eq=False)
class ReferenceData:
    """The sets of values that a parameter may have, each with its label, and facts on datasets.

    `code_lists` are all code lists with the labels of their codes. `schemes_by_group` gives for
    each code of an ethnic group the schemes that have it. `synthetic_datasets` are the datasets
    whose figures are made up for teaching. `release_digests` change with the release of a dataset,
    and with the code and the lists that its figures were made with. `required_columns` are the
    columns of each table that are never null. `site_metadata` is what the site says about itself.
    `hierarchies` say what is below an area or a group. `value_sources` are the sources of the
    values of each dataset and indicator, but for synthetic datasets. `expanded_statements` keeps
    SQL that was written out, `assessments` what was found of rows of the same kinds.
    """

    value_sets: LabelSets
    code_lists: LabelSets
    schemes_by_group: Mapping[str, Sequence[str]]
    datasets: RowsByKey
    indicators: RowsByKey
    schemes: RowsByKey
    conversion_verdicts: Mapping[tuple[str, str], str]
    synthetic_datasets: frozenset[str]
    table_columns: Mapping[str, Sequence[str]]
    build: str
    release_digests: Mapping[str, str]
    site_url: str
    withdrawals: Withdrawals
    required_columns: Mapping[str, frozenset[str]] = field(default_factory=dict)
    site_metadata: Mapping[str, Any] = field(default_factory=dict)
    hierarchies: Hierarchies = field(default_factory=Hierarchies)
    value_sources: Mapping[tuple[str, str], Sequence[Mapping[str, Any]]] = field(
        default_factory=dict
    )
    expanded_statements: dict[str, str] = field(default_factory=dict)
    assessments: dict[Any, Comparability] = field(default_factory=dict)

    def suggest_values(self, name: str, value: str, limit: int = 3) -> list[str]:
        """The known values that come closest to one that is not known, by code or by label."""
        value_set = self.value_sets[name]
        labels: dict[str, list[str]] = defaultdict(list)
        for code, label in value_set.items():
            if name != "ethnicity" or ":" in code:  # a group is named with its classification
                labels[label.casefold()].append(code)
        codes = {code.casefold(): [code] for code in reversed(list(value_set))}
        candidates = {**codes, **labels} if value.casefold() in labels else {**labels, **codes}
        matches = difflib.get_close_matches(value.casefold(), candidates, limit, 0.6)
        matching_codes = dict.fromkeys(code for match in matches for code in candidates[match])
        return list(matching_codes)[: 2 * limit]


def read_reference_data(
    database: HubDatabase, build: Path, resources: Iterable[ApiResource]
) -> ReferenceData:
    """Return the reference data of a build, with the sets of values that the filters use.

    Raise HubError if a filter of a resource declares no values, or values that do not exist.
    """
    datasets = _fetch_by_key(database, DATASETS_SQL)
    indicators = _fetch_by_key(database, "select * from indicator order by 1")
    schemes = _fetch_by_key(database, SCHEMES_SQL)
    codes: dict[str, dict[str, str]] = defaultdict(dict)
    for name, code, label in database.fetch_all(CODE_LABELS_SQL):
        codes[name][code] = label
    groups: dict[str, list[str]] = defaultdict(list)
    for name in _list_ethnic_schemes(schemes):
        for code in codes[name]:
            groups[code].append(name)
    values = _build_value_sets(database, datasets, indicators, schemes, codes, groups)
    values = _resolve_filters(resources, values, {name: codes[name] for name in schemes})
    conversions = database.fetch_all(
        "select from_scheme, to_scheme, verdict from scheme_conversion"
    )
    ((build_hash,),) = database.fetch_all("select value from build where name = 'hash'")
    site_metadata = json.loads((build / "metadata.json").read_text("utf-8"))
    table_columns, required_columns = _read_table_columns(database)
    return ReferenceData(
        values,
        dict(codes),
        groups,
        datasets,
        indicators,
        schemes,
        {(source, target): verdict for source, target, verdict in conversions},
        frozenset(name for name, dataset in datasets.items() if dataset["synthetic"]),
        table_columns,
        build_hash,
        _read_release_digests(build),
        str(site_metadata.get("url", "")).rstrip("/"),
        read_withdrawals(database, build),
        required_columns,
        {name: value for name, value in site_metadata.items() if isinstance(value, str)},
        read_hierarchies(database),
        _read_value_sources(database),
    )


def _read_value_sources(database: HubDatabase) -> dict[tuple[str, str], list[Mapping[str, Any]]]:
    """Return the sources of the values of each dataset and indicator."""
    names = [column[0] for column in database.describe_columns(VALUE_SOURCES_SQL)]
    sources: dict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for row in database.fetch_all(VALUE_SOURCES_SQL):
        cells = dict(zip(names, row, strict=True))
        sources[cells["dataset"], cells.pop("indicator")].append(cells)
    return dict(sources)


def _resolve_filters(
    resources: Iterable[ApiResource], computed_sets: LabelSets, code_lists: LabelSets
) -> dict[str, Mapping[str, str]]:
    """Return the computed sets and those of the code lists that filters name."""
    value_sets = dict(computed_sets)
    for resource in resources:
        for filter_ in resource.filters:
            if filter_.filter_type != "code":
                continue
            values = _find_values(filter_, resource.name, computed_sets, code_lists)
            if value_sets.setdefault(filter_.value_set, values) is not values:
                raise HubError(
                    f"The filter “{filter_.name}” of {resource.name} uses other values under the "
                    f"name “{filter_.value_set}” than another filter does. Rename the set."
                )
    return value_sets


def _find_values(
    filter_: Filter, resource_name: str, computed_sets: LabelSets, code_lists: LabelSets
) -> Mapping[str, str]:
    subject = f"The filter “{filter_.name}” of {resource_name}"
    name = filter_.codelist or filter_.value_set
    values = (code_lists if filter_.codelist else computed_sets).get(name)
    if values is not None:
        return values
    if not name:
        raise HubError(f"{subject} declares no values. Give it a code list or a set of values.")
    if filter_.codelist:
        raise HubError(
            f"{subject} uses the code list “{name}”, which does not exist. "
            "Correct the name, or add the list to the code lists."
        )
    raise HubError(
        f"{subject} uses the set of values “{name}”, which does not exist. "
        "Correct the name, or use a code list."
    )


def _build_value_sets(
    database: HubDatabase,
    datasets: RowsByKey,
    indicators: RowsByKey,
    schemes: RowsByKey,
    codes: Mapping[str, dict[str, str]],
    groups: Mapping[str, list[str]],
) -> dict[str, Mapping[str, str]]:
    """Return the sets of values that are not one code list, with their labels."""
    values: dict[str, Mapping[str, str]] = {
        "dataset": {name: dataset["title"] for name, dataset in datasets.items()},
        "indicator": {name: indicator["title"] for name, indicator in indicators.items()},
        "scheme": {name: schemes[name]["title"] for name in _list_ethnic_schemes(schemes)},
        "classification": {
            name: schemes[name]["title"]
            for name in _list_ethnic_schemes(schemes)
            if name != FACET_SCHEME
        },
        "list": {name: scheme["title"] for name, scheme in schemes.items()},
        "area": dict(database.fetch_all("select area, label from area order by 1")),
        "country": dict(database.fetch_all(COUNTRIES_SQL)),
        "finding": dict(database.fetch_all("select finding, statement from finding order by 1")),
        "recommendation": dict(database.fetch_all(RECOMMENDATIONS_SQL)),
        "question": dict(database.fetch_all("select question, text from question order by 1")),
        "ethnicity": _label_ethnicities(groups, codes),
    }
    for name in ("sex", "age", "adjustment"):
        values[name] = {**codes[name], **_read_used_values(database, name, codes)}
    values["other"] = _read_other_dimensions(database, codes)
    values["comparator"] = _read_used_values(database, "comparator", codes)
    origins: dict[str, str] = dict(database.fetch_all(ORIGINS_SQL))
    values["origin"] = {**origins, NONE_VALUE: "the hub's own"}
    for name in ("comparator", "adjustment"):
        values[name] = {**values[name], NONE_VALUE: f"no {name}"}
    return {**values, **_build_fixed_value_sets(schemes)}


def _list_ethnic_schemes(schemes: RowsByKey) -> list[str]:
    """The lists whose codes are ethnic groups."""
    return [name for name, scheme in schemes.items() if scheme["kind"] in ("ethnicity", "facet")]


def _build_fixed_value_sets(schemes: RowsByKey) -> dict[str, Mapping[str, str]]:
    """The sets that are no code list of their own."""
    value_lists = {
        "list_kind": ("ethnicity", "facet", "area", "dimension", "vocabulary"),
        "coverage_status": ("values", "findings", "not-found", "not-held"),
        "search_kind": sorted(KIND_PRIORS),
        "relation": (
            "exactMatch", "closeMatch", "broadMatch", "narrowMatch", "relatedMatch", "noMatch",
        ),
        "jurisdiction": sorted({s["jurisdiction"] for s in schemes.values()} - {None}),
    }  # fmt: skip
    sets = {name: {word: word for word in words} for name, words in value_lists.items()}
    return {**sets, "licence_basis": LICENCE_BASES}


def _fetch_by_key(database: HubDatabase, sql: str) -> dict[str, Mapping[str, Any]]:
    """Rows by their first column."""
    names = [column[0] for column in database.describe_columns(sql)]
    return {row[0]: dict(zip(names, row, strict=True)) for row in database.fetch_all(sql)}


def _read_table_columns(
    database: HubDatabase,
) -> tuple[dict[str, Sequence[str]], dict[str, frozenset[str]]]:
    """Return the columns of each table and view, and those of them that are never null."""
    columns_by_table: dict[str, list[str]] = defaultdict(list)
    required_columns: dict[str, set[str]] = defaultdict(set)
    for table, column, is_required in database.fetch_all(TABLE_COLUMNS_SQL):
        columns_by_table[table].append(column)
        required_columns[table] |= {column} if is_required else set()
    return dict(columns_by_table), {n: frozenset(names) for n, names in required_columns.items()}


def _label_ethnicities(groups: Mapping[str, Sequence[str]], codes: LabelSets) -> dict[str, str]:
    """A code alone, and a code with its scheme before it."""
    by_code = {code: codes[names[0]][code] for code, names in groups.items()}
    by_qualified_code = {
        f"{name}:{c}": codes[name][c] for c, names in groups.items() for name in names
    }
    return {**by_code, **by_qualified_code}


def _read_used_values(database: HubDatabase, column: str, codes: LabelSets) -> dict[str, str]:
    """What stands in a column of the observations, with the label of list:code."""
    labels: dict[str, str] = {}
    for (value,) in database.fetch_all(f"select distinct {column} from observation order by 1"):
        code_list, _, code = value.partition(":")
        label = codes.get(code_list, {}).get(code) or codes.get(column, {}).get(value, value)
        labels |= {value: label} if value else {}
    return labels


def _read_other_dimensions(database: HubDatabase, codes: LabelSets) -> dict[str, str]:
    """Further dimensions as list=code, and `none` for rows without any."""
    rows = database.fetch_all("select distinct list, code from observation_dimension order by 1, 2")
    labels = {f"{code_list}={code}": codes[code_list].get(code, code) for code_list, code in rows}
    return {**labels, NONE_VALUE: "no other dimension"}


def _read_release_digests(build: Path) -> dict[str, str]:
    """Return the version of each dataset with the key of the form that its figures are from."""
    manifest = json.loads((build / "manifest.json").read_text("utf-8"))
    return {
        name: f"{name} {entry['version']} {entry['stage']}"
        for name, entry in manifest["datasets"].items()
    }
