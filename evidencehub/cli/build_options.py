"""Options that several commands share: where things are, and what a check may cost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from evidencehub.pipeline.stage_task import StageBudget

FOLDER_TYPE = click.Path(path_type=Path, file_okay=False)
BYTES_PER_MB = 1_000_000


def folder_option(
    name: str, default: str | Callable[[], tuple[str, ...]], description: str, **settings: Any
) -> Any:
    """Return an option for a folder."""
    settings = {"type": FOLDER_TYPE, "default": default, "show_default": True, **settings}
    return click.option(name, **settings, help=description)


def _list_default_roots() -> tuple[str, ...]:
    return ("datasets", *(("questions",) if Path("questions").is_dir() else ()))


def add_folder_options(function: Any) -> Any:
    """The options that say where things are."""
    options = (
        folder_option(
            "--datasets",
            _list_default_roots,
            "Folder that contains dataset folders, or is one; may be repeated.",
            multiple=True,
            show_default="datasets, and questions where it is there",
        ),
        folder_option("--codes", "codes", "Folder that contains the code lists."),
        folder_option("--out", "dist", "Folder for builds."),
        folder_option("--archive", "archive", "Folder of published releases (append-only)."),
    )
    for option in reversed(options):
        function = option(function)
    return function


def add_budget_options(function: Any) -> Any:
    """The options that say what the check of one dataset may cost."""
    time_option = click.option(
        "--time-limit",
        metavar="SECONDS",
        type=click.FloatRange(0, min_open=True),
        default=60,
        show_default=True,
        help="Time for checking one dataset, and as much again for each 100 MB of its files.",
    )
    memory_option = click.option(
        "--memory-limit",
        metavar="MB",
        type=click.IntRange(1),
        default=2000,
        show_default=True,
        help="Memory for checking one dataset.",
    )
    return time_option(memory_option(function))


def create_budget(time_limit: float, memory_limit: int) -> StageBudget:
    """Return the budget that the options ask for: seconds, and megabytes."""
    return StageBudget(time_limit, memory_limit * BYTES_PER_MB)


def check_folders(datasets: tuple[Path, ...]) -> tuple[Path, ...]:
    """Return the folders of datasets; raise UsageError for one that is not there."""
    missing = [folder for folder in datasets if not folder.is_dir()]
    if missing:
        raise click.UsageError(f"{missing[0]}: no such folder.")
    return datasets
