"""The command line: build, check, new, serve."""

from __future__ import annotations

import errno
import ipaddress
import json
import sqlite3
import sys
import tempfile
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from evidencehub import codes as code_lists
from evidencehub import pipeline
from evidencehub.codes import CodeBook, CodeList
from evidencehub.errors import ChecksFailedError, HubError
from evidencehub.formats import report as reports
from evidencehub.formats import template
from evidencehub.model.package import SLUG
from evidencehub.model.problem import Report
from evidencehub.pipeline import Outcome, Places

OUR_FAULT = 3
MOST_CHOICES = 12  # longer lists are not shown before a question
FULL = (errno.ENOSPC, errno.EDQUOT)
FOLDER = click.Path(path_type=Path, file_okay=False)


class BuildByDefault(click.Group):
    """`python build.py` means `python build.py build`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `build` in front where no command is named."""
        if not args or (args[0].startswith("-") and args[0] not in ("--help", "-h")):
            args = ["build", *args]
        return super().parse_args(ctx, args)


@click.group(cls=BuildByDefault, context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Check datasets, build the hub, serve it.

    Without a command, everything in datasets/ is checked, loaded and published.
    """


def _places(function: Any) -> Any:
    """The options that say where things are."""
    options = (
        click.option("--datasets", type=FOLDER, multiple=True, default=("datasets",),
                     show_default=True, help="Folder of dataset folders; may be repeated."),
        click.option("--codes", type=FOLDER, default="codes", show_default=True,
                     help="Folder of the code lists."),
        click.option("--out", type=FOLDER, default="dist", show_default=True,
                     help="Where builds go."),
        click.option("--archive", type=FOLDER, default="archive", show_default=True,
                     help="Where published releases are frozen."),
    )  # fmt: skip
    for option in reversed(options):
        function = option(function)
    return function


@cli.command()
@_places
@click.option("--only", metavar="SLUG", default="", help="Build this dataset; keep the others.")
@click.option("--keep-going", is_flag=True,
              help="Publish what passes; keep the last good build of what does not.")  # fmt: skip
@click.option("--strict", is_flag=True, help="Take warnings for errors.")
@click.option("--json", "as_json", is_flag=True, help="Tell the outcome as JSON.")
def build(
    datasets: tuple[Path, ...], codes: Path, out: Path, archive: Path, only: str,
    *, keep_going: bool, strict: bool, as_json: bool,
) -> None:  # fmt: skip
    """Check, load and publish every dataset.

    If one dataset fails, nothing changes (but see --keep-going). Exit 0: published; 1: checks
    failed; 2: wrong use; 3: a fault of ours.
    """
    places = Places(_folders(datasets), codes, Path("metadata.yaml"), out, archive)
    outcome = _build(places, only=only, keep_going=keep_going, strict=strict, quiet=as_json)
    found = list(outcome.reports.values())
    _write_reports(out, found)
    if as_json:
        told = {
            "ok": outcome.build is not None and outcome.ok,
            "build": outcome.build.name if outcome.build else None,
            "kept": outcome.kept,
            "rebuilt": outcome.rebuilt,
            "datasets": [report.as_dict() for report in found],
        }
        click.echo(json.dumps(told, ensure_ascii=False, indent=1))
    else:
        _tell(outcome, strict=strict)
    if outcome.build is None or not all(report.passes(strict=strict) for report in found):
        raise ChecksFailedError


def _folders(datasets: tuple[Path, ...]) -> tuple[Path, ...]:
    missing = [folder for folder in datasets if not folder.is_dir()]
    if missing:
        raise click.UsageError(f"{missing[0]}: there is no such folder.")
    return datasets


def _build(places: Places, *, quiet: bool, **options: Any) -> Outcome:
    """Run the pipeline; on a terminal a line shows which dataset it is at."""
    if quiet or not sys.stderr.isatty():
        return pipeline.build(places, **options)
    # imported here: only a terminal needs it
    from rich.console import Console

    with Console(stderr=True).status("Reading the code lists …") as status:

        def tell(slug: str, _: Report) -> None:
            status.update(f"{slug} checked …")

        return pipeline.build(places, tell=tell, **options)


def _tell(outcome: Outcome, *, strict: bool) -> None:
    found = list(outcome.reports.values())
    for report in found:
        if report.problems:
            click.echo(reports.text(report) + "\n")
    failed = [report.slug for report in found if not report.passes(strict=strict)]
    if outcome.build is None:
        click.echo(f"{_count(len(failed), 'dataset')} failed. What was published is as it was.")
        return
    for slug in outcome.kept:
        click.echo(f"{slug}: failed; its last good release stays published.")
    for slug in failed:
        if slug not in outcome.kept:
            click.echo(f"{slug}: failed, and has no good release to keep: it is left out.")
    new = (
        f", {len(outcome.rebuilt)} of them new or changed" if outcome.rebuilt else ", none changed"
    )
    passed = _count(len(found) - len(failed), "dataset")
    click.echo(f"{passed} checked{new}. Published as build {outcome.build.name}.")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _write_reports(out: Path, found: list[Report]) -> None:
    out.mkdir(parents=True, exist_ok=True)
    (out / "report.json").write_text(reports.as_json(found), "utf-8")
    (out / "report.html").write_text(reports.as_html(found), "utf-8")


@cli.command()
@click.argument("paths", type=click.Path(path_type=Path, exists=True), nargs=-1, required=True)
@_places
@click.option("--json", "as_json", is_flag=True, help="Tell the reports as JSON.")
def check(
    paths: tuple[Path, ...], datasets: tuple[Path, ...], codes: Path, out: Path, archive: Path,
    *, as_json: bool,
) -> None:  # fmt: skip
    """Tell every problem of the packages at PATHS; publish nothing.

    A path is a dataset's folder or its datapackage.json. The reports also go to report.json
    and report.html in the folder of builds.
    """
    places = Places(_folders(datasets), codes, Path("metadata.yaml"), out, archive)
    found = pipeline.check(paths, places)
    _write_reports(out, found)
    if as_json:
        click.echo(reports.as_json(found), nl=False)
    else:
        click.echo("\n\n".join(reports.text(report) for report in found))
    if not all(report.ok for report in found):
        raise ChecksFailedError


@cli.command()
@click.argument("slug")
@click.option("--datasets", type=FOLDER, default="datasets", show_default=True,
              help="Folder to put it in.")  # fmt: skip
@click.option("--codes", type=FOLDER, default="codes", show_default=True,
              help="Folder of the code lists.")  # fmt: skip
@click.option("--title", help="What the figures show, in words.")
@click.option("--description", help="One sentence more about it.")
@click.option("--workstream", help="Code of the workstream.")
@click.option("--country", help="ISO 3166 code of the country.")
@click.option("--whose-ethnicity", help="Mother, patient, staff … (a code).")
@click.option("--contact", help="Where questions go: an address or a page.")
@click.option("--yes", is_flag=True, help="Ask nothing; take defaults for what is not given.")
def new(slug: str, datasets: Path, codes: Path, *, yes: bool, **given: str | None) -> None:
    """Write a new dataset folder SLUG that passes its checks."""
    if not SLUG.fullmatch(slug):
        raise click.UsageError(
            f"“{slug}” cannot be a folder's name: use lower case letters, digits and hyphens."
        )
    folder = datasets / slug
    if folder.exists():
        raise click.UsageError(f"{folder} is there already. Choose another name.")
    answers = _answers(slug, code_lists.read(codes), given, ask=not yes)
    for name, text in template.files(answers).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    click.echo(f"Wrote {folder}. Put your figures into {folder / 'data/observations.csv'}, then:")
    click.echo(f"  python build.py check {folder}")


QUESTIONS = (
    ("title", "What do the figures show?", "", ""),
    ("description", "Describe it in one sentence", "", ""),
    ("workstream", "Which workstream?", "workstream", "improving-health-and-care"),
    ("country", "Which country (ISO 3166)?", "iso-3166", "GB"),
    ("whose_ethnicity", "Whose ethnicity is it?", "whose-ethnicity", "patient"),
    ("contact", "Where do questions go?", "", "not given"),
)
"""What `new` asks: the name of the answer, the question, the code list, the default."""


def _answers(
    slug: str, book: CodeBook, given: dict[str, str | None], *, ask: bool
) -> template.Answers:
    told = {}
    for name, question, list_name, default in QUESTIONS:
        code_list = book.find(list_name) if list_name else None
        words = default or slug.replace("-", " ").capitalize()
        answer = given[name]
        if answer is None:
            answer = _ask(question, code_list, words) if ask else words
        if code_list is not None and answer not in code_list.codes:
            near = " or ".join(code_list.nearest(answer)) or ", ".join(code_list.codes)
            raise click.UsageError(f"“{answer}” is not in {list_name}. Did you mean {near}?")
        told[name] = answer
    today = datetime.now(tz=UTC).date().isoformat()
    return template.Answers(slug=slug, created=today, **told)


def _ask(question: str, code_list: CodeList | None, default: str) -> str:
    if code_list is not None and len(code_list.codes) <= MOST_CHOICES:
        click.echo("\n".join(f"  {c.code}: {c.label}" for c in code_list.codes.values()))
    return str(click.prompt(question, default=default))


@cli.command()
@_places
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8001, show_default=True, type=click.IntRange(0, 65535),
              help="Port to listen on.")  # fmt: skip
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64),
              help="Server processes.")  # fmt: skip
@click.option("--connections", default=500, show_default=True, type=click.IntRange(1),
              help="Connections of each process; more are answered 503.")  # fmt: skip
@click.option("--patience", default=60, show_default=True, type=click.IntRange(1),
              help="Seconds after which a client that takes nothing is cut off.")  # fmt: skip
@click.option("--access-log", metavar="FILE", default="off", show_default=True,
              help="A line of JSON for each request; “-” is standard output.")  # fmt: skip
@click.option("--usage", metavar="FILE", default="",
              help="Counts of use by day; “off” for none.  [default: OUT/usage.db]")  # fmt: skip
@click.option("--sql", type=click.Choice(["off", "on", "public"]), default="off",
              show_default=True,
              help="Visitors may run SQL: on this machine (on), anywhere (public).")  # fmt: skip
@click.option("--reload", is_flag=True, help="Build again when a file changes.")
def serve(
    datasets: tuple[Path, ...], codes: Path, out: Path, archive: Path,
    host: str, port: int, workers: int, connections: int, patience: int, access_log: str,
    usage: str, sql: str, *, reload: bool,
) -> None:  # fmt: skip
    """Build what has changed, then serve it; later builds are served as they are published."""
    # imported here: only this command starts a server
    from evidencehub.server import Options, doors, supervisor
    from evidencehub.server.reload import Reload

    if sql == "on" and not _is_loopback(host):
        raise click.UsageError(
            f"--sql on is for a copy that only this machine reaches, and --host {host} is open to "
            "others. Leave --host out, or say --sql public if strangers may ask what they like."
        )
    bound = doors.bind(host, port)
    for door in bound:  # closed however this command ends
        click.get_current_context().with_resource(door)
    site = Path.cwd()
    places = Places(_folders(datasets), codes, site / "metadata.yaml", out, archive)
    outcome = _build(places, quiet=False)
    _tell(outcome, strict=False)
    if outcome.build is None and pipeline.current(out) is None:
        raise ChecksFailedError
    usage = usage or str(out / "usage.db")
    options = Options(site, workers, connections, patience, access_log, usage, sql != "off")
    again = None
    if reload:
        command = [word for folder in datasets for word in ("--datasets", str(folder))]
        command += ["--codes", str(codes), "--out", str(out), "--archive", str(archive)]
        pages = [site / "templates", site / "static", site / "plugins"]
        again = Reload([*datasets, codes], pages, ["build", *command])
    shown = bound[0].getsockname()[1] if bound else port
    click.echo(f"Serving at http://{host}:{shown} (stop with Ctrl-C).")
    if options.sql:
        click.echo("Visitors may run SQL of their own, within limits of time and memory.")
    supervisor.serve(
        options, bound, lambda: pipeline.current(out), lambda line: click.echo(line, err=True),
        again,
    )  # fmt: skip


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def main(args: list[str] | None = None) -> None:
    """Run the command line; every outcome has its exit code and no user meets a traceback."""
    sys.exit(_run(args))


def _run(args: list[str] | None) -> int:
    try:
        cli.main(args, standalone_mode=False)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as wrong:
        wrong.show()
        return wrong.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped. What was published is as it was.", err=True)
        return 1
    except ChecksFailedError as failed:
        return failed.exit_code
    except HubError as told:
        click.echo(f"Error: {told}", err=True)
        return told.exit_code
    except Exception as fault:  # noqa: BLE001 - the outermost frame: no user meets a traceback
        return _fault(fault)
    return 0


def _fault(fault: Exception) -> int:
    if _disk_is_full(fault):
        click.echo(
            "Error: the disk is full. What was published is as it was. Free some space and run "
            "the build again.",
            err=True,
        )
        return 1
    if isinstance(fault, PermissionError):
        click.echo(f"Error: {fault.filename}: you may not read or write this. Change its "
                   "permissions, or choose another folder.", err=True)  # fmt: skip
        return 1
    with tempfile.NamedTemporaryFile(
        "w", suffix=".log", prefix="evidencehub-", delete=False
    ) as log:
        log.write("".join(traceback.format_exception(fault)))
    click.echo(
        f"Error: a fault of ours ({type(fault).__name__}). What was published is as it was. "
        f"Please send {log.name} to the developers.",
        err=True,
    )
    return OUR_FAULT


def _disk_is_full(fault: BaseException | None) -> bool:
    while fault is not None:
        if isinstance(fault, OSError) and fault.errno in FULL:
            return True
        if "disk is full" in str(fault) and isinstance(fault, sqlite3.Error):
            return True
        if type(fault).__name__ == "FullError":  # apsw's, known by name: only load imports it
            return True
        fault = fault.__cause__ or fault.__context__
    return False
