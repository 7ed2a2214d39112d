"""What earlier releases of a dataset published, read from their files."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from evidencehub.check.definition import SCALE_SQL, RuleContext
from evidencehub.check.published_value import OBSERVATION_KEY, PublishedValue
from evidencehub.domain.status import SUPPRESSED


class _PreviousIndicator(NamedTuple):
    """What this release says of an indicator: the same was true of it before."""

    value_type: str = ""
    scale: float = 1.0
    ci_level: float = 95.0
    ci_method: str = ""
    is_crude: bool = False


_INDICATORS_SQL = f"""
select
  id, value_type, {SCALE_SQL}, coalesce(ci_level, 95), lower(coalesce(ci_method, '')),
  standardisation is null or standardisation like 'crude%' or standardisation like 'none%'
from indicators as i
"""


def read_previous_values(
    dataset: RuleContext, wanted: Collection[str] | None = None
) -> Mapping[str, list[PublishedValue]]:
    """Return the values of each earlier release, by version, the newest first.

    Only those of the `wanted` indicators, if any are given.
    """
    indicators = {
        name: _PreviousIndicator._make(properties)
        for name, *properties in dataset.query(_INDICATORS_SQL)
    }
    newest = sorted(dataset.previous_releases, key=_version_key, reverse=True)
    return {
        version: [
            value
            for value in _read_values(version, dataset.previous_releases[version], indicators)
            if wanted is None or value.indicator in wanted
        ]
        for version in newest
    }


def _version_key(version: str) -> list[int]:
    return [int(part) if part.isdigit() else 0 for part in version.split(".")]


def _read_values(
    version: str, path: Path, kinds: Mapping[str, _PreviousIndicator]
) -> Iterator[PublishedValue]:
    with path.open(encoding="utf-8", newline="") as file:
        for row, cells in enumerate(csv.DictReader(file), start=2):
            row_text = {name: cell or "" for name, cell in cells.items() if name}
            kind = kinds.get(row_text.get("indicator", ""), _PreviousIndicator())
            yield _build_value((f"version {version}", row), row_text, kind)


def _build_value(
    location: tuple[str, int], row_text: Mapping[str, str], kind: _PreviousIndicator
) -> PublishedValue:
    value, decimals = _parse_number(row_text, "value"), _parse_number(row_text, "decimals")
    is_compared = bool(row_text.get("adjustment") or row_text.get("comparator"))
    are_decimals_known = decimals is not None and 0 <= decimals < DECIMALS_UNKNOWN
    values = (
        value if kind.value_type == "count" else _parse_number(row_text, "numerator"),
        _parse_number(row_text, "denominator"),
        row_text.get("counting_basis", ""),
        row_text.get("obs_status") == SUPPRESSED,
        row_text.get("conf_status", ""),
        value,
        int(decimals or 0) if are_decimals_known else DECIMALS_UNKNOWN,
        kind.scale,
        kind.value_type if kind.is_crude and not is_compared else "",
        _parse_number(row_text, "ci_lower"),
        _parse_number(row_text, "ci_upper"),
        _parse_number(row_text, "ci_level") or kind.ci_level,
        kind.ci_method,
        row_text.get("derived", ""),
        _parse_number(row_text, "population"),
    )
    key = (row_text.get(name, "") for name in OBSERVATION_KEY)
    return PublishedValue._make((*location, *key, *values))


DECIMALS_UNKNOWN = 100  # decimals: of a figure that does not say how it was rounded nothing follows


def _parse_number(row_text: Mapping[str, str], name: str) -> float | None:
    try:
        return float(row_text[name])
    except (KeyError, ValueError):
        return None
