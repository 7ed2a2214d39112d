"""The page of an indicator: what a reader is told, against what the database holds."""

from __future__ import annotations

import html
import json
import re
import sqlite3
from pathlib import Path
from statistics import NormalDist
from urllib.parse import unquote

import pytest

from evidencehub import runtime
from evidencehub.web import site_settings
from tests.support.dataset_builder import PROJECT_ROOT, BuildWorkspace

MHA = "/indicators/eng-mha-detention-rate"
YEAR = "2021-04-01/2022-03-31"

MAX_PAGE_BYTES = 72_000  # with stylesheet and icon less than 100 kB


def text_of(page: str) -> str:
    """What a reader sees: the words without the marks."""
    bare = re.sub(r"(?s)<(script|svg|head).*?</\1>", " ", page)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", "", bare)))


async def test_every_indicator_has_a_page_with_its_figures(client, built: Path) -> None:
    db = sqlite3.connect(built / "hub.db")
    rows = db.execute("select indicator, title, definition from indicator").fetchall()
    assert len(rows) > 50
    for name, title, definition in rows:
        answer = await client.get(f"/indicators/{name}")
        assert answer.status_code == 200, name
        page = text_of(answer.text)
        assert title in page
        assert definition in page
        assert len(answer.content) < MAX_PAGE_BYTES, name
        assert answer.text.count("<h1>") == 1


async def test_the_chart_is_a_table_with_the_published_figures(client) -> None:
    page = (await client.get(f"{MHA}?period={YEAR}")).text
    chart = text_of(page.split('<table class="chart"')[1].split("</table>")[0])
    assert "April 2021 to March 2022" in chart
    assert re.search(r"White ?compared with ?72.4", chart)
    assert re.search(
        r"Black or Black British ?341.7 ?higher, not tested ?4.7 times, ?\+269.3", chart
    )
    assert "Other Ethnic Groups - Chinese" in chart


async def test_the_gap_is_told_as_difference_and_ratio_together(client, built: Path) -> None:
    page = text_of((await client.get(f"{MHA}?period={YEAR}")).text)
    db = sqlite3.connect(built / "hub.db")
    difference, ratio = db.execute(
        "select g.difference, g.ratio from gap as g join stratum as s using (stratum) "
        "where s.indicator = 'eng-mha-detention-rate' and s.period_start = '2021-04-01' "
        "and g.ethnicity = 'GB'"
    ).fetchone()
    assert f"+{difference:.1f}{ratio:.1f}" in page.replace(" ", "")
    facts = page.split("Main facts")[1].split("By ethnic group")[0]
    assert "Compared with the figure for White people:" in facts
    assert "Black people: 4.7 times, difference +269.3 per 100,000 population" in facts


async def test_any_group_can_be_compared_with(client) -> None:
    page = text_of((await client.get(f"{MHA}?period={YEAR}&comparator=GB")).text)
    assert "compared with: Black people" in page
    assert "Beside Black people" in page
    assert "0.21 times" in page  # 72.4 / 341.7


async def test_with_intervals_the_words_follow_the_interval_of_the_difference(
    client, built: Path
) -> None:
    name = "teaching-emergency-admission-rate-synthetic"
    page = (await client.get(f"/indicators/{name}")).text
    db = sqlite3.connect(built / "hub.db")
    latest = db.execute(
        "select max(period_end) from observation where indicator = ?", (name,)
    ).fetchone()[0]
    told = db.execute(
        "select ethnicity_label, difference, difference_lower, difference_upper from gap_flat "
        "where indicator = ? and period_end = ? and sex = '_T' and age = '_T' and other = ''",
        (name, latest),
    ).fetchall()
    assert len(told) > 10
    normal = NormalDist()  # of so many comparisons one must lie farther off (Bonferroni)
    factor = normal.inv_cdf(1 - 0.025 / len(told)) / normal.inv_cdf(0.975)
    words = set()
    for label, difference, lower, upper in told:
        low, high = (difference + factor * (limit - difference) for limit in (lower, upper))
        word = "higher" if low > 0 else "lower" if high < 0 else "similar"
        words.add(word)
        row = re.search(rf">{re.escape(html.escape(label))}<.*?</tr>", page, re.DOTALL)
        assert row, label
        assert f'<td class="compared" role="cell">{word}<span class="size">' in row[0], label
    assert len(words) > 1
    assert "Made up for teaching." in page


