"""The command todo: what must be read in the original before anybody relies on it."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click

from evidencehub.cli.build_report import print_json
from evidencehub.errors import UsageError
from evidencehub.pipeline.swap import find_current_build
from evidencehub.runtime.usage import read_usage
from evidencehub.store.unverified_sources import UnverifiedSource, list_unverified_sources

USAGE_FILE = "usage.db"


@click.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default="dist",
    show_default=True,
    help="Folder for builds.",
)
@click.option(
    "--usage-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="What the server counted of its use.  [default: usage.db in the folder for builds]",
)
@click.option("--limit", type=click.IntRange(min=1), help="Only the first so many.")
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
def todo(out: Path, usage_file: Path | None, limit: int | None, *, as_json: bool) -> None:
    """List what was read in secondary sources: which originals to fetch, most read first.

    Values, findings, recommendations and their updates of level C3 wait to be verified. See
    docs/how-to/verify-before-launch.md. Exit codes: 0 printed; 2 no build.
    """
    build = find_current_build(out)
    if build is None:
        raise UsageError(f"{out}: there is no build yet. Run `python build.py` first.")
    readers = _count_readers(usage_file or out / USAGE_FILE)
    sources = list_unverified_sources(build.resolve() / "hub.db", readers)
    most_read = sources[:limit]
    if as_json:
        entries = [source.as_dict() for source in most_read]
        print_json({"total": len(sources), "sources": entries})
        return
    for number, source in enumerate(most_read, 1):
        click.echo("\n".join(_describe(number, source)) + "\n")
    click.echo(_summarise(sources, has_usage=bool(readers)))


def _count_readers(usage_file: Path) -> dict[str, int]:
    """Return how often each dataset was asked for; empty where nothing was counted."""
    if not usage_file.is_file():
        return {}
    readers: Counter[str] = Counter()
    try:
        for _, dataset, _, _, answers, not_changed, _ in read_usage(usage_file):
            readers[dataset] += answers + not_changed
    except sqlite3.Error as error:
        raise UsageError(f"{usage_file}: it cannot be read ({error}). Name another file.") from None
    return dict(readers)


def _describe(number: int, source: UnverifiedSource) -> Sequence[str]:
    counts = {
        "values": source.values,
        "findings": source.findings,
        "recommendations": source.recommendations,
        "updates": source.updates,
        "pages": source.pages,
        "questions": source.questions,
        "readers": source.readers,
    }
    resting = ", ".join(f"{name} {count}" for name, count in counts.items() if count)
    title = source.title or "(no source is named)"
    return [
        f"{number}. {title}" + (f", {source.publisher}" if source.publisher else ""),
        f"   fetch: {source.original or 'no address is known'}",
        *(f"   read in: {address}" for address in source.read_from.split(",") if address),
        f"   {source.dataset}, source {source.source or '(none)'}: {resting}",
    ]


def _summarise(sources: Sequence[UnverifiedSource], *, has_usage: bool) -> str:
    names = ("values", "findings", "recommendations", "updates")
    totals = {name: sum(getattr(source, name) for source in sources) for name in names}
    order = "by how many readers asked for the dataset" if has_usage else "by pages that show them"
    counted = ", ".join(f"{count} {name}" for name, count in totals.items())
    return f"{len(sources)} originals to fetch, {order}. Waiting on them: {counted}."
