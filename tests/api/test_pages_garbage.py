"""Does every option and address of every page refuse nonsense clearly, and never with a fault?"""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from evidencehub import runtime
from evidencehub.domain import page_addresses
from evidencehub.web import page_request, routes
from tests.support.asgi_client import send_request
from tests.support.dataset_builder import PROJECT_ROOT

REAL = {
    "indicators": "uk-maternal-mortality-rate", "embed": "uk-maternal-mortality-rate",
    "datasets": "uk-maternal-mortality", "codes": "ew-census-2021", "topics": "maternity",
    "findings": "uk-maternal-mortality-2021-23", "recommendations": "rho-digital-apps-2023-04",
    "organisations": "aihw", "groups": "AFD", "places": "GB",
    "questions": "question-oximeters-dark-skin",
}  # fmt: skip
VERSION = "1.3.0"  # of the dataset among these
GARBAGE = {
    "long": "x" * 1500,
    "far too long": "x" * 70_000,
    "control characters": "%00%01%07%1b%7f",
    "line breaks": "a%0d%0aset-cookie:%20a=b",
    "no UTF-8": "%ff%fe%80",
    "half a surrogate": "%ed%a0%80",
    "SQL": quote("' or 1=1; drop table observation; --"),
    "FTS": quote('NEAR("a" b) AND NOT * OR title:x"'),
    "a script": quote("<script>alert(1)</script>"),
    "a template": quote("{{ 7*7 }}{% raw %}"),
    "a path": quote("../../../etc/passwd"),
    "another thing's id": "mbrrace-report-2020",
    "negative": "-1",
    "zero": "0",
    "huge": "9" * 400,
    "a fraction": "1.5",
    "infinite": "1e999",
    "digits of elsewhere": quote("١٢٣"),
    "signs": quote("%_*?[]^\\\"'`|&=#/+~"),
    "right to left": quote("\u202egnp.x"),
    "an emoji": quote("👩🏿‍⚕️"),
    "blank": "+",
    "a lonely slash": "/",
}
FINE = {"q", "page", "order"}  # what a value may be fine for: a search takes any words
CLEAR = re.compile(r"[A-Z“][^<>]{15,}")


