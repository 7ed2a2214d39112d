"""The pages by ethnic group, by place and across countries: what they tell is what is stored."""

from __future__ import annotations

import dataclasses
import html
import json
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest

from evidencehub import runtime
from evidencehub.crosswalk import comparability, comparability_rules
from evidencehub.store.gaps import GapValues
from evidencehub.store.groups import CrosswalkRelationRow
from evidencehub.store.latest_values import LatestValueRow
from evidencehub.web.pages import ethnic_group
from evidencehub.web.views import area_summaries, evidence_lines, group_search, rounding
from evidencehub.web.views.evidence_lines import TopicSection
from tests.support.dataset_builder import PROJECT_ROOT

FIGURE = "coalesce(o.value, o.value_min, o.value_max) is not null"
REAL = "d.synthetic = 0"


def ask(built: Path, sql: str, *bound: object) -> list[tuple]:
    with closing(sqlite3.connect(built / "hub.db")) as db:
        return db.execute(sql, bound).fetchall()


async def text(client, path: str) -> str:
    """The words of a page, without marks, in one line."""
    response = await client.get(path)
    assert response.status_code == 200, (path, response.text)
    main = response.text[response.text.index("<main") : response.text.index("</main>")]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", main)).split())


async def test_every_heading_and_every_group_with_a_figure_is_listed(client, built: Path) -> None:
    page = (await client.get("/groups")).text
    headings = ask(built, "select code, label from code where list = 'hub-facet'")
    assert headings
    for code, label in headings:
        assert f'href="/groups/{code}"' in page, label
    held = ask(
        built,
        "select distinct o.scheme, o.ethnicity from observation as o join dataset as d "
        "using (dataset) join code as c on c.list = o.scheme and c.code = o.ethnicity "
        f"where {REAL} and {FIGURE} and c.residual = 0 and c.level <> 'total'",
    )
    assert len(held) > 50
    for scheme, code in held:
        assert f'href="/groups/{scheme}/{quote(code)}"' in page, (scheme, code)


async def test_of_many_findings_each_is_named_and_the_first_are_told(client) -> None:
    page = (await client.get("/groups/AFD")).text
    count = int(re.search(r"(\d+) findings are about them", " ".join(page.split()))[1])
    assert count > ethnic_group.FIRST_FINDINGS
    total = 0
    for heading in ("<h2>Findings</h2>", '<h2 id="well">'):
        section = page.split(heading)[1].split("<h2")[0]
        told, _, named = section.partition("<details>")
        assert told.count('href="/findings/') == told.count("<br>") == ethnic_group.FIRST_FINDINGS
        others = named.count('href="/findings/')
        assert f"{others} more finding" in named.replace("One more", "1 more")
        total += ethnic_group.FIRST_FINDINGS + others
    assert total == count


@pytest.mark.parametrize("path", ["/groups/AFD", "/groups/RGT", "/places/E92000001"])
async def test_topics_stand_in_the_order_of_their_kinds(client, built: Path, path: str) -> None:
    page = (await client.get(path)).text
    section = page.split("<h2>Figures</h2>")[1].split("<h2>Findings</h2>")[0]
    headings = [html.unescape(label) for label in re.findall("<h3>([^<]+)</h3>", section)]
    kinds = ask(
        built,
        "select t.label, k.sort_order from code as t join code as k on k.code = t.level "
        "where t.list = 'topic' and k.list = 'topic-kind' order by k.sort_order, t.sort_order",
    )
    listed = [label for label, _ in kinds if label in headings]
    assert len(listed) > 1
    assert [label for label in headings if label != "Other"] == listed


async def test_an_absent_topic_says_whether_somebody_looked(client, built: Path) -> None:
    searches = ask(
        built,
        "select w.evidence_gap, t.label from evidence_coverage as w join code as t "
        "on t.list = 'topic' and t.code = w.topic where w.facet = 'RGT' and w.topic = 'maternity' "
        "and w.coverage_status = 'not-found'",
    )
    assert searches
    section = (await client.get("/groups/RGT")).text.split('id="unknown"')[1].split("<h2")[0]
    looked_for = section.split("Looked for, and none was found:")[1]
    for finding, label in searches:
        assert f'href="/findings/{finding}">{label}</a>' in looked_for
    assert 'href="/coverage?group=RGT"' in section
    native = await text(client, "/groups/mbrrace-broad/asian")
    assert "Of all groups under the heading" in native
    assert "Where no search is named, none is recorded" in native


