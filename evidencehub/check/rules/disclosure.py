"""Rules on disclosure: what published figures say of few people, and what they give away.

How strict they are depends on the policy that the package declares. Figures that their source
has already published cannot be taken back: what they give away is told, and stops nothing.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from evidencehub.check.rules.policy import (
    USUAL,
    Policy,
    below_national,
    first,
    hides,
    policy_of,
    severity_of,
)
from evidencehub.check.rules.rule import CRUDE, TOLD, Dataset, Finding, Rule, number
from evidencehub.codes import CodeBook, CodeList
from evidencehub.model.package import SourcePackage

if TYPE_CHECKING:
    from evidencehub.measures.audit import Count, Given, Tree


MOST = 100_000  # counts that are audited as a whole; more take minutes and memory
MANY = 20_000  # rows looked at to name the first few that are wrong
_COUNTED = """
select
  o.file, o.row, o.indicator, o.period_start || '/' || o.period_end, o.area, o.scheme, o.ethnicity,
  o.sex, o.age, o.other, o.comparator || o.adjustment,
  case when i.value_type = 'count' then o.value else o.numerator end, o.obs_status = 'Q',
  o.denominator, coalesce(o.counting_basis, ''), o.conf_status
from observation as o left join indicators as i on i.id = o.indicator
where (i.value_type = 'count' or o.numerator is not null or o.obs_status = 'Q')
order by o.rowid
"""


def _small(dataset: Dataset) -> Iterator[Finding]:
    policy = policy_of(dataset)
    if policy is None:
        return
    sql = (
        f"select file, row, area, n from ({_NUMBERS}) where n between ? and ? "
        f"order by row limit {MANY}"
    )
    wrong = [
        Finding(file, row, "numerator", f"A count of {number(n)} is shown.")
        for file, row, area, n in dataset.query(sql, (max(policy.least, 1), policy.most))
        if policy.national or below_national(dataset, area)
    ]
    yield from first(wrong)


_NUMBERS = """
select
  o.file, o.row, o.area, case when i.value_type = 'count' then o.value else o.numerator end as n,
  o.denominator, o.obs_status
