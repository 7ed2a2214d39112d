"""The settings of the site from metadata.yaml: its name, address, language and colours."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from evidencehub.errors import HubError
from evidencehub.http.site_address import SITE_URL
from evidencehub.messages.language import name_language

_HEX_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True, slots=True)
class AlternateSite:
    """The same hub in another language: its code, its name in that language, and the address."""

    code: str
    name: str
    url: str


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
    alternates: Sequence[AlternateSite] = ()

    def build_answer_address(self, title: str, page_address: str) -> str:
        """Return where a reader answers back: an e-mail about the page, or a page of the operator.

        The address of the page is filled in; nothing is stored here.
        """
        if "@" not in self.contact:
            return self.contact
        subject, body = quote(title), quote(page_address)
        return f"mailto:{self.contact}?subject={subject}&body={body}"


def read_site_settings(metadata: Mapping[str, Any]) -> SiteSettings:
    """Return the settings in metadata.yaml; raise HubError for a colour or address that is none."""
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
        alternates=_read_alternates(metadata, texts.get("language", "en")),
    )


def _read_alternates(metadata: Mapping[str, Any], language: str) -> tuple[AlternateSite, ...]:
    """The sites in other languages; one in the language of this site is this site."""
    alternates = []
    for code, value in (metadata.get("alternates") or {}).items():
        url = str(value).rstrip("/")
        if not SITE_URL.fullmatch(url):
            raise HubError(
                f"metadata.yaml, alternates.{code}: “{value}” is no address of a site. "
                "Use one like “https://hub.example.org”."
            )
        name = name_language(str(code))
        if not name:
            raise HubError(
                f"metadata.yaml, alternates: “{code}” is no code of a language. "
                "Use one like “cy” or “en”."
            )
        alternates.append(AlternateSite(str(code), name, url))
    return tuple(site for site in alternates if site.code != language)


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
