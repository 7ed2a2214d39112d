"""What the tests of the store ask: a hub that has the cases its queries tell apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidencehub.store.database import RowReader
from tests.support.odd_hub import build_odd_hub, open_reader


@pytest.fixture(scope="session")
def odd_hub(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build of the rich hub's datasets and one more."""
    return build_odd_hub(tmp_path_factory.mktemp("odd"))


@pytest.fixture(scope="session")
def db(odd_hub: Path) -> RowReader:
    """What asks its database."""
    return open_reader(odd_hub)