async def test_a_hidden_figure_never_looks_like_zero(client, built: Path) -> None:
    name = "teaching-town-fall-admission-rate-synthetic"
    db = sqlite3.connect(built / "hub.db")
    area = db.execute(
        "select area from observation where indicator = ? and obs_status = 'Q' limit 1", (name,)
    ).fetchone()[0]
    page = (await client.get(f"/indicators/{name}?area={area}")).text
    assert "[c]" in page
    assert "so that nobody can be recognised" in page
    row = re.search(r"<tr[^>]*>(?:(?!</tr>).)*\[c\].*?</tr>", page, re.DOTALL)
    assert row
    assert "<circle" not in row[0]


async def test_the_page_begins_with_the_widest_place_and_with_everybody(client) -> None:
    regions = text_of((await client.get("/indicators/eng-wres2-shortlisting")).text)
    assert "April 2021 to March 2022, England" in regions  # not the newer figures of a region
    assert "Relative to: staff of all other ethnic groups combined" in regions
    parts = text_of((await client.get("/indicators/uk-neonatal-mortality-rate")).text)
    assert "In 2023 the overall figure was 1.63 per 1,000 live births" in parts


async def test_a_fact_about_a_part_of_the_people_says_which(client) -> None:
    page = text_of((await client.get("/indicators/eng-nhs-app-registration-difference")).text)
    facts = page.split("Main facts")[1].split("By ethnic group")[0]
    assert "Part of the people: Practices with the highest share of White patients" in facts
    assert "From January 2019 to May 2021, all ethnic groups together: +36% difference" in facts


async def test_a_fact_calls_a_gap_unclear_only_where_the_table_does(client) -> None:
    name = "teaching-town-fall-admission-rate-synthetic"
    page = text_of((await client.get(f"/indicators/{name}")).text)
    facts, rest = page.split("Main facts")[1].split("Drafted by the hub")
    assert "the figures of 16 groups ran from" in facts
    assert (
        "one of 15 groups compared, chosen before the values were seen: the one with most people."
        in facts
    )
    # its counts are rounded to 5, which widens their limits
    assert re.search(r"White - Irish ?19.5 ?\d+.\d to \d+.\d derived ?similar", rest)
    assert "Derived: the source gives no interval" in rest
    clear = "/indicators/teaching-emergency-admission-rate-synthetic"
    rest = text_of((await client.get(clear)).text).split("Drafted by the hub")[1]
    assert "higher" in rest
    town = (await client.get(f"/indicators/{name}?area=teaching-places-synthetic:A")).text
    facts = text_of(town).split("Main facts")[1].split("Drafted by the hub")[0]
    assert "no clear difference" in facts


async def test_a_table_that_ends_early_says_that_another_place_has_newer_values(client) -> None:
    page = text_of((await client.get("/indicators/eng-wres2-shortlisting")).text)
    assert re.search("Latest figures ?April 2021 to March 2022", page)
    assert re.search("Latest of another place or choice ?April 2023 to March 2024", page)
    assert "Next update of this dataset" in page  # the source may go on
    newest = text_of((await client.get("/indicators/uk-stillbirth-rate")).text)
    assert "Latest of another place or choice" not in newest


async def test_a_note_of_doubt_stands_open_and_a_long_list_of_notes_does_not(client) -> None:
    doubtful = (await client.get("/indicators/eng-primary-care-discrimination")).text
    notes = doubtful.split("on these figures")[0].rpartition("<details")[2]
    assert notes.startswith(" open>")
    assert "Doubtful" in text_of(doubtful)


async def test_no_group_is_the_norm_where_the_dataset_declares_none(client) -> None:
    path = "/indicators/eng-talking-therapies-improvement"
    page = (await client.get(path)).text
    assert '<option value="" selected>nothing</option>' in page
    assert "Choose a reference group above to see the gaps." in page
    assert "compared with" not in text_of(page.split('id="by-group"')[1].split("</table>")[0])
    chosen = text_of((await client.get(f"{path}?comparator=A")).text)
    assert "compared with: White British people" in chosen


async def test_signs_beside_figures_are_explained_where_they_stand(client) -> None:
    page = text_of((await client.get(f"{MHA}?period=2022-04-01/2023-03-31")).text)
    assert "63 [b]" in page
    assert "[b]: Time series break. The first value after a change" in page
    doubtful = text_of((await client.get("/indicators/eng-infant-death-rate-ncmd")).text)
    assert "6.2 [v]" in doubtful
    assert "[v]: Unvalidated value. Published as received, without validation." in doubtful


