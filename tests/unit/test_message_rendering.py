"""A message is a code with parameters; its sentence comes from the catalogue."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from evidencehub.check.frictionless_errors import _CONSTRAINTS
from evidencehub.crosswalk.comparability_rules import RULES
from evidencehub.crosswalk.cover import ROW_STATES
from evidencehub.inequality.strata import MISSING_REASON_TEXTS, MissingReason
from evidencehub.messages.language import load_language
from evidencehub.messages.rendering import IN_WORDS, TEMPLATES, make_message
from evidencehub.messages.stored_messages import decode_messages, encode_messages
from tests.support.dataset_builder import PROJECT_ROOT

UNMAPPED = make_message("crosswalk/unmapped-code", source="toy-a", code="1", target="toy-b")

CLAIM_WORDS = {
    "direction": ("higher", "lower", "better", "worse"),
    "other-people": ("area", "sex"),
    "unit-not-in-text": ("missing", "other"),
}
"""The words that claims choose the end of a code by."""


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


def test_a_message_within_a_message_is_translated_with_it() -> None:
    stated = make_message("comparability/quoted", value="rate")
    unstated = make_message("comparability/not-stated")
    message = make_message("comparability/unit", values=(stated, unstated))
    assert message.render() == "The figures have different units: “rate” and not stated."
    text = message.render(load_language("en-XA").translations)
    assert "⟦“rate”⟧ àñd ⟦ñöt stàtéd⟧" in text


def test_a_page_says_a_relation_in_words() -> None:
    names = {"source": "toy-a", "code": "1", "target": "toy-b", "target_codes": ("x", "y")}
    message = make_message("crosswalk/related", **names, relation="relatedMatch")
    assert message.render().startswith("toy-a 1: relatedMatch to x and y of toy-b.")
    in_words = message.render(in_words=True)
    assert in_words.startswith("toy-a 1: related to x and y of toy-b.")


def test_a_stored_message_is_read_as_it_was_written() -> None:
    within = make_message("crosswalk/related-code", target_code="“x”", relation="exactMatch")
    names = {"source": "toy-a", "code": "1", "target": "toy-b"}
    message = make_message("crosswalk/several-targets", **names, target_codes=(within, "y"))
    messages = [message, make_message("crosswalk/repeated-row", count=1, row="2")]
    assert decode_messages(encode_messages(messages)) == messages


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
    used |= {f"comparability/{rule.name}" for rule in RULES}
    used |= {f"crosswalk/{row}-{state}" for row in ("part", "total") for state in ROW_STATES}
    used |= {f"claims/{start}/{word}" for start, words in CLAIM_WORDS.items() for word in words}
    used |= {f"{code}-without-target" for code in used}
    used |= {f"structure/constraint/{name}" for name in _CONSTRAINTS}
    used |= {f"{code}{IN_WORDS}" for code in used}
    assert {code.removesuffix("/fix") for code in TEMPLATES} <= used | {"descriptor"}
    assert len(MISSING_REASON_TEXTS) == len(MissingReason)


def _codes_in(paths: list[Path]) -> set[str]:
    return {
        code
        for path in paths
        for code in re.findall(r'"([a-z]+/[a-z0-9/-]+)"', path.read_text("utf-8"))
    }


def _code_of(reason: MissingReason) -> str:
    return f"inequality/{reason.name.lower().replace('_', '-')}"
