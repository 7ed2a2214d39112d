"""Reports on datasets as text, JSON and HTML: where, what, and what to do."""

from __future__ import annotations

import json
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from html import escape

from evidencehub.domain.problem import JOINED_RULES, CheckReport, Problem, ProblemGroup, ProposedMap

MAX_VIEWED_FAULTS = 50  # different faults of a column, each told with its count of rows
MAX_VIEWED = 5  # alike problems in the view of a terminal; the files of a report have them all
_MAP_NOTE = "“…” stands where no code is near."
_TEXT_INDENT = 11  # columns before the text of a problem


def render_text(
    report: CheckReport, *, width: int = 100, max_viewed: int | None = MAX_VIEWED
) -> str:
    """Return the report as people read it; at most `max_viewed` alike problems, unless None."""
    lines = [f"{report.slug}: {summarise(report)}"]
    viewed: Counter[ProblemGroup] = Counter()
    omitted = Counter(report.omitted_counts)
    for problem in report.problems:
        kind = problem.kind
        viewed[kind] += 1
        limit = MAX_VIEWED_FAULTS if kind.rule in JOINED_RULES else max_viewed
        if max_viewed is not None and limit is not None and viewed[kind] > limit:
            omitted[kind] += problem.occurrences
            continue
        lines += [""] * (len(lines) == 1)
        lines += _render_problem(problem, width)
    for (rule, file, field, _), count in sorted(omitted.items()):
        location = f"{file}, {field}" if field else file
        lines.append(
            f"{'':{_TEXT_INDENT}}… and {_format_count(count)} more in {location}.  [{rule}]"
        )
    for proposed in report.proposed_maps:
        if proposed.rows > 1:  # one cell is corrected more quickly than mapped
            lines += _render_map(proposed, width)
    return "\n".join(lines)


def _render_map(proposed: ProposedMap, width: int) -> Iterator[str]:
    """A map to paste, whole and as JSON: its lines are not wrapped."""
    yield ""
    yield from textwrap.wrap(
        f"{proposed.file}, {proposed.field}: to keep these {len(proposed.codes)} spellings, add "
        f"this to the `hub` object of the field, and correct each code. {_MAP_NOTE}"
        if len(proposed.codes) > 1
        else f"{proposed.file}, {proposed.field}: to keep this spelling, add this to the `hub` "
        f"object of the field, and correct the code. {_MAP_NOTE}",
        width,
        break_on_hyphens=False,
    )
    yield f'"map": {json.dumps(proposed.codes, ensure_ascii=False, indent=1)}'


def summarise(report: CheckReport) -> str:
    """Return how many errors must be fixed and how many warnings there are to review."""
    errors, warnings = report.count("error"), report.count("warning")
    warnings_text = f"{warnings} {'warning' if warnings == 1 else 'warnings'} to review"
    if errors:
        errors_text = f"{errors} {'error' if errors == 1 else 'errors'} must be fixed"
        errors_text += f", {warnings_text}" if warnings else ""
        return f"{errors_text}. Nothing has been published."
    return f"no errors, {warnings_text}." if warnings else "no problems found."


def _render_problem(problem: Problem, width: int) -> Iterator[str]:
    hanging_indent = " " * _TEXT_INDENT
    message = f"{_render_place(problem)}: {problem.message}  [{problem.rule}]"
    for text, indent in (
        (message, f"{problem.severity:<{_TEXT_INDENT}}"),
        (problem.fix, hanging_indent),
    ):
        yield from textwrap.wrap(
            text,
            width,
            initial_indent=indent,
            subsequent_indent=hanging_indent,
            break_on_hyphens=False,
        )


def _render_place(problem: Problem) -> str:
    """The place in words, with the number of further rows that have the same fault."""
    rows = "row" if problem.more_rows == 1 else "rows"
    more_text = (
        f" (and {_format_count(problem.more_rows)} more {rows})" if problem.more_rows else ""
    )
    return f"{problem.location}{more_text}"


def _format_count(count: int) -> str:
    return f"{count:,}".replace(",", " ")


def render_json(reports: Sequence[CheckReport]) -> str:
    """The reports as one JSON document."""
    ok = all(report.has_no_errors for report in reports)
    document = {"ok": ok, "datasets": [report.as_dict() for report in reports]}
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def render_html(reports: Sequence[CheckReport]) -> str:
    """The reports as one page that needs nothing else."""
    body = "\n".join(_render_report_html(report) for report in reports)
    return _PAGE_HTML.format(body=body)


def _render_report_html(report: CheckReport) -> str:
    rows = "\n".join(_render_problem_html(problem) for problem in report.problems)
    table = _TABLE_HTML.format(rows=rows) if rows else ""
    more_html = "".join(
        (
            f"<p>… and {_format_count(count)} more in {escape(file)} {escape(field)} "
            f"({escape(rule)}).</p>"
        )
        for (rule, file, field, _), count in sorted(report.omitted_counts.items())
    )
    heading = f"<h2>{escape(report.slug)}</h2>"
    maps = "".join(
        f"<pre>{escape(chr(10).join(_render_map(proposed, 100)))}</pre>"
        for proposed in report.proposed_maps
    )
    return f"<section>{heading}<p>{escape(summarise(report))}</p>{table}{more_html}{maps}</section>"


def _render_problem_html(problem: Problem) -> str:
    cells: Iterable[str] = (
        problem.severity,
        _render_place(problem),
        problem.message,
        problem.fix,
        problem.rule,
    )
    return "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"


_TABLE_HTML = """<table><thead><tr><th scope="col">What</th><th scope="col">Where</th>
<th scope="col">Found</th><th scope="col">What to do</th><th scope="col">Rule</th></tr></thead>
<tbody>{rows}</tbody></table>"""

_PAGE_HTML = """<!doctype html>
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
