"""A hub of invented datasets that has, through the real build line, every case that laws are about.

`tests/api/test_rich_hub.py` asserts by SQL that each case is there, so that no law is tried over
data without the case that it is about. Groups, places and figures are made up.
"""

from __future__ import annotations

from pathlib import Path

from tests.support.dataset_builder import BuildWorkspace, DatasetBuilder
from tests.support.toy_countries import (
    ASSESSED,
    FAMILIES,
    INVENTED,
    KINDS,
    MORE,
    NORTH,
    NOT_ASSESSED,
    SOUTH,
    TOWN,
    VALE,
    WEST,
    add_rows,
    describe_country,
    rate_cells,
    write_codes,
)

RATE, INFANT, RATIO = f"{NORTH}-rate", f"{NORTH}-infant", f"{WEST}-ratio"
VERSIONS = tuple(f"1.{minor}.0" for minor in range(11))
STATUS_WITHOUT_VALUE = {"Q": "C", "O": "", "M": "", "L": ""}


def build_rich_hub(root: Path, *, synthetic: bool = True) -> Path:
    """Build the hub below `root`, one release of the first dataset after the other.

    Without `synthetic` the one dataset of synthetic figures is left out.
    """
    site = BuildWorkspace(root)
    site.codes = write_codes(root / "codes")
    for version in VERSIONS:
        describe_release(describe_north(site), version).write()
        outcome = site.build()
        assert outcome.build is not None, outcome.reports
    for describe in (describe_south, describe_west, describe_more):
        describe(site).write()
    if synthetic:
        describe_invented(site).write()
    outcome = site.build()
    assert outcome.build is not None, outcome.reports
    return outcome.build


GOVERNANCE = {
    "people": "the toys of the North",
    "authority": "Not sought.",
    "protocol": "None has been agreed.",
    "consultation": "Not sought.",
    "labels": "None are known.",
    "permitted_reuse": "Only for teaching.",
}


def describe_release(dataset: DatasetBuilder, version: str) -> DatasetBuilder:
    """Give the dataset a version, with all earlier ones in its list of changes."""
    minor = VERSIONS.index(version)
    dataset.descriptor |= {"version": version, "created": f"2026-01-{minor + 1:02}T00:00:00Z"}
    dataset.descriptor["hub"]["release_note"] = f"Count {minor + 1} of the toys."
    sections = [f"## {one}\n\n- Toys of {one}.\n" for one in reversed(VERSIONS[: minor + 1])]
    dataset.texts["changes.md"] = "# Changes\n\n" + "\n".join(sections)
    return dataset


def describe_north(site: BuildWorkspace) -> DatasetBuilder:
    """Rows with and without a value, several breakdowns, rows with words of their own."""
    dataset = describe_country(site, NORTH, "the North")
    dataset.tables["codes"] += [
        {"list": f"{NORTH}-wealth", "code": code, "label": label, "level": "group", "facet": ""}
        for code, label in (("1", "Poorest homes"), ("2", "Middling homes"), ("3", "Richest homes"))
    ]
    lists = dataset.descriptor["hub"]["lists"]
    lists.append({"list": f"{NORTH}-wealth", "title": "Toy homes", "kind": "dimension"})
    dataset.descriptor["hub"]["governance"] = [GOVERNANCE]
    dataset.descriptor["hub"]["main_facts"] = {
        RATE: ["Drums of the North broke more often than kites.", "All of this is made up."]
    }
    add_north_rates(dataset)
    add_north_infants(dataset)
    add_words(dataset)
    add_questions(dataset)
    return dataset


