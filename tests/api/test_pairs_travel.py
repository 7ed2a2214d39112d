"""The gaps of many groups, earlier and later, where they leave the page: a picture and a frame."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

MANY = "teaching-seen-within-18-weeks-synthetic"
FEW = "uk-stillbirth-rate"


async def test_a_picture_has_every_group_of_the_page_with_both_periods(client) -> None:
    page = (await client.get(f"/indicators/{MANY}")).text
    table = page.partition('<table class="pairs">')[2].partition("</table>")[0]
    groups = table.count('<th scope="row">')
    assert groups > 10
    picture = (await client.get(f"/indicators/{MANY}.svg?chart=pairs")).text
    lines = [line for line in ET.fromstring(picture).iter() if line.tag.endswith("}line")]
    pairs = [line for line in lines if line.get("marker-start")]
    assert len(pairs) == 2 * groups + 1  # each has a difference and a ratio; one is the key
    assert picture.count("2021, 2025") == groups
    for text in re.findall(r"<bdi>([^<]+)</bdi>", table):
        assert text in picture
    assert "Made up for teaching." in picture
    assert "White British" in picture


async def test_a_frame_has_the_same_table(client) -> None:
    page = (await client.get(f"/indicators/{MANY}")).text
    assert f"/embed/{MANY}?" in page
    assert "chart=pairs" in page
    frame = (await client.get(f"/embed/{MANY}?chart=pairs")).text
    rows = [
        text.partition("<tbody>")[2].partition("</tbody>")[0]
        for text in (page.partition('<table class="pairs">')[2], frame)
    ]
    assert rows[0] == rows[1]


async def test_of_few_groups_there_are_lines_and_no_pairs(client) -> None:
    answer = await client.get(f"/indicators/{FEW}.png?chart=pairs")
    assert answer.status_code == 404
