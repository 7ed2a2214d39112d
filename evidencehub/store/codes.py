"""Code lists and their codes: labels, uses, and conversions to other lists."""

from __future__ import annotations

from dataclasses import dataclass

from evidencehub.store.conditions import IS_PUBLIC_DATASET
from evidencehub.store.database import RowReader
from evidencehub.store.typed_rows import select_column, select_pairs, select_row, select_rows

SELECT_CODES_SQL = """
select c.list, c.code, c.label, c.definition, c.language, c.level, c.valid_to, c.successor
from code as c"""
"""The columns of a CodeRow."""

CODES_SQL = f"""
{SELECT_CODES_SQL}
where c.list in (select value from json_each(:lists))
order by c.list, c.sort_order, c.code
"""
JURISDICTION_LABEL = """(
    select label from code as a
    where a.list = 'iso-3166'
      and a.code in (l.jurisdiction, 'GB-' || l.jurisdiction, l.country)
    order by length(a.code) desc, a.code limit 1
  )"""
CODE_LISTS_SQL = f"""
select l.list, l.title, l.kind, l.authority, l.jurisdiction,
  (select count(*) from code as c where c.list = l.list) as codes,
  {JURISDICTION_LABEL} as jurisdiction_label
from code_list as l
left join dataset as d on d.dataset = l.dataset
where coalesce(d.synthetic, 0) = 0
order by l.jurisdiction is null, l.title, l.list
"""
CODE_LIST_SQL = f"""
select l.list, l.title, l.kind, l.authority, l.jurisdiction, l.language, l.concept, l.valid_from,
  l.valid_to, l.ordered, l.source_url, l.verified, l.terms, l.terms_verified, l.note, l.dataset,
  b.label as basis, b.definition as basis_definition, d.title as dataset_title,
  coalesce(d.synthetic, 0) as synthetic,
  (select count(*) from code as c where c.list = l.list) as codes,
  {JURISDICTION_LABEL} as jurisdiction_label
from code_list as l
left join code as b on b.list = 'counting-basis' and b.code = l.counting_basis
left join dataset as d on d.dataset = l.dataset
where l.list = :list
order by l.list
"""
CODES_OF_LIST_SQL = """
select c.code, c.label, c.language, c.parent, c.definition, c.valid_from, c.valid_to, c.note,
  (
    select group_concat(alias, ', ')
    from (select alias from alias where list = c.list and code = c.code order by alias)
  ) as aliases
from code as c
where c.list = :list
order by coalesce(c.sort_order, 1000000), c.code
limit :limit
"""
AREA_CODES_SQL = "select area, label, parent from area order by area"
ALL_CODES_SQL = """
select c.list, c.code, c.label, c.definition, c.parent, c.level, c.language
from code as c
where :list in ('', c.list)
order by c.list, coalesce(c.sort_order, 1000000), c.code
"""
ALL_LISTS_SQL = """
select list, title, language, source_url, terms, note
from code_list
order by list
"""
CODE_NAMES_SQL = "select code from code where list = :list order by code"
FACET_MAPPINGS_SQL = """
select x.from_code, x.to_code, x.relation, c.label, c.language
from crosswalk as x
left join code as c on c.list = x.to_scheme and c.code = x.to_code
where x.from_scheme = :list and x.to_scheme = 'hub-facet'
order by x.from_code, x.to_code
"""
CONVERSIONS_SQL = """
select v.from_scheme, v.to_scheme, v.verdict, v.reasons, l.title,
  v.from_scheme = :list as is_outgoing
from scheme_conversion as v
join code_list as l on l.list = iif(v.from_scheme = :list, v.to_scheme, v.from_scheme)
where (v.from_scheme = :list or v.to_scheme = :list) and v.to_scheme <> 'hub-facet'
order by is_outgoing desc, l.title, l.list
"""
_CODE_LIST_USES_SQL = f"""
select i.indicator, i.title, d.dataset, d.title as dataset_title, d.language,
  {{count}} as observation_count
from {{table}} as o
join indicator as i on i.indicator = o.indicator
join dataset as d on d.dataset = o.dataset
where {{condition}} and ({IS_PUBLIC_DATASET} or :synthetic = 1)
group by d.dataset, i.indicator
order by d.title, d.dataset, i.title, i.indicator
limit :limit
"""
CODE_LIST_USES_SQL_BY_KIND = {
    "ethnicity": _CODE_LIST_USES_SQL.format(
        count="sum(o.observation_count)", table="availability", condition="o.scheme = :list"
    ),
    "area": _CODE_LIST_USES_SQL.format(
        count="sum(o.observation_count)",
        table="availability",
        condition="o.area in (select area from area where list = :list)",
    ),
    "dimension": _CODE_LIST_USES_SQL.format(
        count="count(*)",
        table="observation",
        condition="o.other in (select other from observation_dimension where list = :list)",
    ),
}
AREAS_WITH_EVIDENCE_SQL = """
select code, area from area
where list = :list
  and (
    area in (select h.area from availability as h join dataset as d using (dataset)
      where d.synthetic = 0)
    or area in (
      select f.area from finding as f join dataset as d using (dataset) where d.synthetic = 0
    )
    or exists (
      select 1 from code_list as l join dataset as d using (dataset)
      where l.list = area.list and d.synthetic = 1
    )
  )
order by code
"""


@dataclass(frozen=True, slots=True)
class CodeRow:
    """A code with its label; `list` is the name of its code list."""

    list: str
    code: str
    label: str
    definition: str | None
    language: str
    level: str | None = None
    valid_to: str | None = None
    successor: str | None = None