async def test_second_hand_figures_say_so_beside_the_chart_and_in_its_copies(client) -> None:
    path = "/indicators/uk-maternal-mortality-rate"
    page = text_of((await client.get(path)).text)
    words = "secondary source The figures in this table come from a secondary source that quotes"
    assert words in page.split("Main facts")[1].split("The gap")[0]
    country = text_of((await client.get(f"{path}?area=GB")).text)
    assert "Latest figures2022 to 2024" in country.replace(" 2022", "2022")
    assert "Latest figures by ethnic group2016 to 2018" in country.replace(" 2016", "2016")
    embedded = text_of((await client.get("/embed/uk-maternal-mortality-rate")).text)
    assert "Awaiting verification." in embedded
    assert "32.42" not in embedded  # no number of a secondary source stands alone elsewhere
    assert "Figures from a secondary source." in (await client.get(f"{path}.svg")).text


async def test_what_is_made_up_says_so_in_every_copy_of_the_chart(client) -> None:
    name = "teaching-town-fall-admission-rate-synthetic"
    assert "Made up for teaching." in (await client.get(f"/embed/{name}")).text
    assert "Made up for teaching." in (await client.get(f"/indicators/{name}.svg")).text


async def test_second_hand_figures_are_no_main_facts(client) -> None:
    page = text_of((await client.get("/indicators/br-maternal-mortality-ratio")).text)
    facts = page.split("Main facts")[1].split("By ethnic group")[0]
    assert "were read where another text quotes them. Until they are checked" in facts
    assert "100.38" not in facts
    assert "3 of 3 figures come from a secondary source" in page


async def test_a_choice_that_is_none_is_refused_and_no_figure_for_all_of_them_is_told(
    client,
) -> None:
    for query in ("area=XX", "period=1999", "comparator=ZZ", "order=random", "scheme=none"):
        answer = await client.get(f"{MHA}?{query}")
        assert answer.status_code == 400, query
        assert "no choice for" in answer.text
    unknown = await client.get(f"{MHA}?perod={YEAR}")
    assert unknown.status_code == 400
    assert "Did you mean “period”?" in html.unescape(unknown.text)
    assert (await client.get(f"{MHA}?period={YEAR}&period={YEAR}")).status_code == 400
    assert (await client.get(f"{MHA}?period=&order=")).status_code == 200
    answer = await client.get("/indicators/no-such-thing")
    assert answer.status_code == 404
    assert "There is no indicator of this name here." in answer.text


async def test_the_order_by_value_puts_the_highest_first(client) -> None:
    page = (await client.get(f"{MHA}?period={YEAR}&order=value")).text
    chart = page.split('<table class="chart"')[1].split("</table>")[0]
    values = [float(v) for v in re.findall(r'<bdi class="amount">([\d.]+)', chart)]
    assert values == sorted(values, reverse=True)
    assert len(values) == 9


async def test_the_page_describes_itself_to_machines(client) -> None:
    page = (await client.get(MHA)).text
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert found
    told = json.loads(found[1])
    assert told["@type"] == "Dataset"
    assert told["temporalCoverage"] == "2016-04-01/2025-03-31"
    assert told["spatialCoverage"]["name"] == "England"
    for link in told["distribution"]:
        path = unquote(link["contentUrl"].removeprefix("http://localhost"))
        assert (await client.get(path)).status_code == 200
    for name in ("og:title", "og:image", "og:url"):
        assert f'property="{name}"' in page
    picture = re.search(r'property="og:image" content="http://localhost([^"]+)"', page)
    assert picture
    assert (await client.get(picture[1])).content.startswith(b"\x89PNG")


async def test_every_link_of_the_page_leads_somewhere(client) -> None:
    page = (await client.get(f"{MHA}?period={YEAR}")).text
    links = {html.unescape(link) for link in re.findall(r'href="(/[^"#]*)', page)}
    assert len(links) > 30
    for link in sorted(links):
        answer = await client.get(link)
        assert answer.status_code in (200, 302), link


async def test_the_chart_comes_as_svg_and_png_and_embedded(client) -> None:
    svg = await client.get(f"{MHA}.svg?period={YEAR}")
    assert svg.headers["content-type"].startswith("image/svg+xml")
    assert "<title" in svg.text
    assert "341.7" in svg.text
    png = await client.get(f"{MHA}.png?period={YEAR}")
    assert png.headers["content-type"] == "image/png"
    assert png.content.startswith(b"\x89PNG")
    assert len(png.content) > 10_000
    embedded = await client.get("/embed/us-infant-mortality-rate")
    assert "frame-ancestors *" in embedded.headers["content-security-policy"]
    assert "default-src 'none'" in embedded.headers["content-security-policy"]
    assert "x-frame-options" not in embedded.headers
    assert "frame-ancestors 'self'" in (await client.get(MHA)).headers["content-security-policy"]
    assert "10.9" in embedded.text
    waiting = (await client.get("/embed/eng-mha-detention-rate")).text
    assert "Awaiting verification." in waiting
    assert "341.7" not in waiting
    assert "262.4" not in waiting  # of the newest year, which was read elsewhere


