"""What changes.md says, as rows; and the releases of a day together."""

import pytest

from evidencehub.load import descriptor_rows
from evidencehub.store.codes import ListedCodeRow
from evidencehub.store.releases import ReleaseChangesRow
from evidencehub.web.pages import code_lists, feeds
from evidencehub.web.views.grouping import group_rows

TEXT = """# Changes

Before any version: not told.

## 1.1.0 (23 November 2026)

- A row
  more.
* A correction.

A paragraph
of two lines.

## 1.0.0

### Data

- First release.
"""


def test_each_item_and_paragraph_is_a_change_of_its_version() -> None:
    told = [
        (row["version"], row["changed_on"], row["text"])
        for row in descriptor_rows.parse_changes(TEXT, {})
    ]
    assert told == [
        ("1.1.0", "2026-11-23", "A row more."),
        ("1.1.0", "2026-11-23", "A correction."),
        ("1.1.0", "2026-11-23", "A paragraph of two lines."),
        ("1.0.0", None, "First release."),
    ]


@pytest.mark.parametrize(
    ("heading", "day"),
    [
        ("## 1.0.0 (23 November 2026)", "2026-11-23"),
        ("## 1.0.0 (2026-11-23)", "2026-11-23"),
        ("## v1.0.0 (1 March 2026)", "2026-03-01"),
        ("## 1.0.0", "2026-01-31"),
        ("## 1.0.0 (last week)", "2026-01-31"),
        ("## 1.0.0 (31 February 2026)", "2026-01-31"),
    ],
)
def test_the_day_is_that_of_the_heading_or_of_the_descriptor(heading: str, day: str) -> None:
    (row,) = descriptor_rows.parse_changes(f"{heading}\n\n- A word.\n", {"1.0.0": "2026-01-31"})
    assert row["changed_on"] == day


@pytest.mark.parametrize("text", ["", "# Changes\n", "Words.\n", "## 1.0.0\n"])
def test_a_text_without_changes_has_none(text: str) -> None:
    assert list(descriptor_rows.parse_changes(text, {})) == []


def release(changed_on: str | None, dataset: str) -> ReleaseChangesRow:
    return ReleaseChangesRow(
        dataset, dataset.upper(), "en", None, "1.0.0", changed_on, ["A line."], 0
    )


def test_the_releases_of_a_day_stand_together_in_their_order() -> None:
    rows = [release("2026-02-01", "b"), release("2026-02-01", "a"), release(None, "c")]
    by_day = group_rows(rows, lambda row: row.changed_on)
    days = [(day, [row.dataset for row in day_rows]) for day, day_rows in by_day.items()]
    assert days == [("2026-02-01", ["b", "a"]), (None, ["c"])]


def listed_code(code: str, parent: str | None) -> ListedCodeRow:
    return ListedCodeRow(code, code.upper(), "en", parent, None, None, None, None, None)


def test_codes_stand_under_their_parents() -> None:
    parents = {"b": None, "a1": "a", "a": None, "a11": "a1", "x": "elsewhere", "a2": "a"}
    nested = code_lists.order_by_hierarchy(listed_code(*pair) for pair in parents.items())
    assert [(row.code, depth) for row, depth in nested] == [
        ("b", 0),
        ("a", 0),
        ("a1", 1),
        ("a11", 2),
        ("a2", 1),
        ("x", 0),
    ]


@pytest.mark.parametrize(
    ("home", "host"),
    [
        ("https://hub.example.org", "hub.example.org"),
        ("http://HUB.example.org:8001/base", "hub.example.org"),
        ("http://[::1]:8001", "localhost"),
    ],
)
def test_the_tag_of_an_entry_does_not_hang_on_scheme_or_port(home: str, host: str) -> None:
    assert (
        feeds.build_tag_uri(home, "datasets", "a", "1.0.0") == f"tag:{host},2026:datasets/a/1.0.0"
    )
