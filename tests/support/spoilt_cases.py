"""What is right of each package of the shared cases: refused, remarked on, or passed, and by which rule.

The packages lie outside the project, in `../shared/cases`, made for the purpose with invented
figures. Here is only what the check must say of each.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.dataset_builder import PROJECT_ROOT

SHARED_CASES = Path(
    os.environ.get("HUB_SHARED_CASES") or PROJECT_ROOT / "../shared/cases"
).resolve()

UNRELATED = frozenset((
    "claims/group-not-in-text", "metadata/texts", "metadata/governance", "codes/before-its-time",
    "metadata/contributor-name", "metadata/empty-heading",
))  # fmt: skip
"""Rules that are younger than the packages, or are about something else than their fault."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is right: the rules that refuse a package, and those that remark on it."""

    refused_by: tuple[str, ...] = ()
    remarked_by: tuple[str, ...] = ()
    says: str = ""


def refused(*rules: str, says: str = "") -> Outcome:
    """A package that must not be published, by these rules; a message or advice has these words."""
    return Outcome(refused_by=rules, says=says)


def remarked(*rules: str, says: str = "") -> Outcome:
    """A package that may be published, and is worth a look."""
    return Outcome(remarked_by=rules, says=says)


PASSES = Outcome()

STAFF = {
    **dict.fromkeys(("ar-1", "ar-2", "ar-3", "ar-6", "ar-7", "ar-8", "br-1", "br-2", "br-3"), PASSES),
    "ar-4": PASSES,
    "ar-5": refused("structure/annotation", says="value_min"),
    "ar-9": refused("values/missing-without-reason"),
    "br-4": PASSES,
    "br-5": PASSES,
    "cs": refused("structure/type"),
    "cs2": refused("structure/type", says="abc"),
    "ew-own-adjustment": PASSES,
    "sp-01": refused("codes/unknown-code", says="G1"),
    "sp-02": refused("codes/unknown-code", says="G1"),
    "sp-03": refused("structure/header", says="another table"),
    "sp-04": refused("values/rate-disagrees", says="swapped"),
    "sp-05": refused("values/rate-disagrees", says="swapped"),
    "sp-06": refused("structure/header"),
    "sp-07": refused("claims/mismatch"),
    "sp-08": remarked("plausibility/group"),
    "sp-09": refused("values/period"),
    "sp-10": refused("values/duplicate-observation", says="every dimension is the same"),
    "sp-11": refused("values/duplicate-observation", says="with another value"),
    "sp-12": remarked("plausibility/missing-group"),
    "sp-13": refused("codes/unknown-code", says="_T"),
    "sp-14": remarked("plausibility/parts"),
    "sp-15": refused("claims/mismatch"),
    "sp-16": refused("claims/not-in-text"),
    "sp-17": refused("metadata/licence"),
    "sp-18": remarked("metadata/source-terms"),
    "sp-19": refused("links/address"),
    "sp-20": PASSES,  # whether a link is dead is no question of the gate
    "sp-21": remarked("metadata/texts"),
    "sp-22": PASSES,  # there is no archive here that knows the version
    "sp-23": remarked("plausibility/group"),
    "sp-24": remarked("plausibility/group"),
    "sp-26": refused("values/negative"),
    "sp-27": refused("structure/encoding", says="UTF-16"),
    "sp-28": PASSES,
    "sp-29": refused("structure/encoding", says="windows-1252"),
    "sp-30": refused("structure/encoding", says="workbook"),
    "sp-31": refused("codes/unknown-code", says="5-11"),
    "sp-32": refused("codes/unknown-code", says="01"),
    "sp-33": PASSES,
    "sp-34": refused("codes/unknown-code", says="white space"),
    "sp-35": refused("structure/type", "codes/unknown-code", says="groupChar"),
    "sp-36": PASSES,  # an en dash is a usual spelling of a range of ages
    "sp-38": refused("structure/type", says="formula"),
    "sp-39": refused("structure/type", says="spreadsheet"),
    "sp-40": refused("structure/header", says="separated by “;”"),
    "sp-41": refused("structure/type", says="groupChar"),
    "sp-42": refused("structure/blank-row"),
    "sp-43": refused("structure/note-row", says="below the table"),
    "sp-44": refused("structure/header", says="headerRows"),
    "sp-46": refused("structure/type", says="split"),
    "sp-47": refused("structure/type", says="missingValues"),
    "sp-48": refused("values/period", says="financial-year"),
    "sp-49": refused("values/interval-order", says="swapped"),
    "sp-50": remarked("plausibility/scale"),
    "sp-51": Outcome(("claims/unit-not-in-text",), ("plausibility/scale",)),
    "sp-52": refused("claims/no-figure"),
    "sp-53": remarked("codes/before-its-time"),
    "sp-54": refused("values/period-future"),
    "sp-55": refused("claims/mismatch"),
    "sp-56": PASSES,
    "sp-57": PASSES,
    "sp-58": refused("structure/row-length"),
    "sp-60": refused("structure/descriptor"),
    "sp-61": refused("structure/descriptor"),
    "tb-a": PASSES,
    "tb-b": refused("values/duplicate-observation"),
    "tb-c": refused("structure/concept-missing"),
    "tb-d": PASSES,
    "tb-e": refused("structure/type", says="split"),
    "text-in-number-column": refused("structure/type", says="abc"),
}  # fmt: skip

