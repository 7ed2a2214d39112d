"""Imported by the clean process whose copies stage datasets: what libraries load late is loaded.

Frictionless and pyarrow load a second's worth of modules when the first table is read. A small
package of our own is read here, so that no copy does it again.
"""

from __future__ import annotations

import contextlib
import gc
import os
import tempfile
from pathlib import Path

from evidencehub.formats.dataset_template import NewDatasetAnswers, render_files
from evidencehub.pipeline import stage_cache
from evidencehub.source import packages

ANSWERS = NewDatasetAnswers("warm", "Warm", "2026-01-31", source_title="Warm", source_type="report")


def read_small_package(folder: Path) -> None:
    """Read a package from beginning to end, as a stage does."""
    # imported here: pyarrow looks at the environment when it is loaded
    from evidencehub.check import descriptor_schema
    from evidencehub.check.structure import PackageValidator
    from evidencehub.load.staging_database import StagingDatabase

    for name, text in render_files(ANSWERS).items():
        path = folder / ANSWERS.slug / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    package, _ = packages.read_package(folder / ANSWERS.slug)
    if package is None:
        return
    list(descriptor_schema.find_schema_problems(package))
    gate = PackageValidator(package)
    for resource in package.resources:
        list(gate.read_chunks(resource, use_arrow=True))
    gate.find_problems()
    StagingDatabase(folder / "staged.db", ANSWERS.slug, 0).commit_and_close()


# its own allocator sets a gigabyte aside, which would count as used against the memory limit
os.environ["ARROW_DEFAULT_MEMORY_POOL"] = "system"
with contextlib.suppress(OSError), tempfile.TemporaryDirectory() as work_folder:
    read_small_package(Path(work_folder))
stage_cache.hash_code()
gc.collect()
gc.freeze()  # what is here now stays, and its pages stay shared with the copies
