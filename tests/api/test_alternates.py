"""The same hub in two languages, each at a host of its own: their pages lead to each other."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from evidencehub.errors import HubError
from evidencehub.web.site_settings import read_site_settings
from tests.api.test_prefix import place_site
from tests.support.asgi_client import send_request

SITES = {"en": "https://hub.test", "cy": "https://hwb.test/cy/"}
ALTERNATE = re.compile(r'<link rel="alternate" hreflang="([^"]*)" href="([^"]*)">')


async def read_page(folder: Path, built: Path, path: str, **settings: Any) -> str:
    hub = place_site(folder, built, alternates=SITES, **settings)
    await hub.invoke_startup()
    host = urlsplit(settings["url"]).hostname or "hub.test"
    return (await send_request(hub.app(), path, host=host)).body.decode()


@pytest.mark.parametrize(
    ("url", "prefix", "language", "own_name", "other_name"),
    [
        ("https://hub.test", "", "en", "English", "Cymraeg"),
        ("", "", "en", "English", "Cymraeg"),
        ("https://hwb.test/cy", "/cy", "cy", "Cymraeg", "English"),
    ],
)
async def test_a_page_leads_to_itself_in_the_other_language(
    built: Path,
    tmp_path: Path,
    url: str,
    prefix: str,
    language: str,
    own_name: str,
    other_name: str,
) -> None:
    settings = {"url": url, "base_url": f"{prefix}/", "language": language}
    page = await read_page(tmp_path, built, f"{prefix}/places/GB", **settings)
    (canonical,) = re.findall(r'rel="canonical" href="([^"]*)"', page)
    addresses = dict(ALTERNATE.findall(page))
    assert addresses.keys() == SITES.keys()
    assert addresses[language] == canonical
    (other,) = SITES.keys() - {language}
    assert addresses[other] == f"{SITES[other].rstrip('/')}/places/GB"
    footer = page.partition("<footer>")[2]
    link = f'<a href="{addresses[other]}" lang="{other}" hreflang="{other}">{other_name}</a>'
    assert link in footer
    assert own_name not in footer


async def test_a_page_that_is_not_there_leads_to_the_first_page_of_the_other_site(
    built: Path, tmp_path: Path
) -> None:
    page = await read_page(tmp_path, built, "/nosuch", url="https://hub.test", base_url="/")
    assert not ALTERNATE.findall(page)
    assert '<a href="https://hwb.test/cy/" lang="cy" hreflang="cy">Cymraeg</a>' in page


async def test_a_hub_in_a_single_language_names_no_other(built: Path, tmp_path: Path) -> None:
    hub = place_site(tmp_path, built, url="", base_url="/")
    await hub.invoke_startup()
    assert "hreflang" not in (await send_request(hub.app(), "/places/GB")).body.decode()


@pytest.mark.parametrize(
    ("alternates", "text"),
    [
        (
            {"cy": "hwb.test"},
            (
                "metadata.yaml, alternates.cy: “hwb.test” is no address of a site. "
                "Use one like “https://hub.example.org”."
            ),
        ),
        (
            {"cy": 'https://hwb.test/"><script>'},
            (
                'metadata.yaml, alternates.cy: “https://hwb.test/"><script>” is no address of a site. '
                "Use one like “https://hub.example.org”."
            ),
        ),
        (
            {"welsh": "https://hwb.test"},
            (
                "metadata.yaml, alternates: “welsh” is no code of a language. "
                "Use one like “cy” or “en”."
            ),
        ),
    ],
)
def test_an_alternate_that_cannot_be_used_is_refused(alternates: Any, text: str) -> None:
    with pytest.raises(HubError) as refused:
        read_site_settings({"alternates": alternates})
    assert str(refused.value) == text
