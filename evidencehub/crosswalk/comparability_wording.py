"""How values and indicators stand in a reason: quoted, not stated, and never too many of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from evidencehub.messages.rendering import Message, make_message

MAX_LISTED_VALUES = 12
"""Values that one sentence lists; it says how many more there are."""


def quote_values(values: Iterable[str]) -> tuple[Message, ...]:
    """Return the values as they stand in a sentence; what is empty is said to be not stated."""
    quoted = [
        make_message("comparability/quoted", value=value)
        if value
        else make_message("comparability/not-stated")
        for value in values
    ]
    return (*quoted[:MAX_LISTED_VALUES], *_count_others(quoted))


def shorten_list(parts: Sequence[str | Message]) -> tuple[str | Message, ...]:
    """Return the parts of a sentence, the last of which says how many are left out.

    A reason has all the indicators that it concerns beside the sentence.
    """
    return (*parts[:MAX_LISTED_VALUES], *_count_others(parts))


def _count_others(items: Sequence[object]) -> tuple[Message, ...]:
    count = len(items) - MAX_LISTED_VALUES
    return (make_message("comparability/others", count=count),) if count > 0 else ()
