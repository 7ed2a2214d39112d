"""What schemathesis cannot know: a cursor is one that the hub has given for the same question.

A question that must be accepted is asked without one; pages and cursors have tests of their own.
"""

from __future__ import annotations

import schemathesis
from schemathesis import GenerationMode


@schemathesis.hook
def before_call(context, case, kwargs) -> None:
    if case.meta is None or case.meta.generation.mode is GenerationMode.POSITIVE:
        for part in (case.query, case.body):
            if isinstance(part, dict):
                part.pop("cursor", None)
