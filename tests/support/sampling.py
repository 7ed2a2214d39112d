"""Which members of a long list `make test` tries: some, always the same; `make full` tries all."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable
from typing import TypeVar

Member = TypeVar("Member")
WHOLE = os.environ.get("SITE") == "whole"


def sample(members: Iterable[Member], share: int) -> list[Member]:
    """Return one in `share` of the members, chosen by their text; all of them with SITE=whole."""
    return [one for one in members if WHOLE or zlib.crc32(str(one).encode()) % share == 0]
