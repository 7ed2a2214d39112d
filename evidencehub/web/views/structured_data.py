"""What a page is about in the words of schema.org, for search engines."""

from __future__ import annotations

from typing import Any


def describe(schema_type: str, **properties: Any) -> dict[str, Any]:
    """Return something of a type of schema.org with its properties.

    >>> describe("Place", name="Town")
    {'@context': 'https://schema.org', '@type': 'Place', 'name': 'Town'}
    """
    return {"@context": "https://schema.org", "@type": schema_type, **properties}
