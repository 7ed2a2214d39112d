"""The different facts of observations whose rowids are known, without a look at their rows."""

from __future__ import annotations

import json
import sys
from array import array
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import groupby, islice
from typing import Any

from evidencehub.domain.comparison_kinds import CHUNK_ROWS, COMPARISON_FACTS_SQL, UNKNOWN_KIND
from evidencehub.store.comparability_verdicts import MAX_COMPARED_COMBINATIONS
from evidencehub.store.database import HubDatabase

CHUNK_SQL = "select kinds from observation_kind where first_rowid = ?"
KINDS_SQL = f"""
select comparison_kind, {", ".join(COMPARISON_FACTS_SQL)} from comparison_kind
where comparison_kind in (select value from json_each(?))
"""
MAX_KEPT_CHUNKS = 128  # of a quarter of a megabyte each
MAX_KEPT_KINDS = 20_000


class RowKinds:
    """The kinds of the observations of one build, read as they are needed and kept."""

    def __init__(self, database: HubDatabase) -> None:
        self._fetch_all = database.fetch_all
        self._read_chunk = lru_cache(MAX_KEPT_CHUNKS)(self._load_chunk)
        self._facts: dict[int, Mapping[str, Any]] = {}

    def list_facts(self, rowids: Iterable[int]) -> Sequence[Mapping[str, Any]] | None:
        """Return the different facts of rows, in no order; None where those of one are not known.

        Of more than an assessment may have there is one more than that. `rowids` are in order.
        """
        kinds: set[int] = set()
        for chunk, members in groupby(rowids, lambda rowid: rowid // CHUNK_ROWS):
            first = chunk * CHUNK_ROWS
            kinds.update(map(self._read_chunk(first).__getitem__, (r - first for r in members)))
        if UNKNOWN_KIND in kinds:
            return None
        return self._read_facts(list(islice(kinds, MAX_COMPARED_COMBINATIONS + 1)))

    def _read_facts(self, kinds: Collection[int]) -> list[Mapping[str, Any]]:
        unread = [kind for kind in kinds if kind not in self._facts]
        if len(self._facts) + len(unread) > MAX_KEPT_KINDS:
            self._facts, unread = {}, list(kinds)
        for kind, *facts in self._fetch_all(KINDS_SQL, (json.dumps(unread),)) if unread else ():
            self._facts[kind] = dict(zip(COMPARISON_FACTS_SQL, facts, strict=True))
        return [self._facts[kind] for kind in kinds]

    def _load_chunk(self, first_rowid: int) -> array[int]:
        kinds = array("I", self._fetch_all(CHUNK_SQL, (first_rowid,))[0][0])
        if sys.byteorder == "big":
            kinds.byteswap()
        return kinds
