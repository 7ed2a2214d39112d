"""The workbook of an indicator or of a dataset, made from the database when somebody asks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from evidencehub.formats.workbook import (
    MEANINGS,
    SHORTHAND,
    Column,
    Line,
    Part,
    Table,
    Text,
    Workbook,
    contents,
    sheet_names,
    tabled,
    trimmed,
)
from evidencehub.serve.pages import cite, sheets
from evidencehub.serve.pages.sheets import Ask, Columns, Named, Words
from evidencehub.serve.problem import RefusedError, refused

MAX_ROWS = 20_000
# Of all tables of a workbook together. For so many the slower writer (XLSX) takes about two
# seconds of a processor and 150 MB, with what it takes to read them, and its time grows with the
# rows; while it works, other answers wait. Who reads more rows than these reads them by program.
FEW = 5  # sources that the cover names
FIRST = ("Cover", "Contents", "Notes")
NOTES = FIRST[2]
SYNTHETIC = "These figures are invented, for teaching. Do not use them as evidence."

DATASET = (
    "dataset", "title", "description", "version", "created", "licence", "licence_url", "publisher",
    "contact", "language", "whose_ethnicity", "ethnicity_recording", "ethnicity_completeness",
    "disclosure_policy", "verification", "next_update", "caveats", "comparability",
    "release_note", "synthetic",
)  # fmt: skip
INDICATOR = (
    "indicator", "dataset", "title", "definition", "unit", "decimals", "numerator_definition",
    "denominator_definition", "method", "standardisation", "whose_ethnicity",
    "ethnicity_recording", "ethnicity_known", "ethnicity_unknown", "ci_method", "ci_level",
    "caveats", "series_breaks",
)  # fmt: skip
SOURCES = {
    "source": "Source code",
    "title": "Title",
    "publisher": "Publisher",
    "type": "Type",
    "published": "Published",
    "accessed": "Read on",
    "url": "Address",
    "doi": "DOI",
    "licence": "Licence",
    "verification": "Verification",
}
FINDINGS = {
    "finding": "Finding code",
    "title": "Title",
    "statement": "Finding",
    "detail": "More about it",
    "finding_type": "Type",
    "direction": "Direction",
    "certainty": "Certainty",
    "certainty_note": "Why this certainty",
    "population": "Population",
    "area": "Area",
    "period_start": "Period start",
    "period_end": "Period end",
    "published": "Published",
    "verification": "Verification",
    "note": "Note",
}
RECOMMENDATIONS = {
    "recommendation": "Recommendation code",
    "title": "Title",
    "text": "Recommendation",
    "strength": "Strength",
    "status": "Status when issued",
    "issued": "Issued",
    "due": "Due",
    "area": "Area",
    "population": "Population",
    "verification": "Verification",
    "note": "Note",
}
_ASKED = {"finding_type": "type as finding_type"}
_OF_STRATA = "from stratum as s join {} as t on t.stratum = s.stratum where s.indicator = ?"


def of_indicator(ask: Ask, indicator: str, site: Mapping[str, Any]) -> Workbook:
    """The workbook of an indicator: figures, gaps and measures of inequality where there are any.

    `site` gives title, url and language of the hub. Raises RefusedError: 404 for an indicator
    that is not there, 413 for more figures than MAX_ROWS.
    """
    about = _row(ask, "indicator", INDICATOR, indicator)
    dataset = _row(ask, "dataset", DATASET, about["dataset"])
    words, address = Words(ask), f"/api/v1/observations.csv?indicator={indicator}"
    counts = {
        "figures": _count(ask, "from observation where indicator = ?", indicator),
        "gaps": _count(ask, _OF_STRATA.format("gap"), indicator),
        "inequality": _count(ask, _OF_STRATA.format("inequality"), indicator),
    }
    _check(counts["figures"], address)
    made: list[Table] = []
    left_out: list[str] = []
    room = MAX_ROWS
    for kind, (name, title, make) in _KINDS.items():
        if counts[kind] > room:
            left_out.append(
                f"{title} ({counts[kind]:,} rows): /api/v1/{kind}.csv?indicator={indicator}"
            )
        elif counts[kind]:
            room -= counts[kind]
            made += make(words, about, name, f"{title}: {about['title']}")
    used = "(dataset, source) in (select dataset, source from observation where indicator = ?)"
    made += _texts(words, "source", SOURCES, used, indicator, "Sources")
    book = _Book(site, words, dataset, [about], about["title"], about["definition"], left_out)
    return book.made(made)


def of_dataset(ask: Ask, dataset: str, site: Mapping[str, Any]) -> Workbook:
    """The workbook of a dataset: a sheet for each indicator; findings and recommendations too.

    `site` gives title, url and language of the hub. Raises RefusedError: 404 for a dataset that
    is not there, 413 for more figures than MAX_ROWS.
    """
    about, words = _row(ask, "dataset", DATASET, dataset), Words(ask)
    of = "from {} where dataset = ?"
    kinds = ("observation", "finding", "recommendation")
    rows = sum(_count(ask, of.format(kind), dataset) for kind in kinds)
    _check(rows, f"/datasets/{dataset}/{about['version']}/{dataset}.csv")
    sql = (
        f"select {', '.join(INDICATOR)} from indicator where dataset = ?1 or indicator in "
        "(select indicator from observation where dataset = ?1) order by rowid"
    )
    indicators = [dict(zip(INDICATOR, row, strict=True)) for row in ask(sql, (dataset,))]
    last = ("Findings", "Recommendations", "Sources")
    names = iter(sheet_names([*FIRST, *last, *(one["title"] for one in indicators)])[6:])
    made: list[Table] = []
    for one, name in zip(indicators, names, strict=True):
        made += _figures(words, one, name, one["title"], dataset)
    here = "dataset = ?"
    made += _texts(words, "finding", FINDINGS, here, dataset, last[0])
    made += _texts(words, "recommendation", RECOMMENDATIONS, here, dataset, last[1])
    made += _texts(words, "source", SOURCES, here, dataset, last[2])
    book = _Book(site, words, about, indicators, about["title"], about["description"], [])
    return book.made(made)


def _row(ask: Ask, table: str, names: Sequence[str], key: str) -> Named:
    found = ask(f"select {', '.join(names)} from {table} where {table} = ?", (key,))
    if not found:
        raise refused(404, "not-found", f"There is no {table} “{key[:60]}” here.")
    return dict(zip(names, found[0], strict=True))


def _count(ask: Ask, where: str, key: str) -> int:
    return int(ask(f"select count(*) {where}", (key,))[0][0])


def _check(rows: int, address: str) -> None:
    if rows > MAX_ROWS:
        raise too_many(rows, address)


def too_many(rows: int, address: str) -> RefusedError:
    """More rows than a workbook is made for (413); `address` is where they all are."""
    return refused(
        413,
        "too-many-rows",
        f"A spreadsheet is made of at most {MAX_ROWS:,} rows, and these are {rows:,}. "
        f"All of them are in {address}",
    )


def _figures(words: Words, about: Named, name: str, title: str, dataset: str = "") -> list[Table]:
    rows = words.ask(sheets.FIGURES_SQL, (about["indicator"], dataset, MAX_ROWS))
    told = sheets.columns(sheets.OBSERVATION, rows)
    made = _table(name, title, about["definition"], sheets.figures(told, words, about))
    return [made] if rows else []


def _gaps(words: Words, about: Named, name: str, title: str) -> list[Table]:
    rows = words.ask(sheets.GAPS_SQL, (about["indicator"], MAX_ROWS))
    told = sheets.columns((*sheets.STRATUM, *sheets.GAP), rows)
    says = "Each group beside the one it is compared with, worked out by the hub from the figures."
    return [_table(name, title, says, sheets.gaps(told, words, about))]


def _inequality(words: Words, about: Named, name: str, title: str) -> list[Table]:
    rows = words.ask(sheets.INEQUALITY_SQL, (about["indicator"], MAX_ROWS))
    names = (*sheets.STRATUM, *sheets.OF_STRATUM, *sheets.INEQUALITY)
    says = "Measures over all groups together, worked out by the hub from the figures."
    return [_table(name, title, says, sheets.inequality(sheets.columns(names, rows), words))]


_KINDS: Mapping[str, tuple[str, str, Callable[[Words, Named, str, str], list[Table]]]] = {
    "figures": ("Figures", "Figures", _figures),
    "gaps": ("Gaps", "Gaps between groups", _gaps),
    "inequality": ("Inequality", "Measures of inequality", _inequality),
}
"""What an indicator has: the name of the sheet, its title, and what makes it."""


def _texts(
    words: Words, table: str, headings: Mapping[str, str], where: str, key: str, name: str
) -> list[Table]:
    asked = ", ".join(_ASKED.get(column, column) for column in headings)
    rows = words.ask(f"select {asked} from {table} where {where} order by rowid", (key,))
    told: Columns = sheets.columns(list(headings), rows)
    return [_table(name, name, "", sheets.texts(told, headings, words))] if rows else []


def _table(name: str, title: str, says: str, parts: Iterable[Part]) -> Table:
    """A sheet with what is the same in every row said above its table."""
    kept, same = trimmed(parts)
    cells = {cell for part in kept for cell in part.cells if isinstance(cell, str)}
    marked = cells & MEANINGS.keys() or any(cell.startswith("[note ") for cell in cells)
    explained = " Marks in square brackets are explained in the sheet Notes." if marked else ""
    lines = (
        says,
        same,
        f"This sheet has one table.{explained} An empty cell: there is nothing to say.",
        Line("Back to the contents", f"#{FIRST[1]}"),
    )
    return tabled(name, title, lines, kept)


class _Book:
    """Puts cover, contents and notes before the tables of a workbook."""

    def __init__(
        self,
        site: Mapping[str, Any],
        words: Words,
        dataset: Named,
        indicators: Sequence[Named],
        title: str,
        says: str,
        left_out: Sequence[str],
    ) -> None:
        self._site, self._words, self._dataset = site, words, dataset
        self._indicators, self._title, self._says = indicators, title, says
        self._left_out = left_out

    def made(self, tables: Sequence[Table]) -> Workbook:
        """The workbook. Tables come first here: they tell what the notes have to explain."""
        notes = self._notes(tables)
        listed = contents([notes, *tables], FIRST[1], "Contents", "Each name leads to its sheet.")
        about = self._dataset
        return Workbook(
            title=self._title,
            language=about["language"] or self._site.get("language") or "en",
            subject=about["title"],
            description=self._says,
            publisher=about["publisher"] or self._site.get("title") or "",
            created=about["created"],
            sheets=[Text(FIRST[0], self._title, list(self._cover())), listed, notes, *tables],
        )

    def _cover(self) -> Iterator[Line]:
        about = self._dataset
        if about["synthetic"]:
            yield Line(SYNTHETIC)
        yield Line(self._says)
        yield Line("How to read this file", heading=True)
        yield Line(
            "Each sheet has one table, below a few lines on what all of its rows share. A cell of "
            "a column of numbers is a number, or a mark in square brackets that says why not."
        )
        yield Line("All sheets", f"#{FIRST[1]}")
        yield Line("What the marks mean, and how the figures were made", f"#{NOTES}")
        yield from (Line(f"Not in this file: {told}") for told in self._left_out)
        yield Line("Where it comes from", heading=True)
        if self._title != about["title"]:
            yield Line(f"Dataset: {about['title']}")
        yield Line(f"Version {about['version']}, created {about['created'][:10]}")
        yield Line(f"Published by: {about['publisher'] or self._site.get('title', '')}")
        yield from self._sources()
        yield Line("How to use and cite it", heading=True)
        yield Line(f"Licence: {about['licence']}", about["licence_url"] or "")
        yield Line(f"Cite as: {citation(about, self._site)}")
        if about["contact"]:
            yield Line(f"Contact: {about['contact']}", _target(about["contact"]))

    def _sources(self) -> Iterator[Line]:
        sql = "select title, url from source where dataset = ? order by rowid"
        found = self._words.ask(sql, (self._dataset["dataset"],))
        for title, url in found[:FEW]:
            yield Line(f"Source: {title}", url or "")
        if len(found) > FEW:
            yield Line(f"and {len(found) - FEW} more sources")

    def _notes(self, tables: Sequence[Table]) -> Table:
        rows = [*self._marks(tables), *self._of_dataset()]
        for about in self._indicators:
            rows += [(about["title"], subject, says) for subject, says in self._of(about)]
        rows += [("Note on a figure", f"[note {n}]", says) for says, n in self._words.notes.items()]
        headings = ("About", "Subject", "What to know")
        columns = [Column(heading, heading, wraps=True) for heading in headings]
        back = Line("Back to the contents", f"#{FIRST[1]}")
        return Table(NOTES, "Notes", [back], columns, rows)

    def _marks(self, tables: Sequence[Table]) -> Iterator[tuple[str, str, str]]:
        """The marks and statuses that stand in these tables, and no others."""
        cells = {cell for table in tables for row in table.rows for cell in row if _is_mark(cell)}
        told: dict[str, list[str]] = {mark: [] for mark in MEANINGS if mark in cells}
        for status in self._words.statuses:
            if status == "A":  # an ordinary figure needs no explanation
                continue
            sql = "select label, definition from code where list = 'obs-status' and code = ?"
            label, says = self._words.ask(sql, (status,))[0]
            mark = SHORTHAND.get(status) or str(label)
            told.setdefault(mark, []).append(f"{label}: {says or ''}" if says else label)
        for mark, meant in told.items():
            yield "Mark or status", mark, " ".join([MEANINGS.get(mark, ""), *meant]).strip()

    def _of_dataset(self) -> Iterator[tuple[str, str, str]]:
        about, words = self._dataset, self._words
        said = {
            "Invented figures": SYNTHETIC if about["synthetic"] else "",
            "Caveats": about["caveats"],
            "What may be compared": about["comparability"],
            "Whose ethnic group": words.labels("whose-ethnicity", about["whose_ethnicity"]),
            "How the ethnic group was recorded": words.labels(
                "ethnicity-recording", about["ethnicity_recording"]
            ),
            "For how many it is known": about["ethnicity_completeness"],
            "Protection of people": words.labels("disclosure-policy", about["disclosure_policy"]),
            "Verification": words.labels("verification", about["verification"]),
            "What is new in this version": about["release_note"],
            "Next update": about["next_update"],
        }
        yield from (("Whole dataset", subject, says) for subject, says in said.items() if says)

    def _of(self, about: Named) -> Iterator[tuple[str, str]]:
        """What to know of an indicator, subject by subject."""
        words = self._words
        known, unknown = about["ethnicity_known"], about["ethnicity_unknown"]
        said = {
            "Definition": about["definition"],
            "Unit": words.label("unit", about["unit"]),
            "What is counted": about["numerator_definition"],
            "What it is divided by": about["denominator_definition"],
            "Method": about["method"],
            "Standardisation": about["standardisation"],
            "Intervals": about["ci_method"],
            "Caveats": about["caveats"],
            "Breaks in the series": about["series_breaks"],
            "Whose ethnic group": words.labels("whose-ethnicity", about["whose_ethnicity"]),
            "How the ethnic group was recorded": words.labels(
                "ethnicity-recording", about["ethnicity_recording"]
            ),
            "Ethnic group known": "" if known is None else f"for {known:g}%",
            "Ethnic group not known": "" if unknown is None else f"for {unknown:g}%",
        }
        yield from ((subject, says) for subject, says in said.items() if says)


def citation(dataset: Named, site: Mapping[str, Any]) -> str:
    """How to cite a dataset (its row of the table), in the words of its page."""
    publisher = dataset["publisher"] or site.get("organisation") or site.get("title") or ""
    address = f"{site['url']}/datasets/{dataset['dataset']}" if site.get("url") else ""
    work = cite.Work(
        identifier=dataset["dataset"],
        title=dataset["title"],
        url=address,
        authors=(publisher,),
        publisher=publisher,
        date=dataset["created"],
        version=dataset["version"],
        licence=dataset["licence"],
    )
    return cite.forms(work)["text"]


def _is_mark(cell: Any) -> bool:
    return isinstance(cell, str) and cell in MEANINGS


def _target(contact: str) -> str:
    """Where a contact leads: an address of the web as it is, one of e-mail as mailto."""
    return f"mailto:{contact}" if "@" in contact and ":" not in contact else contact
