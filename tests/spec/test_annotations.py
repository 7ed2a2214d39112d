"""What a wrong annotation in datapackage.json is told: where it stands, what it is, what to do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.spec.changes import (
    Change,
    also,
    bytes_of,
    cells,
    column,
    edit,
    field,
    finding,
    hub,
    report_on,
    resource,
    resources,
    rows,
    said,
    schema,
    scheme,
    without_column,
)
from tests.support.dataset_builder import DatasetBuilder

pytestmark = pytest.mark.slow  # `quick` has one mistake of each rule, in test_rules

TABLE = "datapackage.json, resources.observations"
LISTS = "datapackage.json, hub.lists"
RATE = {"indicator": "toy-repairs-rate", "value": "value"}
ROW = "data/observations.csv row 2"
NAME_A_FIELD = "Use a field name exactly as it is in the schema."
WHAT_MAY_STAND = "The properties allowed are listed in docs/reference/package.md."


@dataclass(frozen=True, slots=True)
class Mistake:
    """A wrong package, and the rule, the place, the words and the remedy of what it is told."""

    made: Change
    rule: str
    where: str
    message: str
    fix: str


def told(**found: Any) -> Change:
    """Another `hub` object of the table of figures."""
    return resource("observations", hub=found)


def measure(**found: Any) -> Change:
    """A measure of the table of figures."""
    return told(measures=[{**RATE, **found}])


def spelt(meaning: Any, **found: Any) -> Change:
    """A field of sexes in which the spelling x has a meaning."""
    return also(
        "",
        column("", "observations", who="x"),
        field("observations", "who", hub={"concept": "sex", "map": {"x": meaning}, **found}),
    )


def combined(separator: str, meanings: dict[str, str]) -> Change:
    """Sexes in two columns, Wo and men, that are read together."""
    entry = {"concept": "sex", "fields": ["who", "ending"], "separator": separator}
    return also(
        "",
        column("", "observations", who="Wo", ending="men"),
        told(combine=[{**entry, "map": meanings}]),
    )


def marked(meaning: Any) -> Change:
    """A figure in which a star has a meaning."""
    return also(
        "",
        cells("observations", 2, value="*", numerator="", denominator=""),
        field("observations", "value", missingValues=["", "*"], hub={"marks": {"*": meaning}}),
    )


def annotation(made: Change, message: str, fix: str, rule: str = "structure/annotation") -> Mistake:
    return Mistake(made, rule, TABLE, message, fix)


ANNOTATIONS = {
    "a constant that is no concept": annotation(
        told(constants={"remark": "x"}),
        "hub.constants: “remark” is not a concept for the role observations.",
        "Use one of indicator, area, period,",
    ),
    "a combination that is no concept": annotation(
        told(combine=[{"concept": "remark", "fields": ["note", "source"]}]),
        "hub.combine: “remark” is not a concept for the role observations.",
        "Use one of indicator, area, period,",
    ),
    "a combination of a field that is not there": annotation(
        told(combine=[{"concept": "sex", "fields": ["note", "gender"]}]),
        "“gender” is not a field of observations.",
        NAME_A_FIELD,
    ),
    "a constant of a measure that is no concept": annotation(
        measure(constants={"remark": "x"}),
        "hub.measures.constants: “remark” is not a concept for the role observations.",
        "Use one of indicator, area, period,",
    ),
    "a measure of a field that is not there": annotation(
        measure(ci_lower="lower"), "“lower” is not a field of observations.", NAME_A_FIELD
    ),
    "a measure of rows by a field that is not there": annotation(
        measure(where={"ethnicity": ["A", "B"], "race": "A"}),
        "hub.measures.where names “race”, which is not a field.",
        NAME_A_FIELD,
    ),
    "marks of a field that is not there": annotation(
        measure(marks={"field": "why", "map": {"x": "M"}}),
        "“why” is not a field of observations.",
        NAME_A_FIELD,
    ),
    "rows held back by a field that is not there": annotation(
        told(hold_back=[{"where": {"ethnicity": "A", "race": "A"}, "reason": "Doubtful."}]),
        "hub.hold_back.where names “race”, which is not a field.",
        NAME_A_FIELD,
    ),
    "a field of a list that is not there": annotation(
        spelt("F", codelist="toy-sexes"),
        "“toy-sexes” is not a code list.",
        "Use a list from codes/ or one that the package declares in hub.lists.",
    ),
    "a further dimension of a list that is not there": annotation(
        told(constants={"other": {"toy-wealth": "1"}}),
        "“toy-wealth” is not a code list.",
        "Use a list from codes/ or one that the package declares in hub.lists.",
    ),
    "figures that are text": annotation(
        field("observations", "value", type="string"),
        "“value” has the concept value but is not declared as a number.",
        "Set the field's type to number or integer, and list its markers in missingValues.",
    ),
    "decimals that are not whole numbers": annotation(
        also(
            "",
            column("", "observations", decimals="1"),
            field("observations", "decimals", type="number"),
        ),
        "“decimals” has the concept decimals but is not declared as a whole number.",
        "Set the field's type to integer.",
    ),
    "a constant number in quotes": annotation(
        told(constants={"ci_level": "95"}),
        "“95” is not valid for ci_level.",
        "Enter a number, without quotation marks.",
    ),
    "a constant number that is true": annotation(
        told(constants={"ci_level": True}),
        "“True” is not valid for ci_level.",
        "Enter a number, without quotation marks.",
    ),
    "a constant count of decimals with a fraction": annotation(
        told(constants={"decimals": 1.5}),
        "“1.5” is not valid for decimals.",
        "Enter a whole number, without quotation marks.",
    ),
    "a spelling that means no concept": annotation(
        spelt({"sax": "F"}),
        "hub map: “sax” is not a concept for the role observations.",
        "Use one of indicator, area, period,",
    ),
    "a spelling that means a number in words": annotation(
        spelt({"sex": "F", "value_min": "many"}),
        "“many” is not valid for value_min.",
        "Enter a number, without quotation marks.",
    ),
    "a spelling that means no code": annotation(
        spelt({"sex": "woman"}),
        "“woman” is not in sex.",
        "Did you mean F (Female)?",
        "codes/unknown-code",
    ),
    "a spelling that means a group of another scheme": annotation(
        spelt({"scheme": "toy-repairs-groups", "ethnicity": "Group Z"}),
        "“Group Z” is not in toy-repairs-groups.",
        "Did you mean A (Group A) or B (Group B)?",
        "codes/unknown-code",
    ),
    "a spelling that means no further dimension": annotation(
        spelt({"other": "sex:F"}),
        "“sex:F” is not a code in the form list=code.",
        "Use list=code, for example toy-deprivation=1.",
        "codes/unknown-code",
    ),
    "a period that nothing says": annotation(
        without_column("", "observations", "period"),
        "observations has no period.",
        "Add a column period, or declare which column has this concept in its `hub` object.",
        "structure/concept-missing",
    ),
    "a measure of a table that has none": Mistake(
        resource("indicators", hub={"measures": [RATE]}),
        "structure/annotation",
        "datapackage.json, resources.indicators",
        "hub.measures: “value” is not a concept for the role indicators.",
        "Use one of id, family, title,",
    ),
    "an object for a constant": annotation(
        told(constants={"sex": {"a": "F"}}),
        "The constant for sex is not a single value.",
        "Enter one code.",
    ),
    "a group without its scheme": annotation(
        also(
            "",
            column("", "observations", who="x"),
            field(
                "observations",
                "who",
                hub={"concept": "sex", "map": {"x": {"ethnicity": "Group Z"}}},
            ),
        ),
        "hub map: “Group Z” has no classification (scheme).",
        "Give the scheme with ethnicity, or as a constant of the table.",
    ),
    "marks in a table without figures": Mistake(
        resource(
            "indicators",
            hub={
                "measures": [
                    {
                        "indicator": "id",
                        "value": "scale",
                        "marks": {"field": "unit", "map": {"x": "M"}},
                    }
                ]
            },
        ),
        "structure/annotation",
        "datapackage.json, resources.indicators",
        "hub.measures: “obs_status” is not a concept for the role indicators.",
        "Use one of id, family, title,",
    ),
    "further dimensions of a table that has none": Mistake(
        resource("indicators", hub={"constants": {"other": {"sex": "F"}}}),
        "structure/annotation",
        "datapackage.json, resources.indicators",
        "hub.constants: “other” is not a concept for the role indicators.",
        "Use one of id, family, title,",
    ),
    "a mark that means no status": annotation(
        marked("Z"), "“Z” is not in obs-status.", "Use", "codes/unknown-code"
    ),
    "a mark that means no concept": annotation(
        marked({"sax": "F"}),
        "hub map: “sax” is not a concept for the role observations.",
        "Use one of indicator, area, period,",
    ),
}

CELLS = {
    "a combination without a separator": Mistake(
        combined("", {"Women": "Robots"}),
        "codes/unknown-code",
        f"{ROW}, who, ending",
        "“Robots” is not in sex.",
        "Use one of _T, F, M, _O, _N, _Z, _U.",
    ),
    "a source when there is a table of sources and nothing in it": Mistake(
        edit("", lambda toys: toys.raw_files.update(sources=b"id,title,publisher,type,url\n")),
        "links/unknown-source",
        f"{ROW}, source",
        "“toy-report” is not in sources.csv.",
        "Add the source to sources.csv, or correct the id.",
    ),
    "a combination that is no code": Mistake(
        combined("-", {"Me-n": "M"}),
        "codes/unknown-code",
        f"{ROW}, who, ending",
        "“Wo-men” is not in sex.",
        "Did you mean F (Female) or M (Male)?",
    ),
    "a further dimension that is no code": Mistake(
        cells("observations", 2, other="sex=Q"),
        "codes/unknown-code",
        f"{ROW}, other",
        "“sex=Q” is not a code in the form list=code.",
        "Use list=code, for example toy-deprivation=1.",
    ),
    "a code of a named list that is not there": Mistake(
        cells("observations", 2, age="toy-ages:old"),
        "codes/unknown-code",
        f"{ROW}, age",
        "“toy-ages:old” is not in age.",
        "Use a code or label from",
    ),
    "a constant that is no group": Mistake(
        also(
            "",
            edit("", lambda toys: [r.pop("ethnicity") for r in toys.tables["observations"]]),
            edit("", lambda toys: toys.tables["observations"].pop()),
            told(constants={"ethnicity": "Group Z"}),
        ),
        "codes/unknown-code",
        f"{TABLE}.hub.constants.ethnicity",
        "“Group Z” is not in toy-repairs-groups.",
        "Did you mean A (Group A) or B (Group B)?",
    ),
    "a primary key that is all empty": Mistake(
        also("", column("", "observations", key=""), schema("observations", primaryKey=["key"])),
        "structure/key",
        ROW,
        "The key of this row is empty.",
        "Enter values in the key columns.",
    ),
    "a source of a finding that is not there": Mistake(
        finding(sources="toy-report;toy-raport"),
        "links/unknown-source",
        "data/findings.csv row 2, sources",
        "“toy-raport” is not in sources.csv.",
        "Add the source to sources.csv, or correct the id.",
    ),
    "a group that is empty where it may not be": Mistake(
        also(
            "",
            cells("observations", 3, value="", numerator="", denominator="", obs_status="M"),
            field("observations", "value", constraints={"required": True}),
        ),
        "structure/constraint",
        "data/observations.csv row 3, value",
        "The cell is empty, but a value is required.",
        "Enter a value, or make the field optional in the schema.",
    ),
    "a figure that is no number among figures": Mistake(
        cells("observations", 3, value="NaN", numerator="", denominator=""),
        "values/not-finite",
        "data/observations.csv row 3, value",
        "“NaN” is not a finite number.",
        "Leave the cell empty and give the reason in obs_status.",
    ),
    "a reference of two columns that leads nowhere": Mistake(
        also(
            "",
            column("", "sources", kind="report"),
            column("", "observations", kind="report"),
            cells("observations", 3, kind="leaflet"),
            schema(
                "observations",
                foreignKeys=[
                    {
                        "fields": ["source", "kind"],
                        "reference": {"resource": "sources", "fields": ["id", "kind"]},
                    }
                ],
            ),
        ),
        "structure/foreign-key",
        "data/observations.csv row 3, source, kind",
        "“toy-report, leaflet” (source and kind) has no matching row in sources.",
        "Correct it, or add the row to sources.",
    ),
    "a column without a name": Mistake(
        bytes_of("", "observations", b",note\n", b",\n"),
        "structure/header",
        "data/observations.csv, note",
        "A column has no name.",
        "Give every column a name in the first row.",
    ),
}


def own(**found: str) -> Change:
    """Another row in the package's own code lists."""
    usual = {"list": "toy-repairs-places", "code": "X02", "label": "Toy Hill", "level": "city"}
    return edit("", lambda toys: toys.tables["codes"].append({**usual, "facet": "", **found}))


