"""A typed client for the API of an evidence hub."""

from evidencehub_client.answer import Answer
from evidencehub_client.errors import (
    CursorOutdated,
    HubError,
    NotConvertible,
    NotFound,
    Problem,
    Refused,
    Unavailable,
    Withdrawn,
)
from evidencehub_client.hub import Hub

__all__ = [
    "Answer",
    "CursorOutdated",
    "Hub",
    "HubError",
    "NotConvertible",
    "NotFound",
    "Problem",
    "Refused",
    "Unavailable",
    "Withdrawn",
]
