"""The command line: build, check, new, serve."""

from __future__ import annotations

import io
import ipaddress
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from evidencehub import pipeline
from evidencehub.cli.archive_commands import ARCHIVE_COMMANDS
from evidencehub.cli.build_options import (
    add_budget_options,
    add_folder_options,
    create_budget,
    folder_option,
)
from evidencehub.cli.build_report import print_outcome, write_reports
from evidencehub.cli.exit_codes import report_error, run_command
from evidencehub.cli.new_dataset import collect_answers
from evidencehub.cli.renamed_options import replace_renamed_options
from evidencehub.cli.todo_command import todo
from evidencehub.domain.package import SLUG_PATTERN
from evidencehub.domain.problem import CheckReport
from evidencehub.errors import ChecksFailedError
from evidencehub.formats import check_report as reports
from evidencehub.formats import dataset_template
from evidencehub.pipeline import BuildPaths
from evidencehub.pipeline.candidates import OnChecked
from evidencehub.pipeline.stage_process import stop_clean_process
from evidencehub.pipeline.stage_task import StageBudget
from evidencehub.releases.signatures import read_secret_key
from evidencehub.source.code_lists import read_code_book


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
    commands=(*ARCHIVE_COMMANDS, todo),
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
    folders = BuildPaths(_check_folders(datasets), codes, Path("metadata.yaml"), out, archive)
    key = read_secret_key(sign_key, _ask_password) if sign_key else None
    with _show_progress(quiet=as_json) as on_checked:
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
        click.echo(json.dumps(summary, ensure_ascii=False, indent=1))
    else:
        print_outcome(outcome, strict=strict)
    if outcome.build is None or not all(report.passes(strict=strict) for report in dataset_reports):
        raise ChecksFailedError


def _ask_password() -> str:
    password = os.environ.get("MINISIGN_PASSWORD")
    return (
        password if password is not None else click.prompt("Password of the key", hide_input=True)
    )


def _check_folders(datasets: tuple[Path, ...]) -> tuple[Path, ...]:
    missing = [folder for folder in datasets if not folder.is_dir()]
    if missing:
        raise click.UsageError(f"{missing[0]}: no such folder.")
    return datasets


@contextmanager
def _show_progress(*, quiet: bool) -> Iterator[OnChecked]:
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
    folders = BuildPaths(_check_folders(datasets), codes, Path("metadata.yaml"), out, archive)
    dataset_reports = pipeline.check_packages(
        paths, folders, create_budget(time_limit, memory_limit)
    )
    write_reports(out, dataset_reports)
    if as_json:
        click.echo(reports.render_json(dataset_reports), nl=False)
    else:
        click.echo("\n\n".join(reports.render_text(report) for report in dataset_reports))
    if not all(report.has_no_errors for report in dataset_reports):
        raise ChecksFailedError


@cli.command()
@click.argument("slug")
@folder_option("--datasets", "datasets", "Folder in which to create the dataset.")
@folder_option("--codes", "codes", "Folder that contains the code lists.")
@click.option("--title", help="What the data show, in one phrase.")
@click.option("--description", help="Description of the dataset in one sentence.")
@click.option("--workstream", help="Code of the workstream.")
@click.option("--country", help="ISO 3166 code of the country.")
@click.option(
    "--whose-ethnicity", help="Code for whose ethnicity is recorded: mother, patient, staff …"
)
@click.option("--contact", help="Contact for questions: an email address or web page.")
@click.option("--yes", is_flag=True, help="Ask no questions; use defaults for missing answers.")
def new(slug: str, datasets: Path, codes: Path, *, yes: bool, **options: str | None) -> None:
    """Create a dataset folder SLUG that passes all checks."""
    if not SLUG_PATTERN.fullmatch(slug):
        raise click.UsageError(
            f"“{slug}” is not a valid folder name. Use lower-case letters, digits and hyphens."
        )
    folder = datasets / slug
    if folder.exists():
        raise click.UsageError(f"{folder} already exists. Choose another name.")
    answers = collect_answers(slug, read_code_book(codes), options, interactive=not yes)
    for name, text in dataset_template.render_files(answers).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    click.echo(f"Created {folder}. Add your data to {folder / 'data/observations.csv'}, then run:")
    click.echo(f"  python build.py check {folder}")


@cli.command()
@add_folder_options
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8001, show_default=True, type=click.IntRange(0, 65535),
              help="Port to listen on.")  # fmt: skip
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64),
              help="Number of server processes.")  # fmt: skip
@click.option("--max-connections", default=500, show_default=True, type=click.IntRange(1),
              help="Connections per process; further ones get 503.")  # fmt: skip
@click.option("--write-timeout", default=60, show_default=True, type=click.IntRange(1),
              help="Seconds before a client that reads nothing is disconnected.")  # fmt: skip
