"""What a command has published, for the sentence that says how it ended."""

from __future__ import annotations

from pathlib import Path


class PublicationWatch:
    """Remembers where `current` led when a command began, and compares it at the end.

    >>> PublicationWatch().describe()
    'nothing was published'
    """

    def __init__(self) -> None:
        self._link: Path | None = None
        self._previous_name = ""

    def begin(self, out_folder: Path) -> None:
        """Look at the folder for builds before anything is written."""
        self._link = out_folder / "current"
        self._previous_name = self._read_name()

    def describe(self) -> str:
        """Return the part of a sentence that says what is published now, and since when."""
        name = self._read_name()
        if name == self._previous_name:
            return "the previous build is unchanged" if name else "nothing was published"
        return f"build {name} was published before that, and is served"

    def _read_name(self) -> str:
        try:
            return self._link.readlink().name if self._link is not None else ""
        except OSError:
            return ""
