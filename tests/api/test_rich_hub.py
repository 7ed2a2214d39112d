"""Does the rich hub have every case that laws are tried over? Data may not lack one silently."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

NO_NUMBER = "value is null and value_min is null and value_max is null"
SECOND_HAND = "o.verification = 'C3' and d.verification <> 'C3'"
OWN_WORD = (
    "select count(*) from observation as o join dataset as d using (dataset) join indicator as i "
    "on i.indicator = o.indicator join code_list as l on l.list = o.scheme where "
)
IN_BOTH_TOWNS = (
    "select count(*) from (select indicator from availability group by indicator, scheme "
    "having count(distinct area) > 1 and count(distinct dataset) > 1 and sum({}) >= 4)"
)
CASES = {
    "a value": "select count(*) from observation where value is not null",
    "a suppressed value": "select count(*) from observation where obs_status = 'Q'",
    "a suppressed value, marked confidential": (
        "select count(*) from observation where obs_status = 'Q' and conf_status <> 'F'"
    ),
    "a missing value": f"select count(*) from observation where obs_status = 'O' and {NO_NUMBER}",
    "a value that cannot exist": "select count(*) from observation where obs_status = 'M'",
    "a value that was not collected": "select count(*) from observation where obs_status = 'L'",
    "a value censored above": "select count(*) from observation where value_max is not null",
    "a value censored below": "select count(*) from observation where value_min is not null",
    "values and none in one table": (
        "select count(*) from (select 1 from observation group by indicator, area, period_start "
        "having count(value) > 0 and count(value) < count(*))"
    ),
    "a standard error": "select count(*) from observation where se is not null",
    "a value without a standard error": (
        "select count(*) from observation where value is not null and se is null"
    ),
    "a zero in the reference group": (
        "select count(*) from gap_flat as g join observation as o on o.indicator = g.indicator "
        "and o.period_start = g.period_start and o.area = g.area and o.ethnicity = g.reference "
        "where o.value = 0 and g.ratio is null and g.difference is not null"
    ),
    "derived limits": "select count(*) from observation where derived like '%ci_lower%'",
    "published limits": (
        "select count(*) from observation where ci_lower is not null and derived = ''"
    ),
    "a break in a series": (
        "select count(*) from observation where obs_status = 'B' and value is not null"
    ),
    "an estimate": "select count(*) from observation where obs_status = 'E' and value is not null",
    "a provisional value": (
        "select count(*) from observation where obs_status = 'P' and value is not null"
    ),
    "a period over the turn of a year": (
        "select count(*) from observation where substr(period_end, 1, 4) > substr(period_start, 1, 4)"
    ),
    "a value that was not validated": (
        "select count(*) from observation where obs_status = 'V' and value is not null"
    ),
    "one sex": "select count(*) from observation where sex = 'F' and age = '_T'",
    "one age": "select count(*) from observation where age <> '_T' and sex = '_T'",
    "sex by age": "select count(*) from observation where age <> '_T' and sex <> '_T'",
    "a further dimension": "select count(*) from observation where other <> ''",
    "a published comparison": "select count(*) from observation where comparator <> ''",
    "schemes that share codes": (
        "select count(*) from (select code from code join code_list using (list) "
        "where kind = 'ethnicity' and list like 'toy-%' and code not like '\\_%' escape '\\' "
        "group by code having count(*) > 1)"
    ),
    "a group that one of these schemes lacks": (
        "select count(*) from observation as o where o.ethnicity = 'C' and not exists "
        "(select 1 from code where list = 'toy-kinds' and code = 'C')"
    ),
    "two families over three countries": (
        "select count(*) = 2 from (select family from gap_flat join indicator using (indicator) "
        "join dataset as d on d.dataset = indicator.dataset and d.synthetic = 0 "
        "where family is not null group by family having count(distinct area) >= 3)"
    ),
    "a synthetic country in each family": (
        "select count(*) = 2 from (select distinct family from gap_flat "
        "join indicator using (indicator) join dataset as d on d.dataset = indicator.dataset "
        "where d.synthetic = 1)"
    ),
    "a synthetic value that is missing": (
        "select count(*) from observation join dataset as d using (dataset) "
        "where d.synthetic = 1 and value is null"
    ),
    "synthetic words": (
        "select count(*) from finding join recommendation using (dataset) "
        "join dataset as d using (dataset) where d.synthetic = 1"
    ),
    "adjusted values beside crude ones": (
        "select count(*) from observation as a join observation as c using (indicator, area, "
        "ethnicity, period_start) where a.adjustment = 'age-standardised' "
        "and c.adjustment = 'crude' and a.value <> c.value"
    ),
    "gaps of both adjustments": (
        "select count(*) from stratum as a join stratum as c using (indicator, area, "
        "period_start) where a.adjustment = 'age-standardised' and c.adjustment = 'crude'"
    ),
    "a value of a secondary source in a gap": (
        f"{OWN_WORD} {SECOND_HAND} and exists (select 1 from gap_flat as g "
        "where g.indicator = o.indicator and g.ethnicity = o.ethnicity and o.area = g.area)"
    ),
    "a reference value of a secondary source": (
        f"{OWN_WORD} {SECOND_HAND} and exists (select 1 from gap_flat as g "
        "where g.indicator = o.indicator and g.reference = o.ethnicity and o.area = g.area)"
    ),
    "a row's own level": f"{OWN_WORD} o.ci_level <> i.ci_level",
    "a row's own counting basis": f"{OWN_WORD} o.counting_basis <> l.counting_basis",
    "a row's own verification": f"{OWN_WORD} o.verification <> d.verification",
    "a row's own source": (
        "select count(*) from (select indicator from observation "
        "group by indicator, period_start having count(distinct source) > 1)"
    ),
    "an indicator of two datasets, two areas, suppressed in all": IN_BOTH_TOWNS.format(
        "suppressed_count"
    ),
    "an indicator of two datasets, two areas, figures in all": IN_BOTH_TOWNS.format("value_count"),
    "an indicator of one place in two classifications": (
        "select count(*) from (select indicator from availability group by indicator, area "
        "having count(distinct scheme) > 1)"
    ),
    "ten releases and more": (
        "select count(*) from (select dataset from release group by dataset having count(*) > 10)"
    ),
    "releases whose order is not that of their texts": (
        "select count(*) from release as a join release as b using (dataset) "
        "where a.version = '1.9.0' and b.version = '1.10.0'"
    ),
    "a claim of a value": "select count(*) from claim where measure = 'value'",
    "a claim of a ratio": "select count(*) from claim where measure = 'ratio'",
    "a finding": "select count(*) from finding where type = 'finding'",
    "an evidence gap": "select count(*) from finding where type = 'evidence-gap'",
    "a recommendation with two updates": (
        "select count(*) from (select recommendation from recommendation_update "
        "group by recommendation having count(*) > 1)"
    ),
    "a recommendation without one": (
        "select count(*) from recommendation where recommendation not in "
        "(select recommendation from recommendation_update)"
    ),
    "two main facts of one indicator": (
        "select count(*) from (select indicator from main_fact group by indicator "
        "having count(*) > 1)"
    ),
    "several topics": "select count(distinct code) > 2 from subject where list = 'topic'",
    "several workstreams": "select count(distinct code) > 1 from subject where list = 'workstream'",
}


@pytest.mark.parametrize("case", CASES)
def test_the_rich_hub_has(rich_hub: Path, case: str) -> None:
    with closing(sqlite3.connect(rich_hub / "hub.db")) as db:
        (number,) = db.execute(CASES[case]).fetchone()
    assert number > 0


def test_releases_are_listed_in_the_order_of_their_versions(rich_hub: Path) -> None:
    with closing(sqlite3.connect(rich_hub / "hub.db")) as db:
        rows = db.execute("select version from release where dataset = 'toy-north' order by rowid")
        versions = [version for (version,) in rows]
    assert versions == [f"1.{minor}.0" for minor in range(11)]