async def test_what_goes_well_stands_apart_and_its_absence_is_said(client, built: Path) -> None:
    page = (await client.get("/groups/AFD")).text
    section = page.split('<h2 id="well">')[1].split("<h2")[0]
    tried = ask(
        built,
        "select f.finding from finding as f join finding_group as g using (finding) "
        "where g.scheme = 'causes-gb-groups' and g.ethnicity = 'black' and g.role = 'affected' "
        "and f.type = 'remedy'",
    )
    assert tried
    assert all(f'href="/findings/{finding}"' in section for (finding,) in tried)
    none = await text(client, "/groups/us-nchs-origin-race/nhpi-non-hispanic")
    assert "It has not looked for everything: that does not mean that nothing goes well." in none


async def test_a_classification_of_no_country_stands_under_none(client, built: Path) -> None:
    found = ask(
        built,
        "select l.list, c.code, l.title from code_list as l join code as c on c.list = l.list "
        "where l.kind = 'ethnicity' and l.jurisdiction = 'INT' and l.dataset is not null",
    )
    assert found
    for scheme, code, title in found:
        group = await text(client, f"/groups/{scheme}/{code}")
        assert "India" not in group
        assert title in group
        assert "India" not in await text(client, f"/codes/{scheme}")


async def test_a_group_that_nobody_has_measured_says_so(client) -> None:
    page = await text(client, "/groups/ASI-SE")
    assert "The hub holds no figure for any such group." in page
    assert "No finding is tied to this group. A finding may still name it in its text" in page
    assert (
        "The hub has figures by ethnic group on these topics, but none here: Primary care" in page
    )
    table = (await client.get("/groups")).text.partition('id="gaps"')[2]
    row = re.search(r'<tr><th scope="row">(?:(?!</tr>).)*/groups/ASI-SE".*?</tr>', table, re.DOTALL)
    assert row is not None
    cells = re.findall(r"<td>(.*?)</td>", row[0])
    assert cells
    assert all("none" in cell for cell in cells)


async def test_the_table_of_gaps_counts_indicators(client, built: Path) -> None:
    ((expected,),) = ask(
        built,
        "select count(distinct o.indicator) from observation as o join dataset as d "
        "using (dataset) join crosswalk as x on x.from_scheme = o.scheme "
        "and x.from_code = o.ethnicity and x.to_scheme = 'hub-facet' "
        "and x.to_code in ('AFD', 'AFD-A', 'AFD-C') join subject as s on s.kind = 'indicator' "
        f"and s.id = o.indicator and s.code = 'maternity' where {REAL} and {FIGURE}",
    )
    page = (await client.get("/groups")).text
    table = page.split('<table class="grid">')[1]
    topics = re.findall(r'href="/topics/([a-z0-9-]+)"', table.split("</thead>")[0])
    row = table.split('/groups/AFD">Black</a></th>')[1].split("</tr>")[0]
    cells = dict(zip(topics, re.findall("<td>(.*?)</td>", row), strict=True))
    assert cells["maternity"] == f"<strong>{expected}</strong>"


@pytest.mark.parametrize(
    ("asked", "path"),
    [
        ("maori", "/groups/pmmrc/maori"),
        ("MĀORI people", "/groups/pmmrc/maori"),
        ("travellers", "/groups/ew-census-2021/"),
        ("bangla", "/groups/ons-linked-births/bangladeshi"),
        ("preta (black)", "/groups/br-raca-cor/2"),
    ],
)
async def test_a_group_is_found_by_its_name_or_another_name(client, asked: str, path: str) -> None:
    page = (await client.get(f"/groups?q={quote(asked)}")).text
    answer = page.partition('id="answer"')[2].partition("</section>")[0]
    assert f'href="{path}' in answer


async def test_a_search_that_finds_nothing_offers_a_way_on(client) -> None:
    page = (await client.get("/groups?q=Pakistni")).text
    assert "No classification in the hub has a group with that name." in page
    assert 'href="/groups?q=Pakistani"' in page
    assert 'href="/search?q=Pakistni"' in page
    page = (await client.get(f"/groups?q={quote('<script>')}")).text
    assert "<script>" not in page.partition("<main")[2]