@dataclass(frozen=True, slots=True)
class CodeListRow:
    """A code list as the list of them names it; `codes` is how many it has."""

    list: str
    title: str
    kind: str
    authority: str | None
    jurisdiction: str | None
    codes: int
    jurisdiction_label: str | None


@dataclass(frozen=True, slots=True)
class CodeListDetailRow:
    """A code list with everything that is recorded of it."""

    list: str
    title: str
    kind: str
    authority: str | None
    jurisdiction: str | None
    language: str
    concept: str | None
    valid_from: str | None
    valid_to: str | None
    ordered: str | None
    source_url: str | None
    verified: str | None
    terms: str | None
    terms_verified: str | None
    note: str | None
    dataset: str | None
    basis: str | None
    basis_definition: str | None
    dataset_title: str | None
    synthetic: int
    codes: int
    jurisdiction_label: str | None


@dataclass(frozen=True, slots=True)
class ListedCodeRow:
    """A code on the page of its list; `aliases` are joined by commas."""

    code: str
    label: str
    language: str
    parent: str | None
    definition: str | None
    valid_from: str | None
    valid_to: str | None
    note: str | None
    aliases: str | None


@dataclass(frozen=True, slots=True)
class FacetMappingRow:
    """How a code relates to a facet of the hub; without `to_code` it relates to none."""

    from_code: str
    to_code: str | None
    relation: str
    label: str | None
    language: str | None


@dataclass(frozen=True, slots=True)
class ListTermsRow:
    """A code list with what its owner asks for."""

    list: str
    title: str
    language: str
    source_url: str | None
    terms: str | None
    note: str | None


@dataclass(frozen=True, slots=True)
class CodeEntryRow:
    """A code with its place in its list."""

    list: str
    code: str
    label: str
    definition: str | None
    parent: str | None
    level: str | None
    language: str


@dataclass(frozen=True, slots=True)
class AreaCodeRow:
    """An area by the id that observations have."""

    area: str
    label: str
    parent: str | None


@dataclass(frozen=True, slots=True)
class ConversionRow:
    """Whether values can be converted between a list and another one, whose `title` this is.

    `reasons` are stored messages.
    """

    from_scheme: str
    to_scheme: str
    verdict: str
    reasons: str | None
    title: str
    is_outgoing: int


@dataclass(frozen=True, slots=True)
class CodeListUseRow:
    """An indicator that has observations with codes of a list."""

    indicator: str
    title: str
    dataset: str
    dataset_title: str
    language: str
    observation_count: int


def select_codes(db: RowReader, *code_lists: str) -> list[CodeRow]:
    """Return the codes of the lists, by list and then in their order."""
    return select_rows(db, CodeRow, CODES_SQL, lists=code_lists)


def select_code_lists(db: RowReader) -> list[CodeListRow]:
    """Return every list but those of synthetic datasets; lists of no country come last."""
    return select_rows(db, CodeListRow, CODE_LISTS_SQL)


def select_code_list(db: RowReader, name: str) -> CodeListDetailRow | None:
    """Return a code list, or None."""
    return select_row(db, CodeListDetailRow, CODE_LIST_SQL, list=name)


def select_codes_of_list(db: RowReader, name: str, limit: int) -> list[ListedCodeRow]:
    """Return the first codes of a list in its order."""
    return select_rows(db, ListedCodeRow, CODES_OF_LIST_SQL, list=name, limit=limit)


def select_list_terms(db: RowReader) -> list[ListTermsRow]:
    """Return every code list, those of synthetic datasets too, with its owner's terms."""
    return select_rows(db, ListTermsRow, ALL_LISTS_SQL)


def select_code_entries(db: RowReader, name: str = "") -> list[CodeEntryRow]:
    """Return every code of a list, or of all lists, in the order of its list."""
    return select_rows(db, CodeEntryRow, ALL_CODES_SQL, list=name)


def select_area_codes(db: RowReader) -> list[AreaCodeRow]:
    """Return every area of the hub."""
    return select_rows(db, AreaCodeRow, AREA_CODES_SQL)


def select_code_names(db: RowReader, name: str) -> list[str]:
    """Return the bare codes of a list."""
    return select_column(db, CODE_NAMES_SQL, list=name)


def select_facet_mappings(db: RowReader, name: str) -> list[FacetMappingRow]:
    """Return how the codes of a list relate to the facets of the hub."""
    return select_rows(db, FacetMappingRow, FACET_MAPPINGS_SQL, list=name)


def select_conversions(db: RowReader, name: str) -> list[ConversionRow]:
    """Return the conversions from a list, then those to it."""
    return select_rows(db, ConversionRow, CONVERSIONS_SQL, list=name)


def select_code_list_uses(
    db: RowReader, code_list: CodeListDetailRow, limit: int
) -> list[CodeListUseRow]:
    """Return the indicators that use a list, by dataset; none for a kind that is not counted."""
    sql = CODE_LIST_USES_SQL_BY_KIND.get(code_list.kind)
    return (
        select_rows(
            db, CodeListUseRow, sql, list=code_list.list, limit=limit, synthetic=code_list.synthetic
        )
        if sql
        else []
    )


def select_areas_with_evidence(db: RowReader, name: str) -> dict[str, str]:
    """Return the areas of a list that have a page, by code."""
    return select_pairs(db, AREAS_WITH_EVIDENCE_SQL, list=name)
