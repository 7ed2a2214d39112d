"""Ethnic groups: the categories of every classification, and the hub's headings over them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from evidencehub.domain.status import build_verification_sql
from evidencehub.store.codes import SELECT_CODES_SQL, CodeRow
from evidencehub.store.conditions import CURRENT_FINDING, PUBLIC_CODE_LIST, join_public_dataset
from evidencehub.store.database import RowReader
from evidencehub.store.labels import TOPIC_RANK_CTE, join_country_label, join_label
from evidencehub.store.typed_rows import select_column, select_rows

PARTIAL_RELATION = "relatedMatch"
MAX_RELATIONS = 60

_GROUP_INDICATORS_CTE = """
group_indicator as (
  select distinct scheme, ethnicity, indicator from group_availability where has_value = 1
)"""
_FACET_DESCENDANTS_CTE = """
descendant (facet, code) as (
  select code, code from code where list = 'hub-facet'
  union
  select u.facet, c.code from descendant as u
  join code as c on c.list = 'hub-facet' and c.parent = u.code
)"""
_JOIN_FACET = """left join crosswalk as x on x.from_scheme = c.list and x.from_code = c.code
  and x.to_scheme = 'hub-facet'"""
FACETS_SQL = """
select
  f.code, f.label, coalesce(f.short_label, f.label) as short_label, f.definition, f.parent,
  p.label as parent_label
from code as f left join code as p on p.list = f.list and p.code = f.parent
where f.list = 'hub-facet'
order by coalesce(p.sort_order, f.sort_order), f.parent is not null, f.sort_order, f.code
"""
GROUPS_SQL = f"""
with {_GROUP_INDICATORS_CTE}
select
  l.list as scheme, c.code, c.label, c.language, l.title as scheme_title,
  l.country as country, n.label as country_label, x.to_code as facet,
  x.relation, count(distinct h.indicator) as indicators, (
    select count(distinct g.finding) from finding_group as g
    join finding as f on f.finding = g.finding
    {join_public_dataset("f.dataset", "t")}
    where g.scheme = c.list and g.ethnicity = c.code
  ) as findings
from code_list as l
join code as c on c.list = l.list and c.residual = 0 and coalesce(c.level, '') <> 'total'
left join dataset as d on d.dataset = l.dataset
{_JOIN_FACET}
left join group_indicator as h on h.scheme = c.list and h.ethnicity = c.code
{join_country_label("n")}
where l.kind = 'ethnicity' and {PUBLIC_CODE_LIST}
group by l.list, c.code, x.to_code
order by n.label, l.title, l.list, c.sort_order, c.code
"""
ALIASES_SQL = """
select a.list as scheme, a.code, a.alias
from alias as a join code_list as l on l.list = a.list and l.kind = 'ethnicity'
order by a.list, a.code, a.alias
"""
COVERAGE_COUNTS_SQL = f"""
with recursive {_FACET_DESCENDANTS_CTE}, {_GROUP_INDICATORS_CTE}
select u.facet, s.code as topic, count(distinct h.indicator) as indicators
from group_indicator as h
join crosswalk as x on x.from_scheme = h.scheme and x.from_code = h.ethnicity
  and x.to_scheme = 'hub-facet'
join descendant as u on u.code = x.to_code
join subject as s on s.kind = 'indicator' and s.id = h.indicator and s.list = 'topic'
group by u.facet, s.code
order by u.facet, s.code
"""
FACET_GROUPS_SQL = f"""
with recursive {_FACET_DESCENDANTS_CTE}
select u.facet, x.from_scheme, x.from_code
from descendant as u
join crosswalk as x on x.to_scheme = 'hub-facet' and x.to_code = u.code
group by u.facet, x.from_scheme, x.from_code
order by u.facet, x.from_scheme, x.from_code
"""
"""The categories under each facet, for those that need them of all facets at once."""
FACET_MEMBERS_SQL = f"""
with recursive {_FACET_DESCENDANTS_CTE}
select
  c.list as scheme, c.code, c.label, c.language, l.title as scheme_title,
  l.country as country, n.label as country_label, x.to_code as facet, x.relation
from descendant as u
join crosswalk as x on x.to_scheme = 'hub-facet' and x.to_code = u.code
join code as c on c.list = x.from_scheme and c.code = x.from_code
join code_list as l on l.list = c.list
left join dataset as d on d.dataset = l.dataset
{join_country_label("n")}
where u.facet = :facet and {PUBLIC_CODE_LIST}
order by n.label, l.title, l.list, c.sort_order, c.code
"""
GROUP_FINDINGS_SQL = f"""
with {TOPIC_RANK_CTE}
select
  f.finding, f.title, f.statement, {build_verification_sql("f")} as verification,
  max(g.role = 'affected') as is_affected,
  f.type = 'remedy' or coalesce(f.direction, '') = 'better' as goes_well
