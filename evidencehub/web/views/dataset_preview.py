"""The first rows of a dataset on its page, which a link in each heading sorts."""

from __future__ import annotations

import gettext
from dataclasses import dataclass
from typing import Literal

from evidencehub.store.dataset_values import SORT_COLUMNS, DatasetValueRow, select_first_values
from evidencehub.web.page_request import PageRequest, read_option
from evidencehub.web.views.rounding import choose_ci_decimals

SORT_OPTION = "sort"
MAX_PREVIEW_ROWS = 10
DESCENDING = "-"  # before the name of a column
_CHOICES = [f"{sign}{name}" for name in SORT_COLUMNS for sign in ("", DESCENDING)]


@dataclass(frozen=True, slots=True)
class PreviewColumn:
    """A column that sorts: what its link asks for, and its order now, in the words of ARIA."""

    name: str
    sort: str
    aria_sort: Literal["", "ascending", "descending"]


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """A row of a preview.

    `details` say of which part of the people it is, what it is adjusted for or compared with.
    """

    observation: DatasetValueRow
    ci_decimals: int | None
    details: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DatasetPreview:
    """The first rows of a dataset; a column that would be empty is left out."""

    rows: list[PreviewRow]
    columns: dict[str, PreviewColumn]

    @property
    def has_details(self) -> bool:
        """Return whether a row says more than its group, indicator, place and period."""
        return any(row.details for row in self.rows)

    @property
    def has_intervals(self) -> bool:
        """Return whether a row has a confidence interval."""
        return any(row.observation.ci_lower is not None for row in self.rows)


def build_preview(request: PageRequest, dataset: str) -> DatasetPreview:
    """Return the first rows in the order that is asked for; raise HttpError (400) for any other."""
    choice = read_option(request, SORT_OPTION, _CHOICES, "")
    sorted_name, is_descending = choice.removeprefix(DESCENDING), choice.startswith(DESCENDING)
    observations = select_first_values(
        request.db, dataset, MAX_PREVIEW_ROWS, sorted_name, is_descending=is_descending
    )
    columns = {name: _build_column(name, choice) for name in SORT_COLUMNS}
    return DatasetPreview([_build_row(row, request.translations) for row in observations], columns)


def _build_column(name: str, choice: str) -> PreviewColumn:
    if name == choice:
        return PreviewColumn(name, f"{DESCENDING}{name}", "ascending")
    return PreviewColumn(name, name, "descending" if choice == f"{DESCENDING}{name}" else "")


def _build_row(row: DatasetValueRow, translations: gettext.NullTranslations) -> PreviewRow:
    _ = translations.gettext
    details = [row.sex_label, row.age_label, row.other_label or ""]
    if row.adjustment_label:
        details.append(_("adjusted: %(what)s") % {"what": row.adjustment_label})
    if row.comparator_label:
        details.append(_("compared with %(other)s") % {"other": row.comparator_label})
    return PreviewRow(
        row,
        choose_ci_decimals(row.decimals, row.ci_lower, row.ci_upper, row.derived),
        tuple(filter(None, details)),
    )
