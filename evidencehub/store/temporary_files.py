"""Where SQLite sorts what its cache cannot hold: in a file, or in memory if none can be made."""

from __future__ import annotations

import tempfile
from functools import cache

SORT_IN_MEMORY = "pragma temp_store = memory"


@cache
def has_temporary_folder() -> bool:
    """Return whether a temporary file can be made: on a read-only disk there may be no folder."""
    try:
        with tempfile.TemporaryFile():
            return True
    except OSError:
        return False
