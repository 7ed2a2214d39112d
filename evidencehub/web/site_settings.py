"""The settings of the site from metadata.yaml: its name, address, language and colours."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from evidencehub.errors import HubError

_HEX_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True, slots=True)
class SiteSettings:
    """What the operator says of the hub. `url` has no slash at its end; unknown texts are empty."""

    title: str = "Evidence hub"
    description: str = ""
    url: str = ""
    language: str = "en"
    contact: str = ""
    organisation: str = ""
    logo: str = ""
    accent: str = ""
    accent_dark: str = ""
    helplines: Sequence[Mapping[str, Any]] = field(default_factory=tuple)

    def build_answer_address(self, title: str, page_address: str) -> str:
        """Return where a reader answers back: an e-mail about the page, or a page of the operator.

        The address of the page is filled in; nothing is stored here.
        """
        if "@" not in self.contact:
            return self.contact
        subject, body = quote(title), quote(page_address)
        return f"mailto:{self.contact}?subject={subject}&body={body}"


def read_site_settings(metadata: Mapping[str, Any]) -> SiteSettings:
    """Return the settings in metadata.yaml; raise HubError for a colour that is not one."""
    colours = metadata.get("colours") or {}
    for name, value in colours.items():
        if name not in ("accent", "accent_dark") or not _HEX_COLOUR.fullmatch(str(value)):
            raise HubError(
                f"metadata.yaml, colours.{name}: “{value}” cannot be used. "
                "Give accent and accent_dark as six hexadecimal digits, like “#12436d”."
            )
    texts = {
        name: str(metadata[name]).strip()
        for name in ("title", "description", "language", "contact", "organisation", "logo")
        if metadata.get(name)
    }
    return SiteSettings(
        **texts,
        url=str(metadata.get("url") or "").rstrip("/"),
        accent=str(colours.get("accent", "")),
        accent_dark=str(colours.get("accent_dark", "")),
        helplines=tuple(metadata.get("support") or ()),
    )


def render_theme_css(site: SiteSettings) -> str:
    """Return the stylesheet of the site's own colours; empty where it has none."""
    rules = []
    if site.accent:
        rules.append(f":root{{--accent:{site.accent};--link:{site.accent}}}")
    if site.accent_dark:
        rules.append(
            "@media(prefers-color-scheme:dark){:root{"
            f"--accent:{site.accent_dark};--link:{site.accent_dark}}}}}"
        )
    return "".join(rules)
