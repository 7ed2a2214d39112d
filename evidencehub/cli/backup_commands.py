"""Commands for a backup of everything that a hub is made from: backup, restore."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from evidencehub.cli.build_options import add_folder_options
from evidencehub.releases import backup as backups
from evidencehub.releases.backup import BackedUpFile

SETTINGS_FILES = ("metadata.yaml", "settings.json")
FILE_TYPE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("file", type=FILE_TYPE)
@add_folder_options
def backup(
    file: Path, datasets: tuple[Path, ...], codes: Path, out: Path, archive: Path
) -> None:  # fmt: skip
    """Write the archive, datasets, code lists and settings into FILE, and read it back.

    Builds are not in it: they are made again from the rest. FILE must not exist. Exit codes: 0
    written and verified; 1 something is damaged or in the way.
    """
    del out  # what is built follows from the rest
    settings = [Path(name) for name in SETTINGS_FILES if Path(name).is_file()]
    files = backups.write_backup(file, archive, [*datasets, codes, *settings])
    click.echo(f"{file}: {_describe(files)} written and read back.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option(
    "--into",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder to restore into; it must be empty, or not be there.",
)
def restore(file: Path, folder: Path) -> None:
    """Unpack the backup FILE into an empty folder, and verify every byte and the archive.

    Exit codes: 0 restored and verified; 1 the backup is damaged, or the folder is not empty.
    """
    files = backups.restore_backup(file, folder)
    click.echo(f"{folder}: {_describe(files)} restored and verified.")
    click.echo("Build and verify there: `python build.py`, then `python build.py verify`.")


def _describe(files: Sequence[BackedUpFile]) -> str:
    total_mb = sum(file.size for file in files) / 1_000_000
    return f"{len(files)} files ({total_mb:.1f} MB)"


BACKUP_COMMANDS = (backup, restore)
