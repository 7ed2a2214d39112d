"""The text that names a dataset, its release and its publisher where its rows are used."""

from __future__ import annotations

from evidencehub.messages.rendering import make_message


def write_attribution(title: str, version: str, licence: str, publisher: str | None) -> str:
    """Return it; a dataset whose descriptor names no publisher goes without one."""
    if publisher is None:
        code = "answer/attribution-without-publisher"
        return make_message(code, title=title, version=version, licence=licence).render()
    return make_message(
        "answer/attribution", title=title, version=version, licence=licence, publisher=publisher
    ).render()