RESIDUAL = {"list": "toy-repairs-groups", "code": "M", "label": "Mixed or unknown"}


@pytest.mark.parametrize("level", ["residual", "group", "heading"])
def test_a_residual_category_needs_no_place_in_the_facet(level: str) -> None:
    made = also(
        "", own(**RESIDUAL, level=level, residual="1"), field("codes", "residual", type="integer")
    )
    assert report_on(made).rules == []


def own_list(made: Change, message: str) -> Mistake:
    fix = "Correct codes.csv, or the declaration of the list in hub.lists."
    return Mistake(made, "codes/own-list", LISTS, message, fix)


OWN_LISTS = {
    "a list described twice": own_list(
        edit(
            "",
            lambda toys: toys.descriptor["hub"]["lists"].append(toys.descriptor["hub"]["lists"][1]),
        ),
        "A code list is declared twice.",
    ),
    "a code twice": own_list(
        own(code="X01", label="Toy Hill"), "toy-repairs-places has the code “X01” more than once."
    ),
    "a list that is not described": own_list(
        own(list="toy-repairs-ages"), "“toy-repairs-ages” is not declared in hub.lists."
    ),
    "a list that is the hub's": own_list(
        edit(
            "",
            lambda toys: toys.descriptor["hub"]["lists"].append(
                {"list": "sex", "title": "Sexes of toys", "kind": "dimension"}
            ),
        ),
        "sex is the name of a code list of the hub.",
    ),
    "residual that is neither yes nor no": own_list(
        also("", own(residual="2"), field("codes", "residual", type="integer")),
        "toy-repairs-places X02: residual must be 0 or 1.",
    ),
    "a country that is not in ISO 3166": own_list(
        also("", own(country="Toyland"), field("codes", "country")),
        "toy-repairs-places X02: country “Toyland” is not an ISO 3166 code of a country. "
        "For several countries, write INT.",
    ),
    "a group with a country": own_list(
        also("", cells("codes", 3, country="GB"), field("codes", "country")),
        "toy-repairs-groups A: only areas have a country.",
    ),
    "a place in the facet that is not there": own_list(
        cells("codes", 3, facet="ZZZ"),
        "toy-repairs-groups A maps to hub-facet “ZZZ”, which does not exist.",
    ),
    "a relation that SKOS does not have": own_list(
        cells("codes", 3, maps_to="ew-census-2021:1", relation="sameAs"),
        "toy-repairs-groups A: “sameAs” is not one of exactMatch,",
    ),
    "a counting basis that is no code": Mistake(
        scheme(counting_basis="sometimes"),
        "metadata/own-scheme",
        f"{LISTS}.toy-repairs-groups",
        "“sometimes” is not a code in the list counting-basis.",
        "In codes.csv, add the rows _T and _U,",
    ),
    "a group of the level residual that is none": Mistake(
        own(**RESIDUAL, level="residual", residual="0"),
        "metadata/own-scheme",
        f"{LISTS}.toy-repairs-groups",
        "M is not mapped to a group in hub-facet.",
        "In codes.csv, add the rows _T and _U,",
    ),
    "a group without a place in the facet": Mistake(
        cells("codes", 3, facet=""),
        "metadata/own-scheme",
        f"{LISTS}.toy-repairs-groups",
        "A is not mapped to a group in hub-facet.",
        "In codes.csv, add the rows _T and _U,",
    ),
}


