"""Code lists whole, as other systems take them: every code, its other names, its mappings."""

from __future__ import annotations

from dataclasses import dataclass

from evidencehub.store.database import RowReader
from evidencehub.store.typed_rows import select_rows

SCHEME_CODES_SQL = """
select c.code, c.label, c.short_label, c.language, c.parent, c.level, c.definition, c.note,
  c.valid_from, c.valid_to, c.successor,
  (
    select group_concat(alias, char(10))
    from (select alias from alias where list = c.list and code = c.code order by alias)
  ) as aliases
from code as c
where c.list = :list
order by coalesce(c.sort_order, 1000000), c.code
"""
MAPPINGS_SQL = """
select x.from_code, x.to_scheme, x.to_code, x.relation, x.note, x.source,
  f.label as from_label, t.label as to_label, d.licence_url
from crosswalk as x
join code as f on f.list = x.from_scheme and f.code = x.from_code
join code_list as l on l.list = x.from_scheme
left join code as t on t.list = x.to_scheme and t.code = x.to_code
left join dataset as d on d.dataset = l.dataset
where x.from_scheme = :list
order by f.sort_order, x.from_code, x.to_scheme, x.to_code
"""


@dataclass(frozen=True, slots=True)
class SchemeCodeRow:
    """A code with all that is recorded of it; `aliases` are joined by line breaks."""

    code: str
    label: str
    short_label: str | None
    language: str
    parent: str | None
    level: str | None
    definition: str | None
    note: str | None
    valid_from: str | None
    valid_to: str | None
    successor: str | None
    aliases: str | None


@dataclass(frozen=True, slots=True)
class MappingRow:
    """How a code relates to one of another list; without `to_code` it relates to none of it."""

    from_code: str
    to_scheme: str
    to_code: str | None
    relation: str
    note: str | None
    source: str | None
    from_label: str
    to_label: str | None
    licence_url: str | None


def select_scheme_codes(db: RowReader, name: str) -> list[SchemeCodeRow]:
    """Return every code of a list in its order."""
    return select_rows(db, SchemeCodeRow, SCHEME_CODES_SQL, list=name)


def select_mappings(db: RowReader, name: str) -> list[MappingRow]:
    """Return the mappings from the codes of a list to those of others."""
    return select_rows(db, MappingRow, MAPPINGS_SQL, list=name)
