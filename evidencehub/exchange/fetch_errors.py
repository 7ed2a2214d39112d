"""Why something could not be fetched, in words for the operator who reads the report of a pull."""

from __future__ import annotations

from http import HTTPStatus

import httpcore

from evidencehub.errors import HubError
from evidencehub.exchange.metered_connection import (
    IDLE_SECONDS,
    Meter,
    PrivateAddressError,
    SpentBytesError,
    SpentSecondsError,
)

CONNECTION_FAILURES = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.TimeoutException,
    PrivateAddressError,
    SpentBytesError,
    SpentSecondsError,
)
"""Everything that a connection of `metered_connection` can fail with."""
MAX_QUOTED = 200  # characters of what a stranger wrote
_BUSY = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)


class FetchError(HubError):
    """Something that could not be fetched; the message names its address and what to do.

    `code` is one of “address”, “scheme”, “private-address”, “unreachable”, “timeout”, “protocol”,
    “status”, “redirect”, “encoding”, “too-large”, “length” and “hash”. `status` is that of the
    response where the code is “status”, and otherwise 0.
    """

    def __init__(self, code: str, message: str, status: int = 0) -> None:
        self.code, self.status = code, status
        super().__init__(message)


def quote(text: object) -> str:
    """Return what a stranger wrote as it may be shown: printable, and not too long."""
    printable = "".join(letter if letter.isprintable() else "?" for letter in str(text))
    return printable if len(printable) <= MAX_QUOTED else f"{printable[:MAX_QUOTED]} …"


def explain_failure(error: Exception, place: str, meter: Meter) -> FetchError:
    """Return what one of CONNECTION_FAILURES means for the address that `place` names."""
    match error:
        case PrivateAddressError():
            return FetchError(
                "private-address",
                f"{place} leads to {error}, which is not a public address. Only the host and port "
                "in partners.yaml may be private, and this machine is written there as localhost.",
            )
        case SpentBytesError():
            return FetchError(
                "too-large",
                f"{place} is longer than what is left of the budget of bytes. Raise `megabytes` of "
                "this partner, or take fewer datasets.",
            )
        case httpcore.NetworkError() | httpcore.ProtocolError() if meter.seconds_left > 0:
            return _explain_connection(error, place)
        case httpcore.TimeoutException() if meter.seconds_left > 0:
            return FetchError(
                "timeout",
                f"{place}: nothing came for {IDLE_SECONDS:.0f} seconds. Pull again later, or check "
                "the address.",
            )
    return FetchError(
        "timeout",
        f"{place} had not come when the seconds of this pull were over. Raise `seconds` of this "
        "partner, or pull again later.",
    )


def _explain_connection(error: Exception, place: str) -> FetchError:
    if isinstance(error, httpcore.ProtocolError):
        return FetchError(
            "protocol",
            f"{place} gave no response in HTTP. Check the address, or tell its publisher.",
        )
    return FetchError(
        "unreachable",
        f"{place} cannot be reached ({quote(_find_reason(error))}). Check the address, or pull "
        "again later.",
    )


def _find_reason(error: Exception) -> str:
    """Return what the system says of a failed connection, or of a certificate."""
    cause = error.__cause__
    texts = [getattr(cause, name, "") for name in ("verify_message", "reason", "strerror")]
    return next((str(text) for text in texts if text), str(error))


def refuse_status(status: int, place: str) -> FetchError:
    """Return the error for a response with a status that is of no use."""
    if status == HTTPStatus.NOT_MODIFIED:
        return FetchError(
            "status",
            f"{place} answered “not modified”, which was not asked. Tell its publisher.",
            status,
        )
    phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else "unknown"
    is_temporary = status in _BUSY or status >= HTTPStatus.INTERNAL_SERVER_ERROR
    advice = "Pull again later" if is_temporary else "Check the address"
    return FetchError(
        "status",
        f"{place} answered with status {status} ({phrase}). {advice}, or ask its publisher.",
        status,
    )
