"""Rules on disclosure: what published figures say of few people.

How strict they are depends on the policy that the package declares.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from evidencehub.check.definition import (
    IS_CRUDE_SQL,
    SCALE_SQL,
    Rule,
    RuleContext,
    Violation,
    format_number,
    make_descriptor_violation,
    make_violation,
)
from evidencehub.check.disclosure_policy import (
    POLICIES,
    get_policy,
    get_policy_unless_synthetic,
    select_areas,
)
from evidencehub.domain.code_lists import CodeBook
from evidencehub.domain.package import SourcePackage
from evidencehub.domain.status import SHARE_VALUE_TYPES, SUPPRESSED, quote_codes
from evidencehub.messages.rendering import make_message

SMALL_POPULATION = 1_000  # people; of fewer, neighbours may know who they are


def _small_counts(dataset: RuleContext) -> Iterator[Violation]:
    policy = get_policy(dataset)
    if policy is None:
        return
    sql = (
        f"select file, row, n from ({_COUNTS_SQL}) where n between ? and ? "
        f"and area in ({_AREAS_SQL}) order by file, row"
    )
    span = (policy.min_suppressed, policy.max_suppressed)
    for file, row, n in dataset.query(sql, (*span, select_areas(policy, dataset))):
        yield make_violation(
            file, row, "numerator", "disclosure/small-count", count=format_number(n)
        )


_AREAS_SQL = "select value from json_each(?)"


_COUNTS_SQL = """
select
  o.file, o.row, o.area, case when i.value_type = 'count' then o.value else o.numerator end as n,
  o.denominator, o.obs_status
from observation as o left join indicators as i on i.id = o.indicator
"""


def _unrounded_counts(dataset: RuleContext) -> Iterator[Violation]:
    policy = get_policy(dataset)
    if policy is None or not policy.rounding_base:
        return
    base, areas = policy.rounding_base, select_areas(policy, dataset)
    for name, column in (("numerator", "n"), ("denominator", "denominator")):
        sql = (
            f"select file, row, {column} from ({_COUNTS_SQL}) "
            f"where {column} <> ? * cast({column} / ? as integer) "
            f"and area in ({_AREAS_SQL}) order by file, row"
        )
        for file, row, n in dataset.query(sql, (base, base, areas)):
            yield make_violation(
                file, row, name, "disclosure/not-rounded", count=format_number(n), base=base
            )


_PERSONAL_COLUMN_PATTERN = re.compile(
    r"(^|_)(nhs_?(no|number)|postcode|post_code|date_of_birth|dob|birth_?date|forename|surname|"
    r"first_?name|last_?name|patient_?(id|name)|national_insurance|nino|ssn|nhi)($|_)",
    re.IGNORECASE,
)


def _personal_columns(package: SourcePackage, _: CodeBook) -> Iterator[Violation]:
    for resource in package.resources:
        for field in resource.fields:
            name = str(field.get("name", ""))
            if _PERSONAL_COLUMN_PATTERN.search(re.sub(r"[\s-]+", "_", name)):
                yield make_violation(
                    resource.file, 1, name, "disclosure/personal-column", name=name
                )


def _all_or_none_values(dataset: RuleContext) -> Iterator[Violation]:
    """A figure from which something is known of everybody in a group."""
    policy = get_policy_unless_synthetic(dataset)
    if policy is None:
        return
    sql = (
        f"select o.file, o.row, {_SHARE_SQL} = 0 "
        "from observation as o join indicators as i on i.id = o.indicator "
        f"where i.value_type in {quote_codes(SHARE_VALUE_TYPES)} and {_SHARE_SQL} in (0, 1) "
        f"and o.comparator = '' and {IS_CRUDE_SQL} and o.area in ({_AREAS_SQL}) "
        "order by o.file, o.row"
    )
    for file, row, is_nobody in dataset.query(sql, (select_areas(policy, dataset),)):
        yield make_violation(file, row, "value", _ALL_OR_NONE_CODES[is_nobody])


_ALL_OR_NONE_CODES = ("disclosure/all-or-none/everybody", "disclosure/all-or-none/nobody")
_SHARE_SQL = f"coalesce(o.numerator * 1.0 / nullif(o.denominator, 0), o.value / {SCALE_SQL})"


def _small_populations(dataset: RuleContext) -> Iterator[Violation]:
    """Figures about so few people that a table of this detail may single some of them out."""
    policy = get_policy_unless_synthetic(dataset)
    if policy is None:
        return
    sql = (
        "select o.file, o.row, coalesce(o.population, o.denominator) as people "
        f"from observation as o where people > 0 and people < ? and o.obs_status <> '{SUPPRESSED}' "
        f"and o.area in ({_AREAS_SQL}) order by o.file, o.row"
    )
    for file, row, people in dataset.query(sql, (SMALL_POPULATION, select_areas(policy, dataset))):
        yield make_violation(
            file, row, "denominator", "disclosure/few-people", people=format_number(people)
        )


def _missing_sign_off(package: SourcePackage, _: CodeBook) -> Iterator[Violation]:
    """A policy of the package's own that nobody has signed off, or not for these files."""
    policy = package.hub.get("disclosure_policy")
    if policy not in POLICIES or package.hub.get("synthetic"):
        return
    location, files = "hub.signed_off", package_digest(package)
    record = package.hub.get("signed_off")
    if record is None:
        yield make_descriptor_violation(
            location, "disclosure/not-signed-off", files=files, policy=policy
        )
    elif record["files"] != files or record["policy"] != policy:
        message = make_message(
            "disclosure/not-signed-off/other-files",
            by=record["by"],
            date=record["date"],
            files=files,
            policy=policy,
        )
        yield Violation("datapackage.json", None, location, message, 1, "error")


def package_digest(package: SourcePackage) -> str:
    """One SHA-256 over the tables of a package, names and bytes, as it stands in `signed_off`."""
    digest = hashlib.sha256()
    for resource in sorted(package.resources, key=lambda entry: entry.file):
        digest.update(f"{resource.file} {_file_sha256(resource.path)}\n".encode())
    return digest.hexdigest()


def _file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


RULES = (
    Rule(
        "disclosure/small-count",
        "dataset",
        "A count that falls under the package's disclosure policy must be suppressed.",
        "Suppress the row's values: set obs_status to Q and give the reason in conf_status.",
        _small_counts,
    ),
    Rule(
        "disclosure/not-rounded",
        "dataset",
        "Counts must be rounded as the package's disclosure policy requires.",
        "Round every count independently, including totals.",
        _unrounded_counts,
    ),
    Rule(
        "disclosure/personal-column",
        "descriptor",
        "A column must not hold personal data, such as an identification number, name, "
        "postcode or date of birth.",
        "Delete the column. If it holds something else, rename it.",
        _personal_columns,
    ),
    Rule(
        "disclosure/all-or-none",
        "dataset",
        "A value should not show that everyone in a group, or no one, is counted.",
        "Combine the group with another, or explain in about.md why this harms nobody.",
        _all_or_none_values,
        "warning",
    ),
    Rule(
        "disclosure/few-people",
        "dataset",
        "A value below national level should not be based on fewer than "
        f"{SMALL_POPULATION:,} people.",
        "Combine areas, ages or groups, or explain in about.md why nobody can be identified.",
        _small_populations,
        "warning",
    ),
    Rule(
        "disclosure/not-signed-off",
        "descriptor",
        "The files should be signed off as meeting the package's disclosure policy.",
        "Have the files reviewed, then record the reviewer, date, policy and file hash in "
        "`hub.signed_off`: by, date, policy, files.",
        _missing_sign_off,
        "warning",
    ),
)
