"""Words of docs/reference that no code says: what tables and columns hold, and an example."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SUBJECTS = {
    "structure": "Structure: the descriptor, the files and the types",
    "codes": "Codes: groups, places, units",
    "values": "Values: figures, intervals, periods",
    "metadata": "Metadata: what is said of the dataset",
    "wording": "Wording: people named with care",
    "links": "Links: what refers to what",
    "claims": "Claims: numbers in findings that follow from figures",
    "disclosure": "Disclosure: small numbers",
}

ROLE_WORDS = {
    "observations": "One row for each figure. "
    "The time is given as `period`, or as `period_start` and `period_end`.",
    "indicators": "One row for each indicator: what a figure measures.",
    "findings": "One row for each finding, told in a sentence or two.",
    "recommendations": "One row for each recommendation.",
    "updates": "One row for each thing that happened to a recommendation.",
    "claims": "One row for each number that a finding states, and the figure or figures it "
    "follows from.",
    "sources": "One row for each publication that figures and findings come from.",
    "codes": "One row for each code of the package's own lists.",
}

TABLES = {
    "code_list": "Every code list, the hub's own and those that packages bring.",
    "code": "Every code of every list.",
    "alias": "Other spellings that stand for a code.",
    "crosswalk": "How a code of one list relates to a code of another.",
    "conversion": "Which classifications may be carried over into which, and why not.",
    "area": "Every place that figures may be about.",
    "dataset": "One row for each dataset in its current release.",
    "release": "Every release of every dataset.",
    "file": "Every file that can be downloaded.",
    "held_back": "Rows that stay in a file and are not loaded, and why.",
    "source": "The publications that figures and findings come from.",
    "indicator": "What the figures measure.",
    "observation": "One row for each figure.",
    "other": "The further dimensions that figures may have, taken apart.",
    "stratum": "What the groups that are compared have in common.",
    "gap": "Each group beside the reference: the difference and the ratio together.",
    "inequality": "Measures over all groups of a stratum, or along an ordered dimension.",
    "inequality_missing": "Which measures of inequality, or their intervals, are not given, and "
    "why.",
    "finding": "One row for each finding.",
    "finding_group": "The groups that a finding speaks of.",
    "finding_indicator": "The indicators behind a finding.",
    "finding_source": "The publications behind a finding.",
    "claim": "Numbers that findings state, recomputed from the figures.",
    "recommendation": "One row for each recommendation.",
    "recommendation_organisation": "Whom a recommendation is addressed to.",
    "recommendation_finding": "The findings behind a recommendation.",
    "recommendation_indicator": "The indicators that show whether a recommendation works.",
    "recommendation_source": "The publications behind a recommendation.",
    "recommendation_update": "What has happened to a recommendation.",
    "subject": "The workstreams and topics of datasets, indicators, findings and recommendations.",
    "country": "The countries that a dataset is about.",
    "build": "What the database was made from.",
    "observation_flat": "Figures with the labels of their codes: what people read.",
    "gap_flat": "Each group beside the reference, with what they have in common and labels.",
    "inequality_flat": "Measures over all groups, with what these have in common and labels.",
    "scheme": "The ethnic classifications.",
    "recommendation_latest": "Recommendations with their latest status.",
    "search": "Full-text search over datasets, indicators, findings, recommendations and codes.",
}
"""What each table and view holds, in a sentence."""

ROLE_OF = {
    "observation": "observations",
    "observation_flat": "observations",
    "indicator": "indicators",
    "finding": "findings",
    "claim": "claims",
    "stratum": "observations",
    "gap": "observations",
    "gap_flat": "observations",
    "inequality": "observations",
    "inequality_flat": "observations",
    "inequality_missing": "observations",
    "recommendation": "recommendations",
    "recommendation_latest": "recommendations",
    "recommendation_update": "updates",
    "source": "sources",
}
"""The role whose vocabulary says what the columns of a table hold."""

OWN_KEYS = {
    ("indicator", "indicator"): "id",
    ("finding", "finding"): "id",
    ("recommendation", "recommendation"): "id",
    ("recommendation_latest", "recommendation"): "id",
    ("source", "source"): "id",
    ("recommendation_update", "updated"): "date",
}
"""Columns that have another name in the package."""

CODE_FILES = {
    "code_list": "lists",
    "scheme": "lists",
    "code": "sex",
    "alias": "aliases",
    "crosswalk": "crosswalk-ew-census-2001-to-ew-census-2011",
}
"""The resource of codes/datapackage.json that describes the columns of a table."""

COLUMNS = {
    "dataset": "the dataset it belongs to",
    "extra": "columns without a concept, as one JSON object",
    "derived": "what the hub has worked out itself; empty where all is the source's",
    "file": "file of the package",
    "row": "row of that file; the header is row 1",
    "list": "the code list",
    "code": "code in that list",
    "area": "the place: its ISO 3166 or GSS code, else list:code",
    "label": "name, as the source gives it",
    "level": "what kind of place",
    "parent": "the place that contains it",
    "title": "title, in words",
    "description": "what it is about",
    "version": "major.minor.patch",
    "created": "when the release was made",
    "licence": "SPDX or Open Definition id",
    "licence_url": "where the licence can be read",
    "publisher": "who publishes it",
    "homepage": "page of the publisher",
    "about": "about.md, as it stands",
    "package_sha256": "hash of the whole package",
    "format": "format of the file",
    "says": "what the file holds, in words",
    "rows": "number of rows",
    "bytes": "size",
    "sha256": "hash of the file",
    "reason": "why",
    "other": "further dimensions as one text, list=code;list=code",
    "release_note": "what is new in the release",
    "observation": "rowid of the figure",
    "stratum": "number of the stratum; another one after the next build",
    "difference": "the group's figure less that of the reference",
    "difference_se": "its standard error",
    "difference_lower": "lower limit",
    "difference_upper": "upper limit",
    "ratio": "the group's figure divided by that of the reference",
    "ratio_se": "standard error of its natural logarithm",
    "ratio_lower": "lower limit",
    "ratio_upper": "upper limit",
    "reference_label": "name of that group",
    "measure_label": "name of the measure",
    "measure_level": "absolute, or relative",
    "dimension": "ethnicity, or the list of an ordered dimension",
    "measure": "code of the list inequality-measure",
    "reference": "the group compared with",
    "groups": "how many groups counted",
    "excluded": "how many more the source lists",
    "exploratory": "1 where the groups were picked by their own figures: chance makes it larger",
    "ci_method": "how the interval was made; empty where there is none",
    "what": "estimate, or interval",
    "why": "which input is missing, or why it is not defined",
    "strata": "for how many strata: a place, period, sex, age and so on",
    "ordered": "which end of a dimension is the most disadvantaged",
    "claim": "its number among the claims of the finding",
    "recomputed": "the number that the figures give",
    "lowest": "the least that their rounding allows",
    "highest": "the most that their rounding allows",
    "from_scheme": "the classification that is carried over",
    "to_scheme": "the classification that it is carried over into",
    "reasons": "why not, or what must be said beside it; one on each line",
    "verdict": "of a claim: equal, within-rounding, stale (signed off with other figures), "
    "mismatch or not-computable; of a conversion: convertible, with-caveat or not",
    "inputs": "the figures it follows from, with their counts",
    "inputs_signed": "the figures that it was signed off with",
    "finding": "the finding",
    "indicator": "the indicator",
    "source": "row of source",
    "recommendation": "the recommendation",
    "organisation": "code of the list organisation",
    "scheme": "the ethnic classification",
    "ethnicity": "group in that classification",
    "role": "affected, or compared with",
    "kind": "dataset, indicator, finding or recommendation",
    "id": "its id",
    "name": "what is told",
    "value": "what it is",
    "text": "words that are searched",
    "since": "day from which the status holds",
    "indicator_title": "title of the indicator",
    "family": "what measures the same thing elsewhere",
    "area_label": "name of the place",
    "ethnicity_label": "name of the group, as its classification has it",
    "sex_label": "name of the sex",
    "age_label": "name of the age band",
    "comparator_label": "name of the group compared with",
    "unit": "code of the list unit",
    "unit_label": "name of the unit",
    "obs_status_label": "name of the status",
    "status": "code of the list recommendation-status",
    "note": "a remark",
    "from_code": "code in that list",
}
"""What a column holds where neither the vocabulary nor the code lists say it."""

EXAMPLE: Mapping[str, Any] = {
    "name": "toy-repairs",
    "title": "Toys that were mended",
    "description": "An invented dataset that shows what the hub object may say.",
    "version": "1.0.0",
    "created": "2026-01-31T00:00:00Z",
    "licenses": [{"name": "CC-BY-4.0"}],
    "contributors": [{"title": "Toy Office", "roles": ["publisher"]}],
    "hub": {
        "workstreams": ["innovating-for-all"],
        "countries": ["GB"],
        "contact": "toys@example.org",
        "whose_ethnicity": "patient",
        "ethnicity_recording": "self-reported",
        "ethnicity_completeness": "not stated",
        "disclosure_policy": "already-published",
        "next_update": "not planned",
        "verification": "A",
        "lists": [{"list": "toy-repairs-groups", "title": "Groups of the Toy Office", "kind": "ethnicity",
                   "counting_basis": "single"}],
    },
    "resources": [
        {
            "name": "repairs",
            "path": "data/repairs.csv",
            "schema": {
                "fields": [
                    {"name": "year", "type": "string",
                     "hub": {"concept": "period", "period": "financial-year"}},
                    {"name": "place", "type": "string", "hub": {"concept": "area"}},
                    {"name": "group", "type": "string",
                     "hub": {"concept": "ethnicity", "codelist": "toy-repairs-groups",
                             "map": {"All toys": "_T"}}},
                    {"name": "mended_per_1000", "type": "number", "missingValues": ["", "*", "n/a"],
                     "hub": {"concept": "value",
                             "marks": {"*": {"obs_status": "Q", "conf_status": "A"}, "n/a": "M"}}},
                    {"name": "mended", "type": "integer", "hub": {"concept": "numerator"}},
                    {"name": "owner", "type": "string"},
                ]
            },
            "hub": {
                "role": "observations",
                "constants": {"source": "toy-report"},
                "measures": [{"indicator": "toy-repairs-rate", "value": "mended_per_1000",
                              "numerator": "mended"}],
                "hold_back": [{"where": {"owner": ["shop"]}, "reason": "These are not children's."}],
            },
        }
    ],
}  # fmt: skip
"""A package whose table has a shape of its own."""

HUB_OBJECTS = {
    "package": "The `hub` object of the package",
    "list": "A list in `hub.lists`",
    "resource": "The `hub` object of a resource",
    "field": "The `hub` object of a field",
}

KINDS = {
    "text": "text",
    "list": "object (see below)",
    "field": "object (see below)",
    "map": "object: from a spelling to a code, or to an object of concepts and codes",
    "meaning": "object of concepts and codes",
    "where": "object: from a field to a text, or to a list of texts",
    "constants": "object: from a concept to what it is in every row",
}
"""The shapes of the hub's schema that have a name of their own."""
