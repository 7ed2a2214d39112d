"""Publishers' texts as HTML below a heading of a page."""

import re

from hypothesis import given
from hypothesis import strategies as st

from evidencehub.domain.markdown_headings import list_empty_headings
from evidencehub.web.views import markdown_html


def levels(html: str) -> list[int]:
    return [int(level) for level in re.findall(r"<h(\d)", html)]


def test_a_title_is_left_out_and_headings_stand_below_the_page() -> None:
    html = markdown_html.render_html(
        "# Title\n\n## What it shows\n\nDeaths.\n\n### By group\n\nNone.", 2, "x"
    )
    assert html == "<h3>What it shows</h3>\n<p>Deaths.</p>\n<h4>By group</h4>\n<p>None.</p>\n"


def test_no_level_is_skipped() -> None:
    assert levels(markdown_html.render_html("## A\n\n##### B\n\nb\n\n# C\n\nc", 2, "x")) == [
        3,
        4,
        3,
    ]


def test_html_is_shown_as_it_is_written() -> None:
    html = markdown_html.render_html('<script>alert("x")</script>\n\na <b>b</b>', 2, "x")
    assert "<script>" not in html
    assert "<b>" not in html
    assert "&lt;b&gt;" in html


def test_a_link_that_would_run_a_script_is_none() -> None:
    assert "href" not in markdown_html.render_html("[here](javascript:alert(1))", 2, "x")
    assert '<a href="https://example.org">' in markdown_html.render_html(
        "[here](https://example.org)", 2, "x"
    )


def test_a_picture_is_a_link() -> None:
    html = markdown_html.render_html("![a map](https://example.org/map.png)", 2, "x")
    assert "<img" not in html
    assert '<a href="https://example.org/map.png">a map</a>' in html


def test_a_table_scrolls_by_itself_and_has_a_name() -> None:
    html = markdown_html.render_html("| a | b |\n|---|---|\n| 1 | 2 |\n", 2, 'The "x"')
    assert 'role="region" tabindex="0" aria-label="The &quot;x&quot; 1"><table>' in html
    assert html.endswith("</table></div>\n")


@given(st.lists(st.integers(1, 6), max_size=12))
def test_headings_never_skip_a_level_whatever_the_text(marks: list[int]) -> None:
    text = "A word.\n\n" + "\n\n".join("#" * mark + " A\n\nB" for mark in marks)
    found = levels(markdown_html.render_html(text, 2, "x"))
    assert len(found) == len(marks)
    before = 2
    for level in found:
        assert 3 <= level <= min(before + 1, 6)
        before = level


LINES = (
    "## A", "### B", "#### C", "## ", "##", "# D", "#E", "## F ##", "G", "=", "---", "***", "", "",
    "```", "~~~", "## <!-- m -->", "#\tN",
)  # fmt: skip
CONTAINER_LINES = ("- h", "> i", "    j", "1. k", "| l |", "* ")


def count_dropped_headings(text: str) -> int:
    """How many headings are written that the page does not have."""
    html = markdown_html.render_html(text, 2, "x")
    assert not re.search(r"<h(\d)>\s*</h\1>", html)
    parsed = markdown_html._create_parser().parse(text)
    return sum(token.type == "heading_open" for token in parsed) - len(levels(html))


@given(st.lists(st.sampled_from(LINES), max_size=14))
def test_no_page_has_a_heading_without_a_text_and_the_check_knows_which_they_are(
    lines: list[str],
) -> None:
    text = "\n".join(["Words.", "", *lines])
    assert bool(count_dropped_headings(text)) == bool(list_empty_headings(text))


@given(st.lists(st.sampled_from((*LINES, *CONTAINER_LINES)), max_size=14))
def test_the_check_takes_no_list_quotation_or_code_for_a_heading(lines: list[str]) -> None:
    text = "\n".join(["Words.", "", *lines])
    if list_empty_headings(text):
        assert count_dropped_headings(text)


def test_a_heading_is_shown_if_there_is_a_text_below_or_below_one_that_it_contains() -> None:
    text = "## A\n\n## B\n\n### C\n\nText.\n\n### D\n\n## E\n\n---\n"
    html = markdown_html.render_html(text, 2, "x")
    assert re.findall(r"<h\d>(.)", html) == ["B", "C"]
    assert list_empty_headings(text) == ["A", "D", "E"]
