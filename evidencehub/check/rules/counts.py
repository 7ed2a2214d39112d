"""The counts of a dataset, as the audit of disclosure takes them.

A count is known as it is shown, within its rounding, or within what a rate or its limits say
of it; a hidden one as the package's policy says.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from typing import Literal

from evidencehub.check.rules import earlier
from evidencehub.check.rules.figure import KEY, Figure
from evidencehub.check.rules.policy import Policy, applies
from evidencehub.check.rules.rule import CRUDE, SCALE, Dataset
from evidencehub.codes import CodeList
from evidencehub.measures.families import Count, Key, Tree
from evidencehub.measures.rounding import Behind, counts_behind_interval, counts_behind_rate

EVENTS, PEOPLE = 2_000, 10_000  # behind limits without any count, no more are thought of
LIMITS = 5_000  # rows of which limits are looked into
TRIES = 20_000  # counts tried for one figure; one that leaves more open says nothing of a few
DECIMALS, LARGE = 12, 1e12  # figures beyond them are mistakes, and other rules say so
_FROM = "from observation as o left join indicators as i on i.id = o.indicator"
_IS_RATE = (
    "o.value >= 0 and i.value_type in ('percentage', 'proportion', 'rate') "
    "and (o.denominator > 0 or o.ci_lower is not null) and o.comparator = '' "
    f"and {SCALE} > 0 and {CRUDE}"
)
_IS_COUNT = "i.value_type = 'count' or o.numerator is not null or o.obs_status = 'Q'"
_FIGURES = f"""
select
  o.file, o.row, {", ".join(f"o.{name}" for name in KEY)},
  case when i.value_type = 'count' then o.value else o.numerator end, o.denominator,
  coalesce(o.counting_basis, ''), o.obs_status = 'Q', o.conf_status, o.value,
  coalesce(o.decimals, i.decimals, 0), {SCALE}, coalesce(i.value_type, ''), o.ci_lower,
  o.ci_upper, coalesce(o.ci_level, i.ci_level, 95), lower(coalesce(i.ci_method, '')), o.derived
{_FROM}
"""
_PROTECTING = ("D", "S")  # hidden so that another figure cannot be worked out: it may be large


def how_many(dataset: Dataset) -> int:
    """How many rows say something of a count."""
    ((rows,),) = dataset.query(f"select count(*) {_FROM} where {_IS_COUNT} or ({_IS_RATE})")
    return int(rows)


def gathered(
    dataset: Dataset, policy: Policy, most: int, *, declared: bool
) -> tuple[list[Count], list[str]]:
    """The counts of a dataset and of its earlier releases, and the versions that were too much.

    `declared` says that the package promises the policy; else nothing is known of what is
    hidden but that it is no more than its denominator. Older releases are left out where all
    together would be more than `most`.
    """
    told = _Told(dataset, policy, declared=declared)
    sql = f"{_FIGURES} where {_IS_COUNT} or ({_IS_RATE}) order by o.rowid"
    counts = told.counts(map(Figure._make, dataset.query(sql)))
    here = {count.key: count for count in counts}
    left = []
    for version, figures in earlier.published(dataset).items():
        base = policy.base if all(map(told.is_rounded, figures)) else 0
        past = _Told(dataset, replace(policy, base=base), declared=declared, release=version)
        found = past.counts(figures)
        if len(counts) + 2 * len(found) > most:
            left.append(version)
            continue
        counts += found
        counts += _kept(found, here)
    return counts, left


def _kept(found: list[Count], here: dict[Key, Count]) -> list[Count]:
    """What only an earlier release tells, once more as a count of this one, to be added up too.

    Nothing is kept of an indicator and period of which some count was revised since: then the
    old totals are not those of the new parts.
    """
    alike = [(count, count.key._replace(release="")) for count in found]
    revised = {
        (key.indicator, key.period)
        for count, key in alike
        if key in here and not (count.low <= here[key].high and here[key].low <= count.high)
    }
    kept = [
        replace(count, key=key)
        for count, key in alike
        if key not in here and (key.indicator, key.period) not in revised
    ]
    here |= {count.key: count for count in kept}
    return kept


def behind_rates(dataset: Dataset, policy: Policy, most: int) -> Iterator[tuple[Figure, Behind]]:
    """What rates say of the counts that are not shown beside them; `most` rows are looked at."""
    told = _Told(dataset, policy, declared=True)
    sql = f"{_FIGURES} where o.numerator is null and {_IS_RATE} order by o.rowid limit ?"
    for cells in dataset.query(sql, (most,)):
        one = Figure._make(cells)
        behind = told.behind(one)
        if behind is not None:
            yield one, behind


class _Told:
    """What the figures of one release say of counts."""

    def __init__(
        self, dataset: Dataset, policy: Policy, *, declared: bool, release: str = ""
    ) -> None:
        self._policy, self._declared, self._release = policy, declared, release
        self._applies = cache(lambda area: applies(policy, dataset, area))
        self._basis = cache(lambda scheme: _basis(dataset.book.find(scheme)))
        self._tried = 0

    def counts(self, figures: Iterable[Figure]) -> list[Count]:
        """The counts behind figures, of those that say anything of one."""
        return [count for one in figures if (count := self.count(one)) is not None]

    def is_rounded(self, one: Figure) -> bool:
        """False for a count that the policy would have rounded, and that is not."""
        base, n = self._policy.base, one.events
        return not base or n is None or n % base == 0 or not self._applies(one.area)

    def count(self, one: Figure) -> Count | None:
        """The count behind a figure with the least and the most that it may be."""
        span = self._span(one)
        if span is None:
            return None
        whole = None if one.people is None else self._around(one.people, one.area)
        return Count(self._key(one), *span, bool(one.is_hidden), (one.file, one.row), whole)

    def _key(self, one: Figure) -> Key:
        key = Key(
            one.indicator, f"{one.period_start}/{one.period_end}", one.area, one.scheme,
            one.ethnicity, one.sex, one.age, one.other, one.comparator + one.adjustment,
            self._release,
        )  # fmt: skip
        if (one.basis or self._basis(one.scheme)) not in ("", "single", "prioritised"):
            # people in several groups: the groups do not add up
            key = key._replace(scheme=f"{key.scheme} {key.ethnicity}")
        return key

    def _span(self, one: Figure) -> tuple[float, float] | None:
        policy = self._policy
        people = math.inf if one.people is None else self._around(one.people, one.area)[1]
        if one.is_hidden and self._declared and one.conf_status not in _PROTECTING:
            return policy.least, max(min(policy.most, people), policy.least)
        if one.is_hidden:
            return 0, people
        if one.events is not None:
            return self._around(one.events, one.area) if 0 <= one.events < LARGE else None
        behind = self.behind(one)
        return None if behind is None or not behind.pairs else (behind.low, behind.high)

    def _around(self, n: float, area: str) -> tuple[float, float]:
        half = self._policy.base // 2 if n and self._applies(area) else 0
        low = n - half
        if half and n > self._policy.most:
            low = max(low, self._policy.most + 1)
        # weighted counts are not whole: what lies around them is
        return max(math.floor(low), 0), max(math.ceil(n + half), 0)

    def behind(self, one: Figure) -> Behind | None:
        """What a rate with its denominator says of its count, or with its limits alone."""
        if one.value_type not in _RATES or not _is_plausible(one):
            return None
        if one.people:
            span = self._around(one.people, one.area)
            is_share = one.value_type != "rate"
            found = counts_behind_rate(
                one.value or 0.0, one.decimals, one.scale, span, is_share=is_share, tries=TRIES
            )
            return found if found.pairs >= 0 else None
        if self._tried >= LIMITS:
            return None
        self._tried += 1
        return _behind_limits(one)


_RATES = ("percentage", "proportion", "rate")


def _is_plausible(one: Figure) -> bool:
    """True where arithmetic may be done with a figure: other rules tell of what is not."""
    told = (one.value, one.people, one.ci_lower, one.ci_upper)
    numbers = [number for number in told if number is not None]
    fits = all(0 <= number < LARGE for number in numbers) and 1 / LARGE < one.scale < LARGE
    return one.value is not None and fits and 0 <= one.decimals <= DECIMALS


def _behind_limits(one: Figure) -> Behind | None:
    """What a figure with its limits says of its count; None where their method is not known."""
    if one.value is None or one.ci_lower is None or one.ci_upper is None or one.derived:
        return None
    method: Literal["byar", "wilson"] = "byar" if one.value_type == "rate" else "wilson"
    names, most = (("byar", "poisson"), EVENTS) if method == "byar" else (("wilson",), PEOPLE)
    if one.ci_level != 95 or not any(name in one.ci_method for name in names):
        return None
    limits = (one.value, one.ci_lower, one.ci_upper)
    found = counts_behind_interval(
        *limits, one.decimals, scale=one.scale, method=method, most=most, tries=TRIES
    )
    # at the end of what is thought of nothing is known
    end = found.high if method == "byar" else found.high_denominator
    return found if found.pairs >= 0 and end < most else None


def _basis(code_list: CodeList | None) -> str:
    return code_list.counting_basis if code_list is not None else ""


def trees(dataset: Dataset, counts: list[Count]) -> dict[str, Tree]:
    """Which codes are parts of which: areas, groups of every scheme, ages and sexes."""
    names = {count.key.scheme for count in counts}
    found = {name: _parts(dataset.book.find(name)) for name in names}
    areas: dict[str, set[str]] = {}
    waiting = {count.key.area for count in counts}
    while waiting:
        area = waiting.pop()
        name, code_list, code = _area(dataset, area)
        parent = code_list.codes[code].parent if code_list is not None else ""
        if parent:
            whole = f"{name}:{parent}" if name else parent
            waiting |= {whole} - areas.keys()
            areas.setdefault(whole, set()).add(area)
    return {**found, "area": {name: sorted(parts) for name, parts in areas.items()}}


def levels(dataset: Dataset, counts: list[Count]) -> dict[str, str]:
    """What kind of place each area is."""
    found = {}
    for area in {count.key.area for count in counts}:
        _, code_list, code = _area(dataset, area)
        found[area] = code_list.codes[code].level if code_list is not None else ""
    return found


def _area(dataset: Dataset, area: str) -> tuple[str, CodeList | None, str]:
    """The list that an area is of (its name empty for the lists of bare codes) and its code."""
    name, _, code = area.rpartition(":")
    for known in (name,) if name else ("iso-3166", "gss"):
        code_list = dataset.book.find(known)
        if code_list is not None and code in code_list.codes:
            return name, code_list, code
    return name, None, code


def _parts(code_list: CodeList | None) -> Tree:
    parts: dict[str, list[str]] = {}
    for code in code_list.codes.values() if code_list is not None else ():
        if code.parent:
            parts.setdefault(code.parent, []).append(code.code)
    return parts
