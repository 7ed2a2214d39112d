"""Helplines for readers whom a page may distress; from metadata.yaml."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evidencehub.web.site_settings import SiteSettings


def select_helplines(site: SiteSettings, topics: Sequence[str]) -> list[Mapping[str, Any]]:
    """Return the helplines that the site names for any of the topics, in its order.

    Each has a `name` and what it `says`, and it may have a `phone`, a `url` and a `where`.
    """
    topic_codes = set(topics)
    return [
        helpline for helpline in site.helplines if topic_codes & set(helpline.get("topics") or ())
    ]
