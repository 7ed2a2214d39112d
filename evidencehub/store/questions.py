"""Questions that people ask, and what the hub holds that answers them."""

from __future__ import annotations

from dataclasses import dataclass

from evidencehub.domain.status import (
    build_verification_sql,
    has_derived_limits,
    is_secondary_source,
)
from evidencehub.store.conditions import CURRENT_FINDING, join_public_dataset
from evidencehub.store.database import RowReader
from evidencehub.store.gaps import GapValues
from evidencehub.store.labels import join_category, join_label, select_qualified_label
from evidencehub.store.typed_rows import (
    select_pairs,
    select_row,
    select_rows,
    select_rows_with_part,
)

_SELECT_SQL = f"""
select
  q.question, q.text, q.other_words, q.family, m.label as family_label, q.area,
  a.label as area_label, q.answer, q.not_known, q.note, q.dataset, d.title as dataset_title,
  d.version, d.created, d.language,
  (
    select t.code from subject as t join code as c on c.list = t.list and c.code = t.code
    where t.kind = 'question' and t.id = q.question and t.list = 'topic'
    order by c.sort_order, c.code limit 1
  ) as topic
from question as q
{join_public_dataset("q.dataset")}
left join area as a on a.area = q.area
{join_label("m", "family", "q.family")}
"""
QUESTIONS_SQL = f"""
{_SELECT_SQL}
where :topic = '' or exists (
  select 1 from subject as s where s.kind = 'question' and s.id = q.question and s.code = :topic
)
order by q.rowid
"""
QUESTION_SQL = f"{_SELECT_SQL} where q.question = :id"
QUESTION_GROUPS_SQL = """
select g.scheme, g.ethnicity, coalesce(c.label, g.ethnicity) as label, c.language
from question_group as g
left join code as c on c.list = g.scheme and c.code = g.ethnicity
where g.question = :id
order by g.rowid
"""
ANSWERS_SQL = f"""
select
  w.indicator, i.title, w.area, a.label as area_label, w.scheme, w.ethnicity, e.label, e.language,
  w.period_start, w.period_end, w.value_type, v.label as value_type_label, w.published,
  w.is_current, w.awaits_verification, w.value, w.decimals, w.ci_level, w.derived, w.verification,
  k.label as verification_label, i.unit, u.label as unit_label,
  {select_qualified_label("adjustment", "w.adjustment")} as adjustment_label,
  s.title as source_title, s.publisher as source_publisher,
  w.reference, h.label as reference_label, h.language as reference_language, w.reference_value,
  w.reference_decimals, w.difference, w.difference_lower, w.difference_upper, w.ratio,
  w.ratio_lower, w.ratio_upper, w.ratio_decimals, w.ratio_min, w.ratio_max
from question_answer as w
join indicator as i on i.indicator = w.indicator
join area as a on a.area = w.area
{join_category("e", "w.scheme", "w.ethnicity")}
left {join_category("h", "w.scheme", "w.reference")}
{join_label("v", "value-type", "w.value_type")}
{join_label("k", "verification", "w.verification")}
{join_label("u", "unit", "i.unit")}
left join source as s on s.dataset = w.dataset and s.source = w.source
where w.question = :id
order by e.sort_order, w.ethnicity, w.period_end desc, w.period_start desc, w.indicator
"""
ANSWERING_FINDINGS_SQL = f"""
select
  f.finding, f.title, f.statement, f.type, f.published, f.period_start, f.period_end,
  d.language, {build_verification_sql("f")} as verification, v.label as verification_label,
  (
    select group_concat(name, '; ') from (
      select distinct coalesce(s.publisher, s.title) as name from finding_source as y
      join source as s on s.dataset = y.dataset and s.source = y.source
      where y.finding = f.finding order by y.rowid
    )
  ) as publishers
from question_finding as b
join finding as f on f.finding = b.finding
join dataset as d on d.dataset = f.dataset
{join_label("v", "verification", build_verification_sql("f"))}
where b.question = :id and {CURRENT_FINDING}
order by b.rowid
"""
LINKED_INDICATORS_SQL = """
select i.indicator, i.title from question_indicator as b
join indicator as i on i.indicator = b.indicator
where b.question = :id order by b.rowid
"""


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """A question with what answers it in own words, and what is not known."""

    question: str
    text: str
    other_words: str | None
    family: str | None
    family_label: str | None
    area: str | None
    area_label: str | None
    answer: str | None
    not_known: str
    note: str | None
    dataset: str
    dataset_title: str
    version: str
    created: str
    language: str
    topic: str | None


@dataclass(frozen=True, slots=True)
class AskedGroupRow:
    """A group that a question asks about."""

    scheme: str
    ethnicity: str
    label: str
    language: str | None


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """A comparison of a group that a question asks about; `is_current` if it answers today."""

    indicator: str
    title: str
    area: str
    area_label: str
    scheme: str
    ethnicity: str
    label: str
    language: str | None
    period_start: str
    period_end: str
    value_type: str
    value_type_label: str | None
    published: int
    is_current: int
    awaits_verification: int
    value: float | None
    decimals: int | None
    ci_level: float | None
    derived: str
    verification: str | None
    verification_label: str | None
    unit: str
    unit_label: str | None
    adjustment_label: str
    source_title: str | None
    source_publisher: str | None
    gap: GapValues

    @property
    def has_derived_interval(self) -> bool:
        """Return whether the hub derived the interval of a published comparison."""
        return bool(self.published) and has_derived_limits(self.derived)


@dataclass(frozen=True, slots=True)
class AnsweringFindingRow:
    """A finding that answers a question; `publishers` are those of its sources."""

    finding: str
    title: str | None
    statement: str
    type: str
    published: str | None
    period_start: str | None
    period_end: str | None
    language: str
    verification: str | None
    verification_label: str | None
    publishers: str | None

    @property
    def awaits_verification(self) -> bool:
        """Return whether it was read where another text quotes the source."""
        return is_secondary_source(self.verification)


def select_questions(db: RowReader, topic: str = "") -> list[QuestionRow]:
    """Return the questions of a topic or workstream, or all, in the order of their dataset."""
    return select_rows(db, QuestionRow, QUESTIONS_SQL, topic=topic)


def select_question(db: RowReader, identifier: str) -> QuestionRow | None:
    """Return a question, or None."""
    return select_row(db, QuestionRow, QUESTION_SQL, id=identifier)


def select_asked_groups(db: RowReader, identifier: str) -> list[AskedGroupRow]:
    """Return the groups that a question asks about, in its order."""
    return select_rows(db, AskedGroupRow, QUESTION_GROUPS_SQL, id=identifier)


def select_answers(db: RowReader, identifier: str) -> list[AnswerRow]:
    """Return the comparisons that answer a question, the newest of each group first."""
    return select_rows_with_part(db, AnswerRow, ("gap", GapValues), ANSWERS_SQL, id=identifier)


def select_answering_findings(db: RowReader, identifier: str) -> list[AnsweringFindingRow]:
    """Return the findings that answer a question, in its order."""
    return select_rows(db, AnsweringFindingRow, ANSWERING_FINDINGS_SQL, id=identifier)


def select_linked_indicators(db: RowReader, identifier: str) -> list[tuple[str, str]]:
    """Return the identifiers and titles of the indicators that show more."""
    return list(select_pairs(db, LINKED_INDICATORS_SQL, id=identifier).items())
