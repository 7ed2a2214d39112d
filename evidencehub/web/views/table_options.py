"""The form of an indicator's page: the fields that choose a table, its comparator and its order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evidencehub.domain.status import TOTAL
from evidencehub.store.observations import Period
from evidencehub.web.page_request import SelectField
from evidencehub.web.views import table_selection
from evidencehub.web.views.table_view import ORDERS, TableView

ORDER_LABEL_KEYS = dict(zip(ORDERS, ("order-of-classification", "highest-first"), strict=True))
EMPTY_LABEL_KEYS = {"other": "everybody"}
DEFAULT_EMPTY_LABEL_KEY = "nothing"
MIN_ROWS_TO_ORDER = 3


@dataclass(frozen=True, slots=True)
class OptionChoice:
    """A choice of a field: it has a label, or a period, or the key of a label of the template."""

    value: str
    label: str = ""
    period: Period | None = None
    label_key: str = ""


@dataclass(frozen=True, slots=True)
class OptionField:
    """A field of the form. `total_choices` is how many choices there are with those left out."""

    name: str
    choices: Sequence[OptionChoice]
    selected: str
    total_choices: int = 0

    @property
    def has_more_choices(self) -> bool:
        """Return whether choices are left out."""
        return self.total_choices > len(self.choices)

    @property
    def is_area(self) -> bool:
        """Return whether the field chooses an area."""
        return self.name == "area"


def build_option_fields(view: TableView) -> list[OptionField]:
    """Return the fields of the form; a field with one choice only is left out."""
    fields = [_build_dimension_field(select_field) for select_field in view.selection.fields]
    if len(view.selection.periods) > 1:
        fields.append(_build_period_field(view))
    if len(view.comparator_choices) > 1:
        fields.append(_build_comparator_field(view))
    if len(view.rows) >= MIN_ROWS_TO_ORDER:
        choices = [OptionChoice(order, label_key=ORDER_LABEL_KEYS[order]) for order in ORDERS]
        fields.append(OptionField("order", choices, view.order))
    return fields


def _build_dimension_field(field: SelectField) -> OptionField:
    empty_key = EMPTY_LABEL_KEYS.get(field.name, DEFAULT_EMPTY_LABEL_KEY)
    choices = [OptionChoice(value, label, label_key=empty_key) for value, label in field.choices]
    return OptionField(field.name, choices, field.selected, field.total_choices)


def _build_period_field(view: TableView) -> OptionField:
    periods = [("/".join(period), "") for period in view.selection.periods]
    selected = "/".join(view.selection.period)
    visible = table_selection.select_nearby_choices(periods, selected)
    choices = [OptionChoice(value, period=_split_period(value)) for value, _ in visible]
    return OptionField("period", choices, selected, len(periods))


def _build_comparator_field(view: TableView) -> OptionField:
    labels = {row.observation.ethnicity: row.observation.short_label for row in view.rows}
    choices = [
        OptionChoice(code, label_key="all-groups")
        if code == TOTAL
        else OptionChoice(code, labels.get(code, ""), label_key=DEFAULT_EMPTY_LABEL_KEY)
        for code in view.comparator_choices
    ]
    return OptionField("comparator", choices, view.comparator_code)


def _split_period(value: str) -> Period:
    start, _, end = value.partition("/")
    return start, end