async def test_a_gap_is_told_as_ratio_figures_and_difference(client, built: Path) -> None:
    ((period, ratio, difference, own, other),) = ask(
        built,
        "select s.period_end, g.ratio, g.difference, o.value, r.value from stratum as s "
        "join gap as g using (stratum) join observation as o on o.indicator = s.indicator "
        "and o.period_end = s.period_end and o.scheme = s.scheme and o.ethnicity = g.ethnicity "
        "join observation as r on r.indicator = s.indicator and r.period_end = s.period_end "
        "and r.scheme = s.scheme and r.ethnicity = g.reference "
        "where s.indicator = 'eng-mha-detention-rate' and g.ethnicity = 'GB' "
        "order by 1 desc limit 1",
    )
    page = await text(client, "/groups/nhs-ethnic-category-2001/GB")
    assert (
        f"{ratio:.1f} times as high as for White : {own:.1f} against {other:.1f} per 100,000 "
        f"population, {difference:.1f} higher."
    ).replace(" :", ":") in page.replace(" :", ":")
    assert period[:4] in page


async def test_a_line_leads_to_the_table_that_it_is_from(client) -> None:
    page = html.unescape((await client.get("/groups/nhs-ethnic-category-2001/GB")).text)
    (link,) = re.findall(r'href="(/indicators/eng-mha-detention-rate\?[^"]+)"', page)
    assert "scheme=nhs-ethnic-category-2001" in link
    assert "area=E92000001" in link
    assert (await client.get(link)).status_code == 200


async def test_a_figure_of_a_part_names_the_part(client) -> None:
    page = await text(client, "/groups/mbrrace-perinatal/white")
    assert re.search(
        r"White, [^;]*least deprived[^;]*; United Kingdom; 2016 to 2020", page, re.IGNORECASE
    )
    page = await text(client, "/places/GB")
    assert re.search(r"(?i)Only one group has a figure: White, 2\.78 .{0,60}least deprived", page)


async def test_limits_are_told_as_they_were_published(client) -> None:
    page = await text(client, "/groups/mbrrace-perinatal/black-caribbean")
    assert "3.6 per 1,000 total births (95% interval 2.65 to 4.55)" in page


async def test_a_heading_tells_of_every_indicator_with_a_figure(client, built: Path) -> None:
    page = (await client.get("/groups/IND")).text
    rows = ask(
        built,
        "select distinct o.indicator from observation as o join dataset as d using (dataset) "
        "join crosswalk as x on x.from_scheme = o.scheme and x.from_code = o.ethnicity "
        f"and x.to_scheme = 'hub-facet' and x.to_code = 'IND' where {REAL}",
    )
    assert len(rows) > 5
    for (indicator,) in rows:
        assert f'href="/indicators/{indicator}?' in page
    assert f"{len(rows)} indicators have a figure" in page


async def test_findings_about_a_group_stand_on_its_page(client, built: Path) -> None:
    rows = ask(built, "select finding, scheme, ethnicity from finding_group")
    assert rows
    for finding, scheme, code in rows:
        page = (await client.get(f"/groups/{scheme}/{code}")).text
        assert f'href="/findings/{finding}"' in page


async def test_crosswalks_are_told_in_words(client) -> None:
    page = await text(client, "/groups/nhs-ethnic-category-2001/K")
    assert page.count("The same as Asian, Asian British or Asian Welsh: Bangladeshi") == 1
    assert "Part of Asian or Asian British" in page


async def test_every_place_with_evidence_is_listed_and_has_a_page(client, built: Path) -> None:
    index = (await client.get("/places")).text
    rows = ask(
        built,
        "select distinct o.area from observation as o join dataset as d using (dataset) "
        f"where {REAL} union select f.area from finding as f join dataset as d using (dataset) "
        f"where {REAL} and f.area is not null",
    )
    assert len(rows) > 10
    for (area,) in rows:
        assert f'href="/places/{quote(area, safe=":")}"' in index, area
        page = (await client.get(f"/places/{area}")).text
        indicators = ask(
            built,
            "select distinct o.indicator from observation as o join dataset as d "
            f"using (dataset) where {REAL} and o.area = ?",
            area,
        )
        for (indicator,) in indicators:
            assert f'href="/indicators/{indicator}?' in page, (area, indicator)
    assert "synthetic" not in index


async def test_a_place_of_which_only_a_gap_is_known_says_what_was_looked_for(client) -> None:
    page = await text(client, "/places/CA")
    assert "1 finding is about it." in page
    assert "The hub holds no finding about this place." not in page
    unknown = page.partition("No figure here does not mean that there is no inequality.")[2]
    assert "Statistics on suicide among Indigenous peoples in Canada are held back" in unknown


