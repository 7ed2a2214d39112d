"""What stands before the tables of a workbook: cover, contents and notes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from evidencehub.domain.status import (
    CONFIDENTIAL_SYMBOL,
    NOT_APPLICABLE_SYMBOL,
    NOT_AVAILABLE_SYMBOL,
    get_status_symbol,
)
from evidencehub.formats.citations import render_citations
from evidencehub.formats.workbook import (
    LinkCell,
    SheetColumn,
    TableSheet,
    TextLine,
    TextSheet,
    Workbook,
)
from evidencehub.store.codes import select_codes
from evidencehub.store.database import RowReader
from evidencehub.store.datasets import select_dataset
from evidencehub.store.spreadsheets import SheetRecord, select_dataset_cells
from evidencehub.web.site_settings import SiteSettings
from evidencehub.web.views.dataset_metadata import build_dataset_work
from evidencehub.web.views.spreadsheet_cells import TextColumn, label_with
from evidencehub.web.views.spreadsheet_labels import WorkbookWords

MAX_COVER_SOURCES = 5  # sources that the cover names


class WorkbookSubject(NamedTuple):
    """What a workbook is about: a dataset or one of its indicators."""

    dataset: SheetRecord
    indicators: Sequence[SheetRecord]
    title: str
    description: str


def _label_list(code_list: str) -> Callable[[WorkbookWords, str | None], str]:
    return lambda words, codes: words.label_codes(code_list, codes)


def warn_of_synthetic(words: WorkbookWords, synthetic: int) -> str:
    """Return the warning of a dataset that was made up for teaching, empty for any other."""
    if not synthetic:
        return ""
    return words.gettext("These figures are invented, for teaching. Do not use them as evidence.")


_POPULATION_NOTES = (
    TextColumn("Whose ethnic group", "whose_ethnicity", _label_list("whose-ethnicity")),
    TextColumn(
        "How the ethnic group was recorded",
        "ethnicity_recording",
        _label_list("ethnicity-recording"),
    ),
)
DATASET_NOTES = (
    TextColumn("Invented figures", "synthetic", warn_of_synthetic),
    TextColumn("Caveats", "caveats"),
    TextColumn("Whose data they are", "governance"),
    TextColumn("What may be compared", "comparability"),
    *_POPULATION_NOTES,
    TextColumn("For how many it is known", "ethnicity_completeness"),
    TextColumn("Protection of people", "disclosure_policy", _label_list("disclosure-policy")),
    TextColumn("Verification", "verification", _label_list("verification")),
    TextColumn("What is new in this version", "release_note"),
    TextColumn("Next update", "next_update"),
)
INDICATOR_NOTES = (
    TextColumn("Definition", "definition"),
    TextColumn("Unit", "unit", label_with("unit")),
    TextColumn("What is counted", "numerator_definition"),
    TextColumn("What it is divided by", "denominator_definition"),
    TextColumn("Method", "method"),
    TextColumn("Standardisation", "standardisation"),
    TextColumn("Intervals", "ci_method"),
    TextColumn("Caveats", "caveats"),
    TextColumn("Breaks in the series", "series_breaks"),
    *_POPULATION_NOTES,
    TextColumn("Ethnic group known", "ethnicity_known", WorkbookWords.format_percent),
    TextColumn("Ethnic group not known", "ethnicity_unknown", WorkbookWords.format_percent),
)


def build_workbook(
    db: RowReader,
    words: WorkbookWords,
    site: SiteSettings,
    subject: WorkbookSubject,
    tables: Sequence[TableSheet],
    left_out: Iterable[str] = (),
) -> Workbook:
    """Return the workbook. The tables are made first: they tell what the notes must explain."""
    dataset = subject.dataset
    cover = _build_cover_lines(db, words, site, subject, left_out)
    notes = _build_notes_sheet(db, words, subject, tables)
    return Workbook(
        title=subject.title,
        language=dataset["language"] or site.language,
        subject=dataset["title"],
        description=subject.description,
        publisher=dataset["publisher"] or site.title,
        created_at=dataset["created"],
        sheets=[
            TextSheet(words.cover_name, subject.title, list(cover)),
            _build_contents_sheet(words, [notes, *tables]),
            notes,
            *tables,
        ],
    )


def build_back_link(words: WorkbookWords) -> TextLine:
    """Return the line that leads back to the contents."""
    return TextLine(words.gettext("Back to the contents"), f"#{words.contents_name}")


def _build_cover_lines(
    db: RowReader,
    words: WorkbookWords,
    site: SiteSettings,
    subject: WorkbookSubject,
    left_out: Iterable[str],
) -> Iterator[TextLine]:
    _, dataset = words.gettext, subject.dataset
    if dataset["synthetic"]:
        yield TextLine(warn_of_synthetic(words, 1))
    yield TextLine(subject.description)
    yield TextLine(_("How to read this file"), is_heading=True)
    yield TextLine(
        _(
            "Each sheet has one table, below a few lines on what all of its rows share. A cell of "
            "a column of numbers is a number, or a mark in square brackets that says why not."
        )
    )
    yield TextLine(_("All sheets"), f"#{words.contents_name}")
    yield TextLine(_("What the marks mean, and how the figures were made"), f"#{words.notes_name}")
    for omission in left_out:
        yield TextLine(_("Not in this file: %(omission)s") % {"omission": omission})
    yield TextLine(_("Where it comes from"), is_heading=True)
    if subject.title != dataset["title"]:
        yield TextLine(_("Dataset: %(title)s") % dataset)
    yield TextLine(
        _("Version %(version)s, created %(day)s")
        % {"version": dataset["version"], "day": dataset["created"][:10]}
    )
    publisher = dataset["publisher"] or site.title
    yield TextLine(_("Published by: %(publisher)s") % {"publisher": publisher})
    yield from _build_origin_lines(words, dataset)
    yield from _build_source_lines(db, words, dataset["dataset"])
    yield TextLine(_("How to use and cite it"), is_heading=True)
    yield TextLine(_("Licence: %(licence)s") % dataset, dataset["licence_url"] or "")
    yield TextLine(
        _("Cite as: %(citation)s") % {"citation": render_citation(db, dataset["dataset"], site)}
    )
    if contact := dataset["contact"]:
        is_email = "@" in contact and ":" not in contact
        target = f"mailto:{contact}" if is_email else contact
        yield TextLine(_("Contact: %(contact)s") % dataset, target)


def _build_origin_lines(words: WorkbookWords, dataset: SheetRecord) -> Iterator[TextLine]:
    """Yield from which partner a dataset was taken, if it was."""
    partner = dataset["origin_title"] or dataset["origin"]
    if not partner:
        return
    address, day = dataset["origin_url"] or "", (dataset["origin_fetched_at"] or "")[:10]
    if day:
        text = words.gettext("Taken from %(partner)s on %(day)s")
        yield TextLine(text % {"partner": partner, "day": day}, address)
    else:
        yield TextLine(words.gettext("Taken from %(partner)s") % {"partner": partner}, address)


def _build_source_lines(db: RowReader, words: WorkbookWords, dataset: str) -> Iterator[TextLine]:
    _ = words.gettext
    cells = select_dataset_cells(db, "source", dataset)
    sources = list(zip(cells.get("title", ()), cells.get("url", ()), strict=True))
    for title, url in sources[:MAX_COVER_SOURCES]:
        yield TextLine(_("Source: %(title)s") % {"title": title}, url or "")
    if count := len(sources[MAX_COVER_SOURCES:]):
        yield TextLine(_("and %(count)s more sources") % {"count": count})


def _build_contents_sheet(words: WorkbookWords, tables: Sequence[TableSheet]) -> TableSheet:
    """Return a link to each sheet, and what is there."""
    _ = words.gettext
    columns = (
        SheetColumn(_("Sheet")),
        SheetColumn(_("What is there"), is_wrapped=True),
        SheetColumn(_("Rows"), "number", 0),
    )
    rows = [
        (LinkCell(table.name, f"#{table.name}"), table.title, float(len(table.rows)))
        for table in tables
    ]
    intro = TextLine(_("Each name leads to its sheet."))
    return TableSheet(words.contents_name, _("Contents"), [intro], columns, rows)


def _build_notes_sheet(
    db: RowReader, words: WorkbookWords, subject: WorkbookSubject, tables: Sequence[TableSheet]
) -> TableSheet:
    _ = words.gettext
    headings = (_("About"), _("Subject"), _("What to know"))
    columns = [SheetColumn(heading, is_wrapped=True) for heading in headings]
    rows = [
        *_build_symbol_notes(db, words, tables),
        *_build_notes(words, _("Whole dataset"), subject.dataset, DATASET_NOTES),
    ]
    for indicator in subject.indicators:
        rows += _build_notes(words, indicator["title"], indicator, INDICATOR_NOTES)
    rows += [
        (_("Note on a figure"), words.format_note_number(number), note)
        for note, number in words.notes.items()
    ]
    return TableSheet(words.notes_name, _("Notes"), [build_back_link(words)], columns, rows)


def _build_symbol_notes(
    db: RowReader, words: WorkbookWords, tables: Iterable[TableSheet]
) -> list[tuple[str, str, str]]:
    """Return the marks and statuses that stand in these tables, and no others."""
    _ = words.gettext
    # marks that stand for several statuses; what the others mean, the code list of statuses says
    symbol_meanings = {
        CONFIDENTIAL_SYMBOL: _("Confidential: suppressed to protect people."),
        NOT_AVAILABLE_SYMBOL: _("Not available: the source gives no figure here."),
        NOT_APPLICABLE_SYMBOL: _("Not applicable: there can be no figure here."),
    }
    rows = chain.from_iterable(table.rows for table in tables)
    cells = set(chain.from_iterable(rows))
    texts: dict[str, list[str]] = {mark: [] for mark in symbol_meanings if mark in cells}
    statuses = {row.code: row for row in select_codes(db, "obs-status")}
    for status in map(statuses.__getitem__, words.statuses):
        explanation = ": ".join(filter(None, (status.label, status.definition)))
        texts.setdefault(get_status_symbol(status.code) or status.label, []).append(explanation)
    return [
        (
            _("Mark or status"),
            mark,
            " ".join([symbol_meanings.get(mark, ""), *explanations]).strip(),
        )
        for mark, explanations in texts.items()
    ]


def _build_notes(
    words: WorkbookWords, title: str, record: SheetRecord, columns: Iterable[TextColumn]
) -> list[tuple[str, str, str]]:
    """Return what to know of a dataset or an indicator, subject by subject."""
    notes = [
        (
            title,
            words.gettext(heading),
            str(render(words, record[name]) if render else record[name] or ""),
        )
        for heading, name, render, _ in columns
    ]
    return [note for note in notes if note[2]]


def render_citation(db: RowReader, dataset: str, site: SiteSettings) -> str:
    """Return how to cite a dataset, in the words of its page."""
    row = select_dataset(db, dataset)
    return render_citations(build_dataset_work(site, site.url, row))["text"] if row else ""
