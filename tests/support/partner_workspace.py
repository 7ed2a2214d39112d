"""A place to build with partners: a package of its own, one that was taken, others that were not."""

from __future__ import annotations

import shutil
from pathlib import Path

from evidencehub.source.partner_lock import LockedPackage, LockedPartner, write_lock
from tests.support.dataset_builder import PROJECT_ROOT, BuildWorkspace, DatasetBuilder

OWN, TAKEN, PLAIN = "toy-repairs", "toy-loans", "toy-swaps"
OBSERVATORY, LIBRARY = "toy-observatory", "toy-library"
DESCRIPTOR_URL = "https://observatory.example/datasets/toy-loans/2.0.0/datapackage.json"
FIRST_URL = "https://archive.example/toy-loans/datapackage.json"
FETCHED_AT, PULLED_AT = "2026-11-30T09:30:00Z", "2026-12-01T06:00:00Z"
SHA256, FIRST_SHA256 = "a" * 64, "b" * 64
QUARANTINE_REASON = "data/observations.csv row 3: a count below 5 must be suppressed."
WITHDRAWAL_REASON = "Its publisher withdrew it: the second count was of the wrong town."
FAILURE = "records.example did not answer within 600 seconds."
PARTNERS = """\
partners:
- name: toy-observatory
  title: Toy Health Observatory
  kind: hub
  url: https://observatory.example
- name: toy-library
  title: Library of Toys
  kind: package
  url: https://library.example/toy-swaps/datapackage.json
- name: toy-records
  title: Records of Toys
  kind: hub
  url: https://records.example
- name: toy-newcomer
  title: A newcomer
  kind: hub
  url: https://newcomer.example
"""
ORIGIN = {
    "partner": OBSERVATORY,
    "title": "Toy Health Observatory",
    "url": DESCRIPTOR_URL,
    "sha256": SHA256,
    "fetched": FETCHED_AT,
    "derived_from": {
        "partner": "toy-archive",
        "title": "Archive of <Toys>",
        "url": FIRST_URL,
        "sha256": FIRST_SHA256,
        "fetched": "2026-10-02T08:00:00Z",
    },
}


def describe_lock() -> dict[str, LockedPartner]:
    """What was pulled: a package in each state, a partner that failed, one that is listed no more."""
    packages = {
        TAKEN: LockedPackage(
            "taken", "2.0.0", DESCRIPTOR_URL, SHA256, "Toys that were lent", "CC-BY-4.0", PULLED_AT
        ),
        "toy-secrets": LockedPackage(
            "quarantined", "1.1.0", title="Toys of few children", pulled_at=PULLED_AT,
            reasons=(QUARANTINE_REASON, "Its licence is not one that the hub may pass on."),
        ),
        "toy-sales": LockedPackage(
            "withdrawn", "1.0.0", title="Toys that were sold", pulled_at=PULLED_AT,
            reasons=(WITHDRAWAL_REASON,),
        ),
        "toy-repairs": LockedPackage("ours", "1.0.0", title="Toys that were mended"),
        "toy-kites": LockedPackage("failed", title="Kites", reasons=("A file was cut off.",)),
    }  # fmt: skip
    return {
        OBSERVATORY: LockedPartner(
            "Toy Health Observatory", "hub", "https://observatory.example", PULLED_AT,
            packages=packages,
        ),
        LIBRARY: LockedPartner(
            "Library of Toys", "package", pulled_at="2026-11-29T06:00:00Z",
            packages={PLAIN: LockedPackage("taken", "1.0.0", title="Toys that were swapped")},
        ),
        "toy-records": LockedPartner("Records of Toys", "hub", failure=FAILURE),
        "toy-attic": LockedPartner("Attic of Toys", "hub", pulled_at="2026-01-02T06:00:00Z"),
    }  # fmt: skip


def describe_dataset(workspace: BuildWorkspace, slug: str, title: str) -> DatasetBuilder:
    """A dataset with a finding, so that what it says is on pages of several kinds."""
    dataset = workspace.dataset(slug)
    dataset.descriptor["title"] = title
    dataset.descriptor["hub"]["reference_group"] = f"{slug}-groups:A"
    dataset.tables["findings"] = [
        {
            "id": f"{slug}-finding", "title": "Few toys", "statement": f"Few toys in {title}.",
            "type": "evidence-gap", "certainty": "not-assessed", "published": "2025-02-03",
            "workstreams": "innovating-for-all", "topics": "maternity", "area": "GB",
            "sources": "toy-report", "verification": "C1",
        }
    ]  # fmt: skip
    return dataset


def write_partner_workspace(root: Path) -> BuildWorkspace:
    """Write the project of a hub with partners; it is not yet built."""
    workspace = BuildWorkspace(root)
    write_partner_files(workspace)
    describe_dataset(workspace, OWN, "Toys that were mended").write()
    taken = describe_dataset(workspace, TAKEN, "Toys that were lent")
    taken.descriptor["version"] = "2.0.0"
    taken.texts["changes.md"] = "# Changes\n\n## 2.0.0\n\n- More.\n"
    taken.descriptor["hub"]["origin"] = ORIGIN
    taken.write()
    plain = describe_dataset(workspace, PLAIN, "Toys that were swapped")
    plain.descriptor["hub"]["origin"] = {"partner": LIBRARY}
    plain.write()
    return workspace


def write_partner_files(workspace: BuildWorkspace) -> None:
    """Give a workspace metadata of its own, and beside them partners and what was taken."""
    workspace.site_file = workspace.root / "metadata.yaml"
    shutil.copy(PROJECT_ROOT / "metadata.yaml", workspace.site_file)
    (workspace.root / "partners.yaml").write_text(PARTNERS, "utf-8")
    write_lock(workspace.root, describe_lock())
