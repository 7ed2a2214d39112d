"""The bill of materials has every library of the lock file, with its digests and licence."""

from __future__ import annotations

import re

import pytest

from tests.support import bill_of_materials
from tests.support.bill_of_materials import LOCK_FILE, build_bill, find_licence, read_lock


def test_every_pin_of_the_lock_file_is_in_the_bill() -> None:
    text = LOCK_FILE.read_text("utf-8")
    bill = build_bill(read_lock(text), "1.0")
    pins = re.findall(r"^([A-Za-z0-9._-]+)(?:\[.*\])?==(\S+)", text, re.MULTILINE)
    assert len(pins) > 50
    assert [(part["name"], part["version"]) for part in bill["components"]] == pins
    digests = [d for part in bill["components"] for d in part["externalReferences"][0]["hashes"]]
    assert len(digests) == text.count("--hash=sha256:")
    assert {ref["ref"] for ref in bill["dependencies"]} == {
        "evidencehub", *(part["bom-ref"] for part in bill["components"])
    }  # fmt: skip
    assert bill == build_bill(read_lock(text), "1.0")


def test_a_pin_without_a_digest_is_refused() -> None:
    with pytest.raises(ValueError, match="toys has no digest"):
        read_lock("toys==1.0\nboats==2.0 \\\n    --hash=sha256:" + "a" * 64)


def test_the_licence_is_what_the_library_states() -> None:
    assert find_licence("click") == "BSD-3-Clause"
    assert find_licence("no-such-library") == "not stated"


def test_an_audit_that_cannot_be_made_is_skipped_aloud(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "")
    assert bill_of_materials.audit() == 0
    assert capsys.readouterr().out.startswith("SKIPPED: no audit of known weaknesses")
