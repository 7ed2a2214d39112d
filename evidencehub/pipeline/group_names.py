"""The names of the groups of every scheme that a claim may be about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from evidencehub.domain.code_lists import CodeBook
from evidencehub.load import claim_queries as load
from evidencehub.load.claim_queries import StagedCode
from evidencehub.pipeline.place_names import PlaceNames
from evidencehub.pipeline.stage_cache import StagedDataset
from evidencehub.statements.group_mentions import GroupVocabulary, build_vocabulary, list_names

_UNNAMED_LEVELS = ("total", "residual")  # of groups that a sentence need not name


@dataclass(frozen=True)
class GroupNames:
    """The names of the groups of every scheme, the hub's and those that datasets bring."""

    book: CodeBook
    staged: Mapping[str, StagedDataset]
    _codes: dict[str, Sequence[StagedCode]] = field(default_factory=dict)
    _vocabularies: dict[str, GroupVocabulary] = field(default_factory=dict)

    @cached_property
    def places(self) -> PlaceNames:
        """Return the names of the hub's places."""
        return PlaceNames(self.book)

    @cached_property
    def _all_names(self) -> tuple[str, ...]:
        """The names of all groups of the hub's schemes."""
        schemes = [name for name, entry in self.book.lists.items() if entry.kind == "ethnicity"]
        codes = [code for scheme in schemes for code in self.list_codes(scheme)]
        return tuple(dict.fromkeys(name.name for code in codes for name in list_names(*code)))

    def list_codes(self, scheme: str) -> Sequence[StagedCode]:
        """Return the codes of a scheme; none where no list of that name is known."""
        if scheme not in self._codes:
            self._codes[scheme] = self._read_hub_codes(scheme) or next(
                filter(
                    None, (load.read_own_codes(d.database, scheme) for d in self.staged.values())
                ),
                [],
            )
        return self._codes[scheme]

    def _read_hub_codes(self, scheme: str) -> list[StagedCode]:
        code_list = self.book.lists.get(scheme)
        if code_list is None:
            return []
        aliases: dict[str, list[str]] = {}
        for alias, code in code_list.aliases.items():
            aliases.setdefault(code, []).append(alias)
        return [
            StagedCode(c.code, (c.label, c.short_label, c.prose, *aliases.get(c.code, ())), c.level)
            for c in code_list.codes.values()
        ]

    def get_vocabulary(self, scheme: str) -> GroupVocabulary:
        """Return the words of a scheme."""
        if scheme not in self._vocabularies:
            names = [n for code in self.list_codes(scheme) for n in list_names(*code)]
            self._vocabularies[scheme] = build_vocabulary(names, self._all_names)
        return self._vocabularies[scheme]

    def list_texts(self, scheme: str, code: str) -> tuple[str, ...]:
        """Return the names of a group; none where the scheme is not known."""
        return next((c.texts for c in self.list_codes(scheme) if c.code == code), ())

    def get_label(self, scheme: str, code: str) -> str:
        """Return the label of a group, its code where the scheme is not known."""
        return next((c.texts[0] for c in self.list_codes(scheme) if c.code == code), code)

    def must_be_named(self, scheme: str, code: str) -> bool:
        """Return false for all groups together and for people whose group is not known."""
        codes = {entry.code: entry.level for entry in self.list_codes(scheme)}
        return code in codes and codes[code] not in _UNNAMED_LEVELS
