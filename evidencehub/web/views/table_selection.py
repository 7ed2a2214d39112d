"""Which observations of an indicator a page shows: one table of groups, chosen by options.

The observations of an indicator lie in many tables: of one classification, area, sex, age and so
on, each with its periods. A visitor chooses by options; without them it is the table that says
most about most people.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from evidencehub.domain.status import TOTAL
from evidencehub.store import observations
from evidencehub.store.database import RowReader
from evidencehub.web.page_request import PageRequest, create_invalid_option_error

Choice = TypeVar("Choice", bound=tuple[Any, ...])

OPTION_BY_DIMENSION = {
    **{name: name for name in observations.TABLE_DIMENSIONS},
    "comparator": "relative_to",
}
"""The option of the address for each dimension; `comparator` there is the group to compare with."""
TABLE_OPTIONS = (*OPTION_BY_DIMENSION.values(), "period")

MAX_FIELD_CHOICES = 100  # of one field of the form
MAX_AREAS_SCANNED = 20  # areas in which the default table is searched for
MAX_PERIODS_SHOWN = 120  # of a trend on a page; the files have all


EMPTY_LABEL_KEYS = {"other": "everybody"}
DEFAULT_EMPTY_LABEL_KEY = "nothing"


@dataclass(frozen=True, slots=True)
class OptionField:
    """A field of the form. `total_choices` is how many choices there are with those left out.

    A choice is a value, its label, or its period, and the key of the text that is its label if it
    has none.
    """

    name: str
    choices: Sequence[tuple[str, Any, str]]
    selected: str
    total_choices: int = 0
    has_periods: bool = False

    @property
    def has_more_choices(self) -> bool:
        """Return whether choices are left out."""
        return self.total_choices > len(self.choices)

    @property
    def is_area(self) -> bool:
        """Return whether the field chooses an area."""
        return self.name == "area"


@dataclass(frozen=True, slots=True)
class TableSelection:
    """The table that is shown.

    `key` are its dimensions, `period` its first and last day; `periods` are all of this table,
    the newest first, each with its number of groups. `fields` are the fields of the form for its
    dimensions. `dropped_options` names options that were ignored because no table matches all.
    """

    key: observations.TableKey
    period: observations.Period
    periods: Mapping[observations.Period, int]
    fields: Sequence[OptionField] = field(default_factory=list)
    dropped_options: Sequence[str] = ()

    def __getitem__(self, dimension: str) -> str:
        return observations.get_dimension(self.key, dimension)

    @property
    def periods_shown(self) -> list[observations.Period]:
        """Return the newest periods, as many as a trend shows, the newest first."""
        return list(self.periods)[:MAX_PERIODS_SHOWN]


def select_table(request: PageRequest, indicator: str) -> TableSelection | None:
    """Return the table to show, or None if the indicator has no observation.

    Raise HttpError (400) for a value of an option that the indicator does not have.
    """
    area_labels = observations.select_indicator_areas(request.db, indicator)
    if not area_labels:
        return None
    requested = {
        name: request.options[option]
        for name, option in OPTION_BY_DIMENSION.items()
        if option in request.options
    }
    tables = _load_tables(request.db, indicator, area_labels, requested)
    matching, dropped = _match_tables(tables, requested)
    key = _choose_table(request, tables, matching)
    periods = dict(sorted(tables[key].items(), key=lambda pair: pair[0][::-1], reverse=True))
    fields = _build_fields(request.db, tables, key, area_labels)
    return TableSelection(key, _select_period(request, periods), periods, fields, dropped)


def read_observations(
    db: RowReader, indicator: str, selection: TableSelection
) -> list[observations.TableObservationRow]:
    """Return the observations of the newest periods and of the chosen one, the oldest first."""
    oldest = selection.periods_shown[-1]
    return observations.select_table_observations(
        db, indicator, selection.key, oldest, selection.period
    )


def select_nearby_choices(choices: Sequence[Choice], value: str) -> list[Choice]:
    """Return the choices around one of them, as many as a field has, in their order."""
    position = next((n for n, choice in enumerate(choices) if choice[0] == value), 0)
    start = max(min(position - MAX_FIELD_CHOICES // 2, len(choices) - MAX_FIELD_CHOICES), 0)
    return list(choices[start : start + MAX_FIELD_CHOICES])


def _load_tables(
    db: RowReader, indicator: str, area_labels: Mapping[str, str], requested: Mapping[str, str]
) -> dict[observations.TableKey, dict[observations.Period, int]]:
    """Return the tables of the first areas, and of those that have what is requested.

    An indicator may have a million observations: no more areas are read than are needed.
    """
    areas_scanned = list(area_labels)[:MAX_AREAS_SCANNED]
    for name, value in requested.items():
        matching_area: str | None = value if value in area_labels else None
        if name != "area":
            matching_area = observations.find_area_with_value(db, indicator, name, value)
        if matching_area is None:
            raise create_invalid_option_error(OPTION_BY_DIMENSION[name], value)
        areas_scanned.append(matching_area)
    return observations.select_tables(db, indicator, areas_scanned)


def _match_tables(
    tables: Mapping[observations.TableKey, Mapping[observations.Period, int]],
    requested: Mapping[str, str],
) -> tuple[list[observations.TableKey], list[str]]:
    """Return the tables that match what is requested, and the options dropped for that.

    If no table matches all options, the last ones are dropped.
    """
    conditions = list(requested.items())
    dropped: list[str] = []
    while True:
        matching = [key for key in tables if _matches(key, conditions)]
        if matching:
            return matching, dropped
        dropped.append(OPTION_BY_DIMENSION[conditions.pop()[0]])


def _matches(key: observations.TableKey, conditions: Sequence[tuple[str, str]]) -> bool:
    return all(observations.get_dimension(key, name) == value for name, value in conditions)


def _choose_table(
    request: PageRequest,
    tables: Mapping[observations.TableKey, Mapping[observations.Period, int]],
    matching: Sequence[observations.TableKey],
) -> observations.TableKey:
    """Return the best of the tables that match, of those with the requested period if any has."""
    start, _, end = request.options.get("period", "").partition("/")
    candidates = [key for key in matching if (start, end) in tables[key]] or matching
    areas = {key[1] for key in candidates}
    nested_areas = (
        observations.select_nested_areas(request.db, areas) if len(areas) > 1 else set[str]()
    )
    return max(
        candidates,
        key=lambda key: (
            _rank_table(key, tables[key], nested_areas),
            [-ord(char) for char in "".join(key)],
        ),
    )


def _rank_table(
    key: observations.TableKey, periods: Mapping[observations.Period, int], nested_areas: set[str]
) -> tuple[bool, int, bool, int, str]:
    """Return what makes a table the default: groups to compare, whole population and area, new."""
    _, area, sex, age, other_code, _, adjustment = key
    max_groups = max(periods.values())
    totals_count = (sex == TOTAL) + (age == TOTAL) + (other_code == "") + (adjustment == "")
    return (
        max_groups > 1,
        totals_count * 2 + (":" not in area),
        area not in nested_areas,
        max_groups,
        max(end for _, end in periods),
    )


def _select_period(
    request: PageRequest, periods: Mapping[observations.Period, int]
) -> observations.Period:
    requested_period = request.options.get("period")
    if requested_period:
        start, _, end = requested_period.partition("/")
        if (start, end) not in periods:
            raise create_invalid_option_error("period", requested_period)
        return start, end
    with_groups = [period for period, groups in periods.items() if groups > 1]
    return (with_groups or list(periods))[0]


def _build_fields(
    db: RowReader,
    tables: Mapping[observations.TableKey, Mapping[observations.Period, int]],
    key: observations.TableKey,
    area_labels: Mapping[str, str],
) -> list[OptionField]:
    """Return a field for each dimension in which the tables differ; of many values those nearby."""
    fields = []
    for position, name in enumerate(observations.TABLE_DIMENSIONS):
        labels: Mapping[str, str] = (
            area_labels
            if name == "area"
            else _label_values(db, name, {table_key[position] for table_key in tables}, key[0])
        )
        if len(labels) < 2:
            continue
        empty_key = EMPTY_LABEL_KEYS.get(name, DEFAULT_EMPTY_LABEL_KEY)
        choices = [
            (value, label, empty_key)
            for value, label in sorted(labels.items(), key=lambda pair: pair[::-1])
        ]
        visible = select_nearby_choices(choices, key[position])
        option = OPTION_BY_DIMENSION[name]
        fields.append(OptionField(option, visible, key[position], len(choices)))
    return fields


def _label_values(db: RowReader, dimension: str, values: set[str], scheme: str) -> dict[str, str]:
    return {
        value: observations.find_dimension_label(db, dimension, value, scheme) for value in values
    }
