"""Do entity tags and cursors name what an answer was made from, over publications at random?"""

from __future__ import annotations

import hashlib
import os
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from evidencehub import runtime
from evidencehub.http import spool, upstream
from evidencehub.pipeline import release_history
from tests.support.dataset_builder import PROJECT_ROOT, BuildWorkspace, DatasetBuilder

STEPS = int(os.environ.get("VALIDATOR_STEPS", "4"))
SLUGS = ("toy-kites", "toy-drums", "toy-yoyos", "toy-tops")
ADDRESSES = (
    *("/api/v1", "/openapi.json", "/api/v1/datasets", "/api/v1/datasets.csv", "/api/v1/codes.csv"),
    *("/api/v1/indicators", "/api/v1/observations", "/api/v1/observations.csv"),
    *("/api/v1/observations.ndjson", "/api/v1/observations.parquet", "/api/v1/gaps.csv"),
    *("/api/v1/sources", "/api/v1/crosswalks", "/api/v1/search?q=toys", "/api/v1/coverage"),
    *(f"/api/v1/observations?dataset={slug}&limit=2" for slug in SLUGS),
    *(f"/api/v1/observations.csv?indicator={slug}-rate" for slug in SLUGS),
    *(f"/api/v1/datasets/{slug}" for slug in SLUGS),
    *(f"/indicators/{slug}-rate" for slug in SLUGS),
    *(f"/indicators/{slug}-rate.svg" for slug in SLUGS),
    *("/", "/datasets", "/changes", "/feed.atom", "/sitemap.xml", "/robots.txt", "/about"),
    *("/hub/observation.json?_shape=array", "/hub/dataset.csv", "/static/hub.css"),
)
STREAMED = [
    f"/api/v1/observations.{ending}?dataset={slug}"
    for ending in ("csv", "ndjson", "parquet")
    for slug in SLUGS
]
WALKS = (
    "/api/v1/observations?limit=3",
    *(f"/api/v1/observations?dataset={slug}&limit=2" for slug in SLUGS),
    *(f"/api/v1/observations?indicator={slug}-rate&sort=-value&limit=2" for slug in SLUGS),
    "/api/v1/indicators?limit=1",
    "/api/v1/datasets?limit=1",
    "/api/v1/codes?kind=ethnicity&limit=5",
)
POSTED = [
    {"resource": "observations", "where": {"eq": {"dataset": slug}}, "limit": 2} for slug in SLUGS
]


@dataclass(frozen=True)
class Edition:
    """What one build answered: tag and digest of each address, rows and first cursor of walks."""

    answers: Mapping[str, tuple[str, str]]
    rows: Mapping[str, list[Any]]
    cursors: Mapping[str, str]
    origins: Mapping[str, Any]  # the releases that a walk touches


def revise(toys: DatasetBuilder, number: int, choice: random.Random) -> None:
    """Write the next release of a dataset: other figures, more of them, fewer, or words alone."""
    version = f"1.0.{number}"
    toys.descriptor |= {"version": version, "title": f"Toys of {toys.slug}"}
    toys.texts["changes.md"] = f"# Changes\n\n## {version}\n\n- A word.\n"
    years = range(2010, 2010 + choice.randint(3, 5))
    toys.tables["observations"] = [
        toys.build_observation(
            ethnicity=group, period=str(year), value=str(choice.randint(1, 4)), note="a toy"
        )
        for group in "AB"
        for year in years
    ]
    toys.write()


class Publisher:
    """Publishes something at random, and remembers which versions there were."""

    def __init__(self, site: BuildWorkspace, seed: int) -> None:
        self.site, self.choice = site, random.Random(seed)
        self.versions = dict.fromkeys(SLUGS, 0)
        self.standing: set[str] = set()
        for slug in SLUGS[:3]:
            self.publish(slug)

    def publish(self, slug: str) -> None:
        toys = self.site.dataset(slug)
        toys.descriptor["hub"]["synthetic"] = False
        revise(toys, self.versions[slug], self.choice)
        self.versions[slug] += 1
        self.standing.add(slug)

    def step(self) -> None:
        """Revise a dataset, add one, or take one back."""
        absent = [slug for slug in SLUGS if slug not in self.standing]
        deed = self.choice.choice(["revise", "add", "withdraw"])
        if deed == "add" and absent:
            self.publish(absent[0])
        elif deed == "withdraw" and len(self.standing) > 2:
            slug = self.choice.choice(sorted(self.standing))
            place = (self.site.archive, self.site.out)
            release_history.withdraw(*place, slug, "", "A toy broke.", disclosure=False)
            self.standing.remove(slug)
        else:
            self.publish(self.choice.choice(sorted(self.standing)))

    def build(self) -> Path:
        outcome = self.site.build()
        assert outcome.build is not None, outcome.reports
        return outcome.build


