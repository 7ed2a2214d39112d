"""Arguments of OAI-PMH: which a verb takes, what they may be, and tokens that go on with a list."""

from __future__ import annotations

import base64
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from evidencehub.http.parameters import shorten_value
from evidencehub.messages.rendering import make_message

_SELECTION = ("from", "until", "set", "resumptionToken")
VERBS: Mapping[str, tuple[Sequence[str], Sequence[str]]] = {
    "Identify": ((), ()),
    "ListMetadataFormats": ((), ("identifier",)),
    "ListSets": ((), ("resumptionToken",)),
    "ListIdentifiers": (("metadataPrefix",), _SELECTION),
    "ListRecords": (("metadataPrefix",), _SELECTION),
    "GetRecord": (("identifier", "metadataPrefix"), ()),
}
"""The arguments that a verb needs, and those that it may have."""
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\dZ)?")


class OaiError(Exception):
    """A refusal by its code of the standard, with a sentence for a person."""

    def __init__(self, error_code: str, message_code: str, **params: str) -> None:
        self.error_code = error_code
        super().__init__(make_message(message_code, **params).render())


@dataclass(frozen=True, slots=True)
class HarvestPosition:
    """A list that was asked for, and the last record that was given of it.

    Records are in the order of their datestamps, and a record that changes gets a newer one: so a
    position is good in every later build, and no record is passed over.
    """

    verb: str
    prefix: str
    set_name: str
    start: str
    end: str
    datestamp: str = ""
    name: str = ""
    count: int = 0

    def write_token(self) -> str:
        """Return the position as a resumption token."""
        text = json.dumps(list(asdict(self).values()), separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def parse_token(verb: str, token: str) -> HarvestPosition:
    """Return the position of a token; raise OaiError for one that is none of this verb."""
    error = OaiError("badResumptionToken", "oai/bad-token")
    try:
        values = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        verb_asked, prefix, set_name, start, end, datestamp, name = map(str, values[:-1])
        position = HarvestPosition(
            verb_asked, prefix, set_name, start, end, datestamp, name, int(values[-1])
        )
    except (ValueError, TypeError, LookupError, RecursionError):
        raise error from None
    if position.verb != verb or position.write_token() != token:
        raise error
    return position


def parse_arguments(params: Sequence[tuple[str, str]]) -> tuple[str, dict[str, str]]:
    """Return the verb and its arguments; raise OaiError for a request that has no meaning."""
    counts = Counter(name for name, _ in params)
    values = dict(params)
    verb = values.pop("verb", "")
    if verb not in VERBS or counts["verb"] > 1:
        raise OaiError("badVerb", "oai/bad-verb", verbs=", ".join(VERBS))
    needed, allowed = VERBS[verb]
    _check_names(counts, ["verb", *needed, *allowed])
    if "resumptionToken" in values:
        if len(values) > 1:
            raise OaiError("badArgument", "oai/bad-argument/token")
        return verb, values
    for name in needed:
        if not values.get(name):
            raise OaiError("badArgument", "oai/bad-argument/missing", name=name, verb=verb)
    return verb, values


def _check_names(counts: Mapping[str, int], names: Sequence[str]) -> None:
    """Raise OaiError for an argument that is none of `names`, or stands twice."""
    for name, count in counts.items():
        if name not in names or count > 1:
            raise OaiError(
                "badArgument",
                "oai/bad-argument",
                name=shorten_value(name),
                allowed=", ".join(names),
            )


def parse_range(values: Mapping[str, str]) -> tuple[str, str]:
    """Return the first and the last second that are asked for; raise OaiError for what is none."""
    start, end = values.get("from", ""), values.get("until", "")
    for name in ("from", "until"):
        if name in values and not _is_moment(values[name]):
            text = shorten_value(values[name])
            raise OaiError("badArgument", "oai/bad-argument/moment", name=name, value=text)
    if start and end and len(start) != len(end):
        raise OaiError("badArgument", "oai/bad-argument/granularity")
    if start and end and start > end:
        raise OaiError("badArgument", "oai/bad-argument/range")
    return _complete(start, "T00:00:00Z"), _complete(end, "T23:59:59Z")


def _complete(text: str, time: str) -> str:
    return text + time if len(text) == len("2026-01-01") else text


def _is_moment(text: str) -> bool:
    try:
        return bool(_MOMENT.fullmatch(text) and datetime.fromisoformat(text))
    except ValueError:
        return False
