"""Inequality in one number: measures over all groups, and the same beside other countries."""

from __future__ import annotations

from evidencehub.model.vocabulary import INDICATOR, OBSERVATION
from evidencehub.serve.api.figures import (
    LEVEL,
    STRATUM,
    STRATUM_FACTS,
    STRATUM_KEY,
    adjustment,
    dimensions,
    filters,
    group_label,
    label,
    place,
)
from evidencehub.serve.api.resource import Column, Filter, Resource, labelled

_LEVEL_OF = "(select level from code where list = 'inequality-measure' and code = q.measure)"
_UNIT = f"iif({_LEVEL_OF} = 'absolute' and q.measure <> 'bgv', i.unit, null)"
_MEASURE_COLUMNS = (
    *place("s"),
    Column("dimension", "s.dimension", "code", "what the groups are groups of"),
    Column(
        "ethnicity", "nullif(s.ethnicity, '')", "code",
        "the group within which an ordered dimension is followed",
    ),
    label("ethnicity_label", group_label("s.scheme", "s.ethnicity"), "ethnicity"),
    *dimensions("s"),
    *adjustment("s"),
    Column("measure", "q.measure", "code", "the measure of inequality"),
    label("measure_label", labelled("inequality-measure", "q.measure"), "measure"),
    Column(
        "absolute_or_relative",
        _LEVEL_OF,
        "text",
        "whether the measure is absolute (in the indicator's unit) or relative",
    ),
    Column("reference", "q.reference", "code", "the group or groups that it starts from"),
    Column("value", "q.value", "number", "the measure's value"),
    Column(
        "unit", _UNIT, "code",
        "unit of the value; relative measures have none, and bgv has the unit's square",
    ),
    label("unit_label", labelled("unit", _UNIT), "unit"),
    Column("se", "q.se", "number", OBSERVATION["se"].says),
    Column("ci_lower", "q.ci_lower", "number", OBSERVATION["ci_lower"].says),
    Column("ci_upper", "q.ci_upper", "number", OBSERVATION["ci_upper"].says),
    LEVEL,
    Column("ci_method", "q.ci_method", "text", "how the interval was made"),
    Column("groups", "q.groups", "integer", "groups that the measure was made from"),
    Column("excluded", "q.excluded", "integer", "groups left out: no figure, or not a group"),
    Column(
        "exploratory", "q.exploratory", "boolean",
        "true where the data chose the groups: a hint, not a test",
    ),
)  # fmt: skip
_MEASURE_SOURCE = (
    "inequality as q join "
    f"{STRATUM.replace('stratum as s', 'stratum as s on s.stratum = q.stratum')}"
)
_MEASURE = Filter("measure", "q.measure in {}", "only this measure", "measure")

INEQUALITY = Resource(
    "inequality",
    "Measures of inequality over all groups of an indicator, in one place and period",
    _MEASURE_SOURCE,
    (*STRATUM_KEY, "q.measure"),
    _MEASURE_COLUMNS,
    (*filters("s"), _MEASURE),
    dataset="s.dataset",
    facts=STRATUM_FACTS,
    table="inequality",
    view="inequality_flat",
)

_SAME = (
    "x.indicator = s.indicator and x.area = s.area and x.scheme = s.scheme"
    " and x.dimension = 'ethnicity' and x.other = ''"
)


def _broadest(column: str) -> str:
    """SQL for everybody: the total, or all there is where a series has none (mothers, babies)."""
    return (
        f"(s.{column} = '_T'"
        f" or not exists (select 1 from stratum as x where {_SAME} and x.{column} = '_T'))"
    )


COMPARE = Resource(
    "compare",
    "Inequality in indicators of one family, side by side: the latest period of each place, "
    "everybody, within each country's own classification",
    _MEASURE_SOURCE,
    (*STRATUM_KEY, "q.measure"),
    (
        *_MEASURE_COLUMNS,
        Column("definition", "i.definition", "text", INDICATOR["definition"].says),
        Column(
            "numerator_definition", "i.numerator_definition", "text",
            INDICATOR["numerator_definition"].says,
        ),
        Column(
            "denominator_definition", "i.denominator_definition", "text",
            INDICATOR["denominator_definition"].says,
        ),
        Column("standardisation", "i.standardisation", "text", INDICATOR["standardisation"].says),
        Column("whose_ethnicity", "i.whose_ethnicity", "code", INDICATOR["whose_ethnicity"].says),
        Column(
            "ethnicity_recording", "i.ethnicity_recording", "code",
            INDICATOR["ethnicity_recording"].says,
        ),
    ),
    (
        Filter(
            "family",
            "i.family in {}",
            "indicators of this family; this parameter has to be given",
            "family",
        ),
        *(f for f in filters("s") if f.name in ("area", "scheme", "adjustment")),
        _MEASURE,
    ),
    dataset="s.dataset",
    facts=STRATUM_FACTS,
    table="inequality",
    view="inequality_flat",
    always=f"s.dimension = 'ethnicity' and s.other = '' and {_broadest('sex')}"
    f" and {_broadest('age')}"
    f" and s.period_end = (select max(x.period_end) from stratum as x where {_SAME})",
    required="family",
)  # fmt: skip
