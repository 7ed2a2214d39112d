"""Is each fact of the domain spelt in one place?"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from evidencehub.domain import status
from tests.support.dataset_builder import PROJECT_ROOT

PACKAGE = PROJECT_ROOT / "evidencehub"
MODULES = [
    path
    for path in sorted(PACKAGE.rglob("*.py"))
    if path.parent.name != "examples" and path != PACKAGE / "domain" / "status.py"
]
CODES = {status.TOTAL, status.UNKNOWN, status.SECONDARY_SOURCE, *status.OBSERVATION_STATUSES}
CODES |= set(status.SHARE_VALUE_TYPES) | set(status.RATIO_VALUE_TYPES) - {"ratio"}
# “ratio” is a measure of gaps too
CODE_IN_SQL = re.compile(
    "'(?:" + "|".join(map(re.escape, sorted(CODES - set(status.OBSERVATION_STATUSES)))) + ")%?'"
    "|status\\s*(?:=|<>|in \\()\\s*'[A-Z]'"
)
OTHER_MEANINGS = {
    ("formats/ods.py", "A"): "the letter of the first column",
    ("formats/spreadsheet_csv.py", "E"): "the exponent of a number",
    ("formats/sdmx_csv.py", "I"): "a row of SDMX-CSV that is information",
    ("formats/sdmx_structures.py", "O"): "an attribute of observations, in pysdmx",
    ("load/row_bitmaps.py", "I"): "the type of an array of rowids",
    ("load/comparison_kinds.py", "I"): "the type of an array of numbers",
    ("store/row_kinds.py", "I"): "the type of an array of numbers",
    ("normalise/hub_columns.py", "E"): "the exponent of a number",
    ("protocols/sdmx/time_periods.py", "A"): "a reporting year",
    ("protocols/sdmx/time_periods.py", "D"): "a day in a duration",
    ("protocols/sdmx/time_periods.py", "M"): "a reporting month",
    ("protocols/sdmx/time_periods.py", "Q"): "a reporting quarter",
    ("protocols/sdmx/time_periods.py", "S"): "a reporting semester",
    ("protocols/sdmx/time_periods.py", "W"): "a reporting week",
    ("statements/claim_dimensions.py", "F"): "the sex",
    ("statements/claim_dimensions.py", "M"): "the sex",
}
"""Texts that are spelt like a code and are none."""


def list_texts(path: Path) -> Iterator[str]:
    """The texts of a module without its docstrings."""
    tree = ast.parse(path.read_text("utf-8"))
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if is_text and id(node) not in docstrings:
            yield node.value


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_the_module_of_statuses_spells_their_codes_and_marks(path: Path) -> None:
    name = str(path.relative_to(PACKAGE))
    spelt = [
        text
        for text in list_texts(path)
        if text in CODES or text in status.SYMBOLS or CODE_IN_SQL.search(text)
    ]
    assert [text for text in spelt if (name, text) not in OTHER_MEANINGS] == []


def test_every_exception_is_still_needed() -> None:
    for name, text in OTHER_MEANINGS:
        assert text in list_texts(PACKAGE / name), name


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.sql")), ids=lambda path: path.name)
def test_sql_files_use_known_codes(path: Path) -> None:
    used = set(re.findall(r"obs_status\s*(?:=|<>)\s*'(\w+)'", path.read_text("utf-8")))
    assert used <= status.OBSERVATION_STATUSES.keys()
    levels = set(re.findall(r"like '(\w+)%'", path.read_text("utf-8")))
    assert levels <= {status.SECONDARY_SOURCE}


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("obs-status", set(status.OBSERVATION_STATUSES)),
        ("conf-status", {status.FREE, *status.SECONDARY_CONFIDENTIALITY}),
        ("verification", {status.SECONDARY_SOURCE, status.SYNTHETIC}),
        ("value-type", {*status.COMPARABLE_VALUE_TYPES, *status.RATIO_VALUE_TYPES}),
    ],
)
def test_the_codes_stand_in_their_list(name: str, codes: set[str]) -> None:
    lines = (PROJECT_ROOT / "codes" / f"{name}.csv").read_text("utf-8").splitlines()[1:]
    listed = {line.partition(",")[0] for line in lines}
    assert codes <= listed
    if name == "obs-status":
        assert codes == listed


def test_values_of_which_groups_share_a_mark_are_missing() -> None:
    by_symbol: dict[str, list[status.ObservationStatus]] = {}
    for observation_status in status.OBSERVATION_STATUSES.values():
        by_symbol.setdefault(observation_status.symbol, []).append(observation_status)
    shared = [group for group in by_symbol.values() if len(group) > 1]
    assert all(entry.is_missing for group in shared for entry in group)
