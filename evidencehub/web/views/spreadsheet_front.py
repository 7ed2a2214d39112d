"""What stands before the tables of a workbook: cover, contents and notes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from evidencehub.domain.status import (
    CONFIDENTIAL_SYMBOL,
    NORMAL,
    NOT_APPLICABLE_SYMBOL,
    NOT_AVAILABLE_SYMBOL,
    SYMBOLS,
    get_status_symbol,
)
from evidencehub.formats import citations
from evidencehub.formats.workbook import (
    SheetColumn,
    TableSheet,
    TextLine,
    TextSheet,
    Workbook,
    build_contents_sheet,
)
from evidencehub.web.views.spreadsheet_columns import NamedRow
from evidencehub.web.views.spreadsheet_labels import LabelLookup

MAX_COVER_SOURCES = 5  # sources that the cover names
FRONT_SHEETS = ("Cover", "Contents", "Notes")
NOTES_SHEET = FRONT_SHEETS[2]
SYNTHETIC_WARNING = "These figures are invented, for teaching. Do not use them as evidence."

SYMBOL_MEANINGS = {
    CONFIDENTIAL_SYMBOL: "Confidential: suppressed to protect people.",
    NOT_AVAILABLE_SYMBOL: "Not available: the source gives no figure here.",
    NOT_APPLICABLE_SYMBOL: "Not applicable: there can be no figure here.",
}
"""Marks that stand for several statuses; what the others mean, the code list of statuses says."""


class WorkbookBuilder:
    """Puts cover, contents and notes before the tables of a workbook."""

    def __init__(
        self,
        site: Mapping[str, Any],
        labels: LabelLookup,
        dataset: NamedRow,
        indicators: Sequence[NamedRow],
        title: str,
        description: str,
        left_out: Sequence[str],
    ) -> None:
        self._site, self._words, self._dataset = site, labels, dataset
        self._indicators, self._title, self._says = indicators, title, description
        self._left_out = left_out

    def build(self, tables: Sequence[TableSheet]) -> Workbook:
        """The workbook. Tables come first here: they tell what the notes have to explain."""
        notes = self._build_notes_sheet(tables)
        contents_sheet = build_contents_sheet(
            [notes, *tables], FRONT_SHEETS[1], "Contents", "Each name leads to its sheet."
        )
        dataset = self._dataset
        return Workbook(
            title=self._title,
            language=dataset["language"] or self._site.get("language") or "en",
            subject=dataset["title"],
            description=self._says,
            publisher=dataset["publisher"] or self._site.get("title") or "",
            created_at=dataset["created"],
            sheets=[
                TextSheet(FRONT_SHEETS[0], self._title, list(self._build_cover_lines())),
                contents_sheet,
                notes,
                *tables,
            ],
        )

    def _build_cover_lines(self) -> Iterator[TextLine]:
        dataset = self._dataset
        if dataset["synthetic"]:
            yield TextLine(SYNTHETIC_WARNING)
        yield TextLine(self._says)
        yield TextLine("How to read this file", is_heading=True)
        yield TextLine(
            "Each sheet has one table, below a few lines on what all of its rows share. A cell of "
            "a column of numbers is a number, or a mark in square brackets that says why not."
        )
        yield TextLine("All sheets", f"#{FRONT_SHEETS[1]}")
        yield TextLine("What the marks mean, and how the figures were made", f"#{NOTES_SHEET}")
        yield from (TextLine(f"Not in this file: {omission}") for omission in self._left_out)
        yield TextLine("Where it comes from", is_heading=True)
        if self._title != dataset["title"]:
            yield TextLine(f"Dataset: {dataset['title']}")
        yield TextLine(f"Version {dataset['version']}, created {dataset['created'][:10]}")
        yield TextLine(f"Published by: {dataset['publisher'] or self._site.get('title', '')}")
        yield from self._build_source_lines()
        yield TextLine("How to use and cite it", is_heading=True)
        yield TextLine(f"Licence: {dataset['licence']}", dataset["licence_url"] or "")
        yield TextLine(f"Cite as: {build_dataset_citation(dataset, self._site)}")
        if dataset["contact"]:
            yield TextLine(
                f"Contact: {dataset['contact']}", _build_contact_link(dataset["contact"])
            )

    def _build_source_lines(self) -> Iterator[TextLine]:
        sql = "select title, url from source where dataset = ? order by rowid"
        source_rows = self._words.run_query(sql, (self._dataset["dataset"],))
        for title, url in source_rows[:MAX_COVER_SOURCES]:
            yield TextLine(f"Source: {title}", url or "")
        if len(source_rows) > MAX_COVER_SOURCES:
            yield TextLine(f"and {len(source_rows) - MAX_COVER_SOURCES} more sources")

    def _build_notes_sheet(self, tables: Sequence[TableSheet]) -> TableSheet:
        rows = [*self._build_symbol_notes(tables), *self._build_dataset_notes()]
        for indicator in self._indicators:
            rows += [
                (indicator["title"], subject, note_text)
                for subject, note_text in self._build_indicator_notes(indicator)
            ]
        rows += [
            ("Note on a figure", f"[note {n}]", note_text)
            for note_text, n in self._words.notes.items()
        ]
        headings = ("About", "Subject", "What to know")
        columns = [SheetColumn(heading, heading, is_wrapped=True) for heading in headings]
        back = TextLine("Back to the contents", f"#{FRONT_SHEETS[1]}")
        return TableSheet(NOTES_SHEET, "Notes", [back], columns, rows)

    def _build_symbol_notes(self, tables: Sequence[TableSheet]) -> Iterator[tuple[str, str, str]]:
        """The marks and statuses that stand in these tables, and no others."""
        cells = {cell for table in tables for row in table.rows for cell in row if _is_symbol(cell)}
        meanings_by_symbol: dict[str, list[str]] = {
            mark: [] for mark in SYMBOL_MEANINGS if mark in cells
        }
        for status in self._words.statuses:
            if status == NORMAL:  # an ordinary figure needs no explanation
                continue
            sql = "select label, definition from code where list = 'obs-status' and code = ?"
            label, definition = self._words.run_query(sql, (status,))[0]
            mark = get_status_symbol(status) or str(label)
            meanings_by_symbol.setdefault(mark, []).append(
                f"{label}: {definition or ''}" if definition else label
            )
        for mark, meanings in meanings_by_symbol.items():
            yield (
                "Mark or status",
                mark,
                " ".join([SYMBOL_MEANINGS.get(mark, ""), *meanings]).strip(),
            )

    def _build_dataset_notes(self) -> Iterator[tuple[str, str, str]]:
        dataset, labels = self._dataset, self._words
        notes_by_subject = {
            "Invented figures": SYNTHETIC_WARNING if dataset["synthetic"] else "",
            "Caveats": dataset["caveats"],
            "What may be compared": dataset["comparability"],
            "Whose ethnic group": labels.label_codes("whose-ethnicity", dataset["whose_ethnicity"]),
            "How the ethnic group was recorded": labels.label_codes(
                "ethnicity-recording", dataset["ethnicity_recording"]
            ),
            "For how many it is known": dataset["ethnicity_completeness"],
            "Protection of people": labels.label_codes(
                "disclosure-policy", dataset["disclosure_policy"]
            ),
            "Verification": labels.label_codes("verification", dataset["verification"]),
            "What is new in this version": dataset["release_note"],
            "Next update": dataset["next_update"],
        }
        yield from (
            ("Whole dataset", subject, note_text)
            for subject, note_text in notes_by_subject.items()
            if note_text
        )

    def _build_indicator_notes(self, indicator: NamedRow) -> Iterator[tuple[str, str]]:
        """What to know of an indicator, subject by subject."""
        labels = self._words
        known_percent, unknown_percent = (
            indicator["ethnicity_known"],
            indicator["ethnicity_unknown"],
        )
        notes_by_subject = {
            "Definition": indicator["definition"],
            "Unit": labels.label_code("unit", indicator["unit"]),
            "What is counted": indicator["numerator_definition"],
            "What it is divided by": indicator["denominator_definition"],
            "Method": indicator["method"],
            "Standardisation": indicator["standardisation"],
            "Intervals": indicator["ci_method"],
            "Caveats": indicator["caveats"],
            "Breaks in the series": indicator["series_breaks"],
            "Whose ethnic group": labels.label_codes(
                "whose-ethnicity", indicator["whose_ethnicity"]
            ),
            "How the ethnic group was recorded": labels.label_codes(
                "ethnicity-recording", indicator["ethnicity_recording"]
            ),
            "Ethnic group known": "" if known_percent is None else f"for {known_percent:g}%",
            "Ethnic group not known": ""
            if unknown_percent is None
            else f"for {unknown_percent:g}%",
        }
        yield from (
            (subject, note_text) for subject, note_text in notes_by_subject.items() if note_text
        )


def build_dataset_citation(dataset: NamedRow, site: Mapping[str, Any]) -> str:
    """How to cite a dataset (its row of the table), in the words of its page."""
    publisher = dataset["publisher"] or site.get("organisation") or site.get("title") or ""
    address = f"{site['url']}/datasets/{dataset['dataset']}" if site.get("url") else ""
    cited_work = citations.CitedWork(
        identifier=dataset["dataset"],
        title=dataset["title"],
        url=address,
        authors=(publisher,),
        publisher=publisher,
        date=dataset["created"],
        version=dataset["version"],
        licence=dataset["licence"],
    )
    return citations.render_citations(cited_work)["text"]


def _is_symbol(cell: Any) -> bool:
    return isinstance(cell, str) and cell in SYMBOLS


def _build_contact_link(contact: str) -> str:
    """Where a contact leads: an address of the web as it is, one of e-mail as mailto."""
    return f"mailto:{contact}" if "@" in contact and ":" not in contact else contact
