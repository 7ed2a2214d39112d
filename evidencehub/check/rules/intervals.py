"""Rules on intervals: what a publisher says agrees with the method and counts that it names."""

from __future__ import annotations

from evidencehub.check.rules.rule import CRUDE, SCALE, Condition, Rule
from evidencehub.measures import quantiles

_LEVELS = (95.0, 99.8)
_FEW = 10  # events; below it Poisson limits are exact
_LEVEL = "coalesce(o.ci_level, i.ci_level, 95)"
_LAST_PLACE = "pow(10, -coalesce(o.decimals, i.decimals, 0)) * 1.000001"
_Z = (
    f"(case {_LEVEL} "
    + " ".join(f"when {level} then {quantiles.normal(level / 100)!r}" for level in _LEVELS)
    + " end)"
)


def _wilson(sign: str) -> str:
    """A limit of a proportion by Wilson's method, in the indicator's unit."""
    root = f"sqrt(o.numerator * (o.denominator - o.numerator) / o.denominator + {_Z} * {_Z} / 4)"
    middle = f"o.numerator + {_Z} * {_Z} / 2"
    return f"{SCALE} * ({middle} {sign} {_Z} * {root}) / (o.denominator + {_Z} * {_Z})"


def _poisson(upper: int) -> str:
    """A limit of a rate: exact below 10 events, Byar's from 10 on, in the indicator's unit."""
    sign = "+" if upper else "-"
    x = f"(o.numerator + {upper})"
    byar = f"{x} * pow(1 - 1 / (9 * {x}) {sign} {_Z} / (3 * sqrt({x})), 3)"
    exact = " ".join(
        f"when o.numerator = {count} and {_LEVEL} = {level} then {_exact(count, level, upper)!r}"
        for count in range(_FEW)
        for level in _LEVELS
    )
    return f"{SCALE} * (case {exact} when o.numerator >= {_FEW} then {byar} end) / o.denominator"


def _exact(count: int, level: float, upper: int) -> float:
    tail = (1 - level / 100) / 2
    if upper:
        return quantiles.gamma(count + 1.0, 1 - tail)
    return quantiles.gamma(float(count), tail) if count else 0.0


def _disagrees(
    name: str, types: str, words: str, lower: str, upper: str, made: str = CRUDE
) -> Condition:
    return Condition(
        f"i.ci_method is not null and o.ci_lower is not null and o.derived = '' "
        f"and o.denominator > 0 and (abs(o.ci_lower - {lower}) > {_LAST_PLACE} "
        f"or abs(o.ci_upper - {upper}) > {_LAST_PLACE}) "
        f"and i.value_type in ({types}) and ({words}) and {made}",
        "ci_lower",
        f"The limits are {{0}} and {{1}}; by {name} {{2}} of {{3}} gives {{4}} and {{5}}.",
        f"o.ci_lower, o.ci_upper, o.numerator, o.denominator, round({lower}, 4), round({upper}, 4)",
    )


RULES = (
    Rule(
        "values/interval-disagrees",
        "dataset",
        "Limits are those that the named method gives for the row's own counts.",
        "Check limits, counts and `ci_method`; name the method that was used.",
        (
            _disagrees(
                "Wilson's method",
                "'percentage', 'proportion'",
                "i.ci_method like '%wilson%'",
                _wilson("-"),
                _wilson("+"),
            ),
            _disagrees(
                "Poisson's distribution",
                "'rate'",
                "i.ci_method like '%byar%' or i.ci_method like '%poisson%'",
                _poisson(0),
                _poisson(1),
            ),
            _disagrees(
                "Poisson's distribution",
                "'ratio'",
                "i.ci_method like '%byar%' or i.ci_method like '%poisson%'",
                _poisson(0),
                _poisson(1),
                "o.adjustment = '' and i.standardisation like 'indirect%'",
            ),
        ),
        "warning",
    ),
)
