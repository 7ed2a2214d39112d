"""A number and what stands beside it: each flag has its meaning, or the cell is refused."""

from __future__ import annotations

import pytest

from evidencehub.messages.rendering import Message
from evidencehub.normalise.split_cells import make_split_lookup

MARKS = {
    "b": {"obs_status": "B"},
    "u": {"obs_status": "U"},
    "n": {"note": "Small numbers."},
    "[note 1]": {"note": "Estimated."},
    "[r]": {"note": "Revised."},
    "*": {"obs_status": "D"},
    ":": {"obs_status": "O"},
}
READ = make_split_lookup("value", MARKS, has_interval=False)
READ_INTERVAL = make_split_lookup("value", MARKS, has_interval=True)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("12.3 b", {"value": 12.3, "decimals": 1, "obs_status": "B"}),
        ("12.50", {"value": 12.5, "decimals": 2}),
        ("12.9[r]", {"value": 12.9, "decimals": 1, "note": "Revised."}),
        ("*13", {"value": 13, "decimals": 0, "obs_status": "D"}),
        ("1,250 [note 1]", {"value": 1250, "decimals": 0, "note": "Estimated."}),
        ("7.1 bn", {"value": 7.1, "decimals": 1, "obs_status": "B", "note": "Small numbers."}),
        (":", {"obs_status": "O"}),
    ],
)
def test_a_cell_means_its_number_and_its_flags(text: str, meaning: dict[str, object]) -> None:
    assert READ(text) == meaning


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("<5", "values/split/unknown-flag"),
        ("12.3 x", "values/split/unknown-flag"),
        ("7.1 bu", "values/split/unknown-flag"),  # the two contradict each other
        ("*13 b", "values/split/conflict"),
        ("n/a", "values/split/no-number"),
        ("12.5 (11.0 to 14.0)", "values/split/unknown-flag"),
    ],
)
def test_what_has_no_meaning_is_refused(text: str, code: str) -> None:
    refusal = READ(text)
    assert isinstance(refusal, Message)
    assert refusal.code == code


@pytest.mark.parametrize("text", ["12.5 (11.0 to 14.0)", "12.5 [11.0–14.0]", "12.5 (11.0, 14.0)"])
def test_limits_beside_a_value_are_its_limits(text: str) -> None:
    assert READ_INTERVAL(text) == {"value": 12.5, "decimals": 1, "ci_lower": 11, "ci_upper": 14}
    assert READ_INTERVAL(f"{text} b") == {
        "value": 12.5, "decimals": 1, "ci_lower": 11, "ci_upper": 14, "obs_status": "B",
    }  # fmt: skip
