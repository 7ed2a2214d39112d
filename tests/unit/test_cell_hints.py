"""Advice looks at the cell: what it most likely is, and nothing false to declare of it."""

from __future__ import annotations

import pytest

from evidencehub.check.cell_hints import find_hint
from evidencehub.domain.code_lists import Code, CodeList
from evidencehub.domain.problem import CheckReport, Problem
from evidencehub.formats.check_report import render_text
from evidencehub.messages.rendering import make_message
from evidencehub.normalise.code_hints import find_code_hint


@pytest.mark.parametrize(
    ("cell", "hint"),
    [
        ("#N/A", "spreadsheet-error"), ("=SUM(A1:A9)", "formula"), ("10,907", "grouped"),
        ("1 234", "grouped"), ("1.234.567", "grouped"), ("12,5", "decimal-comma"),
        ("<10", "bound"), ("≥95%", "bound"), ("5 or less", "bound"), ("950+", "bound"),
        ("43%", "percent"), ("£3.20", "percent"), ("12.5 [r]", "flagged"), ("7.1*", "flagged"),
        ("†8", "flagged"), ("12.5 (11.0–14.0)", "flagged"), ("n/a", ""), ("c", ""), ("..", ""),
    ],
)  # fmt: skip
def test_a_refused_number_looks_like_something(cell: str, hint: str) -> None:
    assert find_hint(cell, "number") == "/".join(filter(None, ("structure/type", hint)))


def test_only_numbers_and_years_have_hints() -> None:
    assert [find_hint("2019.0", kind) for kind in ("year", "integer", "date")] == [
        "structure/type/year-point", "structure/type/decimal-point", "structure/type",
    ]  # fmt: skip


def codes(name: str, *texts: str) -> CodeList:
    """A list of these codes."""
    found = CodeList(name, name, "dimension")
    for text in texts:
        found.add(Code(name, text, f"Label of {text}"))
    return found


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("age", "03-Jun", "codes/unknown-code/date"),
        ("age", "Jan-04", "codes/unknown-code/date"),
        ("bands", "01-Feb", "codes/unknown-code/date"),
        ("bands", "7", "codes/unknown-code/lost-zero"),
        ("bands", "Overall", "codes/unknown-code/total"),
        ("bands", " 007", "codes/unknown-code/white-space"),
    ],
)
def test_a_code_that_a_spreadsheet_changed_is_known(name: str, text: str, code: str) -> None:
    hint = find_code_hint(codes(name, "_T", "007", "1-2"), text)
    assert hint is not None
    assert hint.code == code


@pytest.mark.parametrize("text", ["03-Jun", "70", "Somebody"])
def test_what_may_be_anything_is_nothing(text: str) -> None:
    assert find_code_hint(codes("bands", "_T", "007", "1-2"), text) is None


def test_one_fault_is_told_once_with_its_rows_and_every_other_one_too() -> None:
    report = CheckReport("toys")
    for row in range(2, 62):
        text = f"Wrong {row % 12}"
        finding = make_message("codes/unknown-code/long-list", text=text, codelist="x", title="x")
        report.add([Problem("codes/unknown-code", finding, "Correct it.", file="t.csv", row=row)])
    assert [p.occurrences for p in report.problems] == [5] * 12
    assert report.count("error") == 60
    assert report.omitted_counts == {}
    assert "t.csv row 2 (and 4 more rows): “Wrong 2” is not in x." in render_text(report)
    again = CheckReport("toys")
    again.merge(report)
    assert again.as_dict() == report.as_dict()
    assert CheckReport.from_dict(report.as_dict()).as_dict() == report.as_dict()
