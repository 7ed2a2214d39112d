"""A problem made of its message: the code says which rule is broken, and what to do about it."""

from __future__ import annotations

from evidencehub.domain.problem import Problem
from evidencehub.messages.rendering import Message


def make_problem(
    message: Message,
    file: str = "datapackage.json",
    row: int | None = None,
    field: str = "",
    occurrences: int = 1,
) -> Problem:
    """Return the problem at its place; its advice is the template `<code>/fix`.

    A code is the name of the rule, and after it, where a rule says several things, which.
    """
    rule = "/".join(message.code.split("/")[:2])
    advice = Message(f"{message.code}/fix", message.params)
    place = (file, row, field, occurrences)
    if message.proposal is None or row is None:
        return Problem(rule, message, advice, "error", *place)
    words = (str(dict(message.params)["text"]), message.proposal)
    return Problem(rule, message, advice, "error", *place, *words)
