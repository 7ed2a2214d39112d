"""Runs the command line and gives every outcome its exit code."""

from __future__ import annotations

import errno
import sqlite3
import tempfile
import traceback

import click

from evidencehub.errors import ChecksFailedError, HubError

INTERNAL_ERROR_EXIT_CODE = 3
DISK_FULL_ERRNOS = (errno.ENOSPC, errno.EDQUOT)
_IN_THE_WAY = "something else has this name. Move it away"
PLACE_ERRNOS = {
    errno.EACCES: "permission denied. Change its permissions",
    errno.EPERM: "permission denied. Change its permissions",
    errno.EROFS: "the disk is read-only. Make it writable",
    errno.EEXIST: _IN_THE_WAY,
    errno.ENOTDIR: _IN_THE_WAY,
    errno.EISDIR: _IN_THE_WAY,
}
"""What is wrong with a folder that a person named, and what to do."""


def run_command(group: click.Group, args: list[str] | None) -> int:
    """Run a command and return its exit code; no user meets a traceback."""
    try:
        group.main(args, standalone_mode=False)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as usage_error:
        usage_error.show()
        return usage_error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped. Nothing was published; the previous build is unchanged.", err=True)
        return 1
    except ChecksFailedError as failed:
        return failed.exit_code
    except HubError as error:
        click.echo(f"Error: {error}", err=True)
        return error.exit_code
    except Exception as error:  # noqa: BLE001 - the outermost frame: no user meets a traceback
        return _report_error(error)
    return 0


def _report_error(error: Exception) -> int:
    exit_code = 1
    if _disk_is_full(error):
        message = (
            "the disk is full; the previous build is unchanged. Free some space "
            "and run the build again."
        )
    elif isinstance(error, OSError) and error.filename and error.errno in PLACE_ERRNOS:
        message = f"{error.filename}: {PLACE_ERRNOS[error.errno]}, or choose another folder."
    else:
        exit_code = INTERNAL_ERROR_EXIT_CODE
        with tempfile.NamedTemporaryFile(
            "w", suffix=".log", prefix="evidencehub-", delete=False
        ) as log:
            log.write("".join(traceback.format_exception(error)))
        message = (
            f"internal error ({type(error).__name__}); the previous build is "
            f"unchanged. Send {log.name} to the developers."
        )
    click.echo(f"Error: {message}", err=True)
    return exit_code


def _disk_is_full(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, OSError) and error.errno in DISK_FULL_ERRNOS:
            return True
        if "disk is full" in str(error) and isinstance(error, sqlite3.Error):
            return True
        if type(error).__name__ == "FullError":  # apsw's, known by name: only load imports it
            return True
        error = error.__cause__ or error.__context__
    return False
