"""What a build and a check tell: on the terminal, and as files in the build folder."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from evidencehub.domain.problem import CheckReport
from evidencehub.formats import check_report as reports
from evidencehub.pipeline import BuildOutcome
from evidencehub.pipeline.candidates import OnChecked


def print_outcome(outcome: BuildOutcome, *, strict: bool) -> None:
    """Print the problems of each dataset, and what became of the build."""
    dataset_reports = list(outcome.reports.values())
    for note in outcome.notes:
        click.echo(note)
    for report in dataset_reports:
        if report.problems:
            click.echo(reports.render_text(report) + "\n")
    failed = [report.slug for report in dataset_reports if not report.passes(strict=strict)]
    if outcome.build is None:
        click.echo(
            f"{_format_count(len(failed), 'dataset')} failed. Nothing was published; the "
            "previous build is unchanged."
        )
        return
    for slug in outcome.kept_previous:
        click.echo(f"{slug}: failed. Its last good release stays published.")
    for slug in sorted({*failed} - {*outcome.kept_previous}, key=failed.index):
        click.echo(f"{slug}: failed and has no earlier release, so it was left out.")
    new = f"{len(outcome.rebuilt)} of them new or changed" if outcome.rebuilt else "none changed"
    passed_count = _format_count(len(dataset_reports) - len(failed), "dataset")
    click.echo(f"{passed_count} passed, {new}. Published as build {outcome.build.name}.")


def _format_count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def write_reports(out: Path, dataset_reports: list[CheckReport]) -> None:
    """Write report.json, report.html and report.txt into the build folder, each with everything."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "report.json").write_text(
        reports.render_json(dataset_reports), "utf-8", "backslashreplace"
    )
    texts = [reports.render_text(report, max_viewed=None) for report in dataset_reports]
    (out / "report.txt").write_text("\n\n".join(texts) + "\n", "utf-8", "backslashreplace")
    (out / "report.html").write_text(
        reports.render_html(dataset_reports), "utf-8", "backslashreplace"
    )


def print_json(document: Any) -> None:
    """Print a document as JSON in UTF-8, which is its only encoding, whatever the terminal's."""
    print_utf8(json.dumps(document, ensure_ascii=False, indent=1) + "\n")


def print_utf8(text: str) -> None:
    """Print a text in UTF-8 where output is bytes."""
    is_binary = hasattr(sys.stdout, "buffer")
    click.echo(text.encode("utf-8", "backslashreplace") if is_binary else text, nl=False)


@contextmanager
def show_progress(*, quiet: bool) -> Iterator[OnChecked]:
    """Give the function to call after each dataset; on a terminal it shows the dataset."""
    if quiet or not sys.stderr.isatty():
        yield lambda _slug, _report: None
        return
    # imported here: only a terminal needs it
    from rich.console import Console

    with Console(stderr=True).status("Reading code lists …") as status:

        def report_progress(slug: str, _: CheckReport) -> None:
            status.update(f"Checked {slug} …")

        yield report_progress