def add_north_rates(dataset: DatasetBuilder) -> None:
    """The rates of the North: whole country, towns, breakdowns, reasons for no value."""
    add_rows(
        dataset,
        [
            rate_cells("A", 20, obs_status="B"),
            rate_cells("B", 35, obs_status="E"),
            rate_cells("D", 25, obs_status="P"),
            rate_cells("_T", 80, 3000),
        ],
        area="GB",
        period="2024",
    )
    add_rows(
        dataset,
        [
            {"ethnicity": "A", "value": "21.0", "se": "1.5"},
            {"ethnicity": "B", "value": "33.0", "se": "2.5"},
            {"ethnicity": "D", "value": "", "value_max": "5"},
            {"ethnicity": "_U", "value": "", "value_min": "95"},
        ],
        area="GB",
        period="2023",
    )
    add_rows(
        dataset,
        [
            {
                "ethnicity": "A",
                "value": "22.0",
                "ci_lower": "18.0",
                "ci_upper": "27.0",
                "ci_level": "99",
                "counting_basis": "total-response",
                "verification": "C3",
                "source": "toy-leaflet",
                "read_from": "A blog about toys",
                "locator": "page 7",
                "note": "Kites of all kinds.",
            },
            {"ethnicity": "B", "value": "31.0", "ci_lower": "25.0", "ci_upper": "38.0"},
            {"ethnicity": "D", "value": "24.5"},
        ],
        area="GB",
        period="2022",
    )
    add_breakdowns(dataset)
    for place in (TOWN, VALE):
        reasons = zip("ABD_", STATUS_WITHOUT_VALUE.items(), strict=True)
        add_rows(
            dataset,
            [
                {
                    "ethnicity": group.replace("_", "_U"),
                    "value": "",
                    "obs_status": status,
                    "conf_status": confidential,
                }
                for group, (status, confidential) in reasons
            ],
            area=place,
            period="2021",
        )
        add_rows(dataset, [rate_cells("A", 9), rate_cells("B", 14)], area=place, period="2024")


def add_breakdowns(dataset: DatasetBuilder) -> None:
    """Rates of the Town by sex, by age, by another dimension."""
    breakdowns = (
        {"sex": "F"},
        {"sex": "M"},
        {"age": "0-17"},
        {"sex": "F", "age": "0-17"},
        {"other": f"{NORTH}-wealth=1"},
        {"other": f"{NORTH}-wealth=2"},
        {"other": f"{NORTH}-wealth=3"},
    )
    for number, cells in enumerate(breakdowns, start=11):
        rows = [rate_cells("A", number, 500), rate_cells("B", number + 6, 500)]
        add_rows(dataset, rows, area=TOWN, period="2024", **cells)


def add_north_infants(dataset: DatasetBuilder) -> None:
    """Small toys of the North: in one year the reference group has none that broke."""
    for period, events in (("2023", 0), ("2024", 12)):
        add_rows(
            dataset,
            [rate_cells("A", events), rate_cells("B", 18), rate_cells("D", 15)],
            indicator=INFANT,
            area="GB",
            period=period,
        )


def add_words(dataset: DatasetBuilder) -> None:
    """Findings with claims, recommendations with updates."""
    shared = {"workstreams": "collaborating-globally", "topics": "maternity", "area": "GB"}
    dataset.tables["findings"] = [
        {
            "id": "toy-finding-drums",
            "title": "Drums break more often than kites",
            "statement": "In the North in 2024, 35.0 of every 1,000 drums broke: 1.75 times as "
            "often as kites.",
            "type": "finding",
            "direction": "worse",
            **ASSESSED,
            "groups_affected": f"{KINDS}:B",
            "groups_compared": f"{KINDS}:A",
            "period": "2024",
            "published": "2025-01",
            "indicators": RATE,
            "sources": "toy-report",
            "verification": "C1",
            **shared,
        },
        {
            "id": "toy-finding-gap",
            "title": "Nobody counted marbles",
            "statement": "Nobody knows how many marbles broke.",
            "type": "evidence-gap",
            "direction": "",
            **NOT_ASSESSED,
            "published": "2025-02-03",
            "sources": "toy-leaflet",
            "verification": "C3",
            **shared,
            "workstreams": "innovating-for-all",
            "topics": "medical-devices",
            "last_checked": "2025-02-04",
            "checked_where": "The toy library",
            "checked_by": "Toy Office",
        },
        {
            "id": "toy-finding-cause",
            "title": "Loose glue",
            "statement": "Drums break where the glue is loose.",
            "type": "cause",
            "note": "Drums were looked at closely.",
            "mechanism": "quality",
            "study_design": "review",
            "responsible": "nhs-england",
            "direction": "",
            **NOT_ASSESSED,
            "groups_affected": f"{KINDS}:B",
            "published": "2025-02-05",
            "indicators": RATE,
            "sources": "toy-report",
            "verification": "C1",
            **shared,
        },
    ]
    claim = {
        "finding": "toy-finding-drums",
        "indicator": RATE,
        "area": "GB",
        "period": "2024",
        "scheme": KINDS,
        "ethnicity": "B",
        "group_text": "drums",
        "reference_text": "kites",
        "obs_status": "E",
    }
    dataset.tables["claims"] = [
        {**claim, "measure": "value", "stated": "35.0", "reference": ""},
        {**claim, "measure": "ratio", "stated": "1.75", "reference": "A"},
    ]
    dataset.tables["recommendations"] = [
        {
            "id": f"toy-recommendation-{name}",
            "title": title,
            "text": text,
            "issued_by": "nhs-race-and-health-observatory",
            "addressed_to": "nhs-england",
            "addressee_note": "Inferred: makers of drums.",
            "note": "Agreed with makers of drums.",
            "strength": "good-practice",
            "issued": issued,
            "due": due,
            "status": "proposed",
            "last_checked": "2025-10-01",
            "checked_where": "website of the Toy Office",
            "checked_by": "evidence team",
            "next_check": "2026-04-01",
            "findings": "toy-finding-drums",
            "indicators": RATE,
            "sources": "toy-report",
            "verification": "C1",
            **shared,
        }
        for name, title, text, issued, due in (
            ("glue", "Glue the drums", "Drums are to be glued twice.", "2025-03-01", "2026-03-01"),
            ("count", "Count the marbles", "Marbles are to be counted.", "2025-04-01", ""),
        )
    ]
    update = {"recommendation": "toy-recommendation-glue", "source": "toy-report"}
    dataset.tables["updates"] = [
        {**update, "date": "2025-05-01", "status": "accepted", "note": "The glue was bought."},
        {**update, "date": "2025-09-01", "status": "in-progress", "note": "Half are glued."},
        {**update, "date": "2025-10-01", "status": "outcome-unchanged", "note": "As many break."},
    ]