@pytest.fixture(scope="module")
def complete_build(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped datasets, on a site with a contact: without one security.txt is not found."""
    build = tmp_path_factory.mktemp("complete") / "build"
    shutil.copytree(built, build, copy_function=os.link)
    metadata = json.loads((built / "metadata.json").read_text("utf-8"))
    (build / "metadata.json").unlink()
    contact = {"contact": "hub@example.org"}
    (build / "metadata.json").write_text(json.dumps(metadata | contact), "utf-8")
    return build


@pytest.fixture
async def app(complete_build: Path) -> Any:
    hub = runtime.create_datasette(PROJECT_ROOT, complete_build)
    await hub.invoke_startup()
    return hub.app()


def address(one: page_request.PageRoute, part: str = "") -> str:
    """An address of the page: with a real identifier, or with `part` in its place."""
    told = one.pattern.replace(page_addresses.IDENTIFIER_PATTERN, "ID").replace(
        "[A-Za-z0-9_-]+", "ID"
    )
    told = re.sub(r"\(\?P<ending>(\w+)[^)]*\)", r"\1", told).replace("\\", "")
    told = re.sub(r"\(\?P<name>([^|)]+)[^)]*\)", lambda match: part or match[1], told)
    told = re.sub(r"\(\?P<version>[^)]*\)", VERSION, told)
    told = re.sub(r"\(\?P<part>[^)]*\)", lambda _: part or "1", told)
    real = REAL.get(told.split("/")[1], "")
    if "(?P<id>ID)/(?P<code>ID)" in told:
        told, real = told.replace("(?P<id>ID)", "ew-census-2021"), "4"
    return re.sub(r"\(\?P<\w+>ID\)", lambda _: part or real, told)


PAGES = [
    pytest.param(one, id=one.pattern.replace(page_addresses.IDENTIFIER_PATTERN, "…"))
    for one in routes.PAGE_ROUTES
]


def is_inert(answer: Any) -> bool:
    """Whether no script of an address runs: it is not there, or the answer is no page."""
    is_document = dict(answer.headers).get("content-type") == "application/problem+json"
    return is_document or b"<script>alert" not in answer.body


def is_clear(answer: Any) -> bool:
    """Whether a refusal says in a sentence what is wrong."""
    text = answer.body.decode()
    told = re.search(r"<main.*?</main>", text, re.DOTALL)
    plain = re.sub(r"<[^>]*>", "\n", told.group() if told else text)
    return bool(CLEAR.search(plain)) and "Traceback" not in text


@pytest.mark.parametrize("one", PAGES)
async def test_a_page_answers_a_real_address(app: Any, one: page_request.PageRoute) -> None:
    assert (await send_request(app, address(one))).status == 200


TRACKED = [
    "fbclid=IwAR0abc", "utm_source=a&utm_medium=b&utm_campaign=c&utm_source=d", "gclid=x_y-z",
    "mc_cid=1&mc_eid=", "nonsense=1", "_ga=2.1-3", "=", "&&", "a&a&a=b", "fbclid=%E4%ZZ", "%E4=1",
    "x[]=<script>alert(1)</script>", "&".join(f"p{n}=1" for n in range(900)),
]  # fmt: skip


@pytest.mark.parametrize("one", PAGES)
async def test_a_parameter_of_others_changes_nothing(app: Any, one: page_request.PageRoute) -> None:
    is_table = one.pattern == "/hub"
    plain = await send_request(app, address(one))
    for query in TRACKED:
        answer = await send_request(app, f"{address(one)}?{query}")
        if is_table and query not in ("&&", "="):
            assert answer.status == 400
            assert is_clear(answer)
        elif not is_table:
            assert (answer.status, answer.body) == (200, plain.body), query
            assert answer.header("etag") == plain.header("etag")


@pytest.mark.parametrize("path", ["/static/hub.css", "/static/hub.svg", "/favicon.ico", "/api"])
async def test_a_parameter_of_others_changes_no_static_file(app: Any, path: str) -> None:
    plain = await send_request(app, path)
    tracked = await send_request(app, f"{path}?utm_source=a&v=2")
    assert (tracked.status, tracked.body) == (plain.status, plain.body)
    assert plain.status == 200
    assert tracked.header("etag") == plain.header("etag")


@pytest.mark.parametrize("one", [p for p in PAGES if p.values[0].options])
async def test_a_slip_of_the_pen_is_told(app: Any, one: page_request.PageRoute) -> None:
    name = max(one.options, key=len)
    if len(name) < 4:
        return
    answer = await send_request(app, f"{address(one)}?fbclid=1&{name}s=1")
    assert answer.status == 400
    assert f"This page has no option “{name}s”. Did you mean “{name}”?" in answer.body.decode()
    assert "fbclid" not in answer.body.decode()


@pytest.mark.parametrize("one", [p for p in PAGES if p.values[0].options])
async def test_nonsense_in_an_option_is_refused_or_searched_for(
    app: Any, one: page_request.PageRoute
) -> None:
    for name in one.options:
        for kind, value in GARBAGE.items():
            answer = await send_request(app, f"{address(one)}?{name}={value}")
            told = (address(one), name, kind, answer.status)
            assert answer.status in ({200, 400, 414} if name in FINE else {400, 414}), told
            assert is_inert(answer), told
            assert answer.status == 200 or is_clear(answer), told


@pytest.mark.parametrize("one", [p for p in PAGES if "?P<" in p.values[0].pattern])
async def test_nonsense_in_an_address_is_not_found(app: Any, one: page_request.PageRoute) -> None:
    for kind, value in GARBAGE.items():
        if "/" in value:
            continue
        answer = await send_request(app, address(one, value))
        told = (kind, answer.status, answer.body[-200:])
        assert answer.status in {302, 308, 400, 404, 414}, told
        assert is_inert(answer), told
        assert answer.status < 400 or is_clear(answer), told


@pytest.mark.parametrize("one", [p for p in PAGES if p.values[0].options])
async def test_an_option_twice_is_refused(app: Any, one: page_request.PageRoute) -> None:
    name = one.options[0]
    answer = await send_request(app, f"{address(one)}?{name}=a&{name}=b")
    assert answer.status == 400
    assert "2 times" in answer.body.decode()
