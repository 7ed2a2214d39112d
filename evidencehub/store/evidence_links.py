"""What findings and recommendations are linked to: subjects, sources, indicators."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from evidencehub.store.codes import SELECT_CODES_SQL, CodeRow
from evidencehub.store.database import RowReader
from evidencehub.store.labels import join_label
from evidencehub.store.sources import SELECT_SOURCES_SQL, SourceRow
from evidencehub.store.typed_rows import select_rows

EvidenceKind = Literal["finding", "recommendation"]
SubjectKind = Literal["finding", "recommendation", "question"]

ITEM_SUBJECTS_SQL = f"""
{SELECT_CODES_SQL} join subject as s on c.list = s.list and c.code = s.code
where s.kind = :kind and s.id = :id
order by c.list, c.sort_order, c.code
"""
_ITEM_SOURCES_SQL = f"""
{SELECT_SOURCES_SQL}
join {{kind}}_source as b on b.dataset = s.dataset and b.source = s.source
where b.{{kind}} = :id
order by b.rowid
"""
_ITEM_INDICATORS_SQL = f"""
select i.indicator, i.title, i.value_type, i.unit, u.label as unit_label
from {{kind}}_indicator as b
join indicator as i on i.indicator = b.indicator
{join_label("u", "unit", "i.unit")}
where b.{{kind}} = :id
order by i.title, i.indicator
"""


@dataclass(frozen=True, slots=True)
class ItemIndicatorRow:
    """An indicator that a finding or a recommendation names."""

    indicator: str
    title: str
    value_type: str
    unit: str
    unit_label: str | None


def select_item_subjects(db: RowReader, kind: SubjectKind, identifier: str) -> list[CodeRow]:
    """Return the topics, then the workstreams, that an item belongs to."""
    return select_rows(db, CodeRow, ITEM_SUBJECTS_SQL, kind=kind, id=identifier)


def select_item_sources(db: RowReader, kind: EvidenceKind, identifier: str) -> list[SourceRow]:
    """Return the sources of an item in the order of its dataset."""
    return select_rows(db, SourceRow, _ITEM_SOURCES_SQL.format(kind=kind), id=identifier)


def select_item_indicators(
    db: RowReader, kind: EvidenceKind, identifier: str
) -> list[ItemIndicatorRow]:
    """Return the indicators of an item by title."""
    sql = _ITEM_INDICATORS_SQL.format(kind=kind)
    return select_rows(db, ItemIndicatorRow, sql, id=identifier)
