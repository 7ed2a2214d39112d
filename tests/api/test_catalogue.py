"""The catalogue as it is served: negotiation, conditions, ranges, and refusals in RFC 9457."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from evidencehub import runtime
from evidencehub.domain.catalogue import SITE_PLACEHOLDER
from evidencehub.formats.catalogue_renderings import (
    RELEASE_RENDERINGS,
    SITE_RENDERINGS,
    locate_rendering,
)
from evidencehub.formats.dump import SUMS_PATH
from evidencehub.formats.format import list_formats
from tests.support.dataset_builder import PROJECT_ROOT

RENDERINGS = [pytest.param(rendering, id=rendering.path) for rendering in SITE_RENDERINGS]


@pytest.mark.parametrize("rendering", RENDERINGS)
async def test_a_rendering_is_that_of_the_build_with_the_address_asked(
    client, built: Path, rendering
) -> None:
    answer = await client.get(f"/{rendering.path}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == rendering.format.content_type
    assert answer.headers["access-control-allow-origin"] == "*"
    made = (built / locate_rendering(rendering.path)).read_text("utf-8")
    assert SITE_PLACEHOLDER in made or rendering.path == SUMS_PATH
    assert answer.text == made.replace(SITE_PLACEHOLDER, "http://localhost")


@pytest.mark.parametrize("rendering", RENDERINGS)
async def test_a_rendering_keeps_to_the_rules_of_http(client, rendering) -> None:
    path = f"/{rendering.path}"
    whole = await client.get(path)
    tag = {"if-none-match": whole.headers["etag"]}
    assert (await client.get(path, headers=tag)).status_code == 304
    since = {"if-modified-since": whole.headers["last-modified"]}
    assert (await client.get(path, headers=since)).status_code == 304
    head = await client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    part = await client.get(path, headers={"range": "bytes=5-14", "accept-encoding": "identity"})
    assert (part.status_code, part.content) == (206, whole.content[5:15])
    assert (await client.post(path)).status_code == 405


@pytest.mark.parametrize("entry", list_formats("graph"), ids=lambda entry: entry.name)
async def test_the_graph_comes_in_the_format_that_is_asked_for(client, entry) -> None:
    for media_type in entry.media_types:
        answer = await client.get("/catalog", headers={"accept": media_type})
        assert answer.headers["content-type"] == entry.content_type
        assert "Accept" in answer.headers["vary"]
        assert answer.content == (await client.get(f"/catalog.{entry.ending}")).content


async def test_a_browser_and_a_client_without_wishes_get_turtle(client) -> None:
    for accept in ("", "*/*", "text/html,application/xhtml+xml,*/*;q=0.8"):
        answer = await client.get("/catalog", headers={"accept": accept})
        assert answer.headers["content-type"].startswith("text/turtle"), accept


async def test_a_graph_in_another_format_is_refused_with_those_that_there_are(client) -> None:
    answer = await client.get("/catalog", headers={"accept": "image/png"})
    assert answer.status_code == 406
    assert answer.headers["content-type"] == "application/problem+json"
    assert json.loads(answer.content)["detail"] == (
        "None of the formats in the Accept header is available. Use turtle, json-ld, rdf-xml, "
        "or add an ending such as .jsonld to the address."
    )
    assert (await client.get("/catalog.n3")).headers["content-type"] == "application/problem+json"


TOYS = "/datasets/uk-maternal-mortality"


@pytest.mark.parametrize("rendering", RELEASE_RENDERINGS, ids=lambda rendering: rendering.name)
async def test_a_description_lies_beside_the_files_and_each_of_them_leads_to_it(
    client, built: Path, rendering
) -> None:
    latest = await client.get(f"{TOYS}/latest/{rendering.name}")
    assert latest.status_code == 302
    path = latest.headers["location"]
    answer = await client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == rendering.format.content_type
    assert SITE_PLACEHOLDER not in answer.text
    assert (
        await client.get(path, headers={"if-none-match": answer.headers["etag"]})
    ).status_code == 304
    if not rendering.profile:
        return  # it is found by the index of lists
    file = await client.head(path.replace(rendering.name, "about.md"))
    assert (
        f'<{path}>; rel="describedby"; type="{rendering.format.media_type}"' in file.headers["link"]
    )
    assert f'profile="{rendering.profile}"' in file.headers["link"]


async def test_only_the_current_release_is_described(client) -> None:
    for path in (f"{TOYS}/0.0.1/croissant.json", "/datasets/nothing/1.0.0/croissant.json"):
        answer = await client.get(path)
        assert answer.status_code == 404, path
        assert answer.headers["content-type"] == "application/problem+json"


async def test_a_cache_is_told_that_the_catalogue_is_of_many_datasets(client) -> None:
    for path in ("/catalog", "/dump/", "/dump/hub.zip", *(f"/{r.path}" for r in SITE_RENDERINGS)):
        tags = (await client.head(path)).headers["surrogate-key"].split()
        assert "many-datasets" in tags, path
    assert "many-datasets" not in (await client.head("/topics")).headers["surrogate-key"]


async def test_the_list_of_datasets_leads_to_the_graph(client) -> None:
    links = (await client.get("/datasets")).headers["link"]
    for entry in list_formats("graph"):
        assert f'</catalog.{entry.ending}>; rel="alternate"; type="{entry.media_type}"' in links


async def test_below_a_prefix_every_address_has_it(built: Path, tmp_path: Path) -> None:
    settings = json.loads((PROJECT_ROOT / "settings.json").read_text("utf-8"))
    for name in ("templates", "plugins", "static"):
        (tmp_path / name).symlink_to(PROJECT_ROOT / name)
    (tmp_path / "settings.json").write_text(json.dumps({**settings, "base_url": "/evidence/"}))
    hub = runtime.create_datasette(tmp_path, built)
    await hub.invoke_startup()
    for path in ("/catalog.jsonld", "/dump/", f"{TOYS}/1.3.0/croissant.json", "/resourcelist.xml"):
        answer = await hub.client.get(path)  # the client puts the prefix before it
        assert answer.status_code == 200, path
        own = set(re.findall(r"http://localhost/[a-z]+", answer.text))
        assert own == {"http://localhost/evidence"}, path
    page = await hub.client.get(TOYS)
    assert "</evidence/linkset.json>" in page.headers["link"]
    assert "</datasets" not in page.headers["link"]
