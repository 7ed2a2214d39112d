"""What earlier releases of a dataset published, read from their files."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from evidencehub.check.rules.figure import KEY, Figure
from evidencehub.check.rules.rule import SCALE, Dataset


class _Kind(NamedTuple):
    """What this release says of an indicator: the same was true of it before."""

    value_type: str = ""
    scale: float = 1.0
    ci_level: float = 95.0
    ci_method: str = ""
    is_crude: bool = False


_KINDS = f"""
select
  id, value_type, {SCALE}, coalesce(ci_level, 95), lower(coalesce(ci_method, '')),
  standardisation is null or standardisation like 'crude%' or standardisation like 'none%'
from indicators as i
"""


def published(dataset: Dataset) -> Mapping[str, list[Figure]]:
    """The figures of each earlier release, by version, the newest first."""
    kinds = {name: _Kind._make(rest) for name, *rest in dataset.query(_KINDS)}
    newest = sorted(dataset.earlier, key=_parts, reverse=True)
    return {version: list(_figures(version, dataset.earlier[version], kinds)) for version in newest}


def _parts(version: str) -> list[int]:
    return [int(part) if part.isdigit() else 0 for part in version.split(".")]


def _figures(version: str, path: Path, kinds: Mapping[str, _Kind]) -> Iterator[Figure]:
    with path.open(encoding="utf-8", newline="") as file:
        for row, cells in enumerate(csv.DictReader(file), start=2):
            told = {name: cell or "" for name, cell in cells.items() if name}
            kind = kinds.get(told.get("indicator", ""), _Kind())
            value, decimals = _number(told, "value"), _number(told, "decimals")
            is_crude = kind.is_crude and not (told.get("adjustment") or told.get("comparator"))
            place = (f"version {version}", row, *(told.get(name, "") for name in KEY))
            says = (
                value if kind.value_type == "count" else _number(told, "numerator"),
                _number(told, "denominator"),
                told.get("counting_basis", ""),
                told.get("obs_status") == "Q",
                told.get("conf_status", ""),
                value,
                int(decimals) if decimals is not None and 0 <= decimals < FAR else FAR,
                kind.scale,
                kind.value_type if is_crude else "",
                _number(told, "ci_lower"),
                _number(told, "ci_upper"),
                _number(told, "ci_level") or kind.ci_level,
                kind.ci_method,
                told.get("derived", ""),
            )
            yield Figure._make((*place, *says))


FAR = 100  # decimals: of a figure that does not say how it was rounded nothing follows


def _number(told: Mapping[str, str], name: str) -> float | None:
    try:
        return float(told[name])
    except (KeyError, ValueError):
        return None
