"""Open licences by their ids at SPDX and the Open Definition, and what each asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Licence:
    """What a licence asks of those who use the data: to name the source, to share alike."""

    id: str
    needs_attribution: bool = True
    is_share_alike: bool = False


_ATTRIBUTION = (
    "CC-BY-4.0", "CC-BY-3.0", "CC-BY-3.0-AU", "CC-BY-3.0-AT", "CC-BY-3.0-DE", "CC-BY-3.0-IGO",
    "CC-BY-3.0-NL", "CC-BY-3.0-US", "CC-BY-2.5", "CC-BY-2.5-AU", "CC-BY-2.0", "CC-BY-1.0",
    "OGL-UK-3.0", "OGL-UK-2.0", "OGL-UK-1.0", "OGL-Canada-2.0", "OGTSL", "ODC-By-1.0", "ODC-BY-1.0",
    "DL-DE-BY-2.0", "etalab-2.0", "NLOD-1.0", "NLOD-2.0", "IODL-2.0", "CDLA-Permissive-1.0",
    "CDLA-Permissive-2.0", "KOGL-1", "GODL-1.0", "NZGOAL", "MIT", "Apache-2.0", "BSD-3-Clause",
    "other-open", "other-at", "notspecified-open", "CC-BY", "OGL",
)  # fmt: skip
_SHARE_ALIKE = (
    "CC-BY-SA-4.0", "CC-BY-SA-3.0", "CC-BY-SA-3.0-IGO", "CC-BY-SA-3.0-AT", "CC-BY-SA-3.0-DE",
    "CC-BY-SA-2.5", "CC-BY-SA-2.0", "CC-BY-SA-1.0", "ODbL-1.0", "ODC-ODbL-1.0", "CDLA-Sharing-1.0",
    "GFDL-1.3-no-cover-texts-no-invariant-sections", "CC-BY-SA",
)  # fmt: skip
_PUBLIC_DOMAIN = (
    "CC0-1.0", "PDDL-1.0", "ODC-PDDL-1.0", "DL-DE-ZERO-2.0", "CC-PDDC", "other-pd", "US-PD", "CC0",
)  # fmt: skip

LICENCES: Mapping[str, Licence] = {
    licence.id.casefold(): licence
    for licence in (
        *map(Licence, _ATTRIBUTION),
        *(Licence(name, is_share_alike=True) for name in _SHARE_ALIKE),
        *(Licence(name, needs_attribution=False) for name in _PUBLIC_DOMAIN),
    )
}
"""By id in small letters: the ids are those of spdx.org/licenses and licenses.opendefinition.org,
with the shorter names in use. All permit the hub to publish and others to reuse, also for money and
changed."""


def find_licence(name: str) -> Licence | None:
    """Return the open licence of an id, whatever its capitals; None where it is none.

    >>> find_licence("cc-by-sa-4.0").is_share_alike, find_licence("CC-BY-NC-4.0")
    (True, None)
    """
    return LICENCES.get(name.strip().casefold())