from observation as o left join indicators as i on i.id = o.indicator
"""


def _unrounded(dataset: Dataset) -> Iterator[Finding]:
    policy = policy_of(dataset)
    if policy is None or not policy.base:
        return
    for name, column in (("numerator", "n"), ("denominator", "denominator")):
        sql = (
            f"select file, row, area, {column} from ({_NUMBERS}) "
            f"where {column} <> ? * cast({column} / ? as integer) order by row limit {MANY}"
        )
        wrong = [
            Finding(file, row, name, f"{number(n)} is not rounded to a multiple of {policy.base}.")
            for file, row, area, n in dataset.query(sql, (policy.base, policy.base))
            if policy.national or below_national(dataset, area)
        ]
        yield from first(wrong)


def _mask(dataset: Dataset) -> Iterator[Finding]:
    """A censored rate with both of its counts beside it."""
    sql = (
        "select o.file, o.row, o.value_min, o.value_max, o.numerator, o.denominator, "
        "count(*) over () from observation as o "
        "where (o.value_min is not null or o.value_max is not null) "
        f"and o.numerator is not null and o.denominator > 0 order by o.rowid limit {TOLD}"
    )
    for place, (file, row, low, high, n, d, count) in enumerate(dataset.query(sql), start=1):
        bound = f"over {number(low)}" if low is not None else f"under {number(high)}"
        message = f"The value is shown as {bound}, and {number(n)} of {number(d)} gives it away."
        times = count - TOLD + 1 if place == TOLD else 1
        yield Finding(file, row, "value", message, times, severity_of(dataset))


def _raw(dataset: Dataset) -> Iterator[Finding]:
    """A column without a concept that holds a number where the figure is hidden."""
    if not hides(dataset):
        return
    sql = (
        "select file, row, j.key, j.value, count(*) over () "
        "from observation as o, json_each(o.extra) as j "
        "where o.obs_status = 'Q' and o.extra is not null and j.type in ('integer', 'real') "
        f"and j.value between 0 and ? order by o.rowid limit {TOLD}"
    )
    most = (policy_of(dataset) or USUAL).most
    for place, (file, row, name, value, count) in enumerate(dataset.query(sql, (most,)), start=1):
        message = f"The figure is hidden, and this column says {number(value)}."
        times = count - TOLD + 1 if place == TOLD else 1
        yield Finding(file, row, name, message, times, severity_of(dataset))


def _given_away(dataset: Dataset) -> Iterator[Finding]:
    """Hidden counts that others give away, and figures that contradict each other."""
    if dataset.incomplete or not hides(dataset):
        return
    ((rows,),) = dataset.query(f"select count(*) from ({_COUNTED})")
    if rows > MOST:
        told = f"Figures are hidden among {rows:,} counts: too many to be audited."
        yield Finding("datapackage.json", None, "hub.disclosure_policy", told, 1, "warning")
        return
    # imported here: most packages hide nothing
    from evidencehub.measures.audit import audit

    policy = policy_of(dataset) or USUAL
    counts = list(_counts(dataset, policy))
    found = audit(counts, _trees(dataset, counts), policy.least, policy.most)
    exact = [given for given in found.given if given.is_exact]
    near = [given for given in found.given if not given.is_exact]
    yield from first([_told(one) for one in exact], severity_of(dataset))
    yield from first([_told(one) for one in near], "warning")
    for figures in found.contradictions[:TOLD]:
        places = ", ".join(f"row {count.place[1]}" for count in figures[:8])
        told = f"These counts contradict each other: {places}."
        yield Finding(*figures[0].place, "numerator", told, 1, "warning")
    if found.partly:
        told = f"{found.partly:,} hidden counts are in blocks too large to be judged as a whole."
        yield Finding("datapackage.json", None, "hub.disclosure_policy", told, 1, "warning")


def _counts(dataset: Dataset, policy: Policy) -> Iterator[Count]:
    from evidencehub.measures.audit import Count, Key

    declared = policy_of(dataset) is not None
    rounded = cache(lambda area: policy.national or below_national(dataset, area))
    for file, row, *told, n, hidden, people, basis, conf in dataset.query(_COUNTED):
        key = Key._make(told)
        found = dataset.book.find(key.scheme)
        if (basis or (found.counting_basis if found else "")) not in ("", "single", "prioritised"):
            # people in several groups: the groups do not add up
            key = key._replace(scheme=f"{key.scheme} {key.ethnicity}")
        if hidden and declared and conf not in _PROTECTING:
            yield Count(key, policy.least, policy.most, True, (file, row))
        elif hidden:
            yield Count(key, 0, math.inf if people is None else people, True, (file, row))
        elif n is not None and n >= 0:
            half = policy.base // 2 if n and rounded(key.area) else 0
            low = max(n - half, policy.most + 1 if half and n > policy.most else 0)
            # weighted counts are not whole: what lies around them is
            yield Count(key, math.floor(low), math.ceil(n + half), False, (file, row))


_PROTECTING = ("D", "S")  # hidden so that another figure cannot be worked out: it may be large


def _trees(dataset: Dataset, counts: list[Count]) -> dict[str, Tree]:
    """Which codes are parts of which: areas, groups of every scheme, ages and sexes."""
    names = {count.key.scheme for count in counts}
    trees = {name: _parts(dataset.book.find(name)) for name in names}
    areas: dict[str, set[str]] = {}
    waiting = {count.key.area for count in counts}
    while waiting:
        area = waiting.pop()
        parent = _parent(dataset, area)
        if parent:
            waiting |= {parent} - areas.keys()
            areas.setdefault(parent, set()).add(area)
    return {**trees, "area": {name: sorted(parts) for name, parts in areas.items()}}


def _parent(dataset: Dataset, area: str) -> str:
    name, _, code = area.rpartition(":")
    for known in (name,) if name else ("iso-3166", "gss"):
        code_list = dataset.book.find(known)
        if code_list is not None and code in code_list.codes:
            parent = code_list.codes[code].parent
            return f"{name}:{parent}" if parent and name else parent
    return ""


def _parts(code_list: CodeList | None) -> Tree:
    parts: dict[str, list[str]] = {}
    for code in code_list.codes.values() if code_list is not None else ():
        if code.parent:
            parts.setdefault(code.parent, []).append(code.code)
    return parts


def _told(given: Given) -> Finding:
    span = number(given.low) if given.is_exact else f"{number(given.low)} to {number(given.high)}"
    others = [count.place[1] for count in given.by] or [given.cell.place[1]]
    rows = ", ".join(map(str, sorted(set(others))[:8])) + (" …" if len(set(others)) > 8 else "")
    says = "is" if given.is_exact else "can only be"
    message = (
        f"The hidden count {says} {span}: it follows from row{'s' * (len(others) > 1)} {rows}."
    )
    return Finding(*given.cell.place, "numerator", message)


def _published_before(dataset: Dataset) -> Iterator[Finding]:
    """A hidden count that an earlier release of the same dataset shows."""
    if not dataset.earlier or not hides(dataset):
        return
    sql = f"select {', '.join(_KEY)}, file, row from observation where obs_status = 'Q'"
    hidden = {tuple(key): (file, row) for *key, file, row in dataset.query(sql)}
    found: dict[tuple[str, int], str] = {}
    for version, path in dataset.earlier.items():
        with path.open(encoding="utf-8", newline="") as file:
            for told in csv.DictReader(file):
                place = hidden.get(tuple(told[name] for name in _KEY))
                shown = told["numerator"] or told["value"]
                if place is not None and shown:
                    found[place] = f"Version {version} shows {shown} here, and stays published."
    wrong = [Finding(*place, "obs_status", message) for place, message in sorted(found.items())]
    yield from first(wrong, severity_of(dataset))


_KEY = (
    "indicator", "area", "period_start", "period_end", "scheme", "ethnicity", "sex", "age",
    "other", "comparator", "adjustment",
)  # fmt: skip


def _rates(dataset: Dataset) -> Iterator[Finding]:
    """A rate, without its count, of which only a small count can be the numerator."""
    policy = policy_of(dataset)
    if policy is None:
        return
    # imported here: few packages have a policy of their own
    from evidencehub.measures.rounding import counts_behind_rate

    wrong = []
    for file, row, area, value, decimals, scale, people, kind in dataset.query(_RATES):
        half = policy.base // 2
        span = (max(people - half, 1), people + half)
        share = kind != "rate"
        behind = counts_behind_rate(value, decimals, scale, span, is_share=share)
        small = behind.pins(max(policy.least, 1), policy.most)
        if small and (policy.national or below_national(dataset, area)):
            count = number(behind.low)
            count += "" if behind.is_exact else f" to {number(behind.high)}"
            told = f"{number(value)} with a denominator of {number(people)} is a count of {count}."
            wrong.append(Finding(file, row, "value", told))
    yield from first(wrong)


_RATES = f"""
select
  o.file, o.row, o.area, o.value, coalesce(o.decimals, i.decimals, 0),
  coalesce(i.scale, case i.value_type when 'percentage' then 100 else 1 end), o.denominator,
  i.value_type
