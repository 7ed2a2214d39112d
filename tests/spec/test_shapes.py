"""Every example once more in a table of another shape: the verdict is the same.

A mistake is found in the toy dataset's two rows; here it stands among fifty rows whose values
repeat, in a wide table without a column for the indicator, and in a table of two files.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from tests.spec.changes import Change, report_on
from tests.spec.examples import EXAMPLES
from tests.support.dataset_builder import DatasetBuilder

Shape = Callable[[DatasetBuilder], bool]
ROWS = 50
LOOKS_AT_ALL_ROWS = "plausibility/"
"""Rules of this subject judge the values of a table together: others beside them change it."""


def has_plain_observations(toys: DatasetBuilder) -> bool:
    """True for a dataset whose observations are rows that a test may add to or move."""
    return bool(
        toys.tables.get("observations")
        and "observations" not in toys.raw_files
        and "resources" not in toys.descriptor
        and "path" not in toys.resource_overrides.get("observations", {})
    )


def among_fifty_rows(toys: DatasetBuilder) -> bool:
    """Valid rows of earlier years below those of the example, for the group of its last row."""
    observations = toys.tables["observations"]
    last = observations[-1]
    if not {"value", "ethnicity", "indicator"} <= last.keys():
        return False
    # a count stays whole
    values = ("12", "10") if str(last["value"]).isdigit() else ("12.5", "10.0")
    kept = {name: last[name] for name in ("ethnicity", "indicator", "scheme") if name in last}
    for number in range(ROWS - len(observations)):
        year, value = str(1900 + number), values[number % 2]
        filler = toys.build_observation(value=value, **kept)
        filler |= {"period": year, "period_start": f"{year}-01-01", "period_end": f"{year}-12-31"}
        people = {name: last[name] for name in ("sex", "age") if name in last}
        observations.append({name: filler.get(name, people.get(name, "")) for name in last})
    return True


def as_a_wide_table(toys: DatasetBuilder) -> bool:
    """The indicator is said in the descriptor, and the column of values bears another name."""
    observations = toys.tables["observations"]
    indicators = {row.get("indicator") for row in observations}
    changed = toys.resource_overrides.get("observations", {}).keys()
    is_mapped = "indicator" in toys.field_overrides.get("observations", {})
    if len(indicators) > 1 or None in indicators or changed & {"hub", "schema"} or is_mapped:
        return False
    toys.resource_overrides.setdefault("observations", {})["hub"] = {
        "measures": [{"indicator": indicators.pop(), "value": "rate_of_toys"}]
    }
    for row in observations:
        del row["indicator"]
        row["rate_of_toys"] = row.pop("value")
    overrides = toys.field_overrides.setdefault("observations", {})
    overrides["rate_of_toys"] = {"type": "number", **overrides.pop("value", {})}
    return True


def in_two_files(toys: DatasetBuilder) -> bool:
    """The last row has a file of its own."""
    *first, last = toys.tables["observations"]
    overrides = toys.resource_overrides.get("observations", {})
    if not first or "hold_back" in overrides.get("hub", {}):  # which speaks of one file
        return False
    toys.tables["observations"], toys.tables["observations_2"] = first, [last]
    toys.resource_overrides["observations_2"] = {
        **overrides,
        "path": "data/observations_2.csv",
        "hub": {**overrides.get("hub", {}), "role": "observations"},
    }
    toys.field_overrides["observations_2"] = toys.field_overrides.get("observations", {})
    return True


SHAPES: dict[str, Shape] = {
    "fifty rows": among_fifty_rows,
    "a wide table": as_a_wide_table,
    "two files": in_two_files,
}


def bring_into_shape(change: Change, shape: str, folder: Path) -> DatasetBuilder | None:
    """An example in another shape; None where it is about the very shape of its table."""
    toys = DatasetBuilder(folder / "toy-repairs")
    change.make(toys)
    return toys if has_plain_observations(toys) and SHAPES[shape](toys) else None


@cache
def has_shape(change: Change, shape: str) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        return bring_into_shape(change, shape, Path(folder)) is not None


CASES = [
    pytest.param(shape, example.rule, change, id=f"{shape}-{example.rule}-{kind}")
    for shape in SHAPES
    for example in EXAMPLES
    for kind, change in (("bad", example.bad), ("good", example.good))
    if has_shape(change, shape)
    and not (shape == "fifty rows" and example.rule.startswith(LOOKS_AT_ALL_ROWS))
]


def test_nearly_every_example_is_tried_in_every_shape() -> None:
    assert len(CASES) >= 0.9 * 2 * len(SHAPES) * len(EXAMPLES)


@pytest.mark.slow
@pytest.mark.parametrize(("shape", "rule", "change"), CASES)
def test_an_example_has_the_same_verdict_in_another_shape(
    shape: str, rule: str, change: Change, tmp_path: Path
) -> None:
    toys = bring_into_shape(change, shape, tmp_path)
    assert toys is not None
    report = toys.check()
    expected = report_on(change)
    assert set(report.rules) == set(expected.rules)
