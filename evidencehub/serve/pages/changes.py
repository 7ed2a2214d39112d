"""What has changed in the datasets of the hub, the newest first."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from evidencehub.serve.pages.page import Context, Visit

MOST = 200  # releases on the page
Row = dict[str, Any]

NEWS = """
select d.dataset, d.title, d.language, d.publisher, c.version, c.changed_on,
  json_group_array(c.text order by c.position) as lines
from change as c
join dataset as d on d.dataset = c.dataset and d.synthetic = 0
where :code = '' or exists (
  select 1 from subject as s
  where s.kind = 'dataset' and s.id = d.dataset and s.list in ('topic', 'workstream')
    and s.code = :code
)
group by d.dataset, c.version, c.changed_on
order by coalesce(c.changed_on, '') desc, d.title, d.dataset, min(c.position)
limit :most
"""


def context(visit: Visit) -> Context:
    """The releases of all datasets, a day at a time; those without a day at the end."""
    found = visit.ask.named(NEWS, {"code": "", "most": MOST + 1})
    return {"days": days(_read(found[:MOST])), "cut": len(found) > MOST, "most": MOST}


def news(visit: Visit, code: str, most: int) -> list[Row]:
    """The newest releases of datasets, of a topic or workstream or (without a code) of all."""
    return _read(visit.ask.named(NEWS, {"code": code, "most": most}))


def days(rows: Iterable[Mapping[str, Any]]) -> list[Row]:
    """The releases of each day together, in the order in which they come."""
    found: dict[str | None, Row] = {}
    for row in rows:
        day = found.setdefault(row["changed_on"], {"day": row["changed_on"], "releases": []})
        day["releases"].append(row)
    return list(found.values())


def _read(rows: Iterable[Row]) -> list[Row]:
    return [{**row, "lines": json.loads(row["lines"])} for row in rows]
