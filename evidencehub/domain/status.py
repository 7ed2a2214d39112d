"""Missing, suppressed, censored, marked and secondary-source values, and types of value: once.

The codes are those of `codes/obs-status.csv`, `codes/conf-status.csv`, `codes/verification.csv` and
`codes/value-type.csv`; labels and definitions for readers stand there. Here is what programs know
of them: which statuses leave a cell empty, which mark a table shows, which types are compared.
The marks are the shorthand of the Government Analysis Function (“Using symbols in tables”),
with marks of the same form for statuses that it does not name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

TOTAL = "_T"
"""All categories of a dimension together: all ethnic groups, both sexes, all ages (SDMX)."""

UNKNOWN = "_U"
"""The category is not known (SDMX)."""


@dataclass(frozen=True, slots=True)
class ObservationStatus:
    """An SDMX observation status, as far as programs treat it differently from another.

    `symbol` is the mark of a table, empty for an ordinary value. `is_missing`: the status says why
    there is no value.
    """

    code: str
    symbol: str = ""
    is_missing: bool = False


NORMAL, SERIES_BREAK, DEFINITION_DIFFERS, ESTIMATED = "A", "B", "D", "E"
FORECAST, EXPERIMENTAL, IMPUTED, INCLUDED_ELSEWHERE = "F", "G", "I", "K"
INCLUDES_OTHER, MISSING, CANNOT_EXIST, PROVISIONAL = "W", "O", "M", "P"
SPECIAL_EVENT, NOT_COLLECTED, HOLIDAY, SUPPRESSED = "S", "L", "H", "Q"
DEROGATION, NOT_SIGNIFICANT, LOW_RELIABILITY, NOT_VALIDATED = "J", "N", "U", "V"

NOT_AVAILABLE_SYMBOL, NOT_APPLICABLE_SYMBOL, CONFIDENTIAL_SYMBOL = "[x]", "[z]", "[c]"

OBSERVATION_STATUSES: Mapping[str, ObservationStatus] = {
    status.code: status
    for status in (
        ObservationStatus(SUPPRESSED, CONFIDENTIAL_SYMBOL, is_missing=True),
        ObservationStatus(CANNOT_EXIST, NOT_APPLICABLE_SYMBOL, is_missing=True),
        ObservationStatus(NOT_COLLECTED, NOT_AVAILABLE_SYMBOL, is_missing=True),
        ObservationStatus(MISSING, NOT_AVAILABLE_SYMBOL, is_missing=True),
        ObservationStatus(HOLIDAY, NOT_AVAILABLE_SYMBOL, is_missing=True),
        ObservationStatus(INCLUDED_ELSEWHERE, NOT_AVAILABLE_SYMBOL, is_missing=True),
        ObservationStatus(SPECIAL_EVENT, NOT_AVAILABLE_SYMBOL, is_missing=True),
        ObservationStatus(NORMAL),
        ObservationStatus(SERIES_BREAK, "[b]"),
        ObservationStatus(DEFINITION_DIFFERS, "[d]"),
        ObservationStatus(ESTIMATED, "[e]"),
        ObservationStatus(FORECAST, "[f]"),
        ObservationStatus(EXPERIMENTAL, "[g]"),
        ObservationStatus(IMPUTED, "[i]"),
        ObservationStatus(DEROGATION, "[j]"),
        ObservationStatus(NOT_SIGNIFICANT, "[low]"),
        ObservationStatus(PROVISIONAL, "[p]"),
        ObservationStatus(LOW_RELIABILITY, "[u]"),
        ObservationStatus(NOT_VALIDATED, "[v]"),
        ObservationStatus(INCLUDES_OTHER, "[w]"),
    )
}
"""Every status of `codes/obs-status.csv`."""

SYMBOLS = tuple(
    sorted({status.symbol for status in OBSERVATION_STATUSES.values() if status.symbol})
)
"""Every mark, in the order in which marks are explained."""

MISSING_STATUSES = tuple(
    status.code for status in OBSERVATION_STATUSES.values() if status.is_missing
)
"""Observation statuses that say why there is no value."""

COMBINED_STATUSES = (INCLUDED_ELSEWHERE, INCLUDES_OTHER)
"""Statuses of values that lie in, or hold, those of another category."""

STATUSES_BY_DOUBT = (
    NORMAL, DEROGATION, DEFINITION_DIFFERS, SERIES_BREAK, NOT_VALIDATED, EXPERIMENTAL, PROVISIONAL,
    IMPUTED, ESTIMATED, FORECAST, LOW_RELIABILITY, NOT_SIGNIFICANT,
)  # fmt: skip
"""Observation statuses that a value may have, from the least to the most doubtful."""

FREE, SECONDARY_BY_SENDER, SECONDARY_BY_RECEIVER = "F", "D", "S"
"""Confidentiality statuses: free for publication, and the two of secondary suppression."""

CONFIDENTIAL = "C"
"""The confidentiality status that does not say by which rule."""

SECONDARY_CONFIDENTIALITY = (SECONDARY_BY_SENDER, SECONDARY_BY_RECEIVER)
"""Suppressed so that another value cannot be derived: the count may be large."""

SECONDARY_SOURCE = "C3"
"""The verification level of what was read where somebody else quotes it; sub-levels begin so."""

SYNTHETIC = "S"
"""The verification level of what was made up for tests and examples."""

VERIFICATION_BY_DOUBT = ("A", "B", "C1", "C2", SECONDARY_SOURCE, SYNTHETIC)
"""Verification levels, from the best to the most doubtful; sub-levels begin like theirs."""

SHARE_VALUE_TYPES = ("percentage", "proportion", "composition")
"""Types of value that are shares of a whole."""

PERCENTAGE, PROPORTION, COMPOSITION = SHARE_VALUE_TYPES

PERCENT_VALUE_TYPES = (PERCENTAGE, COMPOSITION)
"""Types of value that are out of a hundred unless their indicator says otherwise."""

RATE_VALUE_TYPES = ("rate", *SHARE_VALUE_TYPES)
"""Types of value that follow from a numerator and a denominator."""

AVERAGE_VALUE_TYPES = ("mean", "median", "index")

COMPARABLE_VALUE_TYPES = (
    *(value_type for value_type in RATE_VALUE_TYPES if value_type != COMPOSITION),
    *AVERAGE_VALUE_TYPES,
)
"""Types of value of which groups are compared.

