"""Runs the command line and gives every outcome its exit code."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import traceback

import click

from evidencehub.cli.publication_watch import PublicationWatch
from evidencehub.errors import (
    DISK_FULL_ERRNOS,
    ChecksFailedError,
    HubError,
    find_disk_error,
    write_error_log,
)

INTERNAL_ERROR_EXIT_CODE = 3
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
    watch = PublicationWatch()
    try:
        group.main(args, standalone_mode=False, obj=watch)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as usage_error:
        usage_error.show()
        return usage_error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo(f"Stopped: {watch.describe()}.", err=True)
        return 1
    except SystemExit:  # click ends so where the reader of the output has gone
        _discard_output()
        text = f"Error: the output of this command was not read to its end; {watch.describe()}."
        with contextlib.suppress(OSError):
            click.echo(text, err=True)
        return 1
    except ChecksFailedError as failed:
        return failed.exit_code
    except Exception as error:  # noqa: BLE001 - the outermost frame: no user meets a traceback
        return report_error(error, watch)
    return 0


def report_error(error: Exception, watch: PublicationWatch) -> int:
    """Print what went wrong, without a traceback, and return the exit code.

    Whatever fails after a build was published must not say that nothing was.
    """
    if isinstance(error, HubError):
        click.echo(f"Error: {error}", err=True)
        return error.exit_code
    disk_error = find_disk_error(error)
    if isinstance(error, OSError) and error.filename and error.errno in PLACE_ERRNOS:
        disk_error = error
    if disk_error is not None:
        _discard_output()  # it may be the disk of the output that is full
        click.echo(f"Error: {_describe_disk_error(disk_error, watch)}", err=True)
        return 1
    log = write_error_log("".join(traceback.format_exception(error)))
    click.echo(
        (
            f"Error: internal error ({type(error).__name__}); {watch.describe()}. "
            f"Send {log} to the developers."
        ),
        err=True,
    )
    return INTERNAL_ERROR_EXIT_CODE


def _discard_output() -> None:
    """Let what is still to be written go nowhere, without a word, if it cannot be written."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _describe_disk_error(error: OSError, watch: PublicationWatch) -> str:
    if error.errno in DISK_FULL_ERRNOS:
        return f"the disk is full; {watch.describe()}. Free some space and run the build again."
    hint = PLACE_ERRNOS.get(error.errno or 0, "permission denied. Change its permissions")
    return f"{error.filename or error}: {hint}, or choose another folder."