QUESTION = "toy-question-drums"


def add_questions(dataset: DatasetBuilder) -> None:
    """Questions bound to a family, to indicators, to findings and to recommendations."""
    shared = {
        "workstreams": "collaborating-globally",
        "topics": "maternity",
        "not_known": "Why that is so.",
    }
    family = dataset.tables["indicators"][0]["family"]
    dataset.tables["questions"] = [
        {
            "id": QUESTION,
            "question": "Do drums of the North break more often than kites?",
            "other_words": "broken tambours",
            "family": family,
            "groups": f"{KINDS}:B",
            "area": "GB",
            "findings": "toy-finding-drums",
            "recommendations": "toy-recommendation-glue",
            "indicators": RATE,
            "answer": "They do.",
            **shared,
        },
        {
            "id": "toy-question-marbles",
            "question": "How many marbles broke?",
            "family": "",
            "groups": "",
            "area": "",
            "findings": "toy-finding-gap",
            "recommendations": "",
            "indicators": "",
            "answer": "",
            **shared,
        },
    ]


def describe_south(site: BuildWorkspace) -> DatasetBuilder:
    """Crude rows beside adjusted ones, with other figures for the same groups."""
    dataset = describe_country(site, SOUTH, "the South")
    for adjustment, add in (("crude", 0), ("age-standardised", 7)):
        rows = [
            {"ethnicity": group, "value": f"{value + add}.0", "ci_lower": f"{value + add - 3}.0"}
            | {"ci_upper": f"{value + add + 4}.0"}
            for group, value in (("A", 40), ("B", 62), ("C", 51))
        ]
        cells = {"area": "BR", "period": "2024", "adjustment": adjustment}
        add_rows(dataset, rows, indicator=f"{SOUTH}-rate", **cells)
    infants = [rate_cells("A", 16), rate_cells("B", 27), rate_cells("C", 22)]
    infants[2] |= {"source": "toy-leaflet"}
    add_rows(dataset, infants, indicator=f"{SOUTH}-infant", area="BR", period="2023-04/2024-03")
    return dataset