def shape(made: Change, place: str, message: str, rule: str = "metadata/hub") -> Mistake:
    return Mistake(made, rule, f"datapackage.json, {place}", message, WHAT_MAY_STAND)


SHAPES = {
    "a key that is not known": shape(
        hub(contacts="x"),
        "hub",
        "`contacts` is not allowed here: no such key. Allowed: workstreams,",
    ),
    "two keys that are not known": shape(
        hub(contacts="x", theme="y"),
        "hub",
        "`contacts` and `theme` are not allowed here: no such keys.",
    ),
    "two keys that are missing": shape(
        hub(signed_off={"by": "Toy Office", "date": "2025-01-31"}),
        "hub.signed_off",
        "`policy` and `files` are missing.",
    ),
    "a word of a closed list": shape(
        told(role="figures"),
        "resources.observations.hub.role",
        "“figures” is not one of indicators, observations,",
    ),
    "a table without fields": shape(
        resource("sources", schema={"fields": [], "fieldsMatch": "subset"}),
        "resources.sources.fields",
        "The value is empty.",
        "structure/descriptor",
    ),
    "an empty list": shape(hub(workstreams=[]), "hub.workstreams", "The value is empty."),
    "an empty text": shape(hub(contact=""), "hub.contact", "The value is empty."),
    "a code twice": shape(
        hub(countries=["GB", "GB"]), "hub.countries", "The list contains a duplicate."
    ),
    "a text for a truth value": shape(
        hub(synthetic="no"), "hub.synthetic", "“no” must be true or false."
    ),
    "a long text for a list": shape(
        said(keywords="toys " * 20),
        "keywords",
        f"“{('toys ' * 20)[:60]}…” must be a list, [ … ].",
        "structure/descriptor",
    ),
    "a number for the name of a field": shape(
        field("observations", "note", hub={"concept": 1}),
        "resources.observations.note.hub.concept",
        "“1” must be text.",
    ),
}

