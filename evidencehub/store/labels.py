"""Joins that give codes their labels, for the queries of every subject."""

from __future__ import annotations

from evidencehub.domain.status import TOTAL

TOPIC_RANK_CTE = """
topic_rank as (
  select t.code, t.label, t.definition, t.level, row_number() over (
    order by k.sort_order is null, k.sort_order, t.sort_order, t.code
  ) as rank
  from code as t left join code as k on k.list = 'topic-kind' and k.code = t.level
  where t.list = 'topic'
)"""
"""The topics as pages about people and places list them: access and quality of care come first."""


def join_label(alias: str, code_list: str, code: str) -> str:
    """Return the join of the label of a code of one code list; a code may be absent from it.

    >>> join_label("s", "obs-status", "o.obs_status")
    "left join code as s on s.list = 'obs-status' and s.code = o.obs_status"
    """
    return f"left join code as {alias} on {alias}.list = '{code_list}' and {alias}.code = {code}"


def join_category(alias: str, scheme: str, code: str) -> str:
    """Return the join of a category with its classification; every row must have one.

    >>> join_category("e", "o.scheme", "o.ethnicity")
    'join code as e on e.list = o.scheme and e.code = o.ethnicity'
    """
    return f"join code as {alias} on {alias}.list = {scheme} and {alias}.code = {code}"


def join_country_label(alias: str, place: str = "l") -> str:
    """Return the join, as an area, of the country of a code list or of an area."""
    return f"left join area as {alias} on {alias}.area = {place}.country"


def select_qualified_label(code_list: str, code: str) -> str:
    """Return the expression for the label of a code, or of a code written as list:code.

    A total, and no code at all, have an empty label.
    """
    return (
        f"case when {code} = '{TOTAL}' or {code} = '' then '' else coalesce("
        f"(select label from code where list = '{code_list}' and code = {code}), "
        f"(select label from code where list = substr({code}, 1, instr({code}, ':') - 1) "
        f"and code = substr({code}, instr({code}, ':') + 1)), {code}) end"
    )
