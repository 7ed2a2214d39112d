"""The words of a workbook: labels of codes, and what its notes have to explain in the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from evidencehub.domain.status import get_status_symbol

RunQuery = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]


class LabelLookup:
    """The labels of codes, each asked for once, and what a workbook has to explain in the end.

    `notes` are the notes on figures with their numbers, `statuses` the observation statuses.
    """

    def __init__(self, run_query: RunQuery) -> None:
        self.run_query = run_query
        self.notes: dict[str, int] = {}
        self.statuses: dict[str, None] = {}
        self._labels: dict[tuple[str, str], str] = {}

    def label_code(self, name: str, code: str | None) -> str:
        """The label of a code of a list; a code as it stands where it has none."""
        if not code:
            return ""
        cached_label = self._labels.get((name, code))
        if cached_label is None:
            sql = "select label from code where list = ? and code = ?"
            if name == "area":
                sql = "select label from area where ? = 'area' and area = ?"
            row = self.run_query(sql, (name, code))
            cached_label = self._labels[name, code] = str(row[0][0]) if row else code
        return cached_label

    def label_codes(self, name: str, codes: str | None) -> str:
        """The labels of several codes with semicolons between them."""
        return "; ".join(self.label_code(name, code) for code in (codes or "").split(";") if code)

    def label_qualified_code(self, name: str, code: str | None) -> str:
        """The label of a code of the list, or of another list where it is written `list:code`."""
        list_name, colon, bare = (code or "").partition(":")
        return self.label_code(list_name, bare) if colon else self.label_code(name, code)

    def label_dimensions(self, encoded: str | None) -> str:
        """Further dimensions (`list=code;list=code`) in words."""
        pairs = (pair.partition("=") for pair in (encoded or "").split(";") if pair)
        return "; ".join(
            f"{self.find_code_list_title(name)}: {self.label_code(name, code)}"
            for name, _, code in pairs
        )

    def find_code_list_title(self, name: str | None) -> str:
        """The title of a code list."""
        row = self.run_query("select title from code_list where list = ?", (name or "",))
        return str(row[0][0]) if row else name or ""

    def find_source_title(self, pair: tuple[str, str | None]) -> str:
        """The title of a source of a dataset."""
        row = self.run_query("select title from source where dataset = ? and source = ?", pair)
        return str(row[0][0]) if row else pair[1] or ""

    def find_dataset_title(self, slug: str) -> str:
        """The title of a dataset."""
        row = self.run_query("select title from dataset where dataset = ?", (slug,))
        return str(row[0][0]) if row else slug

    def register_note(self, note_text: str | None) -> str:
        """The mark of a note, `[note 1]`; the same note has the same number in every sheet."""
        return (
            f"[note {self.notes.setdefault(note_text, len(self.notes) + 1)}]" if note_text else ""
        )

    def register_status(self, code: str) -> str:
        """An observation status: its mark, if it has one, and its label."""
        self.statuses.setdefault(code)
        return f"{get_status_symbol(code)} {self.label_code('obs-status', code)}".strip()