DESCRIPTORS = {
    "a pattern that is no expression": Mistake(
        also(
            "",
            column("", "observations", note="a"),
            field("observations", "note", constraints={"pattern": "("}),
        ),
        "structure/crash",
        "data/observations.csv",
        "Frictionless could not complete the check",
        "Look for an unusual constraint or value",
    ),
    "a reference to a field that is not there": Mistake(
        schema(
            "observations",
            foreignKeys=[
                {"fields": ["source"], "reference": {"resource": "sources", "fields": ["nobody"]}}
            ],
        ),
        "structure/descriptor",
        f"{TABLE}.schema.foreignKeys",
        "“nobody” is not a field of sources.",
        NAME_A_FIELD,
    ),
    "a unique key of a field that is not there": Mistake(
        schema("observations", uniqueKeys=[["nobody"]]),
        "structure/descriptor",
        f"{TABLE}.schema.uniqueKeys",
        "“nobody” is not a field of observations.",
        NAME_A_FIELD,
    ),
    "a contributor without a list of roles": Mistake(
        said(contributors=[{"title": "Toy Office", "roles": None}]),
        "structure/descriptor",
        "datapackage.json, contributors.0.roles",
        "must be a list",
        WHAT_MAY_STAND,
    ),
    "a version too long for a name": Mistake(
        said(version="9" * 5000 + ".0.0"),
        "metadata/version",
        "datapackage.json, version",
        "is not a version in the form major.minor.patch.",
        "",
    ),
    "a profile": Mistake(
        said(profile="https://example.org/profile.json"),
        "structure/inline",
        "datapackage.json, profile",
        "`profile` refers to an external description of the package.",
        "Delete `profile`. `$schema` already names the standard.",
    ),
    "a schema elsewhere": Mistake(
        resources("", lambda told: told[2].pop("schema")),
        "structure/inline",
        "datapackage.json, resources[2].schema",
        "The resource “sources” has no schema in the descriptor.",
        "Add the schema as an object, with one entry in `fields` for each column.",
    ),
    "a licence without a name": Mistake(
        said(licenses=[{"path": "https://example.org/free"}]),
        "metadata/licence",
        "datapackage.json, licenses",
        "A licence has no name.",
        "Use an id such as CC-BY-4.0 or OGL-UK-3.0",
    ),
    "a resource that is no object": Mistake(
        said(resources=["data/observations.csv"]),
        "structure/descriptor",
        "datapackage.json, resources[0]",
        "A resource in the descriptor is not an object.",
        'Write it as {"name": …, "path": …}.',
    ),
    "a resource without a name": Mistake(
        resource("sources", name=None),
        "structure/descriptor",
        "datapackage.json, resources[2]",
        "A resource has no name.",
        "Give it a short name in lower case.",
    ),
    "a dialect that Frictionless cannot read": Mistake(
        resource("observations", dialect={"csv": 5}),
        "structure/crash",
        "datapackage.json",
        "Frictionless could not complete the check (TypeError:",
        "Look for an unusual constraint or value",
    ),
    "no licence": Mistake(
        said(licenses=[]),
        "metadata/unknown",
        "datapackage.json",
        "Still unknown: the licence (`licenses`).",
        "State it.",
    ),
    "rows in the descriptor": Mistake(
        resource("sources", data=[]),
        "structure/path",
        "datapackage.json, resources[2].path",
        "“sources” does not refer to a single CSV file.",
        "Put all its rows in one file in the folder, and give the file name in `path`.",
    ),
}