async def walk(client: Any, address: str, start: str = "") -> tuple[int, list[Any], str, Any]:
    """Status, rows from a cursor to the end, the first cursor that followed, and the releases."""
    rows, first, position = [], "", start
    while True:
        suffix = f"&cursor={position}" if position else ""
        response = await client.get(address + suffix)
        if response.status_code != 200:
            return response.status_code, [], "", None
        document = response.json()
        rows += document["data"]
        position = document["page"]["cursor"]
        first = first or position or ""
        if not position:
            return 200, rows, first, document["release"]


async def read_edition(build: Path, addresses: Sequence[str] = ADDRESSES) -> tuple[Any, Edition]:
    hub = runtime.create_datasette(PROJECT_ROOT, build)
    await hub.invoke_startup()
    client = hub.client
    answers, rows, cursors, origins = {}, {}, {}, {}
    for address in addresses:
        response = await client.get(address)
        digest = hashlib.sha256(response.content).hexdigest()
        if response.status_code == 200:
            answers[address] = (response.headers["etag"], digest)
            again = await client.get(address, headers={"if-none-match": response.headers["etag"]})
            assert again.status_code == 304, address
    for address in WALKS:
        status, rows[address], cursors[address], origins[address] = await walk(client, address)
        if status != 200:
            del rows[address], cursors[address], origins[address]
    for asked in POSTED:
        response = await client.post("/api/v1/query", json=asked)
        if response.status_code == 200:
            document, name = response.json(), repr(asked)
            cursors[name], origins[name] = document["page"]["cursor"], document["release"]
    return client, Edition(answers, rows, cursors, origins)


async def check_cursors(client: Any, earlier: Edition, later: Edition) -> list[int]:
    """Each cursor leads to the rest of the same rows, or is refused as its rows have moved."""
    statuses = []
    for address, position in earlier.cursors.items():
        if address not in later.cursors or not position or "page" in address:
            continue
        is_same = earlier.origins[address] == later.origins[address]
        if address.startswith("{"):
            asked = {**next(a for a in POSTED if repr(a) == address), "cursor": position}
            status = (await client.post("/api/v1/query", json=asked)).status_code
        else:
            status, rest, _, _ = await walk(client, address, position)
            if status == 200:
                limit = int(address.rpartition("limit=")[2])
                assert earlier.rows[address][:limit] + rest == later.rows[address], address
            is_same = is_same and earlier.rows[address] == later.rows[address]
        assert status == (200 if is_same else 410), address
        statuses.append(status)
    return statuses


@pytest.mark.parametrize("seed", [1])
async def test_tags_and_cursors_live_as_long_as_what_they_are_made_from(
    site: BuildWorkspace, seed: int
) -> None:
    publisher = Publisher(site, seed)
    editions, statuses = [], []
    for _ in range(STEPS):
        client, edition = await read_edition(publisher.build())
        for earlier in editions:
            for address in edition.answers.keys() & earlier.answers.keys():
                (tag, digest), (old_tag, old_digest) = (
                    edition.answers[address],
                    earlier.answers[address],
                )
                assert (tag == old_tag) == (digest == old_digest), address
            statuses += await check_cursors(client, earlier, edition)
        editions.append(edition)
        publisher.step()
    assert {200, 410} <= set(statuses)
    for steady in ("/api/v1", "/static/hub.css", "/robots.txt"):
        assert len({edition.answers[steady] for edition in editions}) == 1, steady


@pytest.mark.parametrize("seed", [2])
async def test_the_tag_of_a_stream_outlives_publications_that_do_not_touch_it(
    site: BuildWorkspace, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer too long for the spool has no tag of its bytes: other bytes, another tag."""
    monkeypatch.setattr(spool, "MAX_SPOOLED_BYTES", 0)
    monkeypatch.setattr(upstream, "MAX_BUFFERED_BYTES", 0)
    publisher = Publisher(site, seed)
    editions: list[Mapping[str, tuple[str, str]]] = []
    kept = 0
    for _ in range(STEPS):
        _, edition = await read_edition(publisher.build(), STREAMED)
        streams = edition.answers
        for address in streams:
            tags = {tag: digest for e in editions if address in e for tag, digest in [e[address]]}
            tag, digest = streams[address]
            assert tags.get(tag, digest) == digest, address
            kept += tag in tags
        editions.append(streams)
        publisher.step()
    assert kept
