"""A query while it is being parsed: what is understood of it, and everything that is wrong."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from evidencehub.http.problem_details import RequestProblem, make_problem
from evidencehub.messages.rendering import Parameter
from evidencehub.store.logical_query import Selection
from evidencehub.store.reference_data import ReferenceData
from evidencehub.store.resource_model import ApiResource


@dataclass(slots=True)
class QueryDraft:
    """Conditions in SQL, all of which hold, over the values of `bindings`; and problems.

    `filter_values` are the values that are given for a filter or required of a column, by name,
    `selections` what conditions select by, for those that do so by values. With `is_availability`
    the rows of the answer are the codes that there are.
    `condition_tree` are the conditions of a posted query as they came.
    `named_values` are those that a condition names without requiring them of every row, too.
    `filter_conditions` are the conditions by the parameter that they come from.
    `resolved` has, by parameter and value, the codes that a value of several codes stands for.
    """

    resource: ApiResource
    reference_data: ReferenceData
    conditions: list[str] = field(default_factory=list)
    bindings: dict[str, Any] = field(default_factory=dict)
    filter_values: dict[str, list[str]] = field(default_factory=dict)
    condition_tree: Any = None
    named_values: dict[str, set[str]] = field(default_factory=dict)
    resolved: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    filter_conditions: dict[str, str] = field(default_factory=dict)
    selections: dict[str, Selection] = field(default_factory=dict)
    problems: list[RequestProblem] = field(default_factory=list)
    is_availability: bool = False

    def reject(self, code: str, parameter: str, /, **params: Parameter) -> None:
        """Add the problem of an entry of the catalogue."""
        self.problems.append(make_problem(code, parameter, **params))

    def name_values(self, name: str, values: Iterable[str]) -> None:
        """Keep the values that are asked for by name: they are left out by no rule of ours."""
        self.named_values.setdefault(name, set()).update(values)

    def bind(self, value: Any) -> str:
        """Return the placeholder in SQL that stands for a value."""
        name = f"p{len(self.bindings)}"
        self.bindings[name] = value
        return f":{name}"
