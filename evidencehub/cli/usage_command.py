"""The command usage: a page for staff about how much of what was read and downloaded."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from evidencehub.cli.build_report import print_json, print_utf8
from evidencehub.errors import UsageError
from evidencehub.runtime.usage import read_usage

KIND_NAMES = {"page": "pages", "download": "downloads", "tables": "tables"}
COLUMNS = ("pages", "downloads", "api", "tables")


@click.command()
@click.option(
    "--usage-file",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("dist/usage.db"),
    show_default=True,
    help="What the server has counted (--usage-file of serve).",
)
@click.option(
    "--days", type=click.IntRange(min=1), default=90, show_default=True,
    help="How many days, today included.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the sums as JSON.")
def usage(usage_file: Path, days: int, *, as_json: bool) -> None:
    """Print a page (Markdown) about the use of each dataset: how often, never by whom.

    It is for staff and is not published. Exit codes: 0 printed; 2 nothing was counted.
    """
    first_day = (datetime.now(tz=UTC).date() - timedelta(days=days - 1)).isoformat()
    if not usage_file.is_file():
        raise UsageError(f"{usage_file}: nothing was counted. Name the file with --usage-file.")
    try:
        rows = [row for row in read_usage(usage_file) if row[0] >= first_day]
    except sqlite3.Error as error:
        raise UsageError(f"{usage_file}: it cannot be read ({error}). Name another file.") from None
    sums = sum_by_dataset(rows)
    if as_json:
        datasets = [{"dataset": dataset, **counts} for dataset, counts in sums.items()]
        print_json({"since": first_day, "datasets": datasets, "formats": sum_by_format(rows)})
    else:
        print_utf8("\n".join(render_page(first_day, sums, sum_by_format(rows))) + "\n")


def sum_by_dataset(rows: Iterable[tuple[Any, ...]]) -> dict[str, Counter[str]]:
    """Return counts by dataset and kind, the most read first; "" is what is about no dataset."""
    sums: dict[str, Counter[str]] = {}
    for _, dataset, resource, _, answers, not_changed, _ in rows:
        kind = KIND_NAMES.get(resource, "api" if resource.startswith("api:") else "pages")
        sums.setdefault(dataset, Counter())[kind] += answers + not_changed
    return dict(sorted(sums.items(), key=lambda item: (-item[1].total(), item[0])))


def sum_by_format(rows: Iterable[tuple[Any, ...]]) -> dict[str, int]:
    """Return counts by format, the most read first."""
    sums: Counter[str] = Counter()
    for _, _, _, format_name, answers, not_changed, _ in rows:
        sums[format_name or "other"] += answers + not_changed
    return dict(sorted(sums.items(), key=lambda item: (-item[1], item[0])))


def render_page(
    first_day: str, sums: dict[str, Counter[str]], formats: dict[str, int]
) -> Iterator[str]:
    """Yield the lines of the page."""
    yield f"# Use since {first_day}"
    yield ""
    yield "Robots count like people. Nothing here says who read anything."
    yield ""
    yield f"| dataset | {' | '.join(COLUMNS)} |"
    yield f"| --- |{' ---: |' * len(COLUMNS)}"
    for dataset, counts in sums.items():
        cells = " | ".join(str(counts[name]) for name in COLUMNS)
        yield f"| {dataset or '(no single dataset)'} | {cells} |"
    yield ""
    yield "| format | times |"
    yield "| --- | ---: |"
    for name, count in formats.items():
        yield f"| {name} | {count} |"
