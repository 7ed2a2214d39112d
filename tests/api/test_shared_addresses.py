"""What a page says of its own address keeps the view that a reader chose and shares."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

RATE = "/indicators/uk-maternal-mortality-rate"
BIRTHS = "/indicators/us-infant-mortality-rate-1915-2013"
CENTURY_AGO = "period=1920-01-01%2F1920-12-31"
EARLIER = "period=2016-01-01%2F2018-12-31"


def read_addresses(page: str) -> tuple[str, str, str]:
    """The canonical address of a page, that for sharing, and the picture's, without the host."""
    patterns = (
        r'<link rel="canonical" href="([^"]*)"',
        r'<meta property="og:url" content="([^"]*)"',
        r'<meta property="og:image" content="([^"]*)"',
    )
    found = [unescape(value) for p in patterns for value in re.findall(p, page)]
    canonical, shared, picture = (re.sub(r"^https?://[^/]*", "", value) for value in found)
    return canonical, shared, picture


@pytest.mark.parametrize(
    ("asked", "canonical", "shared"),
    [
        ("/compare?family=infant-mortality", *["/compare?family=infant-mortality"] * 2),
        (f"{RATE}?fbclid=x&{EARLIER}", *[f"{RATE}?{EARLIER}"] * 2),
        (f"{RATE}?order=value&{EARLIER}", f"{RATE}?{EARLIER}", f"{RATE}?order=value&{EARLIER}"),
        (f"{RATE}?area=&order=", RATE, RATE),
        ("/indicators?topic=maternity&country=GB", *["/indicators?country=GB&topic=maternity"] * 2),
        ("/findings?page=2", *["/findings?page=2"] * 2),
        ("/search?q=k%C4%AB%20%22a%22", *["/search?q=k%C4%AB+%22a%22"] * 2),
        ("/about", "/about", "/about"),
    ],
)
async def test_an_address_keeps_what_makes_it_another_page(
    client: Any, asked: str, canonical: str, shared: str
) -> None:
    response = await client.get(asked)
    assert response.status_code == 200
    assert read_addresses(response.text)[:2] == (canonical, shared)
    for address in (canonical, shared):
        again = await client.get(address)
        assert again.status_code == 200
        assert read_addresses(again.text)[0] == canonical


async def test_the_picture_that_goes_with_a_link_is_of_the_chosen_view(client: Any) -> None:
    pictures = {}
    for asked in (BIRTHS, f"{BIRTHS}?{CENTURY_AGO}"):
        *_, picture = read_addresses((await client.get(asked)).text)
        response = await client.get(picture)
        assert response.status_code == 200, picture
        assert response.headers["content-type"] == "image/png"
        pictures[picture] = response.content
    assert list(pictures) == [f"{BIRTHS}/share.png", f"{BIRTHS}/share.png?{CENTURY_AGO}"]
    assert len(set(pictures.values())) == 2


async def test_a_picture_and_a_frame_lead_to_the_view_that_they_show(client: Any) -> None:
    chosen = f"{BIRTHS}?{CENTURY_AGO}"
    for address in (
        f"{BIRTHS}.svg?{CENTURY_AGO}&chart=trend",
        f"/embed{BIRTHS[11:]}?{CENTURY_AGO}",
    ):
        response = await client.get(address)
        assert response.status_code == 200, address
        assert f"http://localhost{chosen}" in unescape(response.text), address


@pytest.mark.parametrize(
    ("address", "people"),
    [
        (f"{RATE}.svg", "England, Female, 2022 to 2024; per 100,000 maternities"),
        (
            "/indicators/eng-nhs-app-registration-difference.svg",
            "England, Practices with the highest share of White patients, adjusted: Characteristics",
        ),
    ],
)
async def test_a_picture_says_whose_values_it_shows(client: Any, address: str, people: str) -> None:
    text = unescape((await client.get(address)).text)
    (subtitle,) = re.findall(r'<text class="quiet" x="20"[^>]*>(England[^<]*)</text>', text)
    assert subtitle.startswith(people)
