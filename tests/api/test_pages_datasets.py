"""The pages of datasets, code lists and changes, and the texts: what they say is what is known."""

from __future__ import annotations

import html
import json
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evidencehub import runtime
from evidencehub.formats.format import find_by_ending
from evidencehub.web.pages.code_lists import MAX_CODES
from tests.support.dataset_builder import PROJECT_ROOT, BuildWorkspace

SLUG = "uk-maternal-mortality"
MOST = 100_000  # bytes of a page


@pytest.fixture
def asked(built: Path) -> Iterator[Any]:
    db = sqlite3.connect(built / "hub.db")
    db.row_factory = sqlite3.Row
    yield lambda sql, *bound: db.execute(sql, bound).fetchall()
    db.close()


def words(page: str) -> str:
    """What is read of a page, in one line."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page)).split())


def structured(page: str) -> Any:
    (told,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    return json.loads(html.unescape(told))


async def served(site: BuildWorkspace) -> Any:
    build = site.build().build
    assert build is not None
    hub = runtime.create_datasette(PROJECT_ROOT, build)
    await hub.invoke_startup()
    return hub.client


async def test_the_list_has_every_dataset_but_those_made_up(client, asked) -> None:
    page = (await client.get("/datasets")).text
    for row in asked("select dataset, title, version, synthetic from dataset"):
        there = f'href="/datasets/{row["dataset"]}"' in page
        assert there is (not row["synthetic"]), row["dataset"]
    ((figures,),) = asked(
        "select count(*) from observation join dataset using (dataset) where synthetic = 0"
    )
    assert f"with {figures:,} figures" in words(page)


async def test_every_dataset_has_a_page_that_is_light(client, asked) -> None:
    for row in asked("select * from dataset"):
        response = await client.get(f"/datasets/{row['dataset']}")
        assert response.status_code == 200
        assert len(response.content) < MOST, row["dataset"]
        told = words(response.text)
        assert row["title"] in told
        assert row["version"] in told
        assert ("Made up for teaching." in told) is bool(row["synthetic"])
        for source in asked("select source from source where dataset = ?", row["dataset"]):
            assert f'id="source-{source[0]}"' in response.text


async def test_a_dataset_says_what_the_database_knows(client, asked) -> None:
    page = (await client.get(f"/datasets/{SLUG}")).text
    told = words(page)
    (row,) = asked("select * from dataset where dataset = ?", SLUG)
    assert f'<a href="{row["licence_url"]}" rel="license">{row["licence"]}</a>' in page
    for line in row["caveats"].splitlines():
        assert line in told
    for text in ("comparability", "ethnicity_completeness", "description"):
        assert row[text] in told
    ((policy,),) = asked(
        "select definition from code where list = 'disclosure-policy' and code = ?",
        row["disclosure_policy"],
    )
    assert policy in told
    for indicator in asked("select indicator, title from indicator where dataset = ?", SLUG):
        assert f'<a href="/indicators/{indicator["indicator"]}">' in page
    for finding in asked("select finding from finding where dataset = ?", SLUG):
        assert f'<a href="/findings/{finding["finding"]}">' in page
    for source in asked("select title, url from source where dataset = ?", SLUG):
        assert html.escape(source["url"] or source["title"]) in page
        assert source["title"] in told


async def test_every_file_can_be_downloaded_and_has_its_digest(client, asked) -> None:
    page = (await client.get(f"/datasets/{SLUG}")).text
    files = asked("select * from file where dataset = ?", SLUG)
    for file in files:
        path = f"/datasets/{SLUG}/{file['version']}/{file['file']}"
        assert f'href="{path}"' in page
        assert file["sha256"] in page
        assert (await client.get(path)).status_code == 200
    told = structured(page)
    assert told["@type"] == "Dataset"
    assert {one["sha256"] for one in told["distribution"]} == {file["sha256"] for file in files}
    assert told["temporalCoverage"] == "2009-01-01/2024-12-31"
    assert told["spatialCoverage"] == [{"@type": "Place", "name": "United Kingdom"}]


async def test_figures_that_are_not_shown_are_counted_and_explained(client, asked) -> None:
    slug = "teaching-suppressed-synthetic"
    ((hidden, every),) = asked(
        "select sum(value is null and value_min is null and value_max is null), count(*)"
        " from observation where dataset = ?",
        slug,
    )
    told = words((await client.get(f"/datasets/{slug}")).text)
    assert f"{hidden} of {every} figures have no value. They are never zero." in told
    ((says,),) = asked("select definition from code where list = 'obs-status' and code = 'Q'")
    assert says in told


async def test_a_dataset_of_findings_alone_says_that_it_has_no_figures(client) -> None:
    page = (await client.get("/datasets/rho-findings-recommendations")).text
    assert "none of its own" in words(page)
    assert "Suppressed and missing figures" not in page
    assert "temporalCoverage" not in structured(page)


async def test_the_lines_of_code_name_files_that_are_there(client, asked) -> None:
    for row in asked("select dataset from dataset"):
        page = html.unescape((await client.get(f"/datasets/{row[0]}")).text)
        (url,) = re.findall(r"curl -LO http://localhost(\S+?)</code>", page)
        assert (await client.get(url)).status_code == 302
        (api,) = re.findall(r'fetch\("http://localhost(\S+?)"\)', page)
        assert (await client.get(api)).status_code == 200


async def test_a_dataset_without_what_may_be_missing_says_so(site: BuildWorkspace) -> None:
    toys = site.dataset()
    toys.tables["sources"] = [{**toys.tables["sources"][0], "url": "", "publisher": ""}]
    toys.tables["observations"][0] |= {"value": "", "numerator": "", "obs_status": "M"}
    toys.texts["about.md"] = "# Toys\n\n## <b>Bold</b>\n\n[x](javascript:alert)\n"
    toys.write()
    client = await served(site)

    page = (await client.get(f"/datasets/{toys.slug}")).text

    told = words(page)
    assert "Licence not stated." in told
    assert "Publisher not stated" in told
    assert "The hub holds no address of it." in told
    assert "1 of 2 figures has no value. It is never zero." in told
    assert "<b>" not in page
    assert "javascript:" not in page.replace("[x](javascript:alert)", "")
    assert "Version 1.0.0 , 31 January 2026" in told
    listed = words((await client.get("/datasets")).text)
    assert "1 dataset with 2 figures." in listed
    assert "The hub holds no dataset yet." in listed


@pytest.mark.parametrize("ending", ["bib", "ris", "csl.json"])
async def test_a_citation_is_a_file_of_its_type(client, ending: str) -> None:
    response = await client.get(f"/datasets/{SLUG}.{ending}")
    assert response.status_code == 200
    assert response.headers["content-type"] == find_by_ending(ending, "citation").content_type
    assert f'filename="{SLUG}.{ending}"' in response.headers["content-disposition"]
    assert "Maternal mortality by ethnic group" in response.text
    page = html.unescape((await client.get(f"/datasets/{SLUG}")).text)
    assert response.text.replace("\r\n", "\n") in page.replace("\r\n", "\n")


@pytest.mark.parametrize("path", ["/datasets/nosuch", "/codes/nosuch"])
async def test_what_is_not_there_is_told(client, path: str) -> None:
    response = await client.get(path)
    assert response.status_code == 404
    assert "There is no" in response.text
    assert 'action="/search"' in response.text


@pytest.mark.parametrize("path", ["/datasets/nosuch.bib", "/topics/no/feed.atom"])
async def test_a_file_that_is_not_there_is_told_to_a_program(client, path: str) -> None:
    response = await client.get(path)
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["detail"].startswith("There is no")


@pytest.mark.parametrize(
    "path", ["/datasets", f"/datasets/{SLUG}", "/codes", "/codes/sex", "/changes", "/about"]
)
async def test_an_unknown_option_changes_nothing(client, path: str) -> None:
    plain, tracked = await client.get(path), await client.get(f"{path}?x=1")
    assert (tracked.status_code, tracked.content) == (200, plain.content)


async def test_the_list_of_code_lists_has_all_that_are_not_made_up(client, asked) -> None:
    page = (await client.get("/codes")).text
    for row in asked(
        "select l.list, coalesce(d.synthetic, 0) as synthetic from code_list as l"
        " left join dataset as d on d.dataset = l.dataset"
    ):
        assert (f'href="/codes/{row["list"]}"' in page) is (not row["synthetic"]), row["list"]


async def test_every_code_list_has_a_page_with_its_codes(client, asked) -> None:
    for row in asked("select list, title from code_list"):
        response = await client.get(f"/codes/{row['list']}")
        assert response.status_code == 200
        assert len(response.content) < MOST, row["list"]
        told = words(response.text)
        assert row["title"] in told
        codes = asked("select code, label from code where list = ?", row["list"])
        on_page = [c for c in codes if f"<code>{html.escape(c['code'])}</code>" in response.text]
        assert len(on_page) == min(len(codes), MAX_CODES), row["list"]
        assert all(" ".join(code["label"].split()) in told for code in on_page)
        is_truncated = f"Showing the first {MAX_CODES} of {len(codes):,} codes" in told
        assert is_truncated is (len(codes) > MAX_CODES), row["list"]
        assert structured(response.text)["@type"] == "DefinedTermSet"


async def test_a_classification_leads_to_its_groups_and_to_others(client, asked) -> None:
    page = (await client.get("/codes/ew-census-2021")).text
    assert 'href="/groups/ew-census-2021/G1"' in page
    assert 'href="/groups/ew-census-2021/_T"' not in page
    facets = asked(
        "select distinct to_code from crosswalk where from_scheme = 'ew-census-2021'"
        " and to_scheme = 'hub-facet' and to_code <> ''"
    )
    assert facets
    for (facet,) in facets:
        assert f'href="/groups/{facet}"' in page
    for row in asked(
        "select * from scheme_conversion where from_scheme = 'ew-census-2021' and to_scheme <> 'hub-facet'"
    ):
        assert f'href="/codes/{row["to_scheme"]}"' in page
    assert "Match" not in words(page)


async def test_a_list_names_the_figures_that_use_it(client, asked) -> None:
    page = (await client.get("/codes/mbrrace-broad")).text
    for row in asked("select distinct indicator from observation where scheme = 'mbrrace-broad'"):
        assert f'href="/indicators/{row["indicator"]}"' in page
    assert "made up" not in page


@pytest.mark.parametrize("ending", ["csv", "json"])
async def test_a_list_can_be_downloaded(client, ending: str) -> None:
    page = (await client.get("/codes/sex")).text
    assert f'href="/api/v1/codes/sex.{ending}"' in page
    assert (await client.get(f"/api/v1/codes/sex.{ending}")).status_code == 200


async def test_the_changes_are_told_the_newest_first(client, asked) -> None:
    page = (await client.get("/changes")).text
    told = words(page)
    for row in asked(
        "select c.text, d.synthetic, d.dataset from change_note as c join dataset as d using (dataset)"
    ):
        if row["synthetic"]:
            assert row["dataset"] not in page
        else:
            assert row["text"] in told
    days = re.findall(r'<h2 id="day-([\d-]+)"', page)
    assert days == sorted(days, reverse=True)
    assert days


async def test_a_hub_without_changes_says_so(site: BuildWorkspace) -> None:
    toys = site.dataset()
    toys.texts["changes.md"] = "# Changes\n\n1.0.0 is the first.\n"
    toys.write()
    client = await served(site)
    assert "Nothing has been published yet." in (await client.get("/changes")).text
    page = words((await client.get(f"/datasets/{toys.slug}")).text)
    assert "Version 1.0.0 , 31 January 2026 this one What changed is not stated." in page


async def test_the_texts_say_who_and_how(client, asked) -> None:
    about = words((await client.get("/about")).text)
    for row in asked("select label, definition from code where list = 'verification'"):
        assert (row["definition"] in about) is (row["label"] != "Synthetic")
    assert "does not say who runs it" in about
    writing = words((await client.get("/writing")).text)
    assert not re.search(r"\bBAME\b|\bBME\b|non-White", writing)
    statement = words((await client.get("/accessibility")).text)
    assert "Accessibility Regulations 2018" in statement
    assert "screen reader" in statement
    privacy = await client.get("/privacy")
    assert "sets no cookies" in words(privacy.text)
    assert "set-cookie" not in privacy.headers
    assert 'href="/privacy"' in (await client.get("/")).text
