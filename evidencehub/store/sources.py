"""Sources as datasets, indicators, findings and recommendations list them."""

from __future__ import annotations

from dataclasses import dataclass

from evidencehub.store.labels import join_label

SELECT_SOURCES_SQL = f"""
select s.source, s.title, s.publisher, s.url, s.doi, s.published, s.accessed, s.licence,
  s.verification, v.label as verification_label, v.definition as verification_definition,
  t.label as type_label
from source as s
{join_label("v", "verification", "s.verification")}
{join_label("t", "source-type", "s.type")}
"""


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source with the labels of its codes."""

    source: str
    title: str
    publisher: str | None
    url: str | None
    doi: str | None
    published: str | None
    accessed: str | None
    licence: str | None
    verification: str | None
    verification_label: str | None
    verification_definition: str | None
    type_label: str | None
