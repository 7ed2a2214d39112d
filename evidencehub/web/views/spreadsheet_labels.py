"""The words of a workbook: texts in the language of the site, labels of codes, notes to explain."""

from __future__ import annotations

import gettext

from evidencehub.domain.status import NORMAL, get_status_symbol
from evidencehub.formats.workbook import format_number, make_sheet_names_unique
from evidencehub.store import spreadsheets
from evidencehub.store.database import RowReader


class WorkbookWords:
    """Texts and labels, each label looked up once, and what a workbook has to explain in the end.

    `notes` are the notes on values with their numbers, `statuses` the observation statuses.
    Where no sheet explains notes by their numbers (`has_numbered_notes`), they stand as they are.
    """

    def __init__(
        self,
        db: RowReader,
        translations: gettext.NullTranslations,
        *,
        has_numbered_notes: bool = True,
    ) -> None:
        _ = self.gettext = translations.gettext
        self.notes: dict[str, int] = {}
        self.statuses: dict[str, None] = {}
        self._front_names = make_sheet_names_unique([_("Cover"), _("Contents"), _("Notes")])
        self.cover_name, self.contents_name, self.notes_name = self._front_names
        self._db = db
        self._has_numbered_notes = has_numbered_notes
        self._labels: dict[tuple[str, str], str] = {}

    def name_sheets(self, titles: list[str]) -> list[str]:
        """Return names for the sheets that follow the cover, the contents and the notes."""
        return make_sheet_names_unique([*self._front_names, *titles])[len(self._front_names) :]

    def label_code(self, name: str, code: str | None) -> str:
        """Return the label of a code of a list; a code as it stands where it has none."""
        if not code:
            return ""
        if (name, code) not in self._labels:
            self._labels[name, code] = spreadsheets.find_label(self._db, name, code) or code
        return self._labels[name, code]

    def label_codes(self, name: str, codes: str | None) -> str:
        """Return the labels of several codes with semicolons between them."""
        return "; ".join(self.label_code(name, code) for code in (codes or "").split(";") if code)

    def label_qualified_code(self, name: str, code: str | None) -> str:
        """Return the label of a code of a list, or of another one where it is `list:code`."""
        list_name, colon, bare = (code or "").partition(":")
        return self.label_code(list_name, bare) if colon else self.label_code(name, code)

    def label_dimensions(self, encoded: str | None) -> str:
        """Return further dimensions (`list=code;list=code`) in words."""
        pairs = (pair.partition("=") for pair in (encoded or "").split(";") if pair)
        return "; ".join(
            f"{self.label_code('code_list', name)}: {self.label_code(name, code)}"
            for name, _, code in pairs
        )

    def label_source(self, dataset: str, source: str | None) -> str:
        """Return the title of a source of a dataset."""
        return spreadsheets.find_source_title(self._db, dataset, source or "") or source or ""

    def label_status(self, code: str) -> str:
        """Return an observation status, to be explained: its mark, if it has one, and its label."""
        if code != NORMAL:  # an ordinary value needs no explanation
            self.statuses.setdefault(code)
        return f"{get_status_symbol(code)} {self.label_code('obs-status', code)}".strip()

    def number_note(self, note: str | None) -> str:
        """Return the mark of a note, to be explained; the same in every sheet: `[note 1]`."""
        if not note or not self._has_numbered_notes:
            return note or ""
        return self.format_note_number(self.notes.setdefault(note, len(self.notes) + 1))

    def format_note_number(self, number: int) -> str:
        """Return the mark of a note."""
        return self.gettext("[note %(number)s]") % {"number": number}

    def format_censored(
        self, minimum: float | None, maximum: float | None, decimals: int | None
    ) -> str:
        """Return a value of which only limits are known: “over 950”, “under 5”, “5 to 9”."""
        _ = self.gettext
        limits = {
            "start": "" if minimum is None else format_number(minimum, decimals),
            "end": "" if maximum is None else format_number(maximum, decimals),
        }
        if minimum is None:
            return _("under %(end)s") % limits
        return (_("over %(start)s") if maximum is None else _("%(start)s to %(end)s")) % limits

    def label_derived_columns(self, names: str | None) -> str:
        """Return which columns of an observation the hub computed."""
        _ = self.gettext
        labels = {
            "value": _("value"),
            "ci_lower": _("lower limit"),
            "ci_upper": _("upper limit"),
            "ci_level": _("confidence level"),
        }
        return "; ".join(labels.get(name, name) for name in (names or "").split(";") if name)

    def format_percent(self, percent: float | None) -> str:
        """Return for how many something is known; empty where nobody says."""
        if percent is None:
            return ""
        return self.gettext("for %(percent)s%%") % {"percent": f"{percent:g}"}
