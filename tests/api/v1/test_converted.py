"""Figures in another classification: made again from counts, or refused with every reason."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest

from evidencehub.api.conversion import INCOMPATIBLE_PARAMETERS, TABLE_FILTERS
from evidencehub.api.resources.observations import OBSERVATIONS
from tests.support import parquet_rows

COUNTS = "/api/v1/observations{}?dataset=teaching-counts-synthetic&convert={}&limit=10000"
HIDDEN = "/api/v1/observations?dataset=teaching-suppressed-synthetic&convert={}&limit=10000"


async def test_a_heading_is_the_sum_of_its_groups(api) -> None:
    place = "sex=F&from=2021&to=2021&area=E92000001"
    asked = "/api/v1/observations?dataset=teaching-counts-synthetic&limit=10000&" + place
    parts = (await api.get(asked)).json()["data"]
    body = (await api.get(asked + "&convert=headings")).json()
    assert body["data"]
    assert body["conversion"]["to"] == "headings"
    for row in body["data"]:
        if row["ethnicity"] == "_T":
            continue
        same = [
            part
            for part in parts
            if part["ethnicity"] in row["from_codes"].split(";")
            and (part["indicator"], part["other"]) == (row["indicator"], row["other"])
        ]
        assert same, row["from_codes"]
        assert row["numerator"] == sum(part["numerator"] for part in same)
        assert row["denominator"] == sum(part["denominator"] for part in same)
        assert row["value"] == pytest.approx(1000 * row["numerator"] / row["denominator"])
        assert row["ci_lower"] < row["value"] < row["ci_upper"]
        assert row["ethnicity_label"]
        assert row["from_scheme"] == "nhs-ethnic-category-2001"


async def test_what_is_hidden_stays_hidden_and_the_gap_says_so(api) -> None:
    body = (await api.get(HIDDEN.format("headings"))).json()
    gaps = body["conversion"]["gaps"]
    assert {gap["obs_status"] for gap in gaps} == {"Q"}
    assert all(gap["reason"] for gap in gaps)
    shown = {name_group(row) for row in body["data"] if row["value"] is not None}
    assert not {name_group(gap) for gap in gaps} & shown
    assert body["conversion"]["left_out"]


def name_group(row) -> tuple[str, ...]:
    return tuple(row[name] for name in ("area", "period_start", "sex", "ethnicity"))


FORMS = {
    "": lambda answer: answer.json()["data"],
    ".ndjson": lambda answer: [json.loads(line) for line in answer.text.splitlines()],
    ".parquet": lambda answer: parquet_rows.read_rows(answer.content),
    ".csv": lambda answer: [
        {name: cell or None for name, cell in row.items()}
        for row in csv.DictReader(io.StringIO(answer.text, newline=""))
    ],
}


@pytest.mark.parametrize("target", ["headings", "opensafely-ethnicity"])
@pytest.mark.parametrize("form", FORMS)
async def test_a_suppressed_category_is_a_row_without_a_value_in_every_format(
    api, form: str, target: str
) -> None:
    gaps = (await api.get(HIDDEN.format(target))).json()["conversion"]["gaps"]
    asked = HIDDEN.replace("observations", "observations" + form).format(target)
    answer = await api.get(asked)
    rows = FORMS[form](answer)
    empty = [row for row in rows if row["value"] is None]
    assert sorted(map(name_group, empty)) == sorted(map(name_group, gaps)) != []
    assert len(rows) == int(answer.headers["hub-total"])
    for row in empty:
        assert (row["obs_status"], row["conf_status"] == "F") == ("Q", False)
        assert row["obs_status_label"] == "Missing value; suppressed"
        assert row["ethnicity_label"]
        assert row["indicator_title"]
        assert row["note"]
        numbers = ("numerator", "ci_lower", "ci_upper", "se", "value_min", "value_max")
        assert all(row[name] is None for name in numbers)
    (gap_count,) = re.findall(r"gaps=(\d+)", answer.headers["hub-conversion"])
    assert int(gap_count) == len(gaps)


@pytest.mark.parametrize("form", FORMS)
async def test_rows_that_go_into_no_category_are_counted_with_the_reason(api, form: str) -> None:
    body = (await api.get(HIDDEN.format("headings"))).json()
    left_out = {item["text"]: item["rows"] for item in body["page"]["left_out"]}
    assert left_out == body["conversion"]["left_out"] != {}
    assert {item["code"] for item in body["page"]["left_out"]} == {"not-converted"}
    asked = HIDDEN.replace("observations", "observations" + form).format("headings")
    headers = (await api.get(asked)).headers.get_list("hub-left-out")
    assert headers == [f'{count}; reason="not-converted"' for count in left_out.values()]


async def test_synthetic_rows_that_nobody_named_are_counted_with_convert_too(api) -> None:
    asked = "/api/v1/observations?scheme=nhs-ethnic-category-2001"
    published = (await api.get(asked)).json()["page"]
    converted = (await api.get(f"{asked}&convert=nhs-ethnic-category-2001")).json()["page"]
    assert converted["left_out"] == published["left_out"]
    assert published["left_out"][0]["rows"] > 1_000
    assert converted["total"] == published["total"]


async def test_rows_without_a_value_stand_in_the_order_of_the_others(api) -> None:
    rows = (await api.get(HIDDEN.format("headings"))).json()["data"]
    key = ("dataset", "indicator", "area", "period_start", "period_end", "sex", "age", "other")
    keys = [tuple(row[name] for name in key) for row in rows]
    assert keys == sorted(keys)


IMPOSSIBLE = [
    "scheme=ew-census-2021&convert=hub-facet",
    "scheme=us-omb-spd15-2024&convert=ew-census-2021",
    "indicator=us-infant-mortality-rate&convert=us-omb-spd15-2024&from=2200",
    "indicator=us-infant-mortality-rate&convert=us-omb-spd15-2024&area=AQ",
    "indicator=eng-wres2-shortlisting&convert=headings&area=AQ",
    "scheme=us-nchs-origin-race&indicator=us-occult-hypoxaemia-odds-ratio&convert=headings",
    "scheme=ni-census-2021&convert=ew-census-2021",
]


@pytest.mark.parametrize("asked", IMPOSSIBLE)
@pytest.mark.parametrize("form", FORMS)
async def test_an_impossible_conversion_is_refused_also_where_no_row_is_found(
    api, form: str, asked: str
) -> None:
    answer = await api.get(f"/api/v1/observations{form}?{asked}")
    assert answer.status_code == 409
    assert {problem["code"] for problem in answer.json()["problems"]} == {"not-convertible"}


@pytest.mark.parametrize("more", ["", "&area=AQ", "&from=2200", "&sex=F", "&age=0-4"])
@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ("dataset=teaching-counts-synthetic&convert=headings", 200),
        ("dataset=teaching-counts-synthetic&convert=opensafely-ethnicity", 200),
        ("dataset=teaching-counts-synthetic&convert=ew-census-2021", 409),
        ("indicator=us-infant-mortality-rate&convert=headings", 409),
        ("indicator=uk-maternal-mortality-rate&convert=ew-census-2021", 409),
    ],
)
async def test_the_rows_that_are_found_do_not_change_whether_it_can_be_converted(
    api, asked: str, status: int, more: str
) -> None:
    answer = await api.get(f"/api/v1/observations?{asked}{more}")
    assert answer.status_code == status


async def test_a_possible_conversion_of_nothing_is_an_empty_answer(api) -> None:
    asked = "dataset=teaching-counts-synthetic&convert=headings&from=2200"
    body = (await api.get(f"/api/v1/observations?{asked}")).json()
    assert (body["data"], body["page"]["total"], body["comparability"]) == ([], 0, None)


@pytest.mark.parametrize(
    ("target", "group"),
    [
        ("headings", "H"),
        ("headings", "nhs-ethnic-category-2001:H"),
        ("opensafely-ethnicity", "nhs-ethnic-category-2001:H"),
        ("opensafely-ethnicity", "H"),
    ],
)
async def test_a_category_that_is_none_of_the_target_is_refused(
    api, target: str, group: str
) -> None:
    answer = await api.get(COUNTS.format("", target) + f"&ethnicity={group}")
    assert answer.status_code == 409
    (problem,) = answer.json()["problems"]
    assert (problem["code"], problem["parameter"]) == ("not-a-target-category", "ethnicity")
    assert problem["message"] == (
        f"“H” is not a category of the target classification ({target}). "
        "With `convert`, `ethnicity` selects converted categories."
    )


async def test_the_total_may_be_selected_from_any_target(api) -> None:
    answer = await api.get(HIDDEN.format("headings") + "&ethnicity=_T")
    assert {row["ethnicity"] for row in answer.json()["data"]} == {"_T"}


async def test_every_form_and_the_pages_have_the_same_rows(api) -> None:
    told = (await api.get(COUNTS.format("", "opensafely-ethnicity"))).json()["data"]
    lines = (await api.get(COUNTS.format(".ndjson", "opensafely-ethnicity"))).text
    assert [json.loads(line) for line in lines.splitlines()] == told
    table = await api.get(COUNTS.format(".parquet", "opensafely-ethnicity"))
    rows = parquet_rows.read_rows(table.content)
    assert [{**row, "extra": row["extra"] and json.loads(row["extra"])} for row in rows] == told
    cells = (await api.get(COUNTS.format(".csv", "opensafely-ethnicity"))).text
    values = [row["value"] for row in csv.DictReader(io.StringIO(cells, newline=""))]
    assert values == ["" if row["value"] is None else str(row["value"]) for row in told]
    paged, following = [], COUNTS.format("", "opensafely-ethnicity").replace("10000", "600")
    while following:
        body = (await api.get(following)).json()
        paged += body["data"]
        following = body["page"]["next"]
    assert paged == told


async def test_groups_are_chosen_after_the_conversion(api) -> None:
    asked = COUNTS.format("", "opensafely-ethnicity")
    every = (await api.get(asked)).json()["data"]
    some = (await api.get(asked + "&ethnicity=opensafely-ethnicity:16:1")).json()["data"]
    assert some == [row for row in every if row["ethnicity"] == "16:1"] != []
    ordered = (await api.get(asked + "&sort=-value&fields=value")).json()["data"]
    values = [row["value"] for row in ordered if row["value"] is not None]
    assert values == sorted(values, reverse=True)


async def test_a_conversion_that_is_not_sound_is_refused_with_every_obstacle(api) -> None:
    answer = await api.get(
        "/api/v1/observations?indicator=us-infant-mortality-rate&convert=us-omb-spd15-2024"
    )
    assert answer.status_code == 409
    told = answer.json()["problems"]
    assert {problem["code"] for problem in told} == {"not-convertible"}
    assert len(told) == 4
    measures = [p for p in told if "us-infant-mortality-rate" in p["message"]]
    assert len(measures) == 2
    assert any("us-nchs-origin-race" in problem["message"] for problem in told)


@pytest.mark.parametrize(
    ("asked", "code", "parameter"),
    [
        ("convert=ew-census-2022", "unknown-value", "convert"),
        ("convert=", "unknown-value", "convert"),
        ("convert=headings&convert=headings", "repeated-parameter", "convert"),
        ("convert=headings&limt=1", "unknown-parameter", "limt"),
    ],
)
async def test_a_mistake_is_told(api, asked: str, code: str, parameter: str) -> None:
    answer = await api.get(f"/api/v1/observations?{asked}")
    assert answer.status_code == 400
    assert [(p["code"], p["parameter"]) for p in answer.json()["problems"]] == [(code, parameter)]


async def test_filters_that_would_tear_a_table_apart_do_not_go_with_it(api) -> None:
    answer = await api.get("/api/v1/observations?convert=headings&obs_status=A&verification=B")
    assert answer.status_code == 409
    told = [(problem["code"], problem["parameter"]) for problem in answer.json()["problems"]]
    assert told == [("not-with-convert", "obs_status"), ("not-with-convert", "verification")]


NOT_OF_WHOLE_TABLES = {
    "obs_status", "verification", "comparator", "ethnicity_within", "source_licence_basis",
    "note_contains",
}  # fmt: skip
"""Filters that look at a row, and not at what a table is about."""


def test_every_filter_of_rows_does_not_go_with_it() -> None:
    assert {*OBSERVATIONS.filters_by_name} - TABLE_FILTERS == NOT_OF_WHOLE_TABLES | {"ethnicity"}
    assert NOT_OF_WHOLE_TABLES | {"group_by"} == INCOMPATIBLE_PARAMETERS


async def test_where_a_value_is_from_can_be_selected_and_sorted_by(api) -> None:
    asked = COUNTS.format("", "headings")
    whole = (await api.get(asked)).json()["data"]
    some = (await api.get(f"{asked}&fields=from_codes,value&sort=-from_codes")).json()["data"]
    assert [list(row) for row in some] == [["from_codes", "value", "from_scheme"]] * len(whole)
    codes = [row["from_codes"] for row in whole]
    assert [row["from_codes"] for row in some] == sorted(codes, reverse=True)


async def test_a_cursor_of_converted_rows_is_none_of_published_ones(api) -> None:
    asked = COUNTS.format("", "headings").replace("10000", "5")
    told = (await api.get(asked)).json()["page"]["next"].partition("cursor=")[2]
    for other in (
        asked.replace("headings", "opensafely-ethnicity"),
        asked.replace("convert=", "x"),
    ):
        answer = await api.get(f"{other}&cursor={told}")
        assert answer.status_code == 400