from observation as o join indicators as i on i.id = o.indicator
where o.numerator is null and o.value >= 0 and o.denominator > 0 and coalesce(i.scale, 1) > 0
  and i.value_type in ('percentage', 'proportion', 'rate') and o.comparator = '' and {CRUDE}
order by o.rowid limit {MANY}
"""

_PERSONAL = re.compile(
    r"(^|_)(nhs_?(no|number)|postcode|post_code|date_of_birth|dob|birth_?date|forename|surname|"
    r"first_?name|last_?name|patient_?(id|name)|national_insurance|nino|ssn|nhi)($|_)",
    re.IGNORECASE,
)


def _personal(package: SourcePackage, _: CodeBook) -> Iterator[Finding]:
    for resource in package.resources:
        for field in resource.fields:
            name = str(field.get("name", ""))
            if _PERSONAL.search(re.sub(r"[\s-]+", "_", name)):
                yield Finding(
                    resource.file, 1, name, f"“{name}” looks like a column about a person."
                )


_SAFER = "Round all other counts too, each by itself, or hide or join more; see docs/explanation."

RULES = (
    Rule(
        "disclosure/small-count",
        "dataset",
        "No count is shown that the package's policy hides.",
        "Hide the row's figures with status Q and say why in conf_status.",
        _small,
    ),
    Rule(
        "disclosure/not-rounded",
        "dataset",
        "Counts are rounded as the package's policy says.",
        "Round every count, totals too, each by itself.",
        _unrounded,
    ),
    Rule(
        "disclosure/recoverable",
        "dataset",
        "No hidden count can be worked out from what is published beside it.",
        _SAFER,
        _given_away,
    ),
    Rule(
        "disclosure/published-before",
        "dataset",
        "What is hidden now was not shown by an earlier release.",
        "Show it, or say in changes.md why it is hidden: what was published stays published.",
        _published_before,
    ),
    Rule(
        "disclosure/rate-tells-count",
        "dataset",
        "A rate is not so exact that only a small count can be behind it.",
        "Hide the row's figures, leave the denominator out, or show fewer decimals.",
        _rates,
    ),
    Rule(
        "disclosure/mask-undone",
        "dataset",
        "A figure shown as “over” or “under” does not stand beside counts that give it away.",
        "Leave the counts out, or show the figure.",
        _mask,
    ),
    Rule(
        "disclosure/raw-column",
        "dataset",
        "A hidden figure does not stand in another column of its row.",
        "Take the number out of the column; what is published is the whole file.",
        _raw,
    ),
    Rule(
        "disclosure/personal-column",
        "descriptor",
        "No column holds what belongs to one person: number, name, postcode, date of birth.",
        "Take the column out. If it is something else, give it another name.",
        _personal,
    ),
)