@pytest.mark.parametrize("ending", ["bib", "ris", "csl.json"])
async def test_it_can_be_cited(client, ending: str) -> None:
    answer = await client.get(f"{MHA}.{ending}")
    assert answer.status_code == 200
    assert "Rate of detention under the Mental Health Act" in answer.text
    assert "attachment" in answer.headers["content-disposition"]


async def toy(site: BuildWorkspace, **hub: object):
    """The served site of one small made-up dataset."""
    one = site.dataset()
    one.descriptor["hub"] |= hub
    one.write()
    outcome = site.build()
    assert outcome.build is not None, outcome.reports
    served = runtime.create_datasette(PROJECT_ROOT, outcome.build)
    await served.invoke_startup()
    return served.client


async def test_main_facts_in_the_words_of_staff_replace_the_draft(site: BuildWorkspace) -> None:
    own = ["Group A had fewer repairs than group B.", "The gap has not changed."]
    client = await toy(site, main_facts={"toy-repairs-rate": own})
    page = text_of((await client.get("/indicators/toy-repairs-rate")).text)
    for sentence in own:
        assert sentence in page
    assert "Drafted by the hub" not in page


async def serve_rows(site: BuildWorkspace, *rows: dict[str, str], **indicator: str):
    """The served page of a made-up indicator with these rows and no others."""
    one = site.dataset()
    one.tables["indicators"][0] |= indicator
    one.tables["observations"] = [one.build_observation(**cells) for cells in rows]
    one.write()
    outcome = site.build()
    assert outcome.build is not None, outcome.reports
    served = runtime.create_datasette(PROJECT_ROOT, outcome.build)
    await served.invoke_startup()
    return text_of((await served.client.get("/indicators/toy-repairs-rate")).text)


async def test_a_key_explains_the_signs_of_its_own_table_only(site: BuildWorkspace) -> None:
    page = await serve_rows(
        site,
        *({"ethnicity": group, "period": "2023", "obs_status": "P"} for group in "AB"),
        *({"ethnicity": group, "period": "2024"} for group in "AB"),
    )
    chart, _, course = page.partition("Change over time")
    assert "[p]" not in chart  # which is of 2024
    assert "12.5 [p]" in course
    assert "[p]: Provisional value." in course


async def test_a_fact_of_one_row_names_it_and_speaks_of_no_groups(site: BuildWorkspace) -> None:
    total = {"ethnicity": "_T", "period": "2019-05-03/2021-02-09", "value": "30"}
    page = await serve_rows(site, total, unit="percent", value_type="difference", scale="100")
    facts = page.split("Main facts")[1].split("Drafted by the hub")[0]
    assert "From 3 May 2019 to 9 February 2021, all ethnic groups together: +30%" in facts
    assert "by ethnic group" not in facts


async def test_a_headline_of_rounded_values_gives_a_ratio_that_they_allow(
    site: BuildWorkspace,
) -> None:
    values = {"A": "9.0", "B": "15"}
    rows = [{"ethnicity": group, "value": value} for group, value in values.items()]
    page = await serve_rows(site, *rows, reference_group="toy-repairs-groups:A")
    facts = page.split("Main facts")[1].split("By ethnic group")[0]
    assert "about 1.7 times" in facts  # rounding allows 1.60 to 1.73
    assert "was about 1.7 times that for" in facts
    table = page.split("Each gap with its confidence interval")[1]
    assert "1.7 (rounding allows 1.60 to 1.73)" in table


async def test_a_value_of_everybody_that_waits_is_told_to_wait(site: BuildWorkspace) -> None:
    page = await serve_rows(site, {"ethnicity": "_T", "value": "10.9", "verification": "C3"})
    facts = page.split("Main facts")[1].split("By ethnic group")[0]
    assert "The figures of 2024 were read where another text quotes them." in facts
    assert "10.9" not in facts


async def test_a_page_without_findings_gaps_and_course_still_says_what_it_knows(
    site: BuildWorkspace,
) -> None:
    client = await toy(site)
    answer = await client.get("/indicators/toy-repairs-rate")
    assert answer.status_code == 200
    assert "The hub holds no finding that names this indicator." in answer.text


