"""Reports on datasets as text, JSON and HTML: where, what, and what to do."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from html import escape

from evidencehub.model.problem import Problem, Report

_LABELS = {"error": "must fix", "warning": "look"}
_INDENT = 11  # columns before the text of a problem


def text(report: Report, *, width: int = 100) -> str:
    """The report as people read it on a terminal."""
    lines = [f"{report.slug}: {verdict(report)}"]
    for problem in report.problems:
        lines += ["", *_told(problem, width)] if len(lines) == 1 else _told(problem, width)
    for (rule, file, field, _), count in sorted(report.more.items()):
        place = f"{file}, {field}" if field else file
        lines.append(f"{'':{_INDENT}}… and {_times(count)} more in {place}.  [{rule}]")
    return "\n".join(lines)


def verdict(report: Report) -> str:
    """How many things must be fixed, and how many are worth a look."""
    errors, warnings = report.count("error"), report.count("warning")
    look = f"{warnings} {'is' if warnings == 1 else 'are'} worth a look"
    if errors:
        fix = f"{errors} {'thing' if errors == 1 else 'things'} must be fixed"
        return (
            f"{fix}, {look}. Nothing has been published."
            if warnings
            else (f"{fix}. Nothing has been published.")
        )
    if warnings:
        return f"nothing must be fixed, {look}."
    return "all is well."


def _told(problem: Problem, width: int) -> Iterator[str]:
    label = f"{_LABELS[problem.severity]:<{_INDENT}}"
    said = f"{problem.where}: {problem.message}  [{problem.rule}]"
    rest = " " * _INDENT
    yield from textwrap.wrap(
        said, width, initial_indent=label, subsequent_indent=rest, break_on_hyphens=False
    )
    yield from textwrap.wrap(
        problem.fix, width, initial_indent=rest, subsequent_indent=rest, break_on_hyphens=False
    )


def _times(count: int) -> str:
    return f"{count:,}".replace(",", " ")


def as_json(reports: Sequence[Report]) -> str:
    """The reports as one JSON document."""
    ok = all(report.ok for report in reports)
    told = {"ok": ok, "datasets": [report.as_dict() for report in reports]}
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"


def as_html(reports: Sequence[Report]) -> str:
    """The reports as one page that needs nothing else."""
    body = "\n".join(_section(report) for report in reports)
    return _PAGE.format(body=body)


def _section(report: Report) -> str:
    rows = "\n".join(_row(problem) for problem in report.problems)
    table = _TABLE.format(rows=rows) if rows else ""
    more = "".join(
        f"<p>… and {_times(count)} more in {escape(file)} {escape(field)} ({escape(rule)}).</p>"
        for (rule, file, field, _), count in sorted(report.more.items())
    )
    heading = f"<h2>{escape(report.slug)}</h2>"
    return f"<section>{heading}<p>{escape(verdict(report))}</p>{table}{more}</section>"


def _row(problem: Problem) -> str:
    cells: Iterable[str] = (
        _LABELS[problem.severity], problem.where, problem.message, problem.fix, problem.rule,
    )  # fmt: skip
    return "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"


_TABLE = """<table><thead><tr><th scope="col">What</th><th scope="col">Where</th>
<th scope="col">Found</th><th scope="col">What to do</th><th scope="col">Rule</th></tr></thead>
<tbody>{rows}</tbody></table>"""

_PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Report on the datasets</title>
<style>
body {{ font: 1rem/1.5 Arial, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }}
table {{ border-collapse: collapse; width: 100%; }}
th, td {{ text-align: left; vertical-align: top; padding: .4rem; border-bottom: 1px solid #999; }}
td {{ overflow-wrap: anywhere; }}
</style></head>
<body><main><h1>Report on the datasets</h1>
{body}
</main></body></html>
"""
