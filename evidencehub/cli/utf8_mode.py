"""The same files and texts whatever the locale: names of files and output are UTF-8."""

from __future__ import annotations

import os
import sys


def restart_in_utf8() -> None:
    """Start this command again in Python's UTF-8 mode, where the locale has another encoding.

    Files are named in UTF-8 on every machine that shares them. Only what is printed stays in the
    encoding of the terminal; a letter that it lacks is printed as its code.
    """
    if sys.getfilesystemencoding() == "utf-8" or "PYTHONUTF8" in os.environ:
        return
    environment = dict(os.environ, PYTHONUTF8="1")
    if sys.stdout is not None:
        environment.setdefault("PYTHONIOENCODING", f"{sys.stdout.encoding}:backslashreplace")
    os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], environment)  # noqa: S606
