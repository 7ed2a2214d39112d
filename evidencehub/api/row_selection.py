"""Parameters that choose among the rows of a query after its filters, or count them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from evidencehub.api.query_draft import QueryDraft
from evidencehub.http.parameters import make_unknown_name_problem
from evidencehub.store.derived_rows import count_by_columns, list_availability, list_group_columns
from evidencehub.store.logical_query import LogicalQuery
from evidencehub.store.resource_model import ApiResource

NEWEST_PARAMETERS = ("latest", "last")
SELECTION_PARAMETERS = (*NEWEST_PARAMETERS, "group_by")
MAX_LAST_PERIODS, MAX_GROUP_COLUMNS = 100, 10
Derivation = Callable[[LogicalQuery], ApiResource]


def list_selection_parameters(
    resource: ApiResource, *, is_availability: bool = False
) -> tuple[str, ...]:
    """Return the names of those that a resource has; what is available is counted already."""
    if is_availability:
        return NEWEST_PARAMETERS if resource.row_key else ()
    if resource.required_filter == "q":  # the ranks of a search are of its rows only
        return ()
    return SELECTION_PARAMETERS if resource.row_key else ("group_by",)


def parse_last_periods(shared: Mapping[str, str], draft: QueryDraft) -> int:
    """Return how many of the newest periods of each series are wanted, 0 for all."""
    latest, last = (shared.get(name, "") for name in NEWEST_PARAMETERS)
    if latest not in ("", "true", "false"):
        draft.reject("api/bad-value/boolean", "latest")
    if last and not (re.fullmatch(r"[0-9]{1,3}", last) and 1 <= int(last) <= MAX_LAST_PERIODS):
        draft.reject("api/bad-number/limit", "last", maximum=MAX_LAST_PERIODS)
        return 0
    if latest and last:
        draft.reject("api/not-together", "latest", other="last")
    return int(last or latest == "true")


def parse_derivation(shared: Mapping[str, str], draft: QueryDraft) -> Derivation | None:
    """Return how the rows of the answer are made from those of the query; None if they are those.

    The columns of `group_by` are checked.
    """
    if draft.is_availability:
        return list_availability
    listed_names = shared.get("group_by", "").split(",")
    names = list(dict.fromkeys(listed_names))
    if names == [""]:
        return None
    allowed = {column.name: column for column in list_group_columns(draft.resource)}
    draft.problems += [
        make_unknown_name_problem("api/unknown-column", "group_by", name, allowed)
        for name in names
        if name not in allowed
    ]
    if len(listed_names) > MAX_GROUP_COLUMNS:  # as the description counts them: repeats too
        draft.reject("api/too-many-values", "group_by", max_count=MAX_GROUP_COLUMNS)
    columns = [allowed[name] for name in names if name in allowed]
    return lambda query: count_by_columns(query, columns)


def describe_selection(
    shared: Mapping[str, str], last_periods: int, draft: QueryDraft
) -> Sequence[str]:
    """Return what tells one selection from another, for cursors."""
    words = [f"last={last_periods}"] if last_periods else []
    words += [f"group_by={shared['group_by']}"] if shared.get("group_by") else []
    return [*words, *(["availability"] if draft.is_availability else [])]