def describe_west(site: BuildWorkspace) -> DatasetBuilder:
    """Rows of a secondary source, and ratios as their source published them."""
    dataset = describe_country(site, WEST, "the West")
    rates = [rate_cells("A", 30), rate_cells("B", 41, verification="C3", source="toy-leaflet")]
    add_rows(dataset, rates, indicator=f"{WEST}-rate", area="NZ", period="2024")
    infants = [
        rate_cells("A", 11, verification="C3", source="toy-leaflet"),
        rate_cells("B", 19),
        rate_cells("C", 13, verification="C3", source="toy-leaflet", obs_status="V"),
    ]
    add_rows(dataset, infants, indicator=f"{WEST}-infant", area="NZ", period="2024")
    dataset.tables["indicators"].append(
        dataset.tables["indicators"][0]
        | {
            "id": RATIO,
            "title": "Toys of the West, one group against another",
            "definition": "The rate of one group divided by that of kites.",
            "unit": "rate-ratio",
            "scale": "",
            "value_type": "rate-ratio",
        }
    )
    ratio = {"ethnicity": "B", "comparator": "A", "value": "1.37", "verification": "C3"}
    limits = {"ci_lower": "0.87", "ci_upper": "2.16", "source": "toy-leaflet"}
    add_rows(dataset, [{**ratio, **limits}], indicator=RATIO, area="NZ", period="2023")
    for number, indicator in enumerate(dataset.tables["indicators"]):
        indicator["ethnicity_known"] = "" if number else "90.5"
    dataset.field_overrides["indicators"] = {"ethnicity_known": {"type": "number"}}
    for number, source in enumerate(dataset.tables["sources"]):
        source["licence"] = "" if number else "CC BY 4.0"
    return dataset


def describe_more(site: BuildWorkspace) -> DatasetBuilder:
    """Further figures of the North's indicator, in both towns, some of them suppressed."""
    dataset = site.dataset(MORE)
    dataset.tables["indicators"][0] |= {"topics": "child-health", "workstreams": ""}
    dataset.tables["observations"] = [dataset.build_observation(ethnicity="A", period="2020")]
    dataset.descriptor |= {"title": "More toys of the North"}
    for code in dataset.tables["codes"]:
        code["parent"] = "B" if code["code"] == "A" else ""
    shared = {"indicator": RATE, "scheme": KINDS, "period": "2019"}
    for place, events in ((TOWN, 8), (VALE, 17)):
        suppressed = {"value": "", "obs_status": "Q", "conf_status": "C"}
        rows = [rate_cells("A", events), {"ethnicity": "B", **suppressed}]
        add_rows(dataset, rows, area=place, **shared)
    add_rows(dataset, [{"ethnicity": "D", "value": "", "obs_status": "O"}], area=TOWN, **shared)
    apart = shared | {"scheme": f"{MORE}-groups"}
    add_rows(dataset, [rate_cells("A", 21)], area=TOWN, **apart)
    return dataset


def describe_invented(site: BuildWorkspace) -> DatasetBuilder:
    """Synthetic figures of both families, from a fourth country, with words of every kind."""
    dataset = describe_country(site, INVENTED, "Nowhere")
    dataset.descriptor["created"] = "2026-02-28T00:00:00Z"  # after all others
    hub = dataset.descriptor["hub"]
    hub |= {"synthetic": True, "verification": "S", "disclosure_policy": "synthetic"}
    for kind in FAMILIES:
        rows = [rate_cells("A", 50), rate_cells("B", 90), {"ethnicity": "_U", "value": ""}]
        rows[2] |= {"obs_status": "O"}
        add_rows(dataset, rows, indicator=f"{INVENTED}-{kind}", area="AU", period="2024")
    shared = {"workstreams": "collaborating-globally", "topics": "maternity", "area": "GB"}
    dataset.tables["findings"] = [
        {
            "id": f"{INVENTED}-finding",
            "title": "Drums of Nowhere break",
            "statement": "In Nowhere 90 of every 1,000 drums broke.",
            "unbound_figures": "90 of every 1,000",
            "unbound_reason": "not-in-hub",
            "type": "finding",
            "direction": "worse",
            **ASSESSED,
            "groups_affected": f"{INVENTED}-groups:B;{KINDS}:B",
            "published": "2025-06-01",
            "indicators": f"{INVENTED}-rate",
            "sources": "toy-report",
            **shared,
        }
    ]
    dataset.tables["recommendations"] = [
        {
            "id": f"{INVENTED}-recommendation",
            "title": "Mend the drums of Nowhere",
            "text": "Whoever lives in Nowhere is to mend drums.",
            "addressed_to": "nhs-england",
            "issued": "2025-06-01",
            "findings": f"{INVENTED}-finding",
            "sources": "toy-report",
            **shared,
        }
    ]
    return dataset
