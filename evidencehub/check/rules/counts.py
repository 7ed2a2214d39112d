"""The counts of a dataset, as the audit of disclosure takes them.

A count is known as it is shown, within its rounding, or within what a rate or its limits say
of it; a hidden one as the package's policy says.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any, Literal, NamedTuple

from evidencehub.check.rules.policy import Policy, below_national
from evidencehub.check.rules.rule import CRUDE, SCALE, Dataset
from evidencehub.codes import CodeList
from evidencehub.measures.families import Count, Key, Tree
from evidencehub.measures.rounding import Behind, counts_behind_interval, counts_behind_rate

MOST = 10_000  # events or people: behind limits without any count, no more are thought of
LIMITS = 5_000  # rows of which limits are looked into: each takes about a millisecond
KEY = (
    "indicator", "area", "period_start", "period_end", "scheme", "ethnicity", "sex", "age",
    "other", "comparator", "adjustment",
)  # fmt: skip
"""What tells figures apart."""

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


class Figure(NamedTuple):
    """A row that says something of a count."""

    file: str
    row: int
    indicator: str
    area: str
    period_start: str
    period_end: str
    scheme: str
    ethnicity: str
    sex: str
    age: str
    other: str
    comparator: str
    adjustment: str
    events: float | None
    people: float | None
    basis: str
    is_hidden: bool
    conf_status: str
    value: float | None = None
    decimals: int = 0
    scale: float = 1.0
    value_type: str = ""
    ci_lower: float | None = None
    ci_upper: float | None = None
    ci_level: float = 95.0
    ci_method: str = ""
    derived: str = ""

    @property
    def key(self) -> tuple[str, ...]:
        """What tells it apart, in the order of KEY."""
        return self[2:13]


def how_many(dataset: Dataset) -> int:
    """How many rows say something of a count."""
    ((rows,),) = dataset.query(f"select count(*) {_FROM} where {_IS_COUNT} or ({_IS_RATE})")
    return int(rows)


def gathered(dataset: Dataset, policy: Policy, *, declared: bool) -> list[Count]:
    """The counts of a dataset and of its earlier releases.

    `declared` says that the package promises the policy; else nothing is known of what is
    hidden but that it is no more than its denominator.
    """
    told = _Told(dataset, policy, declared=declared)
    sql = f"{_FIGURES} where {_IS_COUNT} or ({_IS_RATE}) order by o.rowid"
    figures = [Figure._make(cells) for cells in dataset.query(sql)]
    counts = [count for one in figures if (count := told.count(one)) is not None]
    for version, rows in earlier(dataset).items():
        base = policy.base if all(_is_rounded(one, policy.base) for one in rows) else 0
        past = _Told(dataset, replace(policy, base=base), declared=declared, release=version)
        counts += [count for one in rows if (count := past.count(one)) is not None]
    return counts + _kept(counts)


def _kept(counts: list[Count]) -> list[Count]:
    """What only earlier releases tell, once more as a count of this one: both can be added up."""
    here = {count.key for count in counts if not count.key.release}
    kept: dict[Key, Count] = {}
    for count in counts:
        key = count.key._replace(release="")
        if count.key.release and key not in here:
            kept[key] = replace(count, key=key)
    return list(kept.values())


def behind_rates(dataset: Dataset, policy: Policy, most: int) -> Iterator[tuple[Figure, Behind]]:
    """What rates say of the counts that are not shown beside them; `most` rows are looked at."""
    told = _Told(dataset, policy, declared=True)
    sql = f"{_FIGURES} where o.numerator is null and {_IS_RATE} order by o.rowid limit ?"
    for cells in dataset.query(sql, (most,)):
        one = Figure._make(cells)
        behind = told.behind(one)
        if behind is not None:
            yield one, behind


def earlier(dataset: Dataset) -> Mapping[str, list[Figure]]:
    """The figures with counts of each earlier release, by version; from the files themselves."""
    kinds: dict[str, str] = dict(dataset.query("select id, value_type from indicators"))
    return {
        version: list(_published(version, path, kinds)) for version, path in dataset.earlier.items()
    }


def _published(version: str, path: Any, kinds: Mapping[str, str]) -> Iterator[Figure]:
    with path.open(encoding="utf-8", newline="") as file:
        for row, told in enumerate(csv.DictReader(file), start=2):
            is_count = kinds.get(told["indicator"]) == "count"
            count = _number(told["value"] if is_count else told["numerator"])
            hidden = told["obs_status"] == "Q"
            if count is not None or hidden:
                key = (told[name] for name in KEY)
                basis, people = told["counting_basis"], _number(told["denominator"])
                rest = (count, people, basis, hidden, told["conf_status"], _number(told["value"]))
                yield Figure._make((f"version {version}", row, *key, *rest, *_UNSAID))


_UNSAID = tuple(Figure._field_defaults.values())[1:]  # what only this release's own figures say


def _number(text: str) -> float | None:
    return float(text) if text else None


def _is_rounded(one: Figure, base: int) -> bool:
    return not base or one.events is None or one.events % base == 0


class _Told:
    """What the figures of one release say of counts."""

    def __init__(
        self, dataset: Dataset, policy: Policy, *, declared: bool, release: str = ""
    ) -> None:
        self._policy, self._declared, self._release = policy, declared, release
        self._applies = cache(lambda area: policy.national or below_national(dataset, area))
        self._basis = cache(lambda scheme: _basis(dataset.book.find(scheme)))
        self._tried = 0

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
        if one.is_hidden and self._declared and one.conf_status not in _PROTECTING:
            return policy.least, policy.most
        if one.is_hidden:
            return 0, math.inf if one.people is None else one.people
        if one.events is not None:
            return self._around(one.events, one.area) if one.events >= 0 else None
        behind = self.behind(one)
        return None if behind is None or not behind.pairs else (behind.low, behind.high)

    def _around(self, n: float, area: str) -> tuple[float, float]:
        half = self._policy.base // 2 if n and self._applies(area) else 0
        low = n - half
        if half and n > self._policy.most:
            low = max(low, self._policy.most + 1)
        # weighted counts are not whole: what lies around them is
        return max(math.floor(low), 0), math.ceil(n + half)

    def behind(self, one: Figure) -> Behind | None:
        """What a rate with its denominator says of its count, or with its limits alone."""
        if one.value is None:
            return None
        if one.people is not None:
            span = self._around(one.people, one.area)
            is_share = one.value_type != "rate"
            return counts_behind_rate(one.value, one.decimals, one.scale, span, is_share=is_share)
        if self._tried >= LIMITS:
            return None
        self._tried += 1
        return behind_limits(one)


def behind_limits(one: Figure) -> Behind | None:
    """What a figure with its limits says of its count; None where their method is not known."""
    if one.value is None or one.ci_lower is None or one.ci_upper is None or one.derived:
        return None
    method: Literal["byar", "wilson"] = "byar" if one.value_type == "rate" else "wilson"
    names = ("byar", "poisson") if method == "byar" else ("wilson",)
    if one.ci_level != 95 or not any(name in one.ci_method for name in names):
        return None
    limits = (one.value, one.ci_lower, one.ci_upper)
    if min(limits) < 0:
        return None
    found = counts_behind_interval(*limits, one.decimals, scale=one.scale, method=method, most=MOST)
    # at the end of what is thought of nothing is known
    return found if max(found.high, found.high_denominator * (method == "wilson")) < MOST else None


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