MISTAKES = {
    f"{subject}: {name}": mistake
    for subject, found in (
        ("annotation", ANNOTATIONS),
        ("cell", CELLS),
        ("list", OWN_LISTS),
        ("shape", SHAPES),
        ("descriptor", DESCRIPTORS),
    )
    for name, mistake in found.items()
}


@pytest.mark.parametrize("name", list(MISTAKES))
def test_a_mistake_is_told_with_its_place_and_its_remedy(name: str) -> None:
    mistake = MISTAKES[name]
    report = report_on(mistake.made)
    assert not report.has_no_errors
    found = [p for p in report.problems if p.rule == mistake.rule and p.location == mistake.where]
    assert len([p for p in found if mistake.message in p.message and mistake.fix in p.fix]) == 1, [
        (p.rule, p.location, p.message, p.fix) for p in report.problems
    ]


def test_a_folder_whose_name_is_no_identifier_is_told(tmp_path: Path) -> None:
    toys = DatasetBuilder(tmp_path / "Toy_Repairs")
    (problem,) = [p for p in toys.check().problems if p.rule == "metadata/name"]
    assert (
        problem.message == "The folder name “Toy_Repairs” contains characters that are not allowed."
    )


@pytest.mark.parametrize("profile", ["data-package", "tabular-data-package"])
def test_a_profile_of_the_first_version_of_the_standard_is_taken(profile: str) -> None:
    assert report_on(said(profile=profile)).rules == []


