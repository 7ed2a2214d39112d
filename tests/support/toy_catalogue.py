"""A catalogue of made-up datasets that has every case: synthetic, withdrawn, older releases, odd texts."""

from __future__ import annotations

from dataclasses import replace

from evidencehub.domain.catalogue import (
    Agent,
    Catalogue,
    CatalogueDataset,
    CoveredPlace,
    DatasetRelease,
    DayRange,
    Distribution,
    SourceWork,
    TableColumn,
    Terms,
    Topic,
    UsedClassification,
    Variable,
    WithdrawnDataset,
    WithdrawnRelease,
)
from evidencehub.domain.package_origin import OriginStep, PackageOrigin

COLUMNS = (TableColumn("id", "string", "id of the row"), TableColumn("value", "number"))


def describe_file(path: str, format_name: str = "csv", *, columns: bool = False) -> Distribution:
    return Distribution(path, format_name, "a file", 3, 120, "ab" * 32, COLUMNS if columns else ())


def describe_toys() -> CatalogueDataset:
    """A dataset with everything that can be known of one."""
    files = (
        describe_file("toys.csv", columns=True),
        describe_file("datapackage.json", "datapackage"),
    )
    return CatalogueDataset(
        name="toys",
        title="Repairs of toys",
        description="How many toys were repaired, by group.",
        language="mi",
        publisher=Agent("Māori Toy Board"),
        contact=Agent("toys@example.org", email="toys@example.org"),
        licence=Terms("CC-BY-4.0", "https://creativecommons.org/licenses/by/4.0/"),
        homepage="https://example.org/toys",
        next_update="in spring",
        population="Whose ethnicity: Owner.",
        observation_count=3,
        topics=(Topic("topic", "repairs", "Repairs", "en"),),
        places=(
            CoveredPlace("GB", "United Kingdom"),
            CoveredPlace("001", "World"),
            CoveredPlace("X01", "Toytown"),
        ),
        period=DayRange("2020-01-01", "2021-12-31"),
        classifications=(UsedClassification("toy-groups", "Groups of toys"),),
        variables=(Variable("toys-repaired", "Toys repaired"),),
        sources=(
            SourceWork("Toy report", "Toy Board", "https://example.org/a b", "Not seen.", "facts"),
        ),
        statements=("Only wooden toys are counted.",),
        governance=("Data about the people of Toytown. Authority: the Toy Council.",),
        is_synthetic=False,
        awaits_verification=True,
        releases=(
            DatasetRelease("1.0.0", "2026-01-02T10:00:00Z", "2026-01-05T08:00:00Z", "", files[:1]),
            DatasetRelease(
                "1.10.0", "2026-03-04T10:00:00Z", "2026-03-06T08:00:00Z", "More toys.", files
            ),
        ),
        withdrawn=(WithdrawnRelease("1.5.0", "2026-02-03T12:30:00Z", "A column was wrong."),),
        origin=PackageOrigin(
            OriginStep(
                "board",
                "Board of <Toys>",
                "https://board.example/toys.json",
                "ab" * 32,
                "2026-03-04T09:00:00Z",
            ),
            (OriginStep("attic", url="https://attic.example/toys.json"),),
        ),
    )


def describe_catalogue() -> Catalogue:
    """A hub with that dataset, a synthetic one of which little is known, and a withdrawn one."""
    toys = describe_toys()
    bare = replace(
        toys, name="bare", title="Bare", description="Made up.", language="en",
        contact=Agent("ask anybody"), licence=Terms("House rules"), homepage="", next_update="",
        population="", observation_count=0, topics=(), places=(), period=None,
        classifications=(), variables=(), sources=(), statements=(), governance=(),
        is_synthetic=True, awaits_verification=False, releases=toys.releases[1:], withdrawn=(),
    )  # fmt: skip
    return Catalogue(
        title="Toy hub",
        description="A hub of toys.",
        language="en",
        publisher=Agent("Toy hub"),
        contact=Agent("ask@example.org", email="ask@example.org"),
        issued_at="2026-03-04T10:00:00Z",
        datasets=(bare, toys),
        withdrawn=(
            WithdrawnDataset(
                "gone", "", "en", (WithdrawnRelease("1.0.0", "2026-02-01T09:00:00Z", "Wrong."),)
            ),
        ),
    )
