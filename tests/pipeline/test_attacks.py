"""Others are answered while one client attacks: a sample of `benchmarks/attacks.py`, by counts."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from urllib.request import urlopen

import pytest

from benchmarks import attacks, generated_package
from tests.support.dataset_builder import BuildWorkspace
from tests.support.running_server import run_server

SECONDS = 2.0  # of each attack


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[attacks.AttackedSite]:
    site = BuildWorkspace(tmp_path_factory.mktemp("attacked"))
    generated_package.write_package(site.datasets / "bench-attacked", 20_000)
    with run_server(site, "--workers", "2", "--max-connections", "200") as running:
        running.wait_until_ready()
        yield attacks.AttackedSite.find(running.port)


@pytest.mark.parametrize("kind", attacks.ATTACKS)
def test_nobody_else_is_refused_while_one_client_attacks(
    attacked: attacks.AttackedSite, kind: str
) -> None:
    comparison = asyncio.run(attacks.compare(attacked, kind, SECONDS))
    assert comparison.quiet.failures == 0
    assert comparison.attacked.failures == 0
    assert set(comparison.attacked.statuses) <= {200}


@pytest.mark.parametrize("kind", ["sorted tables", "exports"])
def test_who_attacks_is_refused_for_its_own_doing(
    attacked: attacks.AttackedSite, kind: str
) -> None:
    comparison = asyncio.run(attacks.compare(attacked, kind, SECONDS))
    assert comparison.attacker.statuses[503] == 0


def test_a_client_with_too_many_downloads_is_told_to_wait(attacked: attacks.AttackedSite) -> None:
    """Slow readers of one address: 429 with the time to come again, and others read on."""

    async def hold() -> list[int]:
        path = f"/api/v1/observations.ndjson?dataset={attacked.dataset}"
        request = f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
        async with attacks.hold_sockets(attacked.port, 90, request):
            greedy: list[int] = []
            while 429 not in greedy and len(greedy) < 100:  # a busy machine takes them in slowly
                await asyncio.sleep(0.3)
                greedy.append(await attacks.ask(attacked.port, attacks.ATTACKER, path))
            return [*greedy, await attacks.ask(attacked.port, attacks.BYSTANDER, path)]

    *greedy, other = asyncio.run(hold())
    address = (
        f"http://127.0.0.1:{attacked.port}/api/v1/observations.ndjson?dataset={attacked.dataset}"
    )
    with urlopen(address) as response:
        is_kept_whole = "content-length" in response.headers
    # an answer that is kept whole holds no place while somebody reads it slowly
    assert 429 in greedy or (is_kept_whole and {*greedy} == {200})
    assert other == 200


def test_every_answer_that_is_cut_or_broken_counts_as_a_failure() -> None:
    answers = attacks.Answers()
    for status in (200, 404, 429, 500, 503, 0):
        answers.statuses[status] += 1
    assert answers.failures == 3
