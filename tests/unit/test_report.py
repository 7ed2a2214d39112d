"""Reports as people read them: alike problems told five times and counted, markup made harmless."""

from __future__ import annotations

import json

from inline_snapshot import snapshot

from evidencehub.domain.problem import CheckReport, Problem
from evidencehub.formats import check_report as reports


def many(count: int) -> CheckReport:
    """A report on two kinds of mistake, each in many rows."""
    found = CheckReport("toy-repairs", max_per_group=1)
    fix = "Fill it in."
    file = "data/toys.csv"
    for row in range(2, count + 2):
        empty, odd = "The row is empty.", "“<b>” is odd."
        found.add([Problem("structure/blank-row", empty, fix, file=file, row=row)])
        found.add([Problem("values/required", odd, fix, "warning", file, row, "name")])
    return found


def test_what_is_not_told_is_counted_at_the_end_of_the_text() -> None:
    assert reports.render_text(many(1235)) == snapshot("""\
toy-repairs: 1235 errors must be fixed, 1235 warnings to review. Nothing has been published.

error      data/toys.csv row 2: The row is empty.  [structure/blank-row]
           Fill it in.
warning    data/toys.csv row 2, name: “<b>” is odd.  [values/required]
           Fill it in.
           … and 1 234 more in data/toys.csv.  [structure/blank-row]
           … and 1 234 more in data/toys.csv, name.  [values/required]\
""")


def test_what_is_not_told_is_counted_on_the_page_and_nothing_is_markup() -> None:
    page = reports.render_html([many(1235), CheckReport("toy-loans")])
    assert "<p>… and 1 234 more in data/toys.csv name (values/required).</p>" in page
    assert "“&lt;b&gt;” is odd." in page
    assert "<b>" not in page
    assert "<h2>toy-loans</h2><p>no problems found.</p>" in page


def test_what_is_not_told_is_counted_in_the_json() -> None:
    told = json.loads(reports.render_json([many(1235), CheckReport("toy-loans")]))
    assert told["ok"] is False
    assert [(d["dataset"], d["errors"], d["warnings"]) for d in told["datasets"]] == [
        ("toy-repairs", 1235, 1235),
        ("toy-loans", 0, 0),
    ]
    assert {entry["count"] for entry in told["datasets"][0]["more"]} == {1234}


def disclosures(count: int) -> CheckReport:
    """A report on as many disclosed counts."""
    found = CheckReport("toy-repairs")
    for row in range(2, count + 2):
        message = f"The suppressed count is {row % 7}."
        place = ("error", "data/toys.csv", row, "numerator")
        found.add([Problem("disclosure/recoverable", message, "Round it.", *place)])
    return found


def test_every_disclosure_is_in_the_files_of_a_report_and_the_terminal_counts_them() -> None:
    found = disclosures(11_000)
    viewed = reports.render_text(found)
    assert viewed.count("The suppressed count is") == 5
    assert "… and 10 995 more in data/toys.csv, numerator.  [disclosure/recoverable]" in viewed
    for document in (
        reports.render_text(found, max_viewed=None),
        reports.render_json([found]),
        reports.render_html([found]),
    ):
        assert document.count("The suppressed count is") == 11_000
    again = CheckReport.from_dict(found.as_dict())
    assert again.as_dict() == found.as_dict()
