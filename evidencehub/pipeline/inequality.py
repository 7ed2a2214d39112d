"""Measures of inequality of one dataset, made from its staged observations."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from evidencehub.check.tally import Tally
from evidencehub.codes import CodeBook
from evidencehub.load.staging import Staging
from evidencehub.model.package import SourcePackage

if TYPE_CHECKING:
    from evidencehub.measures.observed import Observation

LARGEST = 100_000  # figures; of a larger dataset only those of everybody in a group are compared

_INDICATORS = """
select
  id, value_type, polarity, coalesce(scale, case value_type when 'percentage' then 100 else 1 end),
  coalesce(reference_group, ?), standardisation like 'crude%' or standardisation like 'none%'
from indicators
"""
_OBSERVATIONS = """
select
  o.indicator, o.scheme, o.area, o.period_start, o.period_end, o.sex, o.age, o.other,
  o.adjustment, o.ethnicity, coalesce(o.counting_basis, ''), o.value, o.se, o.ci_lower,
  o.ci_upper, coalesce(o.ci_level, i.ci_level, 95), o.numerator, o.denominator, o.population
from observation as o join indicators as i on i.id = o.indicator
where o.comparator = ''
"""
_EVERYBODY = "and o.sex = '_T' and o.age = '_T' and o.other = ''"
_HOW_MANY = "select count(*) from observation where indicator = ?"


def measured(
    package: SourcePackage,
    staging: Staging,
    book: CodeBook,
    rows: int,
    tally: Tally,
) -> None:
    """Fill the staging tables of inequality, and of what stands in the way of it.

    `rows` is the number of figures; `tally` holds what occurs in them.
    """
    told = staging.rows(_INDICATORS, (package.hub.get("reference_group"),))
    if not rows:
        return
    missing = _of_others(staging, {name for name, *_ in told}, tally)
    wanted = _OBSERVATIONS
    if rows > LARGEST:
        wanted += _EVERYBODY
        left, why = _left(staging, wanted, tally)
        missing += [(one[0], "", "", "", "estimate", why, rows - left) for one in told]
    staging.fill("inequality_missing", missing)
    if rows > LARGEST and not left:
        return
    # imported here: a dataset without figures needs no arithmetic
    from evidencehub.measures.observed import Group, Indicator, Observation
    from evidencehub.measures.table import COMPARED, table

    indicators: dict[str, Indicator] = {}
    for name, value_type, polarity, scale, reference, crude in told:
        if value_type not in COMPARED:
            why = f"Groups are not compared by a {value_type}."
            staging.fill("inequality_missing", [(name, "", "", "", "estimate", why, 0)])
            continue
        scheme, _, code = (reference or "").partition(":")
        indicators[name] = Indicator(value_type, polarity, scale, scheme, code, bool(crude))
    every = map(Observation._make, staging.rows(f"{wanted} order by o.rowid"))
    observations = [one for one in every if one.indicator in indicators]
    used = {name: book.find(name) for name in {one.scheme for one in observations}}
    lists = {name: code_list for name, code_list in used.items() if code_list is not None}
    schemes = {
        name: {
            code.code: Group(code.parent, code.residual == "1", int(code.sort_order or 0))
            for code in code_list.codes.values()
        }
        for name, code_list in lists.items()
    }
    bases = {name: code_list.counting_basis for name, code_list in lists.items()}
    found = table(observations, indicators, schemes, _ordered(observations, book), bases)
    staging.fill("stratum", found.strata)
    staging.fill("gap", found.gaps)
    staging.fill("inequality", found.rows)
    staging.fill("inequality_missing", found.missing)


def _of_others(staging: Staging, own: set[str], tally: Tally) -> list[tuple[str | int, ...]]:
    """What is missing of indicators that another dataset defines."""
    why = "Another dataset defines the indicator."
    return [
        (name, "", "", "", "estimate", why, figures)
        for name in sorted(tally.places["indicator"].keys() - own)
        for (figures,) in staging.rows(_HOW_MANY, (name,))
    ]


def _left(staging: Staging, wanted: str, tally: Tally) -> tuple[int, str]:
    """How many figures of a large dataset are compared, and why not more."""
    left = 0
    if "" in tally.places["other"]:
        ((left,),) = staging.rows(f"select count(*) from ({wanted})")
    if left > LARGEST:
        return 0, f"The dataset has more than {LARGEST:,} figures."
    return left, (
        f"The dataset has more than {LARGEST:,} figures: only those of both sexes, all ages "
        "and no further dimension are compared."
    )


def _ordered(observations: Iterable[Observation], book: CodeBook) -> dict[str, list[str]]:
    """The codes of each ordered dimension that occurs, the most disadvantaged first."""
    from evidencehub.measures.table import ETHNICITY

    others = {one.other for one in observations}
    names = {part.partition("=")[0] for other in others for part in other.split(";") if part}
    found = {}
    for name in sorted(names - {ETHNICITY}):
        code_list = book.find(name)
        if code_list is not None and code_list.ordered:
            plain = [c for c in code_list.codes.values() if c.residual != "1" and c.code[0] != "_"]
            codes = [c.code for c in sorted(plain, key=lambda c: int(c.sort_order or 0))]
            found[name] = codes[:: -1 if code_list.ordered == "disadvantaged-last" else 1]
    return found
