"""The command line: build, check, new, serve."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import click

from evidencehub import pipeline
from evidencehub.cli.archive_commands import ARCHIVE_COMMANDS
from evidencehub.cli.backup_commands import BACKUP_COMMANDS
from evidencehub.cli.build_options import (
    add_budget_options,
    add_folder_options,
    check_folders,
    create_budget,
)
from evidencehub.cli.build_report import (
    print_json,
    print_outcome,
    print_utf8,
    show_progress,
    write_reports,
)
from evidencehub.cli.exchange_commands import EXCHANGE_COMMANDS
from evidencehub.cli.exit_codes import run_command
from evidencehub.cli.mcp_command import mcp
from evidencehub.cli.new_dataset import new
from evidencehub.cli.publication_watch import PublicationWatch
from evidencehub.cli.renamed_options import replace_renamed_options
from evidencehub.cli.serve_command import serve
from evidencehub.cli.todo_command import todo
from evidencehub.cli.usage_command import usage
from evidencehub.cli.utf8_mode import restart_in_utf8
from evidencehub.errors import ChecksFailedError
from evidencehub.formats import check_report as reports
from evidencehub.pipeline import BuildPaths
from evidencehub.releases.signatures import read_secret_key


class DefaultBuildGroup(click.Group):
    """`python build.py` means `python build.py build`; renamed options warn and still work."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `build` in front where no command is named."""
        if not args or (args[0].startswith("-") and args[0] not in ("--help", "-h")):
            args = ["build", *args]
        if args[0] == "serve":
            args = replace_renamed_options(args)
        return super().parse_args(ctx, args)


@click.group(
    cls=DefaultBuildGroup,
    commands=(
        *ARCHIVE_COMMANDS,
        *BACKUP_COMMANDS,
        *EXCHANGE_COMMANDS,
        mcp,
        new,
        serve,
        todo,
        usage,
    ),
    context_settings={"help_option_names": ["-h", "--help"]},
)
def cli() -> None:
    """Check datasets, and build and serve the hub.

    If no command is given, all datasets in datasets/ are checked, loaded and published.
    """


@cli.command()
@add_folder_options
@add_budget_options
@click.option(
    "--only",
    metavar="SLUG",
    default="",
    help="Build only this dataset; keep the others as they are.",
)
@click.option(
    "--keep-going",
    is_flag=True,
    help="Publish datasets that pass; keep the last good release of those that fail.",
)
@click.option("--strict", is_flag=True, help="Treat warnings as errors.")
@click.option(
    "--sign-key",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Secret key of minisign; signs every release that has no signature yet. A password is "
    "read from MINISIGN_PASSWORD, or asked for.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def build(
    datasets: tuple[Path, ...], codes: Path, out: Path, archive: Path, only: str,
    sign_key: Path | None, time_limit: float, memory_limit: int,
    *, keep_going: bool, strict: bool, as_json: bool,
) -> None:  # fmt: skip
    """Check, load and publish every dataset.

    If one dataset fails, nothing is published (but see --keep-going). Exit codes: 0 published;
    1 checks failed; 2 usage error; 3 internal error.
    """
    click.get_current_context().ensure_object(PublicationWatch).begin(out)
    folders = BuildPaths(check_folders(datasets), codes, Path("metadata.yaml"), out, archive)
    key = read_secret_key(sign_key, _ask_password) if sign_key else None
    with show_progress(quiet=as_json) as on_checked:
        outcome = pipeline.build_hub(
            folders,
            only_dataset=only,
            keep_going=keep_going,
            strict=strict,
            sign_key=key,
            budget=create_budget(time_limit, memory_limit),
            on_checked=on_checked,
        )
    dataset_reports = list(outcome.reports.values())
    write_reports(out, dataset_reports)
    if as_json:
        summary = {
            "ok": outcome.build is not None and outcome.is_ok,
            "build": outcome.build.name if outcome.build else None,
            "kept": outcome.kept_previous,
            **({"notes": outcome.notes} if outcome.notes else {}),
            "rebuilt": outcome.rebuilt,
            "datasets": [report.as_dict() for report in dataset_reports],
        }
        print_json(summary)
    else:
        print_outcome(outcome, strict=strict)
    if outcome.build is None or not all(report.passes(strict=strict) for report in dataset_reports):
        raise ChecksFailedError


def _ask_password() -> str:
    password = os.environ.get("MINISIGN_PASSWORD")
    return (
        password if password is not None else click.prompt("Password of the key", hide_input=True)
    )


@cli.command()
@click.argument("paths", type=click.Path(path_type=Path, exists=True), nargs=-1, required=True)
@add_folder_options
@add_budget_options
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def check(
    paths: tuple[Path, ...], datasets: tuple[Path, ...], codes: Path, out: Path, archive: Path,
    time_limit: float, memory_limit: int, *, as_json: bool,
) -> None:  # fmt: skip
    """Check packages and report every problem; nothing is published.

    A path is a dataset folder or its datapackage.json. The reports are also written to
    report.json, report.html and report.txt in the build folder.
    """
    folders = BuildPaths(check_folders(datasets), codes, Path("metadata.yaml"), out, archive)
    dataset_reports = pipeline.check_packages(
        paths, folders, create_budget(time_limit, memory_limit)
    )
    write_reports(out, dataset_reports)
    if as_json:
        print_utf8(reports.render_json(dataset_reports))
    else:
        click.echo("\n\n".join(reports.render_text(report) for report in dataset_reports))
    if not all(report.has_no_errors for report in dataset_reports):
        raise ChecksFailedError


def main(args: list[str] | None = None) -> None:
    """Run the command line; every outcome has its exit code and no user meets a traceback."""
    if args is None:
        restart_in_utf8()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # the language of the machine may lack a letter
            stream.reconfigure(errors="backslashreplace")
    sys.exit(run_command(cli, args))
