"""Errors a person can act on: shown without a traceback, each with its exit code."""

from __future__ import annotations


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