The others are counts, comparisons already, or the composition of a whole: a group's share of all
staff or of all deaths says nothing of a gap without its share of the people.
"""

UNSTATED_RATIO = "ratio"
"""The type of a ratio of no kind of its own: two of them may be anything."""

RATIO_KINDS: Mapping[str, str] = {
    "rate": "rate-ratio",
    PERCENTAGE: "risk-ratio",
    PROPORTION: "risk-ratio",
    "mean": "ratio-of-means",
    "median": "ratio-of-medians",
    "index": "ratio-of-indices",
    "count": "ratio-of-counts",
}
"""The kind of ratio between two values of a type; a type that is a comparison already is its own
kind."""

SIMILAR_RATIO_KINDS = ("rate-ratio", "risk-ratio", "hazard-ratio")
"""Ratios that are close to each other where what is counted is rare (Rothman, Modern Epidemiology,
chapter 4). An odds ratio is farther from 1 than all of them."""


def has_derived_limits(derived: str | None) -> bool:
    """Return whether the hub derived the confidence limits of an observation, by its `derived`.

    >>> has_derived_limits("ci_lower;ci_upper;ci_level"), has_derived_limits(None)
    (True, False)
    """
    return "ci_lower" in (derived or "").split(";")


REPEATED_UNITS = ("contact", "reading")
"""Units of count of which a person may have many, so that they are not independent."""

ODDS_RATIO = "odds-ratio"
RATIO_VALUE_TYPES = ("ratio", "risk-ratio", "rate-ratio", ODDS_RATIO, "hazard-ratio")
"""Types of value that are comparisons already: 1 means no difference."""

LIKELIHOOD_RATIO_TYPES = RATIO_VALUE_TYPES[:3]
"""Ratios of rates or shares: “times as likely”. A ratio of odds or of hazards is not."""


def get_status_symbol(status: str | None) -> str:
    """Return the mark of an observation status; empty for an ordinary value and for no status."""
    observation_status = OBSERVATION_STATUSES.get(status or "")
    return observation_status.symbol if observation_status else ""


def get_missing_symbol(status: str | None) -> str:
    """Return the mark that stands instead of a value: “not available” where the status is silent.

    >>> get_missing_symbol("Q"), get_missing_symbol("A")
    ('[c]', '[x]')
    """
    return get_status_symbol(status) if status in MISSING_STATUSES else NOT_AVAILABLE_SYMBOL


def get_value_symbol(status: str | None) -> str:
    """Return the mark beside a value; empty for an ordinary value and where there is no value.

    >>> get_value_symbol("V"), get_value_symbol("Q")
    ('[v]', '')
    """
    return "" if status in MISSING_STATUSES else get_status_symbol(status)


def is_secondary_source(verification: str | None) -> bool:
    """Return true where a verification level means that the original was not read."""
    return (verification or "").startswith(SECONDARY_SOURCE)


def rank_verification(verification: str | None) -> int:
    """Return how doubtful a verification level is; 0 for the best, the last where none is stated.

    >>> rank_verification("C1") < rank_verification("C3b")
    True
    """
    level = verification or ""
    ranks = [r for r, code in enumerate(VERIFICATION_BY_DOUBT) if level.startswith(code)]
    return ranks[0] if ranks else len(VERIFICATION_BY_DOUBT)


def build_scale_sql(prefix: str = "") -> str:
    """Return SQL for what a quotient is multiplied by: the indicator's own, else by its type.

    >>> build_scale_sql("i.")
    "coalesce(i.scale, iif(i.value_type in ('percentage', 'composition'), 100, 1))"
    """
    is_percent = f"{prefix}value_type in {quote_codes(PERCENT_VALUE_TYPES)}"
    return f"coalesce({prefix}scale, iif({is_percent}, 100, 1))"


def get_default_scale(value_type: str) -> float:
    """Return what a quotient of this type is multiplied by, where its indicator does not say."""
    return 100.0 if value_type in PERCENT_VALUE_TYPES else 1.0


def quote_codes(codes: Iterable[str]) -> str:
    """Return codes of these tables as an SQL list.

    >>> quote_codes(("Q", "M"))
    "('Q', 'M')"
    """
    return "(" + ", ".join(f"'{code}'" for code in codes) + ")"


def build_secondary_source_condition(verification_sql: str) -> str:
    """Return the SQL condition that is true for a verification level of a secondary source."""
    return f"coalesce({verification_sql}, '') like '{SECONDARY_SOURCE}%'"


def build_verification_sql(alias: str) -> str:
    """Return SQL for the verification level of a row `alias` of a dataset `d`: its own first."""
    return f"coalesce({alias}.verification, d.verification)"


VERIFICATION_SQL = build_verification_sql("o")
"""SQL for the verification level of an observation `o` of a dataset `d`."""
