"""A small, valid dataset folder with made-up groups and places; a test changes one thing in it."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

from evidencehub import pipeline
from evidencehub.check.disclosure_policy import POLICIES
from evidencehub.check.rules.disclosure import package_digest
from evidencehub.domain.package import Resource, SourcePackage
from evidencehub.domain.problem import CheckReport
from evidencehub.pipeline import BuildOutcome, BuildPaths

PROJECT_ROOT = Path(__file__).parents[2]
CODE_FOLDER = PROJECT_ROOT / "codes"
PACKAGE_ROOTS = (PROJECT_ROOT / "datasets", PROJECT_ROOT / "questions")
"""Where the packages are that the project ships: a folder of them, and one."""


TOY_GROUPS = (
    ("_T", "All groups", "total", ""),
    ("A", "Group A", "group", "OTH"),
    ("B", "Group B", "group", "OTH"),
    ("_U", "Not known", "residual", ""),
)


class DatasetBuilder:
    """A dataset folder; change `descriptor` or `tables`, then `check` or `build`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.slug = folder.name
        self.tables: dict[str, list[dict[str, str]]] = {
            "indicators": [
                {
                    "id": f"{self.slug}-rate",
                    "family": "",
                    "title": "Toy rate",
                    "definition": "Toys that were mended, for every 1,000 toys.",
                    "unit": "per-1000-population",
                    "scale": "1000",
                    "value_type": "rate",
                    "polarity": "favourable",
                    "method": "Counted.",
                    "standardisation": "crude",
                }
            ],
            "observations": [
                self.build_observation(
                    ethnicity="A", value="12.5", numerator="25", denominator="2000"
                ),
                self.build_observation(
                    ethnicity="B", value="10.0", numerator="10", denominator="1000"
                ),
            ],
            "sources": [
                {
                    "id": "toy-report",
                    "title": "A report on toys",
                    "publisher": "Toy Office",
                    "type": "report",
                    "url": "https://example.org/toys",
                }
            ],
            "codes": [
                {
                    "list": f"{self.slug}-groups",
                    "code": c,
                    "label": label,
                    "level": level,
                    "facet": f,
                }
                for c, label, level, f in TOY_GROUPS
            ]
            + [
                {
                    "list": f"{self.slug}-places",
                    "code": "X01",
                    "label": "Toy Town",
                    "level": "city",
                    "facet": "",
                }
            ],
        }
        self.descriptor: dict[str, Any] = {
            "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
            "name": self.slug,
            "title": "Toys that were mended",
            "description": "A made-up dataset for tests.",
            "version": "1.0.0",
            "created": "2026-01-31T00:00:00Z",
            "licenses": [{"name": "CC-BY-4.0"}],
            "contributors": [{"title": "Toy Office", "roles": ["publisher"]}],
            "hub": {
                "workstreams": ["innovating-for-all"],
                "countries": ["GB"],
                "contact": "https://example.org",
                "whose_ethnicity": "patient",
                "ethnicity_recording": "self-reported",
                "ethnicity_completeness": "99 %",
                "disclosure_policy": "already-published",
                "next_update": "not planned",
                "verification": "C1",
                "lists": [
                    {
                        "list": f"{self.slug}-groups",
                        "title": "Toy groups",
                        "kind": "ethnicity",
                        "counting_basis": "single",
                    },
                    {"list": f"{self.slug}-places", "title": "Toy places", "kind": "area"},
                ],
            },
        }
        self.field_overrides: dict[str, dict[str, Any]] = {}
        self.resource_overrides: dict[str, dict[str, Any]] = {}
        self.is_signed_off = (
            True  # a policy of its own is signed off whenever the files are written
        )
        self.texts = {"about.md": "# Toys\n", "changes.md": "# Changes\n\n## 1.0.0\n\n- First.\n"}
        self.raw_files: dict[str, bytes] = {}

    def build_observation(self, **cells: str) -> dict[str, str]:
        """A valid row of observations, with `cells` in place of its own."""
        row = {
            "indicator": f"{self.slug}-rate",
            "area": f"{self.slug}-places:X01",
            "period": "2024",
            "scheme": f"{self.slug}-groups",
            "ethnicity": "A",
            "value": "12.5",
            "ci_lower": "",
            "ci_upper": "",
            "numerator": "",
            "denominator": "",
            "obs_status": "",
            "conf_status": "",
            "source": "toy-report",
            "note": "",
        }
        return {**row, **cells}

    def add_large_table(self) -> str:
        """Add a table of 14 MB, `data/workshop-log.csv`; return the text of its file."""
        entries = ["A line about toys that were mended. " * 900] * 450
        self.tables["workshop-log"] = [{"entry": entry} for entry in entries]
        self.resource_overrides["workshop-log"] = {"hub": {"role": "table"}}
        return "".join(f"{line}\n" for line in ["entry", *entries])

    def write(self) -> Path:
        """Write the folder as it now stands."""
        (self.folder / "data").mkdir(parents=True, exist_ok=True)
        resources = []
        for name, rows in self.tables.items():
            columns = list(dict.fromkeys(key for row in rows for key in row))
            text = io.StringIO(newline="")
            writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
            writer.writeheader()
            # a row that says nothing of them is about everybody, which a blank cell may not say
            everybody = {name: "_T" for name in ("sex", "age") if name in columns}
            writer.writerows(
                {**everybody, **row} if name == "observations" else row for row in rows
            )
            data = self.raw_files.get(name, text.getvalue().encode())
            (self.folder / "data" / f"{name}.csv").write_bytes(data)
            overrides = self.field_overrides.get(name, {})
            fields = [
                {"name": c, "type": _choose_field_type(c), **overrides.get(c, {})} for c in columns
            ]
            resource = {"name": name, "path": f"data/{name}.csv", "schema": {"fields": fields}}
            resources.append({**resource, **self.resource_overrides.get(name, {})})
        descriptor = {**self.descriptor, "resources": self.descriptor.get("resources", resources)}
        if self.is_signed_off and descriptor["hub"].get("disclosure_policy") in POLICIES:
            descriptor["hub"] = {**descriptor["hub"], "signed_off": self._signature(resources)}
        descriptor_text = json.dumps(descriptor, ensure_ascii=False, indent=1)
        (self.folder / "datapackage.json").write_text(descriptor_text, "utf-8")
        for name, text_file in self.texts.items():
            (self.folder / name).write_text(text_file, "utf-8")
        return self.folder

    def _signature(self, resources: list[dict[str, Any]]) -> dict[str, str]:
        """A record of who signed off the tables as they have just been written."""
        tables = tuple(
            Resource(r["name"], r["path"], self.folder / r["path"], r) for r in resources
        )
        package = SourcePackage(self.slug, self.folder, {}, tables)
        policy = self.descriptor["hub"]["disclosure_policy"]
        signed = {"by": "Toy Office", "date": "2025-01-31", "policy": policy}
        return {**signed, "files": package_digest(package)}

    def check(self) -> CheckReport:
        """Write the folder and check it."""
        paths = BuildPaths(
            [], CODE_FOLDER, PROJECT_ROOT / "metadata.yaml", self.folder, self.folder / "none"
        )
        return pipeline.check_packages([self.write()], paths)[0]


def _choose_field_type(column: str) -> str:
    numbers = ("value", "ci_", "numerator", "denominator", "scale", "se", "population")
    return "number" if column.startswith(numbers) and column != "value_type" else "string"


class BuildWorkspace:
    """A place to build: a folder of datasets, and where builds and archive go."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.datasets = root / "datasets"
        self.datasets.mkdir(parents=True, exist_ok=True)
        self.out = root / "dist"
        self.archive = root / "archive"
        self.codes = CODE_FOLDER
        self.site_file = PROJECT_ROOT / "metadata.yaml"

    def dataset(self, slug: str = "toy-repairs") -> DatasetBuilder:
        """A dataset of this site, not yet written."""
        return DatasetBuilder(self.datasets / slug)

    @property
    def paths(self) -> BuildPaths:
        return BuildPaths([self.datasets], self.codes, self.site_file, self.out, self.archive)

    def build(self, **options: Any) -> BuildOutcome:
        """Build what stands in the folder."""
        return pipeline.build_hub(self.paths, **options)