@click.option(
    "--trusted-proxies",
    metavar="ADDRESSES",
    default="127.0.0.1,::1",
    show_default=True,
    envvar="FORWARDED_ALLOW_IPS",
    help="Proxies whose X-Forwarded-Proto and X-Forwarded-Host are believed: addresses "
    "or networks with commas between them.",
)
@click.option("--access-log", metavar="FILE", default="off", show_default=True,
              help="Write one JSON line per request; “-” is standard output.")  # fmt: skip
@click.option(
    "--usage-file",
    metavar="FILE",
    default="",
    help="Daily usage counts (SQLite file); “off” for none.  [default: OUT/usage.db]",
)
@click.option(
    "--public-sql",
    type=click.Choice(["off", "local", "public"]),
    default="off",
    show_default=True,
    help="Let visitors run SQL: from this machine (local) or anywhere (public).",
)
@click.option("--reload", is_flag=True, help="Rebuild when a file changes.")
@click.option("--no-build", is_flag=True, help="Serve the last good build; build nothing.")
@add_budget_options
def serve(
    datasets: tuple[Path, ...], codes: Path, out: Path, archive: Path,
    host: str, port: int, workers: int, max_connections: int, write_timeout: int,
    trusted_proxies: str, access_log: str, usage_file: str, public_sql: str,
    time_limit: float, memory_limit: int, *, reload: bool, no_build: bool,
) -> None:  # fmt: skip
    """Build what has changed and serve it. New builds are served as soon as they are published.

    If the build fails, the last good build is served. With --no-build nothing is written, so the
    build folder may be read-only.
    """
    # imported here: only this command starts a server
    from evidencehub.runtime import ServeOptions, proxies, sockets, supervisor
    from evidencehub.runtime.reload import SourceWatcher

    if public_sql == "local" and not _is_loopback(host):
        raise click.UsageError(
            f"--public-sql local needs an address that only this machine reaches; --host {host} is "
            "open to others. Omit --host, or use --public-sql public to let everybody run SQL."
        )
    proxies.parse_proxies(trusted_proxies)
    listeners = sockets.bind_sockets(host, port)
    for listener in listeners:  # closed however this command ends
        click.get_current_context().with_resource(listener)
    site = Path.cwd()
    if reload and no_build:
        raise click.UsageError("--reload builds what changes, so it does not go with --no-build.")
    find_build = pipeline.ServableBuildFinder(out, lambda line: click.echo(line, err=True))
    if not no_build:
        folders = BuildPaths(_check_folders(datasets), codes, site / "metadata.yaml", out, archive)
        _build_for_server(folders, create_budget(time_limit, memory_limit), find_build)
    usage_path = usage_file or _choose_usage_file(out)
    options = ServeOptions(
        site,
        workers,
        max_connections,
        write_timeout,
        access_log,
        usage_path,
        public_sql != "off",
        trusted_proxies,
    )
    watcher = None
    if reload:
        site_folders = [site / "templates", site / "static", site / "plugins"]
        build_command = ["build", *_list_folder_arguments(folders)]
        watcher = SourceWatcher([*datasets, codes], site_folders, build_command)
    actual_port = listeners[0].getsockname()[1] if listeners else port
    click.echo(f"Serving at http://{host}:{actual_port} (press Ctrl-C to stop).")
    if options.public_sql:
        click.echo("Visitors can run their own SQL, within time and memory limits.")
    supervisor.serve(
        options, listeners, find_build, lambda line: click.echo(line, err=True), watcher
    )


def _list_folder_arguments(folders: BuildPaths) -> list[str]:
    """Return the options that make another command use the same folders."""
    options = [("--datasets", folder) for folder in folders.dataset_roots]
    options += [
        ("--codes", folders.code_folder),
        ("--out", folders.out_folder),
        ("--archive", folders.archive_folder),
    ]
    return [argument for name, folder in options for argument in (name, str(folder))]


def _build_for_server(
    folders: BuildPaths, budget: StageBudget, find_build: Callable[[], Path | None]
) -> None:
    """Build before a server starts; where that fails, an earlier build has to do, if there is one.

    Raise ChecksFailedError where there is none, or what the build raised.
    """
    try:
        with _show_progress(quiet=False) as on_checked:
            outcome = pipeline.build_hub(folders, budget=budget, on_checked=on_checked)
        print_outcome(outcome, strict=False)
        if outcome.build is not None:
            return
    except Exception as error:
        if find_build() is None:
            raise
        report_error(error)
    finally:
        stop_clean_process()
    build = find_build()
    if build is None:
        raise ChecksFailedError
    click.echo(f"The last good build, {build.name}, is served instead.")


def _choose_usage_file(out: Path) -> str:
    """Return where use is counted: in the build folder, or nowhere if that cannot be written to."""
    if os.access(out, os.W_OK):
        return str(out / "usage.db")
    click.echo(f"{out} cannot be written to, so use is not counted.", err=True)
    return "off"


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def main(args: list[str] | None = None) -> None:
    """Run the command line; every outcome has its exit code and no user meets a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # the language of the machine may lack a letter
            stream.reconfigure(errors="backslashreplace")
    sys.exit(run_command(cli, args))
