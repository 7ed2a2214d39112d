"""Rules on intervals: what a publisher says agrees with the method and counts that it names."""

from __future__ import annotations

from evidencehub.check.definition import IS_CRUDE_SQL, SCALE_SQL, Rule, SqlCondition
from evidencehub.domain.status import RATIO_VALUE_TYPES, SHARE_VALUE_TYPES, quote_codes
from evidencehub.stats import quantiles

_SUPPORTED_LEVELS = (95.0, 99.8)
_MIN_EVENTS_FOR_BYAR = 10  # events; below it Poisson limits are exact
_CI_LEVEL_SQL = "coalesce(o.ci_level, i.ci_level, 95)"
_LAST_DECIMAL_SQL = "pow(10, -coalesce(o.decimals, i.decimals, 0)) * 1.000001"
_Z_SQL = (
    f"(case {_CI_LEVEL_SQL} "
    + " ".join(
        f"when {level} then {quantiles.z_for_level(level / 100)!r}" for level in _SUPPORTED_LEVELS
    )
    + " end)"
)


def _wilson_sql(sign: str) -> str:
    """A limit of a proportion by Wilson's method, in the indicator's unit."""
    root = (
        f"sqrt(o.numerator * (o.denominator - o.numerator) / o.denominator + {_Z_SQL} * "
        f"{_Z_SQL} / 4)"
    )
    middle = f"o.numerator + {_Z_SQL} * {_Z_SQL} / 2"
    return (
        f"{SCALE_SQL} * ({middle} {sign} {_Z_SQL} * {root}) / (o.denominator + {_Z_SQL} * {_Z_SQL})"
    )


def _poisson_sql(is_upper: int) -> str:
    """A limit of a rate: exact below 10 events, Byar's from 10 on, in the indicator's unit."""
    sign = "+" if is_upper else "-"
    x = f"(o.numerator + {is_upper})"
    byar = f"{x} * pow(1 - 1 / (9 * {x}) {sign} {_Z_SQL} / (3 * sqrt({x})), 3)"
    exact = " ".join(
        (
            f"when o.numerator = {count} and {_CI_LEVEL_SQL} = {level} then "
            f"{_exact_poisson_limit(count, level, is_upper)!r}"
        )
        for count in range(_MIN_EVENTS_FOR_BYAR)
        for level in _SUPPORTED_LEVELS
    )
    return (
        f"{SCALE_SQL} * (case {exact} when o.numerator >= {_MIN_EVENTS_FOR_BYAR} then "
        f"{byar} end) / o.denominator"
    )


def _exact_poisson_limit(count: int, level: float, is_upper: int) -> float:
    tail = (1 - level / 100) / 2
    if is_upper:
        return quantiles.gamma_quantile(count + 1.0, 1 - tail)
    return quantiles.gamma_quantile(float(count), tail) if count else 0.0


def _limits_disagree(
    name: str,
    value_types: tuple[str, ...],
    method_condition: str,
    lower: str,
    upper: str,
    is_crude: str = IS_CRUDE_SQL,
) -> SqlCondition:
    return SqlCondition(
        f"i.ci_method is not null and o.ci_lower is not null and o.derived = '' "
        f"and o.denominator > 0 and (abs(o.ci_lower - {lower}) > {_LAST_DECIMAL_SQL} "
        f"or abs(o.ci_upper - {upper}) > {_LAST_DECIMAL_SQL}) "
        f"and i.value_type in {quote_codes(value_types)} and ({method_condition}) and {is_crude}",
        "ci_lower",
        "The confidence limits are {lower} and {upper}, but {method} for {numerator} of "
        "{denominator} gives {method_lower} and {method_upper}.",
        {
            "lower": "o.ci_lower",
            "upper": "o.ci_upper",
            "method": f"'{name}'",
            "numerator": "o.numerator",
            "denominator": "o.denominator",
            "method_lower": f"round({lower}, 4)",
            "method_upper": f"round({upper}, 4)",
        },
    )


RULES = (
    Rule(
        "values/interval-disagrees",
        "dataset",
        "Confidence limits should agree with the stated method and the row's own counts.",
        "Check the confidence limits, the counts and `ci_method`. Name the method that the "
        "source used.",
        (
            _limits_disagree(
                "the Wilson score method",
                SHARE_VALUE_TYPES,
                "i.ci_method like '%wilson%'",
                _wilson_sql("-"),
                _wilson_sql("+"),
            ),
            _limits_disagree(
                "the Poisson distribution",
                ("rate",),
                "i.ci_method like '%byar%' or i.ci_method like '%poisson%'",
                _poisson_sql(0),
                _poisson_sql(1),
            ),
            _limits_disagree(
                "the Poisson distribution",
                RATIO_VALUE_TYPES[:1],
                "i.ci_method like '%byar%' or i.ci_method like '%poisson%'",
                _poisson_sql(0),
                _poisson_sql(1),
                "o.adjustment = '' and i.standardisation like 'indirect%'",
            ),
        ),
        "warning",
    ),
)
