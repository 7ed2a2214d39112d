"""The line of an indicator in a list: its number is that of no single group of several."""

from __future__ import annotations

import pytest

from evidencehub.messages.language import load_language
from evidencehub.store.current_gaps import CurrentGapRow
from evidencehub.store.gaps import GapValues
from evidencehub.web.views import gap_strips


class Rows:
    """A database that has these rows and no other."""

    def __init__(self, rows: list[CurrentGapRow]) -> None:
        self.rows = rows


def gap_row(group: str, difference: float | None, ratio: float | None) -> CurrentGapRow:
    cells = dict.fromkeys(GapValues.__dataclass_fields__)
    cells |= {"reference": "C", "reference_label": "Kites"}
    values = GapValues(**(cells | {"difference": difference, "ratio": ratio}))
    return CurrentGapRow(
        "toy", "Toys", "GB", "United Kingdom", "kinds", group, group, "", "en", "2024-01-01",
        "2024-12-31", "difference", 1, 0, difference, 1, 95.0, "", "per-1000-population",
        "per 1,000 population", "unfavourable", 0, values,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("differences", "lowest", "highest"),
    [((1.5, -2.0, 4.0), "B", "C"), ((3.0, 2.0), "B", "A"), ((5.0,), "A", "A")],
)
def test_differences_of_several_groups_are_told_from_the_lowest_to_the_highest(
    monkeypatch: pytest.MonkeyPatch, differences, lowest: str, highest: str
) -> None:
    rows = [gap_row(name, value, None) for name, value in zip("ABC", differences, strict=False)]
    monkeypatch.setattr(gap_strips, "select_current_gaps", lambda *_: rows)
    strip = gap_strips.load_gap_strips(Rows(rows), ["toy"])["toy"]
    assert (strip.lowest.row.ethnicity, strip.highest.row.ethnicity) == (lowest, highest)
    assert strip.is_single is (len(differences) == 1)


def test_ratios_go_before_differences(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [gap_row("A", 9.0, 1.5), gap_row("B", 1.0, 2.5), gap_row("C", -9.0, None)]
    monkeypatch.setattr(gap_strips, "select_current_gaps", lambda *_: rows)
    strip = gap_strips.load_gap_strips(Rows(rows), ["toy"])["toy"]
    assert (strip.lowest.row.ethnicity, strip.highest.row.ethnicity) == ("A", "B")
    assert gap_strips.build_list_plot(load_language("en")).reference.value == 1.0
