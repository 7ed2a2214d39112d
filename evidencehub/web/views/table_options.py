"""The form of an indicator's page: the fields that choose a table, its comparator and its order."""

from __future__ import annotations

from evidencehub.domain.status import TOTAL
from evidencehub.web.views.table_selection import (
    DEFAULT_EMPTY_LABEL_KEY,
    OptionField,
    TableSelection,
    select_nearby_choices,
)
from evidencehub.web.views.table_view import ORDERS, TableView

ORDER_LABEL_KEYS = dict(zip(ORDERS, ("order-of-classification", "highest-first"), strict=True))
MIN_ROWS_TO_ORDER = 3


def build_option_fields(view: TableView) -> list[OptionField]:
    """Return the fields of the form; a field with one choice only is left out."""
    fields = list(view.selection.fields)
    if len(view.selection.periods) > 1:
        fields.append(_build_period_field(view.selection))
    if len(view.comparator_choices) > 1:
        fields.append(_build_comparator_field(view))
    if len(view.rows) >= MIN_ROWS_TO_ORDER:
        choices = [(order, "", ORDER_LABEL_KEYS[order]) for order in ORDERS]
        fields.append(OptionField("order", choices, view.order))
    return fields


def _build_period_field(selection: TableSelection) -> OptionField:
    choices = [("/".join(period), period, "") for period in selection.periods]
    selected = "/".join(selection.period)
    visible = select_nearby_choices(choices, selected)
    return OptionField("period", visible, selected, len(choices), has_periods=True)


def _build_comparator_field(view: TableView) -> OptionField:
    labels = {row.observation.ethnicity: row.observation.short_label for row in view.rows}
    choices = [
        (code, "", "all-groups")
        if code == TOTAL
        else (code, labels.get(code, ""), DEFAULT_EMPTY_LABEL_KEY)
        for code in view.comparator_choices
    ]
    return OptionField("comparator", choices, view.comparator_code)