async def test_a_place_tells_the_whole_and_names_few_groups_in_their_order(client) -> None:
    page = await text(client, "/places/NZ")
    assert "All: 4.8 per 1,000 live births" in page
    groups = ("Māori, 5.9", "Pacific peoples, 8.7", "Asian, 3.7", "European or Other, 3.4")
    places = [page.index(f"{group} per 1,000 live births") for group in groups]
    assert places == sorted(places)
    assert "Highest" not in page


@pytest.fixture
async def poorer(built: Path, tmp_path: Path):
    """The same site where nothing is measured against anything and one figure is hidden."""
    build = tmp_path / built.name
    shutil.copytree(built, build)
    (build / "hub.db").chmod(0o644)
    with closing(sqlite3.connect(build / "hub.db")) as db, db:
        for table in ("gap", "inequality", "inequality_missing", "finding_group"):
            db.execute(f"delete from {table}")
        db.execute(
            "update observation set value = null, obs_status = 'Q', conf_status = 'C' "
            "where indicator = 'eng-mha-detention-rate' and ethnicity = 'GB'"
        )
        db.execute("delete from observation where comparator <> ''")
        db.execute("delete from comparison")
    hub = runtime.create_datasette(PROJECT_ROOT, build)
    await hub.invoke_startup()
    return hub.client


async def test_a_figure_that_is_hidden_says_why(poorer) -> None:
    page = await text(poorer, "/groups/nhs-ethnic-category-2001/GB")
    assert "No figure. Missing value; suppressed. The source has a value but suppresses it" in page
    assert "No finding is tied to this group." in page
    assert "1 indicator has a figure for this group" in page
    page = await text(poorer, "/places/E92000001")
    assert "1 group has no figure: Missing value; suppressed." in page


async def test_without_gaps_the_pages_still_answer(poorer) -> None:
    page = await text(poorer, "/compare?family=infant-mortality")
    assert "No gap can be shown: no country’s figures include a reference group." in page
    assert "Figures with no gap" in page
    page = await text(poorer, "/groups/mbrrace-broad/black")
    assert "No gap: the reference group has no figure in the same table." in page


async def test_a_place_without_evidence_says_so(client) -> None:
    page = await text(client, "/places/FR")
    assert "The hub has no figure for this place as a whole." in page
    assert "The hub holds no finding about this place." in page
    assert "The hub holds no recommendation that names this place." in page
    page = await text(client, "/places/teaching-places-synthetic:A")
    assert "Made up for teaching." in page
    assert "The hub holds no figure for this place." in page


async def test_gaps_from_unlike_references_are_not_set_side_by_side(client) -> None:
    page = (await client.get("/compare?family=infant-mortality")).text
    verdict = page.partition('id="verdict"')[2].partition("<h2")[0]
    assert "<strong>No.</strong>" in verdict
    assert "from a reference group, in another from all groups together" in verdict


async def test_the_verdict_is_that_of_the_api(client) -> None:
    families = (await client.get("/api/v1/codes/family?limit=1000")).json()["data"]
    verdicts = set()
    for family in families:
        answer = (await client.get(f"/api/v1/compare?family={family['code']}")).json()
        page = (await client.get(f"/compare?family={family['code']}")).text
        if family["parent"] or not answer["data"] or 'id="verdict"' not in page:
            continue
        judged = answer["comparability"]
        shown = page.partition('id="verdict"')[2].partition("<h2")[0]
        word = {"ok": "Yes.", "caution": "With caution.", "refuse": "No."}[judged["verdict"]]
        assert f"<strong>{word}</strong>" in shown
        reasons = [reason["verdict"] for reason in judged["reasons"]]
        counts = (shown.count("Do not compare:"), shown.count("Take care:"))
        assert counts == (reasons.count("refuse"), reasons.count("caution"))
        verdicts.add(judged["verdict"])
    assert {"caution", "refuse"} <= verdicts


def test_every_reason_of_the_verdict_has_plain_words() -> None:
    template = (PROJECT_ROOT / "templates/compare.html").read_text("utf-8")
    rules = [rule.name for rule in comparability_rules.RULES if rule.gaps_level != "ok"]
    names = [*rules, *comparability.ANSWER_RATIONALES]
    texts = template.partition("set reason_texts = {")[2].partition("} %}")[0]
    assert re.findall(r'^  "([a-z-]+)": _\(', texts, re.MULTILINE) == names


