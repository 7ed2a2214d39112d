"""What is not understood is refused, with every problem at once and what would be right."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import quote

import pytest

from evidencehub.api import cursor
from evidencehub.api.guide import PROBLEM_TEXTS
from evidencehub.messages.rendering import TEMPLATES

HUB = Path(__file__).parents[3] / "evidencehub"
LONG = "x" * 201


async def refused(api, path: str, status: int = 400) -> list[dict[str, object]]:
    answer = await api.get(path)
    assert answer.status_code == status, answer.text[:300]
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status
    assert body["type"] == f"/api#{body['problems'][0]['code']}"
    return body["problems"]


@pytest.mark.parametrize(
    ("asked", "code", "parameter", "near"),
    [
        ("limt=3", "unknown-parameter", "limt", "limit"),
        ("Limit=3", "unknown-parameter", "Limit", "limit"),
        ("indicators=x", "unknown-parameter", "indicators", "indicator"),
        ("area=", "empty-parameter", "area", None),
        ("area=GB&area=", "empty-parameter", "area", None),
        ("limit=1&limit=2", "repeated-parameter", "limit", None),
        ("from=2019&from=2020", "repeated-parameter", "from", None),
        ("area=XX", "unknown-value", "area", None),
        ("area=United+Kingdom", "unknown-value", "area", "GB"),
        ("dataset=uk-maternal-mortalty", "unknown-value", "dataset", "uk-maternal-mortality"),
        ("ethnicity=ew-census-2021:G99", "unknown-value", "ethnicity", None),
        ("obs_status=q", "unknown-value", "obs_status", "Q"),
        ("limit=0", "bad-number", "limit", None),
        ("limit=10001", "bad-number", "limit", None),
        ("limit=1e3", "bad-number", "limit", None),
        ("limit=-1", "bad-number", "limit", None),
        ("limit=%D9%A1", "bad-number", "limit", None),
        ("from=2020-13", "bad-date", "from", None),
        ("from=2021-02-29", "bad-date", "from", None),
        ("to=yesterday", "bad-date", "to", None),
        ("to=0000", "bad-date", "to", None),
        ("fields=value,vale", "unknown-column", "fields", "value"),
        ("fields=value,", "unknown-column", "fields", None),
        ("sort=-vale", "unknown-column", "sort", "value"),
        ("sort=extra", "unknown-column", "sort", None),
        ("labels=yes", "bad-value", "labels", None),
        ("cursor=abc", "bad-cursor", "cursor", None),
        ("cursor=%00", "bad-cursor", "cursor", None),
    ],
)
async def test_a_mistake_is_told(api, asked: str, code: str, parameter: str, near) -> None:
    (problem,) = await refused(api, f"/api/v1/observations?{asked}")
    assert (problem["code"], problem["parameter"]) == (code, parameter)
    assert near is None or near in problem["near"]
    assert len(str(problem["message"])) > 10


async def test_every_problem_is_told_at_once(api) -> None:
    told = await refused(
        api, "/api/v1/observations?limt=3&area=XX&area=YY&from=x&to=&limit=a&sort=b&cursor=c"
    )
    assert [problem["code"] for problem in told] == [
        "unknown-parameter", "empty-parameter", "unknown-value", "unknown-value", "bad-date",
        "bad-number", "unknown-column", "bad-cursor",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/api/v1/compare", "missing-parameter"),
        ("/api/v1/search", "missing-parameter"),
        (f"/api/v1/search?q={LONG}", "too-long"),
        ("/api/v1?x=1", "unknown-parameter"),
        ("/api/v1/datasets/uk-maternal-mortality?x=1", "unknown-parameter"),
        ("/openapi.json?x=1", "unknown-parameter"),
        ("/api/v1/codes/sex?list=age", "unknown-parameter"),
        ("/api/v1/codes?q=%ff", "bad-address"),
        ("/api/v1/observations?" + "&".join(["area=GB"] * 1001), "bad-address"),
        ("/api/v1/observations?" + "&".join(f"area={n}" for n in range(26)), "too-many-values"),
    ],
)
async def test_a_question_that_cannot_be_answered_is_refused(api, path: str, code: str) -> None:
    told = await refused(api, path)
    assert code in [problem["code"] for problem in told]


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/observation", "/api/v2/observations", "/api/v1/observations/x", "/api/v1/query/x",
        "/api/v1/datasets/nothing", "/api/v1/codes/nothing", "/api/v1/observations.xml",
        "/api/v1/datasets/uk-maternal-mortality.csv", "/api/v1/a/b/c", "/api/x", "/api/v1/.json",
        "/api/v1observations",
    ],
)  # fmt: skip
async def test_what_is_not_there_is_not_found(api, path: str) -> None:
    (problem,) = await refused(api, path, 404)
    assert problem["code"] == "not-found"


async def test_a_near_miss_in_the_path_is_told(api) -> None:
    (problem,) = await refused(api, "/api/v1/datasets/uk-maternal-mortalty", 404)
    assert problem["near"][0] == "uk-maternal-mortality"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"])
async def test_another_method_is_refused_with_those_that_are_allowed(api, method: str) -> None:
    answer = await api.request(method, "/api/v1/observations")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    answer = await api.request("GET", "/api/v1/query")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST, OPTIONS")


async def test_no_form_that_is_wanted_is_told(api) -> None:
    answer = await api.get("/api/v1/codes", headers={"accept": "image/png"})
    assert answer.status_code == 406
    assert answer.json()["problems"][0]["code"] == "not-acceptable"


async def test_a_cursor_belongs_to_its_question(api) -> None:
    following = (await api.get("/api/v1/observations?limit=1&area=GB")).json()["page"]["next"]
    told = following.partition("cursor=")[2]
    for asked in ("area=US", "area=GB&sort=value", "area=GB&from=2000", ""):
        (problem,) = await refused(api, f"/api/v1/observations?{asked}&cursor={told}")
        assert problem["code"] == "cursor-of-another-query"
    (problem,) = await refused(api, f"/api/v1/indicators?cursor={told}")
    assert problem["code"] in ("bad-cursor", "cursor-of-another-query")
    changed = told[:-2] + ("A" if told[-2] != "A" else "B") + told[-1]
    (problem,) = await refused(api, f"/api/v1/observations?area=GB&cursor={changed}")
    assert problem["code"] == "bad-cursor"
    for also in ("limit=7", "fields=value", "labels=false"):
        answer = await api.get(f"/api/v1/observations?area=GB&cursor={told}&{also}")
        assert answer.status_code == 200


async def test_a_cursor_of_an_older_edition_is_gone(api, application) -> None:
    asked = "/api/v1/indicators?limit=1"
    following = (await api.get(asked)).json()["page"]["next"].partition("cursor=")[2]
    digest, _, *values = cursor._decode_verified(following)
    older = cursor.encode_cursor(values, digest, "older")
    (problem,) = await refused(api, f"{asked}&cursor={older}", 410)
    assert problem["code"] == "cursor-outdated"


BODY = {"resource": "observations", "where": {"eq": {"area": "GB"}}}


async def post(api, body, **headers: str):
    content = body if isinstance(body, (str, bytes)) else json.dumps(body)
    return await api.post("/api/v1/query", content=content, headers=headers)


@pytest.mark.parametrize(
    ("body", "code", "place"),
    [
        ("", "bad-json", None),
        ("[]", "bad-json", None),
        ('{"where": NaN}', "bad-json", None),
        ("[" * 5000, "bad-json", None),
        ({"resource": "sources"}, "unknown-value", "/resource"),
        ({"resource": ["observations"]}, "unknown-value", "/resource"),
        ({**BODY, "were": 1}, "unknown-member", "/were"),
        ({**BODY, "limit": True}, "bad-number", "/limit"),
        ({**BODY, "limit": "5"}, "bad-number", "/limit"),
        ({**BODY, "limit": 0}, "bad-number", "limit"),
        ({**BODY, "limit": 1.5}, "bad-number", "/limit"),
        ({**BODY, "fields": "value"}, "bad-value", "/fields"),
        ({**BODY, "fields": []}, "bad-value", "/fields"),
        ({**BODY, "cursor": 5}, "bad-cursor", "/cursor"),
        ({"where": []}, "bad-condition", "/where"),
        ({"where": {"eq": {"area": "GB"}, "not": {}}}, "bad-condition", "/where"),
        ({"where": {"and": []}}, "bad-condition", "/where/and"),
        ({"where": {"equals": {"area": "GB"}}}, "unknown-operator", "/where/equals"),
        ({"where": {"eq": {"aera": "GB"}}}, "unknown-column", "/where/eq/aera"),
        ({"where": {"eq": {"extra": "GB"}}}, "unknown-column", "/where/eq/extra"),
        ({"where": {"eq": {"area": "XX"}}}, "unknown-value", "/where/eq/area"),
        ({"where": {"eq": {"value": "1"}}}, "bad-value", "/where/eq/value"),
        ({"where": {"gt": {"value": None}}}, "bad-value", "/where/gt/value"),
        ({"where": {"gt": {"period_start": "x"}}}, "bad-date", "/where/gt/period_start"),
        ({"where": {"in": {"area": []}}}, "bad-value", "/where/in/area"),
        ({"where": {"in": {"area": "GB"}}}, "bad-value", "/where/in/area"),
        ({"where": {"eq": {"note": "\ud800"}}}, "bad-value", "/where/eq/note"),
        ({"where": {"lt": {"value": 10**400}}}, "bad-value", "/where/lt/value"),
    ],
)
async def test_a_mistake_in_a_tree_is_told_with_its_place(api, body, code: str, place) -> None:
    answer = await post(api, body)
    assert answer.status_code == 400
    told = answer.json()["problems"]
    assert (code, place) in [(problem["code"], problem.get("parameter")) for problem in told]


async def test_a_tree_has_bounds(api) -> None:
    deep = {"eq": {"area": "GB"}}
    for _ in range(8):
        deep = {"not": deep}
    assert (await post(api, {"where": deep})).json()["problems"][0]["code"] == "too-deep"
    wide = {"or": [{"eq": {"area": "GB"}}] * 201}
    assert (await post(api, {"where": wide})).json()["problems"][0]["code"] == "too-large"
    answer = await post(api, b" " * (64 * 1024 + 1))
    assert answer.status_code == 413
    assert answer.json()["problems"][0]["code"] == "too-large"


def test_every_refusal_is_explained_at_api() -> None:
    text = "\n".join(p.read_text("utf-8") for p in HUB.rglob("*.py"))
    makers = "RequestProblem|build_http_error|QueryRefusedError"
    used = set(re.findall(rf'(?:{makers})\(\s*(?:\d+,\s*)?"([a-z-]+)"', text))
    sentences = TEMPLATES.keys() - {"http/near"}  # that one goes into another problem's sentence
    used |= {code.split("/")[1] for code in sentences if code.startswith(("api/", "http/"))}
    assert len(used) > 20
    assert used ^ PROBLEM_TEXTS.keys() == set()


@pytest.mark.parametrize(
    "number", ["0", "100", "90.5", "1e2", "9.05E+1", "1.5e-300", "58.68774280274528"]
)
async def test_a_percentage_may_be_written_as_programs_write_it(api, number: str) -> None:
    address = f"/api/v1/indicators?ethnicity_known_from={quote(number)}"
    assert (await api.get(address)).status_code == 200


@pytest.mark.parametrize(
    "number", ["100.1", "1e3", "9e999", "-1", "nan", "inf", "٤", "5,5", "1e", ".5"]
)
async def test_what_is_no_percentage_is_refused(api, number: str) -> None:
    response = await api.get(f"/api/v1/indicators?ethnicity_known_from={quote(number)}")
    assert response.status_code == 400
    (problem,) = response.json()["problems"]
    assert problem["message"] == "The value must be a number from 0 to 100."