from json_each(:groups) as j
join finding_group as g on g.scheme = j.value ->> 0 and g.ethnicity = j.value ->> 1
join finding as f on f.finding = g.finding and {CURRENT_FINDING}
{join_public_dataset("f.dataset")}
group by f.finding
order by (
  select min(r.rank) from subject as s join topic_rank as r on r.code = s.code
  where s.kind = 'finding' and s.id = f.finding and s.list = 'topic'
) nulls last, f.published desc, f.finding
"""
GROUP_SQL = f"""
select
  c.list as scheme, c.code, c.label, c.language, c.definition, c.note, c.level, c.residual,
  c.parent, l.title as scheme_title, l.note as scheme_note,
  b.definition as counting_basis_definition, n.label as country_label,
  q.label as jurisdiction_label, x.to_code as facet, f.label as facet_label
from code as c
join code_list as l on l.list = c.list and l.kind = 'ethnicity'
{join_label("b", "counting-basis", "l.counting_basis")}
{join_country_label("n")}
{join_label("q", "iso-3166", "l.jurisdiction")} and length(q.code) > 2
{_JOIN_FACET}
{join_label("f", "hub-facet", "x.to_code")}
where c.list = :scheme and c.code = :code
order by x.to_code
"""
PARENT_SQL = f"{SELECT_CODES_SQL} where c.list = :scheme and c.code = :code"
CHILDREN_SQL = (
    f"{SELECT_CODES_SQL} where list = :scheme and parent = :code order by sort_order, code"
)
GROUP_ALIASES_SQL = "select alias from alias where list = :scheme and code = :code order by alias"
CROSSWALK_RELATIONS_SQL = f"""
select x.relation, 0 as is_reversed, l.list as scheme, l.title as scheme_title, c.code, c.label,
  c.language, x.note
from crosswalk as x
join code_list as l on l.list = x.to_scheme and l.kind = 'ethnicity'
left join code as c on c.list = x.to_scheme and c.code = x.to_code
where x.from_scheme = :scheme and x.from_code = :code
union all
select x.relation, 1, l.list, l.title, c.code, c.label, c.language, x.note
from crosswalk as x
join code_list as l on l.list = x.from_scheme and l.kind = 'ethnicity'
join code as c on c.list = x.from_scheme and c.code = x.from_code
where x.to_scheme = :scheme and x.to_code = :code
order by 4, 2, 6
limit {MAX_RELATIONS}
"""

PREFERRED_TERMS_SQL = """
select term, avoid, authority, dated, source, verified, note
from preferred_term
where scheme = :scheme and code = :code or (scheme, code) in (
  select to_scheme, to_code from crosswalk
  where from_scheme = :scheme and from_code = :code and to_scheme = 'hub-facet'
)
order by scheme <> :scheme, rowid
"""


@dataclass(frozen=True, slots=True)
class FacetRow:
    """A heading over groups of many classifications."""

    code: str
    label: str
    short_label: str
    definition: str | None
    parent: str | None
    parent_label: str | None


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A group with the number of its indicators and findings; one row for each of its headings."""

    scheme: str
    code: str
    label: str
    language: str | None
    scheme_title: str
    country: str | None
    country_label: str | None
    facet: str | None
    relation: str | None
    indicators: int
    findings: int

    @property
    def is_partial_member(self) -> bool:
        """Return whether only a part of the group belongs under the heading."""
        return self.relation == PARTIAL_RELATION


@dataclass(frozen=True, slots=True)
class AliasRow:
    """Another name of a group."""

    scheme: str
    code: str
    alias: str


@dataclass(frozen=True, slots=True)
class CoverageCountRow:
    """How many indicators have a value for the groups of a heading, on a topic."""

    facet: str
    topic: str
    indicators: int


@dataclass(frozen=True, slots=True)
class FacetMemberRow:
    """A group under a heading."""

    scheme: str
    code: str
    label: str
    language: str | None
    scheme_title: str
    country: str | None
    country_label: str | None
    facet: str
    relation: str | None

    @property
    def is_partial_member(self) -> bool:
        """Return whether only a part of the group belongs under the heading."""
        return self.relation == PARTIAL_RELATION


