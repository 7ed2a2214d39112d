"""How to cite a work of the hub: a line of text, BibTeX, RIS and CSL JSON, the same every time.

The day on which someone read a page is left to them: whoever cites knows it, a server does not.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from gettext import NullTranslations
from typing import Any
from urllib.parse import quote

from evidencehub.domain.catalogue import CatalogueDataset, build_site_url
from evidencehub.formats.format import find_by_ending

BIBTEX_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
ENGLISH = NullTranslations()
WORK_TYPES = {  # what the text says, the type in RIS, the type in CSL
    "dataset": ("Data set", "DATA", "dataset"),
    "indicator": ("Data set", "DATA", "dataset"),
    "finding": ("Web page", "ELEC", "webpage"),
    "recommendation": ("Web page", "ELEC", "webpage"),
    "page": ("Web page", "ELEC", "webpage"),
}
_BIBTEX_ESCAPES = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\textbraceleft{}",  # BibTeX counts a brace also where it is escaped
        "}": r"\textbraceright{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        **{sign: "\\" + sign for sign in "&%$#_"},
    }
)
_CLEANED_FIELDS = ("title", "url", "publisher", "version", "licence", "container_title")
_NOT_IN_KEY = re.compile(r"[^A-Za-z0-9:.-]+")
_URL_SAFE_CHARS = ":/?#[]@!$&'()*+,;=%~"


@dataclass(frozen=True, slots=True)
class CitedWork:
    """What is cited. `authors` are organisations; `date` is an ISO day, month, year or moment.

    `work_type` is one of WORK_TYPES. `container_title` is the title of what this is a part of: of
    an indicator, its dataset. `based_on` are the sources, each in a line. What is not known is
    empty.
    """

    identifier: str
    title: str
    url: str
    authors: tuple[str, ...] = ()
    publisher: str = ""
    date: str = ""
    version: str = ""
    licence: str = ""
    work_type: str = "dataset"
    container_title: str = ""
    based_on: tuple[str, ...] = ()


def render_citations(work: CitedWork, translations: NullTranslations = ENGLISH) -> dict[str, str]:
    """The work in each form: "text" (one line), "bibtex", "ris" and "csl" (CSL JSON as text).

    What the hub says of a work is in the language of `translations`; names of types are not words.
    """
    texts = {name: _clean_line(getattr(work, name)) for name in _CLEANED_FIELDS}
    authors = [*filter(None, map(_clean_line, work.authors))] or [texts["publisher"]]
    sources = tuple(filter(None, map(_clean_line, work.based_on)))
    clean = replace(work, **texts, authors=tuple(filter(None, authors)), based_on=sources)
    labels = _translate_labels(translations)
    return {
        "text": _render_text(clean, labels),
        "bibtex": _render_bibtex(clean, labels),
        "ris": _render_ris(clean, labels),
        "csl": _render_csl(clean, labels),
    }


def build_dataset_work(
    identifier: str,
    title: str,
    url: str,
    publisher: str,
    *,
    created: str,
    version: str,
    licence: str,
) -> CitedWork:
    """Return a dataset as something to cite: its publisher is its author."""
    return CitedWork(
        identifier=identifier,
        title=title,
        url=url,
        authors=(publisher,),
        publisher=publisher,
        date=created,
        version=version,
        licence=licence,
    )


def cite_dataset(dataset: CatalogueDataset) -> str:
    """Return how to cite the current release of a dataset of the catalogue, in a line."""
    release = dataset.current
    work = build_dataset_work(
        dataset.name,
        dataset.title,
        build_site_url(dataset.path),
        dataset.publisher.name,
        created=release.issued_at,
        version=release.version,
        licence=dataset.licence.name,
    )
    return render_citations(work)["text"]


def render_citation_file(
    work: CitedWork, extension: str, translations: NullTranslations = ENGLISH
) -> tuple[str, bytes, str]:
    """Return media type, bytes and file name of the citation format with this ending."""
    citation_format = find_by_ending(extension, "citation")
    if citation_format is None:
        raise ValueError(f"{extension} is no ending of a citation.")
    name = f"{_build_citation_key(work.identifier)}.{extension}"
    body = render_citations(work, translations)[citation_format.name].encode()
    return citation_format.content_type, body, name


def _translate_labels(translations: NullTranslations) -> dict[str, str]:
    return {
        "Data set": translations.gettext("Data set"),
        "Web page": translations.gettext("Web page"),
        "no date": translations.gettext("no date"),
        "Version": translations.gettext("Version"),
        "Part of": translations.gettext("Part of"),
        "Based on": translations.gettext("Based on"),
        "Licence": translations.gettext("Licence"),
    }


def _render_text(work: CitedWork, labels: Mapping[str, str]) -> str:
    """Who (year). Title. Version. [Kind]. Part of … Based on … Address. Licence."""
    author = "; ".join(work.authors)
    year = _format_year(work.date) or labels["no date"]
    sentences = [
        f"{author} ({year})." if author else f"({year}).",
        _end_with_full_stop(work.title),
        f"{labels['Version']} {work.version}." if work.version else "",
        f"[{labels[WORK_TYPES[work.work_type][0]]}].",
        _end_with_full_stop(_label(labels["Part of"], work.container_title)),
        _end_with_full_stop(_label(labels["Based on"], "; ".join(work.based_on))),
        _end_with_full_stop(work.publisher) if work.publisher != author else "",
        _quote_url(work.url),
        _end_with_full_stop(_label(labels["Licence"], work.licence)),
    ]
    return " ".join(filter(None, sentences))


def _render_bibtex(work: CitedWork, labels: Mapping[str, str]) -> str:
    """An entry of type misc: every style knows it."""
    notes = [
        labels[WORK_TYPES[work.work_type][0]],
        f"{labels['Version']} {work.version}" if work.version else "",
        _label(labels["Part of"], work.container_title),
        _label(labels["Based on"], "; ".join(work.based_on)),
        _label(labels["Licence"], work.licence),
    ]
    fields = {
        "author": " and ".join(f"{{{_escape_bibtex(name)}}}" for name in work.authors),
        "title": f"{{{_escape_bibtex(work.title)}}}",
        "year": _format_year(work.date),
        "publisher": _escape_bibtex(work.publisher),
        "version": _escape_bibtex(work.version),
        "url": _quote_url(work.url),
        "note": _escape_bibtex("; ".join(filter(None, notes))),
    }
    field_lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value]
    date_parts = _parse_date_parts(work.date)
    if len(date_parts) > 1:
        field_lines.append(f"  month = {BIBTEX_MONTHS[date_parts[1] - 1]}")
    return f"@misc{{{_build_citation_key(work.identifier)},\n" + ",\n".join(field_lines) + "\n}\n"


def _render_ris(work: CitedWork, labels: Mapping[str, str]) -> str:
    """A record of RIS: a tag a line, lines that end as the format wants."""
    tags = [
        ("TY", WORK_TYPES[work.work_type][1]),
        ("ID", _build_citation_key(work.identifier)),
        *(("AU", name) for name in work.authors),
        ("TI", work.title),
        ("T2", work.container_title),
        ("PY", _format_year(work.date)),
        ("DA", "/".join(f"{date_part:02}" for date_part in _parse_date_parts(work.date))),
        ("PB", work.publisher),
        ("ET", work.version),
        ("UR", _quote_url(work.url)),
        *(("N1", _label(labels["Based on"], source)) for source in work.based_on),
        ("N1", _label(labels["Licence"], work.licence)),
    ]
    return "".join(f"{tag}  - {value}\r\n" for tag, value in tags if value) + "ER  - \r\n"


def _render_csl(work: CitedWork, labels: Mapping[str, str]) -> str:
    """A list of one item, as reference managers read it."""
    date_parts = _parse_date_parts(work.date)
    item: dict[str, Any] = {
        "id": _build_citation_key(work.identifier),
        "type": WORK_TYPES[work.work_type][2],
        "title": work.title,
        "author": [{"literal": name} for name in work.authors],
        "issued": {"date-parts": [date_parts]} if date_parts else None,
        "publisher": work.publisher,
        "container-title": work.container_title,
        "version": work.version,
        "URL": _quote_url(work.url),
        "license": work.licence,
        "note": _label(labels["Based on"], "; ".join(work.based_on)),
    }
    filled_fields = {name: value for name, value in item.items() if value}
    return json.dumps([filled_fields], ensure_ascii=False, indent=2) + "\n"


def _label(label: str, text: str) -> str:
    return f"{label}: {text}" if text else ""


def _clean_line(text: str) -> str:
    """One line without anything that cannot be seen."""
    single_line = " ".join(text.split())
    return "".join(char for char in single_line if unicodedata.category(char) not in ("Cc", "Cs"))


def _end_with_full_stop(text: str) -> str:
    return text if text.endswith((".", "?", "!")) or not text else text + "."


def _escape_bibtex(text: str) -> str:
    return text.translate(_BIBTEX_ESCAPES)


def _quote_url(url: str) -> str:
    return quote(url, safe=_URL_SAFE_CHARS)


def _build_citation_key(identifier: str) -> str:
    """A name that every format, and a file, may have."""
    return _NOT_IN_KEY.sub("-", identifier).strip("-") or "work"


def _format_year(date: str) -> str:
    date_parts = _parse_date_parts(date)
    return f"{date_parts[0]:04}" if date_parts else ""


def _parse_date_parts(date: str) -> list[int]:
    """Year, month and day, as many as are known."""
    return [int(date_part) for date_part in date[:10].split("-") if date_part.isdecimal()]