LICENCE_REFUSALS = {
    "CC-BY-NC-4.0": "“CC-BY-NC-4.0” does not permit use for money.",
    "cc-by-nd-3.0": "“CC-BY-ND-3.0” does not permit changed versions.",
    "cc-nc": "“CC-BY-NC” does not permit use for money.",
    "CC-BY-NC-ND-2.5": "“CC-BY-NC-ND-2.5” forbids use for money and changed versions.",
    "GFDL-1.3-invariants-only": "“GFDL-1.3-invariants-only” does not permit changed versions.",
    "ukpsi": "“ukpsi” does not permit changed versions.",
    "JSON": "What “JSON” permits is unknown to the hub.",
    "nzgoal": "What “NZGOAL” permits is unknown to the hub.",
    "CC BY 4.0": "“CC BY 4.0” is not a licence id of SPDX or the Open Definition. "
    "Did you mean CC-BY-4.0 or",
    "OGL-UK-4.0": "“OGL-UK-4.0” is not a licence id of SPDX or the Open Definition. "
    "Did you mean OGL-UK-",
    "whatever you like": "“whatever you like” is not a licence id of SPDX or the Open Definition.",
}


@pytest.mark.parametrize("name", list(LICENCE_REFUSALS))
def test_a_licence_that_does_not_permit_publication_is_told_with_its_reason(name: str) -> None:
    (problem,) = report_on(said(licenses=[{"name": name}])).problems
    assert problem.rule == "metadata/licence"
    assert problem.message.startswith(LICENCE_REFUSALS[name])