DATA = {
    "c93-ext-tsv": refused("structure/file-ending", says=".csv"),
    "c93c-ext-txt": refused("structure/file-ending", says=".csv"),
    "c93d-ext-none": refused("structure/file-ending", says=".csv"),
    "d11-stale-hash": refused("structure/descriptor", says="hash"),
    "d02-two-value-columns": refused("structure/annotation", says="value"),
    "d01-constant-and-column": refused("values/contradiction", says="sex"),
    "c24-mojibake": remarked("values/garbled-text"),
    "c15-float-noise": remarked("plausibility/digits"),
    "c36b-wide-mark-empty-map": PASSES,
    "c36f-long-empty-marked": PASSES,
    "c36g-mark-not-missing": refused("structure/annotation", says="missingValues"),
    "c31-dash-is-zero": PASSES,
    "c36d-wide-dots-same-field": PASSES,
    "c90-many-spellings": refused("codes/unknown-code", says="Wrong 11"),
    "c16-over-hundred": remarked("values/percentage-range"),
    "c17-negative-count": refused("values/negative", says="hub.explained"),
    "c79-rounded-counts": remarked("values/rate-disagrees"),
    "c46-ci-rounding": PASSES,
    "c23b-weighted-counts": refused("values/rate-disagrees", says="hub.explained"),
    "c44-proportion-as-percent": remarked("plausibility/unit"),
    "e10-unit-mult": remarked("metadata/lookalike", "plausibility/whole-number"),
    "e10b-scalar-factor": remarked("metadata/lookalike", "plausibility/whole-number"),
    "e10c-fraction-of-people": remarked("plausibility/whole-number"),
    "e05-overlap-groups": remarked("plausibility/parts"),
    "c02-fips": refused("codes/unknown-code", says="01"),
    "f01-ca-indigenous": remarked("plausibility/parts"),  # its counts are invented
    "f03-ca-vm": remarked("plausibility/parts"),
    "c20-age-dates": refused("codes/unknown-code", says="5-11"),
    "c41b-utf16-undeclared": refused("structure/encoding", says="UTF-16"),
    "c06-integer-groupchar": PASSES,
    "c54-int-as-float": refused("structure/type", says="type number"),
    "c54b-year-as-float": refused("structure/type", says="2024"),
    "c70-thousands": refused("structure/type", says="groupChar"),
    "g01-nested-dialect": PASSES,
    "c59-v1-package": PASSES,
    "c27-licence-igo": PASSES,
    "c27-licence-lower": PASSES,
    "c27-licence-pddl": PASSES,
    "c91-nomis-2011-labels": remarked("codes/mixed-levels"),
    "c20b-age-plain": PASSES,
    "c73-life-expectancy": PASSES,
    "c73b-life-own-unit": PASSES,
    "c28-years-span": PASSES,
    "c28b-fy-span": PASSES,
    "c28c-quarters": PASSES,
    "c29-period-m": PASSES,
    "c29-period-s1": PASSES,
    "c29-period-w": PASSES,
    "c29-period-w2": PASSES,
    "c92-combine-blank-ambiguous": refused("values/duplicate-observation"),  # both mean unknown
    "c19-eurostat-flags": refused("structure/type", says="split"),
    "e14-note-refs": refused("structure/type", says="split"),
    "e12-moe": remarked("metadata/lookalike"),
    "d08-column-named-other": PASSES,
    "d09-column-named-area": refused("structure/annotation", says="none"),
    "d04-bare-less-than": refused("values/malformed-number", says="<5%"),
    "d03-groupchar-misplaced": refused("values/malformed-number", says="12,5"),
    "c65-blank-sex": refused("values/blank-dimension", says="_T"),
    "c65b-blank-sex-na": refused("values/blank-dimension", says="_T"),
}

