"""Errors a person can act on: shown without a traceback, each with its exit code."""

from __future__ import annotations

import errno
import sqlite3
import tempfile

DISK_FULL_ERRNOS = (errno.ENOSPC, errno.EDQUOT)
DISK_ERRNOS = (*DISK_FULL_ERRNOS, errno.EROFS, errno.EACCES, errno.EPERM)


class HubError(Exception):
    """Something a person can put right; the text says where, what and what to do."""

    exit_code = 1


class ChecksFailedError(HubError):
    """At least one dataset failed its checks; the report has been shown already."""


class UsageError(HubError):
    """The command was asked for something that it cannot do (a folder that is not there, say)."""

    exit_code = 2


class QueryRefusedError(Exception):
    """A query that the database may not finish now; clients are answered 503 with its code."""

    def __init__(self, code: str, message: str) -> None:
        self.code, self.message = code, message
        super().__init__(message)


def find_disk_error(error: BaseException | None) -> OSError | None:
    """Return what is wrong with the disk in an error, or in what led to it; None for no such thing.

    It is full, or it cannot be written to.
    """
    while error is not None:
        if isinstance(error, OSError) and error.errno in DISK_ERRNOS:
            return error
        is_full = isinstance(error, sqlite3.Error) and "disk is full" in str(error)
        if is_full or type(error).__name__ == "FullError":  # apsw's: only load imports it
            return OSError(errno.ENOSPC, str(error))
        error = error.__cause__ or error.__context__
    return None


def write_error_log(text: str) -> str:
    """Write a traceback to a file of its own for the developers; return where it is."""
    try:
        with tempfile.NamedTemporaryFile(
            "w", suffix=".log", prefix="evidencehub-", delete=False, errors="backslashreplace"
        ) as log:
            log.write(text)
    except OSError:
        return "no file, because none could be written"
    return log.name
