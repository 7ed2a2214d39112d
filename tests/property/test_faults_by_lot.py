"""Real tables with one fault each, drawn by lot: every fault is told, and none ends in a crash.

FAULTS says how many are drawn (60), SEED which.
"""

from __future__ import annotations

import json
import os
import random
import shutil
from functools import cache
from pathlib import Path

import pytest

from evidencehub import pipeline
from evidencehub.domain.problem import CheckReport
from evidencehub.pipeline import BuildPaths
from tests.support.dataset_builder import CODE_FOLDER, PROJECT_ROOT
from tests.support.fault_kinds import FILE_FAULTS, KINDS, spoil_table

DATASETS = PROJECT_ROOT / "datasets"
COUNT, SEED = int(os.environ.get("FAULTS", "60")), int(os.environ.get("SEED", "1"))
CRASHES = {"structure/internal-error", "structure/crash"}


@cache
def list_tables() -> list[tuple[str, str]]:
    """Every shipped dataset with its table of values."""
    return sorted(
        (folder.name, resource["path"])
        for folder in DATASETS.iterdir()
        if (folder / "datapackage.json").is_file()
        for resource in json.loads((folder / "datapackage.json").read_text("utf-8"))["resources"]
        if "value" in [field["name"] for field in resource.get("schema", {}).get("fields", ())]
    )


def draw_faults() -> list[tuple[str, str, str]]:
    """Kinds by datasets: every kind at least once, as far as the count goes."""
    rng = random.Random(SEED)
    kinds = [*rng.sample(KINDS, min(COUNT, len(KINDS)))]
    kinds += rng.choices(KINDS, k=COUNT - len(kinds))
    drawn = []
    for kind in kinds:
        tables = rng.sample(list_tables(), len(list_tables()))
        for slug, path in tables:
            data = (DATASETS / slug / path).read_bytes()
            if spoil_table(data, kind, random.Random(SEED)) not in (None, data):
                drawn.append((kind, slug, path))
                break
    return drawn


def check_copy(slug: str, folder: Path) -> CheckReport:
    paths = BuildPaths(
        [DATASETS, PROJECT_ROOT / "questions"],
        CODE_FOLDER,
        PROJECT_ROOT / "metadata.yaml",
        folder.parent / "out",
        folder.parent / "archive",
    )
    return next(r for r in pipeline.check_packages([folder], paths) if r.slug == slug)


@cache
def list_standing_problems(slug: str) -> frozenset[tuple[str, str, str]]:
    """What the check says of a dataset as it is shipped."""
    return frozenset(list_facts(check_copy(slug, DATASETS / slug)))


def list_facts(report: CheckReport) -> list[tuple[str, str, str]]:
    return [(problem.rule, problem.location, problem.message) for problem in report.problems]


@pytest.mark.parametrize(("kind", "slug", "path"), draw_faults())
def test_a_fault_in_a_real_table_is_told(kind: str, slug: str, path: str, tmp_path: Path) -> None:
    folder = tmp_path / slug
    shutil.copytree(DATASETS / slug, folder)
    spoilt = spoil_table((DATASETS / slug / path).read_bytes(), kind, random.Random(SEED))
    assert spoilt is not None
    (folder / path).write_bytes(spoilt)
    report = check_copy(slug, folder)
    assert CRASHES.isdisjoint(report.rules)
    news = [fact for fact in list_facts(report) if fact not in list_standing_problems(slug)]
    # a table that ends early at the end of a cell is whole: what nothing refers to any more tells
    place = "" if kind == "cut in the middle" else path
    assert [location for _, location, _ in news if location.startswith(place)], (kind, news[:3])


def test_the_lot_draws_every_kind() -> None:
    assert len(draw_faults()) >= min(COUNT, len(KINDS)) - 2
    assert set(FILE_FAULTS) <= {kind for kind, _, _ in draw_faults()} or len(KINDS) > COUNT
