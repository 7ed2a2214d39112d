"""What was withdrawn: versions with their reasons, and the ids that no dataset defines now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from evidencehub.store.database import HubDatabase, RowReader
from evidencehub.store.typed_rows import select_rows

WITHDRAWALS_SQL = """
select dataset, version, reason, withdrawn_on, disclosure, title, language
from withdrawal
where :dataset in ('', dataset)
order by rowid
"""
WITHDRAWN_IDS_SQL = "select kind, id, dataset, version from withdrawn_id order by kind, id"
DATASETS_SQL = "select dataset from dataset order by dataset"


@dataclass(frozen=True, slots=True)
class WithdrawalRow:
    """A version that was withdrawn; title and language are None where its bytes were erased."""

    dataset: str
    version: str
    reason: str
    withdrawn_on: str
    disclosure: int
    title: str | None
    language: str | None


@dataclass(frozen=True, slots=True)
class Withdrawals:
    """All withdrawals of a build, in the order of versions; `files` are those that stay."""

    rows: Sequence[WithdrawalRow] = ()
    by_id: Mapping[tuple[str, str], WithdrawalRow] = field(default_factory=dict)
    files: Mapping[tuple[str, str], Sequence[str]] = field(default_factory=dict)
    standing: frozenset[str] = frozenset()

    def find(self, dataset: str, version: str) -> WithdrawalRow | None:
        """Return the withdrawal of a version, or None."""
        rows = self.list_rows(dataset)
        return next((row for row in rows if row.version == version), None)

    def list_rows(self, dataset: str) -> list[WithdrawalRow]:
        """Return the withdrawals of a dataset, oldest version first."""
        return [row for row in self.rows if row.dataset == dataset]


def read_withdrawals(database: HubDatabase, build: Path) -> Withdrawals:
    """Return all withdrawals of a build; `standing` are the datasets that are published."""
    rows = [WithdrawalRow(*cells) for cells in database.fetch_all(WITHDRAWALS_SQL, {"dataset": ""})]
    by_version = {(row.dataset, row.version): row for row in rows}
    ids = database.fetch_all(WITHDRAWN_IDS_SQL)
    return Withdrawals(
        rows,
        {(kind, name): by_version[dataset, version] for kind, name, dataset, version in ids},
        {key: _list_files(build / "files" / "/".join(key)) for key in by_version},
        frozenset(name for (name,) in database.fetch_all(DATASETS_SQL)),
    )


def select_withdrawals(db: RowReader, dataset: str) -> list[WithdrawalRow]:
    """Return the withdrawals of a dataset, oldest version first."""
    return select_rows(db, WithdrawalRow, WITHDRAWALS_SQL, dataset=dataset)


def _list_files(folder: Path) -> list[str]:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path.relative_to(folder).as_posix() for path in paths)
