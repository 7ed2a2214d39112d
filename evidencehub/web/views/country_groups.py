"""Ethnic groups by the country whose classification has them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Generic, Protocol, TypeVar


class CountryRow(Protocol):
    """A row that says of which country it is."""

    @property
    def country(self) -> str | None:
        """Return the code of the country."""

    @property
    def country_label(self) -> str | None:
        """Return the name of the country."""


Group = TypeVar("Group", bound=CountryRow)


@dataclass(frozen=True, slots=True)
class CountryGroups(Generic[Group]):
    """The groups of one country; `label` is empty for groups of no country."""

    label: str
    groups: Sequence[Group]


def group_by_country(groups: Iterable[Group]) -> list[CountryGroups[Group]]:
    """Return groups by country, in the order in which they come."""
    by_country = groupby(groups, key=lambda group: (group.country, group.country_label))
    return [
        CountryGroups(label or "", list(country_groups))
        for (_, label), country_groups in by_country
    ]
