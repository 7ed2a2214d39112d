"""Commands on what was published: verify, withdraw, restore-archive, migrate-archive."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from evidencehub.errors import ChecksFailedError
from evidencehub.pipeline import release_history
from evidencehub.releases.migration import KEPT_FOLDER, migrate_archive
from evidencehub.releases.signatures import read_public_key

FOLDER_TYPE = click.Path(path_type=Path, file_okay=False)
ARCHIVE_OPTION = click.option(
    "--archive", type=FOLDER_TYPE, default="archive", show_default=True,
    help="Folder of published releases.",
)  # fmt: skip
OUT_OPTION = click.option(
    "--out", type=FOLDER_TYPE, default="dist", show_default=True, help="Folder for builds."
)


@click.command()
@OUT_OPTION
@ARCHIVE_OPTION
@click.option(
    "--public-key",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Public key of minisign; every release must be signed with it.",
)
def verify(out: Path, archive: Path, public_key: Path | None) -> None:
    """Read the archive and every build whole, and name what is missing or has changed.

    Exit codes: 0 all is as it was published; 1 something is not; 2 usage error.
    """
    key = read_public_key(public_key) if public_key else None
    faults = release_history.verify(archive, out, key)
    for fault in faults:
        click.echo(fault)
    if faults:
        click.echo(f"{len(faults)} found. Nothing was changed.")
        raise ChecksFailedError
    click.echo("The archive and all builds are as they were published.")


@click.command()
@click.argument("slug")
@click.argument("version", default="")
@click.option("--reason", required=True, help="Why, in a sentence that everybody may read.")
@click.option(
    "--disclosure",
    is_flag=True,
    help="The figures identify people: erase the bytes, and answer 410 from now on.",
)
@OUT_OPTION
@ARCHIVE_OPTION
def withdraw(
    slug: str, version: str, *, reason: str, disclosure: bool, out: Path, archive: Path
) -> None:
    """Withdraw a dataset SLUG, or one VERSION of it, and say why in its place.

    Its files stay available unless --disclosure is given. Run `python build.py` afterwards.
    """
    if not reason.strip():
        raise click.UsageError("--reason is empty. Say why in a sentence.")
    versions = release_history.withdraw(
        archive, out, slug, version, reason.strip(), disclosure=disclosure
    )
    click.echo(f"{slug}: {', '.join(versions)} withdrawn.")
    if disclosure:
        click.echo(
            "The bytes are erased from the archive, the stages, and every build that is not "
            "served; the served one still has its database until the next build. They may also be "
            "in backups, in the version control of datasets/, in caches in front of the server, "
            "and with whoever downloaded them."
        )
    click.echo("Run `python build.py` to publish the notice in its place.")


@click.command("restore-archive")
@OUT_OPTION
@ARCHIVE_OPTION
def restore(out: Path, archive: Path) -> None:
    """Give back to the archive what is missing or has changed, from the last whole build."""
    _report_each(
        lambda: release_history.restore(archive, out),
        "Nothing was missing.",
        f"Restored to {archive}.",
    )


@click.command("migrate-archive")
@ARCHIVE_OPTION
def migrate(archive: Path) -> None:
    """Move an archive from the form that the hub used before (once); every file is compared."""
    _report_each(
        lambda: [f"{r.dataset} {r.version}" for r in migrate_archive(archive)],
        "Nothing was moved.",
        f"Moved. The folders as they were are in {archive / KEPT_FOLDER}.",
    )


def _report_each(run: Callable[[], list[str]], nothing: str, summary: str) -> None:
    names = run()
    for name in names:
        click.echo(name)
    click.echo(summary if names else nothing)


ARCHIVE_COMMANDS = (verify, withdraw, restore, migrate)
