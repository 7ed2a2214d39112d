"""Where people find support who read a page that may distress them; from metadata.yaml."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evidencehub.serve.pages.site import Site


def lines(site: Site, topics: Sequence[str]) -> list[Mapping[str, Any]]:
    """The offers of help that the site names for any of the topics, in its order.

    Each has a `name`, a `says`, and where there are any a `phone`, an `url` and a `where`.
    """
    wanted = set(topics)
    return [one for one in site.support if wanted & set(one.get("topics") or ())]
