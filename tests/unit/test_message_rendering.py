"""A message is a code with parameters; its sentence comes from the catalogue."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from evidencehub.inequality.strata import MISSING_REASON_TEXTS, MissingReason
from evidencehub.messages.language import load_language
from evidencehub.messages.rendering import TEMPLATES, make_message
from tests.support.dataset_builder import PROJECT_ROOT

UNMAPPED = make_message("crosswalk/unmapped-code", source="toy-a", code="1", target="toy-b")


def test_a_message_is_its_template_with_the_parameters_filled_in() -> None:
    assert UNMAPPED.render() == "toy-a 1: the crosswalk to toy-b does not have it."


def test_a_list_of_codes_becomes_words() -> None:
    message = make_message("crosswalk/parallel-schemes", schemes=("a", "b", "c"))
    assert "classifications, a, b and c." in message.render()


def test_a_translated_message_keeps_its_parameters() -> None:
    text = UNMAPPED.render(load_language("en-XA").translations)
    assert text.startswith("⟦toy-a 1: ")
    assert "toy-b" in text
    assert "crosswalk" not in text


@pytest.mark.parametrize("wrong", ["crosswalk/no-such-message", "crosswalk/no-crosswalk"])
def test_an_unknown_code_or_a_forgotten_parameter_is_a_fault(wrong: str) -> None:
    with pytest.raises(KeyError):
        make_message(wrong).render()


def test_every_code_in_the_catalogue_is_used() -> None:
    code_files = [
        path
        for path in (PROJECT_ROOT / "evidencehub").rglob("*.py")
        if path.parent.name != "messages"
    ]
    used = _codes_in(code_files) | {_code_of(reason) for reason in MissingReason}
    used |= {f"{code}-without-target" for code in used}
    assert set(TEMPLATES) <= used
    assert len(MISSING_REASON_TEXTS) == len(MissingReason)


def _codes_in(paths: list[Path]) -> set[str]:
    return {
        code
        for path in paths
        for code in re.findall(r'"((?:crosswalk|inequality)/[a-z0-9-]+)"', path.read_text())
    }


def _code_of(reason: MissingReason) -> str:
    return f"inequality/{reason.name.lower().replace('_', '-')}"