def row(ratio: float | None = None, difference: float | None = None, **cells: object):
    empty = dict.fromkeys(field.name for field in dataclasses.fields(GapValues))
    gap = GapValues(**{**empty, "ratio": ratio, "difference": difference})
    defaults = dict.fromkeys(field.name for field in dataclasses.fields(LatestValueRow))
    group = {"ethnicity": "a", "level": "group", "residual": 0, "scheme": "s", "indicator": "i",
             "unit": "rate"}  # fmt: skip
    return LatestValueRow(**{**defaults, **group, "gap": gap, **cells})


def test_a_line_of_a_place_has_the_whole_and_few_groups_in_their_order() -> None:
    rows = [
        row(level="total", value=5.0),
        row(ethnicity="a", value=3.0),
        row(ethnicity="b", value=8.0),
        row(ethnicity="c"),
        row(ethnicity="u", value=9.0, residual=1),
    ]
    (summary,) = area_summaries.summarise_indicators(rows)
    assert summary.total.row.value == 5.0
    assert [line.row.ethnicity for line in summary.groups] == ["a", "b"]
    assert (summary.lowest, summary.highest) == (None, None)
    assert (summary.groups_with_value, len(summary.groups_without_value)) == (2, 1)


def test_of_many_groups_only_the_range_is_told() -> None:
    values = [4.0, 2.0, 9.0, 5.0, 5.0, 5.0, 5.0]
    rows = [row(ethnicity=f"g{n}", value=value) for n, value in enumerate(values)]
    (summary,) = area_summaries.summarise_indicators(rows)
    assert not summary.groups
    assert (summary.lowest.row.value, summary.highest.row.value) == (2.0, 9.0)


def test_a_suppressed_value_of_an_only_group_is_not_a_value() -> None:
    (summary,) = area_summaries.summarise_indicators([row()])
    assert summary.has_group_value is False
    assert not summary.groups
    assert len(summary.groups_without_value) == 1


def test_a_difference_is_no_more_exact_than_the_rounder_of_both_figures() -> None:
    assert rounding.find_min_decimals(1, 2) == 1
    assert rounding.find_min_decimals(None, 2) == 2
    assert rounding.find_min_decimals(None, None) is None


async def test_the_same_gap_is_told_alike_on_every_page(client) -> None:
    for path in (
        "/indicators/us-infant-mortality-rate",
        "/groups/us-nchs-origin-race/black-non-hispanic",
        "/compare?family=infant-mortality",
    ):
        page = (await client.get(path)).text
        assert "6.4 higher" in page or "+6.4<" in page, path
        assert "6.38" not in page  # the difference of values of which one has one decimal


@pytest.mark.parametrize(
    ("lower", "upper", "derived", "decimals"),
    [(2.65, 4.55, "", 2), (8.45959, 11.0898, "ci_lower;ci_upper", 1), (3.0, 4.0, "", 1)],
)
def test_limits_have_the_decimals_that_they_were_published_with(
    lower: float, upper: float, derived: str, decimals: int
) -> None:
    assert rounding.choose_ci_decimals(1, lower, upper, derived) == decimals


@pytest.mark.parametrize(
    ("difference", "ratio", "told"),
    [(2.0, 1.5, "higher"), (-2.0, 0.5, "lower"), (0.0, 1.0, "same"), (None, 0.0, "lower"),
     (None, 1.2, "higher"), (None, None, "")],
)  # fmt: skip
def test_a_figure_stands_higher_lower_or_the_same(
    difference: float | None, ratio: float | None, told: str
) -> None:
    assert rounding.classify_gap_direction(difference, ratio) == told


def test_lines_that_are_too_many_are_cut_and_counted() -> None:
    sections = [TopicSection("A", [1, 2, 3]), TopicSection("B", [4, 5])]
    truncated, lines_not_shown = evidence_lines.truncate_sections(sections, 2)
    assert [section.lines for section in truncated] == [[1, 2], []]
    assert lines_not_shown == 3
    assert evidence_lines.truncate_sections([TopicSection("A", [1])], 2)[1] == 0


def test_a_relation_that_is_told_from_both_sides_stands_once() -> None:
    forward = CrosswalkRelationRow("broadMatch", 0, "s", "S", "x", "X", None, None)
    back = dataclasses.replace(forward, relation="narrowMatch", is_reversed=1)
    relations = ethnic_group.orient_relations([forward, back])
    assert [relation.relation for relation in relations] == ["broadMatch"]


