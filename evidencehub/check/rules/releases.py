"""Rules on what was published before; a build looks for their violations in the archive."""

from __future__ import annotations

from evidencehub.check.definition import Rule
from evidencehub.releases.disk import RESTORE_HINT

RULES = (
    Rule(
        "metadata/version-not-raised",
        "collection",
        "A published version must not change.",
        "Raise the version number and say in changes.md what changed.",
    ),
    Rule(
        "metadata/version-falls",
        "collection",
        "A version must be above every version that was published before.",
        "Raise the version number and say in changes.md what changed.",
    ),
    Rule(
        "metadata/dataset-gone",
        "collection",
        "A published dataset must keep its folder until it is withdrawn.",
        "Put the folder back, or withdraw the dataset: `python build.py withdraw SLUG --reason …`. "
        "Its files stay available.",
    ),
    Rule(
        "metadata/release-lost",
        "collection",
        "The archive must tell everything that the last build knows.",
        RESTORE_HINT,
    ),
    Rule(
        "metadata/release-damaged",
        "collection",
        "The archive must hold every release as it was published.",
        RESTORE_HINT,
    ),
    Rule(
        "metadata/withdrawn",
        "collection",
        "A withdrawn version should not be in datasets/.",
        "Raise the version number and say in changes.md what changed, or move the folder out of "
        "datasets/.",
        severity="warning",
    ),
)