async def test_a_word_opens_its_meaning_where_it_stands(client) -> None:
    """What is asked about is what the chart has, and the page of all words has it too."""
    glossary = (await client.get("/glossary")).text
    meant = set()
    for name in (
        "teaching-town-fall-admission-rate-synthetic?area=teaching-places-synthetic:A",
        "uk-maternal-death-odds-ratio-adjusted",
        "eng-talking-therapies-improvement",
        "eng-mha-detention-rate",
    ):
        page = (await client.get(f"/indicators/{name}")).text
        terms = re.findall(r'popovertarget="term-([a-z-]+)"', page)
        assert len(set(terms)) == len(terms)
        meant |= set(terms)
        for term in terms:
            assert page.count(f'id="term-{term}"') == 1
            assert f'<dt id="{term}">' in glossary
    assert {"interval", "odds-ratio", "secondary-source", "suppressed"} <= meant
    plain = (await client.get("/indicators/eng-talking-therapies-improvement")).text
    assert "term-ratio" not in plain  # it compares nobody until somebody chooses a group


async def test_charts_of_change_can_be_taken_along(client) -> None:
    path = "/indicators/us-infant-mortality-rate-1915-2013"
    page = (await client.get(path)).text
    for chart in ("trend", "difference", "ratio"):
        assert f"chart={chart}" in page
        svg = (await client.get(f"{path}.svg?chart={chart}")).text
        assert svg.count('class="break"') == 2
        assert "National Center for Health Statistics" in svg
        assert (await client.get(f"{path}.png?chart={chart}")).content.startswith(b"\x89PNG")
        embedded = (
            await client.get(f"/embed/us-infant-mortality-rate-1915-2013?chart={chart}")
        ).text
        assert "data-times" in embedded or 'class="time-plot"' in embedded
    many = "/indicators/teaching-seen-within-18-weeks-synthetic"
    svg = (await client.get(f"{many}.svg?chart=trend")).text
    assert svg.count('class="panel"') == 18  # every group but the one compared with
    assert (await client.get(f"{many}.svg?chart=ratio")).status_code == 404
    assert (await client.get(f"{path}.svg?chart=pie")).status_code == 400


async def test_a_reader_can_answer_back_from_every_page(site: BuildWorkspace) -> None:
    """The address of the operator is used, with that of the page in it; nothing is stored."""
    settings = site_settings.SiteSettings(contact="hub@example.org")
    address = settings.build_answer_address("A & B", "https://hub.example.org/x?y=1")
    assert address == (
        "mailto:hub@example.org?subject=A%20%26%20B&body=https%3A//hub.example.org/x%3Fy%3D1"
    )
    form = site_settings.SiteSettings(contact="https://example.org/form")
    assert form.build_answer_address("A", "x") == "https://example.org/form"
    client = await toy(site)
    assert "The page of each dataset says whom to tell." in (await client.get("/")).text


@pytest.mark.parametrize(
    ("indicator", "spoken"),
    [
        ("us-maternal-mortality-rate", "Black non-Hispanic: 44.0, then 44.8"),
        ("us-infant-mortality-rate-1915-2013", "Black: +96.6, then +5.7"),
        ("us-infant-mortality-rate-1915-2013", "Black: 2.0×, then 2.1×"),
    ],
)
async def test_a_line_is_told_with_the_digits_of_its_values_at_both_ends(
    client, indicator: str, spoken: str
) -> None:
    page = (await client.get(f"/indicators/{indicator}")).text
    assert f'aria-label="{spoken}"' in page


async def test_gaps_over_time_are_lines_of_few_groups_and_pairs_of_many(client) -> None:
    drawn = (await client.get(MHA)).text
    gaps = drawn.partition('<div class="pair-of-plots">')[2].partition("</section>")[0]
    for group in ("Other Black", "Black", "Indian", "Chinese"):
        assert len(re.findall(rf'aria-label="[^"]*{group}: [−+0-9]', gaps)) == 2
    town = "/indicators/teaching-town-fall-admission-rate-synthetic"
    page = (await client.get(town)).text
    course = page.partition("Change over time")[2].partition("</section>")[0]
    assert course.count('<line class="interval"') == 2 * 15 + 1  # the key
    assert course.count("not comparable") == 0
    assert "<bdi>+13.5</bdi>, then <bdi>−5.5</bdi>" in course
    assert "Ethnic group (2024, 2025)" in course
    assert "is not tested" in course
    assert (await client.get(f"{town}.svg?chart=ratio")).status_code == 404