@dataclass(frozen=True, slots=True)
class GroupFindingRow:
    """A finding about a group, or one that compares others with it.

    `goes_well` says whether it is better for the group, or about what was tried against a gap.
    """

    finding: str
    title: str | None
    statement: str
    verification: str | None
    is_affected: int
    goes_well: int


@dataclass(frozen=True, slots=True)
class GroupDetailRow:
    """A group as its classification defines it, and one of its headings."""

    scheme: str
    code: str
    label: str
    language: str | None
    definition: str | None
    note: str | None
    level: str | None
    residual: int
    parent: str | None
    scheme_title: str
    scheme_note: str | None
    counting_basis_definition: str | None
    country_label: str | None
    jurisdiction_label: str | None
    facet: str | None
    facet_label: str | None

    @property
    def kind(self) -> str:
        """Return what the category is: total, residual, heading or group."""
        if self.level == "total":
            return "total"
        if self.residual:
            return "residual"
        return "heading" if self.level == "heading" else "group"


@dataclass(frozen=True, slots=True)
class PreferredTermRow:
    """How a group asks to be named, by whom and since when."""

    term: str
    avoid: str | None
    authority: str
    dated: str | None
    source: str
    verified: str
    note: str | None


@dataclass(frozen=True, slots=True)
class CrosswalkRelationRow:
    """A relation of a group to one of another classification; `code` is None for no counterpart.

    `is_reversed` if the crosswalk states it from the other group's side.
    """

    relation: str
    is_reversed: int
    scheme: str
    scheme_title: str
    code: str | None
    label: str | None
    language: str | None
    note: str | None


def select_facets(db: RowReader) -> list[FacetRow]:
    """Return the headings, each before those under it."""
    return select_rows(db, FacetRow, FACETS_SQL)


def select_groups(db: RowReader) -> list[GroupRow]:
    """Return the groups of all public classifications, by country."""
    return select_rows(db, GroupRow, GROUPS_SQL)


def select_aliases(db: RowReader) -> list[AliasRow]:
    """Return every other name of a group."""
    return select_rows(db, AliasRow, ALIASES_SQL)


def select_coverage_counts(db: RowReader) -> list[CoverageCountRow]:
    """Return how many indicators have a value, by heading and topic."""
    return select_rows(db, CoverageCountRow, COVERAGE_COUNTS_SQL)


def select_facet_members(db: RowReader, facet: str) -> list[FacetMemberRow]:
    """Return the groups under a heading and under narrower ones, by country."""
    return select_rows(db, FacetMemberRow, FACET_MEMBERS_SQL, facet=facet)


def select_group_findings(
    db: RowReader, groups: Iterable[tuple[str, str]]
) -> list[GroupFindingRow]:
    """Return the current findings that name one of the groups (scheme and code)."""
    return select_rows(db, GroupFindingRow, GROUP_FINDINGS_SQL, groups=groups)


def select_group_details(db: RowReader, scheme: str, code: str) -> list[GroupDetailRow]:
    """Return a group once for each of its headings, at least once; empty if there is none."""
    return select_rows(db, GroupDetailRow, GROUP_SQL, scheme=scheme, code=code)


def select_group_parent(db: RowReader, scheme: str, parent: str | None) -> list[CodeRow]:
    """Return the parent category of a group, or none."""
    return select_rows(db, CodeRow, PARENT_SQL, scheme=scheme, code=parent)


def select_group_children(db: RowReader, scheme: str, code: str) -> list[CodeRow]:
    """Return the categories whose parent a group is, in the order of the classification."""
    return select_rows(db, CodeRow, CHILDREN_SQL, scheme=scheme, code=code)


def select_group_aliases(db: RowReader, scheme: str, code: str) -> list[str]:
    """Return the other names of a group."""
    return select_column(db, GROUP_ALIASES_SQL, scheme=scheme, code=code)


def select_crosswalk_relations(db: RowReader, scheme: str, code: str) -> list[CrosswalkRelationRow]:
    """Return what crosswalks say of a group, from its side and from the other one."""
    return select_rows(db, CrosswalkRelationRow, CROSSWALK_RELATIONS_SQL, scheme=scheme, code=code)


def select_preferred_terms(db: RowReader, scheme: str, code: str) -> list[PreferredTermRow]:
    """Return how a group, or the facet that it is under, asks to be named."""
    return select_rows(db, PreferredTermRow, PREFERRED_TERMS_SQL, scheme=scheme, code=code)
