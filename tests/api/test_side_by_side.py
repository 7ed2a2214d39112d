"""The areas inside a place, side by side: the same group beside the same reference in each."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from evidencehub import runtime
from evidencehub.web.pages import places
from tests.support.dataset_builder import PROJECT_ROOT, BuildWorkspace

LISTS = "toy-repairs-places"
TOWNS = {
    "P1": ("Ashtown", "30", "10"),
    "P2": ("Beechtown", "10", "20"),
    "P3": ("Cedartown", "8", "8"),
}


@pytest.fixture(scope="module")
def towns(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A county with three towns; of Cedartown the figures are of an earlier year."""
    site = BuildWorkspace(tmp_path_factory.mktemp("towns"))
    dataset = site.dataset()
    dataset.tables["indicators"][0]["reference_group"] = "toy-repairs-groups:B"
    place = {"list": LISTS, "level": "city", "facet": "", "parent": "X01"}
    dataset.tables["codes"] += [
        {**place, "code": code, "label": label} for code, (label, *_) in TOWNS.items()
    ]
    dataset.tables["observations"] = [
        dataset.build_observation(
            area=f"{LISTS}:{code}", ethnicity=group, period="2021" if code == "P3" else "2024",
            value=count, numerator=count, denominator="1000",
        )
        for code, (_, *counts) in TOWNS.items()
        for group, count in zip("AB", counts, strict=True)
    ]  # fmt: skip
    dataset.write()
    outcome = site.build()
    assert outcome.build is not None, outcome.reports["toy-repairs"].problems
    return outcome.build


async def read_county(towns: Path) -> str:
    hub = runtime.create_datasette(PROJECT_ROOT, towns)
    await hub.invoke_startup()
    answer = await hub.client.get(f"/places/{LISTS}:X01")
    assert answer.status_code == 200
    return answer.text


async def test_each_area_has_its_ratio_its_interval_and_its_time(towns: Path) -> None:
    part = (await read_county(towns)).partition('id="side-by-side"')[2].partition("<h2")[0]
    text = " ".join(re.sub("<[^>]*>", " ", part).split())
    assert [text.index(label) for label, *_ in TOWNS.values()] == sorted(
        text.index(label) for label, *_ in TOWNS.values()
    )
    assert "Group A, beside Group B" in text
    assert "2024: 30 against 10 per 1,000 population" in text
    assert "3.0 times" in text
    assert "0.50 times" in text
    assert text.count("95% interval") == len(TOWNS)
    assert "Not all areas have figures of the same time." in text
    assert part.count('class="interval"') == len(TOWNS)


async def test_an_area_alone_is_not_set_beside_anything(towns: Path) -> None:
    hub = runtime.create_datasette(PROJECT_ROOT, towns)
    await hub.invoke_startup()
    answer = await hub.client.get(f"/places/{LISTS}:P1")
    assert answer.status_code == 200
    assert 'id="side-by-side"' not in answer.text


async def test_what_does_not_fit_is_counted_and_leaves_room_for_what_does(
    towns: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "MAX_LINES", len(TOWNS) - 1)
    text = " ".join((await read_county(towns)).split())
    assert "One more group of areas is not shown here" in text
    assert "Group A, beside Group B" not in text
