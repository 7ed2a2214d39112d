"""The next build while it is made: begun while datasets are still staged, where that can be."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from evidencehub.codes import CodeBook
from evidencehub.errors import HubError
from evidencehub.pipeline.cache import Staged

if TYPE_CHECKING:
    from evidencehub.load.assemble import Hub


class Ahead:
    """A folder for the next build, with a database that takes datasets in the order of names."""

    def __init__(self, home: Path, book: CodeBook, names: Sequence[str]) -> None:
        """Nothing is begun yet; `names` are the datasets that are expected."""
        self._home, self._book, self._expected = home, book, sorted(names)
        self._taken: list[Staged] = []
        self._folder: Path | None = None
        self._hub: Hub | None = None

    def take(self, one: Staged) -> None:
        """Copy a dataset that was just staged, if every one before it in the alphabet is there."""
        place = len(self._taken)
        if self._expected[place : place + 1] == [one.slug]:
            try:
                self._add(one)
            except HubError:  # two bring the same: that is told when all datasets are there
                self.drop()
                self._expected = []

    def whole(self, staged: Mapping[str, Staged]) -> tuple[Path, Hub]:
        """The folder, and the database with exactly these datasets."""
        wanted = [one for _, one in sorted(staged.items())]
        if [one.folder for one in self._taken] != [
            one.folder for one in wanted[: len(self._taken)]
        ]:
            self.drop()
        for one in wanted[len(self._taken) :]:
            self._add(one)
        return self._begun()

    def drop(self) -> None:
        """Throw away what was begun; a folder that became the build has another name by now."""
        if self._hub is not None:
            self._hub.close()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._hub, self._folder, self._taken = None, None, []

    def _add(self, one: Staged) -> None:
        _, hub = self._begun()
        hub.add(one.slug, one.database)
        self._taken.append(one)

    def _begun(self) -> tuple[Path, Hub]:
        if self._folder is None or self._hub is None:
            # imported here: an unchanged build needs no database
            from evidencehub.load.assemble import Hub

            self._home.mkdir(exist_ok=True)
            self._folder = Path(tempfile.mkdtemp(prefix=".new-", dir=self._home))
            self._folder.chmod(0o755)
            self._hub = Hub(self._folder / "hub.db", self._book)
        return self._folder, self._hub


@contextmanager
def begun(home: Path, book: CodeBook, names: Sequence[str]) -> Iterator[Ahead]:
    """The next build below `home`; what is left of it at the end goes away."""
    found = Ahead(home, book, names)
    try:
        yield found
    finally:
        found.drop()