@pytest.mark.parametrize(
    "name",
    [
        "cc-by-4.0",
        "CC-BY-3.0-IGO",
        "ODC-PDDL-1.0",
        "ODC-BY-1.0",
        "etalab-2.0",
        "LO-FR-2.0",
        "mit",
        "GODL-India",
        "GFDL-1.3-no-invariants-only",
        "odc-odbl",
        "KOGL-1",
        "AGPL-3.0-or-later",
    ],
)
def test_an_open_licence_is_taken_by_any_of_its_ids_whatever_their_capitals(name: str) -> None:
    assert "metadata/licence" not in report_on(said(licenses=[{"name": name}])).rules


SOURCE_TERMS = {
    ("CC-BY-4.0", "CC BY-SA 4.0"): "CC-BY-SA-4.0, must be passed on. The package has another.",
    ("CC-BY-SA-4.0", "CC BY-SA 4.0"): None,
    ("ODbL-1.0", "ODbL-1.0"): None,
    ("CC-BY-4.0", "CC BY-NC 3.0"): "CC-BY-NC-3.0, forbids use for money.",
    ("CC-BY-4.0", "CC-BY-ND-4.0; read in 2026"): "CC-BY-ND-4.0, forbids changed versions.",
    ("CC0-1.0", "OGL-UK-3.0"): "OGL-UK-3.0, asks for attribution. The package's does not.",
    ("CC0-1.0", "PDDL-1.0"): None,
    ("CC-BY-4.0", "OGL-UK-3.0"): None,
    ("CC-BY-4.0", "All rights reserved"): "“All rights reserved”, narrower than the package's.",
    ("CC-BY-4.0", "Not seen; figures are taken as facts."): None,
}


@pytest.mark.parametrize("pair", list(SOURCE_TERMS))
def test_a_source_that_permits_less_than_the_package_is_told(pair: tuple[str, str]) -> None:
    licence, terms = pair
    package = also("", said(licenses=[{"name": licence}]), column("", "sources", licence=terms))
    found = [p for p in report_on(package).problems if p.rule == "metadata/source-terms"]
    wanted = SOURCE_TERMS[pair]
    assert (wanted is None and not found) or found[0].message.endswith(str(wanted))


PATTERNS = {
    r"A\|B": True,
    "[A|B]": True,
    "(A|B)": True,
    r"[\]|]": True,
    "A|B": False,
    r"\(A|B\)": False,
    "[AB]|C": False,
    "(A)|(B)": False,
}


@pytest.mark.parametrize("pattern", list(PATTERNS))
def test_only_a_choice_outside_brackets_is_ambiguous(pattern: str) -> None:
    change = field("observations", "note", constraints={"pattern": pattern})
    assert ("structure/pattern" not in report_on(change).rules) == PATTERNS[pattern]


