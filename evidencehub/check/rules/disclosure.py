"""Rules on disclosure: what published figures say of few people.

How strict they are depends on the policy that the package declares.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from evidencehub.check.rules.policy import (
    POLICIES,
    Policy,
    applies,
    first,
    policy_for_people,
    policy_of,
)
from evidencehub.check.rules.rule import CRUDE, SCALE, Dataset, Finding, Rule, number
from evidencehub.codes import CodeBook
from evidencehub.model.package import SourcePackage

MANY = 20_000  # rows looked at to name the first few that are wrong
FEW = 1_000  # people; of fewer, neighbours may know who they are


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
        for file, row, area, n in dataset.query(sql, (policy.least, policy.most))
        if applies(policy, dataset, area)
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
            if applies(policy, dataset, area)
        ]
        yield from first(wrong)


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


def _all_or_none(dataset: Dataset) -> Iterator[Finding]:
    """A figure from which something is known of everybody in a group."""
    policy = policy_for_people(dataset)
    if policy is None:
        return
    sql = (
        f"select o.file, o.row, o.area, {_SHARE} = 0 "
        "from observation as o join indicators as i on i.id = o.indicator "
        f"where i.value_type in ('percentage', 'proportion') and {_SHARE} in (0, 1) "
        f"and o.comparator = '' and {CRUDE} order by o.row limit {MANY}"
    )
    wrong = [
        Finding(
            file, row, "value", f"{'Nobody' if none else 'Everybody'} of this group is counted."
        )
        for file, row, area, none in dataset.query(sql)
        if applies(policy, dataset, area)
    ]
    yield from first(wrong)


_SHARE = f"coalesce(o.numerator * 1.0 / nullif(o.denominator, 0), o.value / {SCALE})"


def _few_people(dataset: Dataset) -> Iterator[Finding]:
    """Figures about so few people that a table of this detail may single some of them out."""
    policy = policy_for_people(dataset)
    if policy is None:
        return
    sql = (
        "select o.file, o.row, o.area, coalesce(o.population, o.denominator) as people "
        "from observation as o where people > 0 and people < ? and o.obs_status <> 'Q' "
        f"order by o.row limit {MANY}"
    )
    wrong = [
        Finding(file, row, "denominator", f"The figure is about {number(people)} people.")
        for file, row, area, people in dataset.query(sql, (FEW,))
        if applies(policy, dataset, area)
    ]
    yield from first(wrong)


_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_PEOPLE = (
    r"people|persons?|patients?|women|woman|men|man|mothers?|babies|baby|child|children|deaths?|"
    r"cases|individuals|residents|respondents|staff"
)
_COUNT = re.compile(
    rf"(?<![\d.,])(?<!\bin )\b({'|'.join(_WORDS)}|[1-9])\s+(?:\w+\s)?({_PEOPLE})\b", re.IGNORECASE
)


def _in_text(dataset: Dataset) -> Iterator[Finding]:
    """A remark or a finding that says of how few people a figure is."""
    policy = policy_for_people(dataset)
    if policy is None:
        return
    wrong = []
    for table, column in _TEXTS:
        sql = f"select file, row, {column} from {table} where {column} <> '' order by row limit ?"
        for file, row, text in dataset.query(sql, (MANY,)):
            wrong += [Finding(file, row, column, told) for told in _few(text, policy)]
    for name in ("about.md", "changes.md"):
        path = dataset.package.folder / name
        if path.is_file():
            text = path.read_text("utf-8", "replace")
            wrong += [Finding(name, None, "", told) for told in _few(text, policy)]
    yield from first(wrong)


_TEXTS = (
    ("observation", "note"),
    ("findings", "title"),
    ("findings", "statement"),
    ("findings", "detail"),
    ("findings", "note"),
)


def _few(text: str, policy: Policy) -> Iterator[str]:
    for found in _COUNT.finditer(text):
        word = found[1].lower()
        count = _WORDS.index(word) + 1 if word in _WORDS else int(word)
        if max(policy.least, 1) <= count <= policy.most:
            yield f"The text says “{found[0]}”."


def _signed_off(package: SourcePackage, _: CodeBook) -> Iterator[Finding]:
    """A policy of the package's own that nobody has signed off, or not for these files."""
    policy = package.hub.get("disclosure_policy")
    if policy not in POLICIES or package.hub.get("synthetic"):
        return
    here, files = "hub.signed_off", files_digest(package)
    record = package.hub.get("signed_off")
    if record is None:
        told = f"Nobody has signed off these files ({files}) under {policy}."
        yield Finding("datapackage.json", None, here, told)
    elif record["files"] != files or record["policy"] != policy:
        told = (
            f"{record['by']} signed off other files or another policy on {record['date']}; "
            f"these files are {files}, under {policy}."
        )
        yield Finding("datapackage.json", None, here, told, 1, "error")


def files_digest(package: SourcePackage) -> str:
    """One SHA-256 over the tables of a package, names and bytes, as it stands in `signed_off`."""
    found = hashlib.sha256()
    for resource in sorted(package.resources, key=lambda one: one.file):
        found.update(f"{resource.file} {_digest(resource.path)}\n".encode())
    return found.hexdigest()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


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
        "disclosure/personal-column",
        "descriptor",
        "No column holds what belongs to one person: number, name, postcode, date of birth.",
        "Take the column out. If it is something else, give it another name.",
        _personal,
    ),
    Rule(
        "disclosure/all-or-none",
        "dataset",
        "No figure says of a group that all of its people are counted, or none.",
        "Join the group with another, or say in about.md why it does nobody harm.",
        _all_or_none,
        "warning",
    ),
    Rule(
        "disclosure/few-people",
        "dataset",
        f"No figure below national level is about fewer than {FEW:,} people.",
        "Join places, ages or groups, or say in about.md why nobody can be made out.",
        _few_people,
        "warning",
    ),
    Rule(
        "disclosure/count-in-text",
        "dataset",
        "No text says of how few people a figure is, where the policy hides such counts.",
        "Take the number out of the text.",
        _in_text,
        "warning",
    ),
    Rule(
        "disclosure/not-signed-off",
        "descriptor",
        "Somebody has signed off that these files follow the package's policy.",
        "Have it looked at, and put who, when, the policy and the hash of the files into "
        "`hub.signed_off`: by, date, policy, files.",
        _signed_off,
        "warning",
    ),
)
