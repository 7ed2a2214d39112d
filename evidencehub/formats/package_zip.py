"""A whole package as one ZIP file, with a README."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from evidencehub.domain.catalogue import SYNTHETIC_NOTE
from evidencehub.formats.zip_layout import Content, lay_out_zip, read_entry

README_NAME = "README.txt"
README_LINE_CHARS = 78  # characters of a line of the README


def lay_out_package(files: Iterable[tuple[str, Path]], readme: str) -> list[Content]:
    """The ZIP file in its parts: the README, then each file under its name.

    Equal files give equal bytes. Raises ValueError for a name that is there twice or that would
    leave the folder it is unpacked in.
    """
    entries = [read_entry(README_NAME, readme.encode())]
    names = {README_NAME}
    for name, path in files:
        if name in names or not _is_safe_name(name):
            raise ValueError(f"{name} cannot be a name in the package.")
        names.add(name)
        entries.append(read_entry(name, path))
    return lay_out_zip(entries)


def _is_safe_name(name: str) -> bool:
    """Return whether a file of this name stays in the folder that it is unpacked in."""
    return not (name.startswith("/") or ".." in name.split("/") or "\\" in name)


def render_readme(
    dataset: Mapping[str, Any],
    files: Iterable[Mapping[str, Any]],
    citation: str,
    page_url: str = "",
) -> str:
    """The README.txt of a package.

    `dataset` is its row of `dataset`, `files` the rows of `file` that are in the ZIP. `page_url` is
    where the dataset has its page, empty where that is not known.
    """
    readme_lines = [
        dataset["title"],
        "=" * min(len(dataset["title"]), README_LINE_CHARS),
        "",
        *([SYNTHETIC_NOTE, ""] if dataset["synthetic"] else []),
        *_wrap_text(dataset["description"]),
        "",
        f"Dataset:   {dataset['dataset']}",
        f"Version:   {dataset['version']}",
        f"Created:   {dataset['created'][:10]}",
        f"Publisher: {dataset['publisher'] or 'not stated'}",
        f"Licence:   {_format_licence(dataset['licence'], dataset['licence_url'])}",
        *([f"Contact:   {dataset['contact']}"] if dataset["contact"] else []),
        *([f"Page:      {page_url}"] if page_url else []),
        *_render_section("How to cite", [citation]),
        *_render_section("What to know", (dataset["caveats"] or "").splitlines()),
        *_render_section("Whose data they are", (dataset["governance"] or "").splitlines()),
        *_render_section("How to read it", _README_NOTES),
        "",
        "Files",
        "-----",
        "",
    ]
    for file in files:
        readme_lines += _describe_file(file)
    return "\n".join(readme_lines) + "\n"


_README_NOTES = (
    "This is a Data Package: datapackage.json describes every table and column.",
    "about.md says how the figures were made, and what they do not show.",
    "The CSV beside it has all figures in one table, codes with labels.",
    "An empty value is missing, never zero; obs_status says why.",
    "All text is UTF-8. Each file has its SHA-256 below, to see that it has not changed.",
)


def _render_section(heading: str, paragraphs: Iterable[str]) -> Iterator[str]:
    lines = [text_line for paragraph in paragraphs for text_line in _wrap_text(paragraph)]
    if lines:
        yield from ("", heading, "-" * len(heading), "", *lines)


def _wrap_text(text: str) -> list[str]:
    """A text in lines; an address stays whole."""
    return textwrap.wrap(text, README_LINE_CHARS, break_long_words=False, break_on_hyphens=False)


def _format_licence(licence: str, licence_url: str | None) -> str:
    return f"{licence} ({licence_url})" if licence_url else licence


def _describe_file(file: Mapping[str, Any]) -> Iterator[str]:
    rows = "" if file["rows"] is None else f", {file['rows']:,} rows"
    yield file["file"]
    yield f"  {file['says']}{rows}, {file['bytes']:,} bytes"
    yield f"  sha256 {file['sha256']}"
