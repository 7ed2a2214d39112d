"""Messages as text in a column of a database, and read from it again."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from evidencehub.messages.rendering import Message, make_message


def encode_messages(messages: Iterable[Message]) -> str:
    """Return the messages as JSON: the code of each as `message`, beside its parameters."""
    return json.dumps(
        list(messages),
        default=lambda message: {"message": message.code, **dict(message.params)},
        ensure_ascii=False,
    )


def decode_messages(text: str) -> list[Message]:
    """Return the messages that `encode_messages` wrote."""
    messages: list[Message] = json.loads(text, object_hook=_decode)
    return messages


def _decode(stored_message: dict[str, Any]) -> Message:
    return make_message(
        stored_message.pop("message"),
        **{
            name: tuple(value) if isinstance(value, list) else value
            for name, value in stored_message.items()
        },
    )
