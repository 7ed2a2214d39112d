"""Rules on what published figures give away of hidden ones, and of small counts.

What a policy of the package's own forbids stops the dataset. Figures that their source has
already published cannot be taken back: what they give away is told, and stops nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from evidencehub.check.rules import earlier
from evidencehub.check.rules.figure import KEY
from evidencehub.check.rules.policy import (
    USUAL,
    applies,
    first,
    hides,
    policy_of,
    severity_of,
)
from evidencehub.check.rules.rule import TOLD, Dataset, Finding, Rule, number

if TYPE_CHECKING:
    from evidencehub.measures.audit import Given
    from evidencehub.measures.families import Count, Key

MOST = 100_000  # counts that are audited as a whole; more take minutes and memory
HALF = 0.5  # of the rows that show their counts
NAMED = 8  # rows that a message names
MANY = 20_000  # rows looked at to name the first few that are wrong


def _given_away(dataset: Dataset) -> Iterator[Finding]:
    """Hidden counts that others give away, and figures that contradict each other."""
    promised = policy_of(dataset) is not None and bool(dataset.earlier)
    if dataset.incomplete or not (hides(dataset) or promised):
        return
    # imported here: most packages hide nothing
    from evidencehub.check.rules import counts
    from evidencehub.measures.audit import audit

    rows = counts.how_many(dataset)
    if rows > MOST:
        told = f"Figures are hidden among {rows:,} counts: too many to be audited."
        yield Finding("datapackage.json", None, "hub.disclosure_policy", told, 1, "warning")
        return
    policy, declared = policy_of(dataset) or USUAL, policy_of(dataset) is not None
    told_of, left = counts.gathered(dataset, policy, MOST, declared=declared)
    trees, levels = counts.trees(dataset, told_of), counts.levels(dataset, told_of)
    found = audit(told_of, trees, policy.least, policy.most, levels)
    shown = {one.key._replace(release="") for one in told_of if one.key.release and not one.hidden}
    ours = [one for one in found.given if _is_told_here(one, shown)]
    exact = [_told(one) for one in ours if one.is_exact]
    near = [_told(one) for one in ours if not one.is_exact]
    yield from first(exact, severity_of(dataset))
    yield from first(near, "warning")
    for figures in found.contradictions[:TOLD]:
        told = f"These counts contradict each other: {_rows(figures)}."
        yield Finding(*_here(figures), "numerator", told, 1, "warning")
    if left:
        told = f"Too many counts: versions {', '.join(left)} are not part of the audit."
        yield Finding("datapackage.json", None, "hub.disclosure_policy", told, 1, "warning")
    if found.partly:
        told = f"{found.partly:,} hidden counts are in blocks too large to be judged as a whole."
        yield Finding("datapackage.json", None, "hub.disclosure_policy", told, 1, "warning")


def _is_told_here(given: Given, shown: set[Key]) -> bool:
    """False for what an earlier release shows, or gives away, by itself."""
    if _release(given.cell):
        here = given.cell.key.release == "" and given.cell.key not in shown
        return here and not all(map(_release, given.by))
    return given.cell.key not in shown


def _release(count: Count) -> str:
    """The earlier release that tells a count (“version 1.0.0”); empty for this one."""
    return count.place[0] if count.place[0].startswith("version ") else ""


def _here(counts: Sequence[Count]) -> tuple[str, int]:
    """The place of the first count of this release."""
    return next((count.place for count in counts if not _release(count)), counts[0].place)


def _rows(counts: Iterable[Count]) -> str:
    """Where counts stand, in words."""
    by_release: dict[str, set[int]] = {}
    for count in counts:
        by_release.setdefault(_release(count), set()).add(count.place[1])
    told = []
    for release, rows in sorted(by_release.items()):
        named = ", ".join(map(str, sorted(rows)[:NAMED])) + (" …" if len(rows) > NAMED else "")
        told.append(f"row{'s' * (len(rows) > 1)} {named}{f' of {release}' if release else ''}")
    return " and ".join(told)


def _told(given: Given) -> Finding:
    span = number(given.low) if given.is_exact else f"{number(given.low)} to {number(given.high)}"
    says = "is" if given.is_exact else "can only be"
    cell, others = given.cell, given.by or (given.cell,)
    which = f" in {_rows([cell])}" if _release(cell) else ""
    message = f"The hidden count{which} {says} {span}: it follows from {_rows(others)}."
    return Finding(*_here((cell, *others)), "numerator", message)


def _published_before(dataset: Dataset) -> Iterator[Finding]:
    """A hidden count that an earlier release of the same dataset shows."""
    if not dataset.earlier or not hides(dataset):
        return
    sql = f"select {', '.join(KEY)}, file, row from observation where obs_status = 'Q'"
    hidden = {tuple(key): (file, row) for *key, file, row in dataset.query(sql)}
    found: dict[tuple[str, int], str] = {}
    for version, figures in earlier.published(dataset).items():
        for one in figures:
            place, shown = hidden.get(one.key), one.value if one.events is None else one.events
            if place is not None and shown is not None:
                found[place] = f"Version {version} shows {number(shown)} here, and stays published."
    wrong = [Finding(*place, "obs_status", message) for place, message in sorted(found.items())]
    yield from first(wrong, severity_of(dataset))


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
    """A column without a concept that holds the count where the figure is hidden.

    Where other rows show their counts, a column is one of counts if it mostly agrees with them.
    """
    if not hides(dataset):
        return
    policy = policy_of(dataset) or USUAL
    agrees: dict[str, float] = dict(dataset.query(_AGREES, (policy.base,)))
    sql = (
        "select file, row, j.key, j.value from observation as o, json_each(o.extra) as j "
        "where o.obs_status = 'Q' and o.extra is not null and j.type in ('integer', 'real') "
        f"and j.value between 0 and ? order by o.rowid limit {MANY}"
    )
    wrong = [
        Finding(file, row, name, f"The figure is hidden, and this column says {number(value)}.")
        for file, row, name, value in dataset.query(sql, (policy.most,))
        if agrees.get(name, 1.0) > HALF
    ]
    yield from first(wrong, severity_of(dataset))


_AGREES = """
select j.key, avg(abs(j.value - coalesce(o.numerator, o.value)) <= ?)
from observation as o, json_each(o.extra) as j
where o.obs_status <> 'Q' and o.extra is not null and j.type in ('integer', 'real')
  and coalesce(o.numerator, o.value) is not null
group by j.key
"""


def _rates(dataset: Dataset) -> Iterator[Finding]:
    """A rate, without its count, of which only a small count can be the numerator."""
    policy = policy_of(dataset)
    if policy is None:
        return
    # imported here: few packages have a policy of their own
    from evidencehub.check.rules import counts

    wrong = []
    for one, behind in counts.behind_rates(dataset, policy, MANY):
        small = behind.pins(policy.least, policy.most)
        if small and applies(policy, dataset, one.area):
            count = number(behind.low)
            count += "" if behind.is_exact else f" to {number(behind.high)}"
            beside = f"limits of {number(one.ci_lower)} and {number(one.ci_upper)}"
            if one.people is not None:
                beside = f"a denominator of {number(one.people)}"
            told = f"{number(one.value)} with {beside} is a count of {count}."
            wrong.append(Finding(one.file, one.row, "value", told))
    yield from first(wrong)


_SAFER = "Round all other counts too, each by itself, or hide or join more; see docs/explanation."

RULES = (
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
        "Hide the row's figures, leave denominator and limits out, or show fewer decimals.",
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
)
