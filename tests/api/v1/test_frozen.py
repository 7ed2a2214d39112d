"""Version 1 is frozen: nothing that a program may rest on goes, or changes its type."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evidencehub.api.app import ApiApp
from tests.support.api_contract import describe_contract, read_contract


@pytest.fixture(scope="module")
def promised_now(built: Path) -> dict[str, list[str]]:
    return describe_contract(json.loads(ApiApp(built)._openapi_json))


@pytest.mark.parametrize("subject", sorted(read_contract()))
def test_what_was_promised_is_still_there(promised_now: dict[str, list[str]], subject: str) -> None:
    gone = {*read_contract()[subject]} - {*promised_now[subject]}
    assert sorted(gone) == [], "deprecate it, and let it stand (docs/reference/api.md)"


def test_what_is_new_is_promised_too(promised_now: dict[str, list[str]]) -> None:
    frozen = read_contract()
    new = {s: sorted({*names} - {*frozen.get(s, ())}) for s, names in promised_now.items()}
    assert {subject: names for subject, names in new.items() if names} == {}, (
        "run `python -m tests.support.api_contract`"
    )


def test_a_column_that_went_would_be_seen(promised_now: dict[str, list[str]]) -> None:
    columns = promised_now["columns"]
    assert "observations value number" in columns
    changed = [
        name.replace("observations value number", "observations value text") for name in columns
    ]
    assert {*read_contract()["columns"]} - {*changed} == {"observations value number"}
