"""How to cite a work of the hub: a line of text, BibTeX, RIS and CSL JSON, the same every time.

The day on which someone read a page is left to them: whoever cites knows it, a server does not.
"""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from evidencehub.serve.pages.page import Document

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
KINDS = {  # what the text says, the type in RIS, the type in CSL
    "dataset": ("Data set", "DATA", "dataset"),
    "indicator": ("Data set", "DATA", "dataset"),
    "finding": ("Web page", "ELEC", "webpage"),
    "recommendation": ("Web page", "ELEC", "webpage"),
    "page": ("Web page", "ELEC", "webpage"),
}
ENDINGS = {  # of an address: the form, and its type
    "bib": ("bibtex", "application/x-bibtex; charset=utf-8"),
    "ris": ("ris", "application/x-research-info-systems; charset=utf-8"),
    "csl.json": ("csl", "application/vnd.citationstyles.csl+json; charset=utf-8"),
}
_BIBTEX = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\textbraceleft{}",  # BibTeX counts a brace also where it is escaped
        "}": r"\textbraceright{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        **{sign: "\\" + sign for sign in "&%$#_"},
    }
)
_NO_KEY = re.compile(r"[^A-Za-z0-9:.-]+")
_ADDRESS = ":/?#[]@!$&'()*+,;=%~"


@dataclass(frozen=True, slots=True)
class Work:
    """What is cited. `authors` are organisations; `date` is an ISO day, month, year or moment.

    `kind` is one of KINDS. `part_of` is the title of what this is a part of: of an indicator,
    its dataset. What is not known is empty.
    """

    identifier: str
    title: str
    url: str
    authors: tuple[str, ...] = ()
    publisher: str = ""
    date: str = ""
    version: str = ""
    licence: str = ""
    kind: str = "dataset"
    part_of: str = ""


def forms(work: Work) -> dict[str, str]:
    """The work in each form: "text" (one line), "bibtex", "ris" and "csl" (CSL JSON as text)."""
    return {
        "text": _text(work),
        "bibtex": _bibtex(work),
        "ris": _ris(work),
        "csl": _csl(work),
    }


def document(work: Work, ending: str) -> Document:
    """One form as a file to save; `ending` is one of ENDINGS."""
    form, content_type = ENDINGS[ending]
    name = f"{_key(work.identifier)}.{ending}"
    return Document(content_type, forms(work)[form].encode(), name)


def _text(work: Work) -> str:
    """Who (year). Title. Version. [Kind]. Part of … Address. Licence."""
    parts = _parts(work.date)
    year = f"{parts[0]:04}" if parts else "no date"
    who = "; ".join(filter(None, map(_line, work.authors))) or _line(work.publisher)
    title = _line(work.title)
    told = [f"{who} ({year})." if who else f"({year}).", _stopped(title)]
    if work.version:
        told.append(f"Version {_line(work.version)}.")
    told.append(f"[{KINDS[work.kind][0]}].")
    if work.part_of:
        told.append(_stopped(f"Part of: {_line(work.part_of)}"))
    publisher = _line(work.publisher)
    if publisher and publisher != who:
        told.append(_stopped(publisher))
    told.append(_url(work.url))
    if work.licence:
        told.append(f"Licence: {_stopped(_line(work.licence))}")
    return " ".join(filter(None, told))


def _bibtex(work: Work) -> str:
    """An entry of type misc: every style knows it."""
    parts = _parts(work.date)
    notes = [
        KINDS[work.kind][0],
        f"version {_line(work.version)}" if work.version else "",
        f"part of: {_line(work.part_of)}" if work.part_of else "",
        f"licence: {_line(work.licence)}" if work.licence else "",
    ]
    authors = [_tex(name) for name in work.authors if _line(name)] or [_tex(work.publisher)]
    fields = {
        "author": " and ".join(f"{{{name}}}" for name in authors if name),
        "title": f"{{{_tex(work.title)}}}",
        "year": f"{parts[0]:04}" if parts else "",
        "publisher": _tex(work.publisher),
        "version": _tex(work.version),
        "url": _url(work.url),
        "note": _tex("; ".join(filter(None, notes))),
    }
    lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value]
    if len(parts) > 1:
        lines.append(f"  month = {MONTHS[parts[1] - 1]}")
    return f"@misc{{{_key(work.identifier)},\n" + ",\n".join(lines) + "\n}\n"


def _ris(work: Work) -> str:
    """A record of RIS: a tag a line, lines that end as the format wants."""
    parts = _parts(work.date)
    authors = [name for name in map(_line, work.authors) if name] or [_line(work.publisher)]
    tags = [
        ("TY", KINDS[work.kind][1]),
        ("ID", _key(work.identifier)),
        *(("AU", name) for name in authors),
        ("TI", _line(work.title)),
        ("T2", _line(work.part_of)),
        ("PY", f"{parts[0]:04}" if parts else ""),
        ("DA", "/".join(f"{part:02}" for part in parts)),
        ("PB", _line(work.publisher)),
        ("ET", _line(work.version)),
        ("UR", _url(work.url)),
        ("N1", f"Licence: {_line(work.licence)}" if work.licence else ""),
    ]
    return "".join(f"{tag}  - {value}\r\n" for tag, value in tags if value) + "ER  - \r\n"


def _csl(work: Work) -> str:
    """A list of one item, as reference managers read it."""
    parts = _parts(work.date)
    authors = [name for name in map(_line, work.authors) if name] or [_line(work.publisher)]
    item: dict[str, Any] = {
        "id": _key(work.identifier),
        "type": KINDS[work.kind][2],
        "title": _line(work.title),
        "author": [{"literal": name} for name in authors if name],
        "issued": {"date-parts": [parts]} if parts else None,
        "publisher": _line(work.publisher),
        "container-title": _line(work.part_of),
        "version": _line(work.version),
        "URL": _url(work.url),
        "license": _line(work.licence),
    }
    kept = {name: value for name, value in item.items() if value}
    return json.dumps([kept], ensure_ascii=False, indent=2) + "\n"


def _line(text: str) -> str:
    """One line without anything that cannot be seen."""
    plain = " ".join(text.split())
    return "".join(sign for sign in plain if unicodedata.category(sign) not in ("Cc", "Cs"))


def _stopped(text: str) -> str:
    return text if text.endswith((".", "?", "!")) or not text else text + "."


def _tex(text: str) -> str:
    return _line(text).translate(_BIBTEX)


def _url(url: str) -> str:
    return quote(_line(url), safe=_ADDRESS)


def _key(identifier: str) -> str:
    """A name that every format, and a file, may have."""
    return _NO_KEY.sub("-", identifier).strip("-") or "work"


def _parts(date: str) -> list[int]:
    """Year, month and day, as many as are known."""
    return [int(part) for part in date[:10].split("-") if part.isdecimal()]