OUTCOMES = {**STAFF, **DATA}

VALUES: dict[str, tuple[str, list[tuple[object, ...]]]] = {
    "c06-integer-groupchar": ("value, denominator", [(12.5, 100000.0), (10.0, 98000.0)]),
    "c31-dash-is-zero": ("value, obs_status", [(0.0, "A"), (12.5, "A")]),
    "c36f-long-empty-marked": ("value, obs_status", [(None, "O"), (12.5, "A")]),
    "c36d-wide-dots-same-field": (
        "ethnicity, value, obs_status",
        [("AL", 12.5, "A"), ("BI", 10.0, "A"), ("AL", 11.9, "A"), ("BI", 9.8, "A"),
         ("AL", None, "O"), ("BI", 9.1, "A")],
    ),
    "c20b-age-plain": (
        "age, value",
        [("5-9", 12.5), ("10-14", 9.0), ("85+", 10.0), ("65+", 10.0), ("16-64", 10.0),
         ("0-4", 3.0), ("_T", 10.0), ("15-19", 2.0)],
    ),
    "c28b-fy-span": (
        "period_start, period_end", [("2015-04-01", "2018-03-31"), ("2016-04-01", "2019-03-31")],
    ),
    "d08-column-named-other": ("value, other", [(12.5, ""), (11.0, ""), (9.0, "")]),
    "g01-nested-dialect": ("value", [(12.5,), (10.0,)]),
}  # fmt: skip
"""What is stored of cases that pass: the columns looked at, and the rows."""


def find_cases() -> Iterator[tuple[str, Path]]:
    """The packages that are there, each with the name of its case."""
    for folder in sorted(SHARED_CASES.glob("staff/*")):
        if (folder / "datapackage.json").is_file():
            yield folder.name, folder
        for descriptor in folder.glob("*/datapackage.json"):
            yield folder.name, descriptor.parent
    for descriptor in sorted(SHARED_CASES.glob("data/*/*/datapackage.json")):
        yield descriptor.parent.name, descriptor.parent


def copy_case(package: Path, home: Path) -> Path:
    """Copy a package to a folder of its own name, for it may lie in one named after its case.

    Two things are mended that younger rules refuse, so that the rules on its fault are asked: the
    certainty of its findings was assessed by nobody, and blank ages and sexes are given a meaning.
    """
    try:
        name = json.loads((package / "datapackage.json").read_text("utf-8"))["name"]
    except ValueError:
        name = package.name
    folder = Path(shutil.copytree(package, home / name))
    _say_blanks(folder / "datapackage.json")
    findings = folder / "data" / "findings.csv"
    if findings.is_file():
        findings.write_text(
            findings.read_text("utf-8").replace("moderate", "not-assessed"), "utf-8"
        )
    return folder


def _say_blanks(path: Path) -> None:
    """Let blank cells of sex and age mean everybody, where the packages of the staff study do."""
    try:
        descriptor = json.loads(path.read_text("utf-8"))
    except ValueError:
        return
    if descriptor["name"] not in ("toy-spoil", "ew-covid-mortality"):
        return
    for resource in descriptor["resources"]:
        for field in resource["schema"]["fields"] if resource["name"] == "observations" else ():
            if field["name"] in ("sex", "age"):
                field["hub"] = {**field.get("hub", {}), "map": {"": "_T"}}
    path.write_text(json.dumps(descriptor), "utf-8")