@pytest.mark.parametrize("count", [1, 4, 5, 6, 7, 9])
def test_an_unknown_spelling_in_many_rows_is_told_once_and_counted(count: int) -> None:
    lost = [{"ethnicity": "Group Z", "period": str(2000 + i)} for i in range(count)]
    report = report_on(rows("", "observations", *lost))
    assert [(p.row, p.occurrences) for p in report.problems] == [(2, count)]
    assert report.count("error") == count


FORMULAS = {
    "=": True,
    "=1": True,
    "=A": True,
    "=A1": True,
    "@": True,
    "@x": True,
    "\tx": True,
    "-A": True,
    "-A1": True,
    "+A": True,
    "+cmd": True,
    "--": True,
    "-3": False,
    "-3.5": False,
    "+4": False,
    "+44": False,
    "-": False,
    "+": False,
    "- ": False,
    "- none": False,
    "A": False,
    "A=": False,
    "A-1": False,
}


@pytest.mark.parametrize("text", list(FORMULAS))
def test_a_text_that_a_spreadsheet_would_run_is_a_formula_and_a_number_is_not(text: str) -> None:
    report = report_on(cells("observations", 2, note=text))
    assert ("values/formula-cell" in report.rules) == FORMULAS[text]


SPOILED = {
    "values/formula-cell": "=1+1",
    "values/spreadsheet-error": "#REF!",
    "values/spreadsheet-number": "2E+05",
    "values/control-character": "a\x01b",
}
READINGS = {
    "plain": {},
    "with a mark for no value": {"missingValues": ["", "none"]},
    "of any type": {"type": "any"},
}


@pytest.mark.parametrize("reading", list(READINGS))
@pytest.mark.parametrize("rule", list(SPOILED))
def test_texts_are_looked_at_whatever_else_their_column_holds(rule: str, reading: str) -> None:
    texts = ["none", SPOILED[rule], "", "toys@example.org"]
    notes = [{"period": str(2000 + n), "note": text} for n, text in enumerate(texts)]
    declared = field("observations", "note", **READINGS[reading])
    report = report_on(also("", rows("", "observations", *notes), declared))
    assert [p.location for p in report.problems if p.rule == rule] == [
        "data/observations.csv row 3, note"
    ]


def test_texts_are_looked_at_beside_a_cell_that_cannot_be_read() -> None:
    texts = ["no address", "+toys@example.org", "toys@example.org"]
    notes = [{"period": str(2000 + n), "note": text} for n, text in enumerate(texts)]
    declared = field("observations", "note", format="email")
    report = report_on(also("", rows("", "observations", *notes), declared))
    assert [(p.rule, p.row) for p in report.problems] == [
        ("structure/type", 2),
        ("values/formula-cell", 3),
    ]


@pytest.mark.parametrize("count", [1, 9])
def test_an_empty_cell_in_many_rows_is_told_of_each(count: int) -> None:
    empty = [{"ethnicity": "", "period": str(2000 + i)} for i in range(count)]
    filled = [{"ethnicity": "A", "period": "1999"}]
    report = report_on(rows("", "observations", *filled, *empty))
    assert set(report.rules) == {"values/required"}
    assert [p.row for p in report.problems] == list(range(3, 3 + count))
    assert report.count("error") == count


@pytest.mark.parametrize("name", ["ethnicity", "toy_group"])
def test_an_empty_cell_is_named_by_the_column_that_should_fill_it(
    name: str, dataset: DatasetBuilder
) -> None:
    for row in dataset.tables["observations"]:
        row[name] = row.pop("ethnicity")
    dataset.tables["observations"][1][name] = ""
    dataset.field_overrides["observations"] = {name: {"hub": {"concept": "ethnicity"}}}
    (problem,) = dataset.check().problems
    assert problem.rule == "values/required"
    assert problem.location == f"data/observations.csv row 3, {name}"