@pytest.mark.parametrize(
    ("asked", "label", "is_there"),
    [("Roma", "Roma", True), ("roma", "Romanian", True), ("roma", "Aromanian", False),
     ("irish travellers", "Irish Traveller", True), ("people of Indian ethnicity", "Indian", True),
     ("Other ethnic group", "Other Ethnic Groups - Any other ethnic group", True),
     ("...", "Indian", False)],
)  # fmt: skip
def test_words_are_found_by_how_they_begin(asked: str, label: str, is_there: bool) -> None:
    assert (
        group_search.has_word_prefixes(group_search.select_significant_words(asked), label)
        is is_there
    )


async def test_gaps_of_every_country_stand_side_by_side(client, built: Path) -> None:
    rows = ask(
        built,
        "select distinct indicator, area from comparison where family = 'infant-mortality' "
        "and synthetic = 0 and comparison_status = 'current' and ethnicity <> ''",
    )
    page = html.unescape((await client.get("/compare?family=infant-mortality")).text)
    assert len(rows) > 4
    for indicator, area in rows:
        assert re.search(rf'/indicators/{indicator}\?[^"]*area={quote(area, safe="")}', page)
    assert 'href="/api/v1/compare?family=infant-mortality"' in page


async def test_published_ratios_are_shown_with_their_intervals(client) -> None:
    page = await text(client, "/compare?family=maternal-mortality-relative")
    assert "Preta 4.3 2.08 to 8.71 not stated published as a comparison" in page


async def test_the_comparison_begins_with_the_family_of_most_countries(client, built: Path) -> None:
    counted = ask(
        built,
        "select i.family, count(distinct substr(l.jurisdiction, 1, 2)) "
        "from observation as o join indicator as i using (indicator) "
        "join dataset as d on d.dataset = i.dataset join code_list as l on l.list = o.scheme "
        f"where {REAL} and {FIGURE} and i.family is not null group by 1",
    )
    most = max(countries for _, countries in counted)
    page = (await client.get("/compare")).text
    (chosen,) = re.findall(r'<option value="([^"]+)" selected>', page)
    assert chosen in {family for family, countries in counted if countries == most}


async def test_every_family_of_the_form_answers(client) -> None:
    page = (await client.get("/compare")).text
    families = re.findall(r'<option value="([^"]+)"', page)
    assert len(families) > 4
    for family in families:
        assert "For programs" in await text(client, f"/compare?family={family}")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/groups/none-such", 404),
        ("/groups/mbrrace-broad/none-such", 404),
        ("/groups/hub-facet/RGT", 404),
        ("/groups/sex/F", 404),
        ("/places/none-such", 404),
        ("/compare?family=none-such", 400),
        ("/compare?family=live-births", 400),
        ("/groups?q=a&q=b", 400),
    ],
)
async def test_what_is_not_there_is_refused(client, path: str, status: int) -> None:
    assert (await client.get(path)).status_code == status


async def test_the_map_leads_where_the_list_of_countries_leads_and_no_key_stops_at_it(
    client,
) -> None:
    page = (await client.get("/places")).text
    drawn = page.partition("<figure")[2].partition("</figure>")[0]
    links = re.findall(r'<a href="([^"]+)"([^>]*)><title>([^<]+)</title><(path|circle)', drawn)
    listed = re.findall(r'<h2 id="[^"]+"><a href="([^"]+)">([^<]+)</a>', page)
    assert len(listed) > 5
    assert [(address, label) for address, _, label, _ in links] == listed
    assert {attributes for _, attributes, _, _ in links} == {' tabindex="-1"'}
    assert 'aria-hidden="true"' in drawn


@pytest.mark.parametrize(
    "path",
    ["/groups", "/groups?q=black", "/groups/AFD", "/groups/EUD", "/groups/us-nchs-origin-race/nhpi-non-hispanic", "/places/au-combined-jurisdictions:nsw-qld-wa-sa-nt", "/places", "/places/E92000001",
     "/compare", "/compare?family=infant-mortality"],
)  # fmt: skip
async def test_pages_are_light_whole_and_described(client, path: str) -> None:
    page = (await client.get(path)).text
    assert len(page.encode()) < 100_000
    assert page.count("<h1") == 1
    (said,) = re.findall(r'<meta name="description" content="([^"]+)"', page)
    assert 40 < len(html.unescape(said)) <= 160
    assert "<style" not in page
    assert " style=" not in page
    for data in re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL):
        assert json.loads(data)["@context"] == "https://schema.org"
